/* zwm route: registering this system at a registry; at the registry, deciding on applications and
 * publishing the trust list. In force everywhere within a second here, at the other systems when
 * they next look. */
#include "core/cli/cmd_route.h"

#include <string.h>

#include "core/act/registry/registry.h"
#include "core/base/text.h"
#include "core/cli/open.h"
#include "core/net/http.h"

struct route_words {
    struct registry_form form;
    const char *public_key; /* file */
    struct route_many many;
};

static void put(struct json_object *o, const char *name, const char *text)
{
    if (text != NULL)
        (void)json_object_object_add(o, name, json_object_new_string(text));
}

static int print_done(struct cli *cli, const char *system, const char *done)
{
    if (cli->json) {
        struct json_object *o = json_object_new_object();
        put(o, "system", system);
        put(o, "done", done);
        cli_print_json(o);
    } else {
        (void)printf("%s: %s\n", system, cli_text(cli, done));
    }
    return CLI_OK;
}

/* --- apply --- */

/* The key that is to follow our own. CLI_OK or the failure, said. */
static int read_key(struct cli *cli, const char *path, struct sm2_key **key_r)
{
    size_t len;
    char *text = cli_read_file(cli, path, 16384, &len);
    if (text == NULL)
        return CLI_FAILED;
    if (sm2_key_from_public_text(text, len, key_r) != ERR_OK)
        return cli_fail(cli, "%s holds no SM2 public key", path);
    return CLI_OK;
}

static int print_applied(struct cli *cli, const struct instance *i, const char *no, const char *url)
{
    if (cli->json) {
        struct json_object *o = json_object_new_object();
        put(o, "application_no", no);
        put(o, "system", i->conf.system);
        cli_print_json(o);
    } else {
        (void)printf("%s\nan administrator of %s approves: zwm route approve %s\n", no, url,
                     i->conf.system);
    }
    return CLI_OK;
}

static int route_apply(struct cli *cli, const struct route_words *words)
{
    struct instance i;
    struct registry_form f = words->form;
    struct sm2_key *key = NULL;
    const char *no = NULL;
    if (f.url == NULL || f.contact.name == NULL || f.contact.phone == NULL ||
        f.contact.email == NULL)
        return cli_usage(cli,
                         "--url, --contact-name, --contact-phone and --contact-email are needed");
    if (f.mode != NULL && strcmp(f.mode, "direct") != 0 && strcmp(f.mode, "relay") != 0)
        return cli_usage(cli, "--mode must be direct or relay");
    int rc = cli_open_keys(cli, &i);
    if (rc == CLI_OK && words->public_key != NULL)
        rc = read_key(cli, words->public_key, &key);
    if (rc != CLI_OK)
        return rc;
    struct work w = cli_work(cli, &i);
    struct registry r = {.w = &w};
    w.http = http_client_new(i.conf.peer_ca_file);
    f.key = key;
    enum err e = registry_apply(&r, &f, &no);
    http_client_free(&w.http);
    sm2_key_free(&key);
    if (e != ERR_OK)
        return cli_fail(cli, e == ERR_BAD ? "%s has refused: %s" : "%s: %s", f.url, r.why);
    return print_applied(cli, &i, no, f.url);
}

/* --- deciding --- */

/* An application by its number, or the newest of a system. */
static int find_application(struct cli *cli, struct registry *r, const char *word,
                            uint8_t no[APPLICATION_NO_LEN])
{
    if (hex_decode(word, strlen(word), no, APPLICATION_NO_LEN) == ERR_OK)
        return CLI_OK;
    enum err e = registry_application_of(r, word, no);
    if (e == ERR_DUPLICATE)
        return cli_fail(cli,
                        "applications for %s are signed with different keys: name one by its "
                        "number, after asking the system which key is its own (zwm route list)",
                        word);
    if (e == ERR_ABSENT)
        return cli_fail(cli, "no application of %s waits; `zwm route list` shows those that do",
                        word);
    return e == ERR_OK ? CLI_OK : cli_store_failed(cli, e);
}

