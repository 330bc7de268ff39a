/* zwm docs openapi: docs/openapi.yaml is its output. YAML 1.2 is a superset of JSON, so it is
 * written as JSON. */
#include "core/cli/docs/docs.h"

#include <string.h>

#include "core/wire/calls.h"

static void put(struct json_object *o, const char *name, struct json_object *v)
{
    (void)json_object_object_add(o, name, v);
}

static void put_str(struct json_object *o, const char *name, const char *s)
{
    put(o, name, json_object_new_string(s));
}

/* {name: text, ...} of NULL-ended pairs. */
static struct json_object *texts(const char *const *pairs)
{
    struct json_object *o = json_object_new_object();
    for (; *pairs != NULL; pairs += 2)
        put_str(o, pairs[0], pairs[1]);
    return o;
}

static struct json_object *ref(struct pool *p, const char *kind, const char *name)
{
    return texts(
        (const char *const[]){"$ref", pool_printf(p, "#/components/%s/%s", kind, name), NULL});
}

static struct json_object *list_of(struct json_object *only)
{
    struct json_object *a = json_object_new_array();
    (void)json_object_array_add(a, only);
    return a;
}

/* --- schemas --- */

/* In XML a list is an element with <item> children. */
static struct json_object *array_schema(struct json_object *items)
{
    struct json_object *o = json_object_new_object(), *xml = json_object_new_object();
    struct json_object *named = items;
    if (json_object_object_get_ex(items, "$ref", NULL)) {
        named = json_object_new_object();
        put(named, "allOf", list_of(items));
    }
    put(named, "xml", texts((const char *const[]){"name", "item", NULL}));
    put_str(o, "type", "array");
    put(o, "items", named);
    put(xml, "wrapped", json_object_new_boolean(true));
    put(o, "xml", xml);
    return o;
}

static void add_schema(struct pool *p, struct json_object *schemas, const struct fields *t);

static struct json_object *string_schema(const struct field *f, int64_t min, int64_t max)
{
    struct json_object *o = texts((const char *const[]){"type", "string", NULL});
    put(o, "minLength", json_object_new_int64(min));
    put(o, "maxLength", json_object_new_int64(max));
    if (f->pattern != NULL)
        put_str(o, "pattern", f->pattern);
    return o;
}

static struct json_object *field_schema(struct pool *p, struct json_object *schemas,
                                        const struct field *f)
{
    struct json_object *o;
    switch (f->type) {
    case FIELD_STRING:
        o = string_schema(f, f->min, f->max);
        break;
    case FIELD_INT:
        o = texts((const char *const[]){"type", "integer", NULL});
        put(o, "minimum", json_object_new_int64(f->min));
        if (f->max != INT64_MAX)
            put(o, "maximum", json_object_new_int64(f->max));
        break;
    case FIELD_BOOL:
        o = texts((const char *const[]){"type", "boolean", NULL});
        break;
    case FIELD_OBJECT:
        add_schema(p, schemas, f->sub);
        o = ref(p, "schemas", f->sub->name);
        break;
    case FIELD_STRINGS:
    case FIELD_OBJECTS:
        if (f->type == FIELD_OBJECTS)
            add_schema(p, schemas, f->sub);
        o = array_schema(f->type == FIELD_OBJECTS ? ref(p, "schemas", f->sub->name)
                                                  : string_schema(f, 0, f->item_max));
        put(o, "minItems", json_object_new_int64(f->min));
        put(o, "maxItems", json_object_new_int64(f->max));
        break;
    default:
        o = texts((const char *const[]){"type", "object", NULL});
        put(o, "minProperties", json_object_new_int64(f->min));
        put(o, "maxProperties", json_object_new_int64(f->max));
        put(o, "additionalProperties", json_object_new_boolean(true));
    }
    put_str(o, "description", f->doc);
    return o;
}

