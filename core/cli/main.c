/* main: the table of commands of `zwm`, and --json, --lang, --help and --version, which work
 * everywhere. */
#include "core/cli/cli.h"

#include <stdio.h>
#include <string.h>

#include "core/base/log.h"
#include "core/base/version.h"
#include "core/cli/screen.h"

struct command {
    const char *name;
    int (*run)(struct cli *, int, char **);
    const char *summary;
    const char *usage;
};

/* One row a command, usage as it is printed. The Chinese of a summary is in messages.def, that of
 * the capitals of a usage in placeholders.def. */
/* clang-format off */
static const struct command commands[] = {
    {"init", cmd_init, "make an instance, or bring its database up to date",
     "zwm init [--port N] [--system ID] [--name NAME] [--set NAME=VALUE,...] [--test-clock]"},
    {"key", cmd_key, "make a key pair for an app, prove a key, show the system's public key",
     "zwm key new FILE [--passphrase-file FILE]\n"
     "       zwm key prove FILE --app-id ID --system SYSTEM [--passphrase-file FILE]\n"
     "       zwm key show [--pem]"},
    {"app", cmd_app, "register, show, edit, suspend, re-key and remove the systems that call",
     "zwm app add --app-id ID --kind channel|third-party|system|service --name NAME --uscc CODE\n"
     "               [--public-key FILE] [--proof FILE] [--channel NN] [--allow-list CIDR,...] [--rate PER_SEC]\n"
     "       zwm app edit ID [--name NAME] [--uscc CODE] [--channel NN|none] [--allow-list CIDR,...|none]\n"
     "               [--rate PER_SEC|none]\n"
     "       zwm app key ID --proof FILE [--public-key FILE] [--overlap SEC]\n"
     "       zwm app origins ID [--set ORIGIN,...]\n"
     "       zwm app dialect ID json|mob|shandong|gansu\n"
     "       zwm app logout-url ID --set URL\n"
     "       zwm app suspend|resume|remove|show ID\n"
     "       zwm app list [--all]"},
    {"service", cmd_service, "register, show, edit, suspend and remove the information services",
     "zwm service add ID --base-url URL [--name NAME]\n"
     "       zwm service edit ID [--base-url URL] [--name NAME]\n"
     "       zwm service suspend|resume|remove|show ID\n"
     "       zwm service list"},
    {"class", cmd_class, "register, show, edit and remove information classes",
     "zwm class add --class CLASS --name NAME --kind data|file --service ID\n"
     "                     [--base-url URL] [--service-name NAME]\n"
     "       zwm class edit CLASS [--name NAME] [--kind data|file] [--service ID]\n"
     "       zwm class show|remove CLASS\n"
     "       zwm class list"},
    {"code", cmd_code, "decode or draw a service code",
     "zwm code decode TEXT\n"
     "       zwm code draw TEXT [--symbol KIND] [--svg]"},
    {"verify", cmd_verify, "check a code against a trust list, without network",
     "zwm verify --offline --trust FILE [--publisher-key FILE] CODE"},
    {"route", cmd_route, "register at a registry; there: decide, suspend, publish the trust list",
     "zwm route apply --url REGISTRY_URL --contact-name NAME --contact-phone NUMBER --contact-email ADDRESS\n"
     "                       [--mode direct|relay] [--parent ID] [--public-key FILE] [--invitation CODE]\n"
     "       zwm route invite [--system ID] [--ttl SEC]\n"
     "       zwm route approve APPLICATION_NO|SYSTEM\n"
     "       zwm route refuse APPLICATION_NO|SYSTEM\n"
     "       zwm route refuse --all-pending [--older-than SEC] [--address CIDR]\n"
     "       zwm route suspend|resume|withdraw SYSTEM\n"
     "       zwm route list\n"
     "       zwm route publish\n"
     "       zwm route trust"},
    {"call", cmd_call, "send a signed call",
     "zwm call --app ID --key FILE [--passphrase-file FILE] [--url URL] [--ca FILE] [--to SYSTEM] [--receipt]\n"
     "                [--verbose] PATH [BODY|-]"},
    {"play", cmd_play, "play one case from end to end with real calls",
     "zwm play\n"
     "       zwm play --federation FILE [--phase 1|2|3]"},
    {"doctor", cmd_doctor, "check the installation", "zwm doctor"},
    {"audit", cmd_audit, "list what operators did; check that the record is whole",
     "zwm audit list [--since TIME] [--action ACTION] [--limit N]\n"
     "       zwm audit verify"},
    {"evidence", cmd_evidence, "the signed requests and answers of one authorization, checked", "zwm evidence SQBH"},
    {"callback", cmd_callback, "decisions that third parties are told of; try one again",
     "zwm callback list [--failed]\n"
     "       zwm callback retry ID"},
    {"rule", cmd_rule, "try an expression of a fusion rule on data", "zwm rule test --when FILE --input FILE"},
    {"retain", cmd_retain, "make the coming days' partitions, drop those past their time", "zwm retain [--copy]"},
    {"config", cmd_config, "show settings; make the nginx configuration from them",
     "zwm config show [--markdown]\n"
     "       zwm config get NAME\n"
     "       zwm config nginx"},
    {"supervise", cmd_supervise, "keep the processes of a responder running (nginx/zwm-responder runs it)",
     "zwm supervise NAME"},
    {"docs", cmd_docs, "write the interface documents from the tables in the code",
     "zwm docs openapi|errors|settings"},
};
/* clang-format on */

