#include "core/crypto/b64.h"

#include <limits.h>
#include <openssl/evp.h>
#include <stdbool.h>
#include <string.h>

#include "core/crypto/crypto_int.h"

char *b64_encode(struct pool *p, const void *data, size_t len)
{
    CRYPTO_NEED(len < INT_MAX / 2, "base64 of more than 1 GiB");
    char *out = pool_alloc(p, (len + 2) / 3 * 4 + 1);
    EVP_EncodeBlock((unsigned char *)out, data, (int)len);
    return out;
}

char *b64url_encode(struct pool *p, const void *data, size_t len)
{
    char *out = b64_encode(p, data, len);
    char *c = out;

    for (; *c != '\0' && *c != '='; c++) {
        if (*c == '+')
            *c = '-';
        else if (*c == '/')
            *c = '_';
    }
    *c = '\0';
    return out;
}

static bool in_alphabet(const char *text, size_t len)
{
    static const char alphabet[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    bool member[UCHAR_MAX + 1] = {false};

    for (size_t i = 0; i < sizeof alphabet - 1; i++)
        member[(unsigned char)alphabet[i]] = true;
    for (size_t i = 0; i < len; i++)
        if (!member[(unsigned char)text[i]])
            return false;
    return true;
}

/* libcrypto's decoder takes white space, any number of pads and any pad bits; so the alphabet is
 * checked before and the last group by encoding it again. */
enum err b64_decode_into(const char *text, size_t text_len, uint8_t *out, size_t *len_r)
{
    size_t pad = 0;
    unsigned char again[5];

    *len_r = 0;
    if (text_len % 4 != 0 || text_len > INT_MAX / 2)
        return ERR_BAD;
    if (text_len == 0)
        return ERR_OK;
    while (pad < 2 && text[text_len - 1 - pad] == '=')
        pad++;
    if (!in_alphabet(text, text_len - pad))
        return ERR_BAD;
    if (EVP_DecodeBlock(out, (const unsigned char *)text, (int)text_len) < 0)
        return ERR_BAD;
    size_t len = B64_RAW_MAX(text_len);
    EVP_EncodeBlock(again, out + len - 3, (int)(3 - pad));
    if (memcmp(again, text + text_len - 4, 4) != 0)
        return ERR_BAD;
    *len_r = len - pad;
    return ERR_OK;
}

enum err b64_decode(struct pool *p, const char *text, size_t text_len, uint8_t **out_r,
                    size_t *len_r)
{
    size_t len;
    uint8_t *out = pool_alloc(p, B64_RAW_MAX(text_len) + 1);
    enum err e = b64_decode_into(text, text_len, out, &len);

    if (e != ERR_OK)
        return e;
    out[len] = 0;
    *out_r = out;
    *len_r = len;
    return ERR_OK;
}
