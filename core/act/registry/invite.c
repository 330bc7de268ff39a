/* What an operator does against a flood of applications: invitations, and refusing many at once. */
#include "core/act/registry/registry_int.h"
#include "core/base/jsontext.h"
#include "core/base/rand.h"
#include "core/crypto/b64.h"
#include "core/store/audit.h"

#include <string.h>

enum { CODE_BYTES = 24 };

struct inviting {
    struct registry *r;
    const char *system;
    int64_t ttl_sec;
    uint8_t hash[SM3_LEN];
};

static enum err invite(struct db *db, void *arg)
{
    const struct inviting *v = arg;
    const struct work *w = v->r->w;
    enum err e = invitation_insert(db, v->hash, v->system, w->now_sec, w->now_sec + v->ttl_sec);
    return e == ERR_OK ? registry_audit(v->r, db, "route.invite", v->system, NULL, 0) : e;
}

enum err registry_invite(struct registry *r, const char *system, int64_t ttl_sec,
                         const char **code_r)
{
    struct inviting v = {.r = r, .system = system, .ttl_sec = ttl_sec};
    uint8_t raw[CODE_BYTES];
    rand_bytes(raw, sizeof raw);
    *code_r = b64url_encode(r->w->pool, raw, sizeof raw);
    sm3(*code_r, strlen(*code_r), v.hash);
    return db_transact(r->w->db, invite, &v);
}

/* --- many at once --- */

struct sweeping {
    struct registry *r;
    const struct registry_sweep *sweep;
    int64_t n;
};

static bool fits(const struct sweeping *v, const struct application *a)
{
    const struct registry_sweep *s = v->sweep;
    return a->at <= v->r->w->now_sec - s->older_than_sec &&
           (s->range == NULL || address_range_has(s->range, a->prefix, a->prefix_len));
}

static enum err audit_sweep(const struct sweeping *v, struct db *db)
{
    const struct work *w = v->r->w;
    struct json_object *o = json_own(w->pool, json_object_new_object());
    (void)json_object_object_add(o, "applications", json_object_new_int64(v->n));
    return audit_append(db, w->kr, w->pool, w->now_sec, "route.refuse_all",
                        json_to_text(w->pool, o));
}

static enum err sweep(struct db *db, void *arg)
{
    struct sweeping *v = arg;
    const struct work *w = v->r->w;
    struct application *list;
    size_t n = 0;
    v->n = 0;
    enum err e = change_next(db);
    if (e == ERR_OK)
        e = application_pending(db, w->kr, w->pool, &list, &n);
    for (size_t i = 0; e == ERR_OK && i < n; i++) {
        if (!fits(v, &list[i]))
            continue;
        e = application_decide(db, list[i].no, APPLICATION_REFUSED, w->now_sec);
        v->n++;
    }
    return e == ERR_OK && v->n > 0 ? audit_sweep(v, db) : e;
}

enum err registry_refuse_all(struct registry *r, const struct registry_sweep *s, int64_t *n_r)
{
    struct sweeping v = {.r = r, .sweep = s};
    enum err e = db_transact(r->w->db, sweep, &v);
    *n_r = v.n;
    return e;
}
