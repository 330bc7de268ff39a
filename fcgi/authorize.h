/* authorize: what the files of scan to authorize share (interface 2.5; R1.9, R1.11).
 *
 *   authorize.c         request, status (third parties); the program
 *   authorize_ask.c     the request code and what stands behind it; detail
 *   authorize_grant.c   what a grant is made of
 *   authorize_decide.c  decide: a channel about a request made here, a code system about its grant
 *   authorize_peer.c    decide: a channel about a request made in another code system
 *   authorize_list.c    revoke, list
 *   callback.c          telling third parties */
#ifndef ZWM_FCGI_AUTHORIZE_H
#define ZWM_FCGI_AUTHORIZE_H

#include "core/code/sysid.h"
#include "core/net/peer.h"
#include "core/store/authreq.h"
#include "core/store/authz.h"
#include "fcgi/responder.h"

enum { REQUEST_SECRET_LEN = 20, REQUEST_CODE_LEN = 4 + SYSID_LEN + 32 };

/* --- the request code --- */
struct request_code {
    const char *text; /* without the white space around it */
    char system[SYSID_LEN + 1];
    uint8_t hash[SM3_LEN];
};
/* ERR_CODE_MALFORMED. In `p`. */
ERR_CHECK enum err request_code_read(struct pool *p, const char *text, struct request_code *rc_r);

/* --- who asks for what, made here or in another system --- */
struct asked {
    uint8_t no[16];
    char no_text[33];
    struct requester requester;
    const char *purpose;
    struct field_strings xxlb;
    const char *czqx, *item_code, *region;
    int64_t expires_at;
    /* of a request made here */
    struct authreq row;
};
/* A request made here. ERR_AUTHZ_UNKNOWN, also where its app is suspended; of one found: ERR_OK,
 * ERR_AUTHZ_DECIDED or ERR_AUTHZ_EXPIRED, *a_r filled all the same. Within a transaction. */
ERR_CHECK enum err asked_find(struct db *db, const struct call *c, const uint8_t code_hash[SM3_LEN],
                              struct asked *a_r);
/* One of another system, asked for there; its error as it says it, the message in c->msg. */
ERR_CHECK enum err asked_of_peer(struct call *c, const struct request_code *rc, struct asked *a_r);
/* ERR_FIELD_INVALID, naming PREFIX[i], where one was not asked for or stands twice. */
ERR_CHECK enum err asked_covers(struct call *c, const struct asked *a,
                                const struct field_strings *granted, const char *prefix);

/* A call of the interface `id` at `system`; evidence is kept, for `sqbh` where not NULL.
 * Errors of the way there as of peer_call; a word of the system itself: ERR_OK and pc->error. */
ERR_CHECK enum err authorize_call_peer(struct call *c, enum call_id id, const char *system,
                                       const char *body, const uint8_t *sqbh, struct peer_call *pc);

/* --- a grant --- */
struct grant {
    struct authz authz;
    char sqbh[33];
    const char *nonce; /* of the record that keeps the ticket */
    const char *ticket_app;
    uint8_t ticket_hash[SM3_LEN];
    int64_t ticket_expires;
    const char *detail; /* JSON: purpose, requester */
    const char *answer; /* JSON: what status answers (auth_grant) */
};
/* Builds authorization, ticket and answer for what the subject grants. `ticket_app`: whose call
 * pickup will be, the third party here or its code system; `nonce` of the ticket's record. */
ERR_CHECK enum err grant_make(struct call *c, const struct asked *a,
                              const struct auth_decide_in *in, const char *ticket_app,
                              bool nonce_of_request, struct grant *g_r);
/* Authorization and ticket, within a transaction. ERR_AUTHZ_DECIDED: the request has been granted
 * before. */
ERR_CHECK enum err grant_insert(struct db *db, const struct call *c, const struct grant *g);
/* The record that keeps a ticket, with what every ticket's has. */
struct callrec grant_record(const struct call *c, const char *app_id, const char *nonce);

/* A decision of a channel on a request of another system. */
ERR_CHECK enum err decide_at_peer(struct call *c, const struct auth_decide_in *in,
                                  const struct request_code *rc);

/* Errors that say how an authorization stands: entered with the call's nonce. */
bool authorize_is_refusal(enum err e);

/* --- handlers --- */
enum err run_auth_detail(struct call *c);
enum err run_auth_decide(struct call *c);
enum err run_auth_revoke(struct call *c);
enum err run_auth_list(struct call *c);

/* --- callbacks --- */
/* Puts a job down, within the transaction of the decision, where the request has a callback. */
ERR_CHECK enum err callback_put(struct db *db, const struct call *c, const struct asked *a,
                                enum authreq_state state);
/* Whether a callback address may be used: https, printable ASCII, not loopback unless allowed. */
bool callback_url_is_allowed(const struct conf *conf, const char *url);
/* The thread that sends them; see responder_background. */
void callback_run(const struct conf *conf);

#endif
