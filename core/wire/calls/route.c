#include "core/wire/calls/route.h"

#include <string.h>

#include "core/wire/calls/rows.h"

static bool is_direct_or_relay(const char *s)
{
    return strcmp(s, "direct") == 0 || strcmp(s, "relay") == 0;
}

static const struct field route_contact_rows[] = {
    ROW(struct route_contact, name, STRING, true, 1, NAME_MAX_CP, .check = field_is_printable,
        .sensitive = true, .doc = "person to turn to"),
    ROW(struct route_contact, phone, STRING, true, 5, 20, .check = calls_is_phone,
        .pattern = "^[0-9+-]+$", .sensitive = true, .doc = "telephone number"),
    ROW(struct route_contact, email, STRING, true, 3, 254, .check = field_is_printable,
        .sensitive = true, .doc = "electronic mail"),
};
static const struct fields route_contact_fields =
    FIELDS("RouteContact", struct route_contact, route_contact_rows);

static const struct field route_register_in_rows[] = {
    SYSTEM_ROW(struct route_register_in, system, true, "system identifier"),
    ROW(struct route_register_in, name, STRING, true, 1, NAME_MAX_CP, .check = field_is_printable,
        .doc = "name"),
    ROW(struct route_register_in, base_url, STRING, true, 9, 512, .check = field_is_printable,
        .doc = "https address the interfaces are below"),
    ROW(struct route_register_in, public_key, STRING, true, 1, 512,
        .doc = "base64 SubjectPublicKeyInfo"),
    ROW(struct route_register_in, code_types, STRINGS, true, 1, 16, .item_max = 4,
        .check = calls_is_code_type, .pattern = "^(ZWM1|QYM1)$", .doc = "code types it issues"),
    ROW(struct route_register_in, mode, STRING, true, 5, 6, .check = is_direct_or_relay,
        .pattern = "^(direct|relay)$", .doc = "called directly, or through its parent"),
    SYSTEM_ROW(struct route_register_in, parent, false, "system above it"),
    ROW(struct route_register_in, contact, OBJECT, true, 0, 0, .sub = &route_contact_fields,
        .doc = "whom to turn to"),
    ROW(struct route_register_in, invitation, STRING, false, 20, 64, .check = field_is_nonce,
        .pattern = "^[A-Za-z0-9_-]+$", .sensitive = true,
        .doc = "code that an operator of the registry has given: it serves once, and the "
               "application waits however many others do"),
};
static const struct fields route_register_in_fields =
    FIELDS("RouteRegistration", struct route_register_in, route_register_in_rows);

static const struct field route_register_out_rows[] = {
    ROW(struct route_register_out, application_no, STRING, true, 32, 32,
        .pattern = "^[0-9a-f]{32}$",
        .doc = "number of the application; an administrator approves it"),
};
static const struct fields route_register_out_fields =
    FIELDS("RouteRegistrationAnswer", struct route_register_out, route_register_out_rows);

static const struct field route_query_in_rows[] = {
    SYSTEM_ROW(struct route_query_in, system, true, "system identifier")};
static const struct fields route_query_in_fields =
    FIELDS("RouteQuery", struct route_query_in, route_query_in_rows);

static const struct field route_query_out_rows[] = {
    SYSTEM_ROW(struct route_query_out, system, true, "system identifier"),
    ROW(struct route_query_out, name, STRING, true, 1, NAME_MAX_CP, .doc = "name"),
    ROW(struct route_query_out, base_url, STRING, true, 9, 512, .doc = "https address"),
    ROW(struct route_query_out, public_key, STRING, true, 1, 512,
        .doc = "base64 SubjectPublicKeyInfo"),
    ROW(struct route_query_out, code_types, STRINGS, true, 1, 16, .item_max = 4,
        .doc = "code types it issues"),
    ROW(struct route_query_out, mode, STRING, true, 5, 6, .doc = "direct or relay"),
    ROW(struct route_query_out, parent, STRING, false, 9, 9, .doc = "system above it"),
    ROW(struct route_query_out, status, STRING, true, 6, 9, .doc = "active or suspended"),
    ROW(struct route_query_out, version, INT, true, 0, INT64_MAX, .doc = "of the trust list"),
    TIME_ROW(struct route_query_out, expires_at, true, "end of the trust list" TIME_DOC),
};
static const struct fields route_query_out_fields =
    FIELDS("Route", struct route_query_out, route_query_out_rows);

CALL_ROW(
    ROUTE_REGISTER, .name = "route_register", .method = "POST", .path = "/api/v1/route/register",
    .callers = CALLER_SYSTEM, .in = &route_register_in_fields, .out = &route_register_out_fields,
    .errors = "4006", .summary = "Register a code system's route",
    .doc =
        "Signed by the key it carries (app_id is the system identifier); a change of an approved "
        "route is signed with the key on record. result_code 103: an administrator approves.");

CALL_ROW(ROUTE_QUERY, .name = "route_query", .method = "POST", .path = "/api/v1/route/query",
         .relayed = true, .callers = CALLER_SYSTEM | CALLER_THIRD_PARTY | CALLER_CHANNEL,
         .in = &route_query_in_fields, .out = &route_query_out_fields, .errors = "4001,4005",
         .summary = "The route in force", .doc = "From the trust list.");

CALL_ROW(ROUTE_LIST, .name = "route_list", .method = "GET", .path = "/api/v1/route/list",
         .callers = CALLER_SYSTEM, .errors = "4001", .summary = "The trust list",
         .doc = "Signed by its publisher; no authentication. version rises by one.");
