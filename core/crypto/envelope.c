#include "core/crypto/envelope.h"

#include <openssl/crypto.h>
#include <string.h>

#include "core/base/rand.h"
#include "core/crypto/b64.h"

enum { MAC_KEY_LEN = 16, KEYS_LEN = SM4_KEY_LEN + MAC_KEY_LEN };

static void mac_of(const uint8_t keys[KEYS_LEN], const uint8_t *iv, const uint8_t *ciphertext,
                   size_t len, uint8_t mac[SM3_LEN])
{
    const struct sm3_part parts[] = {{iv, SM4_BLOCK_LEN}, {ciphertext, len}};

    hmac_sm3(keys + SM4_KEY_LEN, MAC_KEY_LEN, parts, 2, mac);
}

enum err envelope_seal(const struct sm2_key *receiver, const void *plain, size_t len,
                       struct pool *p, struct envelope *env_r)
{
    uint8_t keys[KEYS_LEN], iv[SM4_BLOCK_LEN];
    uint8_t *wrapped;
    size_t wrapped_len;

    rand_bytes(keys, sizeof keys);
    rand_bytes(iv, sizeof iv);
    enum err e = sm2_wrap(receiver, keys, sizeof keys, p, &wrapped, &wrapped_len);
    if (e == ERR_OK) {
        uint8_t mac[SM3_LEN];
        uint8_t *ciphertext = pool_alloc(p, SM4_CBC_LEN(len));
        sm4_cbc_encrypt(keys, iv, plain, len, ciphertext);
        mac_of(keys, iv, ciphertext, SM4_CBC_LEN(len), mac);
        env_r->key = b64_encode(p, wrapped, wrapped_len);
        env_r->iv = b64_encode(p, iv, sizeof iv);
        env_r->ciphertext = b64_encode(p, ciphertext, SM4_CBC_LEN(len));
        env_r->mac = b64_encode(p, mac, sizeof mac);
    }
    OPENSSL_cleanse(keys, sizeof keys);
    return e;
}

/* The bytes of one member; `want` is their number, 0 for any. */
static enum err member(struct pool *p, const char *text, size_t want, uint8_t **out_r,
                       size_t *len_r)
{
    if (text == NULL)
        return ERR_BAD;
    enum err e = b64_decode(p, text, strlen(text), out_r, len_r);
    return e == ERR_OK && want != 0 && *len_r != want ? ERR_BAD : e;
}

enum err envelope_open(const struct sm2_key *receiver, const struct envelope *env, struct pool *p,
                       uint8_t **plain_r, size_t *len_r)
{
    uint8_t *wrapped, *iv, *ciphertext, *mac, *keys, expected[SM3_LEN];
    size_t wrapped_len, iv_len, ciphertext_len, mac_len, keys_len, len;
    enum err e;

    if ((e = member(p, env->key, SM2_WRAP_OVERHEAD + KEYS_LEN, &wrapped, &wrapped_len)) != ERR_OK ||
        (e = member(p, env->iv, SM4_BLOCK_LEN, &iv, &iv_len)) != ERR_OK ||
        (e = member(p, env->ciphertext, 0, &ciphertext, &ciphertext_len)) != ERR_OK ||
        (e = member(p, env->mac, SM3_LEN, &mac, &mac_len)) != ERR_OK ||
        (e = sm2_unwrap(receiver, wrapped, wrapped_len, p, &keys, &keys_len)) != ERR_OK)
        return e;
    mac_of(keys, iv, ciphertext, ciphertext_len, expected);
    e = ERR_BAD;
    if (crypto_equal(expected, mac, sizeof expected)) {
        uint8_t *plain = pool_alloc(p, ciphertext_len + 1);
        e = sm4_cbc_decrypt(keys, iv, ciphertext, ciphertext_len, plain, &len);
        if (e == ERR_OK) {
            *plain_r = plain;
            *len_r = len;
        }
    }
    OPENSSL_cleanse(keys, keys_len);
    return e;
}
