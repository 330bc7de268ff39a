#include "core/base/conf.h"

#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct setting {
    const char *name;
    bool is_int;
    const char *dflt_str;
    int64_t dflt, min, max;
    const char *doc;
    size_t offset;
};

static const struct setting settings[] = {
#define SETTING_STR(name, dflt, doc)                                                               \
    {#name, false, dflt, 0, 0, 0, doc, offsetof(struct conf, name)},
#define SETTING_INT(name, dflt, min, max, doc)                                                     \
    {#name, true, NULL, dflt, min, max, doc, offsetof(struct conf, name)},
#include "core/base/conf.def"
#undef SETTING_STR
#undef SETTING_INT
};

enum { SETTINGS_N = sizeof settings / sizeof settings[0] };

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

static enum err read_line(struct pool *p, struct conf *c, char *line, const char *path, int no,
                          FILE *err_out)
{
    char *name = trim(line);
    if (*name == '\0' || *name == '#')
        return ERR_OK;
    char *eq = strchr(name, '=');
    if (eq == NULL) {
        if (err_out != NULL)
            (void)fprintf(err_out, "%s:%d: `name = value` expected\n", path, no);
        return ERR_BAD;
    }
    *eq = '\0';
    name = trim(name);
    char *value = trim(eq + 1);
    for (size_t i = 0; i < SETTINGS_N; i++) {
        const struct setting *s = &settings[i];
        if (strcmp(s->name, name) != 0)
            continue;
        if (!s->is_int) {
            set_str(c, s, pool_strdup(p, value));
            return ERR_OK;
        }
        char *end;
        errno = 0;
        long long v = strtoll(value, &end, 10);
        if (errno != 0 || end == value || *end != '\0' || v < s->min || v > s->max) {
            if (err_out != NULL)
                (void)fprintf(err_out, "%s:%d: %s must be a whole number from %lld to %lld\n", path,
                              no, name, (long long)s->min, (long long)s->max);
            return ERR_BAD;
        }
        set_int(c, s, v);
        return ERR_OK;
    }
    if (err_out != NULL)
        (void)fprintf(err_out, "%s:%d: unknown setting `%s`\n", path, no, name);
    return ERR_BAD;
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
    };
    for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++)
        if (**paths[i].at == '\0')
            *paths[i].at = pool_printf(p, "%s/%s", c->var_dir, paths[i].sub);
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
    enum err e = ERR_OK;
    char *line = NULL;
    size_t cap = 0;
    for (int no = 1; e == ERR_OK && getline(&line, &cap, f) >= 0; no++)
        e = read_line(p, c, line, path, no, err_out);
    free(line);
    (void)fclose(f);
    if (e == ERR_OK)
        fill_paths(p, c);
    return e;
}

bool conf_has(const char *name, size_t len)
{
    for (size_t i = 0; i < SETTINGS_N; i++)
        if (strlen(settings[i].name) == len && memcmp(settings[i].name, name, len) == 0)
            return true;
    return false;
}

void conf_write_template(FILE *out, const char *const *with)
{
    (void)fputs("# Settings of this instance. A commented line shows the default.\n", out);
    for (size_t i = 0; i < SETTINGS_N; i++) {
        const struct setting *s = &settings[i];
        const char *value = NULL;
        for (const char *const *w = with; w != NULL && *w != NULL; w += 2)
            if (strcmp(w[0], s->name) == 0)
                value = w[1];
        (void)fprintf(out, "\n# %s\n", s->doc);
        if (value != NULL)
            (void)fprintf(out, "%s = %s\n", s->name, value);
        else if (s->is_int)
            (void)fprintf(out, "#%s = %lld\n", s->name, (long long)s->dflt);
        else
            (void)fprintf(out, "#%s = %s\n", s->name, s->dflt_str);
    }
}

void conf_write_markdown(FILE *out)
{
    (void)fputs("| setting | default | bounds | meaning |\n| --- | --- | --- | --- |\n", out);
    for (size_t i = 0; i < SETTINGS_N; i++) {
        const struct setting *s = &settings[i];
        if (s->is_int)
            (void)fprintf(out, "| `%s` | %lld | %lld to %lld | %s |\n", s->name, (long long)s->dflt,
                          (long long)s->min, (long long)s->max, s->doc);
        else
            (void)fprintf(out, "| `%s` | %s%s%s | | %s |\n", s->name, *s->dflt_str ? "`" : "",
                          s->dflt_str, *s->dflt_str ? "`" : "", s->doc);
    }
}
