/* zwm rule: fusion rules. `test` evaluates one expression over any JSON, needs no instance. */
#include <string.h>

#include "core/base/jsontext.h"
#include "core/cli/cli.h"
#include "core/code/certlogic.h"

enum { WHEN_MAX = 1 << 20, INPUT_MAX = 16 << 20 };

static int read_json(struct cli *cli, const char *path, size_t max, struct json_object **o_r)
{
    size_t len;
    char *text = cli_read_file(cli, path, max, &len);

    if (text == NULL)
        return CLI_FAILED;
    return json_read(cli->pool, text, len, o_r) == ERR_OK ? CLI_OK
                                                          : cli_fail(cli, "%s: no JSON", path);
}

/* An expression that ends in an error is an outcome like another here: with --json it is told on
 * standard output, `{"error":"..."}`. */
static int rule_test(struct cli *cli, const char *when_path, const char *input_path)
{
    struct json_object *when, *input, *value = NULL;
    struct certlogic_value v;
    const char *why;

    if (read_json(cli, when_path, WHEN_MAX, &when) != CLI_OK ||
        read_json(cli, input_path, INPUT_MAX, &input) != CLI_OK)
        return CLI_FAILED;
    enum err e = certlogic_evaluate(cli->pool, when, input, &v, &why);
    if (e == ERR_OK)
        e = certlogic_json(cli->pool, &v, &value, &why);
    if (!cli->json && e != ERR_OK)
        return cli_fail(cli, "%s", why);
    if (!cli->json)
        return puts(json_to_text(cli->pool, value)) < 0 ? CLI_FAILED : CLI_OK;
    struct json_object *o = json_object_new_object();
    if (e == ERR_OK)
        (void)json_object_object_add(o, "value", json_object_get(value));
    else
        (void)json_object_object_add(o, "error", json_object_new_string(why));
    cli_print_json(o);
    return CLI_OK;
}

int cmd_rule(struct cli *cli, int argc, char **argv)
{
    const char *word = NULL, *when = NULL, *input = NULL;
    const struct cli_opt opts[] = {{"when", &when, NULL, true}, {"input", &input, NULL, true}};
    size_t n;
    int rc = cli_parse(cli, argc, argv, opts, 2, &word, 1, &n);

    if (rc != CLI_OK)
        return rc;
    if (n != 1 || strcmp(word, "test") != 0)
        return cli_usage(cli, "`test` expected");
    return rule_test(cli, when, input);
}
