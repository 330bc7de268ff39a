/* Keeping up with the registry's trust list. Whoever answers at its address is believed only as far
 * as the pinned key goes: a newer version under that key, of the right publisher, not expired. */
#include <string.h>

#include "core/act/registry/registry_int.h"
#include "core/net/http.h"

struct fetched {
    struct registry *r;
    struct trust_row row;
    bool stored;
};

/* Against the last good list of the same publisher; another's counts from its own beginning. */
static enum err keep(struct db *db, void *arg)
{
    struct fetched *f = arg;
    struct registry *r = f->r;
    struct trust_row last;
    f->stored = false;
    enum err e = change_next(db);
    if (e == ERR_OK)
        e = trust_row_latest(db, r->w->pool, 0, &last);
    if (e == ERR_OK && strcmp(last.publisher, f->row.publisher) == 0) {
        if (f->row.version < last.version)
            return registry_doubt(
                r, pool_printf(r->w->pool, "version %lld is older than %lld, seen before",
                               (long long)f->row.version, (long long)last.version));
        if (f->row.version == last.version && (f->row.body_len != last.body_len ||
                                               memcmp(f->row.body, last.body, last.body_len) != 0))
            return registry_doubt(r, "another content under a version seen before");
        if (f->row.version == last.version)
            return ERR_ABSENT; /* nothing new: the change counter stays as it was */
    }
    if (e != ERR_OK && e != ERR_ABSENT)
        return e;
    e = trust_row_prune(db, f->row.publisher, r->w->now_sec - r->w->conf->retain_call_days * 86400);
    if (e == ERR_OK)
        e = trust_row_insert(db, &f->row, r->w->now_sec);
    f->stored = e == ERR_OK;
    return e == ERR_DUPLICATE ? ERR_BUSY : e;
}

static enum err get(struct registry *r, struct http_answer *a)
{
    const struct http_request rq = {.method = "GET",
                                    .url = pool_printf(r->w->pool, "%s%s", r->w->conf->registry_url,
                                                       call_row(CALL_ROUTE_LIST)->path),
                                    .connect_ms = (long)r->w->conf->peer_connect_ms,
                                    .total_ms = (long)r->w->conf->peer_total_ms,
                                    .max_len = TRUST_LIST_MAX};
    if (http_call(r->w->http, r->w->pool, &rq, a) != ERR_OK) {
        r->why = a->failure;
        return ERR_IO;
    }
    if (a->status != 200) {
        r->why = pool_printf(r->w->pool, "HTTP status %d", a->status);
        return ERR_IO;
    }
    return ERR_OK;
}

static enum err judge(struct registry *r, const struct trust *t)
{
    const char *want = r->w->conf->registry_system;
    if (*want != '\0' && strcmp(t->publisher, want) != 0)
        return registry_doubt(
            r, pool_printf(r->w->pool, "the publisher is %s, not %s", t->publisher, want));
    if (t->expires_at < r->w->now_sec)
        return registry_doubt(r, "it has expired");
    return registry_check_dates(r, t->issued_at, t->expires_at);
}

enum err registry_fetch(struct registry *r, const struct sm2_key *pinned, int64_t *version_r)
{
    struct http_answer a;
    struct trust *t = NULL;
    struct fetched f = {.r = r};
    *version_r = 0;
    enum err e = get(r, &a);
    if (e != ERR_OK)
        return e;
    e = trust_read(a.body, a.body_len, pinned, &t, &r->why);
    if (e != ERR_OK)
        return e;
    e = judge(r, t);
    if (e == ERR_OK) {
        f.row = (struct trust_row){.version = t->version,
                                   .publisher = t->publisher,
                                   .issued_at = t->issued_at,
                                   .expires_at = t->expires_at,
                                   .body = a.body,
                                   .body_len = a.body_len};
        e = db_transact(r->w->db, keep, &f);
    }
    trust_release(&t);
    if (e == ERR_OK && f.stored)
        *version_r = f.row.version;
    return e == ERR_ABSENT ? ERR_OK : e;
}
