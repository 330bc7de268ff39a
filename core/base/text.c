#include "core/base/text.h"

#include <string.h>

void hex_encode(const uint8_t *in, size_t len, char *out)
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < len; i++) {
        out[2 * i] = digits[in[i] >> 4];
        out[2 * i + 1] = digits[in[i] & 15];
    }
    out[2 * len] = '\0';
}

static int hex_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

enum err hex_decode(const char *text, size_t text_len, uint8_t *out, size_t len)
{
    if (text_len != 2 * len)
        return ERR_BAD;
    for (size_t i = 0; i < len; i++) {
        int hi = hex_value(text[2 * i]), lo = hex_value(text[2 * i + 1]);
        if (hi < 0 || lo < 0)
            return ERR_BAD;
        out[i] = (uint8_t)(hi << 4 | lo);
    }
    return ERR_OK;
}

void base32_encode(const uint8_t *in, size_t len, char *out)
{
    static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    uint32_t acc = 0;
    unsigned bits = 0;
    for (size_t i = 0; i < len; i++) {
        acc = acc << 8 | in[i];
        bits += 8;
        while (bits >= 5) {
            bits -= 5;
            *out++ = alphabet[acc >> bits & 31];
        }
    }
    if (bits > 0)
        *out++ = alphabet[acc << (5 - bits) & 31];
    *out = '\0';
}

enum err base32_decode(const char *text, size_t text_len, uint8_t *out, size_t len)
{
    uint32_t acc = 0;
    unsigned bits = 0;
    size_t n = 0;

    if (text_len != BASE32_LEN(len))
        return ERR_BAD;
    for (size_t i = 0; i < text_len; i++) {
        char c = text[i];
        uint32_t v;
        if (c >= 'A' && c <= 'Z')
            v = (uint32_t)(c - 'A');
        else if (c >= '2' && c <= '7')
            v = (uint32_t)(c - '2') + 26;
        else
            return ERR_BAD;
        acc = acc << 5 | v;
        bits += 5;
        if (bits >= 8) {
            bits -= 8;
            out[n++] = (uint8_t)(acc >> bits);
        }
    }
    if ((acc & ((1U << bits) - 1)) != 0)
        return ERR_BAD;
    return n == len ? ERR_OK : ERR_BAD;
}

size_t utf8_next(const char *s, size_t len, uint32_t *cp_r)
{
    const unsigned char *u = (const unsigned char *)s;
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    size_t n;
    uint32_t cp;

    if (len == 0)
        return 0;
    if (u[0] < 0x80) {
        *cp_r = u[0];
        return 1;
    }
    if ((u[0] & 0xe0) == 0xc0) {
        n = 2;
        cp = u[0] & 0x1f;
    } else if ((u[0] & 0xf0) == 0xe0) {
        n = 3;
        cp = u[0] & 0x0f;
    } else if ((u[0] & 0xf8) == 0xf0) {
        n = 4;
        cp = u[0] & 0x07;
    } else {
        return 0;
    }
    if (len < n)
        return 0;
    for (size_t i = 1; i < n; i++) {
        if ((u[i] & 0xc0) != 0x80)
            return 0;
        cp = cp << 6 | (u[i] & 0x3f);
    }
    if (cp < least[n] || cp > 0x10ffff || (cp >= 0xd800 && cp <= 0xdfff))
        return 0;
    *cp_r = cp;
    return n;
}

bool utf8_is_valid(const char *s, size_t len)
{
    uint32_t cp;
    while (len > 0) {
        size_t n = utf8_next(s, len, &cp);
        if (n == 0 || cp == 0)
            return false;
        s += n;
        len -= n;
    }
    return true;
}

size_t utf8_length(const char *s)
{
    size_t n = 0;
    for (; *s != '\0'; s++)
        n += ((unsigned char)*s & 0xc0) != 0x80;
    return n;
}

/* --- what may be shown --- */

/* By Unicode 17: general categories Cc, Co, Zl, Zp and Cf without the signs that are drawn in front
 * of numbers, Default_Ignorable_Code_Point, and what is no character (the last two code points of
 * each plane are found by arithmetic). In order; tests/vectors/shown.test.mjs compares it. */
static const struct {
    uint32_t first, last;
} hidden[] = {
    {0x0, 0x1f},         /* control */
    {0x7f, 0x9f},        /* control */
    {0xad, 0xad},        /* soft hyphen */
    {0x34f, 0x34f},      /* combining grapheme joiner */
    {0x61c, 0x61c},      /* Arabic letter mark: direction */
    {0x115f, 0x1160},    /* Hangul fillers */
    {0x17b4, 0x17b5},    /* Khmer inherent vowels, not drawn */
    {0x180b, 0x180f},    /* Mongolian variation selectors */
    {0x200b, 0x200f},    /* zero width; direction */
    {0x2028, 0x202e},    /* line and paragraph separators; direction */
    {0x2060, 0x206f},    /* invisible operators; direction */
    {0x3164, 0x3164},    /* Hangul filler */
    {0xe000, 0xf8ff},    /* private use */
    {0xfdd0, 0xfdef},    /* no characters */
    {0xfe00, 0xfe0f},    /* variation selectors */
    {0xfeff, 0xfeff},    /* byte order mark */
    {0xffa0, 0xffa0},    /* Hangul filler */
    {0xfff0, 0xfffb},    /* specials */
    {0x13430, 0x1343f},  /* hieroglyph format */
    {0x1bca0, 0x1bca3},  /* shorthand format */
    {0x1d173, 0x1d17a},  /* musical format */
    {0xe0000, 0xe0fff},  /* tags, variation selectors */
    {0xf0000, 0x10ffff}, /* private use */
};

bool text_code_point_is_shown(uint32_t cp)
{
    if ((cp & 0xfffe) == 0xfffe)
        return false;
    for (size_t i = 0; i < sizeof hidden / sizeof hidden[0] && cp >= hidden[i].first; i++)
        if (cp <= hidden[i].last)
            return false;
    return true;
}

static bool is_ideograph(uint32_t cp)
{
    return (cp >= 0x3400 && cp <= 0x4dbf) || (cp >= 0x4e00 && cp <= 0x9fff) ||
           (cp >= 0xf900 && cp <= 0xfaff) || (cp >= 0x20000 && cp <= 0x3ffff);
}

static bool is_variation_selector(uint32_t cp)
{
    return (cp >= 0xfe00 && cp <= 0xfe0f) || (cp >= 0xe0100 && cp <= 0xe01ef);
}

bool text_code_point_follows(uint32_t before, uint32_t cp)
{
    return text_code_point_is_shown(cp) || (is_variation_selector(cp) && is_ideograph(before));
}

bool text_is_shown(const char *s, const char *also)
{
    uint32_t cp = 0, before = 0;
    for (size_t len = strlen(s), n; len > 0; s += n, len -= n, before = cp) {
        n = utf8_next(s, len, &cp);
        if (n == 0 ||
            (!text_code_point_follows(before, cp) && (cp > 0x7f || strchr(also, (int)cp) == NULL)))
            return false;
    }
    return true;
}
