/* zwm app: register, suspend, resume, re-key and list the systems that call. In force everywhere
 * within a second. */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/base/text.h"
#include "core/act/pages.h"
#include "core/base/jsontext.h"
#include "core/cli/open.h"
#include "core/code/channel.h"
#include "core/code/idno.h"
#include "core/code/sysid.h"
#include "core/crypto/b64.h"
#include "core/wire/field.h"

struct app_words {
    const char *app_id, *kind, *name, *uscc, *public_key, *channel, *allow_list, *rate;
};

static int read_public_key(struct cli *cli, const char *path, uint8_t **der_r, size_t *len_r)
{
    size_t len;
    struct sm2_key *key = NULL;
    char *text = cli_read_file(cli, path, 16384, &len);
    if (text == NULL)
        return CLI_FAILED;
    if (sm2_key_from_public_text(text, len, &key) != ERR_OK)
        return cli_fail(
            cli, "%s holds no SM2 public key (PEM, base64 SubjectPublicKeyInfo or hex of 04|x|y)",
            path);
    sm2_key_spki(key, cli->pool, der_r, len_r);
    sm2_key_free(&key);
    return CLI_OK;
}

static int check_words(struct cli *cli, const struct app_words *w, struct app_entry *a)
{
    struct sysid id;
    char *end = NULL;
    a->kind = app_kind_by_name(w->kind);
    if (!field_is_app_id(w->app_id))
        return cli_fail(cli, "--app-id must be 1 to 32 of A-Z a-z 0-9 . _ -");
    if (a->kind == 0)
        return cli_fail(cli, "--kind must be channel, third-party, system or service");
    if (a->kind == APP_SYSTEM && sysid_parse(w->app_id, &id) != ERR_OK)
        return cli_fail(cli, "the --app-id of a code system is its system identifier, 9 digits");
    if (!utf8_is_valid(w->name, strlen(w->name)) || *w->name == '\0' || utf8_length(w->name) > 128)
        return cli_fail(cli, "--name must be 1 to 128 characters");
    if (!idno_uscc_is_valid(w->uscc))
        return cli_fail(
            cli,
            "--uscc is no unified social credit code: 18 characters, GB 32100 check character");
    if (w->channel != NULL && (a->kind != APP_CHANNEL || channel_by_code(w->channel) == NULL))
        return cli_fail(
            cli, "--channel must be a channel type (01 to 08, 99) and goes with --kind channel");
    if (w->allow_list != NULL &&
        (!app_allow_list_is_valid(w->allow_list) || strlen(w->allow_list) > 1024))
        return cli_fail(cli, "--allow-list must be addresses or CIDRs, comma separated");
    if (w->public_key == NULL && w->allow_list == NULL)
        return cli_fail(cli,
                        "--public-key is missing (only an app with --allow-list can do without)");
    a->rate_per_sec = w->rate != NULL ? strtol(w->rate, &end, 10) : 0;
    if (w->rate != NULL && (*end != '\0' || a->rate_per_sec < 1 || a->rate_per_sec > 1000000))
        return cli_fail(cli, "--rate must be a number of calls a second from 1 to 1000000");
    return CLI_OK;
}

static int print_done(struct cli *cli, const char *app_id, const char *done)
{
    if (cli->json) {
        struct json_object *o = json_object_new_object();
        (void)json_object_object_add(o, "app_id", json_object_new_string(app_id));
        (void)json_object_object_add(o, "done", json_object_new_string(done));
        cli_print_json(o);
    } else {
        (void)printf("%s: %s\n", app_id, done);
    }
    return CLI_OK;
}

