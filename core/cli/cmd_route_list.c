/* zwm route list, zwm route trust: what is registered here, and the trust list in force. */
#include <string.h>
#include <time.h>

#include "core/act/registry/registry.h"
#include "core/base/address.h"
#include "core/base/text.h"
#include "core/cli/cmd_route.h"
#include "core/cli/open.h"

static void put(struct json_object *o, const char *name, const char *text)
{
    if (text != NULL)
        (void)json_object_object_add(o, name, json_object_new_string(text));
}

/* --- routes and applications --- */

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
    char no[2 * APPLICATION_NO_LEN + 1], from[ADDRESS_TEXT_MAX];
    hex_encode(a->no, sizeof a->no, no);
    put(o, "application_no", no);
    address_prefix_text(a->prefix, a->prefix_len, from);
    if (*from != '\0')
        put(o, "address", from);
    (void)json_object_object_add(o, "invited", json_object_new_boolean(a->invited));
    (void)json_object_object_add(o, "updated_at", json_object_new_int64(a->at));
    return o;
}

int route_list_all(struct cli *cli)
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

int route_trust(struct cli *cli)
{
    struct instance i;
    struct trust_row row;
    struct trust *t = NULL;
    int rc = cli_open(cli, &i);
    if (rc != CLI_OK)
        return rc;
    const struct work w = cli_work(cli, &i);
    struct registry r = {.w = &w};
    enum err e = registry_list(&r, 0, &row, &t);
    if (e == ERR_ABSENT)
        return cli_fail(cli, "there is no trust list yet");
    if (e == ERR_BAD)
        return cli_fail(cli, "%s", r.why);
    if (e != ERR_OK)
        return cli_store_failed(cli, e);
    if (cli->json)
        (void)puts(row.body); /* as published: what `zwm verify --trust` takes */
    else
        print_trust(cli, t, w.now_sec);
    trust_release(&t);
    return CLI_OK;
}
