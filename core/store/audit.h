/* audit: administrative acts, chained by HMAC-SM3 so that a changed, removed or inserted row shows
 * (R8.5). */
#ifndef ZWM_STORE_AUDIT_H
#define ZWM_STORE_AUDIT_H

#include "core/crypto/keyring.h"
#include "core/store/db.h"

/* Enters an act in the caller's transaction, so that act and record stand together. `detail` is
 * JSON, nothing sensitive. The last row is locked: acts take turns. */
ERR_CHECK enum err audit_append(struct db *db, const struct keyring *kr, struct pool *p,
                                int64_t now_sec, const char *action, const char *detail);

enum { AUDIT_PAGE = 1000 }; /* rows read at a time */
struct audit_check {
    int64_t rows;
    int64_t bad_seq; /* first row that does not fit, or 1 for one before the first; 0: none */
};
/* Walks the whole chain. That rows are missing at its end does not show in it: compare `rows` with
 * an earlier count. */
ERR_CHECK enum err audit_verify(struct db *db, const struct keyring *kr, struct audit_check *r_r);

struct audit_row {
    int64_t seq, at; /* at: seconds */
    const char *actor, *action, *detail;
    const uint8_t *hash; /* SM3_LEN bytes */
};
/* Acts since `since_sec`, the newest first, at most `limit`. `action`: one action, or the part
 * before the dot of several ("app"); NULL: all. In `p`. */
ERR_CHECK enum err audit_recent(struct db *db, struct pool *p, int64_t since_sec,
                                const char *action, int64_t limit, struct audit_row **list_r,
                                size_t *n_r);

#endif
