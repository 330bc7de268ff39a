/* zwm docs: the interface documents written from the call, field and error tables.
 * docs/openapi.yaml is this command's output (a test holds the two against each other). YAML 1.2 is
 * a superset of JSON, so it is written as JSON. */
#include <string.h>

#include "core/cli/cli.h"
#include "core/wire/calls.h"

static void put(struct json_object *o, const char *name, struct json_object *v)
{
    (void)json_object_object_add(o, name, v);
}

static void put_str(struct json_object *o, const char *name, const char *s)
{
    put(o, name, json_object_new_string(s));
}

static struct json_object *ref(struct pool *p, const char *name)
{
    struct json_object *o = json_object_new_object();
    put_str(o, "$ref", pool_printf(p, "#/components/schemas/%s", name));
    return o;
}

/* --- schemas --- */

static void add_schema(struct pool *p, struct json_object *schemas, const struct fields *t);

static struct json_object *field_schema(struct pool *p, struct json_object *schemas,
                                        const struct field *f)
{
    struct json_object *o = json_object_new_object(), *items;
    switch (f->type) {
    case FIELD_STRING:
        put_str(o, "type", "string");
        put(o, "minLength", json_object_new_int64(f->min));
        put(o, "maxLength", json_object_new_int64(f->max));
        if (f->pattern != NULL)
            put_str(o, "pattern", f->pattern);
        break;
    case FIELD_INT:
        put_str(o, "type", "integer");
        put(o, "minimum", json_object_new_int64(f->min));
        if (f->max != INT64_MAX)
            put(o, "maximum", json_object_new_int64(f->max));
        break;
    case FIELD_BOOL:
        put_str(o, "type", "boolean");
        break;
    case FIELD_STRINGS:
        put_str(o, "type", "array");
        put(o, "minItems", json_object_new_int64(f->min));
        put(o, "maxItems", json_object_new_int64(f->max));
        items = json_object_new_object();
        put_str(items, "type", "string");
        put(items, "maxLength", json_object_new_int64(f->item_max));
        if (f->pattern != NULL)
            put_str(items, "pattern", f->pattern);
        put(o, "items", items);
        break;
    case FIELD_OBJECT:
    case FIELD_OBJECTS:
        add_schema(p, schemas, f->sub);
        json_object_put(o);
        o = ref(p, f->sub->name);
        if (f->type == FIELD_OBJECTS) {
            struct json_object *list = json_object_new_object();
            put_str(list, "type", "array");
            put(list, "items", o);
            o = list;
        }
        break;
    default:
        put_str(o, "type", "object");
        put(o, "additionalProperties", json_object_new_boolean(true));
    }
    put_str(o, "description", f->doc);
    return o;
}

static void add_schema(struct pool *p, struct json_object *schemas, const struct fields *t)
{
    if (json_object_object_get_ex(schemas, t->name, NULL))
        return;
    struct json_object *o = json_object_new_object(), *properties = json_object_new_object(),
                       *required = json_object_new_array();
    put(schemas, t->name, o);
    put_str(o, "type", "object");
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

static struct json_object *answer_schema(struct pool *p, const struct fields *item)
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
    struct json_object *whole = json_object_new_object(), *o = json_object_new_object(),
                       *properties = json_object_new_object(), *required = json_object_new_array(),
                       *list = json_object_new_object();
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct json_object *s = json_object_new_object();
        put_str(s, "type", "string");
        if (rows[i].pattern != NULL)
            put_str(s, "pattern", rows[i].pattern);
        put_str(s, "description", rows[i].doc);
        put(properties, rows[i].name, s);
        (void)json_object_array_add(required, json_object_new_string(rows[i].name));
    }
    (void)json_object_array_add(required, json_object_new_string("items"));
    put_str(list, "type", "array");
    put(list, "maxItems", json_object_new_int(item != NULL));
    put(list, "items", item != NULL ? ref(p, item->name) : json_object_new_object());
    put(properties, "items", list);
    put_str(o, "type", "object");
    put(o, "properties", properties);
    put(o, "required", required);
    struct json_object *outer = json_object_new_object(), *outer_required = json_object_new_array();
    put(outer, "process_response", o);
    (void)json_object_array_add(outer_required, json_object_new_string("process_response"));
    put_str(whole, "type", "object");
    put(whole, "properties", outer);
    put(whole, "required", outer_required);
    return whole;
}

