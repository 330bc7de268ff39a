#include "core/wire/field.h"

#include <string.h>

#include "core/base/text.h"
#include "core/wire/wire_private.h"

struct decoder {
    struct pool *pool;
    struct wire_fault *fault;
};

static enum err decode_struct(const struct decoder *d, const struct fields *table,
                              struct json_object *obj, unsigned char *out,
                              const struct wire_step *up);

const struct field *wire_row(const struct fields *table, const char *name)
{
    for (size_t i = 0; i < table->n; i++)
        if (strcmp(table->rows[i].name, name) == 0)
            return &table->rows[i];
    return NULL;
}

static enum err fail(const struct decoder *d, const struct wire_step *at, enum err e)
{
    return wire_fail(d->pool, d->fault, at, e);
}

/* --- unknown members, the whole tree over, before any value is looked at --- */

static enum err find_unknown(const struct decoder *d, const struct fields *table,
                             struct json_object *obj, const struct wire_step *up);

static enum err find_unknown_below(const struct decoder *d, const struct field *row,
                                   struct json_object *v, const struct wire_step *at)
{
    enum err e = ERR_OK;

    if (row->type == FIELD_OBJECT && json_object_is_type(v, json_type_object))
        return find_unknown(d, row->sub, v, at);
    if (row->type != FIELD_OBJECTS || !json_object_is_type(v, json_type_array))
        return ERR_OK;
    for (size_t i = 0; e == ERR_OK && i < json_object_array_length(v); i++) {
        struct wire_step item = {.up = at, .index = i};
        struct json_object *o = json_object_array_get_idx(v, i);
        if (json_object_is_type(o, json_type_object))
            e = find_unknown(d, row->sub, o, &item);
    }
    return e;
}

static enum err find_unknown(const struct decoder *d, const struct fields *table,
                             struct json_object *obj, const struct wire_step *up)
{
    struct json_object_iterator it = json_object_iter_begin(obj), end = json_object_iter_end(obj);
    enum err e = ERR_OK;

    for (; e == ERR_OK && !json_object_iter_equal(&it, &end); json_object_iter_next(&it)) {
        struct wire_step at = {.up = up, .name = json_object_iter_peek_name(&it)};
        const struct field *row = wire_row(table, at.name);
        if (row == NULL)
            return fail(d, &at, ERR_FIELD_UNKNOWN);
        e = find_unknown_below(d, row, json_object_iter_peek_value(&it), &at);
    }
    return e;
}

/* --- values --- */

static bool in_bounds(const struct field *row, size_t n)
{
    return (int64_t)n >= row->min && (int64_t)n <= row->max;
}

/* Anything of ours may be shown to somebody, so every string must be fit to be shown. */
static bool text_is_clean(const char *s, bool control)
{
    return text_is_shown(s, control ? "\t\r\n" : "");
}

/* The same for what is the caller's business and not shown by us: a licence may hold characters
 * that a name may not. */
static bool has_no_control(const char *s)
{
    for (; *s != '\0'; s++)
        if ((unsigned char)*s < 0x20)
            return false;
    return true;
}

static enum err decode_string(const struct decoder *d, const struct field *row,
                              struct json_object *v, void *slot, const struct wire_step *at)
{
    if (!json_object_is_type(v, json_type_string))
        return fail(d, at, ERR_FIELD_INVALID);
    const char *s = json_object_get_string(v);
    if (!text_is_clean(s, row->control) || !in_bounds(row, utf8_length(s)) ||
        (row->check != NULL && !row->check(s)))
        return fail(d, at, ERR_FIELD_INVALID);
    memcpy(slot, &s, sizeof s);
    return ERR_OK;
}

static enum err decode_int(const struct decoder *d, const struct field *row, struct json_object *v,
                           void *slot, const struct wire_step *at)
{
    struct field_int i = {.set = true};

    if (!json_object_is_type(v, json_type_int))
        return fail(d, at, ERR_FIELD_INVALID);
    i.v = json_object_get_int64(v); /* the readers let nothing larger through */
    if (i.v < row->min || i.v > row->max)
        return fail(d, at, ERR_FIELD_INVALID);
    memcpy(slot, &i, sizeof i);
    return ERR_OK;
}

static enum err decode_bool(const struct decoder *d, struct json_object *v, void *slot,
                            const struct wire_step *at)
{
    if (!json_object_is_type(v, json_type_boolean))
        return fail(d, at, ERR_FIELD_INVALID);
    enum field_bool b = json_object_get_boolean(v) ? FIELD_TRUE : FIELD_FALSE;
    memcpy(slot, &b, sizeof b);
    return ERR_OK;
}

