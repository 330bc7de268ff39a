/* peer_url: which addresses of other code systems and of third parties may be called. Uses http. */
#ifndef ZWM_NET_PEER_URL_H
#define ZWM_NET_PEER_URL_H

#include <stdbool.h>

/* Returns true if `url` is https with a host and without user information. Unless `allow_loopback`,
 * its host must also be no name of this machine, and a host that is an address must be a public one
 * in its plain spelling. Where a name resolves to is checked when it is called (http_request's
 * public_only). */
bool peer_url_is_allowed(const char *url, bool allow_loopback);

#endif
