/* route: a code system applies for a route, and anybody asks for the one in force (interface 2.6;
 * R2.1, R2.3).
 *
 * Statements: ROUTE_FIND, APPLICATION_INSERT, APPLICATION_COUNT; CALL_INSERT. A registration is
 * signed by the key on record, the first one by the key it carries, so it is authenticated here:
 * fields, clock window, identifier, signature. Its nonce is a unique key of the application's row.
 */
#include "core/act/registry/route.h"

#include <string.h>

#include "core/base/rand.h"
#include "core/base/text.h"
#include "core/crypto/b64.h"
#include "core/net/registry.h"
#include "core/net/trust.h"

/* Applications that wait: with one key for one system, for one system, in all. */
enum { PENDING_KEY_MOST = 5, PENDING_SYSTEM_MOST = 50, PENDING_MOST = 1000 };

static struct registry registry_of(const struct call *c)
{
    return (struct registry){.db = c->w.db,
                             .kr = c->w.kr,
                             .pool = c->w.pool,
                             .conf = c->w.conf,
                             .now_sec = c->w.now_sec};
}

/* --- register --- */

struct registering {
    struct call *c;
    struct application a;
    bool by_record; /* signed with the key of an approved route */
};

static enum err sm2_signed(struct call *c, const struct route_register_in *in)
{
    enum err e = callsig_parse(c->rq->authorization, &c->sig);
    if (e != ERR_OK || c->sig.scheme != CALLSIG_SM2)
        return ERR_NOT_AUTHENTICATED;
    c->signing_string = call_signing_string(c);
    int64_t off = c->w.now_sec - c->sig.timestamp_sec;
    if (off > c->w.conf->call_window_sec || off < -c->w.conf->call_window_sec)
        return ERR_CLOCK;
    return strcmp(c->sig.app_id, in->system) == 0 && c->sig.sig_shaped ? ERR_OK
                                                                       : ERR_NOT_AUTHENTICATED;
}

/* Whether it is signed with the key on record or, if there is none, with the one it carries;
 * `signed_by` gets the SM3 of that key, `by_record_r` which it was. */
static enum err authenticate(struct call *c, const struct route_register_in *in,
                             const struct sm2_key *carried, uint8_t signed_by[SM3_LEN],
                             bool *by_record_r)
{
    struct registry r = registry_of(c);
    const uint8_t *der = NULL;
    uint8_t *own;
    size_t len = 0;
    struct sm2_key *key = NULL;
    enum err e = sm2_signed(c, in);
    if (e == ERR_OK)
        e = registry_key_on_record(&r, in->system, &der, &len);
    db_rollback(c->w.db);
    *by_record_r = e == ERR_OK;
    if (e == ERR_ABSENT) {
        sm2_key_spki(carried, c->w.pool, &own, &len);
        der = own;
        e = ERR_OK;
    }
    if (e != ERR_OK)
        return e;
    if (sm2_key_from_spki(der, len, &key) != ERR_OK)
        return ERR_STORAGE;
    bool ok = sm2_verify(sm2_key_own(c->w.pool, key), c->signing_string, strlen(c->signing_string),
                         c->sig.sig);
    sm3(der, len, signed_by);
    c->receipt = c->receipt || ok;
    return ok ? ERR_OK : ERR_NOT_AUTHENTICATED;
}

static enum err insert(struct db *db, void *arg)
{
    const struct registering *v = arg;
    struct application_counts n;
    enum err e = application_insert(db, v->c->w.kr, v->c->w.pool, &v->a);
    if (e == ERR_OK)
        e = application_count(db, v->c->w.pool, v->a.system, v->a.signed_by, &n);
    /* Others' applications cannot keep out a change under the key on record. */
    if (e == ERR_OK &&
        (n.of_key > PENDING_KEY_MOST ||
         (!v->by_record && (n.of_system > PENDING_SYSTEM_MOST || n.all > PENDING_MOST))))
        e = ERR_AWAITING_APPROVAL;
    return e;
}

enum err act_route_register(struct call *c, const struct route_register_in *in,
                            struct route_register_out *out)
{
    struct registering v = {.c = c};
    struct sm2_key *carried = NULL;
    char *no = pool_alloc(c->w.pool, 2 * APPLICATION_NO_LEN + 1);
    if (!registry_is_here(c->w.conf))
        return ERR_NO_INTERFACE;
    enum err e = registry_check(c->w.conf, in, &carried, &c->detail);
    if (e == ERR_OK)
        e = authenticate(c, in, sm2_key_own(c->w.pool, carried), v.a.signed_by, &v.by_record);
    if (e != ERR_OK)
        return e;
    rand_bytes(v.a.no, sizeof v.a.no);
    v.a.system = in->system;
    v.a.nonce = c->sig.nonce;
    v.a.body = wire_text(c->w.pool, c->row->in, in);
    v.a.status = APPLICATION_PENDING;
    v.a.at = c->w.now_sec;
    e = db_transact(c->w.db, insert, &v);
    if (e != ERR_OK)
        return e;
    hex_encode(v.a.no, sizeof v.a.no, no);
    *out = (struct route_register_out){.application_no = no};
    c->in_progress = true;
    return ERR_OK;
}

/* --- query --- */

enum err act_route_query(struct call *c, const struct route_query_in *in,
                         struct route_query_out *out)
{
    const struct trust_system *s = c->w.trust != NULL ? trust_find(c->w.trust, in->system) : NULL;
    uint8_t *der;
    size_t len;
    if (c->w.trust != NULL && c->w.now_sec > c->w.trust->expires_at)
        return call_refuse(c, ERR_TRUST_EXPIRED);
    if (s == NULL)
        return call_refuse(c, ERR_NO_ROUTE);
    sm2_key_spki(s->key, c->w.pool, &der, &len);
    *out = (struct route_query_out){.system = s->system,
                                    .name = s->name,
                                    .base_url = s->base_url,
                                    .public_key = b64_encode(c->w.pool, der, len),
                                    .code_types = {s->code_types, s->code_types_n},
                                    .mode = s->mode == TRUST_DIRECT ? "direct" : "relay",
                                    .parent = *s->parent != '\0' ? s->parent : NULL,
                                    .status = s->active ? "active" : "suspended",
                                    .version = {true, c->w.trust->version},
                                    .expires_at = {true, c->w.trust->expires_at}};
    return call_refuse(c, ERR_OK); /* the record of the call: its nonce has served */
}
