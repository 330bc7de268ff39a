/* What is wrong with the node, from what was seen last. */
#include <string.h>

#include "core/base/clock.h"
#include "fcgi/status/look.h"
#include "fcgi/status/status.h"

enum {
    STALE_US = 4000000, /* nothing was seen for so long: the looking itself stands still */
    HUNG_US = 1500000,  /* a question to the store is not answered */
    MISSING_LOOKS = 3,  /* a process that ended is replaced sooner */
    UNSTORED_LEAST = 3, /* calls that could not be stored, before their share counts */
    FAILING_MOST = 32
};

struct failing {
    struct pool *pool;
    const char **parts, **reasons;
    size_t n, most;
};

static void add(struct failing *f, const char *part, const char *why)
{
    if (f->n == f->most)
        return;
    f->parts[f->n] = part;
    f->reasons[f->n++] = why;
}

static void judge_responder(struct failing *f, const struct conf *conf, enum responder_id id,
                            const struct look_responder *r)
{
    const char *name = responder_row(id)->name;
    int wanted = (int)conf->processes;
    if (!r->reached)
        add(f, name, "its socket takes no connection");
    if (r->frozen > 0)
        add(f, name, pool_printf(f->pool, "%d of its processes stand still", r->frozen));
    else if (r->missing_looks >= MISSING_LOOKS)
        add(f, name, pool_printf(f->pool, "%d of %d processes are running", r->processes, wanted));
    if (r->stuck > 0)
        add(f, name, pool_printf(f->pool, "all threads of %d processes hang in a call", r->stuck));
    if (r->orphans > 0)
        add(f, name, "its supervisor is gone: a process that ends is not started again");
}

static void judge_store(struct failing *f, const struct look_store *s)
{
    int64_t now = clock_mono_us();
    bool asking = s->began_us > s->ended_us;
    if (asking && now - s->began_us > HUNG_US)
        add(f, "database",
            pool_printf(f->pool, "no answer for %lld ms", (long long)(now - s->began_us) / 1000));
    else if (s->ended_us == 0)
        add(f, "database", "not asked yet");
    else if (!s->ok)
        add(f, "database", "cannot be reached");
    else if (s->read_only)
        add(f, "database", "takes no writes (read_only)");
}

static void judge_disks(struct failing *f, const struct conf *conf, const struct look *l)
{
    for (int p = 0; p < PLACES; p++)
        if (l->free_bytes[p] >= 0 && l->free_bytes[p] < conf->disk_least_mib << 20)
            add(f, "disk",
                pool_printf(f->pool, "%s: %lld MiB free, wanted %lld",
                            look_place_name((enum look_place)p), (long long)l->free_bytes[p] >> 20,
                            (long long)conf->disk_least_mib));
}

/* Whatever the cause is: calls that should have been stored were not. */
static void judge_calls(struct failing *f, const struct look *l)
{
    for (int c = 1; c < CALL_MAX; c++)
        if (l->unstored[c] >= UNSTORED_LEAST && 2 * l->unstored[c] >= l->ended[c])
            add(f, "storage",
                pool_printf(f->pool, "%s: %llu of the last %llu calls were answered %s",
                            call_row((enum call_id)c)->name, (unsigned long long)l->unstored[c],
                            (unsigned long long)l->ended[c], err_row(ERR_STORAGE)->code));
}

size_t status_failing(struct pool *p, const struct conf *conf, const char **parts,
                      const char **reasons, size_t most)
{
    struct failing f = {.pool = p, .parts = parts, .reasons = reasons, .most = most};
    struct look *l = pool_alloc(p, sizeof *l);
    struct look_store s;
    look_last(l, &s);
    int64_t age_us = clock_mono_us() - l->at_us;
    if (l->at_us == 0 || age_us > STALE_US)
        add(&f, "status",
            l->at_us == 0
                ? "has just started"
                : pool_printf(p, "has seen nothing for %lld ms", (long long)age_us / 1000));
    judge_store(&f, &s);
    for (int r = 0; l->at_us != 0 && r < RESPONDER_MAX; r++)
        if (responder_wanted((enum responder_id)r, conf))
            judge_responder(&f, conf, (enum responder_id)r, &l->responders[r]);
    if (l->at_us != 0) {
        judge_disks(&f, conf, l);
        judge_calls(&f, l);
    }
    return f.n;
}

enum err status_health(struct call *c, void *in)
{
    const char *parts[FAILING_MOST], *reasons[FAILING_MOST];
    struct buf names, why;
    (void)in;
    size_t n = status_failing(c->w.pool, c->w.conf, parts, reasons, FAILING_MOST);
    buf_init(&names, c->w.pool);
    buf_init(&why, c->w.pool);
    for (size_t i = 0; i < n; i++) {
        if (i == 0 || strcmp(parts[i], parts[i - 1]) != 0)
            buf_printf(&names, "%s\"%s\"", names.len > 0 ? "," : "", parts[i]);
        buf_printf(&why, "%s\"%s: %s\"", i > 0 ? "," : "", parts[i], reasons[i]);
    }
    char *text =
        n == 0 ? pool_strdup(c->w.pool, "{\"status\":\"ok\"}\n")
               : pool_printf(c->w.pool, "{\"status\":\"failing\",\"failing\":[%s],\"why\":[%s]}\n",
                             names.data, why.data);
    return answer_with_text(c, n == 0 ? 200 : 503, "application/json", text, strlen(text));
}
