#include <openssl/bio.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <openssl/x509.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/text.h"
#include "core/crypto/crypto_int.h"
#include "core/crypto/sm2_int.h"

/* Rounds of PBKDF2 for a private key in a file. Ours are under 256 random bits, which no number of
 * rounds is needed for; these many keep a passphrase that a person chose from being guessed at full
 * speed, for some ms a start. */
enum { PKCS8_ROUNDS = 10000 };

/* Everything before the point in the DER SubjectPublicKeyInfo of an SM2 key: id-ecPublicKey,
 * curve 1.2.156.10197.1.301. There is one such encoding, so comparing is the strictest parser. */
static const uint8_t spki_head[] = {0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48,
                                    0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a, 0x81, 0x1c,
                                    0xcf, 0x55, 0x01, 0x82, 0x2d, 0x03, 0x42, 0x00};
enum { SPKI_LEN = sizeof spki_head + SM2_POINT_LEN };

/* Takes `pkey`; the point is known to be valid. */
static struct sm2_key *key_new(EVP_PKEY *pkey, bool is_private, const uint8_t point[SM2_POINT_LEN])
{
    const struct sm2_curve *c = sm2_curve();
    struct sm2_key *key = calloc(1, sizeof *key);
    uint8_t za_input[sizeof c->za_head + SM2_POINT_LEN - 1];

    CRYPTO_NEED(key != NULL, "out of memory");
    key->pkey = pkey;
    key->is_private = is_private;
    memcpy(key->point, point, SM2_POINT_LEN);
    memcpy(za_input, c->za_head, sizeof c->za_head);
    memcpy(za_input + sizeof c->za_head, point + 1, SM2_POINT_LEN - 1);
    sm3(za_input, sizeof za_input, key->za);
    if (is_private) {
        key->signer = EVP_PKEY_CTX_new_from_pkey(NULL, pkey, NULL);
        CRYPTO_NEED(key->signer != NULL && EVP_PKEY_sign_init(key->signer) == 1, "SM2 key");
    }
    return key;
}

void sm2_key_free(struct sm2_key **key)
{
    if (*key == NULL)
        return;
    EVP_PKEY_CTX_free((*key)->signer);
    EVP_PKEY_free((*key)->pkey);
    sm2_table_free(&(*key)->table);
    free(*key);
    *key = NULL;
}

static void free_key(void *key)
{
    struct sm2_key *k = key;
    sm2_key_free(&k);
}

const struct sm2_key *sm2_key_own(struct pool *p, struct sm2_key *key)
{
    pool_on_destroy(p, free_key, key);
    return key;
}

bool sm2_point_is_valid(const uint8_t point[SM2_POINT_LEN])
{
    const struct sm2_curve *c = sm2_curve();
    EC_POINT *p = EC_POINT_new(c->group);

    CRYPTO_NEED(p != NULL, "out of memory");
    /* The first byte keeps the hybrid forms 06 and 07 out, which have the same length. */
    bool ok = point[0] == POINT_CONVERSION_UNCOMPRESSED &&
              EC_POINT_oct2point(c->group, p, point, SM2_POINT_LEN, crypto_thread()->bn) == 1;
    EC_POINT_free(p);
    if (!ok)
        (void)crypto_refuse(ERR_BAD);
    return ok;
}

static enum err key_from_point(const uint8_t point[SM2_POINT_LEN], struct sm2_key **key_r)
{
    char group[] = "SM2";
    uint8_t pub[SM2_POINT_LEN];
    EVP_PKEY *pkey = NULL;

    if (!sm2_point_is_valid(point))
        return ERR_BAD;
    memcpy(pub, point, sizeof pub);
    OSSL_PARAM params[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, group, 0),
        OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, pub, sizeof pub),
        OSSL_PARAM_construct_end()};
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "SM2", NULL);
    CRYPTO_NEED(ctx != NULL && EVP_PKEY_fromdata_init(ctx) == 1 &&
                    EVP_PKEY_fromdata(ctx, &pkey, EVP_PKEY_PUBLIC_KEY, params) == 1,
                "SM2 public key");
    EVP_PKEY_CTX_free(ctx);
    *key_r = key_new(pkey, false, point);
    return ERR_OK;
}

