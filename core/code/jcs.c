#include "core/code/jcs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/text.h"

/* Deeper than anything that passes the limits of a request (16 levels). */
enum { DEPTH_MAX = 64 };

static const int64_t integer_max = (INT64_C(1) << 53) - 1;

struct member {
    const char *name;
    struct json_object *value;
};

/* UTF-8 bytes sort like code points. Surrogates put the supplementary planes (leading bytes F0 to
 * F4) before U+E000 to U+FFFF (leading bytes EE and EF); all else sorts alike. So exchange these
 * two groups. */
static int utf16_rank(unsigned char c)
{
    if (c >= 0xf0)
        return c - 0xf0 + 0xee;
    return c >= 0xee ? c + 8 : c;
}

static int compare_members(const void *a, const void *b)
{
    const unsigned char *x = (const unsigned char *)((const struct member *)a)->name;
    const unsigned char *y = (const unsigned char *)((const struct member *)b)->name;

    while (*x != '\0' && *x == *y) {
        x++;
        y++;
    }
    return utf16_rank(*x) - utf16_rank(*y);
}

static const char *escape_of(unsigned char c, char hex[7])
{
    switch (c) {
    case '\b':
        return "\\b";
    case '\t':
        return "\\t";
    case '\n':
        return "\\n";
    case '\f':
        return "\\f";
    case '\r':
        return "\\r";
    case '"':
        return "\\\"";
    case '\\':
        return "\\\\";
    default:
        (void)snprintf(hex, 7, "\\u%04x", c);
        return hex;
    }
}

static enum err write_string(struct buf *b, const char *s, size_t len)
{
    size_t plain = 0; /* where the bytes begin that need no escape and are not written yet */

    buf_putc(b, '"');
    for (size_t i = 0; i < len;) {
        uint32_t cp;
        size_t n = utf8_next(s + i, len - i, &cp);
        if (n == 0)
            return ERR_BAD;
        if (cp < 0x20 || cp == '"' || cp == '\\') {
            char hex[7];
            buf_put(b, s + plain, i - plain);
            buf_puts(b, escape_of((unsigned char)cp, hex));
            plain = i + 1;
        }
        i += n;
    }
    buf_put(b, s + plain, len - plain);
    buf_putc(b, '"');
    return ERR_OK;
}

static enum err write_integer(struct buf *b, struct json_object *value)
{
    /* Values past int64_t come saturated, and so out of range. */
    int64_t n = json_object_get_int64(value);
    if (n > integer_max || n < -integer_max)
        return ERR_BAD;
    buf_printf(b, "%lld", (long long)n);
    return ERR_OK;
}

static enum err write_value(struct buf *b, struct json_object *value, int depth);

static enum err write_array(struct buf *b, struct json_object *array, int depth)
{
    size_t n = json_object_array_length(array);

    buf_putc(b, '[');
    for (size_t i = 0; i < n; i++) {
        if (i > 0)
            buf_putc(b, ',');
        enum err e = write_value(b, json_object_array_get_idx(array, i), depth);
        if (e != ERR_OK)
            return e;
    }
    buf_putc(b, ']');
    return ERR_OK;
}

static struct member *sorted_members(struct pool *p, struct json_object *object, size_t *n_r)
{
    size_t n = 0, size = (size_t)json_object_object_length(object);
    struct member *members = pool_alloc(p, (size + 1) * sizeof *members);
    struct json_object_iterator it = json_object_iter_begin(object);
    struct json_object_iterator end = json_object_iter_end(object);

    for (; n < size && !json_object_iter_equal(&it, &end); json_object_iter_next(&it)) {
        members[n].name = json_object_iter_peek_name(&it);
        members[n++].value = json_object_iter_peek_value(&it);
    }
    qsort(members, n, sizeof *members, compare_members);
    *n_r = n;
    return members;
}

static enum err write_object(struct buf *b, struct json_object *object, int depth)
{
    size_t n;
    struct member *members = sorted_members(b->pool, object, &n);

    buf_putc(b, '{');
    for (size_t i = 0; i < n; i++) {
        if (i > 0)
            buf_putc(b, ',');
        enum err e = write_string(b, members[i].name, strlen(members[i].name));
        if (e != ERR_OK)
            return e;
        buf_putc(b, ':');
        e = write_value(b, members[i].value, depth);
        if (e != ERR_OK)
            return e;
    }
    buf_putc(b, '}');
    return ERR_OK;
}

/* NOLINTNEXTLINE(misc-no-recursion): bounded by DEPTH_MAX */
static enum err write_value(struct buf *b, struct json_object *value, int depth)
{
    if (depth >= DEPTH_MAX)
        return ERR_BAD;
    switch (json_object_get_type(value)) {
    case json_type_null:
        buf_puts(b, "null");
        return ERR_OK;
    case json_type_boolean:
        buf_puts(b, json_object_get_boolean(value) ? "true" : "false");
        return ERR_OK;
    case json_type_int:
        return write_integer(b, value);
    case json_type_string:
        return write_string(b, json_object_get_string(value),
                            (size_t)json_object_get_string_len(value));
    case json_type_array:
        return write_array(b, value, depth + 1);
    case json_type_object:
        return write_object(b, value, depth + 1);
    case json_type_double:
        break;
    }
    return ERR_BAD;
}

enum err jcs_write(struct buf *b, struct json_object *value)
{
    size_t before = b->len;
    enum err e = write_value(b, value, 0);

    if (e != ERR_OK && b->data != NULL) { /* no partial output */
        b->len = before;
        b->data[before] = '\0';
    }
    return e;
}
