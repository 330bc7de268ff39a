/* zwm config nginx: the nginx configuration, made of the template nginx/nginx.conf.in, the
 * settings, the error table and the tables of responders and calls. */
#include "core/cli/config.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "core/base/buf.h"
#include "core/wire/answer.h"
#include "core/wire/serves.h"

/* --- from the tables of responders and calls --- */

/* What nginx is told of a call with a trait, one line each. The lines are part of the template:
 * settings may stand in them. */
static const struct {
    unsigned trait;
    const char *line;
} trait_lines[] = {
    {SERVE_LOCAL, "fastcgi_read_timeout 2s;"},
    {SERVE_ASKS, "fastcgi_read_timeout @SERVICE_SEC@s;"},
    {SERVE_LARGE, "fastcgi_buffers 64 32k; # an envelope of 1 MiB stays in memory"},
    {SERVE_STREAM,
     "fastcgi_buffering off; fastcgi_read_timeout @DOWNLOAD_SEC@s; # constant memory"},
    {SERVE_SECRET,
     "error_log \"@log_dir@/nginx.log\" crit; # lesser lines would hold what follows the prefix"},
};

/* The length of the part of a path that nginx compares: all, or what stands before a parameter. */
static size_t fixed_length(const char *path)
{
    return strcspn(path, "{");
}

/* A stream of events. nginx asks the responder first, by a location that nobody else can call: the
 * module would make a channel for every name that is asked for. */
static void put_events(struct buf *b, enum responder_id r, const struct serve *s)
{
    const char *path = call_row(s->call)->path;
    int len = (int)fixed_length(path);
    enum { SESSION_PAGES = 20 };
    buf_printf(b,
               "        location ~ \"^%.*s(?<zwm_channel>[A-Za-z0-9_-]{43})$\" {\n"
               "            error_log \"@log_dir@/nginx.log\" crit;\n"
               "            limit_conn zwm_session_pages %d;\n"
               "            limit_conn zwm_network_pages @ip_push_connections@;\n"
               "            limit_conn zwm_pages @push_connections@;\n"
               "            auth_request /.zwm/listen;\n"
               "            nchan_subscriber eventsource;\n"
               "            nchan_channel_id $zwm_channel;\n"
               "            nchan_subscriber_first_message newest;\n"
               "            nchan_eventsource_ping_interval 20;\n"
               "            nchan_access_control_allow_origin \"@base_url@\";\n"
               "            nchan_access_control_allow_credentials off;\n"
               "            add_header Cache-Control no-store always;\n"
               "        }\n"
               "        location = /.zwm/listen {\n"
               "            internal;\n"
               "            error_log \"@log_dir@/nginx.log\" crit;\n"
               "            fastcgi_pass %s;\n"
               "            fastcgi_pass_request_body off;\n"
               "        }\n",
               len, path, SESSION_PAGES, responder_row(r)->name);
}

static void put_location(struct buf *b, enum responder_id r, const struct serve *s)
{
    const char *path = call_row(s->call)->path;
    size_t len = fixed_length(path);
    if (s->traits & SERVE_EVENTS) {
        put_events(b, r, s);
        return;
    }
    buf_printf(b, "        location %s%.*s {\n            fastcgi_pass %s;\n",
               path[len] == '\0' ? "= " : "", (int)len, path, responder_row(r)->name);
    for (size_t i = 0; i < sizeof trait_lines / sizeof trait_lines[0]; i++)
        if (s->traits & trait_lines[i].trait)
            buf_printf(b, "            %s\n", trait_lines[i].line);
    buf_puts(b, "        }\n");
}

/* A location for each call that has all the traits `want` of those in `mask`. */
static char *locations(struct pool *p, const struct conf *c, unsigned mask, unsigned want)
{
    struct buf b;
    buf_init(&b, p);
    for (int r = 0; r < RESPONDER_MAX; r++)
        for (const struct serve *s = serves((enum responder_id)r); s->call != CALL_VOID; s++)
            if (responder_wanted((enum responder_id)r, c) && (s->traits & mask) == want)
                put_location(&b, (enum responder_id)r, s);
    return b.data;
}

/* The log names a path with a secret in it by its prefix. */
static char *secret_paths(struct pool *p)
{
    struct buf b;
    buf_init(&b, p);
    for (int r = 0; r < RESPONDER_MAX; r++)
        for (const struct serve *s = serves((enum responder_id)r); s->call != CALL_VOID; s++) {
            const char *path = call_row(s->call)->path;
            int len = (int)fixed_length(path);
            if (s->traits & SERVE_SECRET)
                buf_printf(&b, "        ~^%.*s %.*s;\n", len, path, len, path);
        }
    return b.data;
}

/* What stands between the lines @EACH@ and @END@, once for each responder that is wanted, whose
 * name stands for
 * @RESPONDER@. */
static char *repeat_blocks(struct pool *p, const struct conf *c, const char *text)
{
    static const char begin[] = "@EACH@\n", end[] = "@END@\n";
    struct buf b;
    buf_init(&b, p);
    for (const char *at, *stop;
         (at = strstr(text, begin)) != NULL && (stop = strstr(at, end)) != NULL;
         text = stop + strlen(end)) {
        const char *inside = at + strlen(begin);
        const char *block = pool_strndup(p, inside, (size_t)(stop - inside));
        buf_put(&b, text, (size_t)(at - text));
        for (int r = 0; r < RESPONDER_MAX; r++)
            if (responder_wanted((enum responder_id)r, c))
                buf_puts(&b, buf_replace(p, block, "@RESPONDER@",
                                         responder_row((enum responder_id)r)->name));
    }
    buf_puts(&b, text);
    return b.data;
}