static int app_add(struct cli *cli, const struct app_words *w)
{
    struct instance i;
    struct app_entry a = {.app_id = w->app_id,
                          .name = w->name,
                          .uscc = w->uscc,
                          .channel = w->channel,
                          .allow_list = w->allow_list,
                          .status = APP_ACTIVE};
    uint8_t *der = NULL;
    if (w->app_id == NULL || w->kind == NULL || w->name == NULL || w->uscc == NULL)
        return cli_usage(cli, "--app-id, --kind, --name and --uscc are needed");
    int rc = check_words(cli, w, &a);
    if (rc == CLI_OK && w->public_key != NULL)
        rc = read_public_key(cli, w->public_key, &der, &a.spki_len);
    a.spki = der;
    if (rc == CLI_OK)
        rc = cli_open(cli, &i);
    if (rc != CLI_OK)
        return rc;
    enum err e = admin_app_add(&i.work, &a);
    if (e == ERR_DUPLICATE)
        return cli_fail(cli, "the app_id %s is taken; `zwm app key` changes its key", w->app_id);
    return e == ERR_OK ? print_done(cli, w->app_id, "registered") : cli_store_failed(cli, e);
}

static int app_change(struct cli *cli, const char *what, const char *app_id, const char *key_file)
{
    struct instance i;
    uint8_t *der = NULL;
    size_t len = 0;
    enum err e;
    int rc = strcmp(what, "key") == 0 ? read_public_key(cli, key_file, &der, &len) : CLI_OK;
    if (rc == CLI_OK)
        rc = cli_open(cli, &i);
    if (rc != CLI_OK)
        return rc;
    if (der != NULL)
        e = admin_app_set_key(&i.work, app_id, der, len);
    else
        e = admin_app_set_status(&i.work, app_id,
                                 strcmp(what, "suspend") == 0 ? APP_SUSPENDED : APP_ACTIVE);
    if (e == ERR_ABSENT)
        return cli_fail(cli, "no app %s", app_id);
    if (e != ERR_OK)
        return cli_store_failed(cli, e);
    return print_done(cli, app_id,
                      der != NULL                    ? "key changed"
                      : strcmp(what, "suspend") == 0 ? "suspended"
                                                     : "active");
}

static struct json_object *text_or_null(const char *s)
{
    return s != NULL ? json_object_new_string(s) : NULL;
}

