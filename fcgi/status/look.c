#include "fcgi/status/look.h"

#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/un.h>
#include <unistd.h>

#include "core/base/clock.h"
#include "core/base/shared.h"
#include "core/store/node.h"
#include "fcgi/frame/frame.h"
#include "fcgi/frame/pulse.h"

enum { FROZEN_US = 3000000, WINDOW = 10, SPOOL_EVERY = 10, SPOOL_FILES_MOST = 200000 };

static struct {
    pthread_mutex_t lock;
    struct look look;
    struct look_store store;
} last = {.lock = PTHREAD_MUTEX_INITIALIZER};

void look_last(struct look *look_r, struct look_store *store_r)
{
    (void)pthread_mutex_lock(&last.lock);
    *look_r = last.look;
    *store_r = last.store;
    (void)pthread_mutex_unlock(&last.lock);
}

const char *look_place_name(enum look_place p)
{
    static const char *const names[] = {"run", "log", "spool", "store"};
    return names[p];
}

/* --- processes --- */

/* Without waiting: a full backlog is an answer too. */
static bool socket_accepts(const struct conf *conf, const char *name)
{
    struct sockaddr_un a = {.sun_family = AF_UNIX};
    int len = snprintf(a.sun_path, sizeof a.sun_path, "%s/%s.sock", conf->run_dir, name);
    if (len < 0 || (size_t)len >= sizeof a.sun_path)
        return false;
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    bool ok = fd >= 0 && connect(fd, (const struct sockaddr *)&a, sizeof a) == 0;
    if (fd >= 0)
        (void)close(fd);
    return ok;
}

static void look_at_processes(const struct conf *conf, struct look *l)
{
    static struct beat list[BEATS_MOST];
    size_t n = beats_read(pulse_beats(), list);
    int64_t now = clock_mono_us();
    for (size_t i = 0; i < n; i++) {
        if (list[i].kind < 0 || list[i].kind >= RESPONDER_MAX)
            continue;
        struct look_responder *r = &l->responders[list[i].kind];
        bool frozen = now - list[i].at_us > FROZEN_US;
        r->frozen += frozen;
        r->processes += !frozen;
        r->stuck += !frozen && list[i].stuck >= list[i].threads;
        r->orphans += list[i].orphan != 0;
        r->busy += list[i].busy;
    }
    for (int k = 0; k < RESPONDER_MAX; k++) {
        struct look_responder *r = &l->responders[k];
        r->reached = k == RESPONDER_STATUS ||
                     socket_accepts(conf, responder_row((enum responder_id)k)->name);
        r->missing_looks =
            r->processes < conf->processes ? last.look.responders[k].missing_looks + 1 : 0;
    }
}

/* --- disks --- */

static int64_t free_of(const char *path)
{
    struct statvfs v;
    if (*path == '\0' || statvfs(path, &v) != 0)
        return -1;
    if (v.f_files > 0 && v.f_favail == 0)
        return 0; /* no file can be made any more */
    return (int64_t)(v.f_bavail * v.f_frsize);
}

static void look_at_disks(const struct conf *conf, struct look *l)
{
    char datadir[LOOK_PATH_LEN];
    (void)pthread_mutex_lock(&last.lock);
    (void)snprintf(datadir, sizeof datadir, "%s", last.store.datadir);
    (void)pthread_mutex_unlock(&last.lock);
    l->free_bytes[PLACE_RUN] = free_of(conf->run_dir);
    l->free_bytes[PLACE_LOG] = free_of(conf->log_dir);
    l->free_bytes[PLACE_SPOOL] = free_of(conf->spool_dir);
    l->free_bytes[PLACE_STORE] = free_of(datadir);
}

static void look_at_spool(const struct conf *conf, struct look *l)
{
    DIR *d = opendir(conf->spool_dir);
    struct stat st;
    l->spool_files = l->spool_bytes = 0;
    if (d == NULL)
        return;
    for (const struct dirent *f; l->spool_files < SPOOL_FILES_MOST && (f = readdir(d)) != NULL;)
        if (fstatat(dirfd(d), f->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(st.st_mode)) {
            l->spool_files++;
            l->spool_bytes += st.st_size;
        }
    (void)closedir(d);
}

/* --- how calls ended --- */

struct ended {
    uint64_t all[CALL_MAX], unstored[CALL_MAX];
};

static struct ended count_ended(void)
{
    struct ended n = {{0}, {0}};
    for (unsigned c = 0; c < CALL_MAX; c++) {
        for (int e = 0; e < ERR_WIRE_MAX; e++)
            n.all[c] += shared_calls(responder_shared(), c, (enum err)e);
        n.unstored[c] = shared_calls(responder_shared(), c, ERR_STORAGE);
    }
    return n;
}

static void look_at_calls(int turn, struct look *l)
{
    static struct ended window[WINDOW]; /* of the last looks */
    struct ended now = count_ended();
    const struct ended *then = &window[turn >= WINDOW ? turn % WINDOW : 0];
    if (turn == 0)
        window[0] = now;
    for (int c = 0; c < CALL_MAX; c++) {
        l->ended[c] = now.all[c] - then->all[c];
        l->unstored[c] = now.unstored[c] - then->unstored[c];
    }
    window[turn % WINDOW] = now;
}

/* --- the store --- */

static void keep_store(const struct look_store *s)
{
    (void)pthread_mutex_lock(&last.lock);
    last.store = *s;
    (void)pthread_mutex_unlock(&last.lock);
}

static void ask_store(const struct conf *conf, struct db **db, struct pool *p, struct look_store *s)
{
    struct node_state state;
    s->began_us = clock_mono_us();
    keep_store(s);
    enum err e = *db == NULL ? db_open(conf, DB_STATUS, db) : ERR_OK;
    if (e == ERR_OK)
        e = node_look(*db, p, &state);
    s->ok = e == ERR_OK;
    if (s->ok) {
        (void)snprintf(s->datadir, sizeof s->datadir, "%s", state.datadir);
        s->read_only = state.read_only != 0;
        s->connections = state.connections;
        s->connections_most = state.connections_most;
        s->callbacks_waiting = state.callbacks_waiting;
    }
    s->ended_us = clock_mono_us();
    keep_store(s);
    pool_reset(p);
}

static void *look_at_store(void *arg)
{
    const struct conf *conf = arg;
    struct look_store s = {.ok = false};
    struct pool *p = pool_new(false);
    struct db *db = NULL;
    for (;;) {
        ask_store(conf, &db, p, &s);
        (void)poll(NULL, 0, LOOK_MS);
    }
    return NULL;
}

/* --- all --- */

void look_run(const struct conf *conf)
{
    pthread_t store;
    if (pthread_create(&store, NULL, look_at_store, (void *)(uintptr_t)conf) != 0)
        _exit(1);
    for (int turn = 0;; turn = turn + 1 == 2 * WINDOW ? WINDOW : turn + 1) {
        struct look l = {.spool_files = last.look.spool_files,
                         .spool_bytes = last.look.spool_bytes};
        look_at_processes(conf, &l);
        look_at_disks(conf, &l);
        look_at_calls(turn, &l);
        if (turn % SPOOL_EVERY == 0)
            look_at_spool(conf, &l);
        l.at_us = clock_mono_us();
        (void)pthread_mutex_lock(&last.lock);
        last.look = l;
        (void)pthread_mutex_unlock(&last.lock);
        (void)poll(NULL, 0, LOOK_MS);
    }
}
