/* key_proof: a caller shows that it holds the private half of a key that is to be registered for
 * it: a small JSON document, made with `zwm key prove` or by any SM2 signer (docs/signing.md).
 * Without it somebody could have another's public key registered as his own, and pass the other's
 * calls for his. Uses crypto, wire. */
#ifndef ZWM_ACT_REGISTER_KEY_PROOF_H
#define ZWM_ACT_REGISTER_KEY_PROOF_H

#include "core/base/work.h"
#include "core/crypto/sm2.h"

enum { KEY_PROOF_SEC = 7 * 86400, KEY_PROOF_MAX = 4096 };

/* The proof that the holder of `key` wants it for `app_id` at code system `system`, as JSON text in
 * the pool. ERR_BUSY: the key cannot sign. */
ERR_CHECK enum err key_proof_make(struct pool *p, const struct sm2_key *key, const char *system,
                                  const char *app_id, int64_t now_sec, const char **text_r);

/* Reads a proof for `app_id` here. The key comes as DER SubjectPublicKeyInfo in the pool.
 * ERR_BAD, with a sentence in *why_r: it is none, for another app or system, older than
 * KEY_PROOF_SEC, or its signature is not the key's. */
ERR_CHECK enum err key_proof_read(const struct work *w, const char *text, size_t len,
                                  const char *app_id, uint8_t **spki_r, size_t *spki_len_r,
                                  const char **why_r);

#endif
