#include "core/net/spool.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "core/base/rand.h"
#include "core/base/text.h"
#include "core/crypto/b64.h"
#include "core/crypto/sm4.h"

void spool_handle_hash(const char *handle, uint8_t hash[32])
{
    sm3(handle, strlen(handle), hash);
}

static void file_key(const struct keyring *kr, const char *handle, uint8_t key[16])
{
    uint8_t secret[SM3_LEN];
    const struct sm3_part part = {handle, strlen(handle)};
    keyring_derive(kr, "spool", &part, 1, secret);
    memcpy(key, secret, 16);
}

static void file_path(const char *dir, const uint8_t hash[32], char path[PATH_MAX])
{
    char name[2 * 32 + 1];
    hex_encode(hash, 32, name);
    (void)snprintf(path, PATH_MAX, "%s/%s", dir, name);
}

void spool_open(struct spool *s, struct pool *p, const struct keyring *kr, const char *dir)
{
    *s = (struct spool){.kr = kr, .dir = dir, .sm3 = sm3_new(), .fd = -1};
    buf_init(&s->head, p);
}

/* Encrypts and writes; the file position follows s->len. */
static bool append(struct spool *s, const uint8_t *data, size_t len, uint64_t at)
{
    uint8_t out[16384];
    while (len > 0) {
        size_t n = len < sizeof out ? len : sizeof out;
        sm4_ctr(s->key, at, data, n, out);
        for (size_t done = 0; done < n;) {
            ssize_t w = write(s->fd, out + done, n - done);
            if (w <= 0)
                return false;
            done += (size_t)w;
        }
        data += n;
        at += n;
        len -= n;
    }
    return true;
}

static bool to_file(struct spool *s)
{
    uint8_t raw[32];
    char path[PATH_MAX];
    rand_bytes(raw, sizeof raw);
    memcpy(s->handle, b64url_encode(s->head.pool, raw, sizeof raw), sizeof s->handle);
    spool_handle_hash(s->handle, s->hash);
    file_key(s->kr, s->handle, s->key);
    file_path(s->dir, s->hash, path);
    s->fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    return s->fd >= 0 && append(s, (const uint8_t *)s->head.data, s->head.len, 0);
}

bool spool_write(void *spool, const void *data, size_t len)
{
    struct spool *s = spool;
    sm3_update(s->sm3, data, len);
    if (s->fd < 0 && s->len + len > SPOOL_INLINE_MAX)
        s->failed = !to_file(s);
    if (s->failed)
        return false;
    if (s->fd < 0)
        buf_put(&s->head, data, len);
    else
        s->failed = !append(s, data, len, s->len);
    s->len += len;
    return !s->failed;
}

enum err spool_finish(struct spool *s, uint8_t digest[32])
{
    sm3_final(&s->sm3, digest);
    return s->failed || (s->fd >= 0 && fsync(s->fd) != 0) ? ERR_IO : ERR_OK;
}

void spool_close(struct spool *s, bool keep)
{
    sm3_abort(&s->sm3);
    if (s->fd < 0)
        return;
    (void)close(s->fd);
    s->fd = -1;
    if (!keep)
        spool_file_remove(s->dir, s->handle);
}

int spool_file_open(const struct keyring *kr, const char *dir, const char *handle, uint8_t key[16])
{
    uint8_t hash[32];
    char path[PATH_MAX];
    spool_handle_hash(handle, hash);
    file_key(kr, handle, key);
    file_path(dir, hash, path);
    return open(path, O_RDONLY | O_CLOEXEC);
}

void spool_file_remove(const char *dir, const char *handle)
{
    uint8_t hash[32];
    char path[PATH_MAX];
    spool_handle_hash(handle, hash);
    file_path(dir, hash, path);
    (void)unlink(path);
}

int spool_sweep(const char *dir, int64_t max_age_sec)
{
    enum { PAUSE_SEC = 600 };
    static _Atomic time_t next;
    time_t now = time(NULL), due = atomic_load(&next);
    int removed = 0;
    if (now < due || !atomic_compare_exchange_strong(&next, &due, now + PAUSE_SEC))
        return 0;
    DIR *d = opendir(dir);
    for (const struct dirent *f; d != NULL && (f = readdir(d)) != NULL;) {
        struct stat st;
        if (fstatat(dirfd(d), f->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(st.st_mode) &&
            st.st_mtime + max_age_sec < now && unlinkat(dirfd(d), f->d_name, 0) == 0)
            removed++;
    }
    if (d != NULL)
        (void)closedir(d);
    return removed;
}
