/* docs: the interface documents that `zwm docs` writes. Part of the `zwm` command. */
#ifndef ZWM_CLI_DOCS_H
#define ZWM_CLI_DOCS_H

#include "core/cli/cli.h"

/* OpenAPI 3.1 on standard output, from the call, field and error tables. */
int docs_openapi(struct cli *cli);

#endif
