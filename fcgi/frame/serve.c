/* The way of one request, as a table of phases: the first that fails ends it, and so does one that
 * has begun the answer. */
#include <string.h>

#include "core/base/clock.h"
#include "core/base/log.h"
#include "core/base/tally.h"
#include "fcgi/frame/pulse.h"
#include "fcgi/frame/served.h"

enum { QUERY_MAX = 1024 };

/* --- the phases --- */

/* Nobody has looked at it before, so it is certain that nothing of it was done. */
static enum err check_wait(struct served *s)
{
    return s->in_time ? ERR_OK : ERR_BUSY;
}

static enum err check_method(struct served *s)
{
    return strcmp(s->rq.method, s->c.row->method) == 0 ? ERR_OK : ERR_METHOD;
}

static enum err check_query(struct served *s)
{
    size_t len = strlen(s->rq.target) - strcspn(s->rq.target, "?");
    return len <= QUERY_MAX ? ERR_OK : ERR_TOO_LARGE;
}

static enum err check_media_type(struct served *s)
{
    if (s->c.row->in == NULL)
        return ERR_OK;
    return s->rq.content_type != NULL &&
                   wire_form_from_content_type(s->rq.content_type, &s->in_form) == ERR_OK
               ? ERR_OK
               : ERR_MEDIA_TYPE;
}

static enum err check_target(struct served *s)
{
    return s->rq.target_system == NULL || s->c.row->relayed ? ERR_OK : ERR_NO_INTERFACE;
}

static enum err authenticate(struct served *s)
{
    const struct handler *h = s->handler;
    if (s->c.row->page && !s->c.row->foreign && !session_is_our_page(s))
        return ERR_SESSION;
    if (h->session != NULL)
        return h->session(&s->c);
    if (h->own_auth || (h->no_auth && s->rq.authorization == NULL))
        return ERR_OK;
    return auth_call(s);
}

/* A call of a code system that is addressed to another one goes on from here; auth_call has seen to
 * it that the interface is one that is passed on. */
static enum err pass_on(struct served *s)
{
    struct call *c = &s->c;
    if (c->app == NULL || c->app->kind != APP_SYSTEM || !c->row->relayed ||
        strcmp(c->sig.to, c->w.conf->system) == 0)
        return ERR_OK;
    return s->handler->pass_on(c, c->sig.to);
}

static enum err decode(struct served *s)
{
    struct call *c = &s->c;
    struct wire_fault fault = {NULL};
    if (c->row->in == NULL)
        return ERR_OK;
    s->in = pool_alloc(c->w.pool, c->row->in->size);
    enum err e =
        wire_decode(c->w.pool, s->in_form, s->rq.body, s->rq.body_len, c->row->in, s->in, &fault);
    c->detail = fault.path;
    return e;
}

static enum err run(struct served *s)
{
    return s->handler->run(&s->c, s->in);
}

static enum err (*const phases[])(struct served *s) = {check_wait,       check_method, check_query,
                                                       check_media_type, check_target, authenticate,
                                                       pass_on,          decode,       run};

/* --- around them --- */

static const struct handler *find_handler(const char *target, const struct handler *handlers,
                                          size_t handlers_n)
{
    size_t len = strcspn(target, "?");
    for (size_t i = 0; i < handlers_n; i++) {
        const char *path = call_row(handlers[i].id)->path, *brace = strchr(path, '{');
        size_t n = brace != NULL ? (size_t)(brace - path) : strlen(path);
        if ((brace != NULL ? len > n : len == n) && strncmp(path, target, n) == 0)
            return &handlers[i];
    }
    return NULL;
}

static void log_call(const struct served *s, enum err e, int64_t us)
{
    const struct call *c = &s->c;
    struct log_line l;
    log_start(&l, s->handler != NULL && s->handler->quiet ? LOG_DEBUG : LOG_INFO, "call");
    log_str(&l, "request_id", c->request_id);
    log_str(&l, "interface", c->row != NULL ? c->row->name : NULL);
    log_str(&l, "app_id", c->app != NULL ? c->app->app_id : NULL);
    log_str(&l, "sqbh", c->sqbh);
    log_str(&l, "error", err_row(e)->code);
    log_str(&l, "detail", c->detail);
    log_int(&l, "status", s->status);
    log_int(&l, "us", us);
    log_end(&l);
}

static enum err go_through(struct served *s)
{
    enum err e = ERR_OK;
    for (size_t i = 0; e == ERR_OK && !s->c.begun && i < sizeof phases / sizeof phases[0]; i++)
        e = phases[i](s);
    db_rollback(s->c.w.db);
    if (e < ERR_WIRE_MAX)
        return e;
    log_msg(LOG_ERROR, "bug", "a handler answered %s", err_name(e));
    return ERR_BUSY;
}

/* A probe of nginx's status port, whether this responder answers at all: neither counted nor
 * logged.
 */
static bool is_probe(const struct served *s)
{
    return strncmp(s->rq.target, "/ready/", 7) == 0;
}

static void answer_probe(struct served *s)
{
    static const char text[] = "ready\n";
    enum err e = answer_with_text(&s->c, 200, "text/plain", text, sizeof text - 1);
    (void)e; /* there is nobody else to tell */
    trust_release(&s->trust);
    pulse_call_ends();
}

/* Whether the call has used up its nonce: then it was the app's own, and once only. Calls that
 * leave none could be sent again by whoever has seen them: they must not use up the app's rate, and
 * cost no more than a call with a wrong signature. A file's permission is its handle. */
static bool has_used_nonce(const struct served *s, enum err e)
{
    const char *code = err_row(e)->code;
    return s->c.row->in != NULL &&
           (e == ERR_OK || e == ERR_UNCERTAIN || (*code >= '3' && *code <= '6'));
}

void serve(struct served *s, const struct handler *handlers, size_t n)
{
    int64_t began_us = clock_mono_us();
    struct call *c = &s->c;
    pulse_call_begins();
    request_read_params(s);
    if (is_probe(s)) {
        answer_probe(s);
        return;
    }
    s->handler = find_handler(s->rq.target, handlers, n);
    enum err e = request_read_body(s);
    if (s->handler == NULL)
        e = ERR_NO_INTERFACE;
    else
        c->row = call_row(s->handler->id);
    if (e == ERR_OK)
        e = go_through(s);
    if (s->rate_per_sec > 0 && has_used_nonce(s, e))
        shared_rate_count(s->shared, c->app->app_id, s->rate_per_sec, clock_mono_us());
    if (!c->begun)
        reply_write(s, e);
    int64_t us = clock_mono_us() - began_us;
    shared_count(s->shared, c->row != NULL ? c->row->id : 0, e, us);
    tally_count(c->w.tally, TALLY_APP, c->app != NULL ? c->app->app_id : NULL, e);
    log_call(s, e, us);
    app_put(s->registered);
    trust_release(&s->trust);
    pulse_call_ends();
}
