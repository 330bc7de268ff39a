/* people: the people, organisations and apps that several families of interfaces speak of. Uses
 * field. */
#ifndef ZWM_WIRE_CALLS_PEOPLE_H
#define ZWM_WIRE_CALLS_PEOPLE_H

#include "core/wire/field.h"

/* Who acts for an enterprise: its legal representative or an agent. */
struct agent {
    const char *name, *id_type, *id_no;
};

/* Who authorizes, as a channel has identified them. */
struct subject {
    const char *type, *name, *id_type, *id_no, *phone;
    struct agent *agent;
    struct field_int assurance;
};

/* The person or organisation that scans a code. */
struct scanner {
    const char *type, *name, *id_type, *id_no;
};

/* Whom alone an authorization is for (被授权主体, QYM 6.1.2). */
struct bsqzt {
    const char *bsqztlx, *bsqzxm, *zjlx, *zjhm;
};

/* The app on whose behalf a code system passes a call on. */
struct requester {
    const char *app_id, *org_name, *uscc, *system, *public_key;
};

/* The subject as a requester may see it: name and number masked. */
struct masked_subject {
    const char *type, *name, *id_no;
};

extern const struct fields subject_fields, scanner_fields, bsqzt_fields, requester_fields,
    masked_fields;

#endif
