#include "core/base/address.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { V4_KEPT = 3, V6_KEPT = 8, V4_BITS = 8 * V4_KEPT, V6_BITS = 8 * V6_KEPT };

struct address_prefix address_prefix_of(const char *address)
{
    static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};
    struct address_prefix p = {.len = 0};
    uint8_t b[16];
    if (address == NULL)
        return p;
    bool v4 = inet_pton(AF_INET, address, b) == 1;
    if (!v4 && inet_pton(AF_INET6, address, b) != 1)
        return p;
    const uint8_t *from = b;
    if (!v4 && memcmp(b, mapped, sizeof mapped) == 0) {
        v4 = true;
        from = b + sizeof mapped;
    }
    p.bytes[0] = v4 ? 4 : 6;
    p.len = v4 ? 1 + V4_KEPT : 1 + V6_KEPT;
    memcpy(p.bytes + 1, from, p.len - 1);
    return p;
}

void address_prefix_text(const uint8_t *bytes, size_t len, char out[ADDRESS_TEXT_MAX])
{
    uint8_t b[16] = {0};
    char text[INET6_ADDRSTRLEN];
    out[0] = '\0';
    bool v4 = len == 1 + V4_KEPT && bytes[0] == 4;
    if (!v4 && !(len == 1 + V6_KEPT && bytes[0] == 6))
        return;
    memcpy(b, bytes + 1, len - 1);
    if (inet_ntop(v4 ? AF_INET : AF_INET6, b, text, sizeof text) != NULL)
        (void)snprintf(out, ADDRESS_TEXT_MAX, "%s/%d", text, v4 ? V4_BITS : V6_BITS);
}

enum err address_range_read(const char *text, struct address_range *r_r)
{
    char address[ADDRESS_TEXT_MAX], *end = NULL;
    size_t len = strcspn(text, "/");
    if (len >= sizeof address)
        return ERR_BAD;
    memcpy(address, text, len);
    address[len] = '\0';
    struct address_prefix p = address_prefix_of(address);
    int most = p.bytes[0] == 4 ? V4_BITS : V6_BITS;
    long bits = most;
    if (p.len == 0)
        return ERR_BAD;
    if (text[len] == '/') {
        bits = strtol(text + len + 1, &end, 10);
        /* An IPv4 range in IPv6 form would have other bits. */
        if (end == text + len + 1 || *end != '\0' || text[len + 1] < '0' || text[len + 1] > '9' ||
            bits > most || (p.bytes[0] == 4 && strchr(address, ':') != NULL))
            return ERR_BAD;
    }
    memcpy(r_r->bytes, p.bytes, sizeof r_r->bytes);
    r_r->bits = (int)bits;
    return ERR_OK;
}

bool address_range_has(const struct address_range *r, const uint8_t *bytes, size_t len)
{
    size_t whole = 1 + (size_t)r->bits / 8;
    int rest = r->bits % 8;
    if (bytes == NULL || len < whole + (rest > 0) || memcmp(bytes, r->bytes, whole) != 0)
        return false;
    return rest == 0 || ((bytes[whole] ^ r->bytes[whole]) >> (8 - rest)) == 0;
}