enum { COMMANDS_N = sizeof commands / sizeof commands[0] };

static int help(FILE *out, enum lang lang)
{
    (void)fputs(lang_text(lang, "usage: zwm [--json] [--lang zh|en] COMMAND ...\n\n"), out);
    for (size_t i = 0; i < COMMANDS_N; i++)
        (void)fprintf(out, "  %-9s %s\n", commands[i].name, lang_text(lang, commands[i].summary));
    (void)fputs(lang_text(lang, "\n`zwm COMMAND --help` tells a command's options. The instance is "
                                "$ZWM_VAR, else var/ here.\n"
                                "Exit codes: 0 done, 1 refused or failed, 2 wrong usage.\n"),
                out);
    return out == stdout ? CLI_OK : CLI_USAGE;
}

/* Takes `word` out of the arguments before a `--`; true if it stood there. */
static bool take_flag(int *argc, char **argv, const char *word)
{
    bool found = false;
    int n = 1;
    bool over = false;
    for (int i = 1; i < *argc; i++) {
        over = over || strcmp(argv[i], "--") == 0;
        if (!over && strcmp(argv[i], word) == 0)
            found = true;
        else
            argv[n++] = argv[i];
    }
    *argc = n;
    argv[n] = NULL;
    return found;
}

static const struct command *command_find(const char *name)
{
    for (size_t i = 0; i < COMMANDS_N; i++)
        if (strcmp(commands[i].name, name) == 0)
            return &commands[i];
    return NULL;
}

int main(int argc, char **argv)
{
    screen_guard();
    log_init("zwm", LOG_WARN);
    struct cli cli = {.lang = LANG_EN};
    if (!lang_take(&argc, argv, &cli.lang)) {
        (void)fputs(lang_text(cli.lang, "zwm: --lang is zh or en, once\n"), stderr);
        return CLI_USAGE;
    }
    cli.json = take_flag(&argc, argv, "--json");
    bool want_help = take_flag(&argc, argv, "--help");
    if (take_flag(&argc, argv, "--version"))
        return puts("zwm " ZWM_VERSION) < 0 ? CLI_FAILED : CLI_OK;
    if (argc < 2 || strcmp(argv[1], "help") == 0)
        return help(want_help || argc >= 2 ? stdout : stderr, cli.lang);

    const struct command *c = command_find(argv[1]);
    if (c == NULL) {
        (void)fprintf(stderr,
                      lang_text(cli.lang, "zwm: no command `%s`; `zwm --help` lists them\n"),
                      argv[1]);
        return CLI_USAGE;
    }
    cli.pool = pool_new(true);
    cli.usage = lang_usage(cli.pool, cli.lang, c->usage);
    int rc = CLI_OK;
    if (want_help) {
        (void)printf("%s\n\n", lang_text(cli.lang, c->summary));
        (void)printf(lang_text(cli.lang, "usage: %s\n"), cli.usage);
    } else {
        rc = c->run(&cli, argc - 2, argv + 2);
    }
    pool_destroy(&cli.pool);
    if (fflush(stdout) != 0 || ferror(stdout)) {
        perror("zwm: standard output");
        return CLI_FAILED;
    }
    return rc;
}
