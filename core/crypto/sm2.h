/* sm2: SM2 keys, signatures with SM3 and public-key encryption (GB/T 32918, GB/T 35276), on
 * OpenSSL.
 *
 * Signing always goes through EVP (constant time). Verifying goes through sm2_verify, which uses
 * tables of multiples of the public key (all public data) if the key has been prepared, and EVP
 * otherwise; ZWM_SM2_EVP=1 in the environment or building with -DZWM_SM2_EVP_ONLY makes it EVP
 * always. Both must agree on every input (tested). The signer id is `1234567812345678` throughout
 * (interface 1). Keys may be used by several threads at once. */
#ifndef ZWM_CRYPTO_SM2_H
#define ZWM_CRYPTO_SM2_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/err.h"
#include "core/base/pool.h"

enum {
    SM2_SIG_LEN = 64,       /* r then s, 32 bytes each, big-endian */
    SM2_SIG_DER_MAX = 72,   /* SEQUENCE of two INTEGERs */
    SM2_WRAP_OVERHEAD = 97, /* 04|C1 (65 bytes) and C3 (32 bytes) beyond the plaintext */
    SM2_POINT_LEN = 65      /* 04|x|y */
};

struct sm2_key; /* a public key, with or without its private half */

/* --- keys; free with sm2_key_free, which sets *k to NULL --- */
struct sm2_key *sm2_key_generate(void);
/* DER SubjectPublicKeyInfo (RFC 5480 shape, named curve SM2). ERR_BAD unless it is exactly one
 * valid key on the curve. */
ERR_CHECK enum err sm2_key_from_spki(const uint8_t *der, size_t len, struct sm2_key **key_r);
/* Any text an operator may have: PEM, base64 SubjectPublicKeyInfo, or hex of 04|x|y. White space
 * around is ignored. */
ERR_CHECK enum err sm2_key_from_public_text(const char *text, size_t len, struct sm2_key **key_r);
/* PEM private key, PKCS#8 (encrypted or not) or SEC 1. `passphrase` may be NULL. ERR_BAD if it
 * does not open. */
ERR_CHECK enum err sm2_key_from_pem(const char *pem, size_t len, const char *passphrase,
                                    struct sm2_key **key_r);
void sm2_key_free(struct sm2_key **key);
/* Gives the key to the pool, which frees it when it goes. Returns `key`. */
const struct sm2_key *sm2_key_own(struct pool *p, struct sm2_key *key);

/* DER SubjectPublicKeyInfo, in `p`. */
void sm2_key_spki(const struct sm2_key *key, struct pool *p, uint8_t **der_r, size_t *len_r);
/* 04|x|y */
void sm2_key_point(const struct sm2_key *key, uint8_t out[SM2_POINT_LEN]);
/* PEM PKCS#8; encrypted (PBES2) if `passphrase` is not NULL. In `p`, which should wipe. */
ERR_CHECK enum err sm2_key_private_pem(const struct sm2_key *key, const char *passphrase,
                                       struct pool *p, char **pem_r);
char *sm2_key_public_pem(const struct sm2_key *key, struct pool *p);
bool sm2_key_is_private(const struct sm2_key *key);

/* --- signatures --- */
ERR_CHECK enum err sm2_sign(const struct sm2_key *key, const void *msg, size_t len,
                            uint8_t sig[SM2_SIG_LEN]);
/* True only for a valid signature. */
bool sm2_verify(const struct sm2_key *key, const void *msg, size_t len,
                const uint8_t sig[SM2_SIG_LEN]);
/* The EVP way alone, for tests and the benchmark's unit. */
bool sm2_verify_evp(const struct sm2_key *key, const void *msg, size_t len,
                    const uint8_t sig[SM2_SIG_LEN]);
/* Builds the tables of `key` (about a quarter MiB, 2 ms); sm2_verify is about five times as fast
 * from then on. Not to be called while another thread uses the key; sm2_prepare_generator once
 * before threads start. */
void sm2_key_prepare(struct sm2_key *key);
void sm2_prepare_generator(void);

/* DER (strict: minimal lengths, nothing behind it) to r|s and back. */
ERR_CHECK enum err sm2_sig_from_der(const uint8_t *der, size_t len, uint8_t sig[SM2_SIG_LEN]);
size_t sm2_sig_to_der(const uint8_t sig[SM2_SIG_LEN], uint8_t der[SM2_SIG_DER_MAX]);
/* base64 of the DER form, as the wire has it. */
char *sm2_sig_to_text(const uint8_t sig[SM2_SIG_LEN], struct pool *p);
ERR_CHECK enum err sm2_sig_from_text(const char *text, size_t len, uint8_t sig[SM2_SIG_LEN]);

/* --- public-key encryption, 04|C1|C3|C2 raw (interface 2.4) --- */
ERR_CHECK enum err sm2_wrap(const struct sm2_key *key, const uint8_t *plain, size_t len,
                            struct pool *p, uint8_t **out_r, size_t *out_len_r);
ERR_CHECK enum err sm2_unwrap(const struct sm2_key *key, const uint8_t *in, size_t len,
                              struct pool *p, uint8_t **out_r, size_t *out_len_r);

#endif
