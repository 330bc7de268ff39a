/* keyring_sample: what the tests of keyring share: a throw-away directory with rings in it. */
#ifndef ZWM_TESTS_KEYRING_SAMPLE_H
#define ZWM_TESTS_KEYRING_SAMPLE_H

#include "tests/unit/sm2_sample.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/log.h"
#include "core/crypto/keyring.h"

/* Set up and taken down by setup and teardown. */
static struct pool *pool;
static char root[] = "/tmp/zwm-keyring-XXXXXX";
/* in the order in which they are written */
static const char *const names[] = {"passphrase", "system.key", "data.key"};

static inline int setup(void **state)
{
    (void)state;
    pool = pool_new(true);
    log_init("test", LOG_FATAL); /* refusals are what most tests here are about */
    return mkdtemp(root) == NULL;
}

static inline int teardown(void **state)
{
    (void)state;
    (void)sample_shell(pool, pool_printf(pool, "rm -r %s", root), NULL);
    pool_destroy(&pool);
    return 0;
}

static inline char *path_of(const char *dir, const char *name)
{
    return pool_printf(pool, "%s/%s", dir, name);
}

static inline char *new_dir(void)
{
    static int n;

    return pool_printf(pool, "%s/%d", root, n++);
}

static inline char *new_ring(void)
{
    char *dir = new_dir();

    assert_int_equal(keyring_create(dir), ERR_OK);
    return dir;
}

static inline struct keyring *opened(const char *dir)
{
    struct keyring *kr;

    assert_int_equal(keyring_open(dir, &kr), ERR_OK);
    return kr;
}

static inline char *content(const char *path, size_t *len_r)
{
    return sample_shell(pool, pool_printf(pool, "cat '%s'", path), len_r);
}

static inline void overwrite(const char *path, const void *data, size_t len)
{
    int fd = open(path, O_WRONLY | O_TRUNC | O_CREAT | O_CLOEXEC, 0600);

    assert_true(fd >= 0);
    assert_int_equal(write(fd, data, len), len);
    assert_int_equal(close(fd), 0);
}

#endif
