/* zwm config: the settings, and the nginx configuration made from them and from the error table. */
#include "core/cli/cli.h"

#include <ctype.h>
#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "core/base/buf.h"
#include "core/wire/answer.h"

/* --- settings by name --- */

struct setting {
    const char *name;
    bool is_int;
    size_t offset;
};

static const struct setting settings[] = {
#define SETTING_STR(name, dflt, doc)           {#name, false, offsetof(struct conf, name)},
#define SETTING_WORD(name, dflt, words, doc)   {#name, false, offsetof(struct conf, name)},
#define SETTING_INT(name, dflt, min, max, doc) {#name, true, offsetof(struct conf, name)},
#include "core/base/conf.def"
#undef SETTING_STR
#undef SETTING_WORD
#undef SETTING_INT
};

enum { SETTINGS_N = sizeof settings / sizeof settings[0] };

static int64_t setting_int(const struct conf *c, const struct setting *s)
{
    return *(const int64_t *)(const void *)((const char *)c + s->offset);
}

static const char *setting_str(const struct conf *c, const struct setting *s)
{
    return *(const char *const *)(const void *)((const char *)c + s->offset);
}

/* The value as text; NULL where there is no such setting. */
static const char *setting_text(struct pool *p, const struct conf *c, const char *name)
{
    for (size_t i = 0; i < SETTINGS_N; i++) {
        const struct setting *s = &settings[i];
        if (strcmp(s->name, name) == 0)
            return s->is_int ? pool_printf(p, "%" PRId64, setting_int(c, s)) : setting_str(c, s);
    }
    return NULL;
}

static int config_get(struct cli *cli, int argc, char **argv)
{
    const char *name[1];
    size_t n;
    int rc = cli_parse(cli, argc, argv, NULL, 0, name, 1, &n);
    if (rc != CLI_OK)
        return rc;
    if (n == 0)
        return cli_usage(cli, "which setting?");
    struct conf conf;
    rc = cli_conf(cli, &conf);
    if (rc != CLI_OK)
        return rc;
    const char *value = setting_text(cli->pool, &conf, name[0]);
    if (value == NULL)
        return cli_fail(cli, "no setting `%s`; `zwm config show` lists them", name[0]);
    if (cli->json) {
        struct json_object *o = json_object_new_object();
        json_object_object_add(o, name[0], json_object_new_string(value));
        cli_print_json(o);
    } else {
        (void)puts(value);
    }
    return CLI_OK;
}

static int config_show(struct cli *cli, int argc, char **argv)
{
    bool markdown = false;
    const struct cli_opt opts[] = {{.name = "markdown", .flag = &markdown}};
    int rc = cli_parse(cli, argc, argv, opts, 1, NULL, 0, NULL);
    if (rc != CLI_OK)
        return rc;
    if (markdown) {
        conf_write_markdown(stdout);
        return CLI_OK;
    }
    struct conf conf;
    rc = cli_conf(cli, &conf);
    if (rc != CLI_OK)
        return rc;
    struct json_object *o = json_object_new_object();
    for (size_t i = 0; i < SETTINGS_N; i++) {
        const struct setting *s = &settings[i];
        struct json_object *v = s->is_int ? json_object_new_int64(setting_int(&conf, s))
                                          : json_object_new_string(setting_str(&conf, s));
        json_object_object_add(o, s->name, v);
        if (!cli->json)
            (void)printf("%s = %s\n", s->name, json_object_get_string(v));
    }
    if (cli->json)
        cli_print_json(o);
    else
        json_object_put(o);
    return CLI_OK;
}

/* --- nginx --- */

/* The statuses nginx makes up by itself, and the row each is answered with. One whose row is
 * ERR_MAX came about while a responder was asked: the row then depends on whether the call can have
 * reached it ($zwm_upstream_row). */
