/* user: the fields of the login at our own address, which are no contract, and of user tickets
 * (interface-people 3, 4). Uses people and show. */
#ifndef ZWM_WIRE_CALLS_USER_H
#define ZWM_WIRE_CALLS_USER_H

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

#endif
