#include "core/wire/range.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Digits only: strtoll alone would take a sign and white space too. */
static bool read_number(const char **at, int64_t *v_r)
{
    char *end;
    if (!isdigit((unsigned char)**at))
        return false;
    errno = 0;
    *v_r = strtoll(*at, &end, 10);
    *at = end;
    return errno == 0;
}

struct byte_range range_parse(const char *text, int64_t size)
{
    const struct byte_range whole = {.from = 0, .len = size},
                            behind_the_end = {.unsatisfiable = true};
    int64_t first, last = size - 1;
    if (text == NULL || strncmp(text, "bytes=", 6) != 0)
        return whole;
    text += 6;
    if (*text == '-') {
        text++;
        if (!read_number(&text, &last) || *text != '\0')
            return whole;
        if (last == 0)
            return behind_the_end;
        if (size == 0) /* the last bytes of nothing: no Content-Range can say that */
            return whole;
        first = last < size ? size - last : 0;
        last = size - 1;
    } else {
        if (!read_number(&text, &first) || *text++ != '-')
            return whole;
        if (*text != '\0' && (!read_number(&text, &last) || *text != '\0' || last < first))
            return whole;
        if (first >= size)
            return behind_the_end;
        if (last >= size)
            last = size - 1;
    }
    return (struct byte_range){.from = first, .len = last - first + 1, .partial = true};
}
