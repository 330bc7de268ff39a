/* authreq: requests of third parties for an authorization (interface 2.5; R1.11). The code shown is
 * not stored, the SM3 of it is. All within the caller's transaction. */
#ifndef ZWM_STORE_AUTHREQ_H
#define ZWM_STORE_AUTHREQ_H

#include <stdbool.h>

#include "core/crypto/keyring.h"
#include "core/store/db.h"

enum authreq_state { AUTHREQ_OPEN = 1, AUTHREQ_GRANTED = 2, AUTHREQ_REFUSED = 3 };

struct authreq {
    uint8_t request_no[16];
    uint8_t code_hash[32]; /* SM3 of the request code; for insert */
    const char *app_id, *purpose;
    const char *xxlb;                          /* JSON list of the classes asked for */
    unsigned czqx;                             /* permission bits asked for */
    const char *item_code, *region, *callback; /* NULL: none */
    int64_t created_at, expires_at;
    enum authreq_state state;
    const char *grant_answer; /* JSON that status answers; NULL: none */
    /* of the app that asks, when read */
    const char *app_name, *app_uscc;
    const uint8_t *app_key; /* DER SubjectPublicKeyInfo; NULL: none */
    size_t app_key_len;
    bool app_active;
};

ERR_CHECK enum err authreq_insert(struct db *db, const struct authreq *r);
/* ERR_ABSENT. */
ERR_CHECK enum err authreq_by_code(struct db *db, const struct keyring *kr, struct pool *p,
                                   const uint8_t code_hash[32], struct authreq *r_r);
ERR_CHECK enum err authreq_by_no(struct db *db, const struct keyring *kr, struct pool *p,
                                 const uint8_t request_no[16], struct authreq *r_r);
/* Decides; `grant_answer` (JSON, sealed here) NULL to refuse. `won_r` false: it was decided before,
 * or has expired. */
ERR_CHECK enum err authreq_decide(struct db *db, const struct keyring *kr, struct pool *p,
                                  const uint8_t request_no[16], enum authreq_state state,
                                  const char *grant_answer, int64_t now_sec, bool *won_r);

/* Removes those that ended before `before_sec`, as operator. */
ERR_CHECK enum err authreq_prune(struct db *db, int64_t before_sec);

#endif
