/* spool: what an information service sends stays in memory up to a mebibyte and goes beyond that
 * into a file that says nothing without its handle. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "core/base/log.h"
#include "core/base/rand.h"
#include "core/base/text.h"
#include "core/crypto/sm4.h"
#include "core/net/spool.h"

enum { MIB = 1048576, PIECE = 10007 };

static struct pool *pool;
static struct keyring *kr;
static char root[] = "/tmp/zwm-spool-XXXXXX";
static char *dir;
static uint8_t *data; /* two mebibytes of noise */

static int make_dir(void **state)
{
    (void)state;
    pool = pool_new(true);
    log_init("test", LOG_FATAL);
    if (mkdtemp(root) == NULL)
        return 1;
    char *keys = pool_printf(pool, "%s/keys", root);
    dir = pool_printf(pool, "%s/spool", root);
    data = pool_alloc(pool, 2 * MIB);
    rand_bytes(data, 2 * MIB);
    return keyring_create(keys) != ERR_OK || keyring_open(keys, &kr) != ERR_OK ||
           mkdir(dir, 0700) != 0;
}

static int count_files(void)
{
    DIR *d = opendir(dir);
    int n = 0;
    assert_non_null(d);
    for (const struct dirent *e = readdir(d); e != NULL; e = readdir(d))
        n += *e->d_name != '.';
    (void)closedir(d);
    return n;
}

static void remove_all(const char *path)
{
    DIR *d = opendir(path);
    for (const struct dirent *e = NULL; d != NULL && (e = readdir(d)) != NULL;)
        if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0)
            remove_all(pool_printf(pool, "%s/%s", path, e->d_name));
    if (d != NULL)
        (void)closedir(d);
    (void)remove(path);
}

static int remove_dir(void **state)
{
    (void)state;
    remove_all(root);
    keyring_free(&kr);
    pool_destroy(&pool);
    return 0;
}

/* Writes the first `len` bytes of the noise, in pieces. */
static void fill(struct spool *s, size_t len)
{
    spool_open(s, pool, kr, dir);
    for (size_t at = 0; at < len;) {
        size_t n = len - at < PIECE ? len - at : PIECE;
        assert_true(spool_write(s, data + at, n));
        at += n;
    }
    assert_int_equal(s->len, len);
}

static void finish(struct spool *s, size_t len)
{
    uint8_t digest[32], expected[32];
    assert_int_equal(spool_finish(s, digest), ERR_OK);
    sm3(data, len, expected);
    assert_memory_equal(digest, expected, 32);
}

static void in_memory(void **state)
{
    (void)state;
    static const size_t sizes[] = {1, 16, PIECE, PIECE + 1, MIB - 1, MIB};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        struct spool s;
        fill(&s, sizes[i]);
        finish(&s, sizes[i]);
        assert_int_equal(s.fd, -1);
        assert_int_equal(s.head.len, sizes[i]);
        assert_memory_equal(s.head.data, data, sizes[i]);
        assert_int_equal(count_files(), 0);
        spool_close(&s, true);
    }
}

static void nothing(void **state)
{
    (void)state;
    struct spool s;
    uint8_t digest[32];
    char hex[65];
    spool_open(&s, pool, kr, dir);
    assert_true(spool_write(&s, "", 0));
    assert_int_equal(spool_finish(&s, digest), ERR_OK);
    hex_encode(digest, 32, hex);
    /* the SM3 of no bytes, as other implementations have it */
    assert_string_equal(hex, "1ab21d8355cfa17f8e61194831e81a8f22bec8c728fefb747ed035eb5082aa2b");
    assert_int_equal(s.len, 0);
    spool_close(&s, true);
}

static char *only_file(void)
{
    DIR *d = opendir(dir);
    char *path = NULL;
    assert_non_null(d);
    for (const struct dirent *e = readdir(d); e != NULL; e = readdir(d))
        if (*e->d_name != '.') {
            assert_null(path);
            path = pool_printf(pool, "%s/%s", dir, e->d_name);
        }
    (void)closedir(d);
    assert_non_null(path);
    return path;
}

