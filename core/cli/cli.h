/* cli: the frame of the `zwm` command: one file a command group, one row a command (main.c). Uses
 * everything below.
 *
 * Exit codes: 0 done, 1 refused or failed (the reason on standard error), 2 wrong usage. `--help`
 * works everywhere. With --json a command prints one JSON object on standard output,
 * `{"items":[...]}` for lists, and on failure
 * `{"error":"..."}` on standard error, in English always: programs read it. */
#ifndef ZWM_CLI_CLI_H
#define ZWM_CLI_CLI_H

#include <json-c/json.h>
#include <stdbool.h>

#include "core/base/conf.h"
#include "core/base/pool.h"
#include "core/cli/lang.h"

enum { CLI_OK = 0, CLI_FAILED = 1, CLI_USAGE = 2 };

struct cli {
    struct pool *pool; /* of the whole command; wipes */
    bool json;         /* --json was given (anywhere) */
    enum lang lang;    /* what people are spoken to in */
    const char *usage; /* of the command running, in that language */
};

/* Option parsing for commands: `--name VALUE`, `--name=VALUE` and flags, in any order among the
 * operands. */
struct cli_opt {
    const char *name;   /* without the dashes */
    const char **value; /* where an option's value goes; NULL for a flag */
    bool *flag;         /* where a flag goes */
    bool required;
};
/* Operands go to `operands` (at most `max`, `*n_r` of them). CLI_OK or CLI_USAGE, the reason
 * printed. */
int cli_parse(struct cli *cli, int argc, char **argv, const struct cli_opt *opts, size_t opts_n,
              const char **operands, size_t max, size_t *n_r);

/* Loads the settings of $ZWM_VAR (else var/), or says what is missing and which command makes it.
 */
int cli_conf(struct cli *cli, struct conf *c_r);

/* Prints `fmt` as the failure, in the language of the command if messages.def has it; returns
 * CLI_FAILED. */
int cli_fail(const struct cli *cli, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* The same, and the usage, on standard error; returns CLI_USAGE. */
int cli_usage(const struct cli *cli, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Returns `english` in the language of a failure, for what stands within one. */
const char *cli_text(const struct cli *cli, const char *english) __attribute__((format_arg(2)));
/* The same for a text that comes from below, put together already (lang_said). */
const char *cli_said(const struct cli *cli, const char *said);
/* Prints a json-c object on one line and puts it. */
void cli_print_json(struct json_object *o);
/* Whole file into the pool, at most `max` bytes; "-" is standard input. NULL, the reason printed,
 * if it fails. */
char *cli_read_file(struct cli *cli, const char *path, size_t max, size_t *len_r);

/* The directory that holds nginx/, sql/ and www/ of this build: the source tree, or
 * PREFIX/share/zwm if installed; $ZWM_SHARE overrides. Never NULL. */
const char *cli_share_dir(struct cli *cli);

/* The commands: argv[0] is the first word behind the command's own words. */
int cmd_init(struct cli *cli, int argc, char **argv);
int cmd_key(struct cli *cli, int argc, char **argv);
int cmd_app(struct cli *cli, int argc, char **argv);
int cmd_class(struct cli *cli, int argc, char **argv);
int cmd_service(struct cli *cli, int argc, char **argv);
int cmd_code(struct cli *cli, int argc, char **argv);
int cmd_verify(struct cli *cli, int argc, char **argv);
int cmd_route(struct cli *cli, int argc, char **argv);
int cmd_call(struct cli *cli, int argc, char **argv);
int cmd_play(struct cli *cli, int argc, char **argv);
int cmd_doctor(struct cli *cli, int argc, char **argv);
int cmd_audit(struct cli *cli, int argc, char **argv);
int cmd_retain(struct cli *cli, int argc, char **argv);
int cmd_config(struct cli *cli, int argc, char **argv);
int cmd_docs(struct cli *cli, int argc, char **argv);
int cmd_evidence(struct cli *cli, int argc, char **argv);
int cmd_callback(struct cli *cli, int argc, char **argv);
int cmd_rule(struct cli *cli, int argc, char **argv);
int cmd_supervise(struct cli *cli, int argc, char **argv);

#endif
