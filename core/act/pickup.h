/* pickup: see pickup.c. */
#ifndef ZWM_ACT_PICKUP_H
#define ZWM_ACT_PICKUP_H

#include "core/act/call.h"

/* Fetches the class of `in` on behalf of c->app with a ticket of an earlier verification, here or
 * at the system that gave the ticket. The result is an envelope sealed for the app, or a handle for
 * act_file if it is larger than SPOOL_INLINE_MAX. Every try is entered before anything is fetched.
 * ERR_OK with c->begun: another system's answer was passed on. Needs the statements of DB_PICKUP.
 */
ERR_CHECK enum err act_pickup(struct call *c, const struct pickup_in *in, struct pickup_out *out_r);

#endif
