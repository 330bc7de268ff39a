#include "core/cli/client.h"

#include <string.h>

#include "core/base/clock.h"
#include "core/base/jsontext.h"
#include "core/wire/callsig.h"
#include "core/wire/field.h"

enum { CONNECT_MS = 3000, TOTAL_MS = 30000, ANSWER_MAX = 256 << 20 };

enum err client_call(struct cli *cli, const struct client *c, const char *target, const char *body,
                     const char *content_type, bool receipt, struct http_answer *a)
{
    char *header;
    const char *method = body != NULL ? "POST" : "GET";
    size_t len = body != NULL ? strlen(body) : 0;
    enum err e = callsig_sign(cli->pool, c->key, c->app_id, method, target, clock_now_sec(),
                              body != NULL ? body : "", len, &header, NULL, NULL);
    if (e != ERR_OK)
        return e;
    const char *headers[4] = {pool_printf(cli->pool, "Authorization: %s", header)};
    size_t n = 1;
    if (body != NULL)
        headers[n++] = pool_printf(cli->pool, "Content-Type: %s", content_type);
    if (receipt)
        headers[n++] = "Zwm-Receipt: required";
    headers[n] = NULL;
    const struct http_request rq = {.method = method,
                                    .url = pool_printf(cli->pool, "%s%s", c->base_url, target),
                                    .headers = headers,
                                    .body = body,
                                    .body_len = len,
                                    .connect_ms = CONNECT_MS,
                                    .total_ms = TOTAL_MS,
                                    .max_len = ANSWER_MAX};
    return http_call(c->http, cli->pool, &rq, a);
}

struct json_object *client_item(struct cli *cli, const struct http_answer *a, const char **code_r,
                                const char **msg_r)
{
    struct json_object *whole, *o = NULL, *items = NULL;
    struct wire_fault fault;
    *code_r = "";
    *msg_r = "";
    if (wire_parse_json(cli->pool, a->body, a->body_len, &whole, &fault) != ERR_OK ||
        !json_object_object_get_ex(whole, "process_response", &o))
        return NULL;
    *code_r = json_get_text(o, "error_code", "");
    *msg_r = json_get_text(o, "error_msg", "");
    if (strcmp(json_get_text(o, "result_code", ""), "100") != 0 ||
        !json_object_object_get_ex(o, "items", &items))
        return NULL;
    return json_object_array_get_idx(items, 0);
}
