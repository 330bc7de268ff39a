/* Reading a request: what nginx has sent as parameters, and the body. */
#include <stdlib.h>
#include <string.h>

#include "core/base/text.h"
#include "fcgi/frame/served.h"

enum { DRAIN_MAX = 2 << 20 };

static const char *param(const struct served *s, const char *name)
{
    return FCGX_GetParam(name, s->fcgx->envp);
}

void request_read_params(struct served *s)
{
    struct call *c = &s->c;
    const char *id = param(s, "REQUEST_ID"), *receipt = param(s, "HTTP_ZWM_RECEIPT"),
               *method = param(s, "REQUEST_METHOD"), *target = param(s, "REQUEST_URI");
    s->rq = (struct request){.method = method != NULL ? method : "",
                             .target = target != NULL ? target : "",
                             .content_type = param(s, "CONTENT_TYPE"),
                             .accept = param(s, "HTTP_ACCEPT"),
                             .authorization = param(s, "HTTP_AUTHORIZATION"),
                             .range = param(s, "HTTP_RANGE"),
                             .address = param(s, "REMOTE_ADDR"),
                             .target_system = param(s, "HTTP_ZWM_TARGET"),
                             .via = param(s, "HTTP_ZWM_VIA"),
                             .relay = param(s, "HTTP_ZWM_RELAY"),
                             .connections = param(s, "NGINX_CONNECTIONS"),
                             .body = ""};
    s->session_key = param(s, "HTTP_ZWM_SESSION");
    s->csrf = param(s, "HTTP_ZWM_CSRF");
    s->rq.cookies = param(s, "HTTP_COOKIE");
    s->rq.origin = param(s, "HTTP_ORIGIN");
    s->fetch_site = param(s, "HTTP_SEC_FETCH_SITE");
    c->receipt = receipt != NULL && strcmp(receipt, "required") == 0;
    if (id == NULL || hex_decode(id, strlen(id), c->request_id_bytes, 16) != ERR_OK)
        id = "00000000000000000000000000000000";
    c->request_id = id;
    if (s->rq.content_type == NULL ||
        wire_form_from_content_type(s->rq.content_type, &s->in_form) != ERR_OK)
        s->in_form = WIRE_JSON;
    s->out_form = wire_form_from_accept(s->rq.accept, s->in_form);
}

/* Reads and forgets: what stays unread would be taken for the next request on a kept connection. */
static void drain(const struct served *s)
{
    char sink[4096];
    for (long n = 0; n < DRAIN_MAX && FCGX_GetStr(sink, sizeof sink, s->fcgx->in) > 0;
         n += (long)sizeof sink)
        ;
}

enum err request_read_body(struct served *s)
{
    const char *text = param(s, "CONTENT_LENGTH");
    long len = text != NULL && *text != '\0' ? strtol(text, NULL, 10) : 0;
    if (len < 0)
        return ERR_MALFORMED;
    if (len > WIRE_BODY_MAX) {
        drain(s);
        return ERR_TOO_LARGE;
    }
    char *body = pool_alloc(s->c.w.pool, (size_t)len + 1);
    int got = len > 0 ? FCGX_GetStr(body, (int)len, s->fcgx->in) : 0;
    if (got != len)
        return ERR_MALFORMED;
    s->rq.body = body;
    s->rq.body_len = (size_t)len;
    return ERR_OK;
}
