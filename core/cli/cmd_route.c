/* zwm route: registering this system at a registry; at the registry, deciding on applications and
 * publishing the trust list. In force everywhere within a second here, at the other systems when
 * they next look. */
#include <string.h>
#include <time.h>

#include "core/base/clock.h"
#include "core/base/jsontext.h"
#include "core/base/text.h"
#include "core/cli/client.h"
#include "core/cli/open.h"
#include "core/crypto/b64.h"
#include "core/net/registry.h"

struct route_words {
    const char *url, *mode, *parent, *public_key;
    const char *contact_name, *contact_phone, *contact_email;
};

static struct registry registry_of(const struct instance *i)
{
    return (struct registry){.db = i->db,
                             .kr = i->kr,
                             .pool = i->work.pool,
                             .conf = &i->conf,
                             .now_sec = i->work.now_sec};
}

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
        (void)printf("%s: %s\n", system, done);
    }
    return CLI_OK;
}

/* --- apply --- */

/* The key to be registered: our own, or with --public-key the one that is to follow it. */
static int key_text(struct cli *cli, const struct instance *i, const char *path,
                    const char **text_r)
{
    struct sm2_key *key = NULL;
    uint8_t *der;
    size_t len;
    if (path == NULL) {
        sm2_key_spki(keyring_system_key(i->kr), cli->pool, &der, &len);
    } else {
        char *text = cli_read_file(cli, path, 16384, &len);
        if (text == NULL)
            return CLI_FAILED;
        if (sm2_key_from_public_text(text, len, &key) != ERR_OK)
            return cli_fail(cli, "%s holds no SM2 public key", path);
        sm2_key_spki(key, cli->pool, &der, &len);
        sm2_key_free(&key);
    }
    *text_r = b64_encode(cli->pool, der, len);
    return CLI_OK;
}

static char *registration(struct cli *cli, const struct instance *i, const struct route_words *w,
                          const char *key)
{
    const char *types[CODE_TYPE_MAX];
    for (int t = 0; t < CODE_TYPE_MAX; t++)
        types[t] = code_type_row((enum code_type)t)->name;
    const struct conf *c = &i->conf;
    const char *parent = w->parent != NULL ? w->parent : c->parent;
    const struct route_contact contact = {w->contact_name, w->contact_phone, w->contact_email};
    const struct route_register_in in = {.system = c->system,
                                         .name =
                                             *c->system_name != '\0' ? c->system_name : c->system,
                                         .base_url = c->base_url,
                                         .public_key = key,
                                         .code_types = {types, CODE_TYPE_MAX},
                                         .mode = w->mode != NULL ? w->mode : c->mode,
                                         .parent = *parent != '\0' ? parent : NULL,
                                         .contact = (struct route_contact *)(uintptr_t)&contact};
    return wire_text(cli->pool, call_row(CALL_ROUTE_REGISTER)->in, &in);
}

/* The application's number out of an answer 103; NULL, with what was said instead. */
static const char *application_no(struct cli *cli, const struct http_answer *a, const char **said_r)
{
    struct json_object *whole = NULL, *o = NULL, *v = NULL, *items = NULL;
    struct wire_fault fault;
    *said_r = pool_printf(cli->pool, "HTTP %d", a->status);
    if (wire_parse_json(cli->pool, a->body, a->body_len, &whole, &fault) != ERR_OK ||
        !json_object_object_get_ex(whole, "process_response", &o))
        return NULL;
    const char *code =
        json_object_object_get_ex(o, "error_code", &v) ? json_object_get_string(v) : "";
    const char *msg =
        json_object_object_get_ex(o, "error_msg", &v) ? json_object_get_string(v) : "";
    *said_r = pool_printf(cli->pool, "%s %s", code, msg);
    if (!json_object_object_get_ex(o, "items", &items) ||
        !json_object_is_type(items, json_type_array) || json_object_array_length(items) != 1 ||
        !json_object_object_get_ex(json_object_array_get_idx(items, 0), "application_no", &v))
        return NULL;
    return json_object_get_string(v);
}

