#include "fcgi/foreign.h"

#include <string.h>

#include "core/base/clock.h"
#include "core/base/jsontext.h"
#include "core/base/log.h"
#include "core/base/text.h"
#include "core/code/record.h"
#include "core/code/sysid.h"
#include "core/crypto/b64.h"
#include "fcgi/call_work.h"
#include "fcgi/relay.h"
#include "fcgi/spool.h"

struct passing {
    struct call *c;
    struct callrec rec;
    int32_t day;
    struct file_handle handle; /* of a file to be fetched later; app_id NULL: none */
    struct evidence evidence;  /* of our call; peer NULL: it was not sent */
};

static bool bears_signature(const struct call *c, const struct code *code,
                            const struct trust_system *s)
{
    return trust_key_holds(s, c->now_sec, code->bytes, code_signed_len(code), code->sig);
}

bool foreign_is_sisters(const struct call *c, const struct code *code)
{
    for (size_t i = 0; c->trust != NULL && i < c->trust->n; i++) {
        const struct trust_system *s = &c->trust->systems[i];
        if (strcmp(s->system, c->conf->system) != 0 &&
            strncmp(s->system + 1, code->system, SYSID_PLATFORM_LEN) == 0 &&
            bears_signature(c, code, s))
            return true;
    }
    return false;
}

const char *foreign_issuer(const struct call *c, const struct code *code)
{
    if (code_type_row(code->type)->system_len == SYSID_LEN)
        return code->system;
    for (size_t i = 0; c->trust != NULL && i < c->trust->n; i++) {
        const struct trust_system *s = &c->trust->systems[i];
        if (strncmp(s->system + 1, code->system, SYSID_PLATFORM_LEN) == 0 &&
            bears_signature(c, code, s))
            return s->system;
    }
    const struct trust_system *s =
        c->trust != NULL ? trust_find_platform(c->trust, code->system) : NULL;
    return s != NULL ? s->system : NULL;
}

bool foreign_is_signed(const struct call *c, const struct code *code, const char *issuer)
{
    const struct trust_system *s = c->trust != NULL ? trust_find(c->trust, issuer) : NULL;
    return s == NULL || !s->active || c->now_sec > c->trust->expires_at ||
           bears_signature(c, code, s);
}

/* --- the record around the call --- */

static enum err insert(struct db *db, void *arg)
{
    const struct passing *k = arg;
    return callrec_insert(db, k->c->kr, k->c->pool, &k->rec, k->c->conf->call_window_sec);
}

static enum err update(struct db *db, void *arg)
{
    const struct passing *k = arg;
    enum err e = callrec_end(db, k->c->kr, k->c->pool, k->day, &k->rec);
    if (e == ERR_OK && k->handle.app_id != NULL)
        e = file_handle_insert(db, &k->handle);
    if (e == ERR_DUPLICATE)
        e = ERR_OK; /* the same handle as for an earlier answer of that system */
    if (e == ERR_OK && k->evidence.peer != NULL)
        e = evidence_insert(db, k->c->kr, k->c->pool, &k->evidence);
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
    keyring_derive(c->kr, "ticket", parts, 3, secret);
    return b64url_encode(c->pool, secret, sizeof secret);
}

static enum err begin(struct passing *k, const char *target, const char *detail)
{
    k->rec = call_record_of(k->c, ERR_UNCERTAIN);
    k->rec.peer = target;
    k->rec.peer_nonce = peer_nonce(k->c);
    k->rec.detail = detail;
    k->day = clock_day(k->rec.timestamp_sec);
    return db_transact(k->c->db, insert, k);
}

/* --- verify, outcome --- */

/* Reads a verify answer by its field table: nothing passes that we would not have answered
 * ourselves. */
static enum err take_verified(struct passing *k, const struct peer_call *pc)
{
    struct call *c = k->c;
    struct verify_out out;
    struct wire_fault fault;
    uint8_t *hash = pool_alloc(c->pool, SM3_LEN), *sqbh = pool_alloc(c->pool, SQBH_LEN);
    const char *text = pc->item != NULL ? json_to_text(c->pool, pc->item) : "";
    if (wire_decode(c->pool, WIRE_JSON, text, strlen(text), call_row(CALL_VERIFY)->out, &out,
                    &fault) != ERR_OK ||
        strcmp(out.system, pc->target) != 0 || strncmp(out.ticket, pc->target, SYSID_LEN) != 0 ||
        out.ticket[SYSID_LEN] != '.' ||
        hex_decode(out.sqbh, strlen(out.sqbh), sqbh, SQBH_LEN) != ERR_OK)
        return ERR_SYSTEM_UNREACHABLE;
    sm3(out.ticket, strlen(out.ticket), hash);
    c->item = wire_object(call_row(CALL_VERIFY)->out, &out);
    c->sqbh = out.sqbh;
    k->rec.error = ERR_OK;
    k->rec.sqbh = sqbh;
    k->rec.answer = json_to_text(c->pool, c->item);
    k->rec.ticket_hash = hash;
    k->rec.ticket_expires = out.ticket_expires.v;
    return ERR_OK;
}

