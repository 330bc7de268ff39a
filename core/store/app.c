#include "core/store/app.h"

#include <arpa/inet.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/base/clock.h"
#include "core/base/log.h"
#include "core/store/columns.h"
#include "core/wire/calls.h"

/* The call table cannot see enum app_kind: it has the kinds as bits of its own. */
_Static_assert(CALLER_CHANNEL == 1 << APP_CHANNEL, "CALLER_CHANNEL is not APP_CHANNEL's bit");
_Static_assert(CALLER_THIRD_PARTY == 1 << APP_THIRD_PARTY,
               "CALLER_THIRD_PARTY is not APP_THIRD_PARTY's bit");
_Static_assert(CALLER_SYSTEM == 1 << APP_SYSTEM, "CALLER_SYSTEM is not APP_SYSTEM's bit");

enum { BUCKETS = 1024, POLL_US = 250000, PREPARE_USES = 50 };

struct app_cache {
    pthread_rwlock_t lock; /* of the buckets */
    struct app *bucket[BUCKETS];
    pthread_mutex_t refresh;  /* one refresh at a time */
    int64_t seq;              /* of the last change read */
    _Atomic int64_t fresh_us; /* clock_mono_us of the last good look */
    int prepared_n;
    const struct conf *conf;
    enum db_role role;
    enum err (*on_change)(void *arg, struct db *db);
    void *arg;
};

static const char *const kind_names[] = {NULL, "channel", "third-party", "system", "service"};
_Static_assert(sizeof kind_names / sizeof kind_names[0] == APP_KIND_MAX, "one name a kind");

const char *app_kind_name(enum app_kind k)
{
    return (int)k > 0 && k < APP_KIND_MAX ? kind_names[k] : NULL;
}

enum app_kind app_kind_by_name(const char *name)
{
    for (int k = 1; k < APP_KIND_MAX; k++)
        if (strcmp(kind_names[k], name) == 0)
            return (enum app_kind)k;
    return (enum app_kind)0;
}

/* --- entries --- */

static unsigned hash(const char *s)
{
    uint32_t h = 2166136261U;
    for (; *s != '\0'; s++)
        h = (h ^ (unsigned char)*s) * 16777619U;
    return h % BUCKETS;
}

void app_put(const struct app *shared)
{
    struct app *a = (struct app *)(uintptr_t)shared;
    if (a == NULL || atomic_fetch_sub(&a->refs, 1) != 1)
        return;
    free(a->name);
    free(a->uscc);
    free(a->allow_list);
    sm2_key_free(&a->key);
    sm2_key_free(&a->previous);
    free(a);
}

static char *copy_text(const char *s)
{
    return s == NULL ? NULL : strdup(s);
}

static struct sm2_key *key_of(const char *app_id, const uint8_t *spki, size_t len)
{
    struct sm2_key *key = NULL;
    if (spki != NULL && sm2_key_from_spki(spki, len, &key) != ERR_OK)
        log_msg(LOG_ERROR, "app_key", "app %s: the stored key is not an SM2 key", app_id);
    return key;
}

static struct app *from_row(const struct app_entry *row)
{
    struct app *a = calloc(1, sizeof *a);
    if (a == NULL)
        abort();
    (void)snprintf(a->app_id, sizeof a->app_id, "%s", row->app_id);
    a->kind = row->kind;
    a->name = copy_text(row->name);
    a->uscc = copy_text(row->uscc);
    a->key = key_of(a->app_id, row->spki, row->spki_len);
    a->previous = key_of(a->app_id, row->previous, row->previous_len);
    a->previous_until = row->previous_until;
    if (row->channel != NULL)
        (void)snprintf(a->channel, sizeof a->channel, "%s", row->channel);
    a->allow_list = copy_text(row->allow_list);
    a->rate_per_sec = row->rate_per_sec;
    a->status = row->status;
    atomic_init(&a->refs, 1);
    return a;
}

/* Puts `a` in the place of its older version. */
static void publish(struct app_cache *cache, struct app *a)
{
    struct app *old = NULL;
    (void)pthread_rwlock_wrlock(&cache->lock);
    struct app **at = &cache->bucket[hash(a->app_id)];
    while (*at != NULL && strcmp((*at)->app_id, a->app_id) != 0)
        at = &(*at)->next;
    if (*at != NULL) {
        old = *at;
        a->next = old->next;
        a->uses = old->uses;
        cache->prepared_n += a->prepared - old->prepared;
    } else {
        a->uses = calloc(1, sizeof *a->uses);
        cache->prepared_n += a->prepared;
    }
    *at = a;
    (void)pthread_rwlock_unlock(&cache->lock);
    app_put(old);
}

