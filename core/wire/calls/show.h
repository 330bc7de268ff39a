/* show: the fields of show sessions (interface-people 1) and of the show page's own calls, which
 * are no contract. Uses people and authorize. */
#ifndef ZWM_WIRE_CALLS_SHOW_H
#define ZWM_WIRE_CALLS_SHOW_H

#include "core/wire/calls/authorize.h"

struct show_session_in {
    struct subject *subject;
    const char *channel, *embed_origin, *scene, *return_url;
};
struct show_session_out {
    const char *show_token, *show_url, *session_no;
    struct field_int expires_at;
};
struct show_end_in {
    const char *session_no;
};
struct show_end_out {
    const char *session_no;
    struct field_int ended_at;
};

/* --- the page's own --- */

struct show_enter_in {
    const char *token, *origin;
};
struct show_person {
    const char *type, *name, *id_no; /* masked */
};
struct show_enterprise {
    struct field_int index;
    const char *name, *id_no; /* masked */
};
struct show_class {
    const char *class, *name, *kind;
    enum field_bool chosen;
};
struct show_used {
    const char *org_name, *purpose;
    struct field_int at;
    struct field_strings classes; /* names */
};
struct show_code_state {
    const char *sqbh, *state; /* live, used, expired, replaced, revoked */
    struct field_int deadline;
    struct show_used *used;
};
struct show_state {
    const char *key;  /* of an embedded session, when it was just opened */
    const char *csrf; /* to be sent with every call of a session that has a cookie */
    const char *system_name, *session_no, *return_url, *embed_origin, *events;
    struct show_person *person, *acting;
    struct field_objects enterprises; /* struct show_enterprise */
    struct field_objects classes;     /* struct show_class */
    struct show_code_state *code;
    struct field_int now_ms, ends_at, idle_sec;
};
struct show_code_in {
    const char *symbology, *scene;
};
struct show_code_out {
    const char *sqbh, *code_type, *svg;
    struct field_int issued_at, deadline, refresh_after_sec, now_ms;
};
struct show_choose_in {
    struct field_strings classes;
    struct field_int acting; /* index of an enterprise; -1: for himself */
};
struct show_records_in {
    const char *kind, *cursor;
    struct field_int since, limit;
};
struct show_use {
    struct field_int at;
    const char *interface, *org_name, *system, *purpose, *class_name, *error_code;
};
struct show_record {
    const char *sqbh, *code_type, *state;
    struct field_int issued_at, deadline;
    struct field_objects classes; /* struct show_class */
    struct field_objects uses;    /* struct show_use */
};
struct show_revoke_in {
    const char *sqbh;
};
struct show_leave_out {
    const char *next;
};
struct show_request_in {
    const char *request_code;
};
struct show_request_out {
    const char *org_name, *uscc, *system, *purpose;
    struct field_objects classes; /* struct show_class */
    struct field_int expires_at, since;
};
struct show_decide_in {
    const char *request_code, *decision;
    struct field_strings classes;
};

#endif