/* What the issuing system said becomes what we say, once it is entered. `type_msg`: the message of
 * 3004. */
static enum err conclude(struct passing *k, const struct peer_call *pc, enum err e,
                         const char *type_msg)
{
    struct call *c = k->c;
    if (e != ERR_OK && pc->sent)
        return e; /* stays uncertain: outcome will ask */
    k->rec.error = e != ERR_OK ? e : pc->error;
    if (k->rec.error == ERR_OK) {
        e = take_verified(k, pc);
        if (e != ERR_OK)
            return e;
    } else if (k->rec.error == ERR_CODE_EXPIRED) {
        c->msg = type_msg;
        k->rec.answer = type_msg;
    }
    if (pc->sent)
        k->evidence = relay_evidence(c, pc, k->rec.sqbh, k->rec.ticket_hash);
    e = db_transact(c->db, update, k);
    if (e == ERR_OK && k->rec.error == ERR_OK)
        return ERR_OK;
    json_object_put(c->item);
    c->item = NULL;
    /* It has taken effect there: that nothing happened must not be said. */
    if (e != ERR_OK)
        return pc->sent ? ERR_UNCERTAIN : e;
    return k->rec.error;
}

static struct requester as_requester(const struct call *c)
{
    uint8_t *spki;
    size_t len;
    sm2_key_spki(c->app->key != NULL ? c->app->key : keyring_system_key(c->kr), c->pool, &spki,
                 &len);
    return (struct requester){.app_id = c->app->app_id,
                              .org_name = c->app->name,
                              .uscc = c->app->uscc,
                              .system = c->conf->system,
                              .public_key = b64_encode(c->pool, spki, len)};
}

enum err foreign_verify(struct call *c, const struct verify_in *in, const char *detail,
                        const char *target, enum code_type type)
{
    struct passing k = {.c = c};
    struct peer_call pc;
    struct verify_in sent = *in;
    struct requester who = as_requester(c);
    sent.requester = &who;
    struct json_object *o = wire_object(call_row(CALL_VERIFY)->in, &sent);
    const char *body = json_to_text(c->pool, o);
    json_object_put(o);
    enum err e = begin(&k, target, detail);
    if (e != ERR_OK)
        return e;
    e = peer_ask(call_work(c), CALL_VERIFY, target, body, k.rec.peer_nonce, &pc);
    return conclude(&k, &pc, e, code_type_row(type)->expired_msg);
}

enum err foreign_outcome(struct call *c, const char *nonce, const struct callrec_found *found)
{
    struct passing k = {.c = c, .day = found->day};
    struct peer_call pc;
    const char *body = pool_printf(c->pool, "{\"nonce\":\"%s\"}", found->peer_nonce);
    enum err e = peer_ask(call_work(c), CALL_OUTCOME, found->peer, body, NULL, &pc);
    /* Still not known. The error of this way there would look like the end of that call. */
    if (e != ERR_OK)
        return ERR_UNCERTAIN;
    k.rec = (struct callrec){.app_id = c->app->app_id, .nonce = nonce};
    e = conclude(&k, &pc, ERR_OK, pc.error == ERR_CODE_EXPIRED ? pc.msg : NULL);
    return e == ERR_SYSTEM_UNREACHABLE ? ERR_UNCERTAIN : e;
}

/* --- pickup --- */

struct claiming {
    struct call *c;
    const uint8_t *hash;
    struct callrec_ticket ticket;
    enum err verdict;
};

/* The ticket must be one that we have passed to this very app: the issuing system knows us only. */
static enum err look_up(struct db *db, void *arg)
{
    struct claiming *k = arg;
    const struct call *c = k->c;
    enum err e = callrec_by_ticket(db, c->kr, c->pool, k->hash, c->now_sec, c->conf->ticket_ttl_sec,
                                   &k->ticket);
    k->verdict = ERR_OK;
    if (e == ERR_ABSENT || (e == ERR_OK && strcmp(k->ticket.app_id, c->app->app_id) != 0))
        k->verdict = ERR_TICKET_UNKNOWN;
    else if (e == ERR_OK && c->now_sec > k->ticket.expires)
        k->verdict = ERR_TICKET_EXPIRED;
    return e == ERR_ABSENT ? ERR_OK : e;
}

/* Takes the text members `names` (NULL behind the last) of `from` over, without a copy: a
 * ciphertext is a megabyte. False where one is missing. */
