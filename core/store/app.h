/* app: registered apps (third parties, channels, code systems, services) and their cache in a
 * responder process.
 *
 * The cache holds every app, its key parsed. A thread of its own asks the change counter four times
 * a second; a request that finds the cache older than APP_FRESH_MS asks by itself. So a change is
 * in force everywhere within a second, and while the database is away nobody is let in on old
 * knowledge (ERR_STORAGE). Apps that call often get their keys prepared for fast verification (at
 * most APP_PREPARED of them). */
#ifndef ZWM_STORE_APP_H
#define ZWM_STORE_APP_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "core/crypto/sm2.h"
#include "core/store/db.h"

enum app_kind {
    APP_CHANNEL = 1,
    APP_THIRD_PARTY = 2,
    APP_SYSTEM = 3,
    APP_SERVICE = 4,
    APP_KIND_MAX
};
enum app_status { APP_ACTIVE = 1, APP_SUSPENDED = 2, APP_REMOVED = 3 };
enum { APP_FRESH_MS = 900, APP_PREPARED = 24 };

struct app_entry { /* a row */
    const char *app_id;
    enum app_kind kind;
    const char *name, *uscc;
    const uint8_t *spki; /* NULL: allow-list only */
    size_t spki_len;
    const char *channel, *allow_list; /* NULL: none */
    int64_t rate_per_sec;             /* 0: the setting */
    enum app_status status;
    int64_t updated_at; /* when read */
    /* The key before, accepted until `previous_until`; NULL: none. */
    const uint8_t *previous;
    size_t previous_len;
    int64_t previous_until;
};

struct app { /* in the cache */
    char app_id[33];
    enum app_kind kind;
    enum app_status status;
    char *name, *uscc;
    char channel[3];          /* "" any */
    char *allow_list;         /* CIDRs, comma separated; NULL: none */
    int64_t rate_per_sec;     /* 0: the setting */
    struct sm2_key *key;      /* NULL: allow-list only */
    struct sm2_key *previous; /* the key before; NULL: none */
    int64_t previous_until;   /* seconds; until when it is accepted */
    bool prepared;
    /* the cache's own */
    struct app *next;
    _Atomic int refs;
    _Atomic uint64_t *uses; /* shared by the versions of one app */
};

/* "channel", "third-party", "system", "service"; NULL or 0 if unknown. */
const char *app_kind_name(enum app_kind k);
enum app_kind app_kind_by_name(const char *name);

struct app_cache;

/* Starts with what `db` has (ERR_STORAGE is no failure: it fills later) and starts the thread,
 * which opens a connection of its own. Lives as long as the process. */
/* `on_change(arg, db)` runs whenever the change counter has moved, before the apps are taken for
 * fresh: other caches hang on it (the trust list). */
ERR_CHECK enum err app_cache_start(const struct conf *conf, enum db_role role,
                                   enum err (*on_change)(void *arg, struct db *db), void *arg,
                                   struct app_cache **cache_r);

/* The app, for the caller to release with app_put. ERR_ABSENT: no such app, or it was removed.
 * ERR_STORAGE: the cache is too old and the database does not answer. `db` is the calling thread's
 * connection, with no transaction open. */
ERR_CHECK enum err app_get(struct app_cache *cache, struct db *db, const char *app_id,
                           const struct app **app_r);
void app_put(const struct app *app);
/* Whether the app's key, or the one before it while that is accepted, made the signature. False if
 * it has no key. */
bool app_signature_holds(const struct app *app, int64_t now_sec, const void *data, size_t len,
                         const uint8_t sig[SM2_SIG_LEN]);
/* One call that was truly the app's: only these make its key worth preparing, or strangers could
 * fill the places. `app` is from app_get. */
void app_count_use(const struct app *app);

/* Whether `address` (IPv4 or IPv6 text) is in one of the CIDRs of `list`. */
bool app_address_listed(const char *list, const char *address);
/* Whether `list` is well formed. */
bool app_allow_list_is_valid(const char *list);

#endif
