/* spool: what an information service sends, kept in memory up to SPOOL_INLINE_MAX bytes and beyond
 * that in an encrypted file of the spool directory (interface 2.4), in constant memory. A file's
 * key comes from its handle, which only the requester has; its name is the SM3 of the handle. */
#ifndef ZWM_NET_SPOOL_H
#define ZWM_NET_SPOOL_H

#include <stdbool.h>
#include <stdint.h>

#include "core/base/buf.h"
#include "core/crypto/keyring.h"

enum { SPOOL_INLINE_MAX = 1 << 20, SPOOL_HANDLE_LEN = 43 };

struct spool {
    const struct keyring *kr;
    const char *dir;
    struct buf head; /* all of it, while no more than SPOOL_INLINE_MAX */
    uint64_t len;
    struct sm3_ctx *sm3;
    int fd; /* -1: in memory */
    char handle[SPOOL_HANDLE_LEN + 1];
    uint8_t hash[32], key[16];
    bool failed;
};

void spool_open(struct spool *s, struct pool *p, const struct keyring *kr, const char *dir);
/* Removes files older than `max_age_sec` (by the machine's clock): no handle reaches them any more.
 * Looks at most every ten minutes; cheap to call. Returns how many. */
int spool_sweep(const char *dir, int64_t max_age_sec);
/* Shape of struct http_request.sink. */
bool spool_write(void *spool, const void *data, size_t len);
/* Ends it: the digest of all bytes; the file, if there is one, is durable. ERR_IO. */
ERR_CHECK enum err spool_finish(struct spool *s, uint8_t digest[32]);
/* Closes; `keep` false removes the file. */
void spool_close(struct spool *s, bool keep);

/* For serving: opens the file of a handle for reading, -1 if there is none. */
int spool_file_open(const struct keyring *kr, const char *dir, const char *handle, uint8_t key[16]);
void spool_file_remove(const char *dir, const char *handle);
void spool_handle_hash(const char *handle, uint8_t hash[32]);

#endif
