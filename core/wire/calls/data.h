/* data: the fields of pickup, and of fetch, which an information service answers (interface 2.4,
 * design 8). Uses field. */
#ifndef ZWM_WIRE_CALLS_DATA_H
#define ZWM_WIRE_CALLS_DATA_H

#include "core/wire/field.h"

struct pickup_in {
    const char *ticket, *class, *as;
};

extern const struct fields envelope_fields; /* struct envelope_out */
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
