#include "core/wire/calls/authorize.h"

#include <string.h>

#include "core/wire/calls/rows.h"

static bool is_grant_or_refuse(const char *s)
{
    return strcmp(s, "grant") == 0 || strcmp(s, "refuse") == 0;
}

static bool is_granted_or_refused(const char *s)
{
    return strcmp(s, "granted") == 0 || strcmp(s, "refused") == 0;
}

static bool is_list_kind(const char *s)
{
    return strcmp(s, "all") == 0 || strcmp(s, "used") == 0 || strcmp(s, "open") == 0;
}

#define REQUEST_CODE_ROW(T)                                                                        \
    ROW(T, request_code, STRING, true, 1, 128, .control = true, .sensitive = true,                 \
        .doc = "the text scanned; white space around it is trimmed")

static const struct field auth_request_in_rows[] = {
    ROW(struct auth_request_in, purpose, STRING, true, 1, 200, .check = field_is_printable,
        .doc = "what the data is wanted for; shown to the subject"),
    CLASSES_ROW(struct auth_request_in, true, "information classes asked for, each once"),
    CZQX_ROW(struct auth_request_in, false, "permission bits asked for; 1 (read) if absent"),
    ROW(struct auth_request_in, item_code, STRING, false, 1, 64, .check = field_is_printable,
        .doc = "code of the government service item"),
    ROW(struct auth_request_in, region, STRING, false, 6, 6, .check = field_is_digits,
        .pattern = "^[0-9]{6}$", .doc = "GB/T 2260 code of where it happens"),
    ROW(struct auth_request_in, callback, STRING, false, 9, 512, .check = field_is_printable,
        .doc = "https address told of the decision"),
};
static const struct fields auth_request_in_fields =
    FIELDS("AuthorizationRequest", struct auth_request_in, auth_request_in_rows);

static const struct field auth_request_out_rows[] = {
    ROW(struct auth_request_out, request_no, STRING, true, 32, 32, .pattern = "^[0-9a-f]{32}$",
        .doc = "number, for status"),
    ROW(struct auth_request_out, request_code, STRING, true, 45, 45,
        .pattern = "^ZWR1[0-9]{9}[A-Z2-7]{32}$", .sensitive = true,
        .doc = "text to show as a barcode"),
    TIME_ROW(struct auth_request_out, expires_at, true, "end of the request" TIME_DOC),
    ROW(struct auth_request_out, poll_after_sec, INT, true, 1, 60,
        .doc = "pause between two calls of status"),
};
static const struct fields auth_request_out_fields =
    FIELDS("AuthorizationRequestAnswer", struct auth_request_out, auth_request_out_rows);

static const struct field auth_detail_in_rows[] = {REQUEST_CODE_ROW(struct auth_detail_in)};
static const struct fields auth_detail_in_fields =
    FIELDS("DetailRequest", struct auth_detail_in, auth_detail_in_rows);

static const struct field auth_detail_out_rows[] = {
    ROW(struct auth_detail_out, request_no, STRING, true, 32, 32, .pattern = "^[0-9a-f]{32}$",
        .doc = "number of the request"),
    ROW(struct auth_detail_out, requester, OBJECT, true, 0, 0, .sub = &requester_fields,
        .doc = "who asks"),
    ROW(struct auth_detail_out, purpose, STRING, true, 1, 200, .doc = "what for"),
    CLASSES_ROW(struct auth_detail_out, true, "information classes asked for"),
    CZQX_ROW(struct auth_detail_out, true, "permission bits asked for"),
    ROW(struct auth_detail_out, item_code, STRING, false, 1, 64,
        .doc = "code of the government service item"),
    ROW(struct auth_detail_out, region, STRING, false, 6, 6, .doc = "GB/T 2260 code"),
    TIME_ROW(struct auth_detail_out, expires_at, true, "end of the request" TIME_DOC),
};
static const struct fields auth_detail_out_fields =
    FIELDS("DetailAnswer", struct auth_detail_out, auth_detail_out_rows);

static const struct field auth_grant_rows[] = {
    SQBH_ROW(struct auth_grant, true),
    ROW(struct auth_grant, ticket, STRING, true, 53, 53, .check = field_is_printable,
        .pattern = "^[0-9]{9}\\.[A-Za-z0-9_-]{43}$", .sensitive = true, .doc = "for pickup"),
    TIME_ROW(struct auth_grant, ticket_expires, true, "end of the ticket" TIME_DOC),
    ROW(struct auth_grant, record, FREE, true, 1, 16, .sensitive = true,
        .doc = "the authorization record (QYM 6.1.2)"),
    ROW(struct auth_grant, subject, OBJECT, true, 0, 0, .sub = &masked_fields,
        .doc = "who authorized, masked"),
    CLASSES_ROW(struct auth_grant, true, "information classes granted"),
};
static const struct fields auth_grant_fields = FIELDS("Grant", struct auth_grant, auth_grant_rows);

