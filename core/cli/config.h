/* config: what the files of `zwm config` share. */
#ifndef ZWM_CLI_CONFIG_H
#define ZWM_CLI_CONFIG_H

#include "core/cli/cli.h"

/* Returns the value of the setting `name` as text, in the pool or in `c`; NULL if there is no such
 * setting. */
const char *config_text(struct pool *p, const struct conf *c, const char *name);

/* `zwm config nginx`: writes the configuration to standard output. */
int config_nginx(struct cli *cli, int argc, char **argv);

#endif
