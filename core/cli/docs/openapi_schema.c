/* Schemas out of the field tables. */
#include <string.h>

#include "core/cli/docs/openapi.h"

void doc_put(struct json_object *o, const char *name, struct json_object *v)
{
    (void)json_object_object_add(o, name, v);
}

void doc_put_str(struct json_object *o, const char *name, const char *s)
{
    doc_put(o, name, json_object_new_string(s));
}

struct json_object *doc_texts(const char *const *pairs)
{
    struct json_object *o = json_object_new_object();
    for (; *pairs != NULL; pairs += 2)
        doc_put_str(o, pairs[0], pairs[1]);
    return o;
}

struct json_object *doc_ref(struct openapi *d, const char *kind, const char *name)
{
    return doc_texts((const char *const[]){
        "$ref", pool_printf(d->pool, "#/components/%s/%s", kind, name), NULL});
}

struct json_object *doc_list_of(struct json_object *only)
{
    struct json_object *a = json_object_new_array();
    (void)json_object_array_add(a, only);
    return a;
}

/* --- fields --- */

/* In XML a list is an element with <item> children. */
static struct json_object *array_schema(struct json_object *items)
{
    struct json_object *o = json_object_new_object(), *xml = json_object_new_object();
    struct json_object *named = items;
    if (json_object_object_get_ex(items, "$ref", NULL)) {
        named = json_object_new_object();
        doc_put(named, "allOf", doc_list_of(items));
    }
    doc_put(named, "xml", doc_texts((const char *const[]){"name", "item", NULL}));
    doc_put_str(o, "type", "array");
    doc_put(o, "items", named);
    doc_put(xml, "wrapped", json_object_new_boolean(true));
    doc_put(o, "xml", xml);
    return o;
}

static struct json_object *string_schema(const struct field *f, int64_t min, int64_t max)
{
    struct json_object *o = doc_texts((const char *const[]){"type", "string", NULL});
    doc_put(o, "minLength", json_object_new_int64(min));
    doc_put(o, "maxLength", json_object_new_int64(max));
    if (f->pattern != NULL)
        doc_put_str(o, "pattern", f->pattern);
    return o;
}

static struct json_object *list_schema(struct openapi *d, const struct field *f)
{
    if (f->type == FIELD_OBJECTS)
        doc_add_schema(d, f->sub);
    struct json_object *o =
        array_schema(f->type == FIELD_OBJECTS ? doc_ref(d, "schemas", f->sub->name)
                                              : string_schema(f, 0, f->item_max));
    doc_put(o, "minItems", json_object_new_int64(f->min));
    doc_put(o, "maxItems", json_object_new_int64(f->max));
    return o;
}

static struct json_object *field_schema(struct openapi *d, const struct field *f)
{
    struct json_object *o;
    switch (f->type) {
    case FIELD_STRING:
        o = string_schema(f, f->min, f->max);
        break;
    case FIELD_INT:
        o = doc_texts((const char *const[]){"type", "integer", NULL});
        doc_put(o, "minimum", json_object_new_int64(f->min));
        if (f->max != INT64_MAX)
            doc_put(o, "maximum", json_object_new_int64(f->max));
        break;
    case FIELD_BOOL:
        o = doc_texts((const char *const[]){"type", "boolean", NULL});
        break;
    case FIELD_OBJECT:
        doc_add_schema(d, f->sub);
        o = doc_ref(d, "schemas", f->sub->name);
        break;
    case FIELD_STRINGS:
    case FIELD_OBJECTS:
        o = list_schema(d, f);
        break;
    default:
        o = doc_texts((const char *const[]){"type", "object", NULL});
        doc_put(o, "minProperties", json_object_new_int64(f->min));
        doc_put(o, "maxProperties", json_object_new_int64(f->max));
        doc_put(o, "additionalProperties", json_object_new_boolean(true));
    }
    doc_put_str(o, "description", f->doc);
    return o;
}

/* --- tables --- */

/* Exactly one of the names: one schema each that needs it. */
static struct json_object *alternatives(const char *const *names)
{
    struct json_object *list = json_object_new_array();
    for (; *names != NULL; names++) {
        struct json_object *o = json_object_new_object();
        doc_put(o, "required", doc_list_of(json_object_new_string(*names)));
        (void)json_object_array_add(list, o);
    }
    return list;
}

void doc_add_schema(struct openapi *d, const struct fields *t)
{
    if (json_object_object_get_ex(d->schemas, t->name, NULL))
        return;
    struct json_object *o = doc_texts((const char *const[]){"type", "object", NULL}),
                       *properties = json_object_new_object(), *required = json_object_new_array();
    doc_put(d->schemas, t->name, o);
    for (size_t i = 0; i < t->n; i++) {
        doc_put(properties, t->rows[i].name, field_schema(d, &t->rows[i]));
        if (t->rows[i].required)
            (void)json_object_array_add(required, json_object_new_string(t->rows[i].name));
    }
    doc_put(o, "properties", properties);
    if (json_object_array_length(required) > 0)
        doc_put(o, "required", required);
    else
        json_object_put(required);
    if (t->one_of != NULL)
        doc_put(o, "oneOf", alternatives(t->one_of));
    doc_put(o, "additionalProperties", json_object_new_boolean(false));
}

/* --- answers --- */