static void file_and_back(const struct spool *s, size_t len)
{
    uint8_t key[16], out[5000];
    static const size_t places[] = {0, 1, 15, 16, 17, 4096, MIB - 7, MIB, MIB + 1};
    int fd = spool_file_open(kr, dir, s->handle, key);
    struct stat st;
    assert_true(fd >= 0);
    assert_int_equal(fstat(fd, &st), 0);
    assert_int_equal(st.st_size, len);
    assert_int_equal(st.st_mode & 0777, 0600);
    for (size_t i = 0; i < sizeof places / sizeof places[0] && places[i] < len; i++) {
        size_t n = len - places[i] < sizeof out ? len - places[i] : sizeof out;
        assert_int_equal(pread(fd, out, n, (off_t)places[i]), n);
        assert_memory_not_equal(out, data + places[i], n);
        sm4_ctr(key, places[i], out, n, out);
        assert_memory_equal(out, data + places[i], n);
    }
    assert_int_equal(close(fd), 0);
}

static void in_a_file(void **state)
{
    (void)state;
    static const size_t sizes[] = {MIB + 1, MIB + PIECE, 2 * MIB};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        struct spool s;
        uint8_t hash[32];
        char hex[65];
        fill(&s, sizes[i]);
        finish(&s, sizes[i]);
        assert_true(s.fd >= 0);
        assert_int_equal(strlen(s.handle), 43);
        /* its name is the SM3 of the handle: whoever lists the directory has no handle */
        sm3(s.handle, 43, hash);
        hex_encode(hash, 32, hex);
        assert_string_equal(only_file() + strlen(dir) + 1, hex);
        assert_memory_equal(s.hash, hash, 32);
        spool_close(&s, true);
        file_and_back(&s, sizes[i]);
        spool_file_remove(dir, s.handle);
        assert_int_equal(count_files(), 0);
        spool_file_remove(dir, s.handle); /* twice does no harm */
    }
}

static void two_of_the_same(void **state)
{
    (void)state;
    struct spool a, b;
    fill(&a, MIB + 1);
    fill(&b, MIB + 1);
    assert_string_not_equal(a.handle, b.handle);
    assert_memory_not_equal(a.key, b.key, 16);
    finish(&a, MIB + 1);
    finish(&b, MIB + 1);
    assert_int_equal(count_files(), 2);
    spool_close(&a, true);
    spool_close(&b, false); /* not to be kept */
    assert_int_equal(count_files(), 1);
    file_and_back(&a, MIB + 1);
    spool_file_remove(dir, a.handle);
}

static void broken_off(void **state)
{
    (void)state;
    struct spool s;
    fill(&s, MIB + 1);
    spool_close(&s, false); /* without its end */
    assert_int_equal(count_files(), 0);
    fill(&s, 10);
    spool_close(&s, false);
}

static void no_such_handle(void **state)
{
    (void)state;
    static const char *const handles[] = {"", "x", "../keys/passphrase", "/etc/passwd",
                                          "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"};
    struct spool s;
    uint8_t key[16], right[16];
    fill(&s, MIB + 1);
    finish(&s, MIB + 1);
    spool_close(&s, true);
    for (size_t i = 0; i < sizeof handles / sizeof handles[0]; i++)
        assert_int_equal(spool_file_open(kr, dir, handles[i], key), -1);
    /* the name of the file is no handle of it */
    assert_int_equal(spool_file_open(kr, dir, only_file() + strlen(dir) + 1, key), -1);
    /* with another ring of keys the handle opens the file and not its content */
    struct keyring *other;
    char *keys = pool_printf(pool, "%s/other", root);
    assert_int_equal(keyring_create(keys), ERR_OK);
    assert_int_equal(keyring_open(keys, &other), ERR_OK);
    int fd = spool_file_open(other, dir, s.handle, key);
    assert_true(fd >= 0);
    (void)close(fd);
    fd = spool_file_open(kr, dir, s.handle, right);
    (void)close(fd);
    assert_memory_not_equal(key, right, 16);
    keyring_free(&other);
    spool_file_remove(dir, s.handle);
}

