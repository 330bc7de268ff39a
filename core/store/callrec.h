/* callrec: one row for every call that took effect or was refused after decoding. Its key is what
 * makes a nonce serve once (interface 2.1; R8.1), so it is written in the transaction of the call's
 * effect.
 *
 * The table is partitioned by the day of the call's own timestamp, and a unique key must hold the
 * partition's column. Two calls with one nonce on either side of midnight would have different
 * days, so a call within CALLREC_MIDNIGHT_SEC of midnight is entered under both days (the second as
 * CALL_VOID). CALLREC_MIDNIGHT_SEC exceeds twice the clock window. */
#ifndef ZWM_STORE_CALLREC_H
#define ZWM_STORE_CALLREC_H

#include "core/crypto/keyring.h"
#include "core/store/db.h"
#include "core/wire/calls.h"

struct callrec {
    enum call_id call;
    const char *app_id, *nonce;
    int64_t timestamp_sec; /* of the call's header: gives the day */
    int64_t at_ms;
    const uint8_t *request_id; /* 16 bytes */
    enum err error;
    const uint8_t *sqbh;        /* 16 bytes or NULL */
    int32_t authz_day;          /* with authz_digest */
    const uint8_t *digest;      /* 32 bytes or NULL */
    const char *detail;         /* JSON or NULL: sealed here */
    const char *answer;         /* JSON or NULL: sealed here */
    const uint8_t *ticket_hash; /* 32 bytes or NULL */
    int64_t ticket_expires;
    const char *peer,
        *peer_nonce;          /* a call passed to another system, and the nonce of ours to it */
    const uint8_t *body_sm3;  /* 32 bytes or NULL: with signature, what the caller signed */
    const uint8_t *signature; /* 64 bytes, NULL: allow-list */
    const char *query;        /* of the target, from its question mark on; NULL: none */
};

/* The margin around midnight for a clock window of `window_sec` to either side. */
#define CALLREC_MIDNIGHT_SEC(window_sec) (3 * (window_sec))

/* Enters the record, within a transaction. Returns ERR_NONCE_USED if the nonce was already used;
 * the caller must roll back. */
ERR_CHECK enum err callrec_insert(struct db *db, const struct keyring *kr, struct pool *p,
                                  const struct callrec *r, int64_t window_sec);

/* One use of an authorization, marked with the record of it. */
struct callrec_claim {
    int32_t day;
    const uint8_t *digest; /* 32 bytes */
    int64_t at_sec;
};
/* The same as the last act of a transaction and committed with it, in one round trip. `claim` NULL:
 * none. Returns ERR_ABSENT if the authorization is no longer free to be used; the caller must roll
 * back and look again. */
ERR_CHECK enum err callrec_commit(struct db *db, const struct keyring *kr, struct pool *p,
                                  const struct callrec *r, int64_t window_sec,
                                  const struct callrec_claim *claim);

struct callrec_found {
    const char *app_id, *nonce; /* as asked for */
    enum call_id call;
    int64_t at_ms;
    enum err error;     /* ERR_UNCERTAIN: passed to `peer`, whose answer has not been entered */
    const char *answer; /* JSON; NULL: none */
    int32_t day;
    const char *peer, *peer_nonce;
};
/* The row of `app_id`'s nonce around `now_sec`; ERR_ABSENT if it has not served. */
ERR_CHECK enum err callrec_by_nonce(struct db *db, const struct keyring *kr, struct pool *p,
                                    const char *app_id, const char *nonce, int64_t now_sec,
                                    struct callrec_found *f_r);

struct callrec_ticket {
    int32_t day;
    const char *app_id, *nonce; /* of the call that got it */
    int64_t expires;
    int32_t authz_day;
    const uint8_t *digest;
    const char *peer;    /* the system that gave the ticket, NULL: this one */
    const char *detail;  /* JSON of the call that got it: purpose, requester */
    const uint8_t *sqbh; /* 16 bytes or NULL */
    const char *answer;  /* JSON of what `peer` said of the code; NULL: ours, or not kept */
};
/* How a call passed to another system ended: enters it in the record begun before the call. */
ERR_CHECK enum err callrec_end(struct db *db, const struct keyring *kr, struct pool *p, int32_t day,
                               const struct callrec *r);
/* The verify call that gave the ticket with this hash; ERR_ABSENT. */
ERR_CHECK enum err callrec_by_ticket(struct db *db, const struct keyring *kr, struct pool *p,
                                     const uint8_t hash[32], int64_t now_sec, int64_t ttl_sec,
                                     struct callrec_ticket *t_r);

/* --- uses of an authorization --- */
enum { CALLREC_USES_MOST = AUTH_USES_MOST };
struct callrec_use {
    enum call_id call; /* CALL_VERIFY, CALL_PICKUP, CALL_AUTH_DECIDE or CALL_AUTH_REVOKE */
    int64_t at_ms;
    enum err error;
    const char *app_id, *nonce;
    uint8_t request_id[16];
    const char *app_name; /* NULL: not registered here */
    const char *detail;   /* JSON; NULL: none */
};
/* Who used an authorization and who tried in vain, newest first, at most CALLREC_USES_MOST;
 * `from_day`: none is older. */
ERR_CHECK enum err callrec_uses(struct db *db, const struct keyring *kr, struct pool *p,
                                const uint8_t sqbh[16], int32_t from_day,
                                struct callrec_use **list_r, size_t *n_r);

/* A place among the uses of an authorization, which are ordered by it. */
struct callrec_place {
    int64_t at_ms;
    uint8_t request_id[16];
};
/* The same, at most `most` of those behind a place; NULL: from the newest. */
ERR_CHECK enum err callrec_uses_page(struct db *db, const struct keyring *kr, struct pool *p,
                                     const uint8_t sqbh[16], int32_t from_day,
                                     const struct callrec_place *behind, size_t most,
                                     struct callrec_use **list_r, size_t *n_r);

#endif