static const struct {
    int status;
    enum err row;
} nginx_errors[] = {
    {400, ERR_MALFORMED},  {403, ERR_NO_INTERFACE}, {404, ERR_NO_INTERFACE}, {405, ERR_METHOD},
    {408, ERR_MALFORMED},  {411, ERR_MALFORMED},    {413, ERR_TOO_LARGE},    {414, ERR_TOO_LARGE},
    {415, ERR_MEDIA_TYPE}, {421, ERR_MALFORMED},    {429, ERR_RATE},         {494, ERR_TOO_LARGE},
    {495, ERR_MALFORMED},  {496, ERR_MALFORMED},    {497, ERR_MALFORMED},    {501, ERR_MALFORMED},
    {503, ERR_BUSY},       {505, ERR_MALFORMED},    {500, ERR_MAX},          {502, ERR_MAX},
    {504, ERR_MAX},
};

enum { NGINX_ERRORS_N = sizeof nginx_errors / sizeof nginx_errors[0] };

/* `text` with every `from` replaced. */
static char *replace(struct pool *p, const char *text, const char *from, const char *to)
{
    struct buf b;
    buf_init(&b, p);
    for (const char *at; (at = strstr(text, from)) != NULL; text = at + strlen(from)) {
        buf_put(&b, text, (size_t)(at - text));
        buf_puts(&b, to);
    }
    buf_puts(&b, text);
    return b.data;
}

/* The answer document of a row with nginx's variables in it, for a single-quoted nginx string. It
 * is written by the same function as every other answer; request id and date are then put in by
 * nginx. */
static char *error_document(struct pool *p, enum wire_form form, enum err row)
{
    static const char id[] = "00000000000000000000000000000000";
    struct buf b;
    buf_init(&b, p);
    answer_write(&b, form, &(struct answer){.err = row}, id, 0);
    char *text = replace(p, b.data, "\\", "\\\\");
    text = replace(p, text, "'", "\\'");
    text = replace(p, text, id, "$request_id");
    return replace(p, text, "1970-01-01", "$zwm_date");
}

static void put_error_location(struct pool *p, struct buf *b, enum wire_form form, enum err e)
{
    const struct err_row *row = err_row(e);
    buf_printf(b,
               "        location = /.zwm/%s/%s {\n"
               "            internal;\n"
               "            types {}\n"
               "            default_type '%s';\n"
               "            return %d '%s';\n"
               "        }\n",
               form == WIRE_JSON ? "json" : "xml", row->code, wire_media_type(form), row->http,
               error_document(p, form, e));
}

/* error_page lines and a location for each form of each row in use. */
static char *error_pages(struct pool *p)
{
    struct buf b;
    buf_init(&b, p);
    bool used[ERR_MAX + 1] = {[ERR_BUSY] = true, [ERR_UNCERTAIN] = true};
    for (size_t i = 0; i < NGINX_ERRORS_N; i++) {
        enum err row = nginx_errors[i].row;
        used[row] = true;
        buf_printf(&b, "        error_page %d = /.zwm/$zwm_form/%s;\n", nginx_errors[i].status,
                   row == ERR_MAX ? "$zwm_upstream_row" : err_row(row)->code);
    }
    for (int e = 0; e < ERR_WIRE_MAX; e++) {
        if (used[e]) {
            put_error_location(p, &b, WIRE_JSON, (enum err)e);
            put_error_location(p, &b, WIRE_XML, (enum err)e);
        }
    }
    return b.data;
}

/* A worker thread is bound to an idle connection (design 3): where nginx may keep as many as there
 * are threads, callers on other connections wait for nothing until they time out. */
static int check_threads(struct cli *cli, const struct conf *c)
{
    int64_t threads = c->processes * c->threads;
    int64_t idle = c->nginx_workers * c->nginx_keepalive;
    if (threads > idle)
        return CLI_OK;
    return cli_fail(
        cli,
        "processes x threads (%" PRId64 " x %" PRId64 " = %" PRId64 ") must be more than "
        "nginx_workers x nginx_keepalive (%" PRId64 " x %" PRId64 " = %" PRId64
        "): a thread is bound to "
        "an idle connection, and calls would time out. Raise the first or lower the second in "
        "%s/zwm.conf",
        c->processes, c->threads, threads, c->nginx_workers, c->nginx_keepalive, idle, c->var_dir);
}