/* --- no room --- */

static void no_directory(void **state)
{
    (void)state;
    struct spool s;
    uint8_t digest[32];
    spool_open(&s, pool, kr, "/nonexistent/spool");
    assert_true(spool_write(&s, data, MIB)); /* as long as it needs none */
    assert_false(spool_write(&s, data, 1));
    assert_false(spool_write(&s, data, 1));
    assert_int_equal(spool_finish(&s, digest), ERR_IO);
    spool_close(&s, true);
}

/* A disk that is full in the middle of a file: here, a limit on the size of files. */
static void full_disk(void **state)
{
    (void)state;
    struct rlimit before, low;
    struct spool s;
    uint8_t digest[32];
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    low = (struct rlimit){MIB + MIB / 2, before.rlim_max};
    void (*on_signal)(int) = signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &low), 0);
    spool_open(&s, pool, kr, dir);
    assert_true(spool_write(&s, data, MIB));
    bool first = spool_write(&s, data, 10), second = spool_write(&s, data, MIB),
         third = spool_write(&s, data, 1);
    enum err e = spool_finish(&s, digest);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    (void)signal(SIGXFSZ, on_signal);
    assert_true(first);
    assert_false(second);
    assert_false(third); /* what failed stays failed */
    assert_int_equal(e, ERR_IO);
    spool_close(&s, false);
    assert_int_equal(count_files(), 0);
}

/* --- sweeping --- */

static void make_file(const char *name, int64_t age_sec)
{
    char *path = pool_printf(pool, "%s/%s", dir, name);
    int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    assert_true(fd >= 0);
    const struct timespec at = {.tv_sec = time(NULL) - age_sec}, times[] = {at, at};
    assert_int_equal(futimens(fd, times), 0);
    assert_int_equal(close(fd), 0);
}

static bool is_there(const char *name)
{
    struct stat st;
    return lstat(pool_printf(pool, "%s/%s", dir, name), &st) == 0;
}

/* Runs in a process of its own, since a process looks at most every ten minutes. */
static int swept_in_another_process(void)
{
    int status = -1;
    (void)fflush(NULL);
    pid_t pid = fork();
    if (pid == 0) {
        int n = spool_sweep(dir, 1000);
        _exit(spool_sweep(dir, 0) == 0 ? n : 255); /* the second time it does not look */
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

static void sweeping(void **state)
{
    (void)state;
    make_file("old", 2000);
    make_file("older", 200000);
    make_file("young", 10);
    make_file("at-the-bound", 900);
    assert_int_equal(mkdir(pool_printf(pool, "%s/below", dir), 0700), 0);
    make_file("below/old", 2000);
    /* a link to what is old elsewhere is no file of ours */
    assert_int_equal(
        symlink(pool_printf(pool, "%s/below/old", dir), pool_printf(pool, "%s/link", dir)), 0);
    assert_int_equal(swept_in_another_process(), 2);
    assert_false(is_there("old"));
    assert_false(is_there("older"));
    assert_true(is_there("young"));
    assert_true(is_there("at-the-bound"));
    assert_true(is_there("below/old"));
    assert_true(is_there("link"));
    assert_int_equal(spool_sweep("/nonexistent/spool", 0), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(in_memory),    cmocka_unit_test(nothing),
        cmocka_unit_test(in_a_file),    cmocka_unit_test(two_of_the_same),
        cmocka_unit_test(broken_off),   cmocka_unit_test(no_such_handle),
        cmocka_unit_test(no_directory), cmocka_unit_test(full_disk),
        cmocka_unit_test(sweeping),
    };
    return cmocka_run_group_tests_name("spool", tests, make_dir, remove_dir);
}
