/* Examples out of examples.def, each taken by the decoder before it is shown. */
#include <string.h>

#include "core/base/buf.h"
#include "core/base/jsontext.h"
#include "core/cli/docs/openapi.h"
#include "core/wire/answer.h"

struct example {
    const char *schema, *name, *summary;
    bool in_progress;
    const char *text; /* JSON with single quotes; NULL: an answer without items */
};

static const struct example examples[] = {
#define EXAMPLE(schema, name, summary, in_progress, text)                                          \
    {#schema, (name), (summary), (in_progress), (text)},
#include "core/cli/docs/examples.def"
#undef EXAMPLE
};
enum { EXAMPLES_N = sizeof examples / sizeof examples[0] };

/* 2026-11-23, when most of them were answered. */
static const int64_t example_time = 1795385630;
static const char example_request_id[] = "86f07fa6b790960f0effea6f22d60d3f";

static struct json_object *parse(struct openapi *d, const struct example *e)
{
    struct json_object *o = json_own(d->pool, json_tokener_parse(e->text));
    if (o == NULL)
        d->wrong = e->name;
    return o;
}

static void note(struct openapi *d, const struct example *e, const struct wire_fault *fault)
{
    d->wrong = pool_printf(d->pool, "%s of %s: %s", e->name, e->schema,
                           fault->path != NULL ? fault->path : "malformed");
}

static void check(struct openapi *d, const struct example *e, struct json_object *o,
                  const struct fields *t)
{
    struct wire_fault fault = {NULL};
    void *out = pool_alloc(d->pool, t->size);
    if (o != NULL && wire_decode_object(d->pool, o, t, out, &fault) != ERR_OK)
        note(d, e, &fault);
}

/* A request in XML is read again: not every object can be said in it. */
static void check_xml(struct openapi *d, const struct example *e, const struct buf *b,
                      const struct fields *t)
{
    struct wire_fault fault = {NULL};
    void *out = pool_alloc(d->pool, t->size);
    if (wire_decode(d->pool, WIRE_XML, b->data, b->len, t, out, &fault) != ERR_OK)
        note(d, e, &fault);
}

static struct json_object *medium(struct openapi *d, const char *schema)
{
    struct json_object *m = json_object_new_object();
    doc_put(m, "schema", doc_ref(d, "schemas", schema));
    return m;
}

static void add(struct json_object *m, const char *name, const char *summary,
                struct json_object *value)
{
    struct json_object *list, *o = doc_texts((const char *const[]){"summary", summary, NULL});
    if (!json_object_object_get_ex(m, "examples", &list)) {
        list = json_object_new_object();
        doc_put(m, "examples", list);
    }
    doc_put(o, "value", value);
    doc_put(list, name, o);
}

static struct json_object *value_of(struct buf *b, enum wire_form form)
{
    return form == WIRE_XML ? json_object_new_string_len(b->data, (int)b->len)
                            : json_tokener_parse(b->data);
}

struct json_object *doc_request_medium(struct openapi *d, enum wire_form form,
                                       const struct fields *t)
{
    struct json_object *m = medium(d, t->name);
    for (size_t i = 0; i < EXAMPLES_N; i++) {
        const struct example *e = &examples[i];
        struct buf b;
        if (strcmp(e->schema, t->name) != 0)
            continue;
        struct json_object *o = parse(d, e);
        check(d, e, o, t);
        buf_init(&b, d->pool);
        if (form == WIRE_XML) {
            wire_write_xml(&b, "request", o);
            check_xml(d, e, &b, t);
        }
        add(m, e->name, e->summary, form == WIRE_XML ? value_of(&b, form) : json_object_get(o));
    }
    return m;
}

struct json_object *doc_answer_medium(struct openapi *d, enum wire_form form, const char *name,
                                      const struct fields *item)
{
    struct json_object *m =
        medium(d, form == WIRE_XML ? name : pool_printf(d->pool, "%sDocument", name));
    for (size_t i = 0; i < EXAMPLES_N; i++) {
        const struct example *e = &examples[i];
        struct buf b;
        struct answer a = {.in_progress = e->in_progress};
        if (strcmp(e->schema, item->name) != 0)
            continue;
        if (e->text != NULL) {
            struct json_object *o = parse(d, e);
            check(d, e, o, item);
            a.items = json_own(d->pool, doc_list_of(json_object_get(o)));
        }
        buf_init(&b, d->pool);
        answer_write(&b, form, &a, example_request_id, example_time);
        add(m, e->name, e->summary, value_of(&b, form));
    }
    return m;
}

struct json_object *doc_named_medium(struct openapi *d, const char *name)
{
    struct json_object *m = medium(d, name);
    for (size_t i = 0; i < EXAMPLES_N; i++)
        if (strcmp(examples[i].schema, name) == 0)
            add(m, examples[i].name, examples[i].summary, json_object_get(parse(d, &examples[i])));
    return m;
}

void doc_add_error_example(struct openapi *d, struct json_object *m, enum wire_form form,
                           enum err e)
{
    const struct err_row *row = err_row(e);
    const char *key = pool_printf(d->pool, "error%s%s", row->code, form == WIRE_XML ? "Xml" : "");
    struct json_object *list;
    if (!json_object_object_get_ex(m, "examples", &list)) {
        list = json_object_new_object();
        doc_put(m, "examples", list);
    }
    doc_put(list, row->code, doc_ref(d, "examples", key));
    if (json_object_object_get_ex(d->examples, key, NULL))
        return;
    const struct answer a = {.err = e};
    struct buf b;
    struct json_object *o = doc_texts((const char *const[]){"summary", row->en, NULL});
    buf_init(&b, d->pool);
    answer_write(&b, form, &a, example_request_id, example_time);
    doc_put(o, "value", value_of(&b, form));
    doc_put(d->examples, key, o);
}
