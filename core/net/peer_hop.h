/* peer_hop: what our own calls to other code systems and those passed on have in common: the next
 * system on the way, and the limits of a call to it. Part of peer and peer_relay. */
#ifndef ZWM_NET_PEER_HOP_H
#define ZWM_NET_PEER_HOP_H

#include "core/base/conf.h"
#include "core/base/work.h"
#include "core/net/http.h"
#include "core/net/trust.h"

/* Finds the system to call on the way to `target`. Returns ERR_NO_ROUTE if there is none or we are
 * the target, ERR_TRUST_EXPIRED if the trust list is over, ERR_SYSTEM_SUSPENDED as
 * trust_next_hop. */
ERR_CHECK enum err peer_hop_find(const struct work *w, const char *target,
                                 const struct trust_system **hop_r);

/* The URL and limits of a call of `path` at `hop`; the rest is left to the caller. `streams`: the
 * body of the answer goes through a sink, so it may be as long as a file. */
struct http_request peer_hop_request(const struct work *w, const struct trust_system *hop,
                                     const char *path, bool streams);

#endif
