/* registered: how the commands for apps, services and classes tell what became of an act. Part of
 * the `zwm` command. */
#ifndef ZWM_CLI_REGISTERED_H
#define ZWM_CLI_REGISTERED_H

#include "core/act/register/register.h"
#include "core/cli/open.h"

/* Says that ID is DONE; with --json as {"NAME": ID, "done": DONE}. Returns CLI_OK. */
int registered_done(struct cli *cli, const char *name, const char *id, const char *done);
/* Says why the act failed. ERR_ABSENT: "no WHAT ID". Returns CLI_FAILED. */
int registered_refused(const struct cli *cli, enum err e, const struct refusal *r, const char *what,
                       const char *id);
/* Prints the members of an object, one a line; with --json as one object. Returns CLI_OK. */
int registered_show(struct cli *cli, struct json_object *o);
/* Prints {"items": items} with --json; takes the reference. Returns CLI_OK. */
int registered_list(struct cli *cli, struct json_object *items);

/* A verb of a command: `zwm app show`. The first operand is the verb, the second the identifier. */
struct verb {
    const char *name;
    bool wants_id;
    int (*run)(struct cli *cli, struct instance *i, const char *id, const void *words);
};
/* Runs the verb that operands[0] names, the instance open; wrong usage: says which there are. */
int registered_run(struct cli *cli, const struct verb *verbs, size_t verbs_n,
                   const char *const *operands, size_t n, const char *id, const void *words);

#endif
