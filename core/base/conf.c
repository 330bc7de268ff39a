#include "core/base/conf.h"

#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct setting {
    const char *name;
    bool is_int;
    const char *dflt_str, *words; /* words: NULL means any text */
    int64_t dflt, min, max;
    const char *doc;
    size_t offset;
};

static const struct setting settings[] = {
#define SETTING_STR(name, dflt, doc)                                                               \
    {#name, false, dflt, NULL, 0, 0, 0, doc, offsetof(struct conf, name)},
#define SETTING_WORD(name, dflt, words, doc)                                                       \
    {#name, false, dflt, words, 0, 0, 0, doc, offsetof(struct conf, name)},
#define SETTING_INT(name, dflt, min, max, doc)                                                     \
    {#name, true, NULL, NULL, dflt, min, max, doc, offsetof(struct conf, name)},
#include "core/base/conf.def"
#undef SETTING_STR
#undef SETTING_WORD
#undef SETTING_INT
};

enum { SETTINGS_N = sizeof settings / sizeof settings[0] };

/* What a setting means, in Chinese. A row of a setting that is gone does not compile; a test names
 * the setting that has no row. */
static const struct {
    size_t offset; /* of the setting, in struct conf */
    const char *doc;
} chinese_docs[] = {
#define SETTING_ZH(name, doc) {offsetof(struct conf, name), doc},
#include "core/base/conf_zh.def"
#undef SETTING_ZH
};

static const char *meaning(const struct setting *s, bool chinese)
{
    for (size_t i = 0; chinese && i < sizeof chinese_docs / sizeof chinese_docs[0]; i++)
        if (chinese_docs[i].offset == s->offset)
            return chinese_docs[i].doc;
    return s->doc;
}

char *conf_var_dir(struct pool *p)
{
    const char *dir = getenv("ZWM_VAR");
    if (dir == NULL || *dir == '\0')
        dir = "var";
    char *abs = realpath(dir, NULL);
    if (abs != NULL) {
        char *r = pool_strdup(p, abs);
        free(abs);
        return r;
    }
    if (*dir == '/')
        return pool_strdup(p, dir);
    char cwd[PATH_MAX];
    return pool_printf(p, "%s/%s", getcwd(cwd, sizeof cwd) != NULL ? cwd : ".", dir);
}

static void set_str(struct conf *c, const struct setting *s, const char *v)
{
    *(const char **)((char *)c + s->offset) = v;
}

static void set_int(struct conf *c, const struct setting *s, int64_t v)
{
    *(int64_t *)(void *)((char *)c + s->offset) = v;
}

static char *trim(char *s)
{
    while (isspace((unsigned char)*s))
        s++;
    char *end = s + strlen(s);
    while (end > s && isspace((unsigned char)end[-1]))
        end--;
    *end = '\0';
    return s;
}

/* One reading of a file. */
struct reading {
    struct pool *pool;
    struct conf *conf;
    const char *path;
    int line_no;
    bool seen[SETTINGS_N];
    FILE *err_out;
};

static enum err refuse(const struct reading *r, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

static enum err refuse(const struct reading *r, const char *fmt, ...)
{
    va_list ap;
    if (r->err_out == NULL)
        return ERR_BAD;
    (void)fprintf(r->err_out, "%s:%d: ", r->path, r->line_no);
    va_start(ap, fmt);
    (void)vfprintf(r->err_out, fmt, ap);
    va_end(ap);
    (void)fputc('\n', r->err_out);
    return ERR_BAD;
}

static bool is_one_of(const char *words, const char *value)
{
    size_t len = strlen(value);
    for (const char *at = words; *at != '\0';) {
        size_t n = strcspn(at, " ");
        if (n == len && memcmp(at, value, n) == 0)
            return true;
        at += n + (at[n] == ' ');
    }
    return false;
}

static enum err read_value(const struct reading *r, const struct setting *s, const char *value)
{
    char *end;
    if (!s->is_int) {
        if (s->words != NULL && !is_one_of(s->words, value))
            return refuse(r, "%s must be one of: %s", s->name, s->words);
        set_str(r->conf, s, pool_strdup(r->pool, value));
        return ERR_OK;
    }
    errno = 0;
    long long v = strtoll(value, &end, 10);
    if (errno != 0 || end == value || *end != '\0' || v < s->min || v > s->max)
        return refuse(r, "%s must be a whole number from %lld to %lld", s->name, (long long)s->min,
                      (long long)s->max);
    set_int(r->conf, s, v);
    return ERR_OK;
}

static enum err read_line(struct reading *r, char *line)
{
    char *name = trim(line);
    if (*name == '\0' || *name == '#')
        return ERR_OK;
    char *eq = strchr(name, '=');
    if (eq == NULL)
        return refuse(r, "`name = value` expected");
    *eq = '\0';
    name = trim(name);
    for (size_t i = 0; i < SETTINGS_N; i++) {
        if (strcmp(settings[i].name, name) != 0)
            continue;
        if (r->seen[i])
            return refuse(r, "%s is set twice", name);
        r->seen[i] = true;
        return read_value(r, &settings[i], trim(eq + 1));
    }
    return refuse(r, "unknown setting `%s`", name);
}

static void fill_paths(struct pool *p, struct conf *c)
{
    const struct {
        const char **at;
        const char *sub;
    } paths[] = {
        {&c->keys_dir, "keys"},
        {&c->run_dir, "run"},
        {&c->log_dir, "log"},
        {&c->spool_dir, "spool"},
        {&c->tls_dir, "tls"},
        {&c->db_socket, "run/mariadb.sock"},
        {&c->service_ca_file, "tls/ca.crt"},
        {&c->sample_files_dir, "sample"},
        {&c->registry_key_file, "keys/registry.pub"},
        {&c->peer_ca_file, "tls/ca.crt"},
        {&c->oidc_ca_file, "tls/ca.crt"},
    };
    for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++)
        if (**paths[i].at == '\0')
            *paths[i].at = pool_printf(p, "%s/%s", c->var_dir, paths[i].sub);
}

/* Whether the public address names this machine alone. */
static bool is_local(const char *base_url)
{
    static const char *const hosts[] = {"https://127.0.0.1", "https://localhost", "https://[::1]"};
    for (size_t i = 0; i < sizeof hosts / sizeof hosts[0]; i++) {
        size_t len = strlen(hosts[i]);
        if (strncmp(base_url, hosts[i], len) == 0 &&
            (base_url[len] == ':' || base_url[len] == '\0'))
            return true;
    }
    return false;
}

/* What holds between settings. The sample login lets everybody in as anybody. */
static enum err check_settings(const struct reading *r)
{
    if (r->conf->sample_login && !is_local(r->conf->base_url))
        return refuse(r, "sample_login = 1 needs a base_url of this machine (https://127.0.0.1)");
    if (r->conf->sample_login && *r->conf->oidc_issuer != '\0')
        return refuse(r, "sample_login = 1 and oidc_issuer exclude each other");
    if (*r->conf->oidc_issuer != '\0' && *r->conf->oidc_client_id == '\0')
        return refuse(r, "oidc_issuer needs oidc_client_id");
    return ERR_OK;
}

enum err conf_load(struct pool *p, const char *var_dir, struct conf *c, FILE *err_out)
{
    char *path = pool_printf(p, "%s/zwm.conf", var_dir);
    FILE *f = fopen(path, "re");
    if (f == NULL) {
        if (err_out != NULL)
            (void)fprintf(err_out, "%s: %s\n", path, strerror(errno));
        return ERR_ABSENT;
    }
    *c = (struct conf){.var_dir = pool_strdup(p, var_dir)};
    for (size_t i = 0; i < SETTINGS_N; i++) {
        if (settings[i].is_int)
            set_int(c, &settings[i], settings[i].dflt);
        else
            set_str(c, &settings[i], settings[i].dflt_str);
    }
    struct reading r = {.pool = p, .conf = c, .path = path, .err_out = err_out};
    enum err e = ERR_OK;
    char *line = NULL;
    size_t cap = 0;
    ssize_t len = 0;
    while (e == ERR_OK && (len = getline(&line, &cap, f)) >= 0) {
        r.line_no++;
        e = strlen(line) == (size_t)len ? read_line(&r, line) : refuse(&r, "a NUL in the text");
    }
    /* What could not be read must not become defaults either. */
    if (e == ERR_OK && !feof(f))
        e = refuse(&r, "%s", strerror(errno));
    free(line);
    (void)fclose(f);
    if (e == ERR_OK)
        e = check_settings(&r);
    if (e == ERR_OK)
        fill_paths(p, c);
    return e;
}

int64_t conf_int(const struct conf *c, const char *name)
{
    for (size_t i = 0; i < SETTINGS_N; i++)
        if (settings[i].is_int && strcmp(settings[i].name, name) == 0)
            return *(const int64_t *)(const void *)((const char *)c + settings[i].offset);
    return 0;
}

bool conf_has(const char *name, size_t len)
{
    for (size_t i = 0; i < SETTINGS_N; i++)
        if (strlen(settings[i].name) == len && memcmp(settings[i].name, name, len) == 0)
            return true;
    return false;
}

void conf_write_template(FILE *out, const char *const *with, bool chinese)
{
    (void)fputs(chinese ? "# 本实例的设置。注释行显示默认值。\n"
                        : "# Settings of this instance. A commented line shows the default.\n",
                out);
    for (size_t i = 0; i < SETTINGS_N; i++) {
        const struct setting *s = &settings[i];
        const char *value = NULL;
        for (const char *const *w = with; w != NULL && *w != NULL; w += 2)
            if (strcmp(w[0], s->name) == 0)
                value = w[1];
        (void)fprintf(out, "\n# %s\n", meaning(s, chinese));
        if (value != NULL)
            (void)fprintf(out, "%s = %s\n", s->name, value);
        else if (s->is_int)
            (void)fprintf(out, "#%s = %lld\n", s->name, (long long)s->dflt);
        else
            (void)fprintf(out, "#%s = %s\n", s->name, s->dflt_str);
    }
}

void conf_write_markdown(FILE *out, bool chinese)
{
    (void)fputs(chinese ? "| 设置 | 默认值 | 范围 | 含义 |\n"
                        : "| setting | default | bounds | meaning |\n",
                out);
    (void)fputs("| --- | --- | --- | --- |\n", out);
    for (size_t i = 0; i < SETTINGS_N; i++) {
        const struct setting *s = &settings[i];
        if (s->is_int)
            (void)fprintf(out, "| `%s` | %lld | %lld %s %lld | %s |\n", s->name, (long long)s->dflt,
                          (long long)s->min, chinese ? "至" : "to", (long long)s->max,
                          meaning(s, chinese));
        else
            (void)fprintf(out, "| `%s` | %s%s%s | %s%s| %s |\n", s->name, *s->dflt_str ? "`" : "",
                          s->dflt_str, *s->dflt_str ? "`" : "", s->words != NULL ? s->words : "",
                          s->words != NULL ? " " : "", meaning(s, chinese));
    }
}
