/* Structs as json-c objects, by the same tables that read them. */
#include <string.h>

#include "core/base/jsontext.h"
#include "core/wire/field.h"

static struct json_object *make(const struct fields *table, const void *in);

static struct json_object *strings_value(const struct field_strings *list)
{
    struct json_object *a;

    if (list->v == NULL)
        return NULL;
    a = json_object_new_array_ext((int)list->n);
    for (size_t i = 0; i < list->n; i++)
        json_object_array_add(a, json_object_new_string(list->v[i]));
    return a;
}

static struct json_object *objects_value(const struct fields *sub, const struct field_objects *list)
{
    struct json_object *a;

    if (list->v == NULL)
        return NULL;
    a = json_object_new_array_ext((int)list->n);
    for (size_t i = 0; i < list->n; i++)
        json_object_array_add(a, make(sub, (const unsigned char *)list->v + i * sub->size));
    return a;
}

/* Returns NULL if the member is absent. */
static struct json_object *member_value(const struct field *row, const void *slot)
{
    const enum field_bool *b = slot;
    const struct field_int *n = slot;
    void *ptr;

    switch (row->type) {
    case FIELD_STRING:
        memcpy(&ptr, slot, sizeof ptr);
        return ptr == NULL ? NULL : json_object_new_string(ptr);
    case FIELD_INT:
        return n->set ? json_object_new_int64(n->v) : NULL;
    case FIELD_BOOL:
        return *b == FIELD_ABSENT ? NULL : json_object_new_boolean(*b == FIELD_TRUE);
    case FIELD_OBJECT:
        memcpy(&ptr, slot, sizeof ptr);
        return ptr == NULL ? NULL : make(row->sub, ptr);
    case FIELD_STRINGS:
        return strings_value(slot);
    case FIELD_OBJECTS:
        return objects_value(row->sub, slot);
    case FIELD_FREE:
        memcpy(&ptr, slot, sizeof ptr);
        return json_object_get(ptr);
    case FIELD_TYPE_MAX:
        break;
    }
    return NULL;
}

static struct json_object *make(const struct fields *table, const void *in)
{
    struct json_object *obj = json_object_new_object();

    for (size_t i = 0; i < table->n; i++) {
        const struct field *row = &table->rows[i];
        struct json_object *v = member_value(row, (const unsigned char *)in + row->offset);
        if (v != NULL)
            json_object_object_add(obj, row->name, v);
    }
    return obj;
}

struct json_object *wire_object(struct pool *p, const struct fields *table, const void *in)
{
    return json_own(p, make(table, in));
}

char *wire_text(struct pool *p, const struct fields *table, const void *in)
{
    struct json_object *o = make(table, in);
    char *text = json_to_text(p, o);
    json_object_put(o);
    return text;
}
