/* route: the fields of routes (interface 2.6). Uses field. */
#ifndef ZWM_WIRE_CALLS_ROUTE_H
#define ZWM_WIRE_CALLS_ROUTE_H

#include "core/wire/field.h"

struct route_contact {
    const char *name, *phone, *email;
};

struct route_register_in {
    const char *system, *name, *base_url, *public_key;
    struct field_strings code_types;
    const char *mode, *parent;
    struct route_contact *contact;
    const char *invitation; /* NULL: not invited */
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
