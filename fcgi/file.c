#include "fcgi/file.h"

#include <ctype.h>
#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/base/log.h"
#include "core/crypto/sm4.h"
#include "core/store/pickup.h"
#include "fcgi/foreign.h"
#include "fcgi/spool.h"

enum { CHUNK = 65536 };

struct range {
    int64_t from, len;
    bool partial, unsatisfiable;
};

static bool read_number(const char **at, int64_t *v_r)
{
    char *end;
    if (!isdigit((unsigned char)**at))
        return false;
    errno = 0;
    *v_r = strtoll(*at, &end, 10);
    *at = end;
    return errno == 0;
}

/* RFC 9110 14.1.2. What is not one byte range is ignored: the whole file. */
static struct range parse_range(const char *text, int64_t size)
{
    struct range whole = {.from = 0, .len = size};
    int64_t first, last = size - 1;
    if (text == NULL || strncmp(text, "bytes=", 6) != 0)
        return whole;
    text += 6;
    if (*text == '-') {
        text++;
        if (!read_number(&text, &last) || *text != '\0')
            return whole;
        first = last < size ? size - last : 0;
        if (last == 0)
            return (struct range){.unsatisfiable = true};
        last = size - 1;
    } else {
        if (!read_number(&text, &first) || *text++ != '-')
            return whole;
        if (*text != '\0' && (!read_number(&text, &last) || *text != '\0' || last < first))
            return whole;
        if (first >= size)
            return (struct range){.unsatisfiable = true};
        if (last >= size)
            last = size - 1;
    }
    return (struct range){.from = first, .len = last - first + 1, .partial = true};
}

static void write_head(const struct call *c, const struct file_handle *h, const struct range *r)
{
    FCGX_FPrintF(c->fcgx->out,
                 "Status: %d\r\nContent-Type: %s\r\nContent-Length: %ld\r\nAccept-Ranges: "
                 "bytes\r\nContent-Disposition: attachment\r\nCache-Control: no-store\r\n",
                 r->partial ? 206 : 200, h->media_type, (long)r->len);
    if (r->partial)
        FCGX_FPrintF(c->fcgx->out, "Content-Range: bytes %ld-%ld/%ld\r\n", (long)r->from,
                     (long)(r->from + r->len - 1), (long)h->size);
    (void)FCGX_PutStr("\r\n", 2, c->fcgx->out);
}

/* Returns the bytes sent, as far as is known: of what a failed last flush lost, no more than the
 * last chunk counts as not sent. Else whoever breaks off in time could take a file again and again.
 */
static int64_t send_bytes(const struct call *c, int fd, const uint8_t key[16],
                          const struct range *r)
{
    uint8_t *chunk = pool_alloc(c->pool, CHUNK);
    int64_t sent = 0, last = 0;
    while (sent < r->len) {
        size_t want = r->len - sent < CHUNK ? (size_t)(r->len - sent) : CHUNK;
        ssize_t n = pread(fd, chunk, want, (off_t)(r->from + sent));
        if (n <= 0)
            break;
        sm4_ctr(key, (uint64_t)(r->from + sent), chunk, (size_t)n, chunk);
        if (FCGX_PutStr((const char *)chunk, (int)n, c->fcgx->out) != n)
            break;
        sent += n;
        last = n;
    }
    return FCGX_FFlush(c->fcgx->out) == 0 ? sent : sent - last;
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

static _Atomic int sending;

bool file_turn_take(int threads)
{
    int most = threads >= 4 ? threads - threads / 4 : threads > 1 ? threads - 1 : 1;
    if (atomic_fetch_add(&sending, 1) < most)
        return true;
    (void)atomic_fetch_sub(&sending, 1);
    return false;
}

void file_turn_give(void)
{
    (void)atomic_fetch_sub(&sending, 1);
}

static enum err serve(struct call *c, const struct file_handle *h, const char *handle, int fd,
                      const uint8_t key[16])
{
    struct range r = parse_range(c->range, h->size);
    if (r.unsatisfiable) {
        FCGX_FPrintF(c->fcgx->out,
                     "Status: 416\r\nContent-Range: bytes */%ld\r\nContent-Length: 0\r\n\r\n",
                     (long)h->size);
        c->status = 416;
        return ERR_OK;
    }
    struct claim k = {.h = h, .len = r.len};
    enum err e = db_transact(c->db, take, &k);
    if (e != ERR_OK)
        return e;
    if (!k.won)
        return ERR_PICKED_UP;
    write_head(c, h, &r);
    c->status = r.partial ? 206 : 200;
    int64_t sent = send_bytes(c, fd, key, &r);
    if (sent < r.len) {
        k.len = r.len - sent;
        e = db_transact(c->db, give_back, &k);
        if (e != ERR_OK) /* the answer has begun: too late to tell; the handle has that much less to
                            give */
            log_msg(LOG_WARN, "handle_give_back", "%s", err_name(e));
    }
    if (sent == r.len && h->claimed + r.len >= h->size)
        spool_file_remove(c->conf->spool_dir, handle);
    return ERR_OK;
}

enum err run_file(struct call *c)
{
    struct file_handle h;
    uint8_t hash[32], key[16];
    const char *prefix = call_row(CALL_FILE)->path;
    const char *handle = c->target + (strchr(prefix, '{') - prefix);
    if (strlen(handle) != SPOOL_HANDLE_LEN)
        return ERR_TICKET_UNKNOWN;
    spool_handle_hash(handle, hash);
    enum err e = file_handle_find(c->db, c->pool, hash, c->now_sec, &h);
    db_rollback(c->db);
    if (e != ERR_OK)
        return e == ERR_ABSENT ? ERR_TICKET_UNKNOWN : e;
    if (c->app != NULL && strcmp(c->app->app_id, h.app_id) != 0)
        return ERR_TICKET_UNKNOWN;
    if (c->now_sec > h.expires_at)
        return ERR_TICKET_EXPIRED;
    if (h.peer != NULL) {
        if (!file_turn_take((int)c->conf->threads))
            return ERR_BUSY;
        e = foreign_file(c, &h);
        file_turn_give();
        return e;
    }
    if (h.revoked)
        return ERR_CODE_REVOKED;
    if (h.claimed >= h.size)
        return ERR_PICKED_UP;
    int fd = spool_file_open(c->kr, c->conf->spool_dir, handle, key);
    if (fd < 0)
        return ERR_PICKED_UP;
    e = ERR_BUSY;
    if (file_turn_take((int)c->conf->threads)) {
        e = serve(c, &h, handle, fd, key);
        file_turn_give();
    }
    (void)close(fd);
    return e;
}
