/* responder: the way of one call (design 2): accept, limit, authenticate, decode, handler, answer,
 * receipt, log. One executable an interface family gives its handlers to responder_main and never
 * returns.
 *
 * A process has threads of a pool of its own each: one database connection, one HTTP client, one
 * FastCGI connection at a time. SIGTERM: no new connections, the request in hand and those already
 * on kept connections are finished. */
#ifndef ZWM_FCGI_RESPONDER_H
#define ZWM_FCGI_RESPONDER_H

#include <fcgiapp.h>

#include "core/base/conf.h"
#include "core/base/shared.h"
#include "core/crypto/keyring.h"
#include "core/net/http.h"
#include "core/net/trust.h"
#include "core/store/app.h"
#include "core/store/callrec.h"
#include "core/wire/answer.h"
#include "core/wire/calls.h"
#include "core/wire/callsig.h"

struct call {
    /* what the handler may use */
    struct pool *pool;
    const struct conf *conf;
    const struct keyring *kr;
    struct shared *shared;
    struct db *db;
    struct http_client *http;
    struct trust *trust; /* the list in force; NULL: none */
    const struct call_row *row;
    const struct app *app; /* the authenticated caller; NULL for CALL_FILE without Authorization */
    struct callsig sig;    /* of the call */
    uint8_t body_sm3[SM3_LEN];
    int64_t now_ms, now_sec; /* one moment for the whole call */
    const char *request_id;  /* 32 hex digits */
    uint8_t request_id_bytes[16];
    const char *target; /* path and query as sent */
    void *in;           /* decoded by row->in */
    FCGX_Request *fcgx; /* for raw handlers */

    /* what the handler sets */
    const char *detail;       /* names the field, for 1xxx */
    const char *msg;          /* replaces the message */
    struct json_object *item; /* the answer's item, or an array of them; put after the answer */
    bool in_progress;         /* with ERR_OK: result_code 103 */
    const char *sqbh;         /* for the log */

    /* the responder's own */
    const char *method, *authorization, *range;
    enum wire_form in_form, out_form;
    const char *body;
    size_t body_len;
    const char *signing_string;
    bool receipt;
    int status;
    bool written;                            /* the answer has been written by the handler */
    const struct app *registered;            /* c->app where it came from the app cache */
    const char *target_system, *via, *relay; /* Zwm-Target, Zwm-Via, Zwm-Relay; NULL */
    const char *content_type, *accept;
};

struct handler {
    enum call_id id;
    /* ERR_OK with c->item set, or the error to answer. */
    enum err (*run)(struct call *c);
    /* Instead of run: writes the whole answer itself, unless it gives an error or sets c->item. */
    enum err (*raw)(struct call *c);
    bool no_auth;  /* Authorization may be absent */
    bool own_auth; /* the handler authenticates by itself, after decoding; c->app is NULL */
};

/* Before responder_main: `fn` runs in a thread of its own, with all signals blocked, once the
 * responder's threads are about to start. It never returns; the process ends without waiting for
 * it, so it opens its own keyring and connection. */
void responder_background(void (*fn)(const struct conf *conf));

/* `name` is the program's ("zwm-issue"); argc, argv for --help and --version. */
int responder_main(int argc, char **argv, const char *name, enum db_role role,
                   const struct handler *handlers, size_t n);

/* Sets c->item to the object of `out` by the call's answer table. */
void call_answer(struct call *c, const void *out);

/* A call record with what is known of the call filled in; `error` as given. */
struct callrec call_record_of(const struct call *c, enum err error);
/* Enters a refusal, in a transaction of its own: the nonce is used up with it. Gives `error`, or
 * what the store says. */
ERR_CHECK enum err call_refuse(struct call *c, enum err error);

/* The trust list in force now, to be released with the call; NULL: none. */
struct trust *call_trust(void);
/* The usual answer: `e`, or the call's item; with a receipt where the call asks for one. */
void call_write_answer(struct call *c, enum err e);
/* An answer straight from the program `status` (no envelope): text body with a media type. */
void call_write_text(struct call *c, int status, const char *media_type, const char *text,
                     size_t len);

#endif
