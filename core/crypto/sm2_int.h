/* sm2_int: the inside of an SM2 key and of the fast way to verify. Not for use outside core/crypto
 * and its tests. */
#ifndef ZWM_CRYPTO_SM2_INT_H
#define ZWM_CRYPTO_SM2_INT_H

#include <openssl/ec.h>
#include <openssl/evp.h>

#include "core/crypto/sm2.h"
#include "core/crypto/sm3.h"

enum { SM2_FIELD_LEN = 32 };

/* The curve's constants; built at first use, read-only afterwards. */
struct sm2_curve {
    EC_GROUP *group;
    const BIGNUM *n; /* order of the generator */
    /* Head of the input of ZA (GB/T 32918.2 5.5): ENTL | signer id | a | b | xG | yG */
    uint8_t za_head[2 + 16 + 4 * SM2_FIELD_LEN];
};
const struct sm2_curve *sm2_curve(void);

struct sm2_table; /* multiples of one point */

struct sm2_key {
    EVP_PKEY *pkey;
    EVP_PKEY_CTX *signer;    /* of a private key, made ready: to be copied */
    struct sm2_table *table; /* NULL until prepared */
    bool is_private;
    uint8_t point[SM2_POINT_LEN];
    uint8_t za[SM3_LEN];
};

/* True for 04|x|y with x and y below p and on the curve; so never infinity. */
bool sm2_point_is_valid(const uint8_t point[SM2_POINT_LEN]);

/* True if EVP has been asked for, by the environment or when building. Decided once a process.
 */
bool sm2_evp_only(void);
/* GB/T 32918.2 7.1 from step B5, for a prepared key; `e` is the digest of ZA|M. Public data only:
 * not constant time. */
bool sm2_fast_verify(const struct sm2_key *key, const uint8_t e[SM3_LEN],
                     const uint8_t sig[SM2_SIG_LEN]);
void sm2_table_free(struct sm2_table **t);

#endif
