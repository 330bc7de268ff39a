/* Apps: register, edit, suspend, resume, remove, show. */
#include <string.h>

#include "core/act/register/register_int.h"
#include "core/base/text.h"
#include "core/code/channel.h"
#include "core/code/idno.h"
#include "core/code/sysid.h"
#include "core/crypto/sm3.h"
#include "core/wire/field.h"

enum { ALLOW_LIST_MAX = 1024, RATE_MOST = 1000000 };

/* --- as JSON --- */

const char *act_key_fingerprint(struct pool *p, const uint8_t *spki, size_t len)
{
    uint8_t digest[SM3_LEN];
    if (spki == NULL)
        return NULL;
    char *text = pool_alloc(p, 2 * SM3_LEN + 1);
    sm3(spki, len, digest);
    hex_encode(digest, SM3_LEN, text);
    return text;
}

static void put_text(struct json_object *o, const char *name, const char *text)
{
    (void)json_object_object_add(o, name, text != NULL ? json_object_new_string(text) : NULL);
}

static const char *status_name(enum app_status s)
{
    return s == APP_ACTIVE ? "active" : s == APP_SUSPENDED ? "suspended" : "removed";
}

struct json_object *act_app_object(struct pool *p, const struct app_entry *a)
{
    struct json_object *o = json_own(p, json_object_new_object());
    put_text(o, "app_id", a->app_id);
    put_text(o, "kind", app_kind_name(a->kind));
    put_text(o, "name", a->name);
    put_text(o, "uscc", a->uscc);
    put_text(o, "status", status_name(a->status));
    put_text(o, "key", act_key_fingerprint(p, a->spki, a->spki_len));
    put_text(o, "previous_key", act_key_fingerprint(p, a->previous, a->previous_len));
    (void)json_object_object_add(
        o, "previous_until", a->previous != NULL ? json_object_new_int64(a->previous_until) : NULL);
    put_text(o, "channel", a->channel);
    put_text(o, "allow_list", a->allow_list);
    (void)json_object_object_add(
        o, "rate_per_sec", a->rate_per_sec > 0 ? json_object_new_int64(a->rate_per_sec) : NULL);
    return o;
}

/* --- rules --- */

static enum err check_id(const struct work *w, const struct app_entry *a, struct refusal *r)
{
    struct sysid id;
    if (!field_is_app_id(a->app_id))
        return register_refuse(w, r, "app_id", "an app_id is 1 to 32 of A-Z a-z 0-9 . _ -");
    if (app_kind_name(a->kind) == NULL)
        return register_refuse(w, r, "kind", "a kind is channel, third-party, system or service");
    if (a->kind == APP_SYSTEM && sysid_parse(a->app_id, &id) != ERR_OK)
        return register_refuse(w, r, "app_id",
                               "the app_id of a code system is its system identifier, 9 digits");
    return ERR_OK;
}

/* A code system has its identifier where an organisation has its credit code. */
static enum err check_uscc(const struct work *w, const struct app_entry *a, struct refusal *r)
{
    if (idno_uscc_is_valid(a->uscc) || (a->kind == APP_SYSTEM && strcmp(a->uscc, a->app_id) == 0))
        return ERR_OK;
    return register_refuse(
        w, r, "uscc",
        "that is no unified social credit code: 18 characters, GB 32100 check character");
}

static enum err check_limits(const struct work *w, const struct app_entry *a, struct refusal *r)
{
    if (a->channel != NULL && (a->kind != APP_CHANNEL || channel_by_code(a->channel) == NULL))
        return register_refuse(w, r, "channel",
                               "a channel is 01 to 08 or 99, and goes with the kind channel only");
    if (a->allow_list != NULL &&
        (!app_allow_list_is_valid(a->allow_list) || strlen(a->allow_list) > ALLOW_LIST_MAX))
        return register_refuse(w, r, "allow_list",
                               "an allow-list is addresses or CIDRs, comma separated");
    if (a->spki == NULL && a->allow_list == NULL)
        return register_refuse(w, r, "public_key",
                               "an app needs a public key or an allow-list, to be known by");
    if (a->rate_per_sec < 0 || a->rate_per_sec > RATE_MOST)
        return register_refuse(w, r, "rate_per_sec", "a rate is 1 to %d calls a second", RATE_MOST);
    return ERR_OK;
}

/* --- acts --- */

struct app_change {
    const struct work *w;
    const char *app_id;
    const struct app_entry *add;
    const struct app_edit *edit;
    enum app_status status;
    struct refusal *r;
};

static enum err refuse_taken(const struct app_change *v, struct db *db)
{
    struct app_entry there;
    enum err e = app_find(db, v->w->pool, v->app_id, &there);
    if (e != ERR_OK)
        return e;
    if (there.status == APP_REMOVED)
        (void)register_refuse(v->w, v->r, "app_id",
                              "the app_id %s was removed, and is not given again", v->app_id);
    else
        (void)register_refuse(
            v->w, v->r, "app_id",
            "the app_id %s is taken; `zwm app edit` changes it, `zwm app key` its key", v->app_id);
    return ERR_DUPLICATE;
}

