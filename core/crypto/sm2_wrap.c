/* SM2 public-key encryption. EVP speaks the ASN.1 form (GB/T 35276 7.2), the wire the raw one,
 * 04|x|y|C3|C2. */
#include <limits.h>
#include <openssl/asn1t.h>
#include <openssl/bn.h>
#include <openssl/evp.h>
#include <string.h>

#include "core/crypto/crypto_int.h"
#include "core/crypto/sm2_int.h"

enum { PLAIN_MAX = 1 << 20 };

struct sm2_cipher {
    ASN1_INTEGER *x, *y;
    ASN1_OCTET_STRING *c3, *c2;
};
typedef struct sm2_cipher sm2_cipher;

/* clang-format off */
ASN1_SEQUENCE(sm2_cipher) = {
    ASN1_SIMPLE(sm2_cipher, x, ASN1_INTEGER),
    ASN1_SIMPLE(sm2_cipher, y, ASN1_INTEGER),
    ASN1_SIMPLE(sm2_cipher, c3, ASN1_OCTET_STRING),
    ASN1_SIMPLE(sm2_cipher, c2, ASN1_OCTET_STRING),
} static_ASN1_SEQUENCE_END(sm2_cipher)
    /* clang-format on */

    /* Left-padded: an INTEGER has no leading zeros. */
    static void field_put(const ASN1_INTEGER *v, uint8_t out[SM2_FIELD_LEN])
{
    BIGNUM *bn = ASN1_INTEGER_to_BN(v, NULL);

    CRYPTO_NEED(bn != NULL && BN_bn2binpad(bn, out, SM2_FIELD_LEN) == SM2_FIELD_LEN,
                "SM2 ciphertext");
    BN_free(bn);
}

/* DER to raw, in `p`; the DER is libcrypto's own. */
static uint8_t *raw_from_der(const uint8_t *der, size_t der_len, size_t plain_len, struct pool *p)
{
    const unsigned char *at = der;
    sm2_cipher *c =
        (sm2_cipher *)ASN1_item_d2i(NULL, &at, (long)der_len, ASN1_ITEM_rptr(sm2_cipher));

    CRYPTO_NEED(c != NULL && ASN1_STRING_length(c->c3) == SM3_LEN &&
                    (size_t)ASN1_STRING_length(c->c2) == plain_len,
                "SM2 ciphertext");
    uint8_t *raw = pool_alloc(p, SM2_WRAP_OVERHEAD + plain_len);
    raw[0] = POINT_CONVERSION_UNCOMPRESSED;
    field_put(c->x, raw + 1);
    field_put(c->y, raw + 1 + SM2_FIELD_LEN);
    memcpy(raw + SM2_POINT_LEN, ASN1_STRING_get0_data(c->c3), SM3_LEN);
    memcpy(raw + SM2_WRAP_OVERHEAD, ASN1_STRING_get0_data(c->c2), plain_len);
    ASN1_item_free((ASN1_VALUE *)c, ASN1_ITEM_rptr(sm2_cipher));
    return raw;
}

static bool field_set(ASN1_INTEGER *to, const uint8_t in[SM2_FIELD_LEN])
{
    BIGNUM *bn = BN_bin2bn(in, SM2_FIELD_LEN, NULL);
    bool ok = bn != NULL && BN_to_ASN1_INTEGER(bn, to) != NULL;

    BN_free(bn);
    return ok;
}

/* Raw to DER; free with OPENSSL_free. */
static uint8_t *der_from_raw(const uint8_t *raw, size_t plain_len, size_t *der_len_r)
{
    unsigned char *der = NULL;
    sm2_cipher *c = (sm2_cipher *)ASN1_item_new(ASN1_ITEM_rptr(sm2_cipher));

    CRYPTO_NEED(c != NULL && field_set(c->x, raw + 1) && field_set(c->y, raw + 1 + SM2_FIELD_LEN) &&
                    ASN1_OCTET_STRING_set(c->c3, raw + SM2_POINT_LEN, SM3_LEN) == 1 &&
                    ASN1_OCTET_STRING_set(c->c2, raw + SM2_WRAP_OVERHEAD, (int)plain_len) == 1,
                "out of memory");
    int len = ASN1_item_i2d((ASN1_VALUE *)c, &der, ASN1_ITEM_rptr(sm2_cipher));
    ASN1_item_free((ASN1_VALUE *)c, ASN1_ITEM_rptr(sm2_cipher));
    CRYPTO_NEED(len > 0, "out of memory");
    *der_len_r = (size_t)len;
    return der;
}

enum err sm2_wrap(const struct sm2_key *key, const uint8_t *plain, size_t len, struct pool *p,
                  uint8_t **out_r, size_t *out_len_r)
{
    size_t der_max = 0;
    uint8_t *raw = NULL;

    if (len == 0 || len > PLAIN_MAX)
        return ERR_BAD;
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_pkey(NULL, key->pkey, NULL);
    CRYPTO_NEED(ctx != NULL && EVP_PKEY_encrypt_init(ctx) == 1 &&
                    EVP_PKEY_encrypt(ctx, NULL, &der_max, plain, len) == 1,
                "SM2 encryption");
    uint8_t *der = OPENSSL_malloc(der_max);
    CRYPTO_NEED(der != NULL, "out of memory");
    /* A key stream of zeros, likely only for a plaintext of a byte or two, would show it: once more
     * (GB/T 32918.4 6.1, A5), which not every libcrypto 3.0 does. */
    do {
        size_t der_len = der_max;
        CRYPTO_NEED(EVP_PKEY_encrypt(ctx, der, &der_len, plain, len) == 1, "SM2 encryption");
        raw = raw_from_der(der, der_len, len, p);
    } while (memcmp(raw + SM2_WRAP_OVERHEAD, plain, len) == 0);
    OPENSSL_free(der);
    EVP_PKEY_CTX_free(ctx);
    *out_r = raw;
    *out_len_r = SM2_WRAP_OVERHEAD + len;
    return ERR_OK;
}

enum err sm2_unwrap(const struct sm2_key *key, const uint8_t *in, size_t len, struct pool *p,
                    uint8_t **out_r, size_t *out_len_r)
{
    size_t der_len, out_len = 0;

    if (!key->is_private || len <= SM2_WRAP_OVERHEAD || len > SM2_WRAP_OVERHEAD + PLAIN_MAX ||
        !sm2_point_is_valid(in))
        return ERR_BAD;
    uint8_t *der = der_from_raw(in, len - SM2_WRAP_OVERHEAD, &der_len);
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_pkey(NULL, key->pkey, NULL);
    uint8_t *out = NULL;
    CRYPTO_NEED(ctx != NULL && EVP_PKEY_decrypt_init(ctx) == 1, "SM2 decryption");
    bool ok = EVP_PKEY_decrypt(ctx, NULL, &out_len, der, der_len) == 1;
    if (ok) {
        out = pool_alloc(p, out_len + 1);
        ok = EVP_PKEY_decrypt(ctx, out, &out_len, der, der_len) == 1 &&
             out_len == len - SM2_WRAP_OVERHEAD;
    }
    OPENSSL_free(der);
    EVP_PKEY_CTX_free(ctx);
    if (!ok)
        return crypto_refuse(ERR_BAD);
    *out_r = out;
    *out_len_r = out_len;
    return ERR_OK;
}
