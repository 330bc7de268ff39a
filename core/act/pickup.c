/* pickup: a third party redeems a ticket for one information class (interface 2.4; R1.12, R4.3).
 *
 * Statements: CALL_BY_TICKET, AUTHZ_BY_DIGEST, CLASS_SERVICE, PICKUP_COUNT, PICKUP_INSERT,
 * CALL_COMMIT in one transaction before anything is fetched; PICKUP_END, CALL_END (and
 * HANDLE_INSERT) after it, with AUTHZ_STATE_HELD before anything is handed over. Order of checks:
 * ticket known and of this app, ticket's time, revoked, class, permission, times, service, there.
 */
#include "core/act/pickup.h"

#include <string.h>

#include "core/act/passing.h"
#include "core/act/pickup_int.h"
#include "core/act/relay.h"
#include "core/act/ticket.h"
#include "core/base/clock.h"
#include "core/base/text.h"
#include "core/code/record.h"
#include "core/code/sysid.h"
#include "core/crypto/b64.h"
#include "core/crypto/envelope.h"

/* The class that the code system itself answers: who the subject is, for another system to
 * recognise (R2.4). */
static const char identity_class[] = "identity";

/* --- before anything is fetched --- */

static bool has_class(const struct picking *k)
{
    size_t n;
    const char **list = json_get_strings(k->c->w.pool, k->record, "xxlb", &n);
    for (size_t i = 0; i < n; i++)
        if (strcmp(list[i], k->in->class) == 0)
            return true;
    return false;
}

static enum err check_scope(const struct picking *k)
{
    if (k->authz.state == AUTHZ_REVOKED)
        return ERR_CODE_REVOKED;
    if (!has_class(k))
        return ERR_CLASS_NOT_AUTHORIZED;
    unsigned bits = record_czqx_bits(json_get_text(k->record, "czqx", NULL));
    return (bits & record_czqx_needed(k->in->as)) != 0 ? ERR_OK : ERR_OPERATION;
}

/* Takes the requester out of the detail kept with the verification: whom the calling system named
 * when the code was verified. The key lives as long as the pool. */
static enum err read_requester(struct picking *k, const struct json_object *r)
{
    struct pool *p = k->c->w.pool;
    const char *key = json_get_text(r, "public_key", NULL);
    struct sm2_key *parsed = NULL;
    uint8_t *der;
    size_t len;
    k->who = (struct fetch_requester){.app_id = json_get_text(r, "app_id", NULL),
                                      .org_name = json_get_text(r, "org_name", NULL),
                                      .uscc = json_get_text(r, "uscc", NULL)};
    if (key == NULL || k->who.app_id == NULL || k->who.org_name == NULL || k->who.uscc == NULL ||
        b64_decode(p, key, strlen(key), &der, &len) != ERR_OK ||
        sm2_key_from_spki(der, len, &parsed) != ERR_OK)
        return ERR_TICKET_UNKNOWN;
    k->seal_for = sm2_key_own(p, parsed);
    return ERR_OK;
}

/* Finds who picks up: our own app, or for a system's call the app there. */
static enum err find_requester(struct picking *k, const struct callrec_ticket *t)
{
    const struct app *app = k->c->app;
    struct pool *p = k->c->w.pool;
    struct json_object *kept = json_own(p, json_object_new_object());
    (void)json_object_object_add(kept, "class", json_object_new_string(k->in->class));
    k->who =
        (struct fetch_requester){.app_id = app->app_id, .org_name = app->name, .uscc = app->uscc};
    k->seal_for = app->key;
    enum err e = ERR_OK;
    if (app->kind == APP_SYSTEM) {
        struct json_object *r =
            json_get(t->detail != NULL ? json_parse(p, t->detail) : NULL, "requester");
        e = read_requester(k, r);
        (void)json_object_object_add(kept, "requester", json_object_get(r));
    }
    k->detail = json_to_text(p, kept);
    return e;
}

