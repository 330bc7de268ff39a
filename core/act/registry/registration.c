/* What an applicant sends, at the registry: checked, and kept until an administrator decides. */
#include <string.h>

#include "core/act/registry/registry_int.h"
#include "core/base/jsontext.h"
#include "core/base/rand.h"
#include "core/code/sysid.h"
#include "core/crypto/b64.h"
#include "core/crypto/keyring.h"
#include "core/net/peer_url.h"

/* Applications that wait: with one key for one system, for one system, so many that a neighbourhood
 * has one place only, and in all (of those not invited), so that the table has an end. */
enum { PENDING_KEY_MOST = 5, PENDING_SYSTEM_MOST = 50, PENDING_MANY = 1000, PENDING_MOST = 20000 };

/* --- what it says --- */

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
    if (strcmp(system, r->w->conf->system) == 0) {
        sm2_key_spki(keyring_system_key(r->w->kr), r->w->pool, &own, len_r);
        *der_r = own;
        return ERR_OK;
    }
    enum err e = route_find(r->w->db, r->w->pool, system, &route);
    if (e != ERR_OK)
        return e;
    *der_r = route.key;
    *len_r = route.key_len;
    /* A system that has left may come back with another key: an administrator looks at it. */
    return route.status == ROUTE_WITHDRAWN ? ERR_ABSENT : ERR_OK;
}

/* --- keeping it --- */

struct registering {
    const struct work *w;
    struct application a;
    const char *invitation;
    bool by_record;
};

/* Whether there is a place for it, now that it has been entered. Others' applications cannot keep
 * out a change under the key on record, nor one that was invited; and whoever applies from one
 * place with many keys and identifiers has no more places than its neighbourhood has. Once many
 * wait, a neighbourhood has one. */
static bool has_place(const struct registering *v, const struct application_counts *n)
{
    if (n->of_key > PENDING_KEY_MOST)
        return false;
    if (v->by_record || v->a.invited)
        return true;
    return n->of_system <= PENDING_SYSTEM_MOST &&
           n->of_address <= v->w->conf->application_address_most && n->all <= PENDING_MOST &&
           (n->all <= PENDING_MANY || n->of_address <= 1);
}

static enum err use_invitation(struct db *db, const struct registering *v)
{
    uint8_t hash[SM3_LEN];
    sm3(v->invitation, strlen(v->invitation), hash);
    enum err e = invitation_claim(db, hash, v->a.system, v->w->now_sec);
    return e == ERR_ABSENT ? ERR_FIELD_INVALID : e;
}

static enum err insert(struct db *db, void *arg)
{
    const struct registering *v = arg;
    struct application_counts n;
    enum err e = v->a.invited ? use_invitation(db, v) : ERR_OK;
    if (e == ERR_OK)
        e = application_insert(db, v->w->kr, v->w->pool, &v->a);
    if (e == ERR_OK)
        e = application_count(db, v->w->pool, &v->a,
                              v->w->now_sec - v->w->conf->application_ttl_sec, &n);
    return e == ERR_OK && !has_place(v, &n) ? ERR_AWAITING_APPROVAL : e;
}

enum err registry_register(struct registry *r, const struct route_register_in *in,
                           const struct registry_signer *by, uint8_t no_r[APPLICATION_NO_LEN])
{
    struct pool *p = r->w->pool;
    struct route_register_in kept = *in;
    const struct address_prefix prefix = address_prefix_of(by->address);
    kept.invitation = NULL;
    struct registering v = {.w = r->w,
                            .a = {.system = in->system,
                                  .nonce = by->nonce,
                                  .body = wire_text(p, call_row(CALL_ROUTE_REGISTER)->in, &kept),
                                  .status = APPLICATION_PENDING,
                                  .at = r->w->now_sec,
                                  .prefix = prefix.len > 0 ? prefix.bytes : NULL,
                                  .prefix_len = prefix.len,
                                  .invited = in->invitation != NULL},
                            .invitation = in->invitation,
                            .by_record = by->by_record};
    rand_bytes(v.a.no, sizeof v.a.no);
    memcpy(v.a.signed_by, by->key_sm3, sizeof v.a.signed_by);
    memcpy(no_r, v.a.no, sizeof v.a.no);
    return db_transact(r->w->db, insert, &v);
}

enum err registry_application_of(struct registry *r, const char *system,
                                 uint8_t no_r[APPLICATION_NO_LEN])
{
    struct application *list;
    const struct application *newest = NULL;
    size_t n = 0;
    enum err e = application_pending(r->w->db, r->w->kr, r->w->pool, &list, &n);
    db_rollback(r->w->db);
    for (size_t i = 0; e == ERR_OK && i < n; i++) {
        if (strcmp(list[i].system, system) != 0)
            continue;
        if (newest != NULL && memcmp(newest->signed_by, list[i].signed_by, SM3_LEN) != 0)
            return ERR_DUPLICATE;
        newest = newest != NULL ? newest : &list[i];
    }
    if (e == ERR_OK && newest == NULL)
        return ERR_ABSENT;
    if (e == ERR_OK)
        memcpy(no_r, newest->no, APPLICATION_NO_LEN);
    return e;
}
