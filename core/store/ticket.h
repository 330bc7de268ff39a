/* ticket: user tickets of app pages, the consents that they need, and notes of correction
 * (interface-people 4). All within the caller's transaction. */
#ifndef ZWM_STORE_TICKET_H
#define ZWM_STORE_TICKET_H

#include "core/store/session.h"

struct user_ticket {
    const uint8_t *ticket_hash; /* 32 bytes, for insert */
    uint8_t session_no[SESSION_NO_LEN];
    const char *app_id;
    int64_t until;
    int64_t used_at; /* 0: not used */
};

ERR_CHECK enum err ticket_insert(struct db *db, const struct user_ticket *t);
/* Returns ERR_ABSENT if there is none. */
ERR_CHECK enum err ticket_find(struct db *db, struct pool *p, const uint8_t ticket_hash[32],
                               struct user_ticket *t_r);
/* Uses it up. `won_r` false: it was used before. */
ERR_CHECK enum err ticket_use(struct db *db, const uint8_t ticket_hash[32], int64_t now_sec,
                              bool *won_r);
/* Removes the tickets of a session that were not used. */
ERR_CHECK enum err ticket_drop_unused(struct db *db, const uint8_t session_no[SESSION_NO_LEN]);
/* Removes those that ended before `before_sec`, as operator. */
ERR_CHECK enum err ticket_prune(struct db *db, int64_t before_sec);

/* An app that took a ticket in a session and wants to be told of its end. */
struct ticket_app {
    const char *app_id, *logout_url;
};
ERR_CHECK enum err ticket_list_apps(struct db *db, struct pool *p,
                                    const uint8_t session_no[SESSION_NO_LEN],
                                    struct ticket_app **list_r, size_t *n_r);

/* --- consents --- */

struct consent {
    const char *app_id, *name; /* of the app */
    int64_t given_at;
};
ERR_CHECK enum err consent_is_given(struct db *db, struct pool *p, const uint8_t subject_index[32],
                                    const char *app_id, bool *yes_r);
/* Keeps it; one that stands already stays as it is. */
ERR_CHECK enum err consent_give(struct db *db, const uint8_t subject_index[32], const char *app_id,
                                int64_t now_sec);
ERR_CHECK enum err consent_list(struct db *db, struct pool *p, const uint8_t subject_index[32],
                                struct consent **list_r, size_t *n_r);
/* Takes it back. Returns ERR_ABSENT if there is none. */
ERR_CHECK enum err consent_revoke(struct db *db, const uint8_t subject_index[32],
                                  const char *app_id);

/* --- notes of correction --- */

struct correction {
    uint8_t correction_no[16];
    uint8_t subject_index[32];
    const uint8_t *sqbh; /* 16 bytes */
    const char *class, *note;
    int64_t at;
};
ERR_CHECK enum err correction_insert(struct db *db, const struct keyring *kr, struct pool *p,
                                     const struct correction *n);

#endif
