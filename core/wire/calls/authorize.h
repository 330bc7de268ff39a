/* authorize: the fields of scan to authorize (interface 2.5). Uses people. */
#ifndef ZWM_WIRE_CALLS_AUTHORIZE_H
#define ZWM_WIRE_CALLS_AUTHORIZE_H

#include "core/wire/calls/people.h"

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

/* What a third party is told of the decision, at the address it gave as `callback`. */
struct auth_told {
    const char *request_no, *status;
    struct field_int decided_at;
};
extern const struct fields auth_told_fields;

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
    struct field_int since;
    const char *kind;
    struct field_int limit;
    const char *cursor;
};
enum { AUTH_LIST_MOST = 200, AUTH_LIST_USUAL = 50, AUTH_CURSOR_LEN = 88 };

struct auth_use {
    struct field_int at;
    const char *interface, *app_id, *org_name, *system, *purpose, *class, *error_code;
};

enum { AUTH_USES_MOST = 1000 }; /* uses on one page, at most */
struct auth_list_item {
    const char *sqbh, *code_type, *state;
    struct field_int issued_at, deadline;
    struct field_strings xxlb;
    const char *czqx;
    struct field_objects uses; /* struct auth_use */
};

#endif
