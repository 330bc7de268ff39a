#include "core/wire/calls/show.h"

#include <string.h>

#include "core/wire/calls/rows.h"

enum { TOKEN_LEN = 43, ORIGIN_MAX = 255, URL_MAX = 512, CURSOR_MAX = 200 };

static bool is_symbology(const char *s)
{
    return strcmp(s, "qr") == 0 || strcmp(s, "hanxin") == 0 || strcmp(s, "gridmatrix") == 0;
}

static bool is_list_kind(const char *s)
{
    return strcmp(s, "all") == 0 || strcmp(s, "used") == 0 || strcmp(s, "open") == 0;
}

static bool is_decision(const char *s)
{
    return strcmp(s, "grant") == 0 || strcmp(s, "refuse") == 0;
}

/* --- for channel apps --- */

static const struct field show_session_in_rows[] = {
    ROW(struct show_session_in, subject, OBJECT, true, 0, 0, .sub = &subject_fields,
        .doc = "the person whom the channel has identified"),
    ROW(struct show_session_in, channel, STRING, false, 2, 2, .check = calls_is_channel,
        .pattern = "^[0-9]{2}$", .doc = "channel type; absent: that of the app, or 04"),
    ROW(struct show_session_in, embed_origin, STRING, false, 8, ORIGIN_MAX,
        .check = field_is_printable,
        .doc = "registered origin of the page that embeds the code; absent: it opens at our own "
               "address only"),
    ROW(struct show_session_in, scene, STRING, false, 0, 32, .doc = "scene"),
    ROW(struct show_session_in, return_url, STRING, false, 8, URL_MAX, .check = field_is_printable,
        .doc = "https address of a registered origin that the page leads back to"),
};
static const struct fields show_session_in_fields =
    FIELDS("ShowSessionRequest", struct show_session_in, show_session_in_rows);

static const struct field show_session_out_rows[] = {
    ROW(struct show_session_out, show_token, STRING, true, TOKEN_LEN, TOKEN_LEN,
        .pattern = "^[A-Za-z0-9_-]{43}$", .doc = "opens the session once, within 60 seconds"),
    ROW(struct show_session_out, show_url, STRING, true, 1, URL_MAX,
        .doc = "address of the show page with the token"),
    ROW(struct show_session_out, session_no, STRING, true, 32, 32, .pattern = "^[0-9a-f]{32}$",
        .doc = "number of the session"),
    TIME_ROW(struct show_session_out, expires_at, true,
             "the session ends then at the latest" TIME_DOC),
};
static const struct fields show_session_out_fields =
    FIELDS("ShowSession", struct show_session_out, show_session_out_rows);

static const struct field show_end_in_rows[] = {
    ROW(struct show_end_in, session_no, STRING, true, 32, 32, .check = field_is_hex32,
        .pattern = "^[0-9a-f]{32}$", .doc = "number of the session"),
};
static const struct fields show_end_in_fields =
    FIELDS("ShowEndRequest", struct show_end_in, show_end_in_rows);

static const struct field show_end_out_rows[] = {
    ROW(struct show_end_out, session_no, STRING, true, 32, 32, .pattern = "^[0-9a-f]{32}$",
        .doc = "number of the session"),
    TIME_ROW(struct show_end_out, ended_at, true, "when it ended" TIME_DOC),
};
static const struct fields show_end_out_fields =
    FIELDS("ShowEnd", struct show_end_out, show_end_out_rows);

CALL_ROW(SHOW_SESSION, .name = "show_session", .method = "POST", .path = "/api/v1/show/session",
         .callers = CALLER_CHANNEL, .in = &show_session_in_fields, .out = &show_session_out_fields,
         .errors = "8008", .summary = "Open a session that shows codes",
         .doc = "A channel that has identified somebody opens it; a browser shows the codes.");
CALL_ROW(SHOW_END, .name = "show_end", .method = "POST", .path = "/api/v1/show/end",
         .callers = CALLER_CHANNEL, .in = &show_end_in_fields, .out = &show_end_out_fields,
         .errors = "8001", .summary = "End a show session",
         .doc = "The code on show dies with it.");

/* --- the page's own --- */

#define PAGE_CALL(call, short_name, address, in_fields, out_fields)                                \
    CALL_ROW(call, .name = (short_name), .method = "POST", .path = (address), .page = true,        \
             .in = (in_fields), .out = (out_fields), .errors = "", .summary = "", .doc = "")
#define PLAIN(T, member, type) ROW(T, member, type, false, 0, INT64_MAX, .doc = "")

static const struct field show_enter_in_rows[] = {
    ROW(struct show_enter_in, token, STRING, true, TOKEN_LEN, TOKEN_LEN, .doc = "show token"),
    ROW(struct show_enter_in, origin, STRING, false, 8, ORIGIN_MAX, .check = field_is_printable,
        .doc = "of the page around the frame; absent: a page at our address")};
static const struct fields show_enter_in_fields =
    FIELDS("", struct show_enter_in, show_enter_in_rows);

static const struct field show_person_rows[] = {PLAIN(struct show_person, type, STRING),
                                                PLAIN(struct show_person, name, STRING),
                                                PLAIN(struct show_person, id_no, STRING)};