/* --- paths --- */

static struct json_object *content(struct pool *p, const char *schema)
{
    struct json_object *o = json_object_new_object();
    static const char *const types[] = {"application/json", "application/xml"};
    for (int i = 0; i < 2; i++) {
        struct json_object *m = json_object_new_object();
        put(m, "schema", ref(p, schema));
        put(o, types[i], m);
    }
    return o;
}

static bool applies(const struct call_row *c, const struct err_row *e)
{
    if (*e->code == '1' || *e->code == '2' || *e->code == '9')
        return c->in != NULL || *e->code != '1' || strcmp(e->code, "1007") == 0;
    return strstr(c->errors, e->code) != NULL;
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
        r = json_object_new_object();
        put_str(r, "description", line);
        put(r, "content", content(p, "ErrorAnswer"));
        put(responses, status, r);
    }
}

static struct json_object *file_response(void)
{
    struct json_object *r = json_object_new_object(), *c = json_object_new_object(),
                       *m = json_object_new_object();
    put_str(r, "description",
            "the file, or with status 206 the range asked for; 416 for a range outside it");
    put(m, "schema", json_object_new_object());
    put(c, "*/*", m);
    put(r, "content", c);
    return r;
}

static void add_path(struct pool *p, struct json_object *paths, struct json_object *schemas,
                     const struct call_row *c)
{
    struct json_object *op = json_object_new_object(), *responses = json_object_new_object(),
                       *path = json_object_new_object();
    put_str(op, "operationId", c->name);
    put_str(op, "summary", c->summary);
    put_str(op, "description", c->doc);
    struct json_object *tags = json_object_new_array();
    (void)json_object_array_add(
        tags, json_object_new_string(c->id == CALL_FETCH ? "information-service" : "code-system"));
    put(op, "tags", tags);
    if (strchr(c->path, '{') != NULL) {
        struct json_object *list = json_object_new_array(), *h = json_object_new_object(),
                           *s = json_object_new_object();
        put_str(s, "type", "string");
        put_str(s, "pattern", "^[A-Za-z0-9_-]{43}$");
        put_str(h, "name", "handle");
        put_str(h, "in", "path");
        put(h, "required", json_object_new_boolean(true));
        put(h, "schema", s);
        (void)json_object_array_add(list, h);
        put(op, "parameters", list);
    }
    if (c->in != NULL) {
        struct json_object *body = json_object_new_object();
        add_schema(p, schemas, c->in);
        put(body, "required", json_object_new_boolean(true));
        put(body, "content", content(p, c->in->name));
        put(op, "requestBody", body);
    }
    if (c->out != NULL) {
        struct json_object *ok = json_object_new_object();
        const char *name = pool_printf(p, "%sDocument", c->out->name);
        add_schema(p, schemas, c->out);
        if (!json_object_object_get_ex(schemas, name, NULL))
            put(schemas, name, answer_schema(p, c->out));
        put_str(ok, "description", "done");
        put(ok, "content", content(p, name));
        put(responses, "200", ok);
    } else {
        put(responses, "200", file_response());
    }
    add_errors(p, responses, c);
    put(op, "responses", responses);
    put(path, strcmp(c->method, "GET") == 0 ? "get" : "post", op);
    put(paths, c->path, path);
}

/* --- the document --- */

static struct json_object *info(void)
{
    struct json_object *o = json_object_new_object(), *l = json_object_new_object();
    put_str(o, "title", "Administrative service code system");
    put_str(o, "version", "1.0.0");
    put_str(
        o, "description",
        "Issue, verify and redeem signed short-lived service codes (GB/T 45960-2025, C 0300-2021). "
        "How calls are signed: docs/signing.md; the code's bytes: docs/code-format.md; envelopes: "
        "docs/envelope.md. "
        "Requests and answers may be JSON or XML: in XML the root of a request is <request>, of an "
        "answer <process_response>, "
        "a field is an element and a list has <item> children.");
    put_str(l, "name", "Apache-2.0");
    put_str(l, "identifier", "Apache-2.0");
    put(o, "license", l);
    return o;
}

