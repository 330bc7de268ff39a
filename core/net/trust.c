#include "core/net/trust.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/log.h"
#include "core/code/jcs.h"
#include "core/store/route.h"

/* A trust list is made from the routes in the store. */
_Static_assert((int)TRUST_DIRECT == (int)ROUTE_DIRECT, "trust_mode is not route_mode");
_Static_assert((int)TRUST_RELAY == (int)ROUTE_RELAY, "trust_mode is not route_mode");

/* Keys of a list that get their tables for fast verification: memory is a quarter MiB each. */
enum { PREPARED_MOST = 16 };

struct trust *trust_hold(struct trust *t)
{
    atomic_fetch_add(&t->refs, 1);
    return t;
}

void trust_release(struct trust **tp)
{
    struct trust *t = *tp;
    *tp = NULL;
    if (t == NULL || atomic_fetch_sub(&t->refs, 1) != 1)
        return;
    struct pool *p = t->pool; /* it holds `t` too */
    pool_destroy(&p);
}

/* --- looking up --- */

static int compare_system(const void *id, const void *row)
{
    return strcmp(id, ((const struct trust_system *)row)->system);
}

const struct trust_system *trust_find(const struct trust *t, const char *system)
{
    return t->n > 0 ? bsearch(system, t->systems, t->n, sizeof *t->systems, compare_system) : NULL;
}

const struct trust_system *trust_find_platform(const struct trust *t, const char *platform)
{
    size_t len = strlen(platform);
    for (size_t i = 0; len == 6 && i < t->n; i++)
        if (memcmp(t->systems[i].system + 1, platform, len) == 0)
            return &t->systems[i];
    return NULL;
}

bool trust_issues(const struct trust_system *s, enum code_type type)
{
    for (size_t i = 0; i < s->code_types_n; i++)
        if (strcmp(s->code_types[i], code_type_row(type)->name) == 0)
            return true;
    return false;
}

bool trust_key_holds(const struct trust_system *s, int64_t now_sec, const void *msg, size_t len,
                     const uint8_t sig[SM2_SIG_LEN])
{
    return sm2_verify(s->key, msg, len, sig) ||
           (s->previous_key != NULL && now_sec <= s->previous_until &&
            sm2_verify(s->previous_key, msg, len, sig));
}

/* --- publishing --- */

static void put_int(struct json_object *o, const char *name, int64_t v)
{
    (void)json_object_object_add(o, name, json_object_new_int64(v));
}

enum err trust_sign(struct pool *p, const struct sm2_key *key, const char *publisher,
                    int64_t version, int64_t issued_at, int64_t expires_at,
                    struct json_object *items, char **text_r)
{
    struct json_object *o = json_object_new_object();
    struct buf signed_part, whole;
    uint8_t sig[SM2_SIG_LEN];
    put_int(o, "version", version);
    put_int(o, "issued_at", issued_at);
    put_int(o, "expires_at", expires_at);
    (void)json_object_object_add(o, "publisher", json_object_new_string(publisher));
    (void)json_object_object_add(o, "systems", json_object_get(items));
    buf_init(&signed_part, p);
    buf_init(&whole, p);
    enum err e = jcs_write(&signed_part, o);
    if (e == ERR_OK)
        e = sm2_sign(key, signed_part.data, signed_part.len, sig);
    if (e == ERR_OK) {
        (void)json_object_object_add(o, "signature",
                                     json_object_new_string(sm2_sig_to_text(sig, p)));
        e = jcs_write(&whole, o);
    }
    json_object_put(o);
    if (e == ERR_OK)
        *text_r = whole.data;
    return e;
}

/* --- the list in force --- */

struct trust_cache {
    pthread_mutex_t lock; /* of `t` */
    struct trust *t;
    const struct sm2_key *publisher_key;
    int64_t refused; /* version said to be refused already */
};

struct trust_cache *trust_cache_new(const struct sm2_key *publisher_key)
{
    struct trust_cache *c = calloc(1, sizeof *c);
    if (c == NULL)
        abort();
    (void)pthread_mutex_init(&c->lock, NULL);
    c->publisher_key = publisher_key;
    return c;
}

static void replace(struct trust_cache *c, struct trust *t)
{
    for (size_t i = 0, prepared = 0; i < t->n && prepared < PREPARED_MOST; i++) {
        if (!t->systems[i].active)
            continue;
        sm2_key_prepare(t->systems[i].key);
        prepared++;
    }
    (void)pthread_mutex_lock(&c->lock);
    struct trust *old = c->t;
    c->t = t;
    (void)pthread_mutex_unlock(&c->lock);
    trust_release(&old);
}

enum err trust_cache_refresh(struct trust_cache *c, struct db *db)
{
    if (c->publisher_key == NULL)
        return ERR_OK;
    struct pool *p = pool_new(false);
    struct trust_row row;
    struct trust *t = NULL;
    const char *why = NULL;
    /* Only this thread replaces c->t. */
    enum err e = trust_row_latest(db, p, c->t != NULL ? c->t->version : 0, &row);
    if (e == ERR_OK && trust_read(row.body, row.body_len, c->publisher_key, &t, &why) == ERR_OK) {
        replace(c, t);
    } else if (e == ERR_OK && row.version != c->refused) {
        log_msg(LOG_ERROR, "trust", "the stored trust list %lld is refused: %s",
                (long long)row.version, why);
        c->refused = row.version;
    }
    pool_destroy(&p);
    return e == ERR_ABSENT ? ERR_OK : e;
}

struct trust *trust_cache_get(struct trust_cache *c)
{
    (void)pthread_mutex_lock(&c->lock);
    struct trust *t = c->t != NULL ? trust_hold(c->t) : NULL;
    (void)pthread_mutex_unlock(&c->lock);
    return t;
}
