/* The checks often used in rows (field.h). */
#include <string.h>

#include "core/base/text.h"
#include "core/wire/field.h"

#define DIGITS "0123456789"
#define ALNUM  "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz" DIGITS

/* `least` to `most` characters, all of `set`. */
static bool made_of(const char *s, const char *set, size_t least, size_t most)
{
    size_t n = strspn(s, set);
    return s[n] == '\0' && n >= least && n <= most;
}

bool field_is_digits(const char *s)
{
    return made_of(s, DIGITS, 1, SIZE_MAX);
}

bool field_is_hex32(const char *s)
{
    return made_of(s, DIGITS "abcdef", 32, 32);
}

bool field_is_nonce(const char *s)
{
    return made_of(s, ALNUM "_-", 16, 64);
}

bool field_is_app_id(const char *s)
{
    return made_of(s, ALNUM "._-", 1, 32);
}

bool field_is_class(const char *s)
{
    return made_of(s, ALNUM "._:-", 1, 128);
}

/* Blanks of Unicode's White_Space, and the characters of no width, which look as blank. */
static bool is_blank(uint32_t cp)
{
    static const struct {
        uint32_t first, last;
    } blanks[] = {
        {0x09, 0x0d},     {0x20, 0x20},     {0x85, 0x85},     {0xa0, 0xa0},
        {0xad, 0xad},     {0x1680, 0x1680}, {0x2000, 0x200f}, {0x2028, 0x202f},
        {0x205f, 0x206f}, {0x3000, 0x3000}, {0xfeff, 0xfeff},
    };
    for (size_t i = 0; i < sizeof blanks / sizeof blanks[0]; i++)
        if (cp >= blanks[i].first && cp <= blanks[i].last)
            return true;
    return false;
}

bool field_is_printable(const char *s)
{
    size_t len = strlen(s), n;
    uint32_t cp;

    for (; (n = utf8_next(s, len, &cp)) > 0; s += n, len -= n)
        if (!is_blank(cp))
            return true;
    return false;
}