/* What @NAME@ stands for: a setting, or one of the few that are made here. NULL: neither. */
static const char *placeholder(struct cli *cli, const struct conf *c, const char *name)
{
    struct pool *p = cli->pool;
    if (strcmp(name, "USER") == 0)
        return geteuid() == 0 ? "user root;" : ""; /* the instance directory is its owner's alone */
    if (strcmp(name, "ERRORS") == 0)
        return error_pages(p);
    if (strcmp(name, "WWW") == 0)
        return pool_printf(p, "%s/www", cli_share_dir(cli));
    if (strcmp(name, "ROW_BUSY") == 0)
        return err_row(ERR_BUSY)->code;
    if (strcmp(name, "ROW_UNCERTAIN") == 0)
        return err_row(ERR_UNCERTAIN)->code;
    if (strcmp(name, "PICKUP_SEC") ==
        0) /* the information service's time, and some for ourselves */
        return pool_printf(p, "%" PRId64,
                           (c->service_connect_ms + c->service_total_ms) / 1000 + 20);
    return setting_text(p, c, name);
}

/* Values stand between double quotes in the template; what would end or change such a string is
 * refused. */
static bool is_quotable(const char *value)
{
    return strpbrk(value, "\"\\$\n\r@") == NULL;
}

static int fill_template(struct cli *cli, const struct conf *c, const char *text, struct buf *out)
{
    for (const char *at; (at = strchr(text, '@')) != NULL;) {
        size_t len = strspn(at + 1, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_");
        buf_put(out, text, (size_t)(at - text));
        text = at + 1;
        if (len == 0 || at[1 + len] != '@') {
            buf_putc(out, '@');
            continue;
        }
        char *name = pool_strndup(cli->pool, at + 1, len);
        const char *value = placeholder(cli, c, name);
        if (value == NULL)
            return cli_fail(cli, "nginx.conf.in: nothing stands for @%s@", name);
        if (islower((unsigned char)*name) && !is_quotable(value))
            return cli_fail(cli, "%s: a character nginx would not take as it is: %s", name, value);
        buf_puts(out, value);
        text = at + len + 2;
    }
    buf_puts(out, text);
    return CLI_OK;
}

static int config_nginx(struct cli *cli, int argc, char **argv)
{
    int rc = cli_parse(cli, argc, argv, NULL, 0, NULL, 0, NULL);
    if (rc != CLI_OK)
        return rc;
    struct conf conf;
    rc = cli_conf(cli, &conf);
    if (rc == CLI_OK)
        rc = check_threads(cli, &conf);
    if (rc != CLI_OK)
        return rc;
    const char *share = cli_share_dir(cli);
    if (!is_quotable(share))
        return cli_fail(cli, "a character nginx would not take as it is: %s", share);
    char *text =
        cli_read_file(cli, pool_printf(cli->pool, "%s/nginx/nginx.conf.in", share), 65536, NULL);
    if (text == NULL)
        return CLI_FAILED;
    struct buf out;
    buf_init(&out, cli->pool);
    rc = fill_template(cli, &conf, text, &out);
    if (rc == CLI_OK && fwrite(out.data, 1, out.len, stdout) != out.len)
        return cli_fail(cli, "standard output: not written");
    return rc;
}

int cmd_config(struct cli *cli, int argc, char **argv)
{
    static const struct {
        const char *word;
        int (*run)(struct cli *, int, char **);
    } words[] = {{"show", config_show}, {"get", config_get}, {"nginx", config_nginx}};
    if (argc < 1)
        return cli_usage(cli, "show, get or nginx?");
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (strcmp(words[i].word, argv[0]) == 0)
            return words[i].run(cli, argc - 1, argv + 1);
    return cli_usage(cli, "no such word: %s", argv[0]);
}