/* x and y one by one: the encoded form may be the compressed one that the key was read in. */
static bool point_of(const EVP_PKEY *pkey, uint8_t point[SM2_POINT_LEN])
{
    BIGNUM *x = NULL, *y = NULL;
    bool ok = EVP_PKEY_get_bn_param(pkey, OSSL_PKEY_PARAM_EC_PUB_X, &x) == 1 &&
              EVP_PKEY_get_bn_param(pkey, OSSL_PKEY_PARAM_EC_PUB_Y, &y) == 1 &&
              BN_bn2binpad(x, point + 1, SM2_FIELD_LEN) == SM2_FIELD_LEN &&
              BN_bn2binpad(y, point + 1 + SM2_FIELD_LEN, SM2_FIELD_LEN) == SM2_FIELD_LEN;

    point[0] = POINT_CONVERSION_UNCOMPRESSED;
    BN_free(x);
    BN_free(y);
    return ok;
}

struct sm2_key *sm2_key_generate(void)
{
    uint8_t point[SM2_POINT_LEN];
    EVP_PKEY *pkey = EVP_PKEY_Q_keygen(NULL, NULL, "SM2");

    CRYPTO_NEED(pkey != NULL && point_of(pkey, point), "SM2 key generation");
    return key_new(pkey, true, point);
}

/* A private scalar in [1, n-2] (GB/T 32918.1 6.1) whose multiple of the generator is the public
 * half. */
static bool private_is_sound(EVP_PKEY *pkey)
{
    const BIGNUM *n = sm2_curve()->n;
    BIGNUM *d = NULL, *d_next = BN_secure_new();
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_pkey(NULL, pkey, NULL);

    CRYPTO_NEED(d_next != NULL && ctx != NULL, "out of memory");
    bool ok = EVP_PKEY_get_bn_param(pkey, OSSL_PKEY_PARAM_PRIV_KEY, &d) == 1 && !BN_is_zero(d) &&
              BN_add(d_next, d, BN_value_one()) == 1 && BN_cmp(d_next, n) < 0 &&
              EVP_PKEY_pairwise_check(ctx) == 1;
    EVP_PKEY_CTX_free(ctx);
    BN_clear_free(d);
    BN_clear_free(d_next);
    return ok;
}

static int give_passphrase(char *out, int size, int writing, void *arg)
{
    const char *passphrase = *(const char **)arg;

    (void)writing;
    if (passphrase == NULL || strlen(passphrase) > (size_t)size)
        return -1; /* never asks at the terminal */
    memcpy(out, passphrase, strlen(passphrase));
    return (int)strlen(passphrase);
}

enum err sm2_key_from_pem(const char *pem, size_t len, const char *passphrase,
                          struct sm2_key **key_r)
{
    char group[16];
    uint8_t point[SM2_POINT_LEN];

    if (len == 0 || len > INT_MAX)
        return ERR_BAD;
    BIO *bio = BIO_new_mem_buf(pem, (int)len);
    CRYPTO_NEED(bio != NULL, "out of memory");
    EVP_PKEY *pkey =
        PEM_read_bio_PrivateKey_ex(bio, NULL, give_passphrase, &passphrase, NULL, NULL);
    BIO_free(bio);
    if (pkey == NULL || EVP_PKEY_is_a(pkey, "SM2") != 1 ||
        EVP_PKEY_get_group_name(pkey, group, sizeof group, NULL) != 1 ||
        strcmp(group, "SM2") != 0 || !point_of(pkey, point) || !sm2_point_is_valid(point) ||
        !private_is_sound(pkey)) {
        EVP_PKEY_free(pkey);
        return crypto_refuse(ERR_BAD);
    }
    *key_r = key_new(pkey, true, point);
    return crypto_refuse(ERR_OK); /* the decoders that were tried in vain left entries */
}

enum err sm2_key_from_spki(const uint8_t *der, size_t len, struct sm2_key **key_r)
{
    if (len != SPKI_LEN || memcmp(der, spki_head, sizeof spki_head) != 0)
        return ERR_BAD;
    return key_from_point(der + sizeof spki_head, key_r);
}

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static enum err key_from_public_pem(const char *text, size_t len, struct sm2_key **key_r)
{
    char *name = NULL, *header = NULL;
    unsigned char *der = NULL;
    long der_len = 0;
    enum err e = ERR_BAD;

    if (len > INT_MAX)
        return ERR_BAD;
    BIO *bio = BIO_new_mem_buf(text, (int)len);
    CRYPTO_NEED(bio != NULL, "out of memory");
    if (PEM_read_bio(bio, &name, &header, &der, &der_len) == 1 && strcmp(name, "PUBLIC KEY") == 0 &&
        header[0] == '\0' && BIO_pending(bio) == 0)
        e = sm2_key_from_spki(der, (size_t)der_len, key_r);
    OPENSSL_free(name);
    OPENSSL_free(header);
    OPENSSL_clear_free(der, (size_t)der_len); /* it may have been a private key, by mistake */
    BIO_free(bio);
    return crypto_refuse(e);
}

