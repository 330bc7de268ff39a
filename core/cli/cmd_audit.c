/* zwm audit: the chain of administrative acts. */
#include <string.h>

#include "core/cli/open.h"
#include "core/store/audit.h"

int cmd_audit(struct cli *cli, int argc, char **argv)
{
    const char *words[1] = {NULL};
    struct instance i;
    struct audit_check r;
    size_t n;
    int rc = cli_parse(cli, argc, argv, NULL, 0, words, 1, &n);
    if (rc != CLI_OK)
        return rc;
    if (n != 1 || strcmp(words[0], "verify") != 0)
        return cli_usage(cli, "`verify` expected");
    rc = cli_open(cli, &i);
    if (rc != CLI_OK)
        return rc;
    enum err e = audit_verify(i.db, i.kr, &r);
    if (e != ERR_OK)
        return cli_store_failed(cli, e);
    if (cli->json) {
        struct json_object *o = json_object_new_object();
        (void)json_object_object_add(o, "rows", json_object_new_int64(r.rows));
        (void)json_object_object_add(o, "intact", json_object_new_boolean(r.bad_seq == 0));
        if (r.bad_seq != 0)
            (void)json_object_object_add(o, "first_bad", json_object_new_int64(r.bad_seq));
        cli_print_json(o);
        return r.bad_seq == 0 ? CLI_OK : CLI_FAILED;
    }
    if (r.bad_seq != 0)
        return cli_fail(cli,
                        "the record does not hold from row %lld on: changed, removed or inserted",
                        (long long)r.bad_seq);
    (void)printf("%lld administrative acts, unchanged and complete up to the last\n",
                 (long long)r.rows);
    return CLI_OK;
}
