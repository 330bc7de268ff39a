/* frame: what a responder's handlers see of the frame that serves them (design 2, 3).
 *
 * One executable a responder gives its handlers to responder_main, which never returns. A handler
 * is called with the call authenticated and its input decoded; it calls one act and answers.
 *
 * A process has threads with a pool of its own each: one database connection, one HTTP client, one
 * FastCGI connection at a time. On SIGTERM it takes no new connections and finishes the request in
 * hand and those already on kept connections. */
#ifndef ZWM_FCGI_FRAME_H
#define ZWM_FCGI_FRAME_H

#include "core/act/call.h"
#include "core/base/responders.h"
#include "core/base/shared.h"
#include "core/store/db.h"

struct handler {
    enum call_id id;
    /* `in` is the struct of the call's input table, NULL if it has none. Returns what the answer
     * says. If that is ERR_OK, the handler has answered by answer_with or a function like it, or
     * the act has begun the answer (c->begun). */
    enum err (*run)(struct call *c, void *in);
    /* Passes a code system's call on to the system that it is addressed to: relay_pass if the
     * interface is `relayed`, else NULL. The responder's role must be able to keep the evidence of
     * it. */
    enum err (*pass_on)(struct call *c, const char *target);
    /* session_auth or session_if_any, if a page of ours makes the call in a person's session. */
    enum err (*session)(struct call *c);
    bool quiet;    /* monitoring asks for it again and again: logged at level debug only */
    bool no_auth;  /* Authorization may be absent */
    bool own_auth; /* the act authenticates by itself, after decoding; c->app is NULL */
};

/* Call before responder_main: `fn` then runs in a thread of its own, with all signals blocked, once
 * the responder's threads are about to start. It never returns; the process ends without waiting
 * for it, so it opens its own keyring and connection. */
void responder_background(void (*fn)(const struct conf *conf));

/* Runs the responder `id`, whose row in responders.def names the calls that `handlers` serve. argc
 * and argv are for --help. Returns only if it cannot start: the exit code. */
int responder_main(int argc, char **argv, enum responder_id id, const struct handler *handlers,
                   size_t n);

/* Finds the session that a page's call is made in; sets c->session and c->app. Returns ERR_SESSION
 * if there is none. Needs the statements SESSION_BY_KEY and SESSION_SEEN. */
ERR_CHECK enum err session_auth(struct call *c);

/* The same for a call that may be made without a session: c->session is NULL if the cookie has
 * none. It sets c->csrf and asks for no token, so that a page that was loaded anew gets one:
 * another site cannot read the answer, and the call changes nothing of the session. */
ERR_CHECK enum err session_if_any(struct call *c);

/* The counters of this node. */
struct shared *responder_shared(void);

/* Makes the result `out` of an act the answer's item, by the call's answer table, if `e` is ERR_OK
 * and the act has not begun the answer or made the item itself. Returns `e`. */
ERR_CHECK enum err answer_with(struct call *c, enum err e, const void *out);
/* The same for a list: one item each. */
ERR_CHECK enum err answer_with_list(struct call *c, enum err e, const struct field_objects *out);
/* Writes an answer without envelope: `len` bytes of `text`. Returns ERR_OK. */
ERR_CHECK enum err answer_with_text(struct call *c, int status, const char *media_type,
                                    const char *text, size_t len);

#endif
