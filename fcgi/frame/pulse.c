#include "fcgi/frame/pulse.h"

#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <unistd.h>

#include "core/base/clock.h"
#include "fcgi/frame/workers.h"

/* Longer than a call waits for an information service, and shorter than for a dead store. */
enum { TELL_MS = 500, STUCK_US = 12000000 };

static struct {
    struct beats *beats;
    enum responder_id id;
    int64_t threads;
    pid_t parent; /* at the start */
    _Atomic int known;
    _Atomic int64_t began_us[WORKERS_MAX + 1]; /* a thread each; 0: no call in hand */
} self;

static _Thread_local int place = -1; /* of this thread in began_us */

void pulse_call_begins(void)
{
    if (place < 0)
        place = atomic_fetch_add(&self.known, 1);
    if (place <= WORKERS_MAX)
        atomic_store_explicit(&self.began_us[place], clock_mono_us(), memory_order_relaxed);
}

void pulse_call_ends(void)
{
    if (place >= 0 && place <= WORKERS_MAX)
        atomic_store_explicit(&self.began_us[place], 0, memory_order_relaxed);
}

static void tell(void)
{
    struct beat b = {.kind = self.id, .threads = self.threads, .orphan = getppid() != self.parent};
    int64_t now = clock_mono_us();
    for (int i = 0; i <= WORKERS_MAX; i++) {
        int64_t began = atomic_load_explicit(&self.began_us[i], memory_order_relaxed);
        b.busy += began != 0;
        b.stuck += began != 0 && now - began > STUCK_US;
    }
    beats_tell(self.beats, &b);
}

static void *tell_for_ever(void *arg)
{
    (void)arg;
    for (;;) {
        tell();
        (void)poll(NULL, 0, TELL_MS);
    }
    return NULL;
}

bool pulse_start(const struct conf *conf, enum responder_id id)
{
    pthread_t thread;
    self.id = id;
    self.threads = conf->threads;
    self.parent = getppid();
    if (beats_open(conf->run_dir, &self.beats) != ERR_OK || beats_join(self.beats) != ERR_OK)
        return false;
    tell();
    return pthread_create(&thread, NULL, tell_for_ever, NULL) == 0;
}

struct beats *pulse_beats(void)
{
    return self.beats;
}