static int route_apply(struct cli *cli, const struct route_words *w)
{
    struct instance i;
    struct http_answer a;
    const char *key = NULL, *said = "";
    if (w->url == NULL || w->contact_name == NULL || w->contact_phone == NULL ||
        w->contact_email == NULL)
        return cli_usage(cli,
                         "--url, --contact-name, --contact-phone and --contact-email are needed");
    if (w->mode != NULL && strcmp(w->mode, "direct") != 0 && strcmp(w->mode, "relay") != 0)
        return cli_usage(cli, "--mode must be direct or relay");
    int rc = cli_open_keys(cli, &i);
    if (rc == CLI_OK)
        rc = key_text(cli, &i, w->public_key, &key);
    if (rc != CLI_OK)
        return rc;
    struct client c = {.http = http_client_new(i.conf.peer_ca_file),
                       .base_url = w->url,
                       .app_id = i.conf.system,
                       .key = keyring_system_key(i.kr)};
    enum err e = client_call(cli, &c, call_row(CALL_ROUTE_REGISTER)->path,
                             registration(cli, &i, w, key), "application/json", true, &a);
    http_client_free(&c.http);
    if (e != ERR_OK)
        return cli_fail(cli, "%s: %s", w->url,
                        a.failure != NULL ? a.failure : "the call could not be signed");
    const char *no = application_no(cli, &a, &said);
    if (no == NULL)
        return cli_fail(cli, "%s has refused: %s", w->url, said);
    if (cli->json) {
        struct json_object *o = json_object_new_object();
        put(o, "application_no", no);
        put(o, "system", i.conf.system);
        cli_print_json(o);
    } else {
        (void)printf("%s\nan administrator of %s approves: zwm route approve %s\n", no, w->url,
                     i.conf.system);
    }
    return CLI_OK;
}

/* --- deciding --- */

/* An application by its number; or of a system its newest, where all that wait are of one key. */
static int find_application(struct cli *cli, struct registry *r, const char *word,
                            uint8_t no[APPLICATION_NO_LEN])
{
    struct application *list;
    const struct application *newest = NULL;
    size_t n = 0;
    if (hex_decode(word, strlen(word), no, APPLICATION_NO_LEN) == ERR_OK)
        return CLI_OK;
    enum err e = application_pending(r->db, r->kr, r->pool, &list, &n);
    db_rollback(r->db);
    if (e != ERR_OK)
        return cli_store_failed(cli, e);
    for (size_t i = 0; i < n; i++) {
        if (strcmp(list[i].system, word) != 0)
            continue;
        if (newest != NULL && memcmp(newest->signed_by, list[i].signed_by, SM3_LEN) != 0)
            return cli_fail(cli,
                            "applications for %s are signed with different keys: name one by its "
                            "number, after asking the system which key is its own (zwm route list)",
                            word);
        newest = newest != NULL ? newest : &list[i];
    }
    if (newest == NULL)
        return cli_fail(cli, "no application of %s waits; `zwm route list` shows those that do",
                        word);
    memcpy(no, newest->no, APPLICATION_NO_LEN);
    return CLI_OK;
}

static int failed(struct cli *cli, const struct registry *r, enum err e, const char *none)
{
    if (e == ERR_ABSENT)
        return cli_fail(cli, "%s", none);
    if (e == ERR_BAD)
        return cli_fail(cli, "%s", r->why != NULL ? r->why : "it does not hold");
    return cli_store_failed(cli, e);
}

static int open_registry(struct cli *cli, struct instance *i, struct registry *r)
{
    int rc = cli_open(cli, i);
    if (rc != CLI_OK)
        return rc;
    *r = registry_of(i);
    if (!registry_is_here(&i->conf))
        return cli_fail(cli, "this system is not the registry; %s is", i->conf.registry_url);
    return CLI_OK;
}

static int route_decide(struct cli *cli, const char *word, bool approve)
{
    struct instance i;
    struct registry r;
    uint8_t no[APPLICATION_NO_LEN];
    const char *system = NULL;
    int rc = open_registry(cli, &i, &r);
    if (rc == CLI_OK)
        rc = find_application(cli, &r, word, no);
    if (rc != CLI_OK)
        return rc;
    enum err e = registry_decide(&r, no, approve, &system);
    if (e != ERR_OK)
        return failed(cli, &r, e, "no such application waits");
    return print_done(cli, system, approve ? "approved" : "refused");
}

