/* served: one request on its way through the frame. Private to fcgi/frame: handlers and acts see
 * the `struct call` in it. */
#ifndef ZWM_FCGI_SERVED_H
#define ZWM_FCGI_SERVED_H

#include <fcgiapp.h>

#include "core/net/trust.h"
#include "core/wire/answer.h"
#include "fcgi/frame/frame.h"

struct served {
    struct call c; /* first, so that a call leads to what is around it */
    struct request rq;
    FCGX_Request *fcgx;
    bool in_time; /* false: it has waited too long, nothing of it is to be done */
    struct shared *shared;
    struct app_cache *apps;
    const struct handler *handler; /* NULL: no such interface */
    void *in;                      /* decoded by the call's input table */
    enum wire_form in_form, out_form;
    /* Of a page's call: Zwm-Session, Zwm-Csrf, Sec-Fetch-Site; NULL: not sent. */
    const char *session_key, *csrf, *fetch_site;
    const struct app *registered; /* c.app if it came from the app cache; released at the end */
    struct trust *trust;          /* what c.w.trust points at; released at the end */
    int status;                   /* of the answer, once begun */
    int64_t rate_per_sec;         /* the call counts against this rate of c.app; 0: it does not */
};

/* The request around a call. */
static inline struct served *served_of(struct call *c)
{
    return (struct served *)(void *)c;
}

/* --- request.c --- */
/* Reads the parameters that nginx has sent into s->rq. */
void request_read_params(struct served *s);
/* Reads the body. Returns ERR_TOO_LARGE if it is over WIRE_BODY_MAX, ERR_MALFORMED if it is not as
 * long as was said. */
ERR_CHECK enum err request_read_body(struct served *s);

/* --- serve.c --- */
/* Takes the request through all phases and answers it. */
void serve(struct served *s, const struct handler *handlers, size_t n);

/* --- auth.c --- */
/* Makes the decoy key. Call once, before threads start. */
bool auth_init(void);
/* Authenticates the call (interface 2.1) and sets c.app. The cheap refusals come first. */
ERR_CHECK enum err auth_call(struct served *s);

/* --- session.c --- */
/* Whether it is a page of ours that sends the call: the browser says if the page stands. */
bool session_is_our_page(const struct served *s);
/* Writes the Set-Cookie header, if the act wants the page to keep or to forget a key. */
void session_write_cookie(const struct served *s);

/* --- reply.c --- */
/* The functions of c.out. */
extern const struct call_out reply_out;
/* Writes the usual answer: `e`, or the call's item; with a receipt if one is due. */
void reply_write(struct served *s, enum err e);

/* --- ready.c --- */
/* Tells the supervisor, if there is one, that this process is ready. Call once. */
void ready_tell(void);

/* --- responder.c --- */
/* Returns the trust list in force now, to be released; NULL if there is none. */
struct trust *responder_trust(void);

#endif
