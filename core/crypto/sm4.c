#include "core/crypto/sm4.h"

#include <openssl/evp.h>
#include <stdbool.h>

#include "core/crypto/crypto_int.h"

/* libcrypto counts in int. */
enum { CHUNK_LEN = 1 << 30 };

static EVP_CIPHER_CTX *start(const EVP_CIPHER *cipher, const uint8_t *key, const uint8_t *iv,
                             bool encrypt)
{
    EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();

    CRYPTO_NEED(ctx != NULL && EVP_CipherInit_ex2(ctx, cipher, key, iv, encrypt, NULL), "SM4");
    return ctx;
}

/* Returns the bytes written. */
static size_t feed(EVP_CIPHER_CTX *ctx, const uint8_t *in, size_t len, uint8_t *out)
{
    size_t done = 0;

    while (len > 0) {
        int now = len < CHUNK_LEN ? (int)len : CHUNK_LEN;
        int n;
        CRYPTO_NEED(EVP_CipherUpdate(ctx, out + done, &n, in, now), "SM4");
        in += now;
        len -= (size_t)now;
        done += (size_t)n;
    }
    return done;
}

void sm4_cbc_encrypt(const uint8_t key[SM4_KEY_LEN], const uint8_t iv[SM4_BLOCK_LEN],
                     const void *plain, size_t len, uint8_t *out)
{
    EVP_CIPHER_CTX *ctx = start(crypto_algs()->sm4_cbc, key, iv, true);
    size_t done = feed(ctx, plain, len, out);
    int n;

    CRYPTO_NEED(EVP_CipherFinal_ex(ctx, out + done, &n) && done + (size_t)n == SM4_CBC_LEN(len),
                "SM4-CBC");
    EVP_CIPHER_CTX_free(ctx);
}

enum err sm4_cbc_decrypt(const uint8_t key[SM4_KEY_LEN], const uint8_t iv[SM4_BLOCK_LEN],
                         const uint8_t *in, size_t len, uint8_t *out, size_t *out_len_r)
{
    if (len == 0 || len % SM4_BLOCK_LEN != 0)
        return ERR_BAD;

    EVP_CIPHER_CTX *ctx = start(crypto_algs()->sm4_cbc, key, iv, false);
    size_t done = feed(ctx, in, len, out);
    int n;
    bool ok = EVP_CipherFinal_ex(ctx, out + done, &n) == 1;

    EVP_CIPHER_CTX_free(ctx);
    if (!ok)
        return crypto_refuse(ERR_BAD);
    *out_len_r = done + (size_t)n;
    return ERR_OK;
}

void sm4_ctr(const uint8_t key[SM4_KEY_LEN], uint64_t offset, const uint8_t *in, size_t len,
             uint8_t *out)
{
    uint8_t counter[SM4_BLOCK_LEN] = {0}, skipped[SM4_BLOCK_LEN] = {0};
    uint64_t block = offset / SM4_BLOCK_LEN;

    for (size_t i = 0; i < sizeof block; i++)
        counter[SM4_BLOCK_LEN - 1 - i] = (uint8_t)(block >> (8 * i));

    EVP_CIPHER_CTX *ctx = start(crypto_algs()->sm4_ctr, key, counter, true);
    (void)feed(ctx, skipped, offset % SM4_BLOCK_LEN, skipped);
    (void)feed(ctx, in, len, out);
    EVP_CIPHER_CTX_free(ctx);
    /* What was skipped is keystream of bytes still to be sent. */
    OPENSSL_cleanse(skipped, sizeof skipped);
}