static const struct field auth_decide_in_rows[] = {
    REQUEST_CODE_ROW(struct auth_decide_in),
    ROW(struct auth_decide_in, decision, STRING, true, 5, 6, .check = is_grant_or_refuse,
        .pattern = "^(grant|refuse)$", .doc = "grant or refuse"),
    ROW(struct auth_decide_in, subject, OBJECT, false, 0, 0, .sub = &subject_fields,
        .doc = "who decides, as identified by the channel; channels must send it"),
    CLASSES_ROW(struct auth_decide_in, false,
                "classes granted, a subset of those asked for; needed to grant"),
    ROW(struct auth_decide_in, grant, OBJECT, false, 0, 0, .sub = &auth_grant_fields,
        .doc = "code systems only: what the subject's system has made"),
};
static const struct fields auth_decide_in_fields =
    FIELDS("DecideRequest", struct auth_decide_in, auth_decide_in_rows);

static const struct field auth_decide_out_rows[] = {SQBH_ROW(struct auth_decide_out, false)};
static const struct fields auth_decide_out_fields =
    FIELDS("DecideAnswer", struct auth_decide_out, auth_decide_out_rows);

static const struct field auth_status_in_rows[] = {
    ROW(struct auth_status_in, request_no, STRING, true, 32, 32, .check = field_is_hex32,
        .pattern = "^[0-9a-f]{32}$", .doc = "number of the request"),
};
static const struct fields auth_status_in_fields =
    FIELDS("StatusRequest", struct auth_status_in, auth_status_in_rows);

static const struct field auth_told_rows[] = {
    ROW(struct auth_told, request_no, STRING, true, 32, 32, .check = field_is_hex32,
        .pattern = "^[0-9a-f]{32}$", .doc = "number of the request"),
    ROW(struct auth_told, status, STRING, true, 7, 7, .check = is_granted_or_refused,
        .pattern = "^(granted|refused)$", .doc = "granted or refused"),
    TIME_ROW(struct auth_told, decided_at, true, "when" TIME_DOC),
};
const struct fields auth_told_fields =
    FIELDS("AuthorizationDecided", struct auth_told, auth_told_rows);

static const struct field auth_revoke_in_rows[] = {
    SQBH_ROW(struct auth_revoke_in, true),
    ROW(struct auth_revoke_in, subject, OBJECT, true, 0, 0, .sub = &subject_fields,
        .doc = "who revokes, as identified by the channel"),
};
static const struct fields auth_revoke_in_fields =
    FIELDS("RevokeRequest", struct auth_revoke_in, auth_revoke_in_rows);

static const struct field auth_revoke_out_rows[] = {
    SQBH_ROW(struct auth_revoke_out, true),
    TIME_ROW(struct auth_revoke_out, revoked_at, true, "when" TIME_DOC),
};
static const struct fields auth_revoke_out_fields =
    FIELDS("RevokeAnswer", struct auth_revoke_out, auth_revoke_out_rows);

static const struct field auth_list_in_rows[] = {
    ROW(struct auth_list_in, subject, OBJECT, true, 0, 0, .sub = &subject_fields,
        .doc = "whose authorizations, as identified by the channel"),
    TIME_ROW(struct auth_list_in, since, false, "none given before" TIME_DOC),
    ROW(struct auth_list_in, kind, STRING, false, 3, 4, .check = is_list_kind,
        .pattern = "^(all|used|open)$",
        .doc =
            "all (if absent), those that something has happened with, or those that can be used"),
    ROW(struct auth_list_in, limit, INT, false, 1, AUTH_LIST_MOST,
        .doc = "authorizations on a page; 50 if absent"),
    ROW(struct auth_list_in, cursor, STRING, false, 1, 128, .check = field_is_printable,
        .doc = "next_cursor of the page before, with the same subject, since and kind"),
};
static const struct fields auth_list_in_fields =
    FIELDS("ListRequest", struct auth_list_in, auth_list_in_rows);

