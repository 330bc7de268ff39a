#include "core/cli/cli.h"

#include <assert.h>
#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

const char *cli_text(const struct cli *cli, const char *english)
{
    return lang_text(cli->json ? LANG_EN : cli->lang, english);
}

const char *cli_said(const struct cli *cli, const char *said)
{
    return lang_said(cli->pool, cli->json ? LANG_EN : cli->lang, said);
}

/* A format that is not in the table, "%s" above all, may hold a text that is. */
static void print_error(const struct cli *cli, const char *fmt, va_list ap)
{
    const char *known = cli_text(cli, fmt), *text = pool_vprintf(cli->pool, known, ap);
    if (known == fmt)
        text = cli_said(cli, text);
    if (!cli->json) {
        (void)fprintf(stderr, "zwm: %s\n", text);
        return;
    }
    struct json_object *o = json_object_new_object();
    json_object_object_add(o, "error", json_object_new_string(text));
    (void)fprintf(stderr, "%s\n",
                  json_object_to_json_string_ext(o, JSON_C_TO_STRING_NOSLASHESCAPE));
    json_object_put(o);
}

int cli_fail(const struct cli *cli, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    print_error(cli, fmt, ap);
    va_end(ap);
    return CLI_FAILED;
}

int cli_usage(const struct cli *cli, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    print_error(cli, fmt, ap);
    va_end(ap);
    if (!cli->json)
        (void)fprintf(stderr, lang_text(cli->lang, "usage: %s\n"), cli->usage);
    return CLI_USAGE;
}

void cli_print_json(struct json_object *o)
{
    (void)puts(
        json_object_to_json_string_ext(o, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE));
    json_object_put(o);
}

/* The row whose name is `word` up to its end or a `=`. */
static const struct cli_opt *find_opt(const struct cli_opt *opts, size_t opts_n, const char *word)
{
    size_t len = strcspn(word, "=");
    for (size_t i = 0; i < opts_n; i++)
        if (strlen(opts[i].name) == len && strncmp(opts[i].name, word, len) == 0)
            return &opts[i];
    return NULL;
}

/* Takes the option argv[*i]; moves *i on if its value is the next word. `seen` has a bit a row.
 */
static int take_opt(struct cli *cli, int argc, char **argv, int *i, const struct cli_opt *opts,
                    size_t opts_n, uint64_t *seen)
{
    const char *word = argv[*i] + 2;
    const struct cli_opt *o = find_opt(opts, opts_n, word);
    if (o == NULL)
        return cli_usage(cli, "no option --%.*s here", (int)strcspn(word, "="), word);
    const char *eq = strchr(word, '=');
    if (o->value == NULL) {
        if (eq != NULL)
            return cli_usage(cli, "--%s takes no value", o->name);
        *o->flag = true;
        return CLI_OK;
    }
    uint64_t bit = UINT64_C(1) << (o - opts);
    if ((*seen & bit) != 0)
        return cli_usage(cli, "--%s is given twice", o->name);
    *seen |= bit;
    if (eq == NULL && *i + 1 >= argc)
        return cli_usage(cli, "--%s wants a value", o->name);
    *o->value = eq != NULL ? eq + 1 : argv[++*i];
    return CLI_OK;
}

int cli_parse(struct cli *cli, int argc, char **argv, const struct cli_opt *opts, size_t opts_n,
              const char **operands, size_t max, size_t *n_r)
{
    assert(opts_n <= 64);
    size_t n = 0;
    uint64_t seen = 0;
    bool over = false; /* `--` was seen: operands only */
    for (int i = 0; i < argc; i++) {
        if (!over && strcmp(argv[i], "--") == 0) {
            over = true;
        } else if (!over && strncmp(argv[i], "--", 2) == 0) {
            int rc = take_opt(cli, argc, argv, &i, opts, opts_n, &seen);
            if (rc != CLI_OK)
                return rc;
        } else if (n < max) {
            operands[n++] = argv[i];
        } else {
            return cli_usage(cli, "one word too many: %s", argv[i]);
        }
    }
    for (size_t i = 0; i < opts_n; i++)
        if (opts[i].required && *opts[i].value == NULL)
            return cli_usage(cli, "--%s is missing", opts[i].name);
    if (n_r != NULL)
        *n_r = n;
    return CLI_OK;
}

