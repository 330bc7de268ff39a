/* zwm class: the information classes. The rules stand in core/act/register. */
#include <stdio.h>

#include "core/cli/registered.h"

struct class_words {
    const char *class, *name, *kind, *service, *base_url, *service_name;
};

static int told(struct cli *cli, enum err e, const struct refusal *r, const char *id,
                const char *done)
{
    return e == ERR_OK ? registered_done(cli, "class", id, done)
                       : registered_refused(cli, e, r, "class", id);
}

static int class_add(struct cli *cli, struct instance *i, const char *id, const void *words)
{
    const struct class_words *w = words;
    struct refusal r = {NULL, NULL};
    if (w->name == NULL || w->kind == NULL || w->service == NULL)
        return cli_usage(cli, "--class, --name, --kind and --service are needed");
    const struct class_entry c = {
        .class = id, .name = w->name, .kind = w->kind, .service_id = w->service};
    const struct service_entry s = {.service_id = w->service,
                                    .name = w->service_name != NULL ? w->service_name : w->service,
                                    .base_url = w->base_url};
    return told(cli, act_class_add(&i->work, &c, w->base_url != NULL ? &s : NULL, &r), &r, id,
                "registered");
}

static int class_edit(struct cli *cli, struct instance *i, const char *id, const void *words)
{
    const struct class_words *w = words;
    struct refusal r = {NULL, NULL};
    if (w->base_url != NULL || w->service_name != NULL)
        return cli_usage(cli, "`zwm service edit` changes a service");
    const struct class_entry x = {
        .class = id, .name = w->name, .kind = w->kind, .service_id = w->service};
    return told(cli, act_class_edit(&i->work, &x, &r), &r, id, "changed");
}

static int class_remove(struct cli *cli, struct instance *i, const char *id, const void *words)
{
    struct refusal r = {NULL, NULL};
    (void)words;
    return told(cli, act_class_remove(&i->work, id, &r), &r, id, "removed");
}

static int class_show(struct cli *cli, struct instance *i, const char *id, const void *words)
{
    struct class_entry c;
    (void)words;
    enum err e = act_class_show(&i->work, id, &c);
    return e == ERR_OK ? registered_show(cli, act_class_object(cli->pool, &c))
                       : registered_refused(cli, e, &(struct refusal){NULL, NULL}, "class", id);
}

static int class_list_all(struct cli *cli, struct instance *i, const char *id, const void *words)
{
    struct class_entry *list;
    size_t n;
    (void)id;
    (void)words;
    enum err e = class_list(&i->work, &list, &n);
    if (e != ERR_OK)
        return cli_store_failed(cli, e);
    struct json_object *items = json_object_new_array();
    for (size_t k = 0; k < n; k++) {
        (void)json_object_array_add(items, json_object_get(act_class_object(cli->pool, &list[k])));
        if (!cli->json)
            (void)printf("%-32s %-5s %-10s %s\n", list[k].class, list[k].kind, list[k].service_id,
                         list[k].name);
    }
    return registered_list(cli, items);
}

int cmd_class(struct cli *cli, int argc, char **argv)
{
    static const struct verb verbs[] = {{"add", true, class_add},
                                        {"edit", true, class_edit},
                                        {"remove", true, class_remove},
                                        {"show", true, class_show},
                                        {"list", false, class_list_all}};
    struct class_words w = {0};
    const char *operands[2] = {NULL, NULL};
    const struct cli_opt opts[] = {
        {"class", &w.class, NULL, false},       {"name", &w.name, NULL, false},
        {"kind", &w.kind, NULL, false},         {"service", &w.service, NULL, false},
        {"base-url", &w.base_url, NULL, false}, {"service-name", &w.service_name, NULL, false}};
    size_t n;
    int rc = cli_parse(cli, argc, argv, opts, sizeof opts / sizeof opts[0], operands, 2, &n);
    if (rc != CLI_OK)
        return rc;
    return registered_run(cli, verbs, sizeof verbs / sizeof verbs[0], operands, n, w.class, &w);
}
