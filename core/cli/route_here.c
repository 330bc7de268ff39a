/* Acts at the registry: opening this instance as one, and saying why an act has failed. */
#include "core/cli/cmd_route.h"

int route_failed(struct cli *cli, const struct registry *r, enum err e, const char *none)
{
    if (e == ERR_ABSENT)
        return cli_fail(cli, "%s", none);
    if (e == ERR_BAD)
        return cli_fail(cli, "%s", r->why != NULL ? r->why : cli_text(cli, "it does not hold"));
    return cli_store_failed(cli, e);
}

int route_open_registry(struct cli *cli, struct route_here *h)
{
    int rc = cli_open(cli, &h->i);
    if (rc != CLI_OK)
        return rc;
    h->r = (struct registry){.w = &h->i.work};
    if (!registry_is_here(&h->i.conf))
        return cli_fail(cli, "this system is not the registry; %s is", h->i.conf.registry_url);
    return CLI_OK;
}