/* What stands in process_response; `item` NULL: of an error. In XML it is the root. */
static struct json_object *response_schema(struct openapi *d, const struct fields *item, bool paged)
{
    static const struct {
        const char *name, *pattern, *doc;
    } rows[] = {
        {"result_code", "^(100|102|103)$", "100 done, 102 failed, 103 in progress"},
        {"error_code", "^([0-9]{4})?$", "row of the error table; empty for 100 and 103"},
        {"error_msg", NULL, "in Chinese; names the field for 1xxx"},
        {"date", "^[0-9]{4}-[0-9]{2}-[0-9]{2}$", "China standard time"},
        {"request_id", "^[0-9a-f]{32}$", "ours; in the log too"},
    };
    struct json_object *o = doc_texts((const char *const[]){"type", "object", NULL}),
                       *properties = json_object_new_object(), *required = json_object_new_array();
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct json_object *s = doc_texts((const char *const[]){"type", "string", NULL});
        if (rows[i].pattern != NULL)
            doc_put_str(s, "pattern", rows[i].pattern);
        doc_put_str(s, "description", rows[i].doc);
        doc_put(properties, rows[i].name, s);
        (void)json_object_array_add(required, json_object_new_string(rows[i].name));
    }
    (void)json_object_array_add(required, json_object_new_string("items"));
    struct json_object *items =
        array_schema(item != NULL ? doc_ref(d, "schemas", item->name) : json_object_new_object());
    if (item == NULL)
        doc_put(items, "maxItems", json_object_new_int(0));
    doc_put(properties, "items", items);
    if (paged) {
        struct json_object *s = doc_texts((const char *const[]){"type", "string", NULL});
        doc_put_str(s, "description", "asks for the page behind this one; absent: there is none");
        doc_put(properties, "next_cursor", s);
    }
    doc_put(o, "properties", properties);
    doc_put(o, "required", required);
    doc_put(o, "xml", doc_texts((const char *const[]){"name", "process_response", NULL}));
    return o;
}

void doc_add_answer(struct openapi *d, const char *name, const struct fields *item, bool paged)
{
    const char *document = pool_printf(d->pool, "%sDocument", name);
    if (json_object_object_get_ex(d->schemas, document, NULL))
        return;
    struct json_object *o = doc_texts((const char *const[]){"type", "object", NULL}),
                       *properties = json_object_new_object();
    if (item != NULL)
        doc_add_schema(d, item);
    doc_put(d->schemas, name, response_schema(d, item, paged));
    doc_put(properties, "process_response", doc_ref(d, "schemas", name));
    doc_put(o, "properties", properties);
    doc_put(o, "required", doc_list_of(json_object_new_string("process_response")));
    doc_put(d->schemas, document, o);
}

/* --- the trust list, which is signed as a whole and has no struct of its own --- */

#define TRUST_ROW(row_name, row_type, req, lo, hi, ...)                                            \
    {                                                                                              \
        .name = (row_name), .type = FIELD_##row_type, .required = (req), .min = (lo), .max = (hi), \
        __VA_ARGS__                                                                                \
    }

static const struct field trusted_rows[] = {
    TRUST_ROW("system", STRING, true, 9, 9, .pattern = "^[0-9]{9}$", .doc = "system identifier"),
    TRUST_ROW("name", STRING, true, 1, 128, .doc = "name"),
    TRUST_ROW("base_url", STRING, true, 9, 512, .doc = "https address the interfaces are below"),
    TRUST_ROW("public_key", STRING, true, 1, 512, .doc = "base64 SubjectPublicKeyInfo"),
    TRUST_ROW("previous_public_key", STRING, false, 1, 512, .doc = "the key before it"),
    TRUST_ROW("previous_until", INT, false, 1, INT64_MAX,
              .doc = "until when the key before it is accepted, seconds since the Unix epoch, UTC"),
    TRUST_ROW("code_types", STRINGS, true, 1, 64, .item_max = 16, .doc = "code types it issues"),
    TRUST_ROW("mode", STRING, true, 5, 6, .pattern = "^(direct|relay)$",
              .doc = "called directly, or through its parent"),
    TRUST_ROW("parent", STRING, false, 9, 9, .pattern = "^[0-9]{9}$", .doc = "system above it"),
    TRUST_ROW("status", STRING, true, 6, 9, .pattern = "^(active|suspended)$",
              .doc = "active or suspended"),
};
static const struct fields trusted_fields = {
    .name = "TrustedSystem", .rows = trusted_rows, .n = sizeof trusted_rows / sizeof *trusted_rows};

static const struct field trust_rows[] = {
    TRUST_ROW("version", INT, true, 1, INT64_MAX, .doc = "rises by one with each publication"),
    TRUST_ROW("publisher", STRING, true, 9, 9, .pattern = "^[0-9]{9}$",
              .doc = "the system that signed it"),
    TRUST_ROW("issued_at", INT, true, 1, INT64_MAX, .doc = "seconds since the Unix epoch, UTC"),
    TRUST_ROW("expires_at", INT, true, 1, INT64_MAX,
              .doc = "not used after it, seconds since the Unix epoch, UTC"),
    TRUST_ROW("systems", OBJECTS, true, 1, 100000, .sub = &trusted_fields, .doc = "the systems"),
    TRUST_ROW("signature", STRING, true, 1, 144,
              .doc = "base64 of the DER signature by the publisher over the RFC 8785 form of the "
                     "rest"),
};
static const struct fields trust_fields = {
    .name = "TrustList", .rows = trust_rows, .n = sizeof trust_rows / sizeof *trust_rows};

void doc_add_trust_list(struct openapi *d)
{
    doc_add_schema(d, &trust_fields);
}
