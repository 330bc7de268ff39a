#include "fcgi/responder.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <unistd.h>

#include "core/base/clock.h"
#include "core/base/log.h"
#include "core/base/text.h"
#include "core/net/peer_gate.h"
#include "core/act/registry/registry.h"
#include "fcgi/auth.h"
#include "fcgi/relay.h"

enum {
    STACK_LEN = 1 << 20,
    DRAIN_MS = 10000,
    DRAIN_MAX = 2 << 20,
    THREADS_MAX = 64,
    QUERY_MAX = 1024
};

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

/* --- one request --- */

static const char *param(const struct call *c, const char *name)
{
    return FCGX_GetParam(name, c->fcgx->envp);
}

static void read_params(struct call *c)
{
    const char *id = param(c, "REQUEST_ID"), *type = param(c, "CONTENT_TYPE");
    c->method = param(c, "REQUEST_METHOD");
    c->target = param(c, "REQUEST_URI");
    c->authorization = param(c, "HTTP_AUTHORIZATION");
    c->range = param(c, "HTTP_RANGE");
    const char *receipt = param(c, "HTTP_ZWM_RECEIPT");
    c->target_system = param(c, "HTTP_ZWM_TARGET");
    c->via = param(c, "HTTP_ZWM_VIA");
    c->relay = param(c, "HTTP_ZWM_RELAY");
    c->content_type = type;
    c->accept = param(c, "HTTP_ACCEPT");
    c->receipt = receipt != NULL && strcmp(receipt, "required") == 0;
    if (c->method == NULL)
        c->method = "";
    if (c->target == NULL)
        c->target = "";
    if (id == NULL || hex_decode(id, strlen(id), c->request_id_bytes, 16) != ERR_OK)
        id = "00000000000000000000000000000000";
    c->request_id = id;
    if (type == NULL || wire_form_from_content_type(type, &c->in_form) != ERR_OK)
        c->in_form = WIRE_JSON;
    c->out_form = wire_form_from_accept(param(c, "HTTP_ACCEPT"), c->in_form);
}

static const struct handler *find_handler(const char *target, bool *known_r)
{
    size_t len = strcspn(target, "?");
    for (size_t i = 0; i < self.handlers_n; i++) {
        const char *path = call_row(self.handlers[i].id)->path, *brace = strchr(path, '{');
        size_t n = brace != NULL ? (size_t)(brace - path) : strlen(path);
        if ((brace != NULL ? len > n : len == n) && strncmp(path, target, n) == 0) {
            *known_r = true;
            return &self.handlers[i];
        }
    }
    *known_r = false;
    return NULL;
}

static enum err read_body(struct call *c)
{
    const char *text = param(c, "CONTENT_LENGTH");
    long len = text != NULL && *text != '\0' ? strtol(text, NULL, 10) : 0;
    if (len < 0)
        return ERR_MALFORMED;
    if (len > WIRE_BODY_MAX) {
        char sink[4096];
        /* Read and forget: what stays unread would be taken for the next request on a kept
         * connection. */
        for (long n = 0; n < DRAIN_MAX && FCGX_GetStr(sink, sizeof sink, c->fcgx->in) > 0;
             n += (long)sizeof sink)
            ;
        return ERR_TOO_LARGE;
    }
    char *body = pool_alloc(c->pool, (size_t)len + 1);
    int got = len > 0 ? FCGX_GetStr(body, (int)len, c->fcgx->in) : 0;
    if (got != len)
        return ERR_MALFORMED;
    c->body = body;
    c->body_len = (size_t)len;
    return ERR_OK;
}

static enum err decode(struct call *c)
{
    struct wire_fault fault = {NULL};
    if (c->row->in == NULL)
        return ERR_OK;
    c->in = pool_alloc(c->pool, c->row->in->size);
    enum err e = wire_decode(c->pool, c->in_form, c->body, c->body_len, c->row->in, c->in, &fault);
    c->detail = fault.path;
    return e;
}

