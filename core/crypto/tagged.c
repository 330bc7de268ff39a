#include "core/crypto/tagged.h"

#include <string.h>

#include "core/crypto/b64.h"
#include "core/crypto/crypto_int.h"

enum { MAC_LEN = 16 };

static void make_mac(const struct keyring *kr, const char *label, const char *holder,
                     const uint8_t *no, uint8_t mac[SM3_LEN])
{
    const struct sm3_part parts[] = {
        {label, strlen(label)}, {no, TAGGED_NO_LEN}, {holder, strlen(holder)}};
    keyring_derive(kr, "ticket", parts, 3, mac);
}

char *tagged_make(const struct keyring *kr, struct pool *p, const char *label, const char *holder,
                  const uint8_t no[TAGGED_NO_LEN])
{
    uint8_t raw[TAGGED_NO_LEN + SM3_LEN];
    memcpy(raw, no, TAGGED_NO_LEN);
    make_mac(kr, label, holder, no, raw + TAGGED_NO_LEN);
    return b64url_encode(p, raw, TAGGED_NO_LEN + MAC_LEN);
}

/* Returns the text in the other alphabet of RFC 4648, with its padding. */
static const char *as_base64(struct pool *p, const char *name)
{
    char *text = pool_printf(p, "%s=", name);
    for (char *at = text; *at != '\0'; at++)
        if (*at == '-' || *at == '+')
            *at = *at == '-' ? '+' : '!';
        else if (*at == '_' || *at == '/')
            *at = *at == '_' ? '/' : '!';
    return text;
}

enum err tagged_read(const struct keyring *kr, struct pool *p, const char *label,
                     const char *holder, const char *name, uint8_t no[TAGGED_NO_LEN])
{
    uint8_t *raw, mac[SM3_LEN];
    size_t len = 0;
    if (strlen(name) != TAGGED_LEN)
        return ERR_BAD;
    enum err e = b64_decode(p, as_base64(p, name), TAGGED_LEN + 1, &raw, &len);
    if (e != ERR_OK || len != TAGGED_NO_LEN + MAC_LEN)
        return ERR_BAD;
    make_mac(kr, label, holder, raw, mac);
    if (!crypto_equal(mac, raw + TAGGED_NO_LEN, MAC_LEN))
        return ERR_BAD;
    memcpy(no, raw, TAGGED_NO_LEN);
    return ERR_OK;
}