static const struct field auth_use_rows[] = {
    TIME_ROW(struct auth_use, at, true, "when" TIME_DOC),
    ROW(struct auth_use, interface, STRING, true, 1, 16, .doc = "verify, pickup, grant or revoke"),
    ROW(struct auth_use, app_id, STRING, true, 1, 32, .doc = "who"),
    ROW(struct auth_use, org_name, STRING, false, 1, NAME_MAX_CP, .doc = "its organisation"),
    ROW(struct auth_use, system, STRING, false, 9, 9, .doc = "its code system"),
    ROW(struct auth_use, purpose, STRING, false, 1, 200, .doc = "what for, as told"),
    ROW(struct auth_use, class, STRING, false, 1, CLASS_MAX_CP, .doc = "what was picked up"),
    ROW(struct auth_use, error_code, STRING, false, 0, 4,
        .doc = "empty: done; else why it was refused"),
};
static const struct fields auth_use_fields = FIELDS("Use", struct auth_use, auth_use_rows);

static const struct field auth_list_item_rows[] = {
    SQBH_ROW(struct auth_list_item, true),
    ROW(struct auth_list_item, code_type, STRING, true, 4, 4,
        .doc = "code type, or SCAN for an authorization given by scanning"),
    ROW(struct auth_list_item, state, STRING, true, 1, 16,
        .doc = "active, used, expired, replaced or revoked"),
    TIME_ROW(struct auth_list_item, issued_at, true, "when it was given" TIME_DOC),
    TIME_ROW(struct auth_list_item, deadline, true, "until when it could be taken up" TIME_DOC),
    CLASSES_ROW(struct auth_list_item, true, "information classes"),
    CZQX_ROW(struct auth_list_item, true, "permission bits"),
    ROW(struct auth_list_item, uses, OBJECTS, true, 0, AUTH_USES_MOST, .sub = &auth_use_fields,
        .doc = "every use and every refused try; those that do not fit come on the next page"),
};
static const struct fields auth_list_item_fields =
    FIELDS("Authorization", struct auth_list_item, auth_list_item_rows);

CALL_ROW(AUTH_REQUEST, .name = "request", .method = "POST", .path = "/api/v1/authorization/request",
         .callers = CALLER_THIRD_PARTY, .in = &auth_request_in_fields,
         .out = &auth_request_out_fields, .errors = "",
         .summary = "Ask a subject for an authorization",
         .doc = "Gives a request code to show; the subject scans it in a channel and decides.");

CALL_ROW(AUTH_DETAIL, .name = "detail", .method = "POST", .path = "/api/v1/authorization/detail",
         .relayed = true, .callers = CALLER_CHANNEL | CALLER_SYSTEM, .in = &auth_detail_in_fields,
         .out = &auth_detail_out_fields, .errors = "3001,4001,4002,4003,4004,4005,5001,5002,5004",
         .summary = "Who asks, for what, why, until when",
         .doc = "A request code of another code system is looked up there.");

CALL_ROW(AUTH_DECIDE, .name = "decide", .method = "POST", .path = "/api/v1/authorization/decide",
         .relayed = true, .callers = CALLER_CHANNEL | CALLER_SYSTEM, .in = &auth_decide_in_fields,
         .out = &auth_decide_out_fields, .errors = "3001,4001,4002,4003,4004,4005,5001,5002,5004",
         .summary = "Grant or refuse",
         .doc = "The subject may grant a part of what was asked for.");

CALL_ROW(AUTH_STATUS, .name = "status", .method = "POST", .path = "/api/v1/authorization/status",
         .callers = CALLER_THIRD_PARTY, .in = &auth_status_in_fields, .out = &auth_grant_fields,
         .errors = "5001,5002,5003", .summary = "What became of a request",
         .doc = "result_code 103 while it is open; 100 with the ticket once granted; "
                "5003 refused, 5002 expired.");

CALL_ROW(AUTH_REVOKE, .name = "revoke", .method = "POST", .path = "/api/v1/authorization/revoke",
         .callers = CALLER_CHANNEL, .in = &auth_revoke_in_fields, .out = &auth_revoke_out_fields,
         .errors = "5001,5005", .summary = "Revoke an authorization",
         .doc = "At once, tickets and started pickups included.");

CALL_ROW(AUTH_LIST, .name = "list", .method = "POST", .path = "/api/v1/authorization/list",
         .callers = CALLER_CHANNEL, .in = &auth_list_in_fields, .out = &auth_list_item_fields,
         .errors = "", .paged = true, .summary = "A subject's authorizations",
         .doc = "Newest first, one item each, with every use and every refused try.");
