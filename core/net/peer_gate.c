#include "core/net/peer_gate.h"

#include <pthread.h>
#include <stdint.h>
#include <string.h>

#include "core/base/clock.h"

enum { GATES = 128, FAILURES_OPEN = 3, PAUSE_LEAST_US = 1000000, PAUSE_MOST_US = 30000000 };

struct gate {
    char system[10];
    int waiting, failures;
    int64_t open_until_us; /* no calls before this; then one to try */
    int64_t pause_us;
    bool trying;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct gate gates[GATES];
static int most_each = 3, most_all = 6, waiting_all;

void peer_gate_init(int threads)
{
    most_each = threads >= 4 ? threads / 4 + 1 : 1;
    most_all = threads >= 4 ? threads - threads / 4 - 1 : threads > 1 ? threads - 1 : 1;
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

bool peer_gate_enter(const char *system)
{
    bool open = true;
    (void)pthread_mutex_lock(&lock);
    struct gate *g = find(system);
    if (g->failures >= FAILURES_OPEN && (g->trying || clock_mono_us() < g->open_until_us))
        open = false;
    else if (g->waiting >= most_each || waiting_all >= most_all)
        open = false;
    if (open) {
        g->trying = g->failures >= FAILURES_OPEN;
        g->waiting++;
        waiting_all++;
    }
    (void)pthread_mutex_unlock(&lock);
    return open;
}

void peer_gate_leave(const char *system, bool answered)
{
    (void)pthread_mutex_lock(&lock);
    struct gate *g = find(system);
    g->waiting--;
    waiting_all--;
    g->trying = false;
    if (answered) {
        g->failures = 0;
        g->pause_us = 0;
    } else if (++g->failures >= FAILURES_OPEN) {
        g->pause_us = g->pause_us == 0 ? PAUSE_LEAST_US : g->pause_us * 2;
        if (g->pause_us > PAUSE_MOST_US)
            g->pause_us = PAUSE_MOST_US;
        g->open_until_us = clock_mono_us() + g->pause_us;
    }
    (void)pthread_mutex_unlock(&lock);
}
