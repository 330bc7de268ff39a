/* A caller's new key: it comes with a proof, and the old one may stay beside it for a while. */
#include <string.h>

#include "core/act/register/key_proof.h"
#include "core/act/register/register_int.h"

struct key_change {
    const struct work *w;
    const char *app_id;
    const uint8_t *spki;
    size_t len;
    int64_t overlap_sec;
    struct refusal *r;
};

static enum err refuse_old(const struct key_change *v, struct db *db, const struct app_entry *app)
{
    const char *other = NULL;
    if (app->spki_len == v->len && app->spki != NULL && memcmp(app->spki, v->spki, v->len) == 0)
        return register_refuse(v->w, v->r, "public_key", "the app has this key already");
    enum err e = app_key_other(db, v->w->pool, v->app_id, v->spki, v->len, &other);
    if (e == ERR_OK)
        return register_refuse(v->w, v->r, "public_key", "the app %s has or had this key", other);
    return e == ERR_ABSENT ? ERR_OK : e;
}

static enum err change(struct db *db, void *arg)
{
    const struct key_change *v = arg;
    const struct work *w = v->w;
    struct app_entry before, after;
    enum err e = app_find(db, w->pool, v->app_id, &before);
    if (e == ERR_OK && before.status == APP_REMOVED)
        e = ERR_ABSENT;
    if (e == ERR_OK)
        e = refuse_old(v, db, &before);
    if (e != ERR_OK)
        return e;
    after = before;
    after.spki = v->spki;
    after.spki_len = v->len;
    bool overlap = v->overlap_sec > 0 && before.spki != NULL;
    after.previous = overlap ? before.spki : NULL;
    after.previous_len = overlap ? before.spki_len : 0;
    after.previous_until = overlap ? w->now_sec + v->overlap_sec : 0;
    e = app_update(db, w->pool, &after, w->now_sec);
    if (e == ERR_OK)
        e = register_record(w, db, "app.key", "app_id", v->app_id, act_app_object(w->pool, &before),
                            act_app_object(w->pool, &after));
    return e;
}

enum err act_app_key(const struct work *w, const char *app_id, const char *proof, size_t proof_len,
                     int64_t overlap_sec, struct refusal *r)
{
    struct key_change v = {.w = w, .app_id = app_id, .overlap_sec = overlap_sec, .r = r};
    uint8_t *spki = NULL;
    const char *why;
    if (strcmp(app_id, w->conf->system) == 0)
        return register_refuse(w, r, "app_id", "%s is this code system itself", app_id);
    if (overlap_sec < 0 || overlap_sec > APP_OVERLAP_MOST_SEC)
        return register_refuse(w, r, "overlap", "an overlap is 0 to %d seconds",
                               APP_OVERLAP_MOST_SEC);
    if (key_proof_read(w, proof, proof_len, app_id, &spki, &v.len, &why) != ERR_OK)
        return register_refuse(w, r, "proof", "%s", why);
    v.spki = spki;
    return db_transact(w->db, change, &v);
}
