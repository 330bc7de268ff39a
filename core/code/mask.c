#include "core/code/mask.h"

#include <string.h>

#include "core/base/text.h"

enum { NUMBER_SHOWN_MAX = 4 };

/* Belongs to the character before it: combining marks and variation selectors. */
static bool extends(uint32_t cp)
{
    return (cp >= 0x300 && cp <= 0x36f) || (cp >= 0x20d0 && cp <= 0x20ff) ||
           (cp >= 0xfe00 && cp <= 0xfe0f) || (cp >= 0xe0100 && cp <= 0xe01ef);
}

/* Bytes of the first character with what extends it; 0 if the text is empty or not UTF-8. */
static size_t first_character(const char *s, size_t len)
{
    uint32_t cp;
    size_t end = utf8_next(s, len, &cp);

    for (size_t n = end; n > 0;) {
        n = utf8_next(s + end, len - end, &cp);
        if (n == 0 || !extends(cp))
            break;
        end += n;
    }
    return end;
}

char *mask_name(struct pool *p, const char *name)
{
    size_t len = strlen(name);
    size_t first = first_character(name, len);

    if (first == len || !utf8_is_valid(name, len))
        first = 0;
    return pool_printf(p, "%.*s**", (int)first, name);
}

char *mask_number(struct pool *p, const char *number)
{
    size_t len = strlen(number), end = 0;

    if (!utf8_is_valid(number, len))
        len = 0;
    size_t shown = len == 0 ? 0 : utf8_length(number) / 2;
    if (shown > NUMBER_SHOWN_MAX)
        shown = NUMBER_SHOWN_MAX;
    for (uint32_t cp; shown > 0; shown--)
        end += utf8_next(number + end, len - end, &cp);
    return pool_printf(p, "%.*s*****", (int)end, number);
}
