/* zwm config: the settings by name, and the words of the command. */
#include "core/cli/config.h"

#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

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

const char *config_text(struct pool *p, const struct conf *c, const char *name)
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
    const char *value = config_text(cli->pool, &conf, name[0]);
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
        conf_write_markdown(stdout, cli->lang == LANG_ZH);
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
