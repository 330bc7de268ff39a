#include "core/base/pool.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BLOCK_LEN = 8192, ALIGN = 16 };

struct block {
    struct block *next;
    size_t size, used;
    _Alignas(ALIGN) unsigned char data[];
};

struct cleanup {
    struct cleanup *next;
    void (*fn)(void *);
    void *arg;
};

struct pool {
    struct block *blocks;
    struct cleanup *cleanups;
    bool wipe;
};

static struct block *block_new(size_t size)
{
    struct block *b = malloc(sizeof *b + size);
    if (b == NULL) {
        fputs("{\"level\":\"fatal\",\"event\":\"out_of_memory\"}\n", stderr);
        abort();
    }
    b->next = NULL;
    b->size = size;
    b->used = 0;
    return b;
}

struct pool *pool_new(bool wipe)
{
    struct pool *p = calloc(1, sizeof *p);
    if (p == NULL)
        abort();
    p->wipe = wipe;
    p->blocks = block_new(BLOCK_LEN);
    return p;
}

static void run_cleanups(struct pool *p)
{
    while (p->cleanups != NULL) {
        struct cleanup *c = p->cleanups;
        p->cleanups = c->next;
        c->fn(c->arg);
    }
}

static void block_free(const struct pool *p, struct block *b)
{
    if (p->wipe)
        explicit_bzero(b->data, b->used);
    free(b);
}

void pool_reset(struct pool *p)
{
    struct block *keep = NULL;

    run_cleanups(p);
    for (struct block *b = p->blocks, *next; b != NULL; b = next) {
        next = b->next;
        if (keep == NULL && b->size == BLOCK_LEN) {
            keep = b;
            if (p->wipe)
                explicit_bzero(b->data, b->used);
            b->used = 0;
        } else {
            block_free(p, b);
        }
    }
    p->blocks = keep != NULL ? keep : block_new(BLOCK_LEN);
    p->blocks->next = NULL;
}

void pool_destroy(struct pool **pp)
{
    struct pool *p = *pp;

    if (p == NULL)
        return;
    run_cleanups(p);
    for (struct block *b = p->blocks, *next; b != NULL; b = next) {
        next = b->next;
        block_free(p, b);
    }
    free(p);
    *pp = NULL;
}

void *pool_alloc(struct pool *p, size_t len)
{
    struct block *b = p->blocks;

    if (len > SIZE_MAX / 2)
        abort();
    len = (len + ALIGN - 1) / ALIGN * ALIGN;
    if (b->size - b->used < len) {
        b = block_new(len > BLOCK_LEN ? len : BLOCK_LEN);
        b->next = p->blocks;
        p->blocks = b;
    }
    void *r = b->data + b->used;
    b->used += len;
    return memset(r, 0, len);
}

void *pool_memdup(struct pool *p, const void *src, size_t len)
{
    void *r = pool_alloc(p, len > 0 ? len : 1);
    if (len > 0)
        memcpy(r, src, len);
    return r;
}

char *pool_strndup(struct pool *p, const char *src, size_t len)
{
    char *r = pool_alloc(p, len + 1);
    if (len > 0)
        memcpy(r, src, len);
    return r;
}

char *pool_strdup(struct pool *p, const char *src)
{
    return pool_strndup(p, src, strlen(src));
}

char *pool_vprintf(struct pool *p, const char *fmt, va_list ap)
{
    va_list again;
    va_copy(again, ap);
    int len = vsnprintf(NULL, 0, fmt, again);
    va_end(again);
    if (len < 0)
        abort();
    char *r = pool_alloc(p, (size_t)len + 1);
    (void)vsnprintf(r, (size_t)len + 1, fmt, ap);
    return r;
}

char *pool_printf(struct pool *p, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    char *r = pool_vprintf(p, fmt, ap);
    va_end(ap);
    return r;
}

void pool_on_destroy(struct pool *p, void (*fn)(void *), void *arg)
{
    struct cleanup *c = pool_alloc(p, sizeof *c);
    c->fn = fn;
    c->arg = arg;
    c->next = p->cleanups;
    p->cleanups = c;
}
