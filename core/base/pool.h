/* pool: memory of one request (or one command), freed in one go.
 *
 * Allocation never returns NULL: client sizes are bounded before they reach a pool, so running out
 * is a bad start and ends the process. Cleanups registered run last-in first-out before the memory
 * goes. A wiping pool overwrites its memory when destroyed: for secrets. Not thread-safe: one pool
 * belongs to one thread. */
#ifndef ZWM_BASE_POOL_H
#define ZWM_BASE_POOL_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

struct pool;

struct pool *pool_new(bool wipe);
/* Frees everything and sets *p to NULL; NULL is allowed. */
void pool_destroy(struct pool **p);
/* Runs the cleanups and empties the pool for its next use, keeping a first block. */
void pool_reset(struct pool *p);

void *pool_alloc(struct pool *p, size_t len); /* zeroed, aligned for any type */
void *pool_memdup(struct pool *p, const void *src, size_t len);
char *pool_strndup(struct pool *p, const char *src, size_t len); /* adds a NUL */
char *pool_strdup(struct pool *p, const char *src);
char *pool_printf(struct pool *p, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
char *pool_vprintf(struct pool *p, const char *fmt, va_list ap)
    __attribute__((format(printf, 2, 0)));

/* `fn(arg)` is called when the pool is reset or destroyed. */
void pool_on_destroy(struct pool *p, void (*fn)(void *), void *arg);

#endif