/* Finds who holds the class; the class `identity` is ours. */
static enum err find_service(struct picking *k, struct db *db)
{
    struct pool *p = k->c->w.pool;
    if (strcmp(k->in->class, identity_class) != 0)
        return info_class_service(db, p, k->in->class, &k->service);
    k->service = (struct info_service){
        .service_id = identity_class, .name = k->c->w.conf->system_name, .active = true};
    return strcmp(k->in->as, "data") == 0 ? ERR_OK : ERR_ABSENT;
}

static enum err decide(struct picking *k, struct db *db)
{
    struct call *c = k->c;
    struct callrec_ticket t;
    enum err e = callrec_by_ticket(db, c->w.kr, c->w.pool, k->ticket_hash, c->w.now_sec,
                                   c->w.conf->ticket_ttl_sec, &t);
    if (e == ERR_ABSENT || (e == ERR_OK && strcmp(t.app_id, c->app->app_id) != 0))
        return ERR_TICKET_UNKNOWN;
    if (e != ERR_OK)
        return e;
    if (c->w.now_sec > t.expires)
        return ERR_TICKET_EXPIRED;
    if (t.peer != NULL || t.digest == NULL)
        return ERR_TICKET_UNKNOWN; /* ours by its prefix, another's by its record: no such ticket */
    e = find_requester(k, &t);
    if (e != ERR_OK)
        return e;
    e = authz_find(db, c->w.kr, c->w.pool, t.authz_day, t.digest, &k->authz);
    if (e != ERR_OK)
        return e == ERR_ABSENT ? ERR_TICKET_UNKNOWN : e;
    k->record = json_parse(c->w.pool, k->authz.record);
    e = check_scope(k);
    if (e != ERR_OK)
        return e;
    e = find_service(k, db);
    if (e != ERR_OK)
        return e == ERR_ABSENT ? ERR_NOT_FOUND : e;
    if (!k->service.active)
        return ERR_SERVICE_UNAVAILABLE;
    k->entry = (struct pickup){.day = t.day,
                               .ticket_hash = k->ticket_hash,
                               .class = k->in->class,
                               .app_id = c->app->app_id,
                               .at_ms = c->w.now_ms,
                               .as_file = strcmp(k->in->as, "file") == 0};
    return pickup_begin(db, c->w.pool, &k->entry);
}

static enum err begin(struct db *db, void *arg)
{
    struct picking *k = arg;
    k->verdict = decide(k, db);
    bool refusal = k->verdict == ERR_CODE_REVOKED ||
                   (k->verdict >= ERR_TICKET_UNKNOWN && k->verdict <= ERR_NOT_FOUND);
    if (k->verdict != ERR_OK && !refusal)
        return k->verdict;
    /* What is about to be fetched ends as it may: nothing is recorded as done before it is. */
    k->rec = call_record_of(k->c, k->verdict == ERR_OK ? ERR_UNCERTAIN : k->verdict);
    k->rec.detail = k->detail;
    if (k->record != NULL) {
        k->rec.sqbh = k->authz.sqbh;
        k->rec.authz_day = k->authz.day;
        k->rec.digest = k->authz.digest;
    }
    return callrec_commit(db, k->c->w.kr, k->c->w.pool, &k->rec, k->c->w.conf->call_window_sec,
                          NULL);
}

/* --- after it was fetched --- */

/* Fetching takes its time. What was revoked meanwhile is not handed over; a revocation that comes
 * later waits until what is handed over is on record. */
static enum err look_again(struct picking *k, struct db *db)
{
    enum authz_state state;
    enum err e = authz_hold(db, k->c->w.pool, k->authz.day, k->authz.digest, &state);
    if (e != ERR_OK && e != ERR_ABSENT)
        return e;
    if (e == ERR_ABSENT || state == AUTHZ_REVOKED)
        k->verdict = ERR_CODE_REVOKED;
    return ERR_OK;
}

