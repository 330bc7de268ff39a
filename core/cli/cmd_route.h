/* cmd_route: what the files of `zwm route` share. Part of the `zwm` command. */
#ifndef ZWM_CLI_CMD_ROUTE_H
#define ZWM_CLI_CMD_ROUTE_H

#include "core/act/registry/registry.h"
#include "core/cli/cli.h"
#include "core/cli/open.h"

/* What an act at the registry needs. */
struct route_here {
    struct instance i;
    struct registry r;
};
/* Returns CLI_OK or the failure, said: also if this system is not the registry. */
int route_open_registry(struct cli *cli, struct route_here *h);
/* Says why an act has failed; `none` is for ERR_ABSENT. Returns the exit code. */
int route_failed(struct cli *cli, const struct registry *r, enum err e, const char *none);

/* The words of `invite` and of `refuse --all-pending`; NULL: not given. */
struct route_many {
    const char *system, *ttl, *older_than, *address;
    bool all_pending;
};
/* Makes an invitation and prints its code. Returns CLI_OK or the failure, said. */
int route_invite(struct cli *cli, const struct route_many *w);
/* Refuses many applications at once. Returns CLI_OK or the failure, said. */
int route_refuse_all(struct cli *cli, const struct route_many *w);

/* Every route here and every application that waits. Returns CLI_OK or the failure, said. */
int route_list_all(struct cli *cli);
/* The trust list in force. Returns CLI_OK or the failure, said. */
int route_trust(struct cli *cli);

#endif
