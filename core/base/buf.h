/* buf: a byte string that grows in a pool. Always NUL-terminated behind `len`, so `data` is also a
 * C string. */
#ifndef ZWM_BASE_BUF_H
#define ZWM_BASE_BUF_H

#include "core/base/pool.h"

struct buf {
    struct pool *pool;
    char *data;
    size_t len, cap;
};

void buf_init(struct buf *b, struct pool *p);
void buf_put(struct buf *b, const void *src, size_t len);
void buf_puts(struct buf *b, const char *s);
void buf_putc(struct buf *b, char c);
void buf_printf(struct buf *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Returns a copy of `text`, in the pool, with every `from` (not empty) replaced by `to`. */
char *buf_replace(struct pool *p, const char *text, const char *from, const char *to);

#endif
