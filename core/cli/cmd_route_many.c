/* zwm route invite, zwm route refuse --all-pending: against a flood of applications. */
#include <stdlib.h>
#include <string.h>

#include "core/cli/cmd_route.h"
#include "core/code/sysid.h"

enum { TTL_SEC = 7 * 86400, SECONDS_MOST = 31536000 };

/* From 1 to a year. */
static int read_seconds(struct cli *cli, const char *option, const char *text, int64_t *n_r)
{
    char *end = NULL;
    if (text == NULL)
        return CLI_OK;
    *n_r = strtoll(text, &end, 10);
    if (*text < '0' || *text > '9' || *end != '\0' || *n_r < 1 || *n_r > SECONDS_MOST)
        return cli_usage(cli, "--%s wants seconds, 1 to %d", option, SECONDS_MOST);
    return CLI_OK;
}

int route_invite(struct cli *cli, const struct route_many *w)
{
    struct route_here h;
    struct sysid id;
    int64_t ttl_sec = TTL_SEC;
    const char *code = NULL;
    if (w->system != NULL && sysid_parse(w->system, &id) != ERR_OK)
        return cli_usage(cli, "--system must be the identifier of a code system");
    int rc = read_seconds(cli, "ttl", w->ttl, &ttl_sec);
    if (rc == CLI_OK)
        rc = route_open_registry(cli, &h);
    if (rc != CLI_OK)
        return rc;
    enum err e = registry_invite(&h.r, w->system, ttl_sec, &code);
    if (e != ERR_OK)
        return cli_store_failed(cli, e);
    if (!cli->json) {
        (void)puts(code);
        return CLI_OK;
    }
    struct json_object *o = json_object_new_object();
    (void)json_object_object_add(o, "invitation", json_object_new_string(code));
    if (w->system != NULL)
        (void)json_object_object_add(o, "system", json_object_new_string(w->system));
    (void)json_object_object_add(o, "expires_at", json_object_new_int64(h.r.w->now_sec + ttl_sec));
    cli_print_json(o);
    return CLI_OK;
}

int route_refuse_all(struct cli *cli, const struct route_many *w)
{
    struct route_here h;
    struct address_range range;
    struct registry_sweep sweep = {.range = NULL};
    int64_t n = 0;
    if (w->address != NULL) {
        if (address_range_read(w->address, &range) != ERR_OK)
            return cli_usage(cli,
                             "--address wants an address, or ADDRESS/BITS with at most 24 bits "
                             "(IPv4) or 64 (IPv6): no more is kept of where one is from");
        sweep.range = &range;
    }
    int rc = read_seconds(cli, "older-than", w->older_than, &sweep.older_than_sec);
    if (rc == CLI_OK)
        rc = route_open_registry(cli, &h);
    if (rc != CLI_OK)
        return rc;
    enum err e = registry_refuse_all(&h.r, &sweep, &n);
    if (e != ERR_OK)
        return route_failed(cli, &h.r, e, cli_text(cli, "nothing waits"));
    if (cli->json) {
        struct json_object *o = json_object_new_object();
        (void)json_object_object_add(o, "refused", json_object_new_int64(n));
        cli_print_json(o);
    } else {
        (void)printf(cli_text(cli, "refused: %lld\n"), (long long)n);
    }
    return CLI_OK;
}