static struct json_object *named_list(const char *const *names_and_docs)
{
    struct json_object *list = json_object_new_array();
    for (; *names_and_docs != NULL; names_and_docs += 2) {
        struct json_object *t = json_object_new_object();
        put_str(t, "name", names_and_docs[0]);
        put_str(t, "description", names_and_docs[1]);
        (void)json_object_array_add(list, t);
    }
    return list;
}

static void add_frame(struct json_object *doc)
{
    struct json_object *servers = json_object_new_array(), *server = json_object_new_object(),
                       *security = json_object_new_array(), *sm2 = json_object_new_object();
    put_str(doc, "openapi", "3.1.0");
    put(doc, "info", info());
    put_str(server, "url", "https://127.0.0.1:8443");
    put_str(server, "description", "the instance that `make run` starts");
    (void)json_object_array_add(servers, server);
    put(doc, "servers", servers);
    put(doc, "tags",
        named_list((const char *const[]){"code-system", "what channels and third parties call",
                                         "information-service",
                                         "what an information service implements", NULL}));
    put(sm2, "callSignature", json_object_new_array());
    (void)json_object_array_add(security, sm2);
    put(doc, "security", security);
}

static struct json_object *security_schemes(void)
{
    struct json_object *o = json_object_new_object(), *s = json_object_new_object();
    put_str(s, "type", "apiKey");
    put_str(s, "in", "header");
    put_str(s, "name", "Authorization");
    put_str(s, "description",
            "ZWM-SM2-SM3 app_id=\"...\",timestamp=\"...\",nonce=\"...\",signature=\"...\", or "
            "ZWM-ALLOWLIST with the first three; see docs/signing.md");
    put(o, "callSignature", s);
    return o;
}

static int docs_openapi(struct cli *cli)
{
    struct json_object *doc = json_object_new_object(), *paths = json_object_new_object(),
                       *schemas = json_object_new_object(), *components = json_object_new_object();
    add_frame(doc);
    put(schemas, "ErrorAnswer", answer_schema(cli->pool, NULL));
    for (int i = 1; i < CALL_MAX; i++)
        if (call_row((enum call_id)i)->callers != 0)
            add_path(cli->pool, paths, schemas, call_row((enum call_id)i));
    put(doc, "paths", paths);
    put(components, "securitySchemes", security_schemes());
    put(components, "schemas", schemas);
    put(doc, "components", components);
    (void)puts(json_object_to_json_string_ext(doc, JSON_C_TO_STRING_PRETTY |
                                                       JSON_C_TO_STRING_NOSLASHESCAPE));
    json_object_put(doc);
    return CLI_OK;
}

static int docs_errors(void)
{
    (void)puts("| error_code | HTTP | error_msg | meaning |\n| --- | --- | --- | --- |");
    for (int i = 1; i < ERR_WIRE_MAX; i++) {
        const struct err_row *e = err_row((enum err)i);
        (void)printf("| %s | %d | %s | %s |\n", e->code, e->http, e->zh, e->en);
    }
    return CLI_OK;
}

int cmd_docs(struct cli *cli, int argc, char **argv)
{
    const char *words[1] = {NULL};
    size_t n;
    int rc = cli_parse(cli, argc, argv, NULL, 0, words, 1, &n);
    if (rc != CLI_OK)
        return rc;
    if (n == 1 && strcmp(words[0], "openapi") == 0)
        return docs_openapi(cli);
    if (n == 1 && strcmp(words[0], "errors") == 0)
        return docs_errors();
    if (n == 1 && strcmp(words[0], "settings") == 0) {
        conf_write_markdown(stdout);
        return CLI_OK;
    }
    return cli_usage(cli, "`openapi`, `errors` or `settings` expected");
}
