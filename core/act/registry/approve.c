/* Approving and refusing applications: what must still hold when an administrator decides. */
#include <string.h>

#include "core/act/registry/registry_int.h"
#include "core/base/buf.h"
#include "core/base/text.h"
#include "core/crypto/keyring.h"

enum { CLIMB_MOST = 8 }; /* parents above parents, as trust_hop.c follows them */

struct approval {
    struct registry *r;
    const struct application *a;
    struct json_object *body; /* owned by the pool */
    struct route route;       /* as it shall be */
};

static bool same_bytes(const uint8_t *a, size_t a_len, const uint8_t *b, size_t b_len)
{
    return a_len == b_len && memcmp(a, b, a_len) == 0;
}

/* The registration says what it said when it was checked at the interface; the settings and the
 * routes may have changed since. */
static enum err read_body(struct approval *v)
{
    struct registry *r = v->r;
    struct wire_fault fault;
    struct route_register_in in;
    struct sm2_key *key = NULL;
    struct json_object *contact = NULL;
    struct buf types;
    const char *field = NULL;
    uint8_t *der;
    enum err e = wire_decode(r->w->pool, WIRE_JSON, v->a->body, strlen(v->a->body),
                             call_row(CALL_ROUTE_REGISTER)->in, &in, &fault);
    if (e == ERR_OK)
        e = wire_parse_json(r->w->pool, v->a->body, strlen(v->a->body), &v->body, &fault);
    if (e == ERR_OK)
        e = registry_check(r->w->conf, &in, &key, &field);
    if (e != ERR_OK)
        return registry_doubt(r, pool_printf(r->w->pool, "the registration is not valid here: %s",
                                             field != NULL ? field : "form"));
    buf_init(&types, r->w->pool);
    for (size_t i = 0; i < in.code_types.n; i++)
        buf_printf(&types, "%s%s", i > 0 ? "," : "", in.code_types.v[i]);
    v->route = (struct route){.system = in.system,
                              .name = in.name,
                              .base_url = in.base_url,
                              .code_types = types.data,
                              .mode = strcmp(in.mode, "direct") == 0 ? ROUTE_DIRECT : ROUTE_RELAY,
                              .parent = in.parent,
                              .status = ROUTE_ACTIVE,
                              .updated_at = r->w->now_sec};
    sm2_key_spki(key, r->w->pool, &der, &v->route.key_len);
    v->route.key = der;
    sm2_key_free(&key);
    if (json_object_object_get_ex(v->body, "contact", &contact))
        v->route.contact = json_object_to_json_string_ext(contact, JSON_C_TO_STRING_PLAIN);
    return ERR_OK;
}

/* What stands now decides who may change it, and what is kept of it. */
static enum err apply_to_present(struct approval *v, struct db *db)
{
    struct registry *r = v->r;
    struct route *n = &v->route, old;
    uint8_t digest[SM3_LEN];
    enum err e = route_find(db, r->w->pool, n->system, &old);
    bool stands = e == ERR_OK && old.status != ROUTE_WITHDRAWN;
    if (e != ERR_OK && e != ERR_ABSENT)
        return e;
    if (stands)
        sm3(old.key, old.key_len, digest);
    else
        sm3(n->key, n->key_len, digest);
    if (memcmp(digest, v->a->signed_by, sizeof digest) != 0)
        return registry_doubt(
            r, "it is not signed with the key on record: the route was registered or "
               "changed by another meanwhile");
    if (!stands)
        return ERR_OK;
    n->status = old.status;
    if (!same_bytes(old.key, old.key_len, n->key, n->key_len)) {
        n->previous_key = r->w->conf->route_overlap_sec > 0 ? old.key : NULL;
        n->previous_key_len = old.key_len;
        n->previous_until = r->w->now_sec + r->w->conf->route_overlap_sec;
    } else {
        n->previous_key = old.previous_key;
        n->previous_key_len = old.previous_key_len;
        n->previous_until = old.previous_until;
    }
    return ERR_OK;
}

static const struct route *find_in(const struct route *list, size_t n, const char *system)
{
    for (size_t i = 0; i < n; i++)
        if (strcmp(list[i].system, system) == 0 && list[i].status != ROUTE_WITHDRAWN)
            return &list[i];
    return NULL;
}

