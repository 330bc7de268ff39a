/* cmd_route: what the two files of `zwm route` share. Part of the `zwm` command. */
#ifndef ZWM_CLI_CMD_ROUTE_H
#define ZWM_CLI_CMD_ROUTE_H

#include "core/cli/cli.h"

/* Every route here and every application that waits. Returns CLI_OK or the failure, said. */
int route_list_all(struct cli *cli);
/* The trust list in force. Returns CLI_OK or the failure, said. */
int route_trust(struct cli *cli);

#endif
