/* authorize: scan to authorize (interface 2.5; R1.9, R1.11). A third party asks, the subject scans
 * and decides in a channel, and later sees every use and revokes.
 *
 *   request.c    act_auth_request, act_auth_status, for third parties
 *   ask.c        the request code and what stands behind it; act_auth_detail
 *   grant.c      what a grant is made of
 *   decide.c     act_auth_decide: a channel about a request made here, or a code system about the
 *                grant of its own subject
 *   peer.c       the same, of a channel about a request made in another code system
 *   revoke.c     act_auth_revoke
 *   list.c       act_auth_list; list_page.c, list_cursor.c: what stands on a page, and where it
 * ends callback.c, callback_run.c   telling third parties */
#ifndef ZWM_ACT_AUTHORIZE_H
#define ZWM_ACT_AUTHORIZE_H

#include "core/act/call.h"
#include "core/code/sysid.h"
#include "core/net/peer.h"
#include "core/store/authreq.h"
#include "core/store/authz.h"

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
/* Finds a request made here, within a transaction. Returns ERR_AUTHZ_UNKNOWN if there is none or
 * its app is suspended. Returns ERR_AUTHZ_DECIDED or ERR_AUTHZ_EXPIRED if it cannot be decided any
 * more; *a_r is filled all the same. */
ERR_CHECK enum err asked_find(struct db *db, const struct call *c, const uint8_t code_hash[SM3_LEN],
                              struct asked *a_r);
/* One of another system, asked for there; its error as it says it, the message in c->msg. */
ERR_CHECK enum err asked_of_peer(struct call *c, const struct request_code *rc, struct asked *a_r);
/* Returns ERR_FIELD_INVALID and names PREFIX[i] if a class was not asked for or stands twice. */
ERR_CHECK enum err asked_covers(struct call *c, const struct asked *a,
                                const struct field_strings *granted, const char *prefix);

/* A call of the interface `id` at `system`; evidence is kept, for `sqbh` if not NULL.
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
/* Enters authorization and ticket, within a transaction. Returns ERR_AUTHZ_DECIDED if the request
 * was granted before. */
ERR_CHECK enum err grant_insert(struct db *db, const struct call *c, const struct grant *g);
/* The record that keeps a ticket, with what every ticket's has. */
struct callrec grant_record(const struct call *c, const char *app_id, const char *nonce);

/* A decision of a channel on a request of another system. */
ERR_CHECK enum err decide_at_peer(struct call *c, const struct auth_decide_in *in,
                                  const struct request_code *rc, struct auth_decide_out *out_r);

/* Errors that say how an authorization stands: entered with the call's nonce. */
bool authorize_is_refusal(enum err e);

/* --- the acts; all need the statements of DB_AUTHORIZE, results live in the call's pool --- */

/* Makes a request that a subject can scan, for the third party c->app. */
ERR_CHECK enum err act_auth_request(struct call *c, const struct auth_request_in *in,
                                    struct auth_request_out *out_r);
/* Tells the third party c->app what became of its request. ERR_OK with c->in_progress while it is
 * open. Returns ERR_AUTHZ_UNKNOWN, ERR_AUTHZ_REFUSED or ERR_AUTHZ_EXPIRED. */
ERR_CHECK enum err act_auth_status(struct call *c, const struct auth_status_in *in,
                                   struct auth_grant *out_r);
/* Tells a channel who asks, for what, why and until when. */
ERR_CHECK enum err act_auth_detail(struct call *c, const struct auth_detail_in *in,
                                   struct auth_detail_out *out_r);
/* Enters what the subject has decided; one decision wins. */
ERR_CHECK enum err act_auth_decide(struct call *c, const struct auth_decide_in *in,
                                   struct auth_decide_out *out_r);
/* Revokes an authorization of the subject at once, its tickets with it. */
ERR_CHECK enum err act_auth_revoke(struct call *c, const struct auth_revoke_in *in,
                                   struct auth_revoke_out *out_r);
/* Lists a page of the subject's authorizations with every use and every refused try: `out_r` gets
 * items of struct auth_list_item. c->next_cursor asks for the page behind it, if there is one. An
 * authorization whose uses do not fit comes again first on the next page, with those that are left.
 * Returns ERR_FIELD_INVALID if the cursor is not of this subject and question. */
ERR_CHECK enum err act_auth_list(struct call *c, const struct auth_list_in *in,
                                 struct field_objects *out_r);

/* --- callbacks --- */
/* Puts a job down, within the transaction of the decision, if the request has a callback. */
ERR_CHECK enum err callback_put(struct db *db, const struct call *c, const struct asked *a,
                                enum authreq_state state);
/* Whether a callback address may be used: https, printable ASCII, not loopback unless allowed. */
bool callback_url_is_allowed(const struct conf *conf, const char *url);
/* The thread that sends them; see responder_background. */
void callback_run(const struct conf *conf);

#endif
