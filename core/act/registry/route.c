/* route: a code system applies for a route, and anybody asks for the one in force (interface 2.6;
 * R2.1, R2.3).
 *
 * Statements: ROUTE_FIND, APPLICATION_INSERT, APPLICATION_COUNT, INVITATION_CLAIM; CALL_INSERT. A
 * registration is signed by the key on record, the first one by the key it carries, so it is
 * authenticated here: fields, clock window, identifier, addressee, signature. Its nonce is a unique
 * key of the application's row.
 */
#include "core/act/registry/route.h"

#include <string.h>

#include "core/base/text.h"
#include "core/crypto/b64.h"
#include "core/act/registry/registry.h"
#include "core/net/trust.h"

static enum err sm2_signed(struct call *c, const struct route_register_in *in)
{
    enum err e = callsig_parse(c->rq->authorization, &c->sig);
    if (e != ERR_OK || c->sig.scheme != CALLSIG_SM2)
        return ERR_NOT_AUTHENTICATED;
    c->signing_string = call_signing_string(c);
    int64_t off = c->w.now_sec - c->sig.timestamp_sec;
    if (off > c->w.conf->call_window_sec || off < -c->w.conf->call_window_sec)
        return ERR_CLOCK;
    return strcmp(c->sig.app_id, in->system) == 0 && strcmp(c->sig.to, c->w.conf->system) == 0 &&
                   c->sig.sig_shaped
               ? ERR_OK
               : ERR_NOT_AUTHENTICATED;
}

/* Whether it is signed with the key on record or, if there is none, with the one it carries;
 * `by_r` gets which it was. */
static enum err authenticate(struct call *c, struct registry *r, const struct route_register_in *in,
                             const struct sm2_key *carried, struct registry_signer *by_r)
{
    const uint8_t *der = NULL;
    uint8_t *own;
    size_t len = 0;
    struct sm2_key *key = NULL;
    enum err e = sm2_signed(c, in);
    if (e == ERR_OK)
        e = registry_key_on_record(r, in->system, &der, &len);
    db_rollback(c->w.db);
    by_r->by_record = e == ERR_OK;
    by_r->nonce = c->sig.nonce;
    by_r->address = c->rq->address;
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
    sm3(der, len, by_r->key_sm3);
    c->receipt = c->receipt || ok;
    return ok ? ERR_OK : ERR_NOT_AUTHENTICATED;
}

enum err act_route_register(struct call *c, const struct route_register_in *in,
                            struct route_register_out *out)
{
    struct registry r = {.w = &c->w};
    struct registry_signer by;
    struct sm2_key *carried = NULL;
    uint8_t no[APPLICATION_NO_LEN];
    char *hex = pool_alloc(c->w.pool, 2 * APPLICATION_NO_LEN + 1);
    if (!registry_is_here(c->w.conf))
        return ERR_NO_INTERFACE;
    enum err e = registry_check(c->w.conf, in, &carried, &c->detail);
    if (e == ERR_OK)
        e = authenticate(c, &r, in, sm2_key_own(c->w.pool, carried), &by);
    if (e == ERR_OK)
        e = registry_register(&r, in, &by, no);
    if (e == ERR_FIELD_INVALID && c->detail == NULL)
        c->detail = "invitation";
    if (e != ERR_OK)
        return e;
    hex_encode(no, sizeof no, hex);
    *out = (struct route_register_out){.application_no = hex};
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
