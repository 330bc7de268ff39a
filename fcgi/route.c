/* route: POST /api/v1/route/register and /api/v1/route/query, GET /api/v1/route/list (interface
 * 2.6; R2.1, R2.3), and in the background the trust list: published again before it expires where
 * this system is the registry, fetched from it elsewhere.
 *
 * In:   route_register_in / route_query_in (core/wire/calls.h). Out: route_register_out /
 * route_query_out; list answers the list as published.
 * Statements: ROUTE_FIND, APPLICATION_INSERT, APPLICATION_COUNT; CALL_INSERT; TRUST_LATEST;
 * TRUST_INSERT, TRUST_PRUNE, CHANGE_NEXT. A registration is signed by the key on record, the first
 * one by the key it carries, so it authenticates here: fields, clock window, identifier, signature.
 * Its nonce is a unique key of the application's row. */
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "core/act/registry/registry.h"
#include "core/base/clock.h"
#include "core/base/log.h"
#include "core/base/text.h"
#include "core/crypto/b64.h"
#include "fcgi/call_work.h"

/* --- register --- */

static enum err sm2_signed(struct call *c, const struct route_register_in *in)
{
    struct buf b;
    enum err e = callsig_parse(c->authorization, &c->sig);
    if (e != ERR_OK || c->sig.scheme != CALLSIG_SM2)
        return ERR_NOT_AUTHENTICATED;
    buf_init(&b, c->pool);
    callsig_string(&b, c->method, c->target, c->sig.timestamp, c->sig.nonce, c->body, c->body_len);
    c->signing_string = b.data;
    int64_t off = c->now_sec - c->sig.timestamp_sec;
    if (off > c->conf->call_window_sec || off < -c->conf->call_window_sec)
        return ERR_CLOCK;
    return strcmp(c->sig.app_id, in->system) == 0 && c->sig.sig_shaped ? ERR_OK
                                                                       : ERR_NOT_AUTHENTICATED;
}

/* Whether it is signed with the key on record, or if there is none with the one it carries; `by_r`
 * gets which it was. */
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
    db_rollback(c->db);
    by_r->by_record = e == ERR_OK;
    by_r->nonce = c->sig.nonce;
    if (e == ERR_ABSENT) {
        sm2_key_spki(carried, c->pool, &own, &len);
        der = own;
        e = ERR_OK;
    }
    if (e != ERR_OK)
        return e;
    if (sm2_key_from_spki(der, len, &key) != ERR_OK)
        return ERR_STORAGE;
    bool ok = sm2_verify(key, c->signing_string, strlen(c->signing_string), c->sig.sig);
    sm2_key_free(&key);
    sm3(der, len, by_r->key_sm3);
    c->receipt = c->receipt || ok;
    return ok ? ERR_OK : ERR_NOT_AUTHENTICATED;
}

static enum err run_register(struct call *c)
{
    const struct route_register_in *in = c->in;
    struct registry r = {.w = call_work(c)};
    struct registry_signer by;
    struct sm2_key *carried = NULL;
    uint8_t no[APPLICATION_NO_LEN];
    char hex[2 * APPLICATION_NO_LEN + 1];
    if (!registry_is_here(c->conf))
        return ERR_NO_INTERFACE;
    enum err e = registry_check(c->conf, in, &carried, &c->detail);
    if (e == ERR_OK)
        e = authenticate(c, &r, in, carried, &by);
    sm2_key_free(&carried);
    if (e == ERR_OK)
        e = registry_register(&r, in, &by, no);
    if (e != ERR_OK)
        return e;
    hex_encode(no, sizeof no, hex);
    call_answer(c, &(struct route_register_out){.application_no = hex});
    c->in_progress = true;
    return ERR_OK;
}

/* --- query --- */

static enum err run_query(struct call *c)
{
    const struct route_query_in *in = c->in;
    const struct trust_system *s = c->trust != NULL ? trust_find(c->trust, in->system) : NULL;
    uint8_t *der;
    size_t len;
    if (c->trust != NULL && c->now_sec > c->trust->expires_at)
        return call_refuse(c, ERR_TRUST_EXPIRED);
    if (s == NULL)
        return call_refuse(c, ERR_NO_ROUTE);
    sm2_key_spki(s->key, c->pool, &der, &len);
    const struct route_query_out out = {.system = s->system,
                                        .name = s->name,
                                        .base_url = s->base_url,
                                        .public_key = b64_encode(c->pool, der, len),
                                        .code_types = {s->code_types, s->code_types_n},
                                        .mode = s->mode == TRUST_DIRECT ? "direct" : "relay",
                                        .parent = *s->parent != '\0' ? s->parent : NULL,
                                        .status = s->active ? "active" : "suspended",
                                        .version = {true, c->trust->version},
                                        .expires_at = {true, c->trust->expires_at}};
    enum err e = call_refuse(c, ERR_OK); /* the record of the call: its nonce has served */
    if (e == ERR_OK)
        call_answer(c, &out);
    return e;
}

