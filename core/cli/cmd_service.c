/* zwm service: the information services that hold classes. The rules stand in core/act/register. */
#include <stdio.h>

#include "core/cli/registered.h"

struct service_words {
    const char *service, *name, *base_url;
};

static int told(struct cli *cli, enum err e, const struct refusal *r, const char *id,
                const char *done)
{
    return e == ERR_OK ? registered_done(cli, "service", id, done)
                       : registered_refused(cli, e, r, "service", id);
}

static int service_add(struct cli *cli, struct instance *i, const char *id, const void *words)
{
    const struct service_words *w = words;
    struct refusal r = {NULL, NULL};
    if (w->base_url == NULL)
        return cli_usage(cli, "--base-url is needed");
    const struct service_entry s = {
        .service_id = id, .name = w->name != NULL ? w->name : id, .base_url = w->base_url};
    return told(cli, act_service_add(&i->work, &s, &r), &r, id, "registered");
}

static int edit(struct cli *cli, struct instance *i, const struct service_entry *x,
                const char *done)
{
    struct refusal r = {NULL, NULL};
    return told(cli, act_service_edit(&i->work, x, &r), &r, x->service_id, done);
}

static int service_edit(struct cli *cli, struct instance *i, const char *id, const void *words)
{
    const struct service_words *w = words;
    return edit(cli, i,
                &(struct service_entry){.service_id = id, .name = w->name, .base_url = w->base_url},
                "changed");
}

static int service_suspend(struct cli *cli, struct instance *i, const char *id, const void *words)
{
    (void)words;
    return edit(cli, i, &(struct service_entry){.service_id = id, .status = SERVICE_SUSPENDED},
                "suspended");
}

static int service_resume(struct cli *cli, struct instance *i, const char *id, const void *words)
{
    (void)words;
    return edit(cli, i, &(struct service_entry){.service_id = id, .status = SERVICE_ACTIVE},
                "active");
}

static int service_remove(struct cli *cli, struct instance *i, const char *id, const void *words)
{
    struct refusal r = {NULL, NULL};
    (void)words;
    return told(cli, act_service_remove(&i->work, id, &r), &r, id, "removed");
}

static int service_show(struct cli *cli, struct instance *i, const char *id, const void *words)
{
    struct service_entry s;
    (void)words;
    enum err e = act_service_show(&i->work, id, &s);
    return e == ERR_OK ? registered_show(cli, act_service_object(cli->pool, &s))
                       : registered_refused(cli, e, &(struct refusal){NULL, NULL}, "service", id);
}

static int service_list_all(struct cli *cli, struct instance *i, const char *id, const void *words)
{
    struct service_entry *list;
    size_t n;
    (void)id;
    (void)words;
    enum err e = service_list(&i->work, &list, &n);
    if (e != ERR_OK)
        return cli_store_failed(cli, e);
    struct json_object *items = json_object_new_array();
    for (size_t k = 0; k < n; k++) {
        (void)json_object_array_add(items,
                                    json_object_get(act_service_object(cli->pool, &list[k])));
        if (!cli->json)
            (void)printf("%-24s %-9s %3lld classes  %s  %s\n", list[k].service_id,
                         list[k].status == SERVICE_ACTIVE ? "active" : "suspended",
                         (long long)list[k].classes, list[k].base_url, list[k].name);
    }
    return registered_list(cli, items);
}

int cmd_service(struct cli *cli, int argc, char **argv)
{
    static const struct verb verbs[] = {
        {"add", true, service_add},         {"edit", true, service_edit},
        {"suspend", true, service_suspend}, {"resume", true, service_resume},
        {"remove", true, service_remove},   {"show", true, service_show},
        {"list", false, service_list_all}};
    struct service_words w = {0};
    const char *operands[2] = {NULL, NULL};
    const struct cli_opt opts[] = {{"service", &w.service, NULL, false},
                                   {"name", &w.name, NULL, false},
                                   {"base-url", &w.base_url, NULL, false}};
    size_t n;
    int rc = cli_parse(cli, argc, argv, opts, sizeof opts / sizeof opts[0], operands, 2, &n);
    if (rc != CLI_OK)
        return rc;
    return registered_run(cli, verbs, sizeof verbs / sizeof verbs[0], operands, n, w.service, &w);
}