/* The template with all that depends on the tables in it. Settings are filled in afterwards, also
 * those that stand in what is put in here. */
static char *expand_tables(struct pool *p, const struct conf *c, const char *text)
{
    char *t = repeat_blocks(p, c, text);
    t = buf_replace(p, t, "@LOCATIONS@\n", locations(p, c, SERVE_LOCAL, 0));
    t = buf_replace(p, t, "@LOCAL_LOCATIONS@\n", locations(p, c, SERVE_LOCAL, SERVE_LOCAL));
    return buf_replace(p, t, "@SECRET_PATHS@\n", secret_paths(p));
}

/* --- from the error table --- */

/* The statuses nginx makes up by itself, and the row each is answered with. One whose row is
 * ERR_MAX came about while a responder was asked: the row then depends on whether the call can have
 * reached it ($zwm_upstream_row). */
static const struct {
    int status;
    enum err row;
} nginx_errors[] = {
    {400, ERR_MALFORMED}, {401, ERR_SESSION},    {403, ERR_NO_INTERFACE}, {404, ERR_NO_INTERFACE},
    {405, ERR_METHOD},    {408, ERR_MALFORMED},  {411, ERR_MALFORMED},    {413, ERR_TOO_LARGE},
    {414, ERR_TOO_LARGE}, {415, ERR_MEDIA_TYPE}, {421, ERR_MALFORMED},    {429, ERR_RATE},
    {494, ERR_TOO_LARGE}, {495, ERR_MALFORMED},  {496, ERR_MALFORMED},    {497, ERR_MALFORMED},
    {501, ERR_MALFORMED}, {503, ERR_BUSY},       {505, ERR_MALFORMED},    {500, ERR_MAX},
    {502, ERR_MAX},       {504, ERR_MAX},
};

enum { NGINX_ERRORS_N = sizeof nginx_errors / sizeof nginx_errors[0] };

/* The answer document of a row with nginx's variables in it, for a single-quoted nginx string. It
 * is written by the same function as every other answer; request id and date are then put in by
 * nginx. */
static char *error_document(struct pool *p, enum wire_form form, enum err row)
{
    static const char id[] = "00000000000000000000000000000000";
    struct buf b;
    buf_init(&b, p);
    answer_write(&b, form, &(struct answer){.err = row}, id, 0);
    char *text = buf_replace(p, b.data, "\\", "\\\\");
    text = buf_replace(p, text, "'", "\\'");
    text = buf_replace(p, text, id, "$request_id");
    return buf_replace(p, text, "1970-01-01", "$zwm_date");
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

/* --- from the settings --- */

/* The directory of the pages: made by `make www` in a source tree, installed as www/. A source tree
 * has a www/ too, but that one is not ready to be served. */
static const char *www_dir(struct cli *cli)
{
    const char *share = cli_share_dir(cli);
    const char *built = pool_printf(cli->pool, "%s/build/www", share);
    return access(built, R_OK) == 0 ? built : pool_printf(cli->pool, "%s/www", share);
}

/* Connections of one nginx worker: two for each call that is let in, one for each open page, and
 * SPARE for the status port and for those who have not sent a whole header yet. */
static int64_t worker_connections(const struct conf *c)
{
    enum { SPARE = 1024 };
    return 2 * c->nginx_connections + c->push_connections + SPARE;
}

enum { OWN_SEC = 20 /* what we take ourselves, at most */ };

/* The longest that a pickup takes: the time of an information service that is asked for data, or
 * the largest file at the least speed. */
static int64_t service_sec(const struct conf *c)
{
    int64_t data_sec = c->service_total_ms / 1000,
            file_sec =
                c->file_max_mib * (1 << 20) / c->download_least_per_sec + c->download_stall_sec;
    return c->service_connect_ms / 1000 + (data_sec > file_sec ? data_sec : file_sec) + OWN_SEC;
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
        return www_dir(cli);
    if (strcmp(name, "ROW_BUSY") == 0)
        return err_row(ERR_BUSY)->code;
    if (strcmp(name, "ROW_UNCERTAIN") == 0)
        return err_row(ERR_UNCERTAIN)->code;
    if (strcmp(name, "WORKER_CONNECTIONS") == 0)
        return pool_printf(p, "%" PRId64, worker_connections(c));
    if (strcmp(name, "OPEN_FILES") == 0) /* a file is open for some: logs, bodies, pages */
        return pool_printf(p, "%" PRId64, worker_connections(c) + 512);
    if (strcmp(name, "SERVICE_SEC") == 0)
        return pool_printf(p, "%" PRId64, service_sec(c));
    if (strcmp(name, "DOWNLOAD_SEC") == 0)
        return pool_printf(p, "%" PRId64, c->download_stall_sec + OWN_SEC);
    return config_text(p, c, name);
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

int config_nginx(struct cli *cli, int argc, char **argv)
{
    int rc = cli_parse(cli, argc, argv, NULL, 0, NULL, 0, NULL);
    if (rc != CLI_OK)
        return rc;
    struct conf conf;
    rc = cli_conf(cli, &conf);
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
    rc = fill_template(cli, &conf, expand_tables(cli->pool, &conf, text), &out);
    if (rc == CLI_OK && fwrite(out.data, 1, out.len, stdout) != out.len)
        return cli_fail(cli, "standard output: not written");
    return rc;
}
