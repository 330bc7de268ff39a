/* pickup: POST /api/v1/data/pickup (interface 2.4; R1.12, R4.3). A third party redeems a ticket for
 * one information class.
 *
 * In:   pickup_in (core/wire/calls.h). Out: pickup_out.
 * Statements: CALL_BY_TICKET, AUTHZ_BY_DIGEST, CLASS_SERVICE, PICKUP_COUNT, PICKUP_INSERT,
 * CALL_COMMIT in one transaction before anything is fetched; PICKUP_END, CALL_END (and
 * HANDLE_INSERT) after it. Order of checks: ticket known and of this app, ticket's time, revoked,
 * class, permission, times, service, there. */
#include <string.h>

#include "core/base/clock.h"
#include "core/base/jsontext.h"
#include "core/base/log.h"
#include "core/base/text.h"
#include "core/code/record.h"
#include "core/crypto/envelope.h"
#include "core/store/authz.h"
#include "core/store/pickup.h"
#include "core/crypto/b64.h"
#include "core/net/gated.h"
#include "core/net/outgoing.h"
#include "fcgi/file.h"
#include "fcgi/foreign.h"
#include "fcgi/relay.h"
#include "fcgi/spool.h"

enum { TICKET_LEN = 9 + 1 + 43, CLASS_MEDIA_MAX = 128 };

/* The class that the code system itself answers: who the subject is, for another system to
 * recognise (R2.4). */
static const char identity_class[] = "identity";

struct picking {
    struct call *c;
    const struct pickup_in *in;
    uint8_t ticket_hash[32];
    enum err verdict; /* stands once the first transaction is committed */
    struct authz authz;
    struct info_service service;
    struct json_object *record;
    struct pickup entry;
    struct spool spool;
    const char *media_type;
    uint8_t digest[32];
    struct file_handle handle;
    /* who picks up: our own app, or an app of the system that calls */
    struct fetch_requester who;
    const char *detail; /* JSON kept with the record */
    struct callrec rec;
    struct sm2_key *passed; /* the requester's key where a system passed it on */
};

/* --- before anything is fetched --- */

static bool has_class(struct json_object *record, const char *class)
{
    struct json_object *list = NULL;
    if (!json_object_object_get_ex(record, "xxlb", &list))
        return false;
    for (size_t i = 0; i < json_object_array_length(list); i++)
        if (strcmp(json_object_get_string(json_object_array_get_idx(list, i)), class) == 0)
            return true;
    return false;
}

static enum err check_scope(const struct picking *k)
{
    struct json_object *czqx = NULL;
    if (k->authz.state == AUTHZ_REVOKED)
        return ERR_CODE_REVOKED;
    if (!has_class(k->record, k->in->class))
        return ERR_CLASS_NOT_AUTHORIZED;
    (void)json_object_object_get_ex(k->record, "czqx", &czqx);
    unsigned bits = record_czqx_bits(czqx != NULL ? json_object_get_string(czqx) : NULL);
    unsigned wanted = strcmp(k->in->as, "file") == 0 ? CZQX_DOWNLOAD : CZQX_READ;
    return (bits & wanted) != 0 ? ERR_OK : ERR_OPERATION;
}

/* Who the ticket was given to: of a system's call, the app that it named when the code was
 * verified. */
static enum err find_requester(struct picking *k, const struct callrec_ticket *t)
{
    struct call *c = k->c;
    uint8_t *der;
    size_t len;
    k->who = (struct fetch_requester){
        .app_id = c->app->app_id, .org_name = c->app->name, .uscc = c->app->uscc};
    struct json_object *o = t->detail != NULL ? json_tokener_parse(t->detail) : NULL, *r = NULL,
                       *kept = json_object_new_object();
    enum err e = ERR_OK;
    if (c->app->kind == APP_SYSTEM) {
        (void)json_object_object_get_ex(o, "requester", &r);
        const char *key = json_get_text(r, "public_key", NULL),
                   *app_id = json_get_text(r, "app_id", NULL),
                   *name = json_get_text(r, "org_name", NULL),
                   *uscc = json_get_text(r, "uscc", NULL);
        sm2_key_free(&k->passed);
        if (key == NULL || app_id == NULL || name == NULL || uscc == NULL ||
            b64_decode(c->pool, key, strlen(key), &der, &len) != ERR_OK ||
            sm2_key_from_spki(der, len, &k->passed) != ERR_OK)
            e = ERR_TICKET_UNKNOWN;
        else
            k->who = (struct fetch_requester){.app_id = pool_strdup(c->pool, app_id),
                                              .org_name = pool_strdup(c->pool, name),
                                              .uscc = pool_strdup(c->pool, uscc)};
        (void)json_object_object_add(kept, "requester", json_object_get(r));
    }
    (void)json_object_object_add(kept, "class", json_object_new_string(k->in->class));
    k->detail = json_to_text(c->pool, kept);
    json_object_put(kept);
    json_object_put(o);
    return e;
}

