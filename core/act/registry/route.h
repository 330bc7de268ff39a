/* route: see route.c and keep.c. */
#ifndef ZWM_ACT_REGISTRY_ROUTE_H
#define ZWM_ACT_REGISTRY_ROUTE_H

#include "core/act/call.h"

/* Enters the application of a code system for a route, or for a change of its route. The call is
 * authenticated here; c->signing_string and the receipt follow from it. ERR_OK with
 * c->in_progress: an administrator decides. Returns ERR_NO_INTERFACE if this system is not the
 * registry, ERR_AWAITING_APPROVAL if too many applications wait. Needs the statements of DB_ROUTE.
 */
ERR_CHECK enum err act_route_register(struct call *c, const struct route_register_in *in,
                                      struct route_register_out *out_r);

/* Tells the route in force to a system, from the trust list. Returns ERR_NO_ROUTE or
 * ERR_TRUST_EXPIRED. */
ERR_CHECK enum err act_route_query(struct call *c, const struct route_query_in *in,
                                   struct route_query_out *out_r);

/* Keeps the trust list up, in a thread of its own: publishes it again before it expires if this
 * system is the registry, fetches it from the registry if not. One process of the node at a time
 * does so. Never returns if the keys can be opened. */
void route_keep_list(const struct conf *conf);

#endif
