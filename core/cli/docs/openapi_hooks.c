/* What a code system calls by itself: the address that a third party gave, an information service.
 */
#include "core/cli/docs/openapi.h"

static struct json_object *json_body(struct openapi *d, const struct fields *t)
{
    struct json_object *body = json_object_new_object(), *content = json_object_new_object();
    doc_add_schema(d, t);
    doc_put(content, "application/json", doc_request_medium(d, WIRE_JSON, t));
    doc_put(body, "required", json_object_new_boolean(true));
    doc_put(body, "content", content);
    return body;
}

static struct json_object *hook(const char *id, const char *tag, const char *summary,
                                const char *doc, struct json_object *body,
                                struct json_object *responses)
{
    struct json_object *path = json_object_new_object(),
                       *op = doc_texts((const char *const[]){"operationId", id, "summary", summary,
                                                             "description", doc, NULL});
    doc_put(op, "tags", doc_list_of(json_object_new_string(tag)));
    doc_put(op, "requestBody", body);
    doc_put(op, "responses", responses);
    doc_put(path, "post", op);
    return path;
}

static struct json_object *decided(struct openapi *d)
{
    struct json_object *responses = json_object_new_object();
    doc_put(responses, "2XX",
            doc_texts((const char *const[]){"description", "heard; the body is not read", NULL}));
    doc_put(
        responses, "default",
        doc_texts((const char *const[]){
            "description", "tried again, with growing pauses, for callback_give_up_sec", NULL}));
    return hook("decided", "third-party", "The subject has decided",
                "POST to the `callback` of the authorization request, signed by the code system "
                "(docs/signing.md). Told at least once: the same decision may come twice. What was "
                "granted is asked for with status.",
                json_body(d, &auth_told_fields), responses);
}

/* An object in the usual answer, or the bytes of a file. */
static struct json_object *fetched(struct openapi *d, const struct fields *out)
{
    struct json_object *r = doc_texts((const char *const[]){
                           "description", "the data, or the bytes of the file", NULL}),
                       *content = json_object_new_object(), *headers = json_object_new_object(),
                       *bytes = json_object_new_object();
    const char *name = pool_printf(d->pool, "%sResponse", out->name);
    doc_add_answer(d, name, out, false);
    doc_put(content, "application/json", doc_answer_medium(d, WIRE_JSON, name, out));
    doc_put(bytes, "schema", json_object_new_object());
    doc_put(content, "*/*", bytes);
    doc_put(headers, "Zwm-Sm3", doc_ref(d, "headers", "Zwm-Sm3"));
    doc_put(r, "headers", headers);
    doc_put(r, "content", content);
    return r;
}

static struct json_object *fetch(struct openapi *d)
{
    const struct call_row *c = call_row(CALL_FETCH);
    struct json_object *responses = json_object_new_object();
    doc_put(responses, "200", fetched(d, c->out));
    doc_add_errors(d, responses, c);
    return hook(c->name, "information-service", c->summary, c->doc, json_body(d, c->in), responses);
}

struct json_object *doc_webhooks(struct openapi *d)
{
    struct json_object *o = json_object_new_object();
    doc_put(o, "decided", decided(d));
    doc_put(o, "fetch", fetch(d));
    return o;
}