static enum err add(struct db *db, void *arg)
{
    const struct app_change *v = arg;
    const struct work *w = v->w;
    const char *other = NULL;
    struct app_entry app = *v->add;
    app.status = APP_ACTIVE;
    enum err e = app_insert(db, w->pool, &app, w->now_sec);
    if (e == ERR_DUPLICATE)
        return refuse_taken(v, db);
    if (e == ERR_OK && app.spki != NULL)
        e = app_key_other(db, w->pool, app.app_id, app.spki, app.spki_len, &other);
    if (e == ERR_OK && other != NULL)
        return register_refuse(w, v->r, "public_key", "the app %s has or had this key", other);
    if (e == ERR_OK || e == ERR_ABSENT)
        e = register_record(w, db, "app.add", "app_id", app.app_id, NULL,
                            act_app_object(w->pool, &app));
    return e;
}

enum err act_app_add(const struct work *w, const struct app_entry *app, struct refusal *r)
{
    struct app_change v = {.w = w, .app_id = app->app_id, .add = app, .r = r};
    enum err e = check_id(w, app, r);
    if (e == ERR_OK)
        e = register_check_name(w, app->name, r);
    if (e == ERR_OK)
        e = check_uscc(w, app, r);
    if (e == ERR_OK)
        e = check_limits(w, app, r);
    return e == ERR_OK ? db_transact(w->db, add, &v) : e;
}

enum err act_app_add_own(const struct work *w, const struct app_entry *app)
{
    struct refusal r = {NULL, NULL};
    struct app_change v = {.w = w, .app_id = app->app_id, .add = app, .r = &r};
    return db_transact(w->db, add, &v);
}

/* The row as it is, for a change; a removed app is not there. */
static enum err find(const struct app_change *v, struct db *db, struct app_entry *app)
{
    enum err e = app_find(db, v->w->pool, v->app_id, app);
    return e == ERR_OK && app->status == APP_REMOVED ? ERR_ABSENT : e;
}

static enum err write(const struct app_change *v, struct db *db, const char *action,
                      const struct app_entry *before, const struct app_entry *after)
{
    const struct work *w = v->w;
    enum err e = app_update(db, w->pool, after, w->now_sec);
    if (e == ERR_OK)
        e = register_record(w, db, action, "app_id", v->app_id, act_app_object(w->pool, before),
                            act_app_object(w->pool, after));
    return e;
}

static void take_text(const char **to, const char *text)
{
    if (text != NULL)
        *to = *text != '\0' ? text : NULL;
}

static enum err edit(struct db *db, void *arg)
{
    const struct app_change *v = arg;
    const struct app_edit *x = v->edit;
    struct app_entry before, after;
    enum err e = find(v, db, &before);
    if (e != ERR_OK)
        return e;
    after = before;
    if (x->name != NULL)
        after.name = x->name;
    if (x->uscc != NULL)
        after.uscc = x->uscc;
    take_text(&after.channel, x->channel);
    take_text(&after.allow_list, x->allow_list);
    if (x->rate_per_sec >= 0)
        after.rate_per_sec = x->rate_per_sec;
    e = check_limits(v->w, &after, v->r);
    if (e == ERR_OK && x->uscc != NULL)
        e = check_uscc(v->w, &after, v->r);
    return e == ERR_OK ? write(v, db, "app.edit", &before, &after) : e;
}

enum err act_app_edit(const struct work *w, const char *app_id, const struct app_edit *x,
                      struct refusal *r)
{
    struct app_change v = {.w = w, .app_id = app_id, .edit = x, .r = r};
    if (x->name == NULL && x->uscc == NULL && x->channel == NULL && x->allow_list == NULL &&
        x->rate_per_sec < 0)
        return register_refuse(w, r, NULL, "nothing is to be changed");
    enum err e = x->name != NULL ? register_check_name(w, x->name, r) : ERR_OK;
    return e == ERR_OK ? db_transact(w->db, edit, &v) : e;
}

static enum err set_status(struct db *db, void *arg)
{
    static const char *const actions[] = {
        [APP_ACTIVE] = "app.resume", [APP_SUSPENDED] = "app.suspend", [APP_REMOVED] = "app.remove"};
    const struct app_change *v = arg;
    struct app_entry before, after;
    enum err e = find(v, db, &before);
    if (e != ERR_OK)
        return e;
    after = before;
    after.status = v->status;
    if (v->status == APP_REMOVED) {
        after.previous = NULL;
        after.previous_until = 0;
    }
    return write(v, db, actions[v->status], &before, &after);
}

enum err act_app_set_status(const struct work *w, const char *app_id, enum app_status status,
                            struct refusal *r)
{
    struct app_change v = {.w = w, .app_id = app_id, .status = status, .r = r};
    if (strcmp(app_id, w->conf->system) == 0 && status != APP_ACTIVE)
        return register_refuse(w, r, "app_id",
                               "%s is this code system itself: its services know it by this app",
                               app_id);
    return db_transact(w->db, set_status, &v);
}

enum err act_app_show(const struct work *w, const char *app_id, struct app_entry *app_r,
                      struct app_spki **keys_r, size_t *keys_n_r)
{
    enum err e = app_find(w->db, w->pool, app_id, app_r);
    db_rollback(w->db);
    return e == ERR_OK ? admin_app_keys(w, app_id, keys_r, keys_n_r) : e;
}
