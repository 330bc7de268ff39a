#include "core/base/jsontext.h"

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