static enum err decide(struct picking *k, struct db *db)
{
    struct call *c = k->c;
    struct callrec_ticket t;
    enum err e = callrec_by_ticket(db, c->kr, c->pool, k->ticket_hash, c->now_sec,
                                   c->conf->ticket_ttl_sec, &t);
    if (e == ERR_ABSENT || (e == ERR_OK && strcmp(t.app_id, c->app->app_id) != 0))
        return ERR_TICKET_UNKNOWN;
    if (e != ERR_OK)
        return e;
    if (c->now_sec > t.expires)
        return ERR_TICKET_EXPIRED;
    if (t.peer != NULL || t.digest == NULL)
        return ERR_TICKET_UNKNOWN; /* ours by its prefix, another's by its record: no such ticket */
    e = find_requester(k, &t);
    if (e != ERR_OK)
        return e;
    e = authz_find(db, c->kr, c->pool, t.authz_day, t.digest, &k->authz);
    if (e != ERR_OK)
        return e == ERR_ABSENT ? ERR_TICKET_UNKNOWN : e;
    json_object_put(k->record);
    k->record = json_tokener_parse(k->authz.record);
    e = check_scope(k);
    if (e != ERR_OK)
        return e;
    if (strcmp(k->in->class, identity_class) == 0) {
        k->service = (struct info_service){
            .service_id = identity_class, .name = c->conf->system_name, .active = true};
        e = strcmp(k->in->as, "data") == 0 ? ERR_OK : ERR_ABSENT;
    } else {
        e = info_class_service(db, c->pool, k->in->class, &k->service);
    }
    if (e != ERR_OK)
        return e == ERR_ABSENT ? ERR_NOT_FOUND : e;
    if (!k->service.active)
        return ERR_SERVICE_UNAVAILABLE;
    k->entry = (struct pickup){.day = t.day,
                               .ticket_hash = k->ticket_hash,
                               .class = k->in->class,
                               .app_id = c->app->app_id,
                               .at_ms = c->now_ms,
                               .as_file = strcmp(k->in->as, "file") == 0};
    return pickup_begin(db, c->pool, &k->entry);
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
    return callrec_commit(db, k->c->kr, k->c->pool, &k->rec, k->c->conf->call_window_sec, NULL);
}

/* --- fetching --- */

static char *fetch_body(const struct picking *k, const char *sqbh)
{

    struct fetch_requester who = k->who;
    struct fetch_in in = {.sqbh = sqbh,
                          .class = k->in->class,
                          .as = k->in->as,
                          .record = k->record,
                          .requester = &who};
    struct json_object *o = wire_object(call_row(CALL_FETCH)->in, &in);
    char *body = json_to_text(k->c->pool, o);
    json_object_put(o);
    return body;
}

static enum err call_service(struct picking *k, struct http_answer *a)
{
    struct call *c = k->c;
    char sqbh[SQBH_TEXT_LEN + 1];
    hex_encode(k->authz.sqbh, SQBH_LEN, sqbh);
    c->sqbh = pool_strdup(c->pool, sqbh);
    char *body = fetch_body(k, sqbh);
    struct outgoing o = {.rq = {.method = "POST",
                                .url = pool_printf(c->pool, "%s/fetch", k->service.base_url),
                                .body = body,
                                .body_len = strlen(body),
                                .connect_ms = (long)c->conf->service_connect_ms,
                                .total_ms = (long)c->conf->service_total_ms,
                                .max_len = (uint64_t)c->conf->file_max_mib << 20,
                                .ca_file = c->conf->service_ca_file,
                                .sink = spool_write,
                                .sink_arg = &k->spool},
                         .scheme = OUTGOING_CALL,
                         .key = keyring_system_key(c->kr),
                         .signer = c->conf->system,
                         .now_sec = c->now_sec};
    enum err e = outgoing_sign(c->pool, &o);
    if (e != ERR_OK)
        return e;
    /* A service that hangs must not use up the threads that others' pickups need. */
    const char *gate = pool_printf(c->pool, "service %s", k->service.service_id);
    if (gated_call(gate, c->http, c->pool, &o.rq, a) == ERR_OK)
        return ERR_OK;
    struct log_line l;
    log_start(&l, LOG_WARN, "service_failed");
    log_str(&l, "request_id", c->request_id);
    log_str(&l, "service", k->service.service_id);
    log_str(&l, "msg", a->failure);
    log_end(&l);
    return ERR_SERVICE_UNAVAILABLE;
}

