#include "core/net/peer_gate.h"

#include <assert.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "core/base/clock.h"

enum {
    GATES = 512,
    NAME_LEN = 128,
    FAILURES_OPEN = 3,
    PAUSE_LEAST_US = 1000000,
    PAUSE_MOST_US = 30000000,
    SLOW_US = 250000,    /* typical time of an answer from which on few may wait for turns */
    TYPICAL_SHIFT = 3,   /* each answer moves it by an eighth of the difference */
    SILENT_US = 1000000, /* nothing came for so long: it hangs */
    WAIT_MOST_US = 1000000,
    SPARE_THREADS = 3 /* never have calls under way */
};

struct gate {
    char system[NAME_LEN];
    int waiting; /* calls under way */
    int queued;  /* callers that wait for a turn */
    int failures;
    int64_t progress_us;   /* last answer, or when the first of those waiting began to */
    int64_t open_until_us; /* no calls before this; then one to try */
    int64_t pause_us;
    int64_t typical_us; /* that a call took lately; 0: none yet */
    bool trying;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t left; /* somebody has left a gate; monotonic clock */
static struct gate gates[GATES];
/* Calls under way at once: to all, and to one system; what is left of the one for the other. */
static int most = 7, share = 4, waiting_all;

void peer_gate_init(int threads)
{
    pthread_condattr_t attr;
    (void)pthread_condattr_init(&attr);
    (void)pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    (void)pthread_cond_init(&left, &attr);
    (void)pthread_condattr_destroy(&attr);
    most = threads > 2 * SPARE_THREADS ? threads - SPARE_THREADS : threads > 1 ? threads / 2 : 1;
    share = (most + 1) / 2;
}

/* Whether `a` may rather be given away than `b`: nothing is known of it, or what is known of it
 * matters least any more. */
static bool is_spare(const struct gate *a, const struct gate *b)
{
    if (b == NULL || (a->failures == 0) != (b->failures == 0))
        return b == NULL || a->failures == 0;
    return a->failures > 0 && a->open_until_us < b->open_until_us;
}

/* A gate that nobody is in or waits at is given to another party. There always is one, since a
 * thread is at one gate at a time and there are more gates than a process has threads. */
static struct gate *find(const char *system)
{
    struct gate *spare = NULL;
    for (int i = 0; i < GATES; i++) {
        struct gate *g = &gates[i];
        if (strncmp(g->system, system, NAME_LEN - 1) == 0)
            return g;
        if (g->waiting == 0 && g->queued == 0 && is_spare(g, spare))
            spare = g;
    }
    assert(spare != NULL);
    *spare = (struct gate){.waiting = 0};
    (void)snprintf(spare->system, sizeof spare->system, "%s", system);
    return spare;
}

/* Waits for somebody to leave, not past `until_us`. */
static bool wait_turn(int64_t until_us)
{
    struct timespec ts = {.tv_sec = until_us / 1000000, .tv_nsec = until_us % 1000000 * 1000};
    return pthread_cond_timedwait(&left, &lock, &ts) == 0;
}

/* Whoever waits for a turn holds a thread too: only of a system that answers quickly may all wait.
 */
static bool queue(struct gate *g)
{
    int64_t until = clock_mono_us() + WAIT_MOST_US;
    bool turn = true;
    g->queued++;
    while (turn && (g->waiting >= share || waiting_all >= most)) {
        int64_t quiet = clock_mono_us() - g->progress_us;
        /* One of another system may hold the turns: that one's silence is its own gate's affair. */
        turn = !(g->waiting > 0 && quiet > SILENT_US) &&
               (g->typical_us < SLOW_US || g->queued <= most - share) && wait_turn(until);
    }
    g->queued--;
    return turn;
}

bool peer_gate_enter(const char *system, struct peer_turn *turn_r)
{
    (void)pthread_mutex_lock(&lock);
    struct gate *g = find(system);
    bool entered =
        (g->failures < FAILURES_OPEN || (!g->trying && clock_mono_us() >= g->open_until_us)) &&
        queue(g);
    int64_t now = clock_mono_us();
    if (entered && g->failures >= FAILURES_OPEN) { /* once more: it may have opened meanwhile */
        entered = !g->trying && now >= g->open_until_us;
        g->trying = g->trying || entered;
    }
    if (entered) {
        if (g->waiting++ == 0)
            g->progress_us = now;
        waiting_all++;
        *turn_r = (struct peer_turn){g, now};
    }
    (void)pthread_mutex_unlock(&lock);
    return entered;
}

void peer_gate_leave(struct peer_turn *turn, bool answered)
{
    struct gate *g = turn->gate;
    if (g == NULL)
        return;
    turn->gate = NULL;
    (void)pthread_mutex_lock(&lock);
    g->waiting--;
    waiting_all--;
    bool was_try = g->trying;
    g->trying = false;
    int64_t now = clock_mono_us();
    g->typical_us += (now - turn->entered_us - g->typical_us) / (1 << TYPICAL_SHIFT);
    if (answered)
        g->progress_us = now;
    (void)pthread_cond_broadcast(&left);
    if (answered) {
        g->failures = 0;
        g->pause_us = 0;
    } else if (++g->failures == FAILURES_OPEN || was_try) {
        /* Calls that were on their way when it opened say nothing new: they do not lengthen it. */
        g->pause_us = g->pause_us == 0 ? PAUSE_LEAST_US : g->pause_us * 2;
        if (g->pause_us > PAUSE_MOST_US)
            g->pause_us = PAUSE_MOST_US;
        g->open_until_us = now + g->pause_us;
    }
    (void)pthread_mutex_unlock(&lock);
}
