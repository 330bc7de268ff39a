#include <limits.h>
#include <openssl/bn.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <string.h>

#include "core/crypto/b64.h"
#include "core/crypto/crypto_int.h"
#include "core/crypto/sm2_int.h"

static const char signer_id[] = "1234567812345678";

/* A verification by EVP under way: SM3, the key and the signer id set. */
struct evp_op {
    EVP_MD_CTX *md;
    EVP_PKEY_CTX *pkey;
};

static void op_start(struct evp_op *op, const struct sm2_key *key)
{
    op->md = EVP_MD_CTX_new();
    op->pkey = EVP_PKEY_CTX_new_from_pkey(NULL, key->pkey, NULL);
    CRYPTO_NEED(op->md != NULL && op->pkey != NULL &&
                    EVP_PKEY_CTX_set1_id(op->pkey, signer_id, sizeof signer_id - 1) == 1,
                "SM2");
    EVP_MD_CTX_set_pkey_ctx(op->md, op->pkey);
}

static void op_end(struct evp_op *op)
{
    EVP_MD_CTX_free(op->md);
    EVP_PKEY_CTX_free(op->pkey);
}

/* e = SM3(ZA || M), GB/T 32918.2 5.5. */
static void message_digest(const struct sm2_key *key, const void *msg, size_t len,
                           uint8_t e[SM3_LEN])
{
    EVP_MD_CTX *md = crypto_thread()->md;

    CRYPTO_NEED(EVP_DigestInit_ex2(md, crypto_algs()->sm3, NULL) &&
                    EVP_DigestUpdate(md, key->za, sizeof key->za) &&
                    EVP_DigestUpdate(md, msg, len) && EVP_DigestFinal_ex(md, e, NULL),
                "SM3");
}

/* The digest is made here and EVP signs it: EVP_DigestSign would look its algorithms up and compute
 * ZA anew each time, a fifth of the whole. */
enum err sm2_sign(const struct sm2_key *key, const void *msg, size_t len, uint8_t sig[SM2_SIG_LEN])
{
    uint8_t e[SM3_LEN], der[SM2_SIG_DER_MAX];
    size_t der_len = sizeof der;

    if (!key->is_private)
        return ERR_BAD;
    message_digest(key, msg, len, e);
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_dup(key->signer);
    CRYPTO_NEED(ctx != NULL, "out of memory");
    bool ok = EVP_PKEY_sign(ctx, der, &der_len, e, sizeof e) == 1;
    EVP_PKEY_CTX_free(ctx);
    if (!ok)
        return crypto_refuse(ERR_IO);
    return sm2_sig_from_der(der, der_len, sig);
}

bool sm2_verify_evp(const struct sm2_key *key, const void *msg, size_t len,
                    const uint8_t sig[SM2_SIG_LEN])
{
    struct evp_op op;
    uint8_t der[SM2_SIG_DER_MAX];
    size_t der_len = sm2_sig_to_der(sig, der);

    op_start(&op, key);
    CRYPTO_NEED(EVP_DigestVerifyInit_ex(op.md, NULL, "SM3", NULL, NULL, key->pkey, NULL) == 1,
                "SM2");
    bool ok = EVP_DigestVerify(op.md, der, der_len, msg, len) == 1;
    op_end(&op);
    if (!ok)
        (void)crypto_refuse(ERR_BAD);
    return ok;
}

bool sm2_verify(const struct sm2_key *key, const void *msg, size_t len,
                const uint8_t sig[SM2_SIG_LEN])
{
    uint8_t e[SM3_LEN];

    if (key->table == NULL)
        return sm2_verify_evp(key, msg, len, sig);
    message_digest(key, msg, len, e);
    return sm2_fast_verify(key, e, sig);
}

size_t sm2_sig_to_der(const uint8_t sig[SM2_SIG_LEN], uint8_t der[SM2_SIG_DER_MAX])
{
    ECDSA_SIG *rs = ECDSA_SIG_new();
    BIGNUM *r = BN_bin2bn(sig, SM2_FIELD_LEN, NULL);
    BIGNUM *s = BN_bin2bn(sig + SM2_FIELD_LEN, SM2_FIELD_LEN, NULL);
    unsigned char *end = der;

    CRYPTO_NEED(rs != NULL && r != NULL && s != NULL && ECDSA_SIG_set0(rs, r, s) == 1,
                "out of memory");
    int len = i2d_ECDSA_SIG(rs, &end);
    CRYPTO_NEED(len > 0 && len <= SM2_SIG_DER_MAX, "DER");
    ECDSA_SIG_free(rs);
    return (size_t)len;
}

/* Reading what DER there is and writing it again leaves one form that passes. */
enum err sm2_sig_from_der(const uint8_t *der, size_t len, uint8_t sig[SM2_SIG_LEN])
{
    const unsigned char *end = der;
    uint8_t raw[SM2_SIG_LEN], again[SM2_SIG_DER_MAX];

    if (len > SM2_SIG_DER_MAX)
        return ERR_BAD;
    ECDSA_SIG *rs = d2i_ECDSA_SIG(NULL, &end, (long)len);
    bool ok =
        rs != NULL && BN_bn2binpad(ECDSA_SIG_get0_r(rs), raw, SM2_FIELD_LEN) == SM2_FIELD_LEN &&
        BN_bn2binpad(ECDSA_SIG_get0_s(rs), raw + SM2_FIELD_LEN, SM2_FIELD_LEN) == SM2_FIELD_LEN &&
        sm2_sig_to_der(raw, again) == len && memcmp(again, der, len) == 0;
    ECDSA_SIG_free(rs);
    if (!ok)
        return crypto_refuse(ERR_BAD);
    memcpy(sig, raw, sizeof raw);
    return ERR_OK;
}

char *sm2_sig_to_text(const uint8_t sig[SM2_SIG_LEN], struct pool *p)
{
    uint8_t der[SM2_SIG_DER_MAX];

    return b64_encode(p, der, sm2_sig_to_der(sig, der));
}

enum err sm2_sig_from_text(const char *text, size_t len, uint8_t sig[SM2_SIG_LEN])
{
    uint8_t der[SM2_SIG_DER_MAX];
    size_t der_len;

    if (B64_RAW_MAX(len) > sizeof der || b64_decode_into(text, len, der, &der_len) != ERR_OK)
        return ERR_BAD;
    return sm2_sig_from_der(der, der_len, sig);
}
