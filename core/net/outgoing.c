#include "core/net/outgoing.h"

enum err outgoing_sign(struct pool *p, struct outgoing *o)
{
    struct http_headers *h = pool_alloc(p, sizeof *h);
    struct callsig_out sig = {.key = o->key,
                              .app_id = o->signer,
                              .method = o->rq.method,
                              .body = o->rq.body,
                              .body_len = o->rq.body_len,
                              .nonce = o->nonce,
                              .now_sec = o->now_sec};
    switch (o->scheme) {
    case OUTGOING_CALL:
        sig.scheme = CALLSIG_SM2;
        sig.target = o->target != NULL ? o->target : http_url_target(p, o->rq.url);
        sig.to = o->to;
        break;
    case OUTGOING_OUT:
        sig.scheme = CALLSIG_OUT;
        sig.target = http_url_full(p, o->rq.url);
        break;
    }
    if (callsig_sign(p, &sig) != ERR_OK)
        return ERR_BUSY;
    o->authorization = sig.header;
    o->string = sig.string;
    http_headers_add(p, h, "Authorization", sig.header);
    if (o->rq.body != NULL)
        http_headers_add(p, h, "Content-Type",
                         o->content_type != NULL ? o->content_type : "application/json");
    for (const char *const *line = o->more; line != NULL && *line != NULL; line++)
        http_headers_add_line(h, *line);
    o->rq.headers = h->lines;
    return ERR_OK;
}

enum err outgoing_call(struct http_client *http, struct pool *p, struct outgoing *o,
                       struct http_answer *a)
{
    enum err e = outgoing_sign(p, o);
    if (e == ERR_OK)
        return http_call(http, p, &o->rq, a);
    *a = (struct http_answer){.content_type = "", .failure = "the call could not be signed"};
    return e;
}
