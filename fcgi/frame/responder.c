/* The process of a responder: its start, its threads, its end. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <unistd.h>

#include "core/base/clock.h"
#include "core/base/log.h"
#include "core/net/http.h"
#include "core/net/peer_gate.h"
#include "core/act/registry/registry.h"
#include "core/wire/serves.h"
#include "fcgi/frame/served.h"

enum { STACK_LEN = 1 << 20, DRAIN_MS = 10000, THREADS_MAX = 64 };

/* The process: set before the threads start, read by them. */
static struct {
    const char *name;
    struct conf conf;
    struct keyring *kr;
    struct shared *shared;
    struct app_cache *apps;
    struct trust_cache *trust; /* NULL: no registry is known */
    enum db_role role;
    const struct handler *handlers;
    size_t handlers_n;
    void (*background)(const struct conf *conf); /* NULL: none */
    int stop_fd;                                 /* readable once the process shall stop */
    _Atomic bool stopping;
    _Atomic int64_t drained_us; /* clock_mono_us by which a stopping process is gone */
} self;

struct worker {
    FCGX_Request fcgx;
    struct pool *pool;
    struct db *db;
    struct http_client *http;
};

struct trust *responder_trust(void)
{
    return self.trust != NULL ? trust_cache_get(self.trust) : NULL;
}

struct shared *responder_shared(void)
{
    return self.shared;
}

static void handle_request(struct worker *w)
{
    struct trust *trust = responder_trust();
    int64_t now_ms = clock_now_ms();
    struct served s = {.c = {.w = {.pool = w->pool,
                                   .conf = &self.conf,
                                   .kr = self.kr,
                                   .db = w->db,
                                   .http = w->http,
                                   .trust = trust,
                                   .now_ms = now_ms,
                                   .now_sec = now_ms / 1000},
                             .out = &reply_out},
                       .fcgx = &w->fcgx,
                       .shared = self.shared,
                       .apps = self.apps,
                       .trust = trust};
    s.c.rq = &s.rq;
    serve(&s, self.handlers, self.handlers_n);
}

/* --- threads --- */

static int64_t drain_left_ms(void)
{
    int64_t us = atomic_load(&self.drained_us) - clock_mono_us();
    return us > 0 ? us / 1000 + 1 : 0;
}

/* Waits until a request can be read or the process shall stop. A stopping process takes no new
 * connections and serves those it has until nginx closes them (it does when idle, and when it is
 * reloaded or stopped) or DRAIN_MS are over: whoever closes a connection that the other side keeps
 * may lose the request just being sent. */
static bool wait_for_work(const struct worker *w)
{
    bool kept = w->fcgx.ipcFd >= 0;
    struct pollfd fds[] = {{.fd = kept ? w->fcgx.ipcFd : STDIN_FILENO, .events = POLLIN},
                           {.fd = self.stop_fd, .events = POLLIN}};
    for (;;) {
        bool stopping = atomic_load(&self.stopping);
        int64_t left_ms = stopping ? drain_left_ms() : -1;
        if (stopping && (!kept || left_ms == 0))
            return false;
        int n = poll(fds, stopping ? 1 : 2, (int)left_ms);
        if (n == 0 || (n < 0 && errno != EINTR))
            return false;
        if (n > 0 && fds[0].revents != 0)
            return true;
    }
}

static void open_store(struct worker *w)
{
    enum err e = db_open(&self.conf, self.role, &w->db);
    if (e == ERR_OK || e == ERR_STORAGE)
        return;
    log_msg(LOG_FATAL, "start", "the database does not fit this program");
    _exit(1);
}

static void *work(void *arg)
{
    struct worker *w = arg;
    w->pool = pool_new(true);
    open_store(w);
    w->http = http_client_new(self.conf.peer_ca_file);
    (void)FCGX_InitRequest(&w->fcgx, STDIN_FILENO, FCGI_FAIL_ACCEPT_ON_INTR);
    while (wait_for_work(w)) {
        if (FCGX_Accept_r(&w->fcgx) < 0)
            continue; /* another thread was faster, or nginx closed a kept connection */
        handle_request(w);
        pool_reset(w->pool);
        if (atomic_load(&self.stopping) && drain_left_ms() == 0)
            w->fcgx.keepConnection = 0;
        FCGX_Finish_r(&w->fcgx);
    }
    FCGX_Free(&w->fcgx, 1);
    http_client_free(&w->http);
    db_close(&w->db);
    pool_destroy(&w->pool);
    return NULL;
}

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

static int run_threads(void)
{
    static struct worker workers[THREADS_MAX];
    pthread_t threads[THREADS_MAX];
    pthread_attr_t attr;
    sigset_t set;
    int sig = 0, n = (int)self.conf.threads;

    (void)sigemptyset(&set);
    (void)sigaddset(&set, SIGTERM);
    (void)sigaddset(&set, SIGINT);
    (void)sigaddset(&set, SIGHUP);
    (void)pthread_sigmask(SIG_BLOCK, &set, NULL);
    if (app_cache_start(&self.conf, self.role, refresh_trust, NULL, &self.apps) != ERR_OK)
        return 1;
    (void)pthread_attr_init(&attr);
    (void)pthread_attr_setstacksize(&attr, STACK_LEN);
    for (int i = 0; i < n; i++)
        if (pthread_create(&threads[i], &attr, work, &workers[i]) != 0)
            _exit(1);
    pthread_t background;
    if (self.background != NULL && pthread_create(&background, &attr, run_background, NULL) != 0)
        _exit(1);
    (void)pthread_attr_destroy(&attr);
    log_msg(LOG_INFO, "start", "%d threads", n);
    (void)sigwait(&set, &sig);
    atomic_store(&self.drained_us, clock_mono_us() + (int64_t)DRAIN_MS * 1000);
    atomic_store(&self.stopping, true);
    const uint64_t one = 1;
    if (write(self.stop_fd, &one, sizeof one) != (ssize_t)sizeof one)
        _exit(1);
    for (int i = 0; i < n; i++)
        (void)pthread_join(threads[i], NULL);
    log_msg(LOG_INFO, "stop", "all requests finished");
    return 0;
}

/* --- the process --- */

/* The key under which the trust list must be signed: our own where we are the registry, else the
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
        shared_open(self.conf.run_dir, &self.shared) != ERR_OK) {
        log_msg(LOG_FATAL, "start", "keys or run directory cannot be used");
        return false;
    }
    self.role = role;
    peer_gate_init((int)self.conf.threads);
    if (!open_trust())
        return false;
    self.stop_fd = eventfd(0, EFD_CLOEXEC);
    return self.stop_fd >= 0 && auth_init();
}

/* Whether the program has a handler for each call of its row, and no other: nginx sends it the
 * calls that stand in the row. */
static bool handlers_fit(enum responder_id id)
{
    size_t n = 0, found = 0;
    for (const struct serve *s = serves(id); s->call != CALL_VOID; s++, n++)
        for (size_t i = 0; i < self.handlers_n; i++)
            found += self.handlers[i].id == s->call;
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
        return 1;
    (void)signal(SIGPIPE, SIG_IGN);
    wire_init();
    sm2_prepare_generator();
    (void)fcntl(STDIN_FILENO, F_SETFL, fcntl(STDIN_FILENO, F_GETFL) | O_NONBLOCK);
    int rc = run_threads();
    /* Background threads may still use the keys and the database: the process ends here, without
     * waiting for them. */
    _exit(rc);
}
