#include "core/wire/calls/user.h"

#include <string.h>

#include "core/wire/calls/rows.h"

enum { URL_MAX = 512, ID_MAX = 32 };

#define PAGE_CALL(call, short_name, address, in_fields, out_fields)                                \
    CALL_ROW(call, .name = (short_name), .method = "POST", .path = (address), .page = true,        \
             .in = (in_fields), .out = (out_fields), .errors = "", .summary = "", .doc = "")
#define PLAIN(T, member, type) ROW(T, member, type, false, 0, INT64_MAX, .doc = "")

/* --- the login --- */

static const struct field login_who_in_rows[] = {ROW(struct login_who_in, return_url, STRING, false,
                                                     8, URL_MAX, .check = field_is_printable,
                                                     .doc = "")};
static const struct fields login_who_in_fields = FIELDS("", struct login_who_in, login_who_in_rows);

static const struct field login_masked_rows[] = {PLAIN(struct show_person, type, STRING),
                                                 PLAIN(struct show_person, name, STRING),
                                                 PLAIN(struct show_person, id_no, STRING)};
static const struct fields login_masked_fields = FIELDS("", struct show_person, login_masked_rows);

static const struct field login_person_rows[] = {PLAIN(struct login_person, id, STRING),
                                                 PLAIN(struct login_person, name, STRING)};
static const struct fields login_person_fields = FIELDS("", struct login_person, login_person_rows);

static const struct field login_app_rows[] = {PLAIN(struct login_app, app_id, STRING),
                                              PLAIN(struct login_app, org_name, STRING)};
static const struct fields login_app_fields = FIELDS("", struct login_app, login_app_rows);

static const struct field login_who_out_rows[] = {
    PLAIN(struct login_who_out, logged_in, BOOL),
    PLAIN(struct login_who_out, sample, BOOL),
    PLAIN(struct login_who_out, oidc, BOOL),
    PLAIN(struct login_who_out, csrf, STRING),
    PLAIN(struct login_who_out, system_name, STRING),
    PLAIN(struct login_who_out, cancel_url, STRING),
    ROW(struct login_who_out, person, OBJECT, false, 0, 0, .sub = &login_masked_fields, .doc = ""),
    ROW(struct login_who_out, people, OBJECTS, false, 0, 1000, .sub = &login_person_fields,
        .doc = ""),
    ROW(struct login_who_out, app, OBJECT, false, 0, 0, .sub = &login_app_fields, .doc = "")};
static const struct fields login_who_out_fields =
    FIELDS("", struct login_who_out, login_who_out_rows);

static const struct field login_sample_in_rows[] = {ROW(
    struct login_sample_in, id, STRING, true, 1, ID_MAX, .check = field_is_printable, .doc = "")};
static const struct fields login_sample_in_fields =
    FIELDS("", struct login_sample_in, login_sample_in_rows);

static const struct field login_sample_out_rows[] = {
    PLAIN(struct login_sample_out, logged_in, BOOL), PLAIN(struct login_sample_out, csrf, STRING)};
static const struct fields login_sample_out_fields =
    FIELDS("", struct login_sample_out, login_sample_out_rows);

PAGE_CALL(LOGIN_WHO, "login_who", "/login/api/who", &login_who_in_fields, &login_who_out_fields);
PAGE_CALL(LOGIN_SAMPLE, "login_sample", "/login/api/sample", &login_sample_in_fields,
          &login_sample_out_fields);

/* The browser is led to these, or the identity provider calls. */
#define FOREIGN_CALL(call, short_name, verb, address)                                              \
    CALL_ROW(call, .name = (short_name), .method = (verb), .path = (address), .page = true,        \
             .foreign = true, .errors = "", .summary = "", .doc = "")

FOREIGN_CALL(LOGIN_START, "login_start", "GET", "/login/start");
FOREIGN_CALL(LOGIN_BACK, "login_back", "GET", "/login/back");
FOREIGN_CALL(LOGIN_BACKCHANNEL, "login_backchannel", "POST", "/login/backchannel");

/* --- user tickets --- */

static bool is_consent_decision(const char *s)
{
    return strcmp(s, "grant") == 0 || strcmp(s, "refuse") == 0;
}

#define PAGE_ROWS(T)                                                                               \
    ROW(T, origin, STRING, false, 8, 255, .check = field_is_printable, .doc = ""),                 \
        ROW(T, return_url, STRING, false, 8, URL_MAX, .check = field_is_printable, .doc = "")

static const struct field user_ticket_in_rows[] = {PAGE_ROWS(struct user_ticket_in)};
static const struct fields user_ticket_in_fields =
    FIELDS("", struct user_ticket_in, user_ticket_in_rows);

static const struct field user_consent_in_rows[] = {
    ROW(struct user_consent_in, app_id, STRING, true, 1, 32, .check = field_is_app_id, .doc = ""),
    ROW(struct user_consent_in, decision, STRING, true, 5, 6, .check = is_consent_decision,
        .doc = ""),
    PAGE_ROWS(struct user_consent_in)};
