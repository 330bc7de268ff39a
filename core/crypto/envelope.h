/* envelope: data sealed for one receiver (interface 2.4; R4.3). 32 random bytes = SM4 key | MAC
 * key, wrapped with SM2; SM4-CBC with PKCS#7; HMAC-SM3 over iv|ciphertext. Uses sm2, sm3, sm4. */
#ifndef ZWM_CRYPTO_ENVELOPE_H
#define ZWM_CRYPTO_ENVELOPE_H

#include "core/crypto/sm2.h"
#include "core/crypto/sm3.h"
#include "core/crypto/sm4.h"

/* As on the wire: each member base64 text in the pool given. */
struct envelope {
    const char *key;        /* SM2 04|C1|C3|C2 of the 32 bytes */
    const char *iv;         /* 16 bytes */
    const char *ciphertext; /* SM4-CBC */
    const char *mac;        /* HMAC-SM3 over iv|ciphertext */
};

ERR_CHECK enum err envelope_seal(const struct sm2_key *receiver, const void *plain, size_t len,
                                 struct pool *p, struct envelope *env_r);
/* ERR_BAD for anything that does not open; the MAC is checked, in constant time, before the
 * plaintext is touched. */
ERR_CHECK enum err envelope_open(const struct sm2_key *receiver, const struct envelope *env,
                                 struct pool *p, uint8_t **plain_r, size_t *len_r);

#endif