static int route_decide(struct cli *cli, const char *word, bool approve)
{
    struct route_here h;
    uint8_t no[APPLICATION_NO_LEN];
    const char *system = NULL;
    int rc = route_open_registry(cli, &h);
    if (rc == CLI_OK)
        rc = find_application(cli, &h.r, word, no);
    if (rc != CLI_OK)
        return rc;
    enum err e = registry_decide(&h.r, no, approve, &system);
    if (e != ERR_OK)
        return route_failed(cli, &h.r, e, cli_text(cli, "no such application waits"));
    return print_done(cli, system, approve ? "approved" : "refused");
}

static int route_act(struct cli *cli, const char *system, enum registry_act act)
{
    static const char *const done[] = {"suspended", "active", "withdrawn"};
    struct route_here h;
    int rc = route_open_registry(cli, &h);
    if (rc != CLI_OK)
        return rc;
    enum err e = registry_act(&h.r, system, act);
    if (e != ERR_OK)
        return route_failed(cli, &h.r, e,
                            pool_printf(cli->pool,
                                        cli_text(cli, "%s has no route that could become %s"),
                                        system, cli_text(cli, done[act])));
    return print_done(cli, system, done[act]);
}

static int route_publish(struct cli *cli)
{
    struct route_here h;
    int64_t version = 0;
    int rc = route_open_registry(cli, &h);
    if (rc != CLI_OK)
        return rc;
    enum err e = registry_publish(&h.r, &version);
    if (e != ERR_OK)
        return route_failed(cli, &h.r, e, cli_text(cli, "nothing to publish"));
    return print_done(cli, h.i.conf.system,
                      pool_printf(cli->pool, "published version %lld", (long long)version));
}

int cmd_route(struct cli *cli, int argc, char **argv)
{
    struct route_words w = {.public_key = NULL};
    const char *words[2] = {NULL, NULL};
    const struct cli_opt opts[] = {{"url", &w.form.url, NULL, false},
                                   {"mode", &w.form.mode, NULL, false},
                                   {"parent", &w.form.parent, NULL, false},
                                   {"public-key", &w.public_key, NULL, false},
                                   {"invitation", &w.form.invitation, NULL, false},
                                   {"system", &w.many.system, NULL, false},
                                   {"ttl", &w.many.ttl, NULL, false},
                                   {"all-pending", NULL, &w.many.all_pending, false},
                                   {"older-than", &w.many.older_than, NULL, false},
                                   {"address", &w.many.address, NULL, false},
                                   {"contact-name", &w.form.contact.name, NULL, false},
                                   {"contact-phone", &w.form.contact.phone, NULL, false},
                                   {"contact-email", &w.form.contact.email, NULL, false}};
    size_t n;
    int rc = cli_parse(cli, argc, argv, opts, sizeof opts / sizeof opts[0], words, 2, &n);
    if (rc != CLI_OK)
        return rc;
    const char *verb = n > 0 ? words[0] : "";
    if (n == 1 && strcmp(verb, "apply") == 0)
        return route_apply(cli, &w);
    if (n == 1 && strcmp(verb, "list") == 0)
        return route_list_all(cli);
    if (n == 1 && strcmp(verb, "trust") == 0)
        return route_trust(cli);
    if (n == 1 && strcmp(verb, "publish") == 0)
        return route_publish(cli);
    if (n == 2 && strcmp(verb, "approve") == 0)
        return route_decide(cli, words[1], true);
    if (n == 1 && strcmp(verb, "invite") == 0)
        return route_invite(cli, &w.many);
    if (n == 1 && strcmp(verb, "refuse") == 0 && w.many.all_pending)
        return route_refuse_all(cli, &w.many);
    if (n == 2 && strcmp(verb, "refuse") == 0)
        return route_decide(cli, words[1], false);
    if (n == 2 && strcmp(verb, "suspend") == 0)
        return route_act(cli, words[1], REGISTRY_SUSPEND);
    if (n == 2 && strcmp(verb, "resume") == 0)
        return route_act(cli, words[1], REGISTRY_RESUME);
    if (n == 2 && strcmp(verb, "withdraw") == 0)
        return route_act(cli, words[1], REGISTRY_WITHDRAW);
    return cli_usage(
        cli,
        "`apply`, `list`, `trust`, `publish`, `invite`, `approve|refuse "
        "APPLICATION|SYSTEM`, `refuse --all-pending` or `suspend|resume|withdraw SYSTEM` expected");
}
