/* zwm docs openapi: docs/openapi.json is its output. */
#include <string.h>

#include "core/base/version.h"
#include "core/cli/docs/openapi.h"

/* --- paths --- */

static struct json_object *request_body(struct openapi *d, const struct fields *t)
{
    struct json_object *body = json_object_new_object(), *content = json_object_new_object(),
                       *schema = NULL;
    doc_add_schema(d, t);
    if (json_object_object_get_ex(d->schemas, t->name, &schema))
        doc_put(schema, "xml", doc_texts((const char *const[]){"name", "request", NULL}));
    doc_put(content, "application/json", doc_request_medium(d, WIRE_JSON, t));
    doc_put(content, "application/xml", doc_request_medium(d, WIRE_XML, t));
    doc_put(body, "required", json_object_new_boolean(true));
    doc_put(body, "content", content);
    return body;
}

static struct json_object *parameters(struct openapi *d, const struct call_row *c)
{
    struct json_object *list = json_object_new_array();
    if (strchr(c->path, '{') != NULL) {
        (void)json_object_array_add(list, doc_ref(d, "parameters", "handle"));
        (void)json_object_array_add(list, doc_ref(d, "parameters", "range"));
    }
    if (c->in != NULL)
        (void)json_object_array_add(list, doc_ref(d, "parameters", "receipt"));
    return list;
}

/* For interfaces that may be called without Authorization. */
static struct json_object *signed_or_not(void)
{
    struct json_object *security = doc_list_of(json_object_new_object()),
                       *signed_call = json_object_new_object();
    doc_put(signed_call, "callSignature", json_object_new_array());
    (void)json_object_array_add(security, signed_call);
    return security;
}

static void add_path(struct openapi *d, struct json_object *paths, const struct call_row *c)
{
    struct json_object *responses = json_object_new_object(), *path = json_object_new_object();
    struct json_object *op = doc_texts((const char *const[]){
        "operationId", c->name, "summary", c->summary, "description", c->doc, NULL});
    doc_put(op, "tags", doc_list_of(json_object_new_string("code-system")));
    doc_put(op, "parameters", parameters(d, c));
    if (c->in != NULL)
        doc_put(op, "requestBody", request_body(d, c->in));
    else
        doc_put(op, "security", signed_or_not());
    doc_add_done(d, responses, c);
    doc_add_errors(d, responses, c);
    doc_put(op, "responses", responses);
    doc_put(path, strcmp(c->method, "GET") == 0 ? "get" : "post", op);
    doc_put(paths, c->path, path);
}

/* --- the document --- */

static const char about[] =
    "Issue, verify and redeem signed short-lived service codes (GB/T 45960-2025, C 0300-2021). "
    "Conventions and decisions: docs/interface.md; how calls are signed: docs/signing.md; the "
    "code's bytes: docs/code-format.md; envelopes: docs/envelope.md. "
    "Requests and answers may be JSON or XML: in XML the root of a request is <request>, of an "
    "answer <process_response>, a field is an element and a list has <item> children.";
static const char signature_form[] =
    "ZWM-SM2-SM3 app_id=\"...\",timestamp=\"...\",nonce=\"...\",signature=\"...\", or "
    "ZWM-ALLOWLIST with the first three; to=\"ID\" names the code system that shall act (code "
    "systems must, others may); see docs/signing.md";

static struct json_object *info(void)
{
    struct json_object *o =
        doc_texts((const char *const[]){"title", "Administrative service code system", "version",
                                        ZWM_VERSION, "description", about, NULL});
    doc_put(
        o, "license",
        doc_texts((const char *const[]){"name", "Apache-2.0", "identifier", "Apache-2.0", NULL}));
    return o;
}

static struct json_object *tags(void)
{
    static const char *const rows[][2] = {
        {"code-system", "what channels and third parties call"},
        {"third-party", "what a third party implements to be told of decisions"},
        {"information-service", "what an information service implements"},
    };
    struct json_object *list = json_object_new_array();
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        (void)json_object_array_add(
            list,
            doc_texts((const char *const[]){"name", rows[i][0], "description", rows[i][1], NULL}));
    return list;
}