/* --- freshness --- */

static enum err read_since(struct app_cache *cache, struct db *db, struct pool *p)
{
    struct db_list list;
    enum err e = db_list(db, NULL, p, STMT_APP_SINCE, (struct db_param[]){DB_INT(cache->seq)},
                         sizeof(struct app_entry), &list);
    const struct app_entry *rows = list.row;
    for (size_t i = 0; e == ERR_OK && i < list.n; i++)
        publish(cache, from_row(&rows[i]));
    return e;
}

static enum err read_changes(struct app_cache *cache, struct db *db, struct pool *p)
{
    struct row_number seq;
    int64_t began_us = clock_mono_us();
    enum err e = db_find(db, NULL, p, STMT_CHANGE_SEQ, NULL, DB_INTO(&seq));
    if (e == ERR_OK && seq.n != cache->seq) {
        e = read_since(cache, db, p);
        if (e == ERR_OK)
            e = cache->on_change(cache->arg, db);
        if (e == ERR_OK)
            cache->seq = seq.n;
    }
    db_rollback(db);
    if (e == ERR_OK)
        atomic_store(&cache->fresh_us, began_us);
    return e;
}

static enum err refresh(struct app_cache *cache, struct db *db)
{
    struct pool *p = pool_new(false);
    (void)pthread_mutex_lock(&cache->refresh);
    enum err e = ERR_OK;
    if (clock_mono_us() - atomic_load(&cache->fresh_us) > POLL_US / 2)
        e = read_changes(cache, db, p);
    (void)pthread_mutex_unlock(&cache->refresh);
    pool_destroy(&p);
    return e;
}

/* The same key once more: the two may be freed at different times. */
static struct sm2_key *copy_key(const struct sm2_key *key)
{
    struct pool *p = pool_new(false);
    struct sm2_key *copy = NULL;
    uint8_t *der;
    size_t len;
    if (key != NULL) {
        sm2_key_spki(key, p, &der, &len);
        if (sm2_key_from_spki(der, len, &copy) != ERR_OK)
            abort();
    }
    pool_destroy(&p);
    return copy;
}

static struct app *copy_of(const struct app *a)
{
    struct app *copy = calloc(1, sizeof *copy);
    if (copy == NULL)
        abort();
    memcpy(copy->app_id, a->app_id, sizeof copy->app_id);
    memcpy(copy->channel, a->channel, sizeof copy->channel);
    copy->kind = a->kind;
    copy->status = a->status;
    copy->rate_per_sec = a->rate_per_sec;
    copy->name = copy_text(a->name);
    copy->uscc = copy_text(a->uscc);
    copy->allow_list = copy_text(a->allow_list);
    copy->key = copy_key(a->key);
    copy->previous = copy_key(a->previous);
    copy->previous_until = a->previous_until;
    atomic_init(&copy->refs, 1);
    return copy;
}

/* Gives the keys of busy apps their tables: a new version of the entry, so that no request sees a
 * key change. */
static void prepare_busy(struct app_cache *cache)
{
    for (int i = 0; i < BUCKETS; i++) {
        struct app *copy = NULL;
        (void)pthread_rwlock_rdlock(&cache->lock);
        for (const struct app *a = cache->bucket[i]; a != NULL && copy == NULL; a = a->next)
            if (!a->prepared && a->key != NULL && a->status != APP_REMOVED &&
                cache->prepared_n < APP_PREPARED && atomic_load(a->uses) >= PREPARE_USES)
                copy = copy_of(a);
        (void)pthread_rwlock_unlock(&cache->lock);
        if (copy != NULL) {
            sm2_key_prepare(copy->key);
            copy->prepared = true;
            publish(cache, copy);
        }
    }
}

static void *keep_fresh(void *arg)
{
    struct app_cache *cache = arg;
    struct db *db = NULL;
    for (;;) {
        if (db == NULL && db_open(cache->conf, cache->role, &db) == ERR_BAD)
            log_msg(LOG_ERROR, "app_cache", "the database refuses the account");
        (void)pthread_mutex_lock(&cache->refresh);
        struct pool *p = pool_new(false);
        enum err e = db != NULL ? read_changes(cache, db, p) : ERR_STORAGE;
        pool_destroy(&p);
        /* publish() may only run under the mutex: two refreshers would put an old version over a
         * new one. */
        if (e == ERR_OK)
            prepare_busy(cache);
        (void)pthread_mutex_unlock(&cache->refresh);
        (void)usleep(POLL_US);
    }
    return NULL;
}

