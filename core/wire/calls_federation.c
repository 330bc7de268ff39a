/* The fields of scan to authorize and of routes (interface 2.5, 2.6). */
#include "core/wire/calls_rows.h"

#include <string.h>

static bool is_grant_or_refuse(const char *s)
{
    return strcmp(s, "grant") == 0 || strcmp(s, "refuse") == 0;
}

static bool is_direct_or_relay(const char *s)
{
    return strcmp(s, "direct") == 0 || strcmp(s, "relay") == 0;
}

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
const struct fields auth_request_in_fields =
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
const struct fields auth_request_out_fields =
    FIELDS("AuthorizationRequestAnswer", struct auth_request_out, auth_request_out_rows);

#define REQUEST_CODE_ROW(T)                                                                        \
    ROW(T, request_code, STRING, true, 1, 128, .control = true, .sensitive = true,                 \
        .doc = "the text scanned; white space around it is trimmed")
static const struct field auth_detail_in_rows[] = {REQUEST_CODE_ROW(struct auth_detail_in)};
const struct fields auth_detail_in_fields =
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
const struct fields auth_detail_out_fields =
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
const struct fields auth_grant_fields = FIELDS("Grant", struct auth_grant, auth_grant_rows);

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
const struct fields auth_decide_in_fields =
    FIELDS("DecideRequest", struct auth_decide_in, auth_decide_in_rows);

static const struct field auth_decide_out_rows[] = {SQBH_ROW(struct auth_decide_out, false)};
const struct fields auth_decide_out_fields =
    FIELDS("DecideAnswer", struct auth_decide_out, auth_decide_out_rows);

static const struct field auth_status_in_rows[] = {
    ROW(struct auth_status_in, request_no, STRING, true, 32, 32, .check = field_is_hex32,
        .pattern = "^[0-9a-f]{32}$", .doc = "number of the request"),
};
const struct fields auth_status_in_fields =
    FIELDS("StatusRequest", struct auth_status_in, auth_status_in_rows);

static const struct field auth_revoke_in_rows[] = {
    SQBH_ROW(struct auth_revoke_in, true),
    ROW(struct auth_revoke_in, subject, OBJECT, true, 0, 0, .sub = &subject_fields,
        .doc = "who revokes, as identified by the channel"),
};
const struct fields auth_revoke_in_fields =
    FIELDS("RevokeRequest", struct auth_revoke_in, auth_revoke_in_rows);

static const struct field auth_revoke_out_rows[] = {
    SQBH_ROW(struct auth_revoke_out, true),
    TIME_ROW(struct auth_revoke_out, revoked_at, true, "when" TIME_DOC),
};
const struct fields auth_revoke_out_fields =
    FIELDS("RevokeAnswer", struct auth_revoke_out, auth_revoke_out_rows);

static const struct field auth_list_in_rows[] = {
    ROW(struct auth_list_in, subject, OBJECT, true, 0, 0, .sub = &subject_fields,
        .doc = "whose authorizations, as identified by the channel"),
};
const struct fields auth_list_in_fields =
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
    ROW(struct auth_list_item, uses, OBJECTS, true, 0, 1000, .sub = &auth_use_fields,
        .doc = "every use and every refused try"),
};
const struct fields auth_list_item_fields =
    FIELDS("Authorization", struct auth_list_item, auth_list_item_rows);

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
};
const struct fields route_register_in_fields =
    FIELDS("RouteRegistration", struct route_register_in, route_register_in_rows);

static const struct field route_register_out_rows[] = {
    ROW(struct route_register_out, application_no, STRING, true, 32, 32,
        .pattern = "^[0-9a-f]{32}$",
        .doc = "number of the application; an administrator approves it"),
};
const struct fields route_register_out_fields =
    FIELDS("RouteRegistrationAnswer", struct route_register_out, route_register_out_rows);

static const struct field route_query_in_rows[] = {
    SYSTEM_ROW(struct route_query_in, system, true, "system identifier")};
const struct fields route_query_in_fields =
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
const struct fields route_query_out_fields =
    FIELDS("Route", struct route_query_out, route_query_out_rows);
