#include "core/base/buf.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void reserve(struct buf *b, size_t more)
{
    if (b->cap - b->len > more)
        return;
    size_t cap = (b->cap + more) * 2 + 64;
    char *data = pool_alloc(b->pool, cap);
    if (b->len > 0)
        memcpy(data, b->data, b->len);
    b->data = data;
    b->cap = cap;
}

void buf_init(struct buf *b, struct pool *p)
{
    *b = (struct buf){.pool = p};
    reserve(b, 64);
}

void buf_put(struct buf *b, const void *src, size_t len)
{
    reserve(b, len);
    if (len > 0)
        memcpy(b->data + b->len, src, len);
    b->len += len;
    b->data[b->len] = '\0';
}

void buf_puts(struct buf *b, const char *s)
{
    buf_put(b, s, strlen(s));
}

void buf_putc(struct buf *b, char c)
{
    buf_put(b, &c, 1);
}

void buf_printf(struct buf *b, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    va_list again;
    va_copy(again, ap);
    int len = vsnprintf(NULL, 0, fmt, again);
    va_end(again);
    if (len < 0)
        abort();
    reserve(b, (size_t)len);
    (void)vsnprintf(b->data + b->len, (size_t)len + 1, fmt, ap);
    b->len += (size_t)len;
    va_end(ap);
}

char *buf_replace(struct pool *p, const char *text, const char *from, const char *to)
{
    struct buf b;
    buf_init(&b, p);
    for (const char *at; (at = strstr(text, from)) != NULL; text = at + strlen(from)) {
        buf_put(&b, text, (size_t)(at - text));
        buf_puts(&b, to);
    }
    buf_puts(&b, text);
    return b.data;
}
