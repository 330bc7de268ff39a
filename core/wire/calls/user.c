#include "core/wire/calls/user.h"

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
