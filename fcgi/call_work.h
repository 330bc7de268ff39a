/* call_work: the context of a call as the rooms below take it. */
#ifndef ZWM_FCGI_CALL_WORK_H
#define ZWM_FCGI_CALL_WORK_H

#include "core/base/work.h"
#include "fcgi/responder.h"

/* In the pool of the call. */
static inline const struct work *call_work(const struct call *c)
{
    const struct work w = {.pool = c->pool,
                           .conf = c->conf,
                           .kr = c->kr,
                           .db = c->db,
                           .http = c->http,
                           .trust = c->trust,
                           .now_ms = c->now_ms,
                           .now_sec = c->now_sec};
    return pool_memdup(c->pool, &w, sizeof w);
}

#endif
