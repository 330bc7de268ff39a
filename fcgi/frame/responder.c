/* The process of a responder: its start, its threads, its end. */
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "core/base/clock.h"
#include "core/base/log.h"
#include "core/base/tally.h"
#include "core/net/http.h"
#include "core/net/peer_gate.h"
#include "core/act/registry/registry.h"
#include "core/wire/serves.h"
#include "fcgi/frame/pulse.h"
#include "fcgi/frame/served.h"
#include "fcgi/frame/workers.h"

/* The process: set before the threads start, read by them. */
static struct {
    const char *name;
    struct conf conf;
    struct keyring *kr;
    struct shared *shared;
    struct tally *tally;
    struct app_cache *apps;
    struct trust_cache *trust; /* NULL: no registry is known */
    enum db_role role;
    const struct handler *handlers;
    size_t handlers_n;
    void (*background)(const struct conf *conf); /* NULL: none */
    _Atomic int64_t ready;                       /* threads that can serve */
} self;

struct trust *responder_trust(void)
{
    return self.trust != NULL ? trust_cache_get(self.trust) : NULL;
}

struct shared *responder_shared(void)
{
    return self.shared;
}

/* --- a thread --- */

struct worker {
    struct pool *pool;
    struct db *db;
    struct http_client *http;
};

static void *worker_open(void)
{
    struct worker *w = calloc(1, sizeof *w);
    if (w == NULL)
        abort();
    w->pool = pool_new(true);
    w->http = http_client_new(self.conf.peer_ca_file);
    enum err e = db_open(&self.conf, self.role, &w->db);
    if (e == ERR_OK || e == ERR_STORAGE) {
        if (atomic_fetch_add(&self.ready, 1) + 1 == self.conf.threads)
            ready_tell();
        return w;
    }
    log_msg(LOG_FATAL, "start", "the database does not fit this program");
    _exit(1);
}

static void worker_close(void *own)
{
    struct worker *w = own;
    http_client_free(&w->http);
    db_close(&w->db);
    pool_destroy(&w->pool);
    free(w);
}

static void worker_serve(void *own, FCGX_Request *r, bool in_time)
{
    struct worker *w = own;
    struct trust *trust = responder_trust();
    int64_t now_ms = clock_now_ms();
    struct served s = {.c = {.w = {.pool = w->pool,
                                   .conf = &self.conf,
                                   .kr = self.kr,
                                   .db = w->db,
                                   .http = w->http,
                                   .trust = trust,
                                   .tally = self.tally,
                                   .now_ms = now_ms,
                                   .now_sec = now_ms / 1000},
                             .out = &reply_out},
                       .fcgx = r,
                       .in_time = in_time,
                       .shared = self.shared,
                       .apps = self.apps,
                       .trust = trust};
    s.c.rq = &s.rq;
    serve(&s, self.handlers, self.handlers_n);
    pool_reset(w->pool);
}

/* --- what runs beside them --- */

void responder_background(void (*fn)(const struct conf *conf))
{
    self.background = fn;
}

static void *run_background(void *arg)
{
    (void)arg;
    self.background(&self.conf);
    return NULL;
}

static enum err refresh_trust(void *arg, struct db *db)
{
    (void)arg;
    return self.trust != NULL ? trust_cache_refresh(self.trust, db) : ERR_OK;
}

static int run_threads(enum responder_id id)
{
    const struct workers w = {.n = (int)self.conf.threads,
                              .queue_ms = self.conf.queue_max_ms,
                              .open = worker_open,
                              .close = worker_close,
                              .serve = worker_serve};
    pthread_t background;
    sigset_t set;
    int sig = 0;
    (void)sigemptyset(&set);
    (void)sigaddset(&set, SIGTERM);
    (void)sigaddset(&set, SIGINT);
    (void)sigaddset(&set, SIGHUP);
    (void)pthread_sigmask(SIG_BLOCK, &set, NULL);
    if (app_cache_start(&self.conf, self.role, refresh_trust, NULL, &self.apps) != ERR_OK)
        return 1;
    if (!pulse_start(&self.conf, id)) {
        log_msg(LOG_FATAL, "start", "the run directory cannot be used");
        return 1;
    }
    workers_start(&w);
    if (self.background != NULL && pthread_create(&background, NULL, run_background, NULL) != 0)
        _exit(1);
    log_msg(LOG_INFO, "start", "%d threads", w.n);
    (void)sigwait(&set, &sig);
    workers_stop();
    log_msg(LOG_INFO, "stop", "all requests finished");
    return 0;
}

