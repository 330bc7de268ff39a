#include "core/base/shared.h"

#include <fcntl.h>
#include <limits.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

enum {
    BUCKETS = 65536,
    PROBES = 256, /* places in a row that a name may have */
    LATENCIES = 12,
    BURST_US = 1000000,
    DEBT_MOST_US = 60000000 /* a word further ahead is from before a reboot */
};

/* Upper bounds of the latency histogram, microseconds; the last bucket has none. */
static const int64_t bounds_us[LATENCIES - 1] = {500,   1000,   2000,   5000,    10000,  20000,
                                                 50000, 100000, 250000, 1000000, 5000000};

/* The rate of one name. */
struct bucket {
    _Atomic uint64_t owner; /* fingerprint of the name; 0: nobody's */
    _Atomic int64_t due_us; /* when the next call would be on time */
};

struct shared {
    _Atomic uint64_t calls[SHARED_IFACES][ERR_WIRE_MAX];
    _Atomic uint64_t latency[SHARED_IFACES][LATENCIES];
    _Atomic uint64_t sum_us[SHARED_IFACES];
    struct bucket bucket[BUCKETS];
};

enum err shared_open(const char *run_dir, struct shared **s_r)
{
    char path[PATH_MAX];
    (void)snprintf(path, sizeof path, "%s/shared.%zu", run_dir, sizeof(struct shared));
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0)
        return ERR_IO;
    void *m = MAP_FAILED;
    if (ftruncate(fd, sizeof(struct shared)) == 0)
        m = mmap(NULL, sizeof(struct shared), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    (void)close(fd);
    if (m == MAP_FAILED)
        return ERR_IO;
    *s_r = m;
    return ERR_OK;
}

void shared_count(struct shared *s, unsigned iface, enum err e, int64_t us)
{
    int i = 0;
    if (iface >= SHARED_IFACES || (int)e < 0 || e >= ERR_WIRE_MAX)
        return;
    while (i < LATENCIES - 1 && us > bounds_us[i])
        i++;
    atomic_fetch_add_explicit(&s->calls[iface][e], 1, memory_order_relaxed);
    atomic_fetch_add_explicit(&s->latency[iface][i], 1, memory_order_relaxed);
    atomic_fetch_add_explicit(&s->sum_us[iface], (uint64_t)us, memory_order_relaxed);
}

uint64_t shared_calls(const struct shared *s, unsigned iface, enum err e)
{
    return atomic_load_explicit(&s->calls[iface][e], memory_order_relaxed);
}

/* FNV-1a, then mixed (the end of MurmurHash3), so that names that differ in little stand apart. */
static uint64_t fingerprint(const char *name)
{
    uint64_t h = 14695981039346656037U;
    for (const char *c = name; *c != '\0'; c++)
        h = (h ^ (unsigned char)*c) * 1099511628211U;
    h = (h ^ h >> 33) * 0xff51afd7ed558ccdU;
    h = (h ^ h >> 33) * 0xc4ceb9fe1a85ec53U;
    h ^= h >> 33;
    return h != 0 ? h : 1;
}

static bool is_at_rest(int64_t due_us, int64_t now_us)
{
    return due_us <= now_us || due_us > now_us + BURST_US + DEBT_MOST_US;
}

/* The bucket of `owner`, made if there is none: a free one, else one at rest, which says nothing
 * that would be lost. NULL: all of its places are in use. */
static struct bucket *find_bucket(struct shared *s, uint64_t owner, int64_t now_us)
{
    struct bucket *rest = NULL;
    uint64_t rest_owner = 0;
    for (uint64_t i = 0; i < PROBES; i++) {
        struct bucket *b = &s->bucket[(owner + i) % BUCKETS];
        uint64_t found = atomic_load(&b->owner);
        if (found == 0 && atomic_compare_exchange_strong(&b->owner, &found, owner))
            found = owner;
        if (found == owner)
            return b;
        if (rest == NULL && is_at_rest(atomic_load(&b->due_us), now_us)) {
            rest = b;
            rest_owner = found;
        }
    }
    return rest != NULL && atomic_compare_exchange_strong(&rest->owner, &rest_owner, owner) ? rest
                                                                                            : NULL;
}

bool shared_rate_allows(struct shared *s, const char *name, int64_t per_sec, int64_t now_us)
{
    const struct bucket *b = find_bucket(s, fingerprint(name), now_us);
    int64_t due = b != NULL ? atomic_load(&b->due_us) : 0;
    return is_at_rest(due, now_us) || due - now_us <= BURST_US - 1000000 / per_sec;
}

/* Whether the call is counted; if not, the bucket has become another's. */
static bool count_in(struct bucket *b, uint64_t owner, int64_t step, int64_t now_us)
{
    int64_t due = atomic_load(&b->due_us), next;
    do {
        int64_t base = is_at_rest(due, now_us) ? now_us : due;
        next = base + step < now_us + DEBT_MOST_US ? base + step : now_us + DEBT_MOST_US;
    } while (!atomic_compare_exchange_weak(&b->due_us, &due, next));
    if (atomic_load(&b->owner) == owner)
        return true;
    (void)atomic_fetch_sub(&b->due_us, step);
    return false;
}

void shared_rate_count(struct shared *s, const char *name, int64_t per_sec, int64_t now_us)
{
    uint64_t owner = fingerprint(name);
    struct bucket *b;
    do {
        b = find_bucket(s, owner, now_us);
    } while (b != NULL && !count_in(b, owner, 1000000 / per_sec, now_us));
}

void shared_write_metrics(const struct shared *s, const char *const names[SHARED_IFACES],
                          struct buf *b)
{
    buf_puts(b,
             "# HELP zwm_calls_total Calls answered, by interface and error code (empty: done).\n"
             "# TYPE zwm_calls_total counter\n");
    for (int i = 0; i < SHARED_IFACES; i++)
        for (int e = 0; names[i] != NULL && e < ERR_WIRE_MAX; e++) {
            uint64_t n = atomic_load_explicit(&s->calls[i][e], memory_order_relaxed);
            if (n > 0 || e == ERR_OK)
                buf_printf(b, "zwm_calls_total{interface=\"%s\",error=\"%s\"} %llu\n", names[i],
                           err_row((enum err)e)->code, (unsigned long long)n);
        }
    buf_puts(
        b,
        "# HELP zwm_call_seconds Time from the request's arrival at the responder to its answer.\n"
        "# TYPE zwm_call_seconds histogram\n");
    for (int i = 0; i < SHARED_IFACES; i++) {
        uint64_t sum = 0;
        for (int k = 0; names[i] != NULL && k < LATENCIES; k++) {
            sum += atomic_load_explicit(&s->latency[i][k], memory_order_relaxed);
            if (k < LATENCIES - 1)
                buf_printf(b, "zwm_call_seconds_bucket{interface=\"%s\",le=\"%g\"} %llu\n",
                           names[i], (double)bounds_us[k] / 1e6, (unsigned long long)sum);
            else
                buf_printf(b, "zwm_call_seconds_bucket{interface=\"%s\",le=\"+Inf\"} %llu\n",
                           names[i], (unsigned long long)sum);
        }
        if (names[i] != NULL)
            buf_printf(b,
                       "zwm_call_seconds_sum{interface=\"%s\"} "
                       "%.6f\nzwm_call_seconds_count{interface=\"%s\"} %llu\n",
                       names[i], (double)atomic_load(&s->sum_us[i]) / 1e6, names[i],
                       (unsigned long long)sum);
    }
}
