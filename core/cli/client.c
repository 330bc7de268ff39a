#include "core/cli/client.h"

#include <string.h>

#include "core/base/clock.h"
#include "core/net/outgoing.h"
#include "core/wire/answer.h"

enum { CONNECT_MS = 3000, TOTAL_MS = 30000, ANSWER_MAX = 256 << 20 };

enum err client_call(struct cli *cli, const struct client *c, const char *target, const char *body,
                     const char *content_type, bool receipt, struct http_answer *a)
{
    static const char *const ask_for_receipt[] = {"Zwm-Receipt: required", NULL};
    struct outgoing o = {.rq = {.method = body != NULL ? "POST" : "GET",
                                .url = pool_printf(cli->pool, "%s%s", c->base_url, target),
                                .body = body,
                                .body_len = body != NULL ? strlen(body) : 0,
                                .connect_ms = CONNECT_MS,
                                .total_ms = TOTAL_MS,
                                .max_len = ANSWER_MAX},
                         .more = receipt ? ask_for_receipt : NULL,
                         .content_type = content_type,
                         .scheme = OUTGOING_CALL,
                         .key = c->key,
                         .signer = c->app_id,
                         .to = c->to,
                         .target = target,
                         .now_sec = clock_now_sec()};
    enum err e = outgoing_call(c->http, cli->pool, &o, a);
    if (c->string_r != NULL)
        *c->string_r = o.string;
    return e;
}

struct json_object *client_item(struct cli *cli, const struct http_answer *a, const char **code_r,
                                const char **msg_r)
{
    struct answer_in in;
    enum err e = answer_read(cli->pool, a->body, a->body_len, &in);
    *code_r = in.code;
    *msg_r = in.msg;
    return e == ERR_OK && in.result == ANSWER_DONE ? in.item : NULL;
}
