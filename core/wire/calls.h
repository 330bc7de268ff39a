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

#endif
