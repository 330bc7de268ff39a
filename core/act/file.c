/* file: sends a large file, or a byte range of it, to who has its one-time handle (interface 2.4).
 *
 * Statements: HANDLE_FIND, HANDLE_CLAIM, HANDLE_GIVE_BACK. What a handle may still send is claimed
 * before it is sent, so that two downloads side by side get no more than one file's bytes. Once a
 * second of a download it is looked whether the authorization has been revoked: then the connection
 * is cut. */
#include "core/act/file.h"

#include <string.h>
#include <unistd.h>

#include "core/act/passing.h"
#include "core/act/turn.h"
#include "core/base/clock.h"
#include "core/base/log.h"
#include "core/crypto/sm4.h"
#include "core/net/spool.h"
#include "core/store/pickup.h"
#include "core/wire/range.h"

enum { CHUNK = 65536, LOOK_US = 900000 /* within a second, with the time that a chunk takes */ };

static void write_head(struct call *c, const struct file_handle *h, const struct byte_range *r)
{
    struct pool *p = c->w.pool;
    const char *headers[5] = {pool_printf(p, "Content-Length: %lld", (long long)r->len),
                              "Accept-Ranges: bytes", "Content-Disposition: attachment"};
    if (r->partial)
        headers[3] = pool_printf(p, "Content-Range: bytes %lld-%lld/%lld", (long long)r->from,
                                 (long long)(r->from + r->len - 1), (long long)h->size);
    c->out->head(c, r->partial ? 206 : 200, h->media_type, headers);
}

/* A download that is under way. */
struct sending {
    struct call *c;
    const struct file_handle *h;
    int64_t looked_us; /* when its revocation was looked at, by clock_mono_us */
    bool revoked;
};

/* Returns false if nothing more may be sent: the authorization has been revoked, or it cannot be
 * told whether it has. */
static bool may_go_on(struct sending *s)
{
    struct work *w = &s->c->w;
    struct file_handle h;
    int64_t now_us = clock_mono_us();
    if (now_us - s->looked_us < LOOK_US)
        return true;
    s->looked_us = now_us;
    enum err e = file_handle_find(w->db, w->pool, s->h->hash, w->now_sec, &h);
    db_rollback(w->db);
    s->revoked = e == ERR_ABSENT || (e == ERR_OK && h.revoked);
    if (e != ERR_OK || s->revoked)
        log_msg(LOG_WARN, "download_cut", "%s", s->revoked ? "revoked" : err_name(e));
    return e == ERR_OK && !s->revoked;
}

/* Returns the bytes sent, as far as is known: of what a failed last flush lost, no more than the
 * last chunk counts as not sent. Else whoever breaks off in time could take a file again and again.
 */
static int64_t send_bytes(struct sending *s, int fd, const uint8_t key[16],
                          const struct byte_range *r)
{
    struct call *c = s->c;
    uint8_t *chunk = pool_alloc(c->w.pool, CHUNK);
    int64_t sent = 0, last = 0;
    while (sent < r->len && may_go_on(s)) {
        size_t want = r->len - sent < CHUNK ? (size_t)(r->len - sent) : CHUNK;
        ssize_t n = pread(fd, chunk, want, (off_t)(r->from + sent));
        if (n <= 0)
            break;
        sm4_ctr(key, (uint64_t)(r->from + sent), chunk, (size_t)n, chunk);
        if (!c->out->write(c, chunk, (size_t)n))
            break;
        sent += n;
        last = n;
    }
    return c->out->flush(c) ? sent : sent - last;
}

struct claim {
    const struct file_handle *h;
    int64_t len;
    bool won;
};

static enum err take(struct db *db, void *arg)
{
    struct claim *k = arg;
    return file_handle_claim(db, k->h, k->len, &k->won);
}

static enum err give_back(struct db *db, void *arg)
{
    const struct claim *k = arg;
    return file_handle_give_back(db, k->h, k->len);
}

static enum err serve(struct call *c, const struct file_handle *h, const char *handle, int fd,
                      const uint8_t key[16])
{
    struct byte_range r = range_parse(c->rq->range, h->size);
    if (r.unsatisfiable) {
        c->out->head(c, 416, NULL,
                     (const char *const[]){
                         pool_printf(c->w.pool, "Content-Range: bytes */%lld", (long long)h->size),
                         "Content-Length: 0", NULL});
        return ERR_OK;
    }
    struct claim k = {.h = h, .len = r.len};
    enum err e = db_transact(c->w.db, take, &k);
    if (e != ERR_OK)
        return e;
    if (!k.won)
        return ERR_PICKED_UP;
    write_head(c, h, &r);
    struct sending s = {.c = c, .h = h, .looked_us = clock_mono_us()};
    int64_t sent = send_bytes(&s, fd, key, &r);
    if (sent < r.len) {
        k.len = r.len - sent;
        e = db_transact(c->w.db, give_back, &k);
        if (e != ERR_OK) /* the answer has begun: too late to tell; the handle has that much less to
                            give */
            log_msg(LOG_WARN, "handle_give_back", "%s", err_name(e));
    }
    if (s.revoked || (sent == r.len && h->claimed + r.len >= h->size))
        spool_file_remove(c->w.conf->spool_dir, handle);
    return ERR_OK;
}

enum err act_file(struct call *c, const char *handle)
{
    struct file_handle h;
    uint8_t hash[32], key[16];
    if (strlen(handle) != SPOOL_HANDLE_LEN)
        return ERR_TICKET_UNKNOWN;
    spool_handle_hash(handle, hash);
    enum err e = file_handle_find(c->w.db, c->w.pool, hash, c->w.now_sec, &h);
    db_rollback(c->w.db);
    if (e != ERR_OK)
        return e == ERR_ABSENT ? ERR_TICKET_UNKNOWN : e;
    if (c->app != NULL && strcmp(c->app->app_id, h.app_id) != 0)
        return ERR_TICKET_UNKNOWN;
    if (c->w.now_sec > h.expires_at)
        return ERR_TICKET_EXPIRED;
    if (h.peer != NULL) {
        if (!turn_take((int)c->w.conf->threads))
            return ERR_BUSY;
        e = pass_file(c, &h);
        turn_give();
        return e;
    }
    if (h.revoked)
        return ERR_CODE_REVOKED;
    if (h.claimed >= h.size)
        return ERR_PICKED_UP;
    int fd = spool_file_open(c->w.kr, c->w.conf->spool_dir, handle, key);
    if (fd < 0)
        return ERR_PICKED_UP;
    e = ERR_BUSY;
    if (turn_take((int)c->w.conf->threads)) {
        e = serve(c, &h, handle, fd, key);
        turn_give();
    }
    (void)close(fd);
    return e;
}
