#include "core/act/passing.h"

#include <string.h>

#include "core/act/relay.h"
#include "core/base/clock.h"
#include "core/base/text.h"
#include "core/code/record.h"
#include "core/code/sysid.h"
#include "core/crypto/b64.h"

/* --- the record around the call --- */

static enum err insert(struct db *db, void *arg)
{
    const struct passing *k = arg;
    return call_enter(db, k->c, &k->rec);
}

static enum err update(struct db *db, void *arg)
{
    const struct passing *k = arg;
    enum err e = callrec_end(db, k->c->w.kr, k->c->w.pool, k->day, &k->rec);
    if (e == ERR_OK && k->handle.app_id != NULL)
        e = file_handle_insert(db, &k->handle);
    if (e == ERR_DUPLICATE)
        e = ERR_OK; /* the same handle as for an earlier answer of that system */
    if (e == ERR_OK && k->evidence.peer != NULL)
        e = evidence_insert(db, k->c->w.kr, k->c->w.pool, &k->evidence);
    return e;
}

/* The same call passed on twice has the same nonce there: it cannot take effect twice. */
static const char *peer_nonce(const struct call *c)
{
    static const char label[] = "peer-nonce";
    uint8_t secret[SM3_LEN];
    const struct sm3_part parts[] = {{label, sizeof label - 1},
                                     {c->app->app_id, strlen(c->app->app_id)},
                                     {c->sig.nonce, strlen(c->sig.nonce)}};
    keyring_derive(c->w.kr, "ticket", parts, 3, secret);
    return b64url_encode(c->w.pool, secret, sizeof secret);
}

enum err passing_begin(struct passing *k, const char *target, const char *detail)
{
    k->rec = call_record_of(k->c, ERR_UNCERTAIN);
    k->rec.peer = target;
    k->rec.peer_nonce = peer_nonce(k->c);
    k->rec.detail = detail;
    k->day = clock_day(k->rec.timestamp_sec);
    return db_transact(k->c->w.db, insert, k);
}

enum err passing_end(struct passing *k)
{
    return db_transact(k->c->w.db, update, k);
}

/* --- verify, outcome --- */

/* Reads a verify answer by its field table: nothing passes that we would not have answered
 * ourselves. */
static enum err take_verified(struct passing *k, const struct peer_call *pc, struct verify_out *out)
{
    struct call *c = k->c;
    struct pool *p = c->w.pool;
    uint8_t *hash = pool_alloc(p, SM3_LEN), *sqbh = pool_alloc(p, SQBH_LEN);
    if (wire_decode_object(p, pc->item, call_row(CALL_VERIFY)->out, out, NULL) != ERR_OK ||
        strcmp(out->system, pc->target) != 0 || strncmp(out->ticket, pc->target, SYSID_LEN) != 0 ||
        out->ticket[SYSID_LEN] != '.' ||
        hex_decode(out->sqbh, strlen(out->sqbh), sqbh, SQBH_LEN) != ERR_OK)
        return ERR_SYSTEM_UNREACHABLE;
    sm3(out->ticket, strlen(out->ticket), hash);
    c->item = wire_object(p, call_row(CALL_VERIFY)->out, out);
    c->sqbh = out->sqbh;
    k->rec.error = ERR_OK;
    k->rec.sqbh = sqbh;
    k->rec.answer = json_to_text(p, c->item);
    k->rec.ticket_hash = hash;
    k->rec.ticket_expires = out->ticket_expires.v;
    return ERR_OK;
}

/* What the issuing system said becomes what we say, once it is entered. `type_msg`: the message of
 * 3004. */
static enum err conclude(struct passing *k, const struct peer_call *pc, enum err e,
                         const char *type_msg, struct verify_out *out)
{
    struct call *c = k->c;
    if (e != ERR_OK && pc->sent)
        return e; /* stays uncertain: outcome will ask */
    k->rec.error = e != ERR_OK ? e : pc->error;
    if (k->rec.error == ERR_OK) {
        e = take_verified(k, pc, out);
        if (e != ERR_OK)
            return e;
    } else if (k->rec.error == ERR_CODE_EXPIRED) {
        c->msg = type_msg;
        k->rec.answer = type_msg;
    }
    if (pc->believed)
        k->evidence = relay_evidence(c, pc, k->rec.sqbh, k->rec.ticket_hash);
    e = passing_end(k);
    if (e == ERR_OK && k->rec.error == ERR_OK)
        return ERR_OK;
    /* It has taken effect there: that nothing happened must not be said. */
    if (e != ERR_OK)
        return pc->sent ? ERR_UNCERTAIN : e;
    return k->rec.error;
}

static struct requester as_requester(const struct call *c)
{
    uint8_t *spki;
    size_t len;
    sm2_key_spki(c->app->key != NULL ? c->app->key : keyring_system_key(c->w.kr), c->w.pool, &spki,
                 &len);
    return (struct requester){.app_id = c->app->app_id,
                              .org_name = c->app->name,
                              .uscc = c->app->uscc,
                              .system = c->w.conf->system,
                              .public_key = b64_encode(c->w.pool, spki, len)};
}

enum err pass_verify(struct call *c, const struct verify_in *in, const char *detail,
                     const char *target, enum code_type type, struct verify_out *out)
{
    struct passing k = {.c = c};
    struct peer_call pc;
    struct verify_in sent = *in;
    struct requester who = as_requester(c);
    sent.requester = &who;
    enum err e = passing_begin(&k, target, detail);
    if (e != ERR_OK)
        return e;
    e = peer_ask(&c->w, CALL_VERIFY, target, wire_text(c->w.pool, call_row(CALL_VERIFY)->in, &sent),
                 k.rec.peer_nonce, &pc);
    return conclude(&k, &pc, e, code_type_row(type)->expired_msg, out);
}

enum err pass_outcome(struct call *c, const char *nonce, const struct callrec_found *found,
                      struct verify_out *out)
{
    struct passing k = {.c = c, .day = found->day};
    struct peer_call pc;
    const char *body = pool_printf(c->w.pool, "{\"nonce\":\"%s\"}", found->peer_nonce);
    enum err e = peer_ask(&c->w, CALL_OUTCOME, found->peer, body, NULL, &pc);
    /* Still not known. The error of this way there would look like the end of that call. */
    if (e != ERR_OK)
        return ERR_UNCERTAIN;
    k.rec = (struct callrec){.app_id = c->app->app_id, .nonce = nonce};
    e = conclude(&k, &pc, ERR_OK, pc.error == ERR_CODE_EXPIRED ? pc.msg : NULL, out);
    return e == ERR_SYSTEM_UNREACHABLE ? ERR_UNCERTAIN : e;
}
