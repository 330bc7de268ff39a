#include "core/base/jsontext.h"

#include <limits.h>
#include <stdbool.h>

#include "core/base/text.h"

const char *json_get_text(const struct json_object *o, const char *name, const char *otherwise)
{
    struct json_object *v = NULL;
    return json_object_is_type(o, json_type_object) && json_object_object_get_ex(o, name, &v) &&
                   json_object_is_type(v, json_type_string)
               ? json_object_get_string(v)
               : otherwise;
}

struct json_object *json_get(const struct json_object *o, const char *name)
{
    struct json_object *v = NULL;
    return json_object_is_type(o, json_type_object) && json_object_object_get_ex(o, name, &v)
               ? v
               : NULL;
}

const char **json_get_strings(struct pool *p, const struct json_object *o, const char *name,
                              size_t *n_r)
{
    struct json_object *list = json_get(o, name);
    size_t n = json_object_is_type(list, json_type_array) ? json_object_array_length(list) : 0;
    const char **v = pool_alloc(p, (n + 1) * sizeof *v);
    for (size_t i = 0; i < n; i++)
        v[i] = json_object_get_string(json_object_array_get_idx(list, i));
    *n_r = n;
    return v;
}

static void put_value(void *value)
{
    json_object_put(value);
}

struct json_object *json_own(struct pool *p, struct json_object *o)
{
    if (o != NULL)
        pool_on_destroy(p, put_value, o);
    return o;
}

struct json_object *json_strings(struct pool *p, const char *const *v, size_t n)
{
    struct json_object *list = json_object_new_array_ext((int)n);
    for (size_t i = 0; i < n; i++)
        (void)json_object_array_add(list, json_object_new_string(v[i]));
    return json_own(p, list);
}

struct json_object *json_parse(struct pool *p, const char *text)
{
    return json_own(p, json_tokener_parse(text));
}

char *json_to_text(struct pool *p, struct json_object *o)
{
    return pool_strdup(p, json_object_to_json_string_ext(o, JSON_C_TO_STRING_PLAIN |
                                                                JSON_C_TO_STRING_NOSLASHESCAPE));
}

/* Whether there is something in the text that json-c takes and JSON has not: NaN, Infinity and
 * `1.`, which it would write again as they were, names in single quotes, control characters in
 * strings. */
static bool is_lax(const char *text, size_t len)
{
    bool within = false; /* a string */

    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)text[i];
        if (within && c == '\\')
            i++;
        else if (c == '"')
            within = !within;
        else if (within ? c < 0x20 : c == 'N' || c == 'I' || c == '\'')
            return true;
        else if (!within && c == '.' && (i + 1 == len || text[i + 1] < '0' || text[i + 1] > '9'))
            return true;
    }
    return false;
}

enum err json_read(struct pool *p, const char *text, size_t len, struct json_object **value_r)
{
    *value_r = NULL;
    if (len == 0 || len >= INT_MAX || !utf8_is_valid(text, len) || is_lax(text, len))
        return ERR_BAD;
    struct json_tokener *tok = json_tokener_new_ex(JSON_READ_DEPTH);
    json_tokener_set_flags(tok, JSON_TOKENER_STRICT);
    struct json_object *value = json_tokener_parse_ex(tok, text, (int)len);
    /* A number at the very end is only known to be over when something follows. */
    if (json_tokener_get_error(tok) == json_tokener_continue)
        value = json_tokener_parse_ex(tok, " ", 1);
    enum json_tokener_error said = json_tokener_get_error(tok);
    json_tokener_free(tok);
    if (said != json_tokener_success)
        return ERR_BAD;
    *value_r = json_own(p, value);
    return ERR_OK;
}