static struct json_object *parameter(const char *name, const char *in, const char *pattern,
                                     const char *description)
{
    struct json_object *o =
        doc_texts((const char *const[]){"name", name, "in", in, "description", description, NULL});
    doc_put(o, "required", json_object_new_boolean(strcmp(in, "path") == 0));
    doc_put(o, "schema",
            doc_texts((const char *const[]){"type", "string", "pattern", pattern, NULL}));
    return o;
}

static struct json_object *header(const char *description, const char *pattern)
{
    struct json_object *o = doc_texts((const char *const[]){"description", description, NULL}),
                       *schema = doc_texts((const char *const[]){"type", "string", NULL});
    if (pattern != NULL)
        doc_put_str(schema, "pattern", pattern);
    doc_put(o, "schema", schema);
    return o;
}

static struct json_object *components(struct openapi *d)
{
    struct json_object *o = json_object_new_object(), *schemes = json_object_new_object(),
                       *headers = json_object_new_object(), *params = json_object_new_object();
    doc_put(schemes, "callSignature",
            doc_texts((const char *const[]){"type", "apiKey", "in", "header", "name",
                                            "Authorization", "description", signature_form, NULL}));
    doc_put(params, "handle",
            parameter("handle", "path", "^[A-Za-z0-9_-]{43}$", "`file` of the pickup answer"));
    doc_put(params, "range",
            parameter("Range", "header", "^bytes=",
                      "one byte range (RFC 9110 14.2); several, or another unit: the whole file"));
    doc_put(params, "receipt",
            parameter("Zwm-Receipt", "header", "^required$", "`required`: the answer is signed"));
    for (const char *const *h = doc_receipt_headers; *h != NULL; h += 2)
        doc_put(headers, *h, header(h[1], NULL));
    doc_put(headers, "Zwm-Sm3",
            header("with a file: SM3 of its bytes, in lower case", "^[0-9a-f]{64}$"));
    doc_put(o, "securitySchemes", schemes);
    doc_put(o, "parameters", params);
    doc_put(o, "headers", headers);
    doc_put(o, "examples", d->examples);
    doc_put(o, "schemas", d->schemas);
    return o;
}

int docs_openapi(struct cli *cli)
{
    struct json_object *doc = doc_texts((const char *const[]){"openapi", "3.1.0", NULL}),
                       *paths = json_object_new_object(), *signed_call = json_object_new_object();
    struct openapi d = {.pool = cli->pool,
                        .schemas = json_object_new_object(),
                        .examples = json_object_new_object()};
    doc_put(doc, "info", info());
    doc_put(
        doc, "servers",
        doc_list_of(doc_texts((const char *const[]){"url", "https://127.0.0.1:8443", "description",
                                                    "the instance that `make run` starts", NULL})));
    doc_put(doc, "tags", tags());
    doc_put(signed_call, "callSignature", json_object_new_array());
    doc_put(doc, "security", doc_list_of(signed_call));
    doc_add_answer(&d, "ErrorAnswer", NULL, false);
    for (int i = 1; i < CALL_MAX; i++)
        if (call_row((enum call_id)i)->callers != 0 && i != CALL_FETCH) /* that is a webhook */
            add_path(&d, paths, call_row((enum call_id)i));
    doc_put(doc, "paths", paths);
    doc_put(doc, "webhooks", doc_webhooks(&d));
    doc_put(doc, "components", components(&d));
    if (d.wrong == NULL)
        (void)puts(json_object_to_json_string_ext(doc, JSON_C_TO_STRING_PRETTY |
                                                           JSON_C_TO_STRING_NOSLASHESCAPE));
    json_object_put(doc);
    return d.wrong == NULL ? CLI_OK
                           : cli_fail(cli, "the decoder does not take an example: %s", d.wrong);
}