static enum err decode_object(const struct decoder *d, const struct field *row,
                              struct json_object *v, void *slot, const struct wire_step *at)
{
    if (!json_object_is_type(v, json_type_object))
        return fail(d, at, ERR_FIELD_INVALID);
    void *sub = pool_alloc(d->pool, row->sub->size);
    enum err e = decode_struct(d, row->sub, v, sub, at);
    if (e == ERR_OK)
        memcpy(slot, &sub, sizeof sub);
    return e;
}

static enum err decode_strings(const struct decoder *d, const struct field *row,
                               struct json_object *v, void *slot, const struct wire_step *at)
{
    const struct field item_row = {.type = FIELD_STRING, .max = row->item_max, .check = row->check};
    struct field_strings list = {0};
    enum err e = ERR_OK;

    if (!json_object_is_type(v, json_type_array) || !in_bounds(row, json_object_array_length(v)))
        return fail(d, at, ERR_FIELD_INVALID);
    list.n = json_object_array_length(v);
    list.v = pool_alloc(d->pool,
                        (list.n + 1) * sizeof *list.v); /* one more: an empty list is not NULL */
    for (size_t i = 0; e == ERR_OK && i < list.n; i++) {
        struct wire_step item = {.up = at, .index = i};
        e = decode_string(d, &item_row, json_object_array_get_idx(v, i), &list.v[i], &item);
    }
    if (e == ERR_OK)
        memcpy(slot, &list, sizeof list);
    return e;
}

static enum err decode_objects(const struct decoder *d, const struct field *row,
                               struct json_object *v, void *slot, const struct wire_step *at)
{
    struct field_objects list = {0};
    enum err e = ERR_OK;

    if (!json_object_is_type(v, json_type_array) || !in_bounds(row, json_object_array_length(v)))
        return fail(d, at, ERR_FIELD_INVALID);
    list.n = json_object_array_length(v);
    list.v = pool_alloc(d->pool, (list.n + 1) * row->sub->size);
    for (size_t i = 0; e == ERR_OK && i < list.n; i++) {
        struct wire_step item = {.up = at, .index = i};
        struct json_object *o = json_object_array_get_idx(v, i);
        if (!json_object_is_type(o, json_type_object))
            return fail(d, &item, ERR_FIELD_INVALID);
        e = decode_struct(d, row->sub, o, (unsigned char *)list.v + i * row->sub->size, &item);
    }
    if (e == ERR_OK)
        memcpy(slot, &list, sizeof list);
    return e;
}

/* Members of a free object are the caller's business, but they are signed as JCS and logged: clean
 * text, exact integers. */
static enum err check_free(const struct decoder *d, struct json_object *v,
                           const struct wire_step *at);

static enum err check_free_items(const struct decoder *d, struct json_object *list,
                                 const struct wire_step *at)
{
    enum err e = ERR_OK;

    for (size_t i = 0; e == ERR_OK && i < json_object_array_length(list); i++) {
        struct wire_step item = {.up = at, .index = i};
        e = check_free(d, json_object_array_get_idx(list, i), &item);
    }
    return e;
}

static enum err check_free_members(const struct decoder *d, struct json_object *obj,
                                   const struct wire_step *at)
{
    struct json_object_iterator it = json_object_iter_begin(obj), end = json_object_iter_end(obj);
    enum err e = ERR_OK;

    for (; e == ERR_OK && !json_object_iter_equal(&it, &end); json_object_iter_next(&it)) {
        struct wire_step step = {.up = at, .name = json_object_iter_peek_name(&it)};
        if (!has_no_control(step.name))
            return fail(d, &step, ERR_FIELD_INVALID);
        e = check_free(d, json_object_iter_peek_value(&it), &step);
    }
    return e;
}

static enum err check_free(const struct decoder *d, struct json_object *v,
                           const struct wire_step *at)
{
    static const int64_t exact = (INT64_C(1) << 53) - 1;
    bool good = true;

    switch (json_object_get_type(v)) {
    case json_type_array:
        return check_free_items(d, v, at);
    case json_type_object:
        return check_free_members(d, v, at);
    case json_type_string:
        good = has_no_control(json_object_get_string(v));
        break;
    case json_type_int:
        good = json_object_get_int64(v) >= -exact && json_object_get_int64(v) <= exact;
        break;
    case json_type_double:
        good = false;
        break;
    case json_type_boolean:
    case json_type_null:
        break;
    }
    return good ? ERR_OK : fail(d, at, ERR_FIELD_INVALID);
}