static void add_schema(struct pool *p, struct json_object *schemas, const struct fields *t)
{
    if (json_object_object_get_ex(schemas, t->name, NULL))
        return;
    struct json_object *o = texts((const char *const[]){"type", "object", NULL}),
                       *properties = json_object_new_object(), *required = json_object_new_array();
    put(schemas, t->name, o);
    for (size_t i = 0; i < t->n; i++) {
        put(properties, t->rows[i].name, field_schema(p, schemas, &t->rows[i]));
        if (t->rows[i].required)
            (void)json_object_array_add(required, json_object_new_string(t->rows[i].name));
    }
    put(o, "properties", properties);
    if (json_object_array_length(required) > 0)
        put(o, "required", required);
    else
        json_object_put(required);
    put(o, "additionalProperties", json_object_new_boolean(false));
}

/* What stands in process_response; `item` NULL: of an error. In XML it is the root. */
static struct json_object *response_schema(struct pool *p, const struct fields *item)
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
    struct json_object *o = texts((const char *const[]){"type", "object", NULL}),
                       *properties = json_object_new_object(), *required = json_object_new_array();
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct json_object *s = texts((const char *const[]){"type", "string", NULL});
        if (rows[i].pattern != NULL)
            put_str(s, "pattern", rows[i].pattern);
        put_str(s, "description", rows[i].doc);
        put(properties, rows[i].name, s);
        (void)json_object_array_add(required, json_object_new_string(rows[i].name));
    }
    (void)json_object_array_add(required, json_object_new_string("items"));
    struct json_object *items =
        array_schema(item != NULL ? ref(p, "schemas", item->name) : json_object_new_object());
    if (item == NULL)
        put(items, "maxItems", json_object_new_int(0));
    put(properties, "items", items);
    put(o, "properties", properties);
    put(o, "required", required);
    put(o, "xml", texts((const char *const[]){"name", "process_response", NULL}));
    return o;
}

/* NAME is what XML has as its root, NAMEDocument the same as the one member of a JSON object. */
static void add_answer(struct pool *p, struct json_object *schemas, const char *name,
                       const struct fields *item)
{
    const char *document = pool_printf(p, "%sDocument", name);
    if (json_object_object_get_ex(schemas, document, NULL))
        return;
    struct json_object *o = texts((const char *const[]){"type", "object", NULL}),
                       *properties = json_object_new_object();
    put(schemas, name, response_schema(p, item));
    put(properties, "process_response", ref(p, "schemas", name));
    put(o, "properties", properties);
    put(o, "required", list_of(json_object_new_string("process_response")));
    put(schemas, document, o);
}

/* --- bodies --- */

static void add_medium(struct json_object *content, const char *type, struct json_object *schema)
{
    struct json_object *m = json_object_new_object();
    put(m, "schema", schema);
    put(content, type, m);
}

static struct json_object *content(struct pool *p, const char *json, const char *xml)
{
    struct json_object *o = json_object_new_object();
    add_medium(o, "application/json", ref(p, "schemas", json));
    add_medium(o, "application/xml", ref(p, "schemas", xml));
    return o;
}

static struct json_object *answer_content(struct pool *p, const char *name)
{
    return content(p, pool_printf(p, "%sDocument", name), name);
}

static struct json_object *request_body(struct pool *p, struct json_object *schemas,
                                        const struct fields *t)
{
    struct json_object *body = json_object_new_object(), *o = NULL;
    add_schema(p, schemas, t);
    if (json_object_object_get_ex(schemas, t->name, &o))
        put(o, "xml", texts((const char *const[]){"name", "request", NULL}));
    put(body, "required", json_object_new_boolean(true));
    put(body, "content", content(p, t->name, t->name));
    return body;
}

/* --- answers --- */

static const char *const receipt_headers[] = {
    "Zwm-System",
    "with a receipt: identifier of the system that answers",
    "Zwm-Timestamp",
    "with a receipt: its clock, decimal seconds since the Unix epoch",
    "Zwm-Signature",
    "with a receipt: base64 of the DER signature; see docs/signing.md",
    NULL};