static int app_list(struct cli *cli)
{
    struct instance i;
    struct app_entry *list;
    size_t n;
    int rc = cli_open(cli, &i);
    if (rc != CLI_OK)
        return rc;
    enum err e = admin_app_list(&i.work, &list, &n);
    if (e != ERR_OK)
        return cli_store_failed(cli, e);
    struct json_object *items = json_object_new_array();
    for (size_t k = 0; k < n; k++) {
        const struct app_entry *a = &list[k];
        const char *status = a->status == APP_ACTIVE ? "active" : "suspended";
        struct json_object *o = json_object_new_object();
        (void)json_object_object_add(o, "app_id", json_object_new_string(a->app_id));
        (void)json_object_object_add(o, "kind", text_or_null(app_kind_name(a->kind)));
        (void)json_object_object_add(o, "name", text_or_null(a->name));
        (void)json_object_object_add(o, "uscc", text_or_null(a->uscc));
        (void)json_object_object_add(o, "status", json_object_new_string(status));
        (void)json_object_object_add(o, "channel", text_or_null(a->channel));
        (void)json_object_object_add(o, "allow_list", text_or_null(a->allow_list));
        (void)json_object_object_add(
            o, "public_key",
            text_or_null(a->spki != NULL ? b64_encode(cli->pool, a->spki, a->spki_len) : NULL));
        (void)json_object_object_add(o, "updated_at", json_object_new_int64(a->updated_at));
        (void)json_object_array_add(items, o);
        if (!cli->json)
            (void)printf("%-32s %-12s %-10s %s\n", a->app_id, app_kind_name(a->kind), status,
                         a->name);
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

/* Sets the origins of the app's pages, or shows them. */
static int app_origins(struct cli *cli, const char *app_id, const char *set)
{
    struct instance i;
    const char **list, *wrong = NULL;
    size_t n = 0;
    int rc = cli_open(cli, &i);
    if (rc != CLI_OK)
        return rc;
    if (set != NULL) {
        list = pool_alloc(cli->pool, (strlen(set) + 1) * sizeof *list);
        for (char *at = pool_strdup(cli->pool, set), *one; (one = strsep(&at, ",")) != NULL;)
            if (*one != '\0')
                list[n++] = one;
        enum err e = act_app_set_origins(&i.work, app_id, list, n, &wrong);
        if (e == ERR_FIELD_INVALID)
            return cli_fail(cli, "%s is no origin (scheme, host and port, nothing else; https)",
                            wrong != NULL ? wrong : "one of them stands twice, or");
        if (e != ERR_OK)
            return e == ERR_ABSENT ? cli_fail(cli, "no app %s", app_id) : cli_store_failed(cli, e);
    }
    enum err e = act_app_origins(&i.work, app_id, &list, &n);
    if (e != ERR_OK)
        return cli_store_failed(cli, e);
    if (cli->json) {
        struct json_object *o = json_object_new_object();
        (void)json_object_object_add(o, "items", json_object_get(json_strings(cli->pool, list, n)));
        cli_print_json(o);
        return CLI_OK;
    }
    for (size_t k = 0; k < n; k++)
        (void)puts(list[k]);
    return CLI_OK;
}

/* Sets the dialect of the JSSDK, or the address that is told of a logout. */
static int app_page(struct cli *cli, const char *what, const char *app_id, const char *value)
{
    struct instance i;
    bool dialect = strcmp(what, "dialect") == 0;
    int rc = cli_open(cli, &i);
    if (rc != CLI_OK)
        return rc;
    enum err e = dialect ? act_app_set_dialect(&i.work, app_id, value)
                         : act_app_set_logout_url(&i.work, app_id, value);
    if (e == ERR_FIELD_INVALID)
        return dialect ? cli_fail(cli, "a dialect is json, mob, shandong or gansu")
                       : cli_fail(cli, "%s is no https address that may be called", value);
    if (e == ERR_ABSENT)
        return cli_fail(cli, "no app %s", app_id);
    return e == ERR_OK ? print_done(cli, app_id, dialect ? "dialect changed" : "logout-url changed")
                       : cli_store_failed(cli, e);
}

int cmd_app(struct cli *cli, int argc, char **argv)
{
    struct app_words w = {0};
    const char *words[3] = {NULL, NULL, NULL}, *set = NULL;
    const struct cli_opt opts[] = {{"app-id", &w.app_id, NULL, false},
                                   {"kind", &w.kind, NULL, false},
                                   {"name", &w.name, NULL, false},
                                   {"uscc", &w.uscc, NULL, false},
                                   {"public-key", &w.public_key, NULL, false},
                                   {"channel", &w.channel, NULL, false},
                                   {"allow-list", &w.allow_list, NULL, false},
                                   {"rate", &w.rate, NULL, false},
                                   {"set", &set, NULL, false}};
    size_t n;
    int rc = cli_parse(cli, argc, argv, opts, sizeof opts / sizeof opts[0], words, 3, &n);
    if (rc != CLI_OK)
        return rc;
    if (n == 3 && strcmp(words[0], "dialect") == 0)
        return app_page(cli, words[0], words[1], words[2]);
    if (n == 2 && w.app_id == NULL)
        w.app_id = words[1];
    if (n >= 1 && strcmp(words[0], "add") == 0)
        return app_add(cli, &w);
    if (n == 1 && strcmp(words[0], "list") == 0)
        return app_list(cli);
    if (n >= 1 && w.app_id != NULL &&
        (strcmp(words[0], "suspend") == 0 || strcmp(words[0], "resume") == 0))
        return app_change(cli, words[0], w.app_id, NULL);
    if (n >= 1 && w.app_id != NULL && w.public_key != NULL && strcmp(words[0], "key") == 0)
        return app_change(cli, "key", w.app_id, w.public_key);
    if (n >= 1 && w.app_id != NULL && strcmp(words[0], "origins") == 0)
        return app_origins(cli, w.app_id, set);
    if (n == 2 && set != NULL && strcmp(words[0], "logout-url") == 0)
        return app_page(cli, words[0], w.app_id, set);
    return cli_usage(cli, "`add`, `suspend ID`, `resume ID`, `key ID --public-key FILE`, `origins "
                          "ID [--set ORIGIN,...]`, `dialect ID WORD`, `logout-url ID --set URL` "
                          "or `list` expected");
}
