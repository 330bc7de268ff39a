/* What Prometheus is told: the counters that all processes keep, and what was seen last. */
#include <string.h>

#include "core/base/clock.h"
#include "core/base/tally.h"
#include "core/base/version.h"
#include "core/net/trust.h"
#include "fcgi/status/look.h"
#include "fcgi/status/status.h"

enum { FAILING_MOST = 32 };

static void put_head(struct buf *b, const char *name, const char *help)
{
    buf_printf(b, "# HELP %s %s\n# TYPE %s gauge\n", name, help, name);
}

static void put_gauge(struct buf *b, const char *name, const char *help, int64_t value)
{
    put_head(b, name, help);
    buf_printf(b, "%s %lld\n", name, (long long)value);
}

/* One line a responder that is wanted: the number that `of` takes from what was seen. */
static void put_responders(struct buf *b, const struct conf *conf, const struct look *l,
                           const char *name, const char *help,
                           int64_t (*of)(const struct look_responder *))
{
    put_head(b, name, help);
    for (int r = 0; r < RESPONDER_MAX; r++)
        if (responder_wanted((enum responder_id)r, conf))
            buf_printf(b, "%s{responder=\"%s\"} %lld\n", name,
                       responder_row((enum responder_id)r)->name, (long long)of(&l->responders[r]));
}

static int64_t processes_of(const struct look_responder *r)
{
    return r->processes;
}

static int64_t frozen_of(const struct look_responder *r)
{
    return r->frozen + r->stuck;
}

static int64_t busy_of(const struct look_responder *r)
{
    return r->busy;
}

static int64_t orphans_of(const struct look_responder *r)
{
    return r->orphans;
}

static void write_responders(struct buf *b, const struct conf *conf, const struct look *l)
{
    put_responders(b, conf, l, "zwm_processes", "Processes that give signs of life.", processes_of);
    put_responders(b, conf, l, "zwm_processes_hanging",
                   "Processes that stand still, or all of whose threads hang in a call.",
                   frozen_of);
    put_responders(b, conf, l, "zwm_processes_unsupervised", "Processes whose supervisor is gone.",
                   orphans_of);
    put_responders(b, conf, l, "zwm_calls_in_hand", "Calls that threads are busy with.", busy_of);
}

static void write_places(struct buf *b, const struct look *l)
{
    put_head(b, "zwm_disk_free_bytes", "Free space of the disk that a directory is on.");
    for (int p = 0; p < PLACES; p++)
        if (l->free_bytes[p] >= 0)
            buf_printf(b, "zwm_disk_free_bytes{place=\"%s\"} %lld\n",
                       look_place_name((enum look_place)p), (long long)l->free_bytes[p]);
    put_gauge(b, "zwm_spool_files", "Files waiting to be picked up.", l->spool_files);
    put_gauge(b, "zwm_spool_bytes", "Their size.", l->spool_bytes);
}

static void write_store(struct buf *b, const struct look_store *s)
{
    if (!s->ok)
        return;
    put_gauge(b, "zwm_database_connections", "Connections that MariaDB has.", s->connections);
    put_gauge(b, "zwm_database_connections_most",
              "Connections that MariaDB takes (max_connections).", s->connections_most);
    put_gauge(b, "zwm_callbacks_waiting", "Decisions that third parties have not been told of yet.",
              s->callbacks_waiting);
}

static void write_trust(struct buf *b, const struct work *w)
{
    if (w->trust == NULL)
        return;
    put_gauge(b, "zwm_trust_list_version", "Version of the trust list in force.",
              w->trust->version);
    put_gauge(b, "zwm_trust_list_age_seconds", "Time since the trust list was issued.",
              w->now_sec - w->trust->issued_at);
    put_gauge(b, "zwm_trust_list_left_seconds", "Time until the trust list expires.",
              w->trust->expires_at - w->now_sec);
}

/* nginx tells its own: active, reading, writing, waiting. */
static void write_nginx(struct buf *b, const char *text)
{
    static const char *const states[] = {"active", "reading", "writing", "waiting"};
    put_head(b, "zwm_nginx_connections", "Connections of nginx, by what it does with them.");
    for (size_t i = 0; text != NULL && i < 4; i++) {
        size_t len = strcspn(text, " ");
        if (len == 0 || strspn(text, "0123456789") != len)
            return;
        buf_printf(b, "zwm_nginx_connections{state=\"%s\"} %.*s\n", states[i], (int)len, text);
        text += len + (text[len] == ' ');
    }
}

static void write_health(struct buf *b, struct call *c, const struct look *l)
{
    const char *parts[FAILING_MOST], *reasons[FAILING_MOST];
    size_t n = status_failing(c->w.pool, c->w.conf, parts, reasons, FAILING_MOST);
    put_gauge(b, "zwm_healthy", "1: /healthz is 200.", n == 0);
    put_head(b, "zwm_failing", "What /healthz names.");
    for (size_t i = 0; i < n; i++)
        if (i == 0 || strcmp(parts[i], parts[i - 1]) != 0)
            buf_printf(b, "zwm_failing{part=\"%s\"} 1\n", parts[i]);
    put_gauge(b, "zwm_look_age_ms", "Age of what is said here of processes and disks.",
              (clock_mono_us() - l->at_us) / 1000);
    put_head(b, "zwm_build_info", "The version that is running.");
    buf_printf(b, "zwm_build_info{version=\"%s\",system=\"%s\"} 1\n", ZWM_VERSION,
               c->w.conf->system);
}

enum err status_metrics(struct call *c, void *in)
{
    const char *names[SHARED_IFACES] = {NULL};
    struct look *l = pool_alloc(c->w.pool, sizeof *l);
    struct look_store s;
    struct buf b;
    (void)in;
    for (int i = 1; i < CALL_MAX; i++)
        names[i] = call_row((enum call_id)i)->name;
    look_last(l, &s);
    buf_init(&b, c->w.pool);
    shared_write_metrics(responder_shared(), names, &b);
    tally_write_metrics(c->w.tally, &b);
    write_health(&b, c, l);
    if (l->at_us != 0) {
        write_responders(&b, c->w.conf, l);
        write_places(&b, l);
    }
    write_store(&b, &s);
    write_trust(&b, &c->w);
    write_nginx(&b, c->rq->connections);
    return answer_with_text(c, 200, "text/plain; version=0.0.4", b.data, b.len);
}