/* --- list --- */

static enum err run_list(struct call *c)
{
    struct trust_row row;
    enum err e = trust_row_latest(c->db, c->pool, 0, &row);
    if (e == ERR_OK)
        call_write_text(c, 200, "application/json", row.body, row.body_len);
    return e == ERR_ABSENT ? ERR_NO_ROUTE : e;
}

/* --- in the background --- */

enum { TICK_US = 500000, RETRY_SEC = 5 };

static void log_list(const struct registry *r, enum err e, int64_t version)
{
    struct log_line l;
    const struct conf *conf = r->w->conf;
    bool here = registry_is_here(conf);
    const char *failed = here ? "trust_not_published" : "trust_refused",
               *done = here ? "trust_published" : "trust_fetched";
    log_start(&l, e != ERR_OK ? LOG_WARN : LOG_INFO, e != ERR_OK ? failed : done);
    log_str(&l, "registry", here ? conf->system : conf->registry_url);
    if (e != ERR_OK) {
        log_str(&l, "error", err_name(e));
        log_str(&l, "msg", r->why);
    } else {
        log_int(&l, "version", version);
    }
    log_end(&l);
}

/* One look at the list; how many seconds until the next. */
static int64_t look(struct registry *r, const struct sm2_key *pinned)
{
    int64_t version = 0;
    const struct conf *conf = r->w->conf;
    bool here = registry_is_here(conf);
    enum err e = here ? registry_publish_if_due(r, &version) : registry_fetch(r, pinned, &version);
    if (e != ERR_OK || version > 0)
        log_list(r, e, version);
    if (e != ERR_OK && conf->trust_refresh_sec > RETRY_SEC)
        return RETRY_SEC;
    return here ? 1 : conf->trust_refresh_sec;
}

/* One process of the node at a time: the others wait for its end. */
static void wait_for_turn(const struct conf *conf)
{
    struct pool *p = pool_new(false);
    int fd =
        open(pool_printf(p, "%s/trust.lock", conf->run_dir), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    pool_destroy(&p);
    while (fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) != 0)
        (void)usleep(TICK_US);
}

static void keep_list(const struct conf *conf)
{
    struct keyring *kr = NULL;
    struct sm2_key *pinned = NULL;
    struct db *db = NULL;
    int64_t next_us = 0;
    wait_for_turn(conf);
    if (keyring_open(conf->keys_dir, &kr) != ERR_OK ||
        registry_pinned_key(conf, kr, &pinned) != ERR_OK) {
        log_msg(LOG_ERROR, "trust", "no key to check the trust list with: it is not kept up");
        return;
    }
    struct http_client *http = http_client_new(conf->peer_ca_file);
    for (;; (void)usleep(TICK_US)) {
        if (clock_mono_us() < next_us || (db == NULL && db_open(conf, DB_ROUTE, &db) == ERR_BAD) ||
            db == NULL)
            continue;
        struct work w = {.pool = pool_new(false), .conf = conf, .kr = kr, .db = db, .http = http};
        w.now_ms = clock_now_ms();
        w.now_sec = w.now_ms / 1000;
        struct registry r = {.w = &w};
        next_us = clock_mono_us() + look(&r, pinned) * 1000000;
        pool_destroy(&w.pool);
    }
}

int main(int argc, char **argv)
{
    static const struct handler handlers[] = {
        {.id = CALL_ROUTE_REGISTER, .run = run_register, .own_auth = true},
        {.id = CALL_ROUTE_QUERY, .run = run_query},
        {.id = CALL_ROUTE_LIST, .raw = run_list, .own_auth = true}};
    responder_background(keep_list);
    return responder_main(argc, argv, "zwm-route", DB_ROUTE, handlers,
                          sizeof handlers / sizeof handlers[0]);
}
