#include "core/cli/registered.h"

#include <stdio.h>
#include <string.h>

#include "core/base/buf.h"

int registered_done(struct cli *cli, const char *name, const char *id, const char *done)
{
    if (cli->json) {
        struct json_object *o = json_object_new_object();
        (void)json_object_object_add(o, name, json_object_new_string(id));
        (void)json_object_object_add(o, "done", json_object_new_string(done));
        cli_print_json(o);
    } else {
        (void)printf("%s: %s\n", id, cli_text(cli, done));
    }
    return CLI_OK;
}

int registered_refused(const struct cli *cli, enum err e, const struct refusal *r, const char *what,
                       const char *id)
{
    if (r->why != NULL && (e == ERR_FIELD_INVALID || e == ERR_DUPLICATE))
        return cli_fail(cli, "%s", r->why);
    if (e == ERR_ABSENT)
        return cli_fail(cli, "no %s %s; `zwm %s list` has them", what, id, what);
    return cli_store_failed(cli, e);
}

static void print_value(struct json_object *v)
{
    if (v == NULL)
        (void)puts("-");
    else if (json_object_is_type(v, json_type_array))
        for (size_t i = 0; i < json_object_array_length(v); i++)
            (void)printf("%s%s\n", i > 0 ? "                " : "",
                         json_object_get_string(json_object_array_get_idx(v, i)));
    else
        (void)puts(json_object_get_string(v));
}

int registered_show(struct cli *cli, struct json_object *o)
{
    if (cli->json) {
        cli_print_json(json_object_get(o));
        return CLI_OK;
    }
    struct json_object_iterator it = json_object_iter_begin(o), end = json_object_iter_end(o);
    for (; !json_object_iter_equal(&it, &end); json_object_iter_next(&it)) {
        (void)printf("%-15s ", json_object_iter_peek_name(&it));
        print_value(json_object_iter_peek_value(&it));
    }
    return CLI_OK;
}

int registered_list(struct cli *cli, struct json_object *items)
{
    if (!cli->json) {
        json_object_put(items);
        return CLI_OK;
    }
    struct json_object *o = json_object_new_object();
    (void)json_object_object_add(o, "items", items);
    cli_print_json(o);
    return CLI_OK;
}

int registered_run(struct cli *cli, const struct verb *verbs, size_t verbs_n,
                   const char *const *operands, size_t n, const char *id, const void *words)
{
    struct instance i;
    struct buf known;
    buf_init(&known, cli->pool);
    id = n > 1 ? operands[1] : id;
    for (size_t k = 0; k < verbs_n; k++) {
        const struct verb *v = &verbs[k];
        buf_printf(&known, "%s`%s%s`", k > 0 ? ", " : "", v->name, v->wants_id ? " ID" : "");
        if (n == 0 || strcmp(operands[0], v->name) != 0)
            continue;
        if (v->wants_id && id == NULL)
            return cli_usage(cli, "`%s` wants an identifier", v->name);
        int rc = cli_open(cli, &i);
        return rc == CLI_OK ? v->run(cli, &i, id, words) : rc;
    }
    return cli_usage(cli, "%s expected", known.data);
}
