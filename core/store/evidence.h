/* evidence: what can be shown to a third person about calls between code systems: the signed
 * request and the receipt. */
#ifndef ZWM_STORE_EVIDENCE_H
#define ZWM_STORE_EVIDENCE_H

#include "core/crypto/keyring.h"
#include "core/store/db.h"

enum { EVIDENCE_EXCERPT_MAX = 1024 };
enum evidence_role { EVIDENCE_CALL = 1, EVIDENCE_RELAY = 2 };

struct evidence {
    uint8_t id[16]; /* of the row; evidence_insert makes its own */
    int64_t at_ms;
    const uint8_t *sqbh;        /* 16 bytes or NULL */
    const uint8_t *ticket_hash; /* 32 bytes or NULL: of the ticket given or used */
    enum evidence_role role;
    const char *peer; /* system called next */
    const char *request_string, *authorization;
    int status;
    /* The body of the answer. Kept are its SM3, its length and, sealed, the first
     * EVIDENCE_EXCERPT_MAX bytes of it: that is what is read again. */
    const char *answer;
    size_t answer_len;
    const uint8_t *answer_sm3; /* when read; NULL: an old row, whose `answer` is whole */
    int64_t answer_size;       /* when read, of the whole; 0 in an old row */
    const char *receipt_system, *receipt_time, *receipt_signature; /* NULL in some old rows */
};

/* Enters a call whose answer has a valid receipt: nothing else is worth keeping. */
ERR_CHECK enum err evidence_insert(struct db *db, const struct keyring *kr, struct pool *p,
                                   const struct evidence *v);

struct evidence_call { /* a call record as evidence: what its caller signed */
    const char *app_id, *nonce;
    int interface, error;
    int64_t at_ms, sent_at;
    const uint8_t *body_sm3, *signature; /* NULL: allow-list */
    const char *peer;
    const char *query; /* of the target, from its question mark on; NULL: none */
};
/* Every call that came, and every one passed on or sent, of one authorization, oldest first. */
ERR_CHECK enum err evidence_by_sqbh(struct db *db, const struct keyring *kr, struct pool *p,
                                    const uint8_t sqbh[16], struct evidence **list_r, size_t *n_r,
                                    struct evidence_call **calls_r, size_t *calls_n_r);

#endif