/* --- the process --- */

/* The key under which the trust list must be signed: our own if we are the registry, else the
 * one pinned. */
static bool open_trust(void)
{
    struct sm2_key *key = NULL;
    if (registry_pinned_key(&self.conf, self.kr, &key) != ERR_OK) {
        log_msg(LOG_FATAL, "start",
                "registry_url is set, but registry_key_file holds no public key");
        return false;
    }
    self.trust = trust_cache_new(key);
    return true;
}

static bool prepare(struct pool *p, enum db_role role)
{
    const char *level = NULL;
    static const char *const levels[] = {"debug", "info", "warn", "error"};
    /* A core file would hold keys, and what passes through of people. */
    (void)setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0});
    if (conf_load(p, conf_var_dir(p), &self.conf, stderr) != ERR_OK)
        return false;
    log_init(self.name, LOG_INFO);
    for (int i = 0; i < 4; i++)
        if (strcmp(self.conf.log_level, levels[i]) == 0) {
            level = levels[i];
            log_init(self.name, (enum log_level)i);
        }
    if (level == NULL) {
        log_msg(LOG_FATAL, "start", "log_level must be debug, info, warn or error");
        return false;
    }
    if (*self.conf.clock_offset_file != '\0') {
        log_msg(LOG_WARN, "start", "clock_offset_file is set: for tests only");
        if (clock_use_offset_file(self.conf.clock_offset_file) != ERR_OK)
            return false;
    }
    if (keyring_open(self.conf.keys_dir, &self.kr) != ERR_OK ||
        shared_open(self.conf.run_dir, &self.shared) != ERR_OK ||
        tally_open(self.conf.run_dir, &self.tally) != ERR_OK) {
        log_msg(LOG_FATAL, "start", "keys or run directory cannot be used");
        return false;
    }
    self.role = role;
    peer_gate_init((int)self.conf.threads);
    if (!open_trust())
        return false;
    return auth_init();
}

/* Whether the program has a handler for each call of its row, and no other, and one that passes on
 * for each call that is passed on: nginx sends it the
 * calls that stand in the row. */
static bool handlers_fit(enum responder_id id)
{
    size_t n = 0, found = 0;
    for (const struct serve *s = serves(id); s->call != CALL_VOID; s++, n++)
        for (size_t i = 0; i < self.handlers_n; i++)
            found += self.handlers[i].id == s->call &&
                     (self.handlers[i].pass_on != NULL) == call_row(s->call)->relayed;
    return found == n && n == self.handlers_n;
}

int responder_main(int argc, char **argv, enum responder_id id, const struct handler *handlers,
                   size_t n)
{
    struct pool *p = pool_new(false);
    self.name = pool_printf(p, "zwm-%s", responder_row(id)->name);
    self.handlers = handlers;
    self.handlers_n = n;
    if (!handlers_fit(id)) {
        (void)fprintf(stderr, "%s: its handlers are not those of its row in responders.def\n",
                      self.name);
        return 1;
    }
    if (argc > 1) {
        (void)printf("usage: %s\n\nA FastCGI responder of the service code system: it %s.\nIt is "
                     "started with its socket on file descriptor 0 (spawn-fcgi) and reads "
                     "$ZWM_VAR/zwm.conf.\nInterfaces:\n",
                     argv[0], responder_row(id)->doc);
        for (size_t i = 0; i < n; i++)
            (void)printf("  %-4s %s\n", call_row(handlers[i].id)->method,
                         call_row(handlers[i].id)->path);
        return strcmp(argv[1], "--help") == 0 ? 0 : 2;
    }
    if (FCGX_IsCGI() || FCGX_Init() != 0) {
        (void)fprintf(stderr, "%s: file descriptor 0 is no FastCGI socket; see --help\n",
                      self.name);
        return 1;
    }
    if (!prepare(p, db_role_of(id)))
        _exit(1); /* with whatever it has open by now */
    (void)signal(SIGPIPE, SIG_IGN);
    wire_init();
    sm2_prepare_generator();
    int rc = run_threads(id);
    /* Background threads may still use the keys and the database: the process ends here, without
     * waiting for them. */
    _exit(rc);
}
