/* Registrations, and the acts of an administrator. The list itself: publish.c, fetch.c. */
#include "core/net/registry.h"

#include <string.h>

#include "core/base/buf.h"
#include "core/base/jsontext.h"
#include "core/base/text.h"
#include "core/code/sysid.h"
#include "core/crypto/b64.h"
#include "core/net/peer_url.h"
#include "core/net/registry_int.h"
#include "core/store/audit.h"

enum { CLIMB_MOST = 8 }; /* parents above parents, as trust_hop.c follows them */

bool registry_is_here(const struct conf *conf)
{
    return *conf->registry_url == '\0';
}

enum err registry_pinned_key(const struct conf *conf, const struct keyring *kr,
                             struct sm2_key **key_r)
{
    struct pool *p = pool_new(false);
    char *text = pool_alloc(p, 4096);
    enum err e;
    if (registry_is_here(conf)) {
        uint8_t *der;
        size_t len;
        sm2_key_spki(keyring_system_key(kr), p, &der, &len);
        e = sm2_key_from_spki(der, len, key_r);
    } else {
        FILE *f = fopen(conf->registry_key_file, "re");
        size_t len = f != NULL ? fread(text, 1, 4095, f) : 0;
        if (f != NULL)
            (void)fclose(f);
        e = sm2_key_from_public_text(text, len, key_r);
    }
    pool_destroy(&p);
    return e;
}

/* --- registrations --- */

static enum err key_of(const char *text, struct pool *p, struct sm2_key **key_r)
{
    uint8_t *der;
    size_t len;
    if (b64_decode(p, text, strlen(text), &der, &len) != ERR_OK)
        return ERR_BAD;
    return sm2_key_from_spki(der, len, key_r);
}

static bool once_each(const struct field_strings *s)
{
    for (size_t i = 0; i < s->n; i++)
        for (size_t k = 0; k < i; k++)
            if (strcmp(s->v[i], s->v[k]) == 0)
                return false;
    return true;
}

/* One that a trust list may carry (trust_read.c), and that may be called from here. */
static bool is_base_url(const struct conf *conf, const char *s)
{
    if (strlen(s) > 512 || !peer_url_is_allowed(s, conf->allow_loopback_routes != 0))
        return false;
    for (const char *c = s; *c != '\0'; c++)
        if (*c <= ' ' || *c > '~' || strchr("\"<>\\^`{|}@?#", *c) != NULL)
            return false;
    return s[strlen(s) - 1] != '/'; /* paths are put behind it */
}

enum err registry_check(const struct conf *conf, const struct route_register_in *in,
                        struct sm2_key **key_r, const char **field_r)
{
    struct sysid id, parent;
    struct pool *p = pool_new(false);
    *key_r = NULL;
    *field_r = NULL;
    /* The registry's own entry is made from its settings. */
    if (sysid_parse(in->system, &id) != ERR_OK || strcmp(in->system, conf->system) == 0)
        *field_r = "system";
    else if (!is_base_url(conf, in->base_url))
        *field_r = "base_url";
    else if (!once_each(&in->code_types))
        *field_r = "code_types";
    else if (in->parent != NULL &&
             (sysid_parse(in->parent, &parent) != ERR_OK || strcmp(in->parent, in->system) == 0))
        *field_r = "parent";
    else if (key_of(in->public_key, p, key_r) != ERR_OK)
        *field_r = "public_key";
    pool_destroy(&p);
    return *field_r == NULL ? ERR_OK : ERR_FIELD_INVALID;
}

enum err registry_key_on_record(struct registry *r, const char *system, const uint8_t **der_r,
                                size_t *len_r)
{
    struct route route;
    uint8_t *own;
    if (strcmp(system, r->conf->system) == 0) {
        sm2_key_spki(keyring_system_key(r->kr), r->pool, &own, len_r);
        *der_r = own;
        return ERR_OK;
    }
    enum err e = route_find(r->db, r->pool, system, &route);
    if (e != ERR_OK)
        return e;
    *der_r = route.key;
    *len_r = route.key_len;
    /* A system that has left may come back with another key: an administrator looks at it. */
    return route.status == ROUTE_WITHDRAWN ? ERR_ABSENT : ERR_OK;
}

/* --- approval --- */

struct approval {
    struct registry *r;
    const struct application *a;
    struct json_object *body; /* owned by the pool */
    struct route route;       /* as it shall be */
};

