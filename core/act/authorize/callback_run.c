/* Which callback is sent when. One thread of each zwm-authorize process looks for jobs that are due
 * and has the store's connection; SENDERS others only send. A host has HOST_MOST of them at most
 * and an app APP_MOST, and jobs are looked for by app and host, the apps in turn: so one that is
 * slow or dead delays its own alone, however many jobs wait for it.
 *
 * Statements: CALLBACK_APPS, CALLBACK_HOSTS, CALLBACK_DUE, and those of a try. */
#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "core/act/authorize/callback_int.h"
#include "core/base/clock.h"
#include "core/base/log.h"

enum { SENDERS = 16, HOST_MOST = CALLBACK_DUE_MOST, APP_MOST = 4, LOOK_MS = 500 };
_Static_assert((int)APP_MOST < (int)CALLBACK_HOSTS_MOST, "a busy host hides no other of its app");

/* A slot belongs to the thread that looks, and while it is SENDING to its own thread. */
struct slot {
    struct sending *all;
    struct sender sender;
    enum { FREE, SENDING, SENT } state;
    struct pool *pool; /* of the job; NULL while FREE */
    struct callback_job job;
    const char *app_id, *host;
    const char *error; /* once SENT */
};

struct sending {
    const struct conf *conf;
    struct db *db;
    pthread_mutex_t lock; /* of the states */
    pthread_cond_t begun, ended;
    struct slot slots[SENDERS];
    const char *last_app; /* the last that had a turn, in memory of its own; NULL: none yet */
};

/* --- the threads that send --- */

static void set_state(struct slot *s, int state, pthread_cond_t *told)
{
    (void)pthread_mutex_lock(&s->all->lock);
    s->state = state;
    (void)pthread_cond_broadcast(told);
    (void)pthread_mutex_unlock(&s->all->lock);
}

static void *send_jobs(void *arg)
{
    struct slot *s = arg;
    for (;;) {
        (void)pthread_mutex_lock(&s->all->lock);
        while (s->state != SENDING)
            (void)pthread_cond_wait(&s->all->begun, &s->all->lock);
        (void)pthread_mutex_unlock(&s->all->lock);
        s->error = callback_post(&s->sender, s->pool, &s->job);
        set_state(s, SENT, &s->all->ended);
    }
    return NULL;
}

/* --- the one that looks --- */

static int state_of(struct slot *s)
{
    (void)pthread_mutex_lock(&s->all->lock);
    int state = (int)s->state;
    (void)pthread_mutex_unlock(&s->all->lock);
    return state;
}

/* Enters what the others have sent. */
static void collect(struct sending *all)
{
    for (size_t i = 0; i < SENDERS; i++) {
        struct slot *s = &all->slots[i];
        if (state_of(s) != SENT)
            continue;
        callback_finish(all->db, all->conf, &s->job, s->error);
        pool_destroy(&s->pool);
        set_state(s, FREE, &all->begun);
    }
}

static struct slot *find_free(struct sending *all)
{
    for (size_t i = 0; i < SENDERS; i++)
        if (all->slots[i].pool == NULL)
            return &all->slots[i];
    return NULL;
}

/* How many slots an app and a host have. */
static size_t taken(const struct sending *all, const char *app_id, const char *host)
{
    size_t n = 0;
    for (size_t i = 0; i < SENDERS; i++) {
        const struct slot *s = &all->slots[i];
        n += s->pool != NULL && (app_id == NULL || strcmp(s->app_id, app_id) == 0) &&
             (host == NULL || strcmp(s->host, host) == 0);
    }
    return n;
}

static void begin(struct sending *all, const struct callback_job *j, const char *app_id,
                  const char *host)
{
    struct slot *s = find_free(all);
    struct callback_job job = *j;
    if (s == NULL || !callback_begin(all->db, all->conf, &job))
        return;
    s->pool = pool_new(false);
    s->job = job;
    s->job.url = pool_strdup(s->pool, job.url);
    s->job.body = pool_strdup(s->pool, job.body);
    s->app_id = pool_strdup(s->pool, app_id);
    s->host = pool_strdup(s->pool, host);
    set_state(s, SENDING, &all->begun);
}