static struct json_object *first_item(struct json_object *answer, const char **result_r,
                                      const char **error_r)
{
    struct json_object *o = NULL, *v = NULL, *items = NULL;
    if (!json_object_object_get_ex(answer, "process_response", &o))
        return NULL;
    if (json_object_object_get_ex(o, "result_code", &v) && v != NULL)
        *result_r = json_object_get_string(v);
    if (json_object_object_get_ex(o, "error_code", &v) && v != NULL)
        *error_r = json_object_get_string(v);
    if (!json_object_object_get_ex(o, "items", &items) ||
        !json_object_is_type(items, json_type_array))
        return NULL;
    return json_object_array_get_idx(items, 0);
}

static bool is_media_type(const char *s)
{
    size_t len = strlen(s);
    if (len == 0 || len > CLASS_MEDIA_MAX || strchr(s, '/') == NULL)
        return false;
    for (; *s != '\0'; s++)
        if (*s < 0x20 || *s > 0x7e)
            return false;
    return true;
}

/* Data comes in the usual answer: its one item is taken apart and the data put in the spool
 * instead. */
static enum err take_data(struct picking *k)
{
    struct call *c = k->c;
    struct json_object *answer, *v = NULL;
    struct wire_fault fault;
    const char *result = "", *error = "";
    if (k->spool.fd >= 0 ||
        wire_parse_json(c->pool, k->spool.head.data, k->spool.head.len, &answer, &fault) != ERR_OK)
        return ERR_SERVICE_UNAVAILABLE;
    struct json_object *item = first_item(answer, &result, &error);
    if (strcmp(result, "100") != 0)
        return strcmp(error, err_row(ERR_NOT_FOUND)->code) == 0 ? ERR_NOT_FOUND
                                                                : ERR_SERVICE_UNAVAILABLE;
    if (item == NULL || !json_object_object_get_ex(item, "media_type", &v) ||
        !json_object_is_type(v, json_type_string) || !is_media_type(json_object_get_string(v)))
        return ERR_SERVICE_UNAVAILABLE;
    k->media_type = json_object_get_string(v);
    if (!json_object_object_get_ex(item, "data", &v) || v == NULL)
        return ERR_SERVICE_UNAVAILABLE;
    const char *text = json_object_is_type(v, json_type_string) ? json_object_get_string(v)
                                                                : json_to_text(c->pool, v);
    spool_close(&k->spool, false);
    spool_open(&k->spool, c->pool, c->kr, c->conf->spool_dir);
    return spool_write(&k->spool, text, strlen(text)) ? ERR_OK : ERR_SERVICE_UNAVAILABLE;
}

static enum err take_file(struct picking *k, const struct http_answer *a)
{
    char hex[2 * SM3_LEN + 1];
    const char *told = http_header(a, "zwm-sm3");
    hex_encode(k->digest, 32, hex);
    if (told == NULL || strcmp(told, hex) != 0 || !is_media_type(a->content_type))
        return ERR_SERVICE_UNAVAILABLE;
    k->media_type = a->content_type;
    return ERR_OK;
}

/* Name, number and assurance of the subject, as the channel identified it when it authorized. */
static enum err make_identity(struct picking *k)
{
    static const char *const kept[] = {"type", "name", "id_type", "id_no", "assurance"};
    struct json_object *subject = json_tokener_parse(k->authz.subject),
                       *o = json_object_new_object(), *v = NULL;
    for (size_t i = 0; i < sizeof kept / sizeof kept[0]; i++)
        if (json_object_object_get_ex(subject, kept[i], &v))
            (void)json_object_object_add(o, kept[i], json_object_get(v));
    (void)json_object_object_add(o, "system", json_object_new_string(k->c->conf->system));
    const char *text = json_to_text(k->c->pool, o);
    bool ok =
        spool_write(&k->spool, text, strlen(text)) && spool_finish(&k->spool, k->digest) == ERR_OK;
    k->media_type = "application/json";
    json_object_put(o);
    json_object_put(subject);
    return ok ? ERR_OK : ERR_STORAGE;
}

static enum err fetch(struct picking *k)
{
    struct http_answer a;
    enum err e = call_service(k, &a);
    if (e != ERR_OK)
        return e;
    bool is_answer =
        strncmp(a.content_type, "application/json", 16) == 0 && http_header(&a, "zwm-sm3") == NULL;
    if (a.status != 200 && !is_answer)
        return ERR_SERVICE_UNAVAILABLE;
    if (is_answer) {
        if (k->entry.as_file && a.status == 200)
            return ERR_SERVICE_UNAVAILABLE; /* a file was asked for */
        e = take_data(k);
    }
    if (e == ERR_OK && spool_finish(&k->spool, k->digest) != ERR_OK)
        return ERR_STORAGE;
    return e == ERR_OK && !is_answer ? take_file(k, &a) : e;
}

