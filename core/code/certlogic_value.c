/* Values of CertLogic: where they come from, how they compare, what they look like in JSON. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/jsontext.h"
#include "core/base/text.h"
#include "core/code/certlogic_int.h"

static const struct certlogic_value null_value = {.kind = CERTLOGIC_NULL};

struct certlogic_value certlogic_value_of(struct json_object *o)
{
    struct certlogic_value v = null_value;

    switch (json_object_get_type(o)) {
    case json_type_null:
        break;
    case json_type_boolean:
        v.kind = CERTLOGIC_BOOLEAN;
        v.boolean = json_object_get_boolean(o);
        break;
    case json_type_int:
    case json_type_double:
        v.kind = CERTLOGIC_NUMBER;
        v.number = json_object_get_double(o);
        break;
    case json_type_string:
        v.kind = CERTLOGIC_STRING;
        v.string.at = json_object_get_string(o);
        v.string.len = (size_t)json_object_get_string_len(o);
        break;
    case json_type_array:
    case json_type_object:
        v.kind = CERTLOGIC_JSON;
        v.json = o;
        break;
    }
    return v;
}

bool certlogic_is_integer(const struct certlogic_value *v)
{
    return v->kind == CERTLOGIC_NUMBER && isfinite(v->number) && floor(v->number) == v->number;
}

const char *certlogic_kind_name(const struct certlogic_value *v)
{
    switch (v->kind) {
    case CERTLOGIC_NULL:
        return "null";
    case CERTLOGIC_BOOLEAN:
        return "a boolean";
    case CERTLOGIC_NUMBER:
        return certlogic_is_integer(v) ? "an integer" : "a number that is no integer";
    case CERTLOGIC_STRING:
        return "a string";
    case CERTLOGIC_DATE:
        return "a date-time";
    case CERTLOGIC_LIST:
        return "an array";
    case CERTLOGIC_FRAME:
        return "an object";
    case CERTLOGIC_JSON:
        break;
    }
    return json_object_is_type(v->json, json_type_array) ? "an array" : "an object";
}

bool certlogic_same(const struct certlogic_value *a, const struct certlogic_value *b)
{
    if (a->kind != b->kind)
        return false;
    switch (a->kind) {
    case CERTLOGIC_NULL:
        return true;
    case CERTLOGIC_BOOLEAN:
        return a->boolean == b->boolean;
    case CERTLOGIC_NUMBER:
        return a->number == b->number;
    case CERTLOGIC_STRING:
        return a->string.len == b->string.len &&
               memcmp(a->string.at, b->string.at, a->string.len) == 0;
    case CERTLOGIC_DATE:
        return a->date_ms == b->date_ms;
    case CERTLOGIC_JSON:
        return a->json == b->json;
    case CERTLOGIC_LIST:
        return a->list == b->list;
    case CERTLOGIC_FRAME:
        return a->frame == b->frame;
    }
    return false;
}

enum certlogic_truth certlogic_truth(const struct certlogic_value *v)
{
    bool yes = true; /* a frame always has its two members */

    switch (v->kind) {
    case CERTLOGIC_DATE:
        return CERTLOGIC_NEITHER;
    case CERTLOGIC_NULL:
        yes = false;
        break;
    case CERTLOGIC_BOOLEAN:
        yes = v->boolean;
        break;
    case CERTLOGIC_NUMBER:
        yes = v->number != 0;
        break;
    case CERTLOGIC_STRING:
        yes = v->string.len > 0;
        break;
    case CERTLOGIC_LIST:
        yes = v->list->n > 0;
        break;
    case CERTLOGIC_JSON:
        yes = json_object_is_type(v->json, json_type_array)
                  ? json_object_array_length(v->json) > 0
                  : json_object_object_length(v->json) > 0;
        break;
    case CERTLOGIC_FRAME:
        break;
    }
    return yes ? CERTLOGIC_TRUTHY : CERTLOGIC_FALSY;
}

/* --- paths --- */

/* A part of a path: a name, or an index if it begins with an integer (as parseInt of JavaScript
 * reads it, which certlogic-js uses). */