enum err app_cache_start(const struct conf *conf, enum db_role role,
                         enum err (*on_change)(void *arg, struct db *db), void *arg,
                         struct app_cache **cache_r)
{
    struct app_cache *cache = calloc(1, sizeof *cache);
    pthread_t thread;
    pthread_attr_t attr;
    if (cache == NULL)
        abort();
    (void)pthread_rwlock_init(&cache->lock, NULL);
    (void)pthread_mutex_init(&cache->refresh, NULL);
    atomic_store(&cache->fresh_us, -(int64_t)1000000000);
    cache->seq = -1;
    cache->conf = conf;
    cache->role = role;
    cache->on_change = on_change;
    cache->arg = arg;
    (void)pthread_attr_init(&attr);
    (void)pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
    int rc = pthread_create(&thread, &attr, keep_fresh, cache);
    (void)pthread_attr_destroy(&attr);
    *cache_r = cache;
    return rc == 0 ? ERR_OK : ERR_IO;
}

enum err app_get(struct app_cache *cache, struct db *db, const char *app_id,
                 const struct app **app_r)
{
    if (clock_mono_us() - atomic_load(&cache->fresh_us) > APP_FRESH_MS * 1000) {
        enum err e = refresh(cache, db);
        if (e != ERR_OK)
            return ERR_STORAGE;
    }
    (void)pthread_rwlock_rdlock(&cache->lock);
    struct app *a = cache->bucket[hash(app_id)];
    while (a != NULL && strcmp(a->app_id, app_id) != 0)
        a = a->next;
    if (a != NULL && a->status == APP_REMOVED)
        a = NULL;
    if (a != NULL)
        atomic_fetch_add(&a->refs, 1);
    (void)pthread_rwlock_unlock(&cache->lock);
    *app_r = a;
    return a != NULL ? ERR_OK : ERR_ABSENT;
}

bool app_signature_holds(const struct app *app, int64_t now_sec, const void *data, size_t len,
                         const uint8_t sig[SM2_SIG_LEN])
{
    if (app->key == NULL)
        return false;
    return sm2_verify(app->key, data, len, sig) ||
           (app->previous != NULL && now_sec <= app->previous_until &&
            sm2_verify(app->previous, data, len, sig));
}

void app_count_use(const struct app *app)
{
    atomic_fetch_add(app->uses, 1);
}

/* --- allow-lists --- */

/* One CIDR or address; `bits_r` gets the prefix length. */
static bool parse_cidr(const char *text, size_t len, uint8_t addr[16], int *family_r, int *bits_r)
{
    char buf[64];
    if (len == 0 || len >= sizeof buf)
        return false;
    memcpy(buf, text, len);
    buf[len] = '\0';
    char *slash = strchr(buf, '/');
    if (slash != NULL)
        *slash++ = '\0';
    *family_r = strchr(buf, ':') != NULL ? AF_INET6 : AF_INET;
    int most = *family_r == AF_INET6 ? 128 : 32;
    if (inet_pton(*family_r, buf, addr) != 1)
        return false;
    *bits_r = most;
    if (slash != NULL) {
        char *end;
        long v = strtol(slash, &end, 10);
        if (end == slash || *end != '\0' || v < 0 || v > most)
            return false;
        *bits_r = (int)v;
    }
    return true;
}

static bool same_prefix(const uint8_t *a, const uint8_t *b, int bits)
{
    int whole = bits / 8, rest = bits % 8;
    if (memcmp(a, b, (size_t)whole) != 0)
        return false;
    return rest == 0 || ((a[whole] ^ b[whole]) & (0xff << (8 - rest)) & 0xff) == 0;
}

/* Walks the list; with `address` NULL only checks its form. */
static bool walk_list(const char *list, const char *address)
{
    uint8_t want[16] = {0}, cidr[16] = {0};
    int want_family = 0, family, bits;
    if (address != NULL && !parse_cidr(address, strlen(address), want, &want_family, &bits))
        return false;
    for (const char *at = list; *at != '\0';) {
        size_t len = strcspn(at, ",");
        if (!parse_cidr(at, len, cidr, &family, &bits))
            return false;
        if (address != NULL && family == want_family && same_prefix(cidr, want, bits))
            return true;
        at += len + (at[len] == ',');
    }
    return address == NULL && *list != '\0';
}

bool app_address_listed(const char *list, const char *address)
{
    return list != NULL && address != NULL && walk_list(list, address);
}

bool app_allow_list_is_valid(const char *list)
{
    return walk_list(list, NULL);
}
