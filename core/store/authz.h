/* authz: authorizations and their codes, one row an issue. The row is found by what the code itself
 * says: the day of its deadline and the digest of the authorization record. */
#ifndef ZWM_STORE_AUTHZ_H
#define ZWM_STORE_AUTHZ_H

#include <stdbool.h>

#include "core/code/codetype.h"
#include "core/crypto/keyring.h"
#include "core/store/db.h"

/* What stands for the code type of an authorization given by scanning (interface 2.5): it has no
 * code, and its code_hash is random so that none matches. */
enum { AUTHZ_TYPE_SCAN = 100 };
/* "ZWM1", "QYM1", "SCAN". */
const char *authz_type_name(int type);

enum authz_state { AUTHZ_ACTIVE = 1, AUTHZ_REPLACED = 2, AUTHZ_REVOKED = 3 };

struct authz {
    int32_t day;
    uint8_t digest[32];
    uint8_t sqbh[16];
    enum code_type type;   /* or AUTHZ_TYPE_SCAN */
    uint8_t code_hash[32]; /* SM3 of the code's bytes */
    const char *channel;
    const char *app_id;
    uint8_t subject_index[32];
    const char *subject; /* JSON, sealed in the table */
    const char *record;  /* JCS JSON, sealed in the table */
    int64_t issued_at, deadline;
    bool single_use;
    enum authz_state state;
    int64_t uses;
    bool touched; /* of a page: something has happened with it, so there is a record of it */
};

/* The blind index under which a subject's authorizations are found. */
void authz_subject_index(const struct keyring *kr, const char *id_type, const char *id_no,
                         uint8_t out[32]);

/* All within the caller's transaction. */
ERR_CHECK enum err authz_insert(struct db *db, const struct keyring *kr, struct pool *p,
                                const struct authz *a);
/* Finds an authorization by its key and opens the sealed members. Returns ERR_ABSENT if there is
 * none, ERR_STORAGE if a sealed member does not open. */
ERR_CHECK enum err authz_find(struct db *db, const struct keyring *kr, struct pool *p, int32_t day,
                              const uint8_t digest[32], struct authz *a_r);
/* Finds its state and holds it until the transaction ends: a revocation that comes meanwhile waits,
 * so each of the two knows which was first. Returns ERR_ABSENT if there is none. */
ERR_CHECK enum err authz_hold(struct db *db, struct pool *p, int32_t day, const uint8_t digest[32],
                              enum authz_state *state_r);
/* Ends the unused code of `sqbh` (a refresh). Returns ERR_AUTHZ_UNKNOWN if it is no authorization
 * of this app, ERR_AUTHZ_SUBJECT if it is of another subject, and ERR_OK if it is used, expired or
 * ended already: then it stays as it is. */
ERR_CHECK enum err authz_replace(struct db *db, struct pool *p, const uint8_t sqbh[16],
                                 const char *app_id, const uint8_t subject_index[32]);

/* Ends a code that nobody has used, as if it had been replaced; one that is used stays as it is. */
ERR_CHECK enum err authz_end_unused(struct db *db, int32_t day, const uint8_t digest[32]);

struct authz_key {
    int32_t day;
    const uint8_t *digest, *subject_index; /* 32 bytes each */
};
/* ERR_ABSENT. */
ERR_CHECK enum err authz_by_sqbh(struct db *db, struct pool *p, const uint8_t sqbh[16],
                                 struct authz_key *k_r);
/* Ends it at once, its tickets with it; one revoked already stays so. */
ERR_CHECK enum err authz_revoke(struct db *db, int32_t day, const uint8_t digest[32],
                                int64_t at_sec);
/* Marks it as one that something has happened with: a try that was refused. */
ERR_CHECK enum err authz_tried(struct db *db, int32_t day, const uint8_t digest[32],
                               int64_t at_sec);

/* Which of a subject's authorizations: those that something has happened with (used, tried in vain,
 * revoked); those that can still be used; of these, those that nothing has happened with; those
 * that nothing has happened with and that are over. The first, third and last are all, once each.
 */
enum authz_which { AUTHZ_USED, AUTHZ_OPEN, AUTHZ_OPEN_UNUSED, AUTHZ_OVER };
struct authz_page {
    enum authz_which which;
    const uint8_t *subject_index; /* 32 bytes */
    int64_t now_sec, since;       /* none that was issued before `since` */
    int64_t before_at;            /* only those behind (before_at, before_sqbh) in the order */
    uint8_t before_sqbh[16];
    size_t most;
};
/* Reads a page, newest first (by issued_at, then sqbh); without subject, code_hash, channel and
 * app_id. */
ERR_CHECK enum err authz_page(struct db *db, const struct keyring *kr, struct pool *p,
                              const struct authz_page *page, struct authz **list_r, size_t *n_r);

#endif