static enum err decode_free(const struct decoder *d, const struct field *row, struct json_object *v,
                            void *slot, const struct wire_step *at)
{
    if (!json_object_is_type(v, json_type_object) ||
        !in_bounds(row, (size_t)json_object_object_length(v)))
        return fail(d, at, ERR_FIELD_INVALID);
    enum err e = check_free(d, v, at);
    if (e == ERR_OK)
        memcpy(slot, &v, sizeof v);
    return e;
}

static enum err decode_row(const struct decoder *d, const struct field *row, struct json_object *v,
                           void *slot, const struct wire_step *at)
{
    switch (row->type) {
    case FIELD_STRING:
        return decode_string(d, row, v, slot, at);
    case FIELD_INT:
        return decode_int(d, row, v, slot, at);
    case FIELD_BOOL:
        return decode_bool(d, v, slot, at);
    case FIELD_OBJECT:
        return decode_object(d, row, v, slot, at);
    case FIELD_STRINGS:
        return decode_strings(d, row, v, slot, at);
    case FIELD_OBJECTS:
        return decode_objects(d, row, v, slot, at);
    case FIELD_FREE:
        return decode_free(d, row, v, slot, at);
    case FIELD_TYPE_MAX:
        break;
    }
    return fail(d, at, ERR_FIELD_INVALID);
}

/* The first alternative is the one named, if there is none or more than one. */
static enum err check_one_of(const struct decoder *d, const struct fields *table,
                             struct json_object *obj, const struct wire_step *up)
{
    size_t found = 0;

    if (table->one_of == NULL)
        return ERR_OK;
    for (const char *const *name = table->one_of; *name != NULL; name++)
        found += json_object_object_get_ex(obj, *name, NULL);
    struct wire_step first = {.up = up, .name = table->one_of[0]};
    return found == 1 ? ERR_OK
                      : fail(d, &first, found == 0 ? ERR_FIELD_MISSING : ERR_FIELD_INVALID);
}

static enum err decode_struct(const struct decoder *d, const struct fields *table,
                              struct json_object *obj, unsigned char *out,
                              const struct wire_step *up)
{
    enum err e = ERR_OK;

    for (size_t i = 0; e == ERR_OK && i < table->n; i++) {
        const struct field *row = &table->rows[i];
        struct wire_step at = {.up = up, .name = row->name};
        struct json_object *v;
        if (json_object_object_get_ex(obj, row->name, &v))
            e = decode_row(d, row, v, out + row->offset, &at);
        else if (row->required)
            e = fail(d, &at, ERR_FIELD_MISSING);
    }
    return e == ERR_OK ? check_one_of(d, table, obj, up) : e;
}

/* Whether JSON text is an object, if it is anything: faults within something else are not worth a
 * name. */
static bool opens_object(const char *text, size_t len)
{
    while (len > 0 && memchr(" \t\r\n", *text, 4) != NULL) {
        text++;
        len--;
    }
    return len > 0 && *text == '{';
}

enum err wire_decode_object(struct pool *p, struct json_object *o, const struct fields *table,
                            void *out, struct wire_fault *fault)
{
    const struct decoder d = {.pool = p, .fault = fault};
    memset(out, 0, table->size);
    if (!json_object_is_type(o, json_type_object))
        return ERR_MALFORMED;
    enum err e = find_unknown(&d, table, o, NULL);
    if (e == ERR_OK)
        e = decode_struct(&d, table, o, out, NULL);
    if (e != ERR_OK)
        memset(out, 0, table->size);
    return e;
}

enum err wire_decode(struct pool *p, enum wire_form form, const char *body, size_t len,
                     const struct fields *table, void *out, struct wire_fault *fault)
{
    struct json_object *tree = NULL;
    enum err e;

    memset(out, 0, table->size);
    if (fault != NULL)
        fault->path = NULL;
    if (len > WIRE_BODY_MAX)
        return ERR_TOO_LARGE;
    if (form == WIRE_XML)
        e = wire_read_xml(p, body, len, table, &tree, fault);
    else if (opens_object(body, len))
        e = wire_read_json(p, body, len, &tree, fault);
    else
        e = ERR_MALFORMED;
    return e == ERR_OK ? wire_decode_object(p, tree, table, out, fault) : e;
}