int cli_conf(struct cli *cli, struct conf *c_r)
{
    const char *dir = conf_var_dir(cli->pool);
    char *said = NULL;
    size_t said_len = 0;
    FILE *err_out = open_memstream(&said, &said_len);
    enum err e = conf_load(cli->pool, dir, c_r, err_out);
    if (err_out != NULL)
        (void)fclose(err_out);
    if (said_len > 0 && said[said_len - 1] == '\n')
        said[said_len - 1] = '\0';
    const char *why = said != NULL ? strstr(said, ": ") : NULL; /* behind FILE:LINE */
    int rc = CLI_OK;
    if (e == ERR_ABSENT)
        rc = cli_fail(cli, "no instance in %s (%s); `make up` makes one, $ZWM_VAR names another",
                      dir, said != NULL ? said : "");
    else if (e != ERR_OK && why != NULL)
        rc = cli_fail(cli, "%.*s: %s", (int)(why - said), said, cli_said(cli, why + 2));
    else if (e != ERR_OK)
        rc = cli_fail(cli, "%s", err_name(e));
    free(said);
    return rc;
}

/* From $ZWM_SHARE, beside the directory of the program (source tree), ../share/zwm (installed),
 * /usr/share/zwm. */
const char *cli_share_dir(struct cli *cli)
{
    static const char mark[] = "nginx/nginx.conf.in";
    const char *env = getenv("ZWM_SHARE");
    if (env != NULL && *env != '\0')
        return env;
    char exe[PATH_MAX];
    ssize_t len = readlink("/proc/self/exe", exe, sizeof exe - 1);
    if (len > 0) {
        exe[len] = '\0';
        for (int up = 0; up < 2; up++) {
            char *slash = strrchr(exe, '/');
            if (slash != NULL)
                *slash = '\0';
        }
        const char *const below[] = {exe, pool_printf(cli->pool, "%s/share/zwm", exe)};
        for (size_t i = 0; i < sizeof below / sizeof below[0]; i++)
            if (access(pool_printf(cli->pool, "%s/%s", below[i], mark), R_OK) == 0)
                return pool_strdup(cli->pool, below[i]);
    }
    return "/usr/share/zwm";
}

char *cli_read_file(struct cli *cli, const char *path, size_t max, size_t *len_r)
{
    bool is_stdin = strcmp(path, "-") == 0;
    FILE *f = is_stdin ? stdin : fopen(path, "rbe");
    if (f == NULL) {
        (void)cli_fail(cli, "%s: %s", path, strerror(errno));
        return NULL;
    }
    size_t len = 0, cap = max < 4096 ? max + 1 : 4096;
    char *all = pool_alloc(cli->pool, cap + 1); /* and a NUL */
    for (size_t n; len <= max && (n = fread(all + len, 1, cap - len, f)) > 0;) {
        len += n;
        if (len == cap && len <= max) {
            cap = cap * 2 > max ? max + 1 : cap * 2;
            char *bigger = pool_alloc(cli->pool, cap + 1);
            memcpy(bigger, all, len);
            all = bigger;
        }
    }
    bool failed = ferror(f) != 0;
    int why = errno;
    if (!is_stdin)
        (void)fclose(f);
    if (failed || len > max) {
        (void)cli_fail(cli, "%s: %s", path, failed ? strerror(why) : cli_text(cli, "too large"));
        return NULL;
    }
    all[len] = '\0';
    if (len_r != NULL)
        *len_r = len;
    return all;
}
