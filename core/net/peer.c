#include "core/net/peer.h"

#include <string.h>

#include "core/base/log.h"
#include "core/crypto/keyring.h"
#include "core/net/gated.h"
#include "core/net/outgoing.h"
#include "core/net/peer_hop.h"
#include "core/net/peer_receipt.h"
#include "core/wire/answer.h"

static enum err read_answer(struct peer_call *c, const struct trust_system *target)
{
    const struct work *w = c->w;
    struct answer_in a;
    c->believed = peer_receipt_holds(w->pool, target, w->now_sec, c->request_string, &c->answer);
    if (answer_read(w->pool, c->answer.body, c->answer.body_len, &a) != ERR_OK ||
        a.err >= ERR_WIRE_MAX)
        return ERR_SYSTEM_UNREACHABLE;
    c->error = a.err;
    c->msg = a.msg;
    c->in_progress = a.result == ANSWER_IN_PROGRESS;
    bool done = a.result != ANSWER_REFUSED;
    if (c->believed && (done || *a.code == '3' || *a.code == '5' || *a.code == '6')) {
        c->item = done ? a.item : NULL;
        return ERR_OK;
    }
    /* What anybody on the way may say: that it does not go on. */
    return *a.code == '4' ? c->error : ERR_SYSTEM_UNREACHABLE;
}

static void log_peer(const struct peer_call *c, enum err e)
{
    struct log_line l;
    log_start(&l, LOG_WARN, "peer_failed");
    log_str(&l, "target", c->target);
    log_str(&l, "hop", c->hop);
    log_str(&l, "path", c->body != NULL ? c->path : "file");
    log_str(&l, "error", err_row(e)->code);
    log_int(&l, "status", c->answer.status);
    log_str(&l, "msg", c->answer.failure);
    log_end(&l);
}

/* The call as it is sent to `hop`, signed. */
static enum err prepare(struct peer_call *c, const struct trust_system *hop, struct outgoing *o)
{
    const struct work *w = c->w;
    struct http_headers more = {.n = 0};
    http_headers_add(w->pool, &more, "Zwm-Receipt", "required");
    http_headers_add(w->pool, &more, "Zwm-Target", c->target);
    http_headers_add(w->pool, &more, "Range", c->range);
    *o = (struct outgoing){.rq = peer_hop_request(w, hop, c->path, c->sink != NULL),
                           .more = more.lines,
                           .scheme = OUTGOING_CALL,
                           .key = keyring_system_key(w->kr),
                           .signer = w->conf->system,
                           .to = c->target,
                           .target = c->path, /* whatever stands before it in base_url */
                           .nonce = c->nonce,
                           .now_sec = w->now_sec};
    o->rq.method = c->body != NULL ? "POST" : "GET";
    o->rq.body = c->body;
    o->rq.body_len = c->body != NULL ? strlen(c->body) : 0;
    o->rq.sink = c->sink;
    o->rq.sink_arg = c->sink_arg;
    o->rq.head = c->head;
    enum err e = outgoing_sign(w->pool, o);
    o->more = NULL;
    c->request_string = o->string;
    c->authorization = o->authorization;
    return e;
}

enum err peer_call(struct peer_call *c)
{
    const struct work *w = c->w;
    const struct trust_system *hop = NULL,
                              *target = w->trust != NULL ? trust_find(w->trust, c->target) : NULL;
    struct outgoing o;
    c->sent = c->believed = false;
    c->answer = (struct http_answer){.content_type = ""};
    enum err e = peer_hop_find(w, c->target, &hop);
    if (e == ERR_OK && target == NULL)
        e = ERR_NO_ROUTE; /* its receipt could not be checked */
    if (e == ERR_OK)
        e = prepare(c, hop, &o);
    if (e != ERR_OK)
        return e;
    c->hop = hop->system;
    e = gated_call(hop->system, w->http, w->pool, &o.rq, &c->answer);
    c->sent = e == ERR_OK || c->answer.connected;
    if (e != ERR_OK)
        e = ERR_SYSTEM_UNREACHABLE;
    else if (c->sink == NULL)
        e = read_answer(c, target);
    if (e != ERR_OK)
        log_peer(c, e);
    return e;
}

enum err peer_ask(const struct work *w, enum call_id id, const char *target, const char *body,
                  const char *nonce, struct peer_call *c)
{
    *c = (struct peer_call){
        .w = w, .target = target, .path = call_row(id)->path, .body = body, .nonce = nonce};
    return peer_call(c);
}
