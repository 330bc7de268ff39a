/* zwm docs: the interface documents written from the tables in the code. Tests hold the pages in
 * docs/ against them. */
#include <string.h>

#include "core/base/err.h"
#include "core/cli/docs/docs.h"

static int docs_errors(const struct cli *cli)
{
    (void)puts(lang_text(cli->lang, "| error_code | HTTP | error_msg | meaning |"));
    (void)puts("| --- | --- | --- | --- |");
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
        return docs_errors(cli);
    if (n == 1 && strcmp(words[0], "settings") == 0) {
        conf_write_markdown(stdout, cli->lang == LANG_ZH);
        return CLI_OK;
    }
    return cli_usage(cli, "`openapi`, `errors` or `settings` expected");
}
