/* zwm class: the information classes and the services that hold them. */
#include <stdlib.h>
#include <string.h>

#include "core/cli/open.h"
#include "core/wire/field.h"

static int class_list(struct cli *cli, struct instance *i)
{
    struct class_entry *list;
    size_t n;
    enum err e = admin_class_list(&i->work, &list, &n);
    if (e != ERR_OK)
        return cli_store_failed(cli, e);
    struct json_object *items = json_object_new_array();
    for (size_t k = 0; k < n; k++) {
        struct json_object *o = json_object_new_object();
        (void)json_object_object_add(o, "class", json_object_new_string(list[k].class));
        (void)json_object_object_add(o, "name", json_object_new_string(list[k].name));
        (void)json_object_object_add(o, "kind", json_object_new_string(list[k].kind));
        (void)json_object_object_add(o, "service", json_object_new_string(list[k].service_id));
        (void)json_object_object_add(o, "base_url", json_object_new_string(list[k].base_url));
        (void)json_object_array_add(items, o);
        if (!cli->json)
            (void)printf("%-32s %-5s %-10s %s\n", list[k].class, list[k].kind, list[k].service_id,
                         list[k].name);
    }
    if (!cli->json) {
        json_object_put(items);
        return CLI_OK;
    }
    struct json_object *o = json_object_new_object();
    (void)json_object_object_add(o, "items", items);
    cli_print_json(o);
    return CLI_OK;
}

struct class_words {
    const char *class, *name, *kind, *service, *base_url, *service_name;
};

static int class_add(struct cli *cli, struct instance *i, const struct class_words *w)
{
    enum err e = ERR_OK;
    if (w->base_url != NULL)
        e = admin_service_put(&i->work, w->service,
                              w->service_name != NULL ? w->service_name : w->service, w->base_url);
    if (e == ERR_OK)
        e = admin_class_put(&i->work, w->class, w->name, w->kind, w->service);
    if (e != ERR_OK)
        return cli_fail(cli, "not registered: is the service %s known? (--base-url registers it)",
                        w->service);
    if (!cli->json)
        (void)printf("%s: registered\n", w->class);
    return CLI_OK;
}

/* http:// is for a service on this very machine; what follows the address must end it. */
static bool is_local_http(const char *url)
{
    static const char local[] = "http://127.0.0.1";
    size_t n = sizeof local - 1;
    return strncmp(url, local, n) == 0 && (url[n] == '\0' || url[n] == ':' || url[n] == '/') &&
           strchr(url, '@') == NULL;
}

static int check_words(struct cli *cli, const struct class_words *w)
{
    if (w->class == NULL || w->name == NULL || w->kind == NULL || w->service == NULL)
        return cli_usage(cli, "--class, --name, --kind and --service are needed");
    if (!field_is_class(w->class))
        return cli_fail(cli, "--class must be 1 to 128 of A-Z a-z 0-9 . _ : -");
    if (strcmp(w->kind, "data") != 0 && strcmp(w->kind, "file") != 0)
        return cli_fail(cli, "--kind must be data or file");
    if (!field_is_app_id(w->service))
        return cli_fail(cli, "--service must be 1 to 32 of A-Z a-z 0-9 . _ -");
    if (w->base_url != NULL && strncmp(w->base_url, "https://", 8) != 0 &&
        !is_local_http(w->base_url))
        return cli_fail(cli, "--base-url must be https:// (http:// only on 127.0.0.1)");
    return CLI_OK;
}

int cmd_class(struct cli *cli, int argc, char **argv)
{
    struct class_words w = {0};
    const char *words[1] = {NULL};
    const struct cli_opt opts[] = {
        {"class", &w.class, NULL, false},       {"name", &w.name, NULL, false},
        {"kind", &w.kind, NULL, false},         {"service", &w.service, NULL, false},
        {"base-url", &w.base_url, NULL, false}, {"service-name", &w.service_name, NULL, false}};
    struct instance i;
    size_t n;
    int rc = cli_parse(cli, argc, argv, opts, sizeof opts / sizeof opts[0], words, 1, &n);
    if (rc != CLI_OK)
        return rc;
    bool add = n == 1 && strcmp(words[0], "add") == 0;
    if (!add && (n != 1 || strcmp(words[0], "list") != 0))
        return cli_usage(cli, "`list` or `add` expected");
    rc = add ? check_words(cli, &w) : CLI_OK;
    if (rc == CLI_OK)
        rc = cli_open(cli, &i);
    if (rc != CLI_OK)
        return rc;
    return add ? class_add(cli, &i, &w) : class_list(cli, &i);
}
