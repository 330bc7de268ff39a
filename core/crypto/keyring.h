/* keyring: the code system's own keys. A message interface (bytes in, signature out) so that it can
 * move into a process of its own (design 6).
 *
 * On disk, in DIR, mode 0600 in a directory of mode 0700:
 *   passphrase   the credential that opens the rest (64 hex characters and a newline)
 *   system.key   the system's SM2 key, encrypted PKCS#8 PEM
 *   data.key     32 bytes from which the data keys are derived, sealed under the passphrase:
 *                hex of salt(16) | iv(16) | SM4-CBC | HMAC-SM3, keys by PBKDF2-HMAC-SM3
 * Derived keys: HMAC-SM3(master, label): "pseudonym", "column", "column-mac", "index", "ticket",
 * "spool", "audit". */
#ifndef ZWM_CRYPTO_KEYRING_H
#define ZWM_CRYPTO_KEYRING_H

#include "core/crypto/sm2.h"
#include "core/crypto/sm3.h"
#include "core/crypto/sm4.h"

struct keyring;

/* Makes passphrase, system.key and data.key in `dir` (made if absent). ERR_DUPLICATE if any stands
 * already: keys are never overwritten. */
ERR_CHECK enum err keyring_create(const char *dir);
/* Opens them; refuses (ERR_BAD, reason logged) files that group or others may read, and a directory
 * they may enter; ERR_ABSENT if a file is missing. Some 15 ms. Free with keyring_free. */
ERR_CHECK enum err keyring_open(const char *dir, struct keyring **kr_r);
void keyring_free(struct keyring **kr);

/* The system's key: for signing and opening envelopes; owned by the keyring. */
const struct sm2_key *keyring_system_key(const struct keyring *kr);
ERR_CHECK enum err keyring_sign(const struct keyring *kr, const void *msg, size_t len,
                                uint8_t sig[SM2_SIG_LEN]);

/* A part of `ZWM1`: HMAC-SM3 under the pseudonym key over the parts, each preceded by its length (4
 * bytes, big-endian), so that no two lists of parts collide. */
void keyring_pseudonym(const struct keyring *kr, const struct sm3_part *parts, size_t n,
                       uint8_t out[SM3_LEN]);
/* Keyed blind index of a value, for look-ups of sensitive columns; `label` keeps columns apart. */
void keyring_index(const struct keyring *kr, const char *label, const struct sm3_part *parts,
                   size_t n, uint8_t out[SM3_LEN]);
/* A secret that can be derived again: HMAC-SM3 under the key `label` ("ticket", "spool", "audit").
 */
void keyring_derive(const struct keyring *kr, const char *label, const struct sm3_part *parts,
                    size_t n, uint8_t out[SM3_LEN]);

/* Column encryption: iv(16) | SM4-CBC | HMAC-SM3(32) over length of context (4
 * bytes)|context|iv|ciphertext. `context` binds the value to its place (table.column and row key).
 */
#define KEYRING_SEALED_LEN(len) (16 + SM4_CBC_LEN(len) + SM3_LEN)
void keyring_seal(const struct keyring *kr, const void *context, size_t context_len,
                  const void *plain, size_t len, struct pool *p, uint8_t **out_r,
                  size_t *out_len_r);
/* ERR_BAD if it was altered or belongs elsewhere. The plaintext gets a NUL behind it. */
ERR_CHECK enum err keyring_unseal(const struct keyring *kr, const void *context, size_t context_len,
                                  const uint8_t *in, size_t len, struct pool *p, uint8_t **out_r,
                                  size_t *out_len_r);

#endif
