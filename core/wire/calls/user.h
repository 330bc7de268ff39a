/* user: the fields of the login at our own address, which are no contract, and of user tickets
 * (interface-people 3, 4). Uses people and show. */
#ifndef ZWM_WIRE_CALLS_USER_H
#define ZWM_WIRE_CALLS_USER_H

#include "core/wire/calls/data.h"
#include "core/wire/calls/show.h"

struct login_who_in {
    const char *return_url; /* of the page of an app that wants to know who it is */
};
struct login_person {
    const char *id, *name;
};
struct login_app {
    const char *app_id, *org_name;
};
struct login_who_out {
    enum field_bool logged_in, sample, oidc;
    const char *csrf, *system_name, *cancel_url;
    struct show_person *person;  /* masked */
    struct field_objects people; /* struct login_person */
    struct login_app *app;
};
struct login_sample_in {
    const char *id;
};
struct login_sample_out {
    enum field_bool logged_in;
    const char *csrf;
};

/* --- user tickets --- */

struct user_ticket_in {
    const char *origin, *return_url; /* one of both: of the app's page */
};
struct user_consent_in {
    const char *app_id, *decision, *origin, *return_url;
};
struct user_ticket_out {
    const char *state; /* ticket, consent, refused */
    const char *ticket, *app_id, *org_name, *dialect, *next;
    struct field_int type;     /* 1 person, 2 legal person */
    struct field_strings what; /* is handed over, in words */
};
struct user_info_in {
    const char *ticket;
};
struct user_info_out {
    const char *user_id;
    struct field_int type, assurance;
    struct envelope_out *envelope;
};

/* --- of the show page --- */

struct show_consent {
    const char *app_id, *org_name;
    struct field_int given_at;
    struct field_strings what;
};
struct show_consent_revoke_in {
    const char *app_id;
};
struct show_correct_in {
    const char *sqbh, *class, *note;
};
struct show_correct_out {
    const char *correction_no;
};

#endif
