/* code: the fields of issue, verify and outcome (interface 2.3). Uses people. */
#ifndef ZWM_WIRE_CALLS_CODE_H
#define ZWM_WIRE_CALLS_CODE_H

#include "core/wire/calls/people.h"

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

struct verify_in {
    const char *code, *purpose;
    struct scanner *scanner;
    const char *device_id, *item_code, *region, *place;
    struct requester *requester;
};

/* Answered by outcome too. */
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

#endif