static enum err doubt(struct registry *r, const char *why)
{
    r->why = why;
    return ERR_BAD;
}

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
    enum err e = wire_decode(r->pool, WIRE_JSON, v->a->body, strlen(v->a->body),
                             call_row(CALL_ROUTE_REGISTER)->in, &in, &fault);
    if (e == ERR_OK)
        e = wire_parse_json(r->pool, v->a->body, strlen(v->a->body), &v->body, &fault);
    if (e == ERR_OK)
        e = registry_check(r->conf, &in, &key, &field);
    if (e != ERR_OK)
        return doubt(r, pool_printf(r->pool, "the registration is not valid here: %s",
                                    field != NULL ? field : "form"));
    buf_init(&types, r->pool);
    for (size_t i = 0; i < in.code_types.n; i++)
        buf_printf(&types, "%s%s", i > 0 ? "," : "", in.code_types.v[i]);
    v->route = (struct route){.system = in.system,
                              .name = in.name,
                              .base_url = in.base_url,
                              .code_types = types.data,
                              .mode = strcmp(in.mode, "direct") == 0 ? ROUTE_DIRECT : ROUTE_RELAY,
                              .parent = in.parent,
                              .status = ROUTE_ACTIVE,
                              .updated_at = r->now_sec};
    sm2_key_spki(key, r->pool, &der, &v->route.key_len);
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
    enum err e = route_find(db, r->pool, n->system, &old);
    bool stands = e == ERR_OK && old.status != ROUTE_WITHDRAWN;
    if (e != ERR_OK && e != ERR_ABSENT)
        return e;
    if (stands)
        sm3(old.key, old.key_len, digest);
    else
        sm3(n->key, n->key_len, digest);
    if (memcmp(digest, v->a->signed_by, sizeof digest) != 0)
        return doubt(r, "it is not signed with the key on record: the route was registered or "
                        "changed by another meanwhile");
    if (!stands)
        return ERR_OK;
    n->status = old.status;
    if (!same_bytes(old.key, old.key_len, n->key, n->key_len)) {
        n->previous_key = r->conf->route_overlap_sec > 0 ? old.key : NULL;
        n->previous_key_len = old.key_len;
        n->previous_until = r->now_sec + r->conf->route_overlap_sec;
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
        if (parent == NULL || strcmp(parent, r->conf->system) == 0)
            return ERR_OK;
        if (strcmp(parent, v->route.system) == 0)
            return doubt(r, "its parents would come round to itself");
        const struct route *up = find_in(list, n, parent);
        if (up == NULL)
            return doubt(r, pool_printf(r->pool,
                                        "its parent %s has no approved route: approve that first",
                                        parent));
        parent = up->parent;
    }
    return doubt(r, "it would have too many systems above it");
}

/* Two systems with one key could not be told apart by it. */
static enum err check_key_is_its_own(struct approval *v, const struct route *list, size_t n)
{
    struct registry *r = v->r;
    const struct route *mine = &v->route;
    uint8_t *own;
    size_t own_len;
    sm2_key_spki(keyring_system_key(r->kr), r->pool, &own, &own_len);
    bool taken = same_bytes(own, own_len, mine->key, mine->key_len);
    for (size_t i = 0; !taken && i < n; i++)
        taken = strcmp(list[i].system, mine->system) != 0 &&
                same_bytes(list[i].key, list[i].key_len, mine->key, mine->key_len);
    return taken ? doubt(r, "its key is another system's") : ERR_OK;
}

/* Older applications of the system are overtaken by this one. */
static enum err refuse_older(struct approval *v, struct db *db)
{
    struct registry *r = v->r;
    struct application *list;
    size_t n = 0;
    enum err e = application_pending(db, r->kr, r->pool, &list, &n);
    for (size_t i = 0; e == ERR_OK && i < n; i++)
        if (strcmp(list[i].system, v->a->system) == 0 && list[i].at <= v->a->at)
            e = application_decide(db, list[i].no, APPLICATION_REFUSED, r->now_sec);
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
        e = route_list(db, r->pool, &list, &n);
    if (e == ERR_OK)
        e = check_parents(v, list, n);
    if (e == ERR_OK)
        e = check_key_is_its_own(v, list, n);
    if (e == ERR_OK)
        e = route_put(db, r->kr, r->pool, &v->route);
    if (e == ERR_OK)
        e = refuse_older(v, db);
    return e;
}

/* --- acts --- */

enum err registry_audit(struct registry *r, struct db *db, const char *action, const char *system,
                        const char *application_no, int64_t version)
{
    struct json_object *o = json_object_new_object();
    if (system != NULL)
        (void)json_object_object_add(o, "system", json_object_new_string(system));
    if (application_no != NULL)
        (void)json_object_object_add(o, "application_no", json_object_new_string(application_no));
    if (version > 0)
        (void)json_object_object_add(o, "version", json_object_new_int64(version));
    enum err e = audit_append(db, r->kr, r->pool, r->now_sec, action, json_to_text(r->pool, o));
    json_object_put(o);
    return e;
}

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
        e = application_find(db, r->kr, r->pool, d->no, &a);
    if (e != ERR_OK)
        return e;
    d->system = a.system;
    e = application_decide(db, d->no, d->approve ? APPLICATION_APPROVED : APPLICATION_REFUSED,
                           r->now_sec);
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
    enum err e = db_transact(r->db, decide, &d);
    *system_r = d.system;
    return e;
}

struct acting {
    struct registry *r;
    const char *system;
    enum registry_act act;
};

static enum err act_on(struct db *db, void *arg)
{
    static const struct {
        const char *action;
        enum route_status from, to;
    } acts[] = {[REGISTRY_SUSPEND] = {"route.suspend", ROUTE_ACTIVE, ROUTE_SUSPENDED},
                [REGISTRY_RESUME] = {"route.resume", ROUTE_SUSPENDED, ROUTE_ACTIVE},
                [REGISTRY_WITHDRAW] = {"route.withdraw", ROUTE_ACTIVE, ROUTE_WITHDRAWN}};
    const struct acting *v = arg;
    struct registry *r = v->r;
    struct route route;
    int64_t version = 0;
    enum err e = change_next(db);
    if (e == ERR_OK)
        e = route_find(db, r->pool, v->system, &route);
    if (e == ERR_OK && route.status != acts[v->act].from &&
        (v->act != REGISTRY_WITHDRAW || route.status == ROUTE_WITHDRAWN))
        e = ERR_ABSENT;
    if (e == ERR_OK)
        e = route_set_status(db, v->system, acts[v->act].to, r->now_sec);
    if (e == ERR_OK)
        e = registry_publish_within(r, db, &version);
    if (e == ERR_OK)
        e = registry_audit(r, db, acts[v->act].action, v->system, NULL, version);
    return e;
}

enum err registry_act(struct registry *r, const char *system, enum registry_act act)
{
    struct acting v = {r, system, act};
    return db_transact(r->db, act_on, &v);
}
