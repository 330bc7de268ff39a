/* The responses of an interface: what is done, and each of its errors. */
#include <string.h>

#include "core/cli/docs/openapi.h"

const char *const doc_receipt_headers[] = {
    "Zwm-System",
    "with a receipt: identifier of the system that answers",
    "Zwm-Timestamp",
    "with a receipt: its clock, decimal seconds since the Unix epoch",
    "Zwm-Signature",
    "with a receipt: base64 of the DER signature; see docs/signing.md",
    NULL};

static struct json_object *receipt_refs(struct openapi *d)
{
    struct json_object *o = json_object_new_object();
    for (const char *const *h = doc_receipt_headers; *h != NULL; h += 2)
        doc_put(o, *h, doc_ref(d, "headers", *h));
    return o;
}

/* 1008 is never the answer of an interface that there is; without a body little can be wrong with
 * one. */
static bool applies(const struct call_row *c, const struct err_row *e)
{
    if (strcmp(e->code, "1008") == 0)
        return false;
    if (*e->code == '1')
        return c->in != NULL || strcmp(e->code, "1007") == 0;
    return *e->code == '2' || *e->code == '9' || strstr(c->errors, e->code) != NULL;
}

/* What is told before the caller's header is read has no receipt: there is nothing to bind it to.
 */
static bool has_receipt(const struct call_row *c, enum err e)
{
    return c->in != NULL && e != ERR_TOO_LARGE && e != ERR_MEDIA_TYPE && e != ERR_METHOD;
}

static struct json_object *error_response(struct openapi *d, const char *line)
{
    struct json_object *r = doc_texts((const char *const[]){"description", line, NULL}),
                       *content = json_object_new_object(), *json = json_object_new_object(),
                       *xml = json_object_new_object();
    doc_put(json, "schema", doc_ref(d, "schemas", "ErrorAnswerDocument"));
    doc_put(xml, "schema", doc_ref(d, "schemas", "ErrorAnswer"));
    doc_put(content, "application/json", json);
    doc_put(content, "application/xml", xml);
    doc_put(r, "content", content);
    return r;
}

static void add_error(struct openapi *d, struct json_object *responses, const struct call_row *c,
                      enum err e)
{
    const struct err_row *row = err_row(e);
    const char *status = pool_printf(d->pool, "%d", row->http),
               *line = pool_printf(d->pool, "%s %s (%s)", row->code, row->zh, row->en);
    struct json_object *r = NULL, *before = NULL, *content, *json, *xml;
    if (json_object_object_get_ex(responses, status, &r)) {
        (void)json_object_object_get_ex(r, "description", &before);
        doc_put_str(r, "description",
                    pool_printf(d->pool, "%s; %s", json_object_get_string(before), line));
    } else {
        r = error_response(d, line);
        doc_put(responses, status, r);
    }
    if (has_receipt(c, e) && !json_object_object_get_ex(r, "headers", NULL))
        doc_put(r, "headers", receipt_refs(d));
    if (!json_object_object_get_ex(r, "content", &content))
        return;
    (void)json_object_object_get_ex(content, "application/json", &json);
    (void)json_object_object_get_ex(content, "application/xml", &xml);
    doc_add_error_example(d, json, WIRE_JSON, e);
    doc_add_error_example(d, xml, WIRE_XML, e);
}

void doc_add_errors(struct openapi *d, struct json_object *responses, const struct call_row *c)
{
    for (int i = 1; i < ERR_WIRE_MAX; i++)
        if (applies(c, err_row((enum err)i)))
            add_error(d, responses, c, (enum err)i);
}

static struct json_object *bytes_response(const char *description)
{
    struct json_object *r = doc_texts((const char *const[]){"description", description, NULL}),
                       *c = json_object_new_object(), *m = json_object_new_object();
    doc_put(m, "schema", json_object_new_object());
    doc_put(c, "*/*", m);
    doc_put(r, "content", c);
    return r;
}

static void add_file(struct json_object *responses)
{
    doc_put(responses, "200", bytes_response("the file"));
    doc_put(responses, "206", bytes_response("the range asked for; Content-Range says which"));
    doc_put(responses, "416",
            doc_texts((const char *const[]){"description",
                                            "no byte of the range is in the file; no body", NULL}));
}

void doc_add_done(struct openapi *d, struct json_object *responses, const struct call_row *c)
{
    if (c->id == CALL_FILE) {
        add_file(responses);
        return;
    }
    struct json_object *ok = doc_texts((const char *const[]){
                           "description", "done, or with result_code 103 in progress", NULL}),
                       *content = json_object_new_object();
    if (c->out == NULL) {
        doc_add_trust_list(d);
        doc_put_str(ok, "description", "the trust list");
        doc_put(content, "application/json", doc_named_medium(d, "TrustList"));
    } else {
        const char *name = pool_printf(d->pool, "%sResponse", c->out->name);
        doc_add_answer(d, name, c->out, c->paged);
        doc_put(ok, "headers", receipt_refs(d));
        doc_put(content, "application/json", doc_answer_medium(d, WIRE_JSON, name, c->out));
        doc_put(content, "application/xml", doc_answer_medium(d, WIRE_XML, name, c->out));
    }
    doc_put(ok, "content", content);
    doc_put(responses, "200", ok);
}