static struct json_object *receipt_refs(struct pool *p)
{
    struct json_object *o = json_object_new_object();
    for (const char *const *h = receipt_headers; *h != NULL; h += 2)
        put(o, *h, ref(p, "headers", *h));
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

/* One response a status; the codes that come with it in words. */
static void add_errors(struct pool *p, struct json_object *responses, const struct call_row *c)
{
    for (int i = 1; i < ERR_WIRE_MAX; i++) {
        const struct err_row *e = err_row((enum err)i);
        char *status = pool_printf(p, "%d", e->http);
        struct json_object *r = NULL, *d = NULL;
        if (!applies(c, e))
            continue;
        const char *line = pool_printf(p, "%s %s (%s)", e->code, e->zh, e->en);
        if (json_object_object_get_ex(responses, status, &r)) {
            (void)json_object_object_get_ex(r, "description", &d);
            line = pool_printf(p, "%s; %s", json_object_get_string(d), line);
            put_str(r, "description", line);
            continue;
        }
        r = texts((const char *const[]){"description", line, NULL});
        put(r, "content", answer_content(p, "ErrorAnswer"));
        put(responses, status, r);
    }
}

static struct json_object *bytes_response(const char *description)
{
    struct json_object *r = texts((const char *const[]){"description", description, NULL}),
                       *c = json_object_new_object();
    add_medium(c, "*/*", json_object_new_object());
    put(r, "content", c);
    return r;
}

static void add_done(struct pool *p, struct json_object *responses, struct json_object *schemas,
                     const struct call_row *c)
{
    struct json_object *ok = texts(
        (const char *const[]){"description", "done, or with result_code 103 in progress", NULL});
    if (c->id == CALL_FILE) {
        json_object_put(ok);
        put(responses, "200", bytes_response("the file"));
        put(responses, "206", bytes_response("the range asked for; Content-Range says which"));
        put(responses, "416",
            texts((const char *const[]){"description",
                                        "no byte of the range is in the file; no body", NULL}));
        return;
    }
    if (c->out == NULL) {
        struct json_object *media = json_object_new_object();
        add_medium(media, "application/json", texts((const char *const[]){"type", "object", NULL}));
        put(ok, "content", media);
    } else {
        const char *name = pool_printf(p, "%sResponse", c->out->name);
        add_schema(p, schemas, c->out);
        add_answer(p, schemas, name, c->out);
        put(ok, "headers", receipt_refs(p));
        put(ok, "content", answer_content(p, name));
    }
    put(responses, "200", ok);
}

/* --- paths --- */

static struct json_object *parameters(struct pool *p, const struct call_row *c)
{
    struct json_object *list = json_object_new_array();
    if (strchr(c->path, '{') != NULL) {
        (void)json_object_array_add(list, ref(p, "parameters", "handle"));
        (void)json_object_array_add(list, ref(p, "parameters", "range"));
    }
    if (c->in != NULL)
        (void)json_object_array_add(list, ref(p, "parameters", "receipt"));
    return list;
}

static void add_path(struct pool *p, struct json_object *paths, struct json_object *schemas,
                     const struct call_row *c)
{
    struct json_object *responses = json_object_new_object(), *path = json_object_new_object();
    struct json_object *op = texts((const char *const[]){"operationId", c->name, "summary",
                                                         c->summary, "description", c->doc, NULL});
    put(op, "tags",
        list_of(
            json_object_new_string(c->id == CALL_FETCH ? "information-service" : "code-system")));
    put(op, "parameters", parameters(p, c));
    if (c->in != NULL) {
        put(op, "requestBody", request_body(p, schemas, c->in));
    } else { /* may be called without Authorization */
        struct json_object *security = list_of(json_object_new_object()),
                           *signed_call = json_object_new_object();
        put(signed_call, "callSignature", json_object_new_array());
        (void)json_object_array_add(security, signed_call);
        put(op, "security", security);
    }
    add_done(p, responses, schemas, c);
    add_errors(p, responses, c);
    put(op, "responses", responses);
    put(path, strcmp(c->method, "GET") == 0 ? "get" : "post", op);
    put(paths, c->path, path);
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
    "ZWM-ALLOWLIST with the first three; see docs/signing.md";

static struct json_object *info(void)
{
    struct json_object *o =
        texts((const char *const[]){"title", "Administrative service code system", "version",
                                    "1.0.0", "description", about, NULL});
    put(o, "license",
        texts((const char *const[]){"name", "Apache-2.0", "identifier", "Apache-2.0", NULL}));
    return o;
}

static struct json_object *tags(void)
{
    struct json_object *list = list_of(texts((const char *const[]){
        "name", "code-system", "description", "what channels and third parties call", NULL}));
    (void)json_object_array_add(
        list, texts((const char *const[]){"name", "information-service", "description",
                                          "what an information service implements", NULL}));
    return list;
}

static struct json_object *parameter(const char *name, const char *in, const char *pattern,
                                     const char *description)
{
    struct json_object *o =
        texts((const char *const[]){"name", name, "in", in, "description", description, NULL});
    put(o, "required", json_object_new_boolean(strcmp(in, "path") == 0));
    put(o, "schema", texts((const char *const[]){"type", "string", "pattern", pattern, NULL}));
    return o;
}

static struct json_object *components(struct json_object *schemas)
{
    struct json_object *o = json_object_new_object(), *schemes = json_object_new_object(),
                       *headers = json_object_new_object(), *params = json_object_new_object();
    put(schemes, "callSignature",
        texts((const char *const[]){"type", "apiKey", "in", "header", "name", "Authorization",
                                    "description", signature_form, NULL}));
    put(params, "handle",
        parameter("handle", "path", "^[A-Za-z0-9_-]{43}$", "`file` of the pickup answer"));
    put(params, "range",
        parameter("Range", "header", "^bytes=",
                  "one byte range (RFC 9110 14.2); several, or another unit: the whole file"));
    put(params, "receipt",
        parameter("Zwm-Receipt", "header", "^required$", "`required`: the answer is signed"));
    for (const char *const *h = receipt_headers; *h != NULL; h += 2) {
        struct json_object *header = texts((const char *const[]){"description", h[1], NULL});
        put(header, "schema", texts((const char *const[]){"type", "string", NULL}));
        put(headers, *h, header);
    }
    put(o, "securitySchemes", schemes);
    put(o, "parameters", params);
    put(o, "headers", headers);
    put(o, "schemas", schemas);
    return o;
}

int docs_openapi(struct cli *cli)
{
    struct json_object *doc = texts((const char *const[]){"openapi", "3.1.0", NULL}),
                       *paths = json_object_new_object(), *schemas = json_object_new_object(),
                       *signed_call = json_object_new_object();
    put(doc, "info", info());
    put(doc, "servers",
        list_of(texts((const char *const[]){"url", "https://127.0.0.1:8443", "description",
                                            "the instance that `make run` starts", NULL})));
    put(doc, "tags", tags());
    put(signed_call, "callSignature", json_object_new_array());
    put(doc, "security", list_of(signed_call));
    add_answer(cli->pool, schemas, "ErrorAnswer", NULL);
    for (int i = 1; i < CALL_MAX; i++)
        if (call_row((enum call_id)i)->callers != 0)
            add_path(cli->pool, paths, schemas, call_row((enum call_id)i));
    put(doc, "paths", paths);
    put(doc, "components", components(schemas));
    (void)puts(json_object_to_json_string_ext(doc, JSON_C_TO_STRING_PRETTY |
                                                       JSON_C_TO_STRING_NOSLASHESCAPE));
    json_object_put(doc);
    return CLI_OK;
}
