#include "fcgi/frame/workers.h"

#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

#include "core/base/clock.h"

enum { STACK_LEN = 1 << 20, LOOK_MS = 10, NUDGE_US = 20000 };

static struct {
    const struct workers *w;
    pthread_t threads[WORKERS_MAX + 1]; /* the last is the one in reserve */
    _Atomic bool stopping;
    _Atomic int left;       /* threads that have not ended */
    _Atomic int idle;       /* threads in accept */
    _Atomic uint64_t begun; /* requests that the threads have taken */
} self;

/* Returns the milliseconds since nginx sent the request; 0 if it does not say. */
static int64_t waited_ms(const FCGX_Request *r)
{
    const char *text = FCGX_GetParam("REQUEST_SENT", r->envp); /* seconds.milliseconds */
    char *end;
    if (text == NULL)
        return 0;
    long long sec = strtoll(text, &end, 10), ms = *end == '.' ? strtoll(end + 1, NULL, 10) : 0;
    int64_t waited = clock_wall_ms() - (sec * 1000 + ms);
    return waited > 0 ? waited : 0;
}

static bool in_time(const FCGX_Request *r)
{
    return waited_ms(r) <= self.w->queue_ms;
}

static void serve(void *own, FCGX_Request *r)
{
    self.w->serve(own, r, in_time(r));
    FCGX_Finish_r(r);
}

static void *work(void *arg)
{
    FCGX_Request r;
    void *own = self.w->open();
    (void)arg;
    (void)FCGX_InitRequest(&r, STDIN_FILENO, FCGI_FAIL_ACCEPT_ON_INTR);
    while (!atomic_load(&self.stopping)) {
        (void)atomic_fetch_add(&self.idle, 1);
        int rc = FCGX_Accept_r(&r);
        (void)atomic_fetch_sub(&self.idle, 1);
        if (rc < 0)
            continue; /* a nudge to look whether the process shall stop */
        (void)atomic_fetch_add(&self.begun, 1);
        serve(own, &r);
    }
    FCGX_Free(&r, 1);
    self.w->close(own);
    (void)atomic_fetch_sub(&self.left, 1);
    return NULL;
}

static bool something_waits(void)
{
    struct pollfd fd = {.fd = STDIN_FILENO, .events = POLLIN};
    return poll(&fd, 1, 0) > 0;
}

/* Waits until it is known what to do with a request that the reserve has read: its turn has come,
 * as soon as another thread is free or has taken one behind it; or its time is over. */
static void wait_for_turn(const FCGX_Request *r, uint64_t begun)
{
    while (in_time(r) && atomic_load(&self.idle) == 0 && atomic_load(&self.begun) == begun)
        (void)poll(NULL, 0, LOOK_MS);
}

/* The thread in reserve: it takes a request only while all others are busy. */
static void *stand_in(void *arg)
{
    FCGX_Request r;
    void *own = self.w->open();
    (void)arg;
    (void)FCGX_InitRequest(&r, STDIN_FILENO, FCGI_FAIL_ACCEPT_ON_INTR);
    while (!atomic_load(&self.stopping)) {
        uint64_t begun = atomic_load(&self.begun);
        (void)poll(NULL, 0, LOOK_MS);
        if (atomic_load(&self.idle) > 0 || atomic_load(&self.begun) != begun || !something_waits())
            continue;
        if (FCGX_Accept_r(&r) < 0)
            continue;
        wait_for_turn(&r, begun);
        serve(own, &r);
    }
    FCGX_Free(&r, 1);
    self.w->close(own);
    (void)atomic_fetch_sub(&self.left, 1);
    return NULL;
}

static void nudged(int sig)
{
    (void)sig;
}

void workers_start(const struct workers *w)
{
    pthread_attr_t attr;
    /* Without SA_RESTART: accept returns when a thread is nudged. */
    const struct sigaction nudge = {.sa_handler = nudged};
    self.w = w;
    (void)sigaction(SIGUSR1, &nudge, NULL);
    (void)pthread_attr_init(&attr);
    (void)pthread_attr_setstacksize(&attr, STACK_LEN);
    atomic_store(&self.left, w->n + 1);
    for (int i = 0; i <= w->n; i++)
        if (pthread_create(&self.threads[i], &attr, i < w->n ? work : stand_in, NULL) != 0)
            _exit(1);
    (void)pthread_attr_destroy(&attr);
}

void workers_stop(void)
{
    atomic_store(&self.stopping, true);
    /* Again and again: a nudge just before accept is lost. */
    while (atomic_load(&self.left) > 0) {
        for (int i = 0; i <= self.w->n; i++)
            (void)pthread_kill(self.threads[i], SIGUSR1);
        (void)usleep(NUDGE_US);
    }
    for (int i = 0; i <= self.w->n; i++)
        (void)pthread_join(self.threads[i], NULL);
}
