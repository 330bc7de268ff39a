/* login: logins under way at the identity provider, and how it ends sessions. All within the
 * caller's transaction. */
#ifndef ZWM_STORE_LOGIN_H
#define ZWM_STORE_LOGIN_H

#include "core/store/session.h"

struct login_state {
    const uint8_t *state_hash, *browser_hash; /* 32 bytes each: SM3 of state and cookie */
    const char *secrets;                      /* JSON, sealed in the table */
    const char *next_path;                    /* NULL: none */
    int64_t until;
};

ERR_CHECK enum err login_state_insert(struct db *db, const struct keyring *kr, struct pool *p,
                                      const struct login_state *s);
/* Takes out the login that this browser began: it serves once. s_r->state_hash and browser_hash say
 * which. Returns ERR_ABSENT if there is none. */
ERR_CHECK enum err login_state_take(struct db *db, const struct keyring *kr, struct pool *p,
                                    struct login_state *s_r);
/* Notes that a logout token was obeyed. Returns ERR_DUPLICATE if it was before. */
ERR_CHECK enum err logout_token_insert(struct db *db, const uint8_t jti_hash[32], int64_t until);
/* The open sessions of one session at the identity provider (sid), or of one person there (sub);
 * one of both is NULL. */
ERR_CHECK enum err login_list(struct db *db, const struct keyring *kr, struct pool *p,
                              const uint8_t *sub, const uint8_t *sid, struct session **list_r,
                              size_t *n_r);
/* Removes what is over since before `before_sec`, as operator. */
ERR_CHECK enum err login_prune(struct db *db, int64_t before_sec);

#endif
