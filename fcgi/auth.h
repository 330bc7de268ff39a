/* auth: who calls (interface 2.1). Cheap refusals first: form, clock window, app, then the
 * signature. */
#ifndef ZWM_FCGI_AUTH_H
#define ZWM_FCGI_AUTH_H

#include "fcgi/responder.h"

/* Once a process, before threads start. */
bool auth_init(void);

/* Authenticates the call: sets c->sig, c->app, c->signing_string. An unknown app and a wrong
 * signature take the same way and the same least time. Order: 2001 (form), 2002, 2001 (app,
 * signature), 2004, 2005, 2007, 2006. */
ERR_CHECK enum err auth_call(struct call *c, struct app_cache *apps, const char *header,
                             const char *address);

#endif
