/* sm4: the SM4 block cipher (GB/T 32907) in CBC with PKCS#7 padding and in CTR, on OpenSSL. Uses
 * base. Neither is authenticated: callers add HMAC-SM3 (envelope, keyring). */
#ifndef ZWM_CRYPTO_SM4_H
#define ZWM_CRYPTO_SM4_H

#include <stdint.h>

#include "core/base/err.h"
#include "core/base/pool.h"

enum { SM4_KEY_LEN = 16, SM4_BLOCK_LEN = 16 };

/* Ciphertext of SM4_CBC_LEN(len) bytes in `p`. */
#define SM4_CBC_LEN(len) (((len) / SM4_BLOCK_LEN + 1) * SM4_BLOCK_LEN)
void sm4_cbc_encrypt(const uint8_t key[SM4_KEY_LEN], const uint8_t iv[SM4_BLOCK_LEN],
                     const void *plain, size_t len, uint8_t *out);
/* ERR_BAD on a wrong length or padding: check a MAC first. `out` has `len` bytes. */
ERR_CHECK enum err sm4_cbc_decrypt(const uint8_t key[SM4_KEY_LEN], const uint8_t iv[SM4_BLOCK_LEN],
                                   const uint8_t *in, size_t len, uint8_t *out, size_t *out_len_r);

/* CTR with a zero first counter block, from any byte position: the same call encrypts and decrypts,
 * in place allowed. A key must serve one stream only. */
void sm4_ctr(const uint8_t key[SM4_KEY_LEN], uint64_t offset, const uint8_t *in, size_t len,
             uint8_t *out);

#endif