enum err sm2_key_from_public_text(const char *text, size_t len, struct sm2_key **key_r)
{
    static const char pem_head[] = "-----BEGIN ";
    enum { SPKI_TEXT_LEN = (SPKI_LEN + 2) / 3 * 4 };
    uint8_t bytes[B64_RAW_MAX(SPKI_TEXT_LEN)];
    size_t bytes_len;

    for (; len > 0 && is_space(text[0]); len--)
        text++;
    while (len > 0 && is_space(text[len - 1]))
        len--;
    if (len >= sizeof pem_head - 1 && memcmp(text, pem_head, sizeof pem_head - 1) == 0)
        return key_from_public_pem(text, len, key_r);
    if (len == 2 * SM2_POINT_LEN)
        return hex_decode(text, len, bytes, SM2_POINT_LEN) == ERR_OK ? key_from_point(bytes, key_r)
                                                                     : ERR_BAD;
    if (len == SPKI_TEXT_LEN && b64_decode_into(text, len, bytes, &bytes_len) == ERR_OK)
        return sm2_key_from_spki(bytes, bytes_len, key_r);
    return ERR_BAD;
}

void sm2_key_spki(const struct sm2_key *key, struct pool *p, uint8_t **der_r, size_t *len_r)
{
    uint8_t *der = pool_alloc(p, SPKI_LEN);

    memcpy(der, spki_head, sizeof spki_head);
    memcpy(der + sizeof spki_head, key->point, SM2_POINT_LEN);
    *der_r = der;
    *len_r = SPKI_LEN;
}

void sm2_key_point(const struct sm2_key *key, uint8_t out[SM2_POINT_LEN])
{
    memcpy(out, key->point, SM2_POINT_LEN);
}

bool sm2_key_is_private(const struct sm2_key *key)
{
    return key->is_private;
}

/* What was written to `bio`, as text in `p`; frees (and so wipes) `bio`. */
static char *bio_take(BIO *bio, struct pool *p)
{
    char *data;
    long len = BIO_get_mem_data(bio, &data);

    CRYPTO_NEED(len > 0, "PEM");
    char *text = pool_strndup(p, data, (size_t)len);
    BIO_free(bio);
    return text;
}

enum err sm2_key_private_pem(const struct sm2_key *key, const char *passphrase, struct pool *p,
                             char **pem_r)
{
    if (!key->is_private)
        return ERR_BAD;
    BIO *bio = BIO_new(BIO_s_mem());
    PKCS8_PRIV_KEY_INFO *plain = EVP_PKEY2PKCS8(key->pkey);
    CRYPTO_NEED(bio != NULL && plain != NULL, "PKCS#8");
    if (passphrase == NULL) {
        CRYPTO_NEED(PEM_write_bio_PKCS8_PRIV_KEY_INFO(bio, plain) == 1, "PKCS#8");
    } else {
        X509_SIG *sealed = PKCS8_encrypt(-1, EVP_sm4_cbc(), passphrase, (int)strlen(passphrase),
                                         NULL, 0, PKCS8_ROUNDS, plain);
        CRYPTO_NEED(sealed != NULL && PEM_write_bio_PKCS8(bio, sealed) == 1, "PKCS#8");
        X509_SIG_free(sealed);
    }
    PKCS8_PRIV_KEY_INFO_free(plain);
    *pem_r = bio_take(bio, p);
    return ERR_OK;
}

char *sm2_key_public_pem(const struct sm2_key *key, struct pool *p)
{
    uint8_t *der;
    size_t len;
    BIO *bio = BIO_new(BIO_s_mem());

    sm2_key_spki(key, p, &der, &len);
    CRYPTO_NEED(bio != NULL && PEM_write_bio(bio, "PUBLIC KEY", "", der, (long)len) > 0, "PEM");
    return bio_take(bio, p);
}