static const struct fields user_consent_in_fields =
    FIELDS("", struct user_consent_in, user_consent_in_rows);

static const struct field user_ticket_out_rows[] = {
    PLAIN(struct user_ticket_out, state, STRING),  PLAIN(struct user_ticket_out, ticket, STRING),
    PLAIN(struct user_ticket_out, type, INT),      PLAIN(struct user_ticket_out, dialect, STRING),
    PLAIN(struct user_ticket_out, app_id, STRING), PLAIN(struct user_ticket_out, org_name, STRING),
    PLAIN(struct user_ticket_out, what, STRINGS),  PLAIN(struct user_ticket_out, next, STRING)};
static const struct fields user_ticket_out_fields =
    FIELDS("", struct user_ticket_out, user_ticket_out_rows);

static const struct field user_info_in_rows[] = {
    ROW(struct user_info_in, ticket, STRING, true, 43, 43, .check = field_is_printable,
        .pattern = "^[A-Za-z0-9_-]{43}$", .sensitive = true,
        .doc = "user ticket that the app's page was given")};
static const struct fields user_info_in_fields =
    FIELDS("UserInfoRequest", struct user_info_in, user_info_in_rows);

static const struct field user_info_out_rows[] = {
    ROW(struct user_info_out, user_id, STRING, true, 43, 43, .pattern = "^[A-Za-z0-9_-]{43}$",
        .doc = "name of the person for this app: the same each time, another for each app"),
    ROW(struct user_info_out, type, INT, true, 1, 2, .doc = "1 person, 2 legal person"),
    ROW(struct user_info_out, assurance, INT, true, 1, 4,
        .doc = "assurance level of the person's login"),
    ROW(struct user_info_out, envelope, OBJECT, true, 0, 0, .sub = &envelope_fields,
        .doc = "JSON `{name, id_type, id_no, phone?, agent?}`, sealed for the app")};
static const struct fields user_info_out_fields =
    FIELDS("UserInfo", struct user_info_out, user_info_out_rows);

PAGE_CALL(USER_TICKET, "user_ticket", "/user/api/ticket", &user_ticket_in_fields,
          &user_ticket_out_fields);
PAGE_CALL(USER_CONSENT, "user_consent", "/user/api/consent", &user_consent_in_fields,
          &user_ticket_out_fields);
/* A page of an app at its own address: no cookie of ours goes there. It sends a form, which is its
 * own proof, so that a browser asks nothing first. */
CALL_ROW(USER_PAGE, .name = "user_page", .method = "POST", .path = "/user/api/page", .page = true,
         .foreign = true, .out = &user_ticket_out_fields, .errors = "", .summary = "", .doc = "");
CALL_ROW(USER_INFO, .name = "user_info", .method = "POST", .path = "/api/v1/user/info",
         .callers = CALLER_THIRD_PARTY, .in = &user_info_in_fields, .out = &user_info_out_fields,
         .errors = "6004,8009", .summary = "Exchange a user ticket for who the person is",
         .doc = "A ticket serves once, within 60 seconds, for the app to whose page it was given, "
                "and as long as the person agrees. Another app's try does not spend it.");

/* --- of the show page --- */

static const struct field show_consent_rows[] = {
    PLAIN(struct show_consent, app_id, STRING), PLAIN(struct show_consent, org_name, STRING),
    PLAIN(struct show_consent, given_at, INT), PLAIN(struct show_consent, what, STRINGS)};
static const struct fields show_consent_fields = FIELDS("", struct show_consent, show_consent_rows);

static const struct field show_consent_revoke_in_rows[] = {
    ROW(struct show_consent_revoke_in, app_id, STRING, true, 1, 32, .check = field_is_app_id,
        .doc = "")};
static const struct fields show_consent_revoke_in_fields =
    FIELDS("", struct show_consent_revoke_in, show_consent_revoke_in_rows);

static const struct field show_correct_in_rows[] = {
    SQBH_ROW(struct show_correct_in, true),
    ROW(struct show_correct_in, class, STRING, true, 1, CLASS_MAX_CP, .check = field_is_class,
        .doc = ""),
    ROW(struct show_correct_in, note, STRING, true, 1, 500, .check = field_is_printable,
        .doc = "")};
static const struct fields show_correct_in_fields =
    FIELDS("", struct show_correct_in, show_correct_in_rows);

static const struct field show_correct_out_rows[] = {
    PLAIN(struct show_correct_out, correction_no, STRING)};
static const struct fields show_correct_out_fields =
    FIELDS("", struct show_correct_out, show_correct_out_rows);

PAGE_CALL(SHOW_CONSENTS, "show_consents", "/show/api/consents", NULL, &show_consent_fields);
PAGE_CALL(SHOW_CONSENT_REVOKE, "show_consent_revoke", "/show/api/consent-revoke",
          &show_consent_revoke_in_fields, NULL);
PAGE_CALL(SHOW_CORRECT, "show_correct", "/show/api/correct", &show_correct_in_fields,
          &show_correct_out_fields);