static const struct fields show_person_fields = FIELDS("", struct show_person, show_person_rows);

static const struct field show_enterprise_rows[] = {PLAIN(struct show_enterprise, index, INT),
                                                    PLAIN(struct show_enterprise, name, STRING),
                                                    PLAIN(struct show_enterprise, id_no, STRING)};
static const struct fields show_enterprise_fields =
    FIELDS("", struct show_enterprise, show_enterprise_rows);

static const struct field show_class_rows[] = {
    PLAIN(struct show_class, class, STRING), PLAIN(struct show_class, name, STRING),
    PLAIN(struct show_class, kind, STRING), PLAIN(struct show_class, chosen, BOOL)};
static const struct fields show_class_fields = FIELDS("", struct show_class, show_class_rows);

static const struct field show_used_rows[] = {
    PLAIN(struct show_used, org_name, STRING), PLAIN(struct show_used, purpose, STRING),
    PLAIN(struct show_used, at, INT), PLAIN(struct show_used, classes, STRINGS)};
static const struct fields show_used_fields = FIELDS("", struct show_used, show_used_rows);

static const struct field show_code_state_rows[] = {
    PLAIN(struct show_code_state, sqbh, STRING), PLAIN(struct show_code_state, state, STRING),
    PLAIN(struct show_code_state, deadline, INT),
    ROW(struct show_code_state, used, OBJECT, false, 0, 0, .sub = &show_used_fields, .doc = "")};
static const struct fields show_code_state_fields =
    FIELDS("", struct show_code_state, show_code_state_rows);

static const struct field show_state_rows[] = {
    PLAIN(struct show_state, key, STRING),
    PLAIN(struct show_state, csrf, STRING),
    PLAIN(struct show_state, system_name, STRING),
    PLAIN(struct show_state, session_no, STRING),
    PLAIN(struct show_state, return_url, STRING),
    PLAIN(struct show_state, embed_origin, STRING),
    PLAIN(struct show_state, events, STRING),
    ROW(struct show_state, person, OBJECT, false, 0, 0, .sub = &show_person_fields, .doc = ""),
    ROW(struct show_state, acting, OBJECT, false, 0, 0, .sub = &show_person_fields, .doc = ""),
    ROW(struct show_state, enterprises, OBJECTS, false, 0, 1000, .sub = &show_enterprise_fields,
        .doc = ""),
    ROW(struct show_state, classes, OBJECTS, false, 0, 10000, .sub = &show_class_fields, .doc = ""),
    ROW(struct show_state, code, OBJECT, false, 0, 0, .sub = &show_code_state_fields, .doc = ""),
    PLAIN(struct show_state, now_ms, INT),
    PLAIN(struct show_state, ends_at, INT),
    PLAIN(struct show_state, idle_sec, INT),
};
static const struct fields show_state_fields = FIELDS("", struct show_state, show_state_rows);

static const struct field show_code_in_rows[] = {
    ROW(struct show_code_in, symbology, STRING, false, 1, 16, .check = is_symbology, .doc = ""),
    ROW(struct show_code_in, scene, STRING, false, 0, 32, .doc = "")};
static const struct fields show_code_in_fields = FIELDS("", struct show_code_in, show_code_in_rows);

static const struct field show_code_out_rows[] = {
    PLAIN(struct show_code_out, sqbh, STRING),  PLAIN(struct show_code_out, code_type, STRING),
    PLAIN(struct show_code_out, svg, STRING),   PLAIN(struct show_code_out, issued_at, INT),
    PLAIN(struct show_code_out, deadline, INT), PLAIN(struct show_code_out, refresh_after_sec, INT),
    PLAIN(struct show_code_out, now_ms, INT)};
static const struct fields show_code_out_fields =
    FIELDS("", struct show_code_out, show_code_out_rows);

static const struct field show_choose_in_rows[] = {
    ROW(struct show_choose_in, classes, STRINGS, true, 0, LIST_MAX, .item_max = CLASS_MAX_CP,
        .check = field_is_class, .doc = ""),
    ROW(struct show_choose_in, acting, INT, false, -1, 1000, .doc = "")};
static const struct fields show_choose_in_fields =
    FIELDS("", struct show_choose_in, show_choose_in_rows);

static const struct field show_records_in_rows[] = {
    ROW(struct show_records_in, kind, STRING, false, 1, 8, .check = is_list_kind, .doc = ""),
    ROW(struct show_records_in, cursor, STRING, false, 1, CURSOR_MAX, .doc = ""),
    ROW(struct show_records_in, since, INT, false, 0, EPOCH_MAX, .doc = ""),
    ROW(struct show_records_in, limit, INT, false, 1, 200, .doc = "")};
static const struct fields show_records_in_fields =
    FIELDS("", struct show_records_in, show_records_in_rows);

static const struct field show_use_rows[] = {
    PLAIN(struct show_use, at, INT),           PLAIN(struct show_use, interface, STRING),
    PLAIN(struct show_use, org_name, STRING),  PLAIN(struct show_use, system, STRING),
    PLAIN(struct show_use, purpose, STRING),   PLAIN(struct show_use, class_name, STRING),
    PLAIN(struct show_use, error_code, STRING)};
