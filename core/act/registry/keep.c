/* Keeping the trust list up, in the background. Statements: TRUST_LATEST, TRUST_INSERT,
 * TRUST_PRUNE, CHANGE_NEXT. */
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "core/act/registry/route.h"
#include "core/base/clock.h"
#include "core/base/log.h"
#include "core/act/registry/registry.h"
#include "core/net/http.h"

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

void route_keep_list(const struct conf *conf)
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