static int route_act(struct cli *cli, const char *system, enum registry_act act)
{
    static const char *const done[] = {"suspended", "active", "withdrawn"};
    struct instance i;
    struct registry r;
    int rc = open_registry(cli, &i, &r);
    if (rc != CLI_OK)
        return rc;
    enum err e = registry_act(&r, system, act);
    if (e != ERR_OK)
        return failed(
            cli, &r, e,
            pool_printf(cli->pool, "%s has no route that could become %s", system, done[act]));
    return print_done(cli, system, done[act]);
}

static int route_publish(struct cli *cli)
{
    struct instance i;
    struct registry r;
    int64_t version = 0;
    int rc = open_registry(cli, &i, &r);
    if (rc != CLI_OK)
        return rc;
    enum err e = registry_publish(&r, &version);
    if (e != ERR_OK)
        return failed(cli, &r, e, "nothing to publish");
    return print_done(cli, i.conf.system,
                      pool_printf(cli->pool, "published version %lld", (long long)version));
}

/* --- listing --- */

static const char *fingerprint(struct cli *cli, const uint8_t sm3_of_key[SM3_LEN])
{
    char hex[2 * SM3_LEN + 1];
    hex_encode(sm3_of_key, SM3_LEN, hex);
    return pool_strdup(cli->pool, hex);
}

static const char *shown(struct json_object *o, const char *name)
{
    struct json_object *v = NULL;
    const char *text =
        json_object_object_get_ex(o, name, &v) && v != NULL ? json_object_get_string(v) : "";
    return *text != '\0' ? text : "-";
}

static void add_item(struct cli *cli, struct json_object *items, struct json_object *o)
{
    if (!cli->json)
        (void)printf("%s  %-9s  %-6s  %-9s  %s  %s  %s\n", shown(o, "system"), shown(o, "status"),
                     shown(o, "mode"), shown(o, "parent"), shown(o, "application_no"),
                     shown(o, "base_url"), shown(o, "name"));
    (void)json_object_array_add(items, o);
}

static struct json_object *route_item(struct cli *cli, const struct route *r)
{
    static const char *const status[] = {NULL, NULL, "active", "suspended", "withdrawn"};
    uint8_t digest[SM3_LEN];
    struct json_object *o = json_object_new_object();
    sm3(r->key, r->key_len, digest);
    put(o, "system", r->system);
    put(o, "name", r->name);
    put(o, "status", status[r->status]);
    put(o, "mode", r->mode == ROUTE_DIRECT ? "direct" : "relay");
    put(o, "parent", r->parent != NULL ? r->parent : "");
    put(o, "base_url", r->base_url);
    put(o, "key_sm3", fingerprint(cli, digest));
    (void)json_object_object_add(o, "updated_at", json_object_new_int64(r->updated_at));
    return o;
}

static const char *body_text(struct json_object *body, const char *name)
{
    struct json_object *v = NULL;
    return json_object_object_get_ex(body, name, &v) ? json_object_get_string(v) : "";
}

static struct json_object *application_item(struct cli *cli, const struct application *a)
{
    struct json_object *o = json_object_new_object(), *body = NULL;
    struct wire_fault fault;
    if (wire_parse_json(cli->pool, a->body, strlen(a->body), &body, &fault) != ERR_OK)
        body = NULL;
    put(o, "system", a->system);
    put(o, "name", body_text(body, "name"));
    put(o, "status", "pending");
    put(o, "mode", body_text(body, "mode"));
    put(o, "parent", body_text(body, "parent"));
    put(o, "base_url", body_text(body, "base_url"));
    put(o, "key_sm3", fingerprint(cli, a->signed_by)); /* of the key it is signed with */
    char no[2 * APPLICATION_NO_LEN + 1];
    hex_encode(a->no, sizeof a->no, no);
    put(o, "application_no", no);
    (void)json_object_object_add(o, "updated_at", json_object_new_int64(a->at));
    return o;
}

static int route_list_all(struct cli *cli)
{
    struct instance i;
    struct route *routes;
    struct application *waiting;
    size_t n = 0, waiting_n = 0;
    int rc = cli_open(cli, &i);
    if (rc != CLI_OK)
        return rc;
    enum err e = route_list(i.db, cli->pool, &routes, &n);
    if (e == ERR_OK)
        e = application_pending(i.db, i.kr, cli->pool, &waiting, &waiting_n);
    db_rollback(i.db);
    if (e != ERR_OK)
        return cli_store_failed(cli, e);
    struct json_object *items = json_object_new_array();
    for (size_t k = 0; k < n; k++)
        add_item(cli, items, route_item(cli, &routes[k]));
    for (size_t k = 0; k < waiting_n; k++)
        add_item(cli, items, application_item(cli, &waiting[k]));
    struct json_object *o = json_object_new_object();
    (void)json_object_object_add(o, "items", items);
    if (!cli->json && n + waiting_n == 0)
        (void)puts("no route is registered here; `zwm route trust` prints the list in force");
    if (cli->json)
        cli_print_json(o);
    else
        json_object_put(o);
    return CLI_OK;
}