static const struct fields show_use_fields = FIELDS("", struct show_use, show_use_rows);

static const struct field show_record_rows[] = {
    PLAIN(struct show_record, sqbh, STRING),
    PLAIN(struct show_record, code_type, STRING),
    PLAIN(struct show_record, state, STRING),
    PLAIN(struct show_record, issued_at, INT),
    PLAIN(struct show_record, deadline, INT),
    ROW(struct show_record, classes, OBJECTS, false, 0, 1000, .sub = &show_class_fields, .doc = ""),
    ROW(struct show_record, uses, OBJECTS, false, 0, 10000, .sub = &show_use_fields, .doc = "")};
static const struct fields show_record_fields = FIELDS("", struct show_record, show_record_rows);

static const struct field show_revoke_in_rows[] = {SQBH_ROW(struct show_revoke_in, true)};
static const struct fields show_revoke_in_fields =
    FIELDS("", struct show_revoke_in, show_revoke_in_rows);

static const struct field show_revoke_out_rows[] = {PLAIN(struct auth_revoke_out, sqbh, STRING),
                                                    PLAIN(struct auth_revoke_out, revoked_at, INT)};
static const struct fields show_revoke_out_fields =
    FIELDS("", struct auth_revoke_out, show_revoke_out_rows);

static const struct field show_request_in_rows[] = {
    ROW(struct show_request_in, request_code, STRING, true, 1, 100, .control = true, .doc = "")};
static const struct fields show_request_in_fields =
    FIELDS("", struct show_request_in, show_request_in_rows);

static const struct field show_request_out_rows[] = {
    PLAIN(struct show_request_out, org_name, STRING),
    PLAIN(struct show_request_out, uscc, STRING),
    PLAIN(struct show_request_out, system, STRING),
    PLAIN(struct show_request_out, purpose, STRING),
    ROW(struct show_request_out, classes, OBJECTS, false, 0, 1000, .sub = &show_class_fields,
        .doc = ""),
    PLAIN(struct show_request_out, expires_at, INT),
    PLAIN(struct show_request_out, since, INT)};
static const struct fields show_request_out_fields =
    FIELDS("", struct show_request_out, show_request_out_rows);

static const struct field show_decide_in_rows[] = {
    ROW(struct show_decide_in, request_code, STRING, true, 1, 100, .control = true, .doc = ""),
    ROW(struct show_decide_in, decision, STRING, true, 5, 6, .check = is_decision, .doc = ""),
    ROW(struct show_decide_in, classes, STRINGS, false, 0, LIST_MAX, .item_max = CLASS_MAX_CP,
        .check = field_is_class, .doc = "")};
static const struct fields show_decide_in_fields =
    FIELDS("", struct show_decide_in, show_decide_in_rows);

static const struct field show_decide_out_rows[] = {PLAIN(struct auth_decide_out, sqbh, STRING)};
static const struct fields show_decide_out_fields =
    FIELDS("", struct auth_decide_out, show_decide_out_rows);

static const struct field show_leave_out_rows[] = {PLAIN(struct show_leave_out, next, STRING)};
static const struct fields show_leave_out_fields =
    FIELDS("", struct show_leave_out, show_leave_out_rows);

PAGE_CALL(SHOW_ENTER, "show_enter", "/show/api/enter", &show_enter_in_fields, &show_state_fields);
PAGE_CALL(SHOW_STATE, "show_state", "/show/api/state", NULL, &show_state_fields);
PAGE_CALL(SHOW_CODE, "show_code", "/show/api/code", &show_code_in_fields, &show_code_out_fields);
PAGE_CALL(SHOW_CHOOSE, "show_choose", "/show/api/choose", &show_choose_in_fields,
          &show_state_fields);
PAGE_CALL(SHOW_HIDE, "show_hide", "/show/api/hide", NULL, NULL);
PAGE_CALL(SHOW_RECORDS, "show_records", "/show/api/records", &show_records_in_fields,
          &show_record_fields);
PAGE_CALL(SHOW_REVOKE, "show_revoke", "/show/api/revoke", &show_revoke_in_fields,
          &show_revoke_out_fields);
PAGE_CALL(SHOW_REQUEST, "show_request", "/show/api/request", &show_request_in_fields,
          &show_request_out_fields);
PAGE_CALL(SHOW_DECIDE, "show_decide", "/show/api/decide", &show_decide_in_fields,
          &show_decide_out_fields);
PAGE_CALL(SHOW_LEAVE, "show_leave", "/show/api/end", NULL, &show_leave_out_fields);
/* Asked by nginx before it opens a stream of events. */
CALL_ROW(SHOW_LISTEN, .name = "show_listen", .method = "GET", .path = "/show/events/{channel}",
         .page = true, .errors = "", .summary = "", .doc = "");
/* The document in the frame; the query names the origin of the page around it. */
CALL_ROW(EMBED_FRAME, .name = "embed_frame", .method = "GET", .path = "/embed/frame", .page = true,
         .foreign = true, .errors = "", .summary = "", .doc = "");
