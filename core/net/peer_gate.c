#include "core/net/peer_gate.h"

#include <pthread.h>
#include <stdint.h>
#include <string.h>
#include <time.h>

#include "core/base/clock.h"

enum {
    GATES = 128,
    FAILURES_OPEN = 3,
    PAUSE_LEAST_US = 1000000,
    PAUSE_MOST_US = 30000000,
    SILENT_US = 1000000, /* nothing came for so long: it hangs */
    WAIT_MOST_US = 1000000,
    SPARE_THREADS = 3 /* never wait for other systems' answers */
};

struct gate {
    char system[40];
    int waiting, failures;
    int64_t progress_us;   /* last answer, or when the first of those waiting began to */
    int64_t open_until_us; /* no calls before this; then one to try */
    int64_t pause_us;
    bool trying;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t left; /* somebody has left a gate; monotonic clock */
static struct gate gates[GATES];
static int most = 7, waiting_all;

void peer_gate_init(int threads)
{
    pthread_condattr_t attr;
    (void)pthread_condattr_init(&attr);
    (void)pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    (void)pthread_cond_init(&left, &attr);
    (void)pthread_condattr_destroy(&attr);
    most = threads > 2 * SPARE_THREADS ? threads - SPARE_THREADS : threads > 1 ? threads / 2 : 1;
}

/* Systems beyond the table share its last place: they wait for each other, nothing worse. */
static struct gate *find(const char *system)
{
    for (int i = 0; i < GATES - 1; i++) {
        if (strcmp(gates[i].system, system) == 0)
            return &gates[i];
        if (*gates[i].system == '\0') {
            (void)strncpy(gates[i].system, system, sizeof gates[i].system - 1);
            return &gates[i];
        }
    }
    return &gates[GATES - 1];
}

/* Waits for somebody to leave, not past `until_us`. */
static bool wait_turn(int64_t until_us)
{
    struct timespec ts = {.tv_sec = until_us / 1000000, .tv_nsec = until_us % 1000000 * 1000};
    return pthread_cond_timedwait(&left, &lock, &ts) == 0;
}

static bool enter(struct gate *g)
{
    int64_t now = clock_mono_us(), until = now + WAIT_MOST_US;
    while (waiting_all >= most) {
        /* One of another system may hold the turns: that one's silence is its own gate's affair. */
        if (g->waiting > 0 && clock_mono_us() - g->progress_us > SILENT_US)
            return false;
        if (!wait_turn(until))
            return false;
    }
    now = clock_mono_us();
    if (g->failures >= FAILURES_OPEN && (g->trying || now < g->open_until_us))
        return false;
    g->trying = g->failures >= FAILURES_OPEN;
    if (g->waiting++ == 0)
        g->progress_us = now;
    waiting_all++;
    return true;
}

bool peer_gate_enter(const char *system)
{
    (void)pthread_mutex_lock(&lock);
    struct gate *g = find(system);
    bool is_open =
        g->failures < FAILURES_OPEN || (!g->trying && clock_mono_us() >= g->open_until_us);
    bool silent = g->waiting > 0 && clock_mono_us() - g->progress_us > SILENT_US;
    bool entered = is_open && !silent && enter(g);
    (void)pthread_mutex_unlock(&lock);
    return entered;
}

void peer_gate_leave(const char *system, bool answered)
{
    (void)pthread_mutex_lock(&lock);
    struct gate *g = find(system);
    g->waiting--;
    waiting_all--;
    bool was_try = g->trying;
    g->trying = false;
    if (answered)
        g->progress_us = clock_mono_us();
    (void)pthread_cond_broadcast(&left);
    if (answered) {
        g->failures = 0;
        g->pause_us = 0;
    } else if (++g->failures == FAILURES_OPEN || was_try) {
        /* Calls that were on their way when it opened say nothing new: they do not lengthen it. */
        g->pause_us = g->pause_us == 0 ? PAUSE_LEAST_US : g->pause_us * 2;
        if (g->pause_us > PAUSE_MOST_US)
            g->pause_us = PAUSE_MOST_US;
        g->open_until_us = clock_mono_us() + g->pause_us;
    }
    (void)pthread_mutex_unlock(&lock);
}