struct part {
    const char *name; /* of the member that it stands for in an object; an index in digits */
    size_t len;
    bool is_index;
    int64_t index; /* -1 if it is longer than any array */
    char digits[24];
};

static void read_part(const char *s, size_t len, struct part *part)
{
    size_t i = 0, digits = 0;

    *part = (struct part){.name = s, .len = len};
    while (i < len && (s[i] == ' ' || (s[i] >= '\t' && s[i] <= '\r')))
        i++;
    bool negative = i < len && s[i] == '-';
    if (i < len && (s[i] == '-' || s[i] == '+'))
        i++;
    for (; i < len && s[i] >= '0' && s[i] <= '9'; i++) {
        part->is_index = true;
        if (digits > 0 || s[i] != '0')
            digits++;
        if (digits <= 15)
            part->index = part->index * 10 + (s[i] - '0');
    }
    if (!part->is_index)
        return;
    if (digits > 15)
        part->index = -1;
    else if (negative)
        part->index = -part->index;
    part->name = part->digits;
    part->len = (size_t)snprintf(part->digits, sizeof part->digits, "%lld", (long long)part->index);
}

bool certlogic_part_is_ambiguous(const char *s, size_t len)
{
    struct part part;

    read_part(s, len, &part);
    return part.is_index && (part.len != len || memcmp(part.digits, s, len) != 0);
}

static bool is_name(const struct part *part, const char *name)
{
    return part->len == strlen(name) && memcmp(part->name, name, part->len) == 0;
}

static struct certlogic_value number(double n)
{
    return (struct certlogic_value){.kind = CERTLOGIC_NUMBER, .number = n};
}

/* A string's character at an index and its length, in units of UTF-16. Half a character is null. */
static struct certlogic_value part_of_string(const struct certlogic_value *v,
                                             const struct part *part, size_t *walked)
{
    int64_t unit = 0;
    uint32_t cp;

    if (!part->is_index && !is_name(part, "length"))
        return null_value;
    for (size_t at = 0, n = 0; at < v->string.len; at += n) {
        n = utf8_next(v->string.at + at, v->string.len - at, &cp);
        ++*walked;
        if (n == 0) {
            n = 1; /* no UTF-8: what has not come through a parser that refuses it */
            cp = 0;
        }
        if (part->is_index && unit == part->index && cp <= 0xffff)
            return (struct certlogic_value){.kind = CERTLOGIC_STRING,
                                            .string = {v->string.at + at, n}};
        unit += cp > 0xffff ? 2 : 1;
    }
    return part->is_index ? null_value : number((double)unit);
}

static struct certlogic_value part_of_json(struct pool *p, struct json_object *o,
                                           const struct part *part)
{
    if (json_object_is_type(o, json_type_array)) {
        size_t n = json_object_array_length(o);
        if (part->is_index && part->index >= 0 && (size_t)part->index < n)
            return certlogic_value_of(json_object_array_get_idx(o, (size_t)part->index));
        return is_name(part, "length") ? number((double)n) : null_value;
    }
    /* json-c's names end at a NUL: no member has one in its name. */
    struct json_object *member = NULL;
    if (memchr(part->name, '\0', part->len) == NULL)
        (void)json_object_object_get_ex(o, pool_strndup(p, part->name, part->len), &member);
    return certlogic_value_of(member);
}

static struct certlogic_value part_of(struct pool *p, const struct certlogic_value *v,
                                      const struct part *part, size_t *walked)
{
    switch (v->kind) {
    case CERTLOGIC_STRING:
        return part_of_string(v, part, walked);
    case CERTLOGIC_JSON:
        return part_of_json(p, v->json, part);
    case CERTLOGIC_LIST:
        if (part->is_index && part->index >= 0 && (size_t)part->index < v->list->n)
            return v->list->items[part->index];
        return is_name(part, "length") ? number((double)v->list->n) : null_value;
    case CERTLOGIC_FRAME:
        if (is_name(part, "accumulator"))
            return v->frame->accumulator;
        return is_name(part, "current") ? v->frame->current : null_value;
    default:
        return null_value;
    }
}

