#include "core/base/form.h"

#include <string.h>

#include "core/base/text.h"

static const char *decode(struct pool *p, const char *text, size_t len)
{
    char *out = pool_alloc(p, len + 1), *to = out;
    for (size_t i = 0; i < len; i++) {
        uint8_t byte = (uint8_t)(text[i] == '+' ? ' ' : text[i]);
        if (text[i] == '%') {
            if (len - i < 3 || hex_decode(text + i + 1, 2, &byte, 1) != ERR_OK)
                return NULL;
            i += 2;
        }
        if (byte == 0)
            return NULL;
        *to++ = (char)byte;
    }
    return out;
}

const char *form_get(struct pool *p, const char *text, const char *name)
{
    const char *found = NULL;
    size_t name_len = strlen(name), found_len = 0;
    for (const char *at = text; at != NULL && *at != '\0';) {
        size_t len = strcspn(at, "&");
        if (len > name_len && strncmp(at, name, name_len) == 0 && at[name_len] == '=') {
            if (found != NULL)
                return NULL;
            found = at + name_len + 1;
            found_len = len - name_len - 1;
        }
        at += len + (at[len] == '&');
    }
    return found != NULL ? decode(p, found, found_len) : NULL;
}

static void encode(struct buf *b, const char *text)
{
    static const char plain[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
    for (; *text != '\0'; text++)
        if (strchr(plain, *text) != NULL)
            buf_putc(b, *text);
        else
            buf_printf(b, "%%%02X", (unsigned)(unsigned char)*text);
}

void form_put(struct buf *b, const char *name, const char *value)
{
    if (b->len > 0 && b->data[b->len - 1] != '?')
        buf_putc(b, '&');
    encode(b, name);
    buf_putc(b, '=');
    encode(b, value);
}
