#include "core/net/gated.h"

#include "core/net/peer_gate.h"

struct gated {
    struct peer_turn turn;
    const struct http_request *rq; /* the caller's */
};

static void leave_at_head(void *arg, const struct http_answer *a)
{
    struct gated *g = arg;
    peer_gate_leave(&g->turn, true);
    g->rq->head(g->rq->sink_arg, a);
}

static bool pass_on(void *arg, const void *data, size_t len)
{
    const struct gated *g = arg;
    return g->rq->sink(g->rq->sink_arg, data, len);
}

enum err gated_call(const char *party, struct http_client *http, struct pool *p,
                    const struct http_request *rq, struct http_answer *a)
{
    struct gated g = {.rq = rq};
    if (!peer_gate_enter(party, &g.turn)) {
        *a = (struct http_answer){
            .content_type = "",
            .failure = "not tried: it has failed lately, or enough calls wait for it"};
        return ERR_IO;
    }
    struct http_request stream = *rq;
    if (rq->head != NULL) {
        stream.head = leave_at_head;
        stream.sink = rq->sink != NULL ? pass_on : NULL;
        stream.sink_arg = &g;
    }
    enum err e = http_call(http, p, &stream, a);
    peer_gate_leave(&g.turn, e == ERR_OK || a->sink_failed);
    return e;
}