static enum err end(struct db *db, void *arg)
{
    struct picking *k = arg;
    enum err e = k->verdict == ERR_OK ? look_again(k, db) : ERR_OK;
    if (e != ERR_OK)
        return e;
    enum pickup_state state = k->verdict == ERR_OK ? PICKUP_SERVED : PICKUP_FAILED;
    e = pickup_end(db, &k->entry, state, (int64_t)k->spool.len,
                   state == PICKUP_SERVED ? k->digest : NULL);
    if (e == ERR_OK && k->verdict == ERR_OK && k->handle.app_id != NULL)
        e = file_handle_insert(db, &k->handle);
    k->rec.error = k->verdict;
    if (e == ERR_OK)
        e = callrec_end(db, k->c->w.kr, k->c->w.pool, clock_day(k->rec.timestamp_sec), &k->rec);
    return e;
}

static void make_handle(struct picking *k)
{
    const struct call *c = k->c;
    int64_t expires = c->w.now_sec + c->w.conf->handle_ttl_sec;
    k->handle = (struct file_handle){.day = clock_day(expires),
                                     .app_id = c->app->app_id,
                                     .media_type = k->media_type,
                                     .size = (int64_t)k->spool.len,
                                     .expires_at = expires,
                                     .authz_day = k->authz.day,
                                     .authz_digest = k->authz.digest};
    memcpy(k->handle.hash, k->spool.hash, 32);
}

static enum err make_answer(struct picking *k, struct pickup_out *out)
{
    struct pool *p = k->c->w.pool;
    char *hex = pool_alloc(p, 2 * SM3_LEN + 1);
    struct envelope env;
    hex_encode(k->digest, 32, hex);
    *out = (struct pickup_out){.class = k->in->class,
                               .source = k->service.name,
                               .media_type = k->media_type,
                               .size = {true, (int64_t)k->spool.len},
                               .sm3 = hex};
    if (k->spool.fd >= 0) {
        out->file = pool_strdup(p, k->spool.handle);
        return ERR_OK;
    }
    if (envelope_seal(k->seal_for, k->spool.head.data, k->spool.head.len, p, &env) != ERR_OK)
        return ERR_BUSY;
    out->envelope = pool_alloc(p, sizeof *out->envelope);
    *out->envelope = (struct envelope_out){env.key, env.iv, env.ciphertext, env.mac};
    return ERR_OK;
}

static enum err pick_up(struct picking *k, struct pickup_out *out)
{
    struct call *c = k->c;
    enum err e = db_transact(c->w.db, begin, k);
    if (e != ERR_OK || k->verdict != ERR_OK)
        return e != ERR_OK ? e : k->verdict;
    k->verdict = k->service.base_url == NULL ? pickup_identity(k) : pickup_fetch(k);
    if (k->verdict == ERR_OK && k->spool.fd >= 0)
        make_handle(k);
    if (k->verdict == ERR_OK)
        k->verdict = make_answer(k, out);
    e = db_transact(c->w.db, end, k);
    if (e == ERR_OK || k->verdict != ERR_OK)
        return k->verdict;
    return ERR_UNCERTAIN; /* it counts as one of the times */
}

static enum err pick_up_here(struct picking *k, struct pickup_out *out)
{
    const struct work *w = &k->c->w;
    (void)spool_sweep(w->conf->spool_dir, w->conf->handle_ttl_sec + 3600);
    spool_open(&k->spool, w->pool, w->kr, w->conf->spool_dir);
    enum err e = pick_up(k, out);
    spool_close(&k->spool, e == ERR_OK);
    return e;
}

enum err act_pickup(struct call *c, const struct pickup_in *in, struct pickup_out *out)
{
    struct picking k = {.c = c, .in = in};
    if (c->app->key == NULL)
        return call_refuse(c, ERR_OPERATION); /* known by its address alone: no key to seal for */
    if (strlen(in->ticket) != TICKET_LEN || in->ticket[SYSID_LEN] != '.')
        return call_refuse(c, ERR_TICKET_UNKNOWN);
    sm3(in->ticket, strlen(in->ticket), k.ticket_hash);
    if (strncmp(in->ticket, c->w.conf->system, SYSID_LEN) == 0)
        return pick_up_here(&k, out);
    if (c->app->kind == APP_SYSTEM)
        return call_refuse(c, ERR_NO_ROUTE); /* it must address the call to whom the ticket is of */
    return pass_pickup(c, in, k.ticket_hash, out);
}