struct certlogic_value certlogic_access(struct pool *p, const char *path, size_t len,
                                        const struct certlogic_value *data, size_t *walked)
{
    struct certlogic_value v = *data;
    struct part part;
    const char *end = path + len;

    if (len == 0)
        return v;
    for (const char *at = path; v.kind != CERTLOGIC_NULL;) {
        const char *dot = memchr(at, '.', (size_t)(end - at));
        read_part(at, (size_t)((dot != NULL ? dot : end) - at), &part);
        v = part_of(p, &v, &part, walked);
        if (dot == NULL)
            break;
        at = dot + 1;
    }
    return v;
}

/* --- JSON --- */

struct writing {
    struct pool *pool;
    const char **why_r;
    unsigned items;
};

static struct json_object *number_json(double n)
{
    char text[40];

    if (!isfinite(n))
        return NULL;
    if (floor(n) == n && fabs(n) <= 9007199254740992.0)
        return json_object_new_int64((int64_t)n);
    /* The shortest text that reads as the same number. */
    for (int digits = 15; digits <= 17; digits++) {
        (void)snprintf(text, sizeof text, "%.*g", digits, n);
        if (strtod(text, NULL) == n)
            break;
    }
    return json_object_new_double_s(n, text);
}

static enum err write_value(struct writing *w, const struct certlogic_value *v, unsigned depth,
                            struct json_object **json_r);

static enum err write_list(struct writing *w, const struct certlogic_list *list, unsigned depth,
                           struct json_object *array)
{
    for (size_t i = 0; i < list->n; i++) {
        struct json_object *item = NULL;
        enum err e = write_value(w, &list->items[i], depth + 1, &item);
        (void)json_object_array_add(array, item);
        if (e != ERR_OK)
            return e;
    }
    return ERR_OK;
}

static enum err write_frame(struct writing *w, const struct certlogic_frame *frame, unsigned depth,
                            struct json_object *object)
{
    struct json_object *member = NULL;
    enum err e = write_value(w, &frame->accumulator, depth + 1, &member);

    (void)json_object_object_add(object, "accumulator", member);
    if (e != ERR_OK)
        return e;
    member = NULL;
    e = write_value(w, &frame->current, depth + 1, &member);
    (void)json_object_object_add(object, "current", member);
    return e;
}

/* What has been made is in `*json_r` even if it fails, for the caller to put. */
static enum err write_value(struct writing *w, const struct certlogic_value *v, unsigned depth,
                            struct json_object **json_r)
{
    char date[CERTLOGIC_DATE_TEXT];

    *json_r = NULL;
    if (depth > CERTLOGIC_DEPTH_MAX || ++w->items > CERTLOGIC_STEPS_MAX) {
        *w->why_r = depth > CERTLOGIC_DEPTH_MAX ? "the value has more than 32 levels"
                                                : "the value has more than 10000 items";
        return ERR_BAD;
    }
    switch (v->kind) {
    case CERTLOGIC_NULL:
        return ERR_OK;
    case CERTLOGIC_BOOLEAN:
        *json_r = json_object_new_boolean(v->boolean);
        return ERR_OK;
    case CERTLOGIC_NUMBER:
        *json_r = number_json(v->number);
        return ERR_OK;
    case CERTLOGIC_STRING:
        *json_r = json_object_new_string_len(v->string.at, (int)v->string.len);
        return ERR_OK;
    case CERTLOGIC_DATE:
        certlogic_date_text(*v->date_ms, date);
        *json_r = json_object_new_string(date);
        return ERR_OK;
    case CERTLOGIC_JSON:
        *json_r = json_object_get(v->json);
        return ERR_OK;
    case CERTLOGIC_LIST:
        *json_r = json_object_new_array_ext((int)v->list->n);
        return write_list(w, v->list, depth, *json_r);
    case CERTLOGIC_FRAME:
        *json_r = json_object_new_object();
        return write_frame(w, v->frame, depth, *json_r);
    }
    return ERR_BAD;
}

enum err certlogic_json(struct pool *p, const struct certlogic_value *v,
                        struct json_object **json_r, const char **why_r)
{
    struct writing w = {.pool = p, .why_r = why_r};
    enum err e = write_value(&w, v, 1, json_r);

    (void)json_own(p, *json_r);
    if (e != ERR_OK)
        *json_r = NULL;
    return e;
}
