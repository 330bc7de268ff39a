/* Writing XML: any json-c value as elements. */
#include <libxml/tree.h>
#include <string.h>

#include "core/base/text.h"
#include "core/wire/answer.h"

/* XML 1.0 production [2]. */
static bool is_xml_char(uint32_t cp)
{
    if (cp < 0x20)
        return cp == '\t' || cp == '\n' || cp == '\r';
    return cp != 0xfffe && cp != 0xffff;
}

static void put_char(struct buf *b, uint32_t cp, const char *bytes, size_t n, bool attribute)
{
    if (!is_xml_char(cp))
        buf_puts(b, "\xef\xbf\xbd");
    else if (cp == '&')
        buf_puts(b, "&amp;");
    else if (cp == '<')
        buf_puts(b, "&lt;");
    else if (cp == '>')
        buf_puts(b, "&gt;");
    else if (cp == '"' && attribute)
        buf_puts(b, "&quot;");
    else if (cp == '\r' || (cp < 0x20 && attribute))
        buf_printf(b, "&#%u;", (unsigned)cp); /* a parser would make another character of it */
    else
        buf_put(b, bytes, n);
}

static void put_text(struct buf *b, const char *s, size_t len, bool attribute)
{
    while (len > 0) {
        uint32_t cp = 0;
        size_t n = utf8_next(s, len, &cp);
        if (n == 0) {
            cp = 0xfffe; /* not UTF-8: replaced a byte at a time */
            n = 1;
        }
        put_char(b, cp, s, n, attribute);
        s += n;
        len -= n;
    }
}

static bool is_name(const char *name)
{
    size_t len = strlen(name), n;
    uint32_t cp;

    /* libxml2 prints an error of its own if it meets what is no XML character. */
    for (const char *s = name; len > 0; s += n, len -= n) {
        n = utf8_next(s, len, &cp);
        if (n == 0 || !is_xml_char(cp))
            return false;
    }
    return xmlValidateNCName((const xmlChar *)name, 0) == 0;
}

static void put_element(struct buf *b, const char *name, struct json_object *value);

static void put_members(struct buf *b, struct json_object *obj)
{
    struct json_object_iterator it = json_object_iter_begin(obj), end = json_object_iter_end(obj);

    for (; !json_object_iter_equal(&it, &end); json_object_iter_next(&it))
        put_element(b, json_object_iter_peek_name(&it), json_object_iter_peek_value(&it));
}

static void put_content(struct buf *b, struct json_object *value)
{
    switch (json_object_get_type(value)) {
    case json_type_null:
        break;
    case json_type_string:
        put_text(b, json_object_get_string(value), (size_t)json_object_get_string_len(value),
                 false);
        break;
    case json_type_array:
        for (size_t i = 0; i < json_object_array_length(value); i++)
            put_element(b, "item", json_object_array_get_idx(value, i));
        break;
    case json_type_object:
        put_members(b, value);
        break;
    default:
        buf_puts(b, json_object_to_json_string_ext(value, JSON_C_TO_STRING_PLAIN));
        break;
    }
}

static void put_element(struct buf *b, const char *name, struct json_object *value)
{
    bool plain = is_name(name);

    buf_putc(b, '<');
    if (plain) {
        buf_puts(b, name);
    } else {
        buf_puts(b, "field name=\"");
        put_text(b, name, strlen(name), true);
        buf_putc(b, '"');
    }
    buf_putc(b, '>');
    put_content(b, value);
    buf_printf(b, "</%s>", plain ? name : "field");
}

void wire_write_xml(struct buf *b, const char *root, struct json_object *value)
{
    buf_puts(b, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    put_element(b, root, value);
}
