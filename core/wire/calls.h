/* calls: the interfaces and their fields, one table (interface 2.2 to 2.5). What a responder
 * decodes and answers, what the generated OpenAPI document says and which kinds of apps may call
 * stand here once. Uses field. */
#ifndef ZWM_WIRE_CALLS_H
#define ZWM_WIRE_CALLS_H

#include "core/wire/field.h"

/* Values are stored in call_record.interface: never renumber. */
enum call_id {
    CALL_VOID = 0, /* keeps a nonce from being used */
    CALL_ISSUE = 1,
    CALL_VERIFY = 2,
    CALL_OUTCOME = 3,
    CALL_PICKUP = 4,
    CALL_FILE = 5,
    CALL_FETCH = 6,
    CALL_HEALTH = 7, /* local port only, as the next */
    CALL_METRICS = 8,
    CALL_AUTH_REQUEST = 9,
    CALL_AUTH_DETAIL = 10,
    CALL_AUTH_DECIDE = 11,
    CALL_AUTH_STATUS = 12,
    CALL_AUTH_REVOKE = 13,
    CALL_AUTH_LIST = 14,
    CALL_ROUTE_REGISTER = 15,
    CALL_ROUTE_QUERY = 16,
    CALL_ROUTE_LIST = 17,
    CALL_MAX
};

/* Kinds of apps, as bits: 1 << enum app_kind of the store. */
enum { CALLER_CHANNEL = 1 << 1, CALLER_THIRD_PARTY = 1 << 2, CALLER_SYSTEM = 1 << 3 };

struct call_row {
    enum call_id id;
    const char *name; /* short, for logs and metrics */
    const char *method;
    const char *path; /* with `{handle}` behind a prefix */
    unsigned callers;
    const struct fields *in, *out; /* NULL: none */
    const char *errors; /* error codes it may answer beyond 1xxx, 2xxx and 9xxx, comma separated */
    const char *summary, *doc;
};

const struct call_row *call_row(enum call_id id);

/* --- people and organisations --- */
struct agent {
    const char *name, *id_type, *id_no;
};
struct subject {
    const char *type, *name, *id_type, *id_no, *phone;
    struct agent *agent;
    struct field_int assurance;
};
struct scanner {
    const char *type, *name, *id_type, *id_no;
};
struct bsqzt {
    const char *bsqztlx, *bsqzxm, *zjlx, *zjhm;
};
struct requester { /* of a call that a code system passes on */
    const char *app_id, *org_name, *uscc, *system, *public_key;
};
struct masked_subject {
    const char *type, *name, *id_no;
};
extern const struct fields subject_fields, scanner_fields, bsqzt_fields, requester_fields;

/* --- issue --- */
struct issue_in {
    const char *code_type, *channel;
    struct subject *subject;
    struct field_strings xxlb;
    struct bsqzt *bsqzt;
    struct json_object *xxsy;
    const char *czqx;
    enum field_bool single_use;
    struct field_int validity_sec;
    const char *replaces;
};
struct issue_out {
    const char *code, *sqbh;
    struct field_int issued_at, deadline, refresh_after_sec;
    struct json_object *record;
};

/* --- verify, outcome --- */
struct verify_in {
    const char *code, *purpose;
    struct scanner *scanner;
    const char *device_id, *item_code, *region, *place;
    struct requester *requester;
};
struct verify_out {
    const char *ticket;
    struct field_int ticket_expires;
    const char *sqbh, *system, *code_type, *channel;
    struct field_int deadline;
    struct masked_subject *subject;
    struct field_strings xxlb;
    struct json_object *xxsy;
    const char *czqx;
};
struct outcome_in {
    const char *nonce;
};

/* --- pickup --- */
struct pickup_in {
    const char *ticket, *class, *as;
};
struct envelope_out {
    const char *key, *iv, *ciphertext, *mac;
};
struct pickup_out {
    const char *class, *source, *media_type;
    struct field_int size;
    const char *sm3;
    struct envelope_out *envelope;
    const char *file;
};

/* --- fetch: what an information service answers (design 8) --- */
struct fetch_requester {
    const char *app_id, *org_name, *uscc;
};
struct fetch_in {
    const char *sqbh, *class, *as;
    struct json_object *record;
    struct fetch_requester *requester;
};
struct fetch_out {
    const char *media_type;
    struct json_object *data;
};

/* --- scan to authorize (interface 2.5) --- */
struct auth_request_in {
    const char *purpose;
    struct field_strings xxlb;
    const char *czqx, *item_code, *region, *callback;
};
struct auth_request_out {
    const char *request_no, *request_code;
    struct field_int expires_at, poll_after_sec;
};
struct auth_detail_in {
    const char *request_code;
};
struct auth_detail_out {
    const char *request_no;
    struct requester *requester;
    const char *purpose;
    struct field_strings xxlb;
    const char *czqx, *item_code, *region;
    struct field_int expires_at;
};
struct auth_grant { /* between code systems: what the subject's system has made */
    const char *sqbh, *ticket;
    struct field_int ticket_expires;
    struct json_object *record;
    struct masked_subject *subject;
    struct field_strings xxlb;
};
struct auth_decide_in {
    const char *request_code, *decision;
    struct subject *subject;
    struct field_strings xxlb;
    struct auth_grant *grant;
};
struct auth_decide_out {
    const char *sqbh;
};
struct auth_status_in {
    const char *request_no;
};
struct auth_revoke_in {
    const char *sqbh;
    struct subject *subject;
};
struct auth_revoke_out {
    const char *sqbh;
    struct field_int revoked_at;
};
struct auth_list_in {
    struct subject *subject;
};
struct auth_use {
    struct field_int at;
    const char *interface, *app_id, *org_name, *system, *purpose, *class, *error_code;
};
struct auth_list_item {
    const char *sqbh, *code_type, *state;
    struct field_int issued_at, deadline;
    struct field_strings xxlb;
    const char *czqx;
    struct field_objects uses; /* struct auth_use */
};

/* --- routes (interface 2.6) --- */
struct route_contact {
    const char *name, *phone, *email;
};
struct route_register_in {
    const char *system, *name, *base_url, *public_key;
    struct field_strings code_types;
    const char *mode, *parent;
    struct route_contact *contact;
};
struct route_register_out {
    const char *application_no;
};
struct route_query_in {
    const char *system;
};
struct route_query_out {
    const char *system, *name, *base_url, *public_key;
    struct field_strings code_types;
    const char *mode, *parent, *status;
    struct field_int version, expires_at;
};

#endif