static bool copy_texts(struct json_object *from, const char *const *names, struct json_object *to)
{
    struct json_object *v = NULL;
    for (; *names != NULL; names++) {
        if (!json_object_object_get_ex(from, *names, &v) ||
            !json_object_is_type(v, json_type_string))
            return false;
        (void)json_object_object_add(to, *names, json_object_get(v));
    }
    return true;
}

/* What we would have answered ourselves, and nothing else; NULL where it is not all there. An
 * envelope can be larger than a request may be, so it does not go through the field table. */
static struct json_object *picked_item(struct json_object *from)
{
    static const char *const about[] = {"class", "source", "media_type", "sm3", NULL},
                             *const sealed[] = {"key", "iv", "ciphertext", "mac", NULL},
                             *const by_handle[] = {"file", NULL};
    struct json_object *o = json_object_new_object(), *size = NULL, *envelope = NULL;
    bool ok = copy_texts(from, about, o) && json_object_object_get_ex(from, "size", &size) &&
              json_object_is_type(size, json_type_int) && json_object_get_int64(size) >= 0;
    (void)json_object_object_add(o, "size", json_object_get(size));
    if (ok && json_object_object_get_ex(from, "envelope", &envelope)) {
        struct json_object *e = json_object_new_object();
        ok = copy_texts(envelope, sealed, e);
        (void)json_object_object_add(o, "envelope", e);
    } else if (ok) {
        ok = copy_texts(from, by_handle, o);
    }
    if (ok)
        return o;
    json_object_put(o);
    return NULL;
}

static enum err take_picked(struct passing *k, const struct peer_call *pc,
                            const struct pickup_in *in)
{
    struct call *c = k->c;
    c->item = picked_item(pc->item);
    const char *handle = json_get_text(c->item, "file", NULL),
               *media_type = json_get_text(c->item, "media_type", "");
    if (strcmp(json_get_text(c->item, "class", ""), in->class) != 0)
        return ERR_SYSTEM_UNREACHABLE;
    if (handle != NULL) {
        struct json_object *size = NULL;
        int64_t expires = c->now_sec + c->conf->handle_ttl_sec;
        if (strlen(handle) != SPOOL_HANDLE_LEN || strlen(media_type) > 128 ||
            !json_object_object_get_ex(c->item, "size", &size))
            return ERR_SYSTEM_UNREACHABLE;
        k->handle = (struct file_handle){.day = clock_day(expires),
                                         .app_id = c->app->app_id,
                                         .media_type = media_type,
                                         .size = json_object_get_int64(size),
                                         .expires_at = expires,
                                         .peer = pc->target};
        spool_handle_hash(handle, k->handle.hash);
    }
    return ERR_OK;
}

enum err foreign_pickup(struct call *c, const struct pickup_in *in,
                        const uint8_t ticket_hash[SM3_LEN])
{
    struct claiming ticket = {.c = c, .hash = ticket_hash};
    struct passing k = {.c = c};
    struct peer_call pc;
    enum err e = db_transact(c->db, look_up, &ticket);
    if (e != ERR_OK || ticket.verdict != ERR_OK)
        return e != ERR_OK ? e : call_refuse(c, ticket.verdict);
    char *target = pool_strndup(c->pool, in->ticket, SYSID_LEN);
    struct json_object *o = wire_object(call_row(CALL_PICKUP)->in, in),
                       *detail = json_object_new_object();
    const char *body = json_to_text(c->pool, o);
    (void)json_object_object_add(detail, "class", json_object_new_string(in->class));
    e = begin(&k, target, json_to_text(c->pool, detail));
    json_object_put(o);
    json_object_put(detail);
    if (e != ERR_OK)
        return e;
    e = peer_ask(call_work(c), CALL_PICKUP, target, body, NULL, &pc);
    if (e == ERR_OK && pc.error == ERR_OK)
        e = take_picked(&k, &pc, in);
    enum err verdict = e != ERR_OK ? e : pc.error;
    k.rec.error = verdict;
    if (pc.sent)
        k.evidence = relay_evidence(c, &pc, ticket.ticket.sqbh, ticket_hash);
    k.rec.sqbh = ticket.ticket.sqbh;
    e = db_transact(c->db, update, &k);
    if (e == ERR_OK && verdict == ERR_OK)
        return ERR_OK;
    json_object_put(c->item);
    c->item = NULL;
    return verdict != ERR_OK ? verdict : pc.sent ? ERR_UNCERTAIN : e;
}

enum err foreign_file(struct call *c, const struct file_handle *h)
{
    struct relay_stream stream = {c, 0};
    struct peer_call pc = {.w = call_work(c),
                           .target = h->peer,
                           .path = c->target,
                           .range = c->range,
                           .sink = relay_stream_write,
                           .sink_arg = &stream,
                           .head = relay_stream_head};
    enum err e = peer_call(&pc);
    return c->written ? ERR_OK : e;
}
