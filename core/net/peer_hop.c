#include "core/net/peer_hop.h"

#include <string.h>

enum { ANSWER_MAX = 4 << 20 };

static enum trust_mode own_mode(const struct conf *conf)
{
    return strcmp(conf->mode, "relay") == 0 ? TRUST_RELAY : TRUST_DIRECT;
}

enum err peer_hop_find(const struct work *w, const char *target, const struct trust_system **hop_r)
{
    const struct conf *conf = w->conf;
    if (w->trust == NULL)
        return ERR_NO_ROUTE;
    if (w->now_sec > w->trust->expires_at)
        return ERR_TRUST_EXPIRED;
    enum err e =
        trust_next_hop(w->trust, conf->system, conf->parent, own_mode(conf), target, hop_r);
    return e == ERR_OK && *hop_r == NULL ? ERR_NO_ROUTE : e;
}

struct http_request peer_hop_request(const struct work *w, const struct trust_system *hop,
                                     const char *path, bool streams)
{
    const struct conf *conf = w->conf;
    return (struct http_request){.url = pool_printf(w->pool, "%s%s", hop->base_url, path),
                                 .connect_ms = (long)conf->peer_connect_ms,
                                 .total_ms = streams ? 0 : (long)conf->peer_total_ms,
                                 .stall_sec = streams ? (long)conf->download_stall_sec : 0,
                                 .least_per_sec = streams ? (long)conf->download_least_per_sec : 0,
                                 .max_len =
                                     streams ? (uint64_t)conf->file_max_mib << 20 : ANSWER_MAX,
                                 .public_only = conf->allow_loopback_routes == 0};
}