static enum err look_at_host(struct sending *all, struct pool *p, const char *app_id,
                             const char *host)
{
    struct callback_job *jobs;
    size_t n;
    if (taken(all, NULL, host) >= HOST_MOST)
        return ERR_OK;
    enum err e = callback_due(all->db, p, app_id, host, clock_now_sec(), &jobs, &n);
    db_rollback(all->db);
    for (size_t i = 0; e == ERR_OK && i < n; i++)
        if (taken(all, NULL, host) < HOST_MOST && taken(all, app_id, NULL) < APP_MOST)
            begin(all, &jobs[i], app_id, host);
    return e;
}

static enum err look_at_app(struct sending *all, struct pool *p, const char *app_id)
{
    const char **hosts;
    size_t n;
    if (taken(all, app_id, NULL) >= APP_MOST)
        return ERR_OK;
    enum err e = callback_hosts(all->db, p, app_id, clock_now_sec(), &hosts, &n);
    db_rollback(all->db);
    for (size_t i = 0; e == ERR_OK && i < n; i++)
        e = look_at_host(all, p, app_id, hosts[i]);
    return e;
}

static void remember(struct sending *all, const char *app_id)
{
    free((void *)(uintptr_t)all->last_app);
    all->last_app = strdup(app_id);
}

/* The apps in turn, beginning behind the one that was last when no slot was left. */
static void look(struct sending *all)
{
    struct pool *p = pool_new(false);
    const char **apps;
    size_t n, first = 0;
    enum err e = callback_apps(all->db, p, &apps, &n);
    db_rollback(all->db);
    while (e == ERR_OK && all->last_app != NULL && first < n &&
           strcmp(apps[first], all->last_app) <= 0)
        first++;
    for (size_t i = 0; e == ERR_OK && i < n && find_free(all) != NULL; i++) {
        const char *app_id = apps[(first + i) % n];
        e = look_at_app(all, p, app_id);
        remember(all, app_id);
    }
    pool_destroy(&p);
}

/* Until something was sent, and no longer than LOOK_MS. */
static void wait_for_end(struct sending *all)
{
    struct timespec until;
    bool sent = false;
    (void)clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_nsec += LOOK_MS * 1000000L;
    until.tv_sec += until.tv_nsec / 1000000000L;
    until.tv_nsec %= 1000000000L;
    (void)pthread_mutex_lock(&all->lock);
    for (;;) {
        for (size_t i = 0; i < SENDERS; i++)
            sent = sent || all->slots[i].state == SENT;
        if (sent || pthread_cond_timedwait(&all->ended, &all->lock, &until) == ETIMEDOUT)
            break;
    }
    (void)pthread_mutex_unlock(&all->lock);
}

static bool start(struct sending *all, struct keyring *kr)
{
    pthread_condattr_t monotonic;
    (void)pthread_condattr_init(&monotonic);
    (void)pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    (void)pthread_mutex_init(&all->lock, NULL);
    (void)pthread_cond_init(&all->begun, NULL);
    (void)pthread_cond_init(&all->ended, &monotonic);
    (void)pthread_condattr_destroy(&monotonic);
    for (size_t i = 0; i < SENDERS; i++) {
        struct slot *s = &all->slots[i];
        pthread_t thread;
        s->all = all;
        s->sender = (struct sender){all->conf, kr, http_client_new(all->conf->peer_ca_file)};
        if (pthread_create(&thread, NULL, send_jobs, s) != 0)
            return false;
        (void)pthread_detach(thread);
    }
    return true;
}

void callback_run(const struct conf *conf)
{
    static struct sending all; /* of the process; its threads end with it */
    struct keyring *kr = NULL;
    all.conf = conf;
    if (keyring_open(conf->keys_dir, &kr) != ERR_OK || !start(&all, kr)) {
        log_msg(LOG_ERROR, "callback", "keys or threads are missing: nobody is told");
        return;
    }
    while (all.db == NULL && db_open(conf, DB_AUTHORIZE, &all.db) == ERR_BAD)
        (void)usleep(LOOK_MS * 1000);
    for (;;) {
        collect(&all);
        look(&all);
        wait_for_end(&all);
    }
}