/* --- after it --- */

static enum err end(struct db *db, void *arg)
{
    struct picking *k = arg;
    enum pickup_state state = k->verdict == ERR_OK ? PICKUP_SERVED : PICKUP_FAILED;
    enum err e = pickup_end(db, &k->entry, state, (int64_t)k->spool.len,
                            state == PICKUP_SERVED ? k->digest : NULL);
    if (e == ERR_OK && k->handle.app_id != NULL)
        e = file_handle_insert(db, &k->handle);
    k->rec.error = k->verdict;
    if (e == ERR_OK)
        e = callrec_end(db, k->c->kr, k->c->pool, clock_day(k->rec.timestamp_sec), &k->rec);
    return e;
}

static void make_handle(struct picking *k)
{
    const struct call *c = k->c;
    int64_t expires = c->now_sec + c->conf->handle_ttl_sec;
    k->handle = (struct file_handle){.day = clock_day(expires),
                                     .app_id = c->app->app_id,
                                     .media_type = k->media_type,
                                     .size = (int64_t)k->spool.len,
                                     .expires_at = expires,
                                     .authz_day = k->authz.day,
                                     .authz_digest = k->authz.digest};
    memcpy(k->handle.hash, k->spool.hash, 32);
}

static enum err answer(struct picking *k)
{
    struct call *c = k->c;
    char hex[2 * SM3_LEN + 1];
    struct envelope env;
    struct envelope_out sealed;
    hex_encode(k->digest, 32, hex);
    struct pickup_out out = {.class = k->in->class,
                             .source = k->service.name,
                             .media_type = k->media_type,
                             .size = {true, (int64_t)k->spool.len},
                             .sm3 = hex};
    if (k->spool.fd >= 0) {
        out.file = k->spool.handle;
    } else {
        if (envelope_seal(k->passed != NULL ? k->passed : c->app->key, k->spool.head.data,
                          k->spool.head.len, c->pool, &env) != ERR_OK)
            return ERR_BUSY;
        sealed = (struct envelope_out){env.key, env.iv, env.ciphertext, env.mac};
        out.envelope = &sealed;
    }
    call_answer(c, &out);
    return ERR_OK;
}

static enum err pick_up(struct picking *k)
{
    struct call *c = k->c;
    enum err e = db_transact(c->db, begin, k);
    if (e != ERR_OK || k->verdict != ERR_OK)
        return e != ERR_OK ? e : k->verdict;
    k->verdict = k->service.base_url == NULL ? make_identity(k) : fetch(k);
    if (k->verdict == ERR_OK && k->spool.fd >= 0)
        make_handle(k);
    if (k->verdict == ERR_OK)
        k->verdict = answer(k);
    e = db_transact(c->db, end, k);
    if (e == ERR_OK && k->verdict == ERR_OK)
        return ERR_OK;
    json_object_put(c->item);
    c->item = NULL;
    return k->verdict != ERR_OK ? k->verdict : ERR_UNCERTAIN; /* it counts as one of the times */
}

static enum err pick_up_here(struct picking *k)
{
    struct call *c = k->c;
    (void)spool_sweep(c->conf->spool_dir, c->conf->handle_ttl_sec + 3600);
    spool_open(&k->spool, c->pool, c->kr, c->conf->spool_dir);
    enum err e = pick_up(k);
    spool_close(&k->spool, e == ERR_OK);
    sm2_key_free(&k->passed);
    json_object_put(k->record);
    return e;
}

static enum err run_pickup(struct call *c)
{
    struct picking k = {.c = c, .in = c->in};
    if (c->app->key == NULL) {
        /* An app known by its address alone has no key to seal for. */
        return call_refuse(c, ERR_OPERATION);
    }
    if (strlen(k.in->ticket) != TICKET_LEN || k.in->ticket[9] != '.')
        return call_refuse(c, ERR_TICKET_UNKNOWN);
    sm3(k.in->ticket, strlen(k.in->ticket), k.ticket_hash);
    if (strncmp(k.in->ticket, c->conf->system, 9) == 0)
        return pick_up_here(&k);
    if (c->app->kind == APP_SYSTEM)
        return relay_pass(c, pool_strndup(c->pool, k.in->ticket, 9));
    return foreign_pickup(c, k.in, k.ticket_hash);
}

int main(int argc, char **argv)
{
    static const struct handler handlers[] = {{.id = CALL_PICKUP, .run = run_pickup},
                                              {.id = CALL_FILE, .raw = run_file, .no_auth = true}};
    return responder_main(argc, argv, "zwm-pickup", DB_PICKUP, handlers,
                          sizeof handlers / sizeof handlers[0]);
}