/* Up to the registry, and not past the applicant itself. */
static enum err check_parents(struct approval *v, const struct route *list, size_t n)
{
    struct registry *r = v->r;
    const char *parent = v->route.parent;
    for (int i = 0; i < CLIMB_MOST; i++) {
        if (parent == NULL || strcmp(parent, r->w->conf->system) == 0)
            return ERR_OK;
        if (strcmp(parent, v->route.system) == 0)
            return registry_doubt(r, "its parents would come round to itself");
        const struct route *up = find_in(list, n, parent);
        if (up == NULL)
            return registry_doubt(
                r, pool_printf(r->w->pool,
                               "its parent %s has no approved route: approve that first", parent));
        parent = up->parent;
    }
    return registry_doubt(r, "it would have too many systems above it");
}

/* Two systems with one key could not be told apart by it. */
static enum err check_key_is_its_own(struct approval *v, const struct route *list, size_t n)
{
    struct registry *r = v->r;
    const struct route *mine = &v->route;
    uint8_t *own;
    size_t own_len;
    sm2_key_spki(keyring_system_key(r->w->kr), r->w->pool, &own, &own_len);
    bool taken = same_bytes(own, own_len, mine->key, mine->key_len);
    for (size_t i = 0; !taken && i < n; i++)
        taken = strcmp(list[i].system, mine->system) != 0 &&
                same_bytes(list[i].key, list[i].key_len, mine->key, mine->key_len);
    return taken ? registry_doubt(r, "its key is another system's") : ERR_OK;
}

/* Older applications of the system are overtaken by this one. */
static enum err refuse_older(struct approval *v, struct db *db)
{
    struct registry *r = v->r;
    struct application *list;
    size_t n = 0;
    enum err e = application_pending(db, r->w->kr, r->w->pool, &list, &n);
    for (size_t i = 0; e == ERR_OK && i < n; i++)
        if (strcmp(list[i].system, v->a->system) == 0 && list[i].at <= v->a->at)
            e = application_decide(db, list[i].no, APPLICATION_REFUSED, r->w->now_sec);
    return e;
}

static enum err approve(struct approval *v, struct db *db)
{
    struct registry *r = v->r;
    struct route *list;
    size_t n = 0;
    enum err e = read_body(v);
    if (e == ERR_OK)
        e = apply_to_present(v, db);
    if (e == ERR_OK)
        e = route_list(db, r->w->pool, &list, &n);
    if (e == ERR_OK)
        e = check_parents(v, list, n);
    if (e == ERR_OK)
        e = check_key_is_its_own(v, list, n);
    if (e == ERR_OK)
        e = route_put(db, r->w->kr, r->w->pool, &v->route);
    if (e == ERR_OK)
        e = refuse_older(v, db);
    return e;
}

/* --- the decision --- */

struct deciding {
    struct registry *r;
    const uint8_t *no;
    bool approve;
    const char *system;
};

static enum err decide(struct db *db, void *arg)
{
    struct deciding *d = arg;
    struct registry *r = d->r;
    struct application a;
    char hex[2 * APPLICATION_NO_LEN + 1];
    int64_t version = 0;
    hex_encode(d->no, APPLICATION_NO_LEN, hex);
    enum err e = change_next(db);
    if (e == ERR_OK)
        e = application_find(db, r->w->kr, r->w->pool, d->no, &a);
    if (e != ERR_OK)
        return e;
    d->system = a.system;
    e = application_decide(db, d->no, d->approve ? APPLICATION_APPROVED : APPLICATION_REFUSED,
                           r->w->now_sec);
    struct approval v = {.r = r, .a = &a};
    if (e == ERR_OK && d->approve)
        e = approve(&v, db);
    if (e == ERR_OK && d->approve)
        e = registry_publish_within(r, db, &version);
    if (e == ERR_OK)
        e = registry_audit(r, db, d->approve ? "route.approve" : "route.refuse", a.system, hex,
                           version);
    return e;
}

enum err registry_decide(struct registry *r, const uint8_t no[APPLICATION_NO_LEN], bool approve_it,
                         const char **system_r)
{
    struct deciding d = {.r = r, .no = no, .approve = approve_it};
    enum err e = db_transact(r->w->db, decide, &d);
    *system_r = d.system;
    return e;
}
