#include "core/crypto/sm3.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <stdlib.h>

#include "core/base/text.h"
#include "core/crypto/crypto_int.h"

struct sm3_ctx {
    EVP_MD_CTX *md;
};

void sm3(const void *data, size_t len, uint8_t out[SM3_LEN])
{
    EVP_MD_CTX *md = crypto_thread()->md;

    CRYPTO_NEED(EVP_DigestInit_ex2(md, crypto_algs()->sm3, NULL) &&
                    EVP_DigestUpdate(md, data, len) && EVP_DigestFinal_ex(md, out, NULL),
                "SM3");
}

void sm3_hex(const void *data, size_t len, char out[2 * SM3_LEN + 1])
{
    uint8_t digest[SM3_LEN];

    sm3(data, len, digest);
    hex_encode(digest, sizeof digest, out);
}

struct sm3_ctx *sm3_new(void)
{
    struct sm3_ctx *ctx = calloc(1, sizeof *ctx);

    CRYPTO_NEED(ctx != NULL, "out of memory");
    ctx->md = EVP_MD_CTX_new();
    CRYPTO_NEED(ctx->md != NULL && EVP_DigestInit_ex2(ctx->md, crypto_algs()->sm3, NULL), "SM3");
    return ctx;
}

void sm3_update(struct sm3_ctx *ctx, const void *data, size_t len)
{
    CRYPTO_NEED(EVP_DigestUpdate(ctx->md, data, len), "SM3");
}

void sm3_final(struct sm3_ctx **ctx, uint8_t out[SM3_LEN])
{
    CRYPTO_NEED(EVP_DigestFinal_ex((*ctx)->md, out, NULL), "SM3");
    sm3_abort(ctx);
}

void sm3_abort(struct sm3_ctx **ctx)
{
    if (*ctx == NULL)
        return;
    EVP_MD_CTX_free((*ctx)->md);
    free(*ctx);
    *ctx = NULL;
}

void hmac_sm3(const uint8_t *key, size_t key_len, const struct sm3_part *parts, size_t n,
              uint8_t out[SM3_LEN])
{
    static const uint8_t no_key;
    /* A copy a call, not one kept by the thread: freeing it wipes the key. */
    EVP_MAC_CTX *mac = EVP_MAC_CTX_dup(crypto_algs()->hmac);
    size_t len;

    CRYPTO_NEED(mac != NULL && EVP_MAC_init(mac, key_len > 0 ? key : &no_key, key_len, NULL),
                "HMAC-SM3");
    for (size_t i = 0; i < n; i++)
        CRYPTO_NEED(EVP_MAC_update(mac, parts[i].data, parts[i].len), "HMAC-SM3");
    CRYPTO_NEED(EVP_MAC_final(mac, out, &len, SM3_LEN) && len == SM3_LEN, "HMAC-SM3");
    EVP_MAC_CTX_free(mac);
}

bool crypto_equal(const void *a, const void *b, size_t len)
{
    return CRYPTO_memcmp(a, b, len) == 0;
}