/* --- the list in force --- */

static const char *utc(struct cli *cli, int64_t sec)
{
    char when[32];
    time_t t = (time_t)sec;
    struct tm tm;
    (void)strftime(when, sizeof when, "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&t, &tm));
    return pool_strdup(cli->pool, when);
}

static void print_trust(struct cli *cli, const struct trust *t, int64_t now_sec)
{
    (void)printf("version %lld of %s, issued %s, expires %s%s\n", (long long)t->version,
                 t->publisher, utc(cli, t->issued_at), utc(cli, t->expires_at),
                 now_sec > t->expires_at ? " (EXPIRED)" : "");
    for (size_t i = 0; i < t->n; i++) {
        const struct trust_system *s = &t->systems[i];
        (void)printf("%s  %-9s  %-6s  %-9s  %s  %s%s\n", s->system,
                     s->active ? "active" : "suspended",
                     s->mode == TRUST_DIRECT ? "direct" : "relay",
                     *s->parent != '\0' ? s->parent : "-", s->base_url, s->name,
                     s->previous_key != NULL && now_sec <= s->previous_until
                         ? pool_printf(cli->pool, " (the key before it is accepted until %s)",
                                       utc(cli, s->previous_until))
                         : "");
    }
}

static int route_trust(struct cli *cli)
{
    struct instance i;
    struct trust_row row;
    struct trust *t = NULL;
    struct sm2_key *pinned = NULL;
    const char *why = "";
    int rc = cli_open(cli, &i);
    if (rc != CLI_OK)
        return rc;
    enum err e = trust_row_latest(i.db, cli->pool, 0, &row);
    db_rollback(i.db);
    if (e == ERR_ABSENT)
        return cli_fail(cli, "there is no trust list yet");
    if (e != ERR_OK)
        return cli_store_failed(cli, e);
    if (registry_pinned_key(&i.conf, i.kr, &pinned) != ERR_OK)
        return cli_fail(cli, "%s holds no public key of the registry", i.conf.registry_key_file);
    e = trust_read(row.body, row.body_len, pinned, &t, &why);
    sm2_key_free(&pinned);
    if (e != ERR_OK)
        return cli_fail(cli, "the stored list, version %lld, does not hold: %s",
                        (long long)row.version, why);
    if (cli->json)
        (void)puts(row.body); /* as published: what `zwm verify --trust` takes */
    else
        print_trust(cli, t, clock_now_sec());
    trust_release(&t);
    return CLI_OK;
}

int cmd_route(struct cli *cli, int argc, char **argv)
{
    struct route_words w = {0};
    const char *words[2] = {NULL, NULL};
    const struct cli_opt opts[] = {{"url", &w.url, NULL, false},
                                   {"mode", &w.mode, NULL, false},
                                   {"parent", &w.parent, NULL, false},
                                   {"public-key", &w.public_key, NULL, false},
                                   {"contact-name", &w.contact_name, NULL, false},
                                   {"contact-phone", &w.contact_phone, NULL, false},
                                   {"contact-email", &w.contact_email, NULL, false}};
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
    if (n == 2 && strcmp(verb, "refuse") == 0)
        return route_decide(cli, words[1], false);
    if (n == 2 && strcmp(verb, "suspend") == 0)
        return route_act(cli, words[1], REGISTRY_SUSPEND);
    if (n == 2 && strcmp(verb, "resume") == 0)
        return route_act(cli, words[1], REGISTRY_RESUME);
    if (n == 2 && strcmp(verb, "withdraw") == 0)
        return route_act(cli, words[1], REGISTRY_WITHDRAW);
    return cli_usage(cli,
                     "`apply`, `list`, `trust`, `publish`, `approve|refuse APPLICATION|SYSTEM` "
                     "or `suspend|resume|withdraw SYSTEM` expected");
}