static enum err serve(struct call *c, const struct handler *h)
{
    const char *type = param(c, "CONTENT_TYPE");
    enum err e;
    if (strcmp(c->method, c->row->method) != 0)
        return ERR_METHOD;
    if (strlen(c->target) - strcspn(c->target, "?") > QUERY_MAX)
        return ERR_TOO_LARGE;
    if (c->row->in != NULL &&
        (type == NULL || wire_form_from_content_type(type, &c->in_form) != ERR_OK))
        return ERR_MEDIA_TYPE;
    if (!h->own_auth && (!h->no_auth || c->authorization != NULL)) {
        e = auth_call(c, self.apps, c->authorization, param(c, "REMOTE_ADDR"));
        if (e != ERR_OK)
            return e;
    }
    if (c->app != NULL && c->app->kind == APP_SYSTEM && c->target_system != NULL &&
        strcmp(c->target_system, c->conf->system) != 0)
        return relay_pass(c, c->target_system);
    e = decode(c);
    if (e != ERR_OK)
        return e;
    if (h->raw == NULL)
        return h->run(c);
    e = h->raw(c);
    c->written = e == ERR_OK && c->item == NULL && !c->in_progress;
    return e;
}

static void log_call(const struct call *c, enum err e, int64_t us)
{
    struct log_line l;
    log_start(&l, LOG_INFO, "call");
    log_str(&l, "request_id", c->request_id);
    log_str(&l, "interface", c->row != NULL ? c->row->name : NULL);
    log_str(&l, "app_id", c->app != NULL ? c->app->app_id : NULL);
    log_str(&l, "sqbh", c->sqbh);
    log_str(&l, "error", err_row(e)->code);
    log_str(&l, "detail", c->detail);
    log_int(&l, "status", c->status);
    log_int(&l, "us", us);
    log_end(&l);
}

struct trust *call_trust(void)
{
    return self.trust != NULL ? trust_cache_get(self.trust) : NULL;
}

static void handle_request(struct worker *w)
{
    int64_t began_us = clock_mono_us();
    struct call c = {.pool = w->pool,
                     .conf = &self.conf,
                     .kr = self.kr,
                     .shared = self.shared,
                     .db = w->db,
                     .http = w->http,
                     .fcgx = &w->fcgx,
                     .now_ms = clock_now_ms()};
    bool known = false;
    c.now_sec = c.now_ms / 1000;
    c.trust = call_trust();
    read_params(&c);
    const struct handler *h = find_handler(c.target, &known);
    enum err e = read_body(&c);
    if (!known)
        e = ERR_NO_INTERFACE;
    else
        c.row = call_row(h->id);
    if (e == ERR_OK)
        e = serve(&c, h);
    db_rollback(w->db);
    if (e >= ERR_WIRE_MAX) {
        log_msg(LOG_ERROR, "bug", "a handler answered %s", err_name(e));
        e = ERR_BUSY;
    }
    if (!c.written)
        call_write_answer(&c, e);
    json_object_put(c.item);
    int64_t us = clock_mono_us() - began_us;
    shared_count(self.shared, c.row != NULL ? c.row->id : 0, e, us);
    log_call(&c, e, us);
    app_put(c.registered);
    trust_release(&c.trust);
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

int responder_main(int argc, char **argv, const char *name, enum db_role role,
                   const struct handler *handlers, size_t n)
{
    self.name = name;
    self.handlers = handlers;
    self.handlers_n = n;
    if (argc > 1) {
        (void)printf("usage: %s\n\nA FastCGI responder of the service code system. It is started "
                     "with its socket on file "
                     "descriptor 0 (spawn-fcgi)\nand reads $ZWM_VAR/zwm.conf. Interfaces:\n",
                     argv[0]);
        for (size_t i = 0; i < n; i++)
            (void)printf("  %-4s %s\n", call_row(handlers[i].id)->method,
                         call_row(handlers[i].id)->path);
        return strcmp(argv[1], "--help") == 0 ? 0 : 2;
    }
    if (FCGX_IsCGI() || FCGX_Init() != 0) {
        (void)fprintf(stderr, "%s: file descriptor 0 is no FastCGI socket; see --help\n", name);
        return 1;
    }
    struct pool *p = pool_new(false);
    if (!prepare(p, role))
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
