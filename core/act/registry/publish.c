/* Making the trust list from the routes and the settings. */
#include <string.h>

#include "core/base/buf.h"
#include "core/crypto/b64.h"
#include "core/act/registry/registry_int.h"

static void put_text(struct json_object *o, const char *name, const char *text)
{
    (void)json_object_object_add(o, name, json_object_new_string(text));
}

static struct json_object *split(const char *list)
{
    struct json_object *a = json_object_new_array();
    for (const char *at = list; *at != '\0';) {
        size_t len = strcspn(at, ",");
        (void)json_object_array_add(a, json_object_new_string_len(at, (int)len));
        at += len + (at[len] == ',');
    }
    return a;
}

static struct json_object *item_of(struct registry *r, const struct route *route)
{
    struct json_object *o = json_object_new_object();
    put_text(o, "system", route->system);
    put_text(o, "name", route->name);
    put_text(o, "base_url", route->base_url);
    put_text(o, "public_key", b64_encode(r->w->pool, route->key, route->key_len));
    if (route->previous_key != NULL && route->previous_until > r->w->now_sec) {
        put_text(o, "previous_public_key",
                 b64_encode(r->w->pool, route->previous_key, route->previous_key_len));
        (void)json_object_object_add(o, "previous_until",
                                     json_object_new_int64(route->previous_until));
    }
    (void)json_object_object_add(o, "code_types", split(route->code_types));
    put_text(o, "mode", route->mode == ROUTE_DIRECT ? "direct" : "relay");
    if (route->parent != NULL)
        put_text(o, "parent", route->parent);
    put_text(o, "status", route->status == ROUTE_ACTIVE ? "active" : "suspended");
    return o;
}

static struct json_object *own_item(struct registry *r)
{
    struct buf types;
    uint8_t *der;
    struct route own = {.system = r->w->conf->system,
                        .name = *r->w->conf->system_name != '\0' ? r->w->conf->system_name
                                                                 : r->w->conf->system,
                        .base_url = r->w->conf->base_url,
                        .mode = ROUTE_DIRECT,
                        .status = ROUTE_ACTIVE};
    buf_init(&types, r->w->pool);
    for (int t = 0; t < CODE_TYPE_MAX; t++)
        buf_printf(&types, "%s%s", t > 0 ? "," : "", code_type_row((enum code_type)t)->name);
    own.code_types = types.data;
    sm2_key_spki(keyring_system_key(r->w->kr), r->w->pool, &der, &own.key_len);
    own.key = der;
    return item_of(r, &own);
}

/* What every node would refuse must not go out. */
static enum err check_own(struct registry *r, const struct trust_row *row)
{
    struct trust *t = NULL;
    const char *why = "";
    if (trust_read(row->body, row->body_len, keyring_system_key(r->w->kr), &t, &why) != ERR_OK) {
        r->why = pool_printf(r->w->pool, "no node would take the list: %s", why);
        return ERR_BAD;
    }
    trust_release(&t);
    return registry_check_dates(r, row->issued_at, row->expires_at);
}

enum err registry_publish_within(struct registry *r, struct db *db, int64_t *version_r)
{
    struct route *list;
    struct trust_row latest = {.version = 0};
    size_t n = 0;
    char *text = NULL;
    if (!registry_is_here(r->w->conf)) {
        r->why = "this system is not the registry (registry_url is set)";
        return ERR_BAD;
    }
    enum err e = trust_row_latest(db, r->w->pool, 0, &latest);
    if (e == ERR_OK || e == ERR_ABSENT)
        e = route_list(db, r->w->pool, &list, &n);
    if (e != ERR_OK)
        return e;
    struct json_object *items = json_object_new_array();
    (void)json_object_array_add(items, own_item(r));
    for (size_t i = 0; i < n; i++)
        if (list[i].status != ROUTE_WITHDRAWN && strcmp(list[i].system, r->w->conf->system) != 0)
            (void)json_object_array_add(items, item_of(r, &list[i]));
    struct trust_row row = {.version = latest.version + 1,
                            .publisher = r->w->conf->system,
                            .issued_at = r->w->now_sec,
                            .expires_at = r->w->now_sec + r->w->conf->trust_ttl_sec};
    e = trust_sign(r->w->pool, keyring_system_key(r->w->kr), row.publisher, row.version,
                   row.issued_at, row.expires_at, items, &text);
    json_object_put(items);
    if (e != ERR_OK)
        return ERR_STORAGE; /* a name in the store that is no UTF-8 */
    row.body = text;
    row.body_len = strlen(text);
    e = check_own(r, &row);
    if (e == ERR_OK)
        e = trust_row_insert(db, &row, r->w->now_sec);
    if (e == ERR_OK)
        e = trust_row_prune(db, row.publisher,
                            r->w->now_sec - r->w->conf->retain_call_days * 86400);
    *version_r = row.version;
    return e == ERR_DUPLICATE ? ERR_BUSY : e;
}

/* --- as asked, and when it is time --- */

struct publishing {
    struct registry *r;
    bool only_if_due, done;
    int64_t version;
};

static enum err is_due(const struct registry *r, struct db *db, bool *due_r)
{
    struct trust_row row;
    enum err e = trust_row_latest(db, r->w->pool, 0, &row);
    if (e != ERR_OK && e != ERR_ABSENT)
        return e;
    *due_r = e == ERR_ABSENT || strcmp(row.publisher, r->w->conf->system) != 0 ||
             row.expires_at - r->w->now_sec < r->w->conf->trust_ttl_sec / 2;
    return ERR_OK;
}

static enum err publish(struct db *db, void *arg)
{
    struct publishing *v = arg;
    bool due = true;
    v->done = false;
    enum err e = change_next(db);
    /* Again, now that nobody else publishes. */
    if (e == ERR_OK && v->only_if_due)
        e = is_due(v->r, db, &due);
    if (e != ERR_OK || !due)
        return e;
    e = registry_publish_within(v->r, db, &v->version);
    if (e == ERR_OK && !v->only_if_due)
        e = registry_audit(v->r, db, "route.publish", NULL, NULL, v->version);
    v->done = e == ERR_OK;
    return e;
}

enum err registry_publish(struct registry *r, int64_t *version_r)
{
    struct publishing v = {.r = r};
    enum err e = db_transact(r->w->db, publish, &v);
    *version_r = v.version;
    return e;
}

enum err registry_publish_if_due(struct registry *r, int64_t *version_r)
{
    struct publishing v = {.r = r, .only_if_due = true};
    bool due = false;
    *version_r = 0;
    enum err e = is_due(r, r->w->db, &due);
    db_rollback(r->w->db);
    if (e != ERR_OK || !due)
        return e;
    e = db_transact(r->w->db, publish, &v);
    if (e == ERR_OK && v.done)
        *version_r = v.version;
    return e;
}
