/* beat: who lives, who stands still, and who is gone. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/base/beat.h"
#include "core/base/clock.h"
#include "core/base/pool.h"

static char dir[32];

static int make_dir(void **state)
{
    (void)state;
    (void)strcpy(dir, "/tmp/zwm-beat-XXXXXX");
    return mkdtemp(dir) == NULL;
}

static int remove_dir(void **state)
{
    struct pool *p = pool_new(false);
    (void)state;
    (void)system(pool_printf(p, "rm -rf %s", dir));
    pool_destroy(&p);
    return 0;
}

static struct beats *opened(void)
{
    struct beats *b = NULL;
    assert_int_equal(beats_open(dir, &b), ERR_OK);
    return b;
}

/* A process that has joined as `kind` and then waits for its end. */
static pid_t start(int64_t kind)
{
    int fds[2];
    char byte;
    assert_int_equal(pipe(fds), 0);
    pid_t pid = fork();
    if (pid == 0) {
        struct beats *b = opened();
        const struct beat own = {.kind = kind, .threads = 3, .busy = 2, .stuck = 1, .orphan = 1};
        if (beats_join(b) != ERR_OK)
            _exit(1);
        beats_tell(b, &own);
        (void)!write(fds[1], "r", 1);
        for (;;)
            (void)pause();
    }
    (void)close(fds[1]);
    assert_int_equal(read(fds[0], &byte, 1), 1);
    (void)close(fds[0]);
    return pid;
}

static void end(pid_t pid)
{
    assert_int_equal(kill(pid, SIGKILL), 0);
    assert_int_equal(waitpid(pid, NULL, 0), pid);
}

static const struct beat *find(const struct beat *list, size_t n, pid_t pid)
{
    for (size_t i = 0; i < n; i++)
        if (list[i].pid == pid)
            return &list[i];
    return NULL;
}

static void those_that_live(void **state)
{
    static struct beat list[BEATS_MOST];
    struct beats *b = opened();
    (void)state;
    assert_int_equal(beats_read(b, list), 0);
    int64_t began = clock_mono_us();
    pid_t one = start(7), two = start(8);
    size_t n = beats_read(b, list);
    assert_int_equal(n, 2);
    const struct beat *of = find(list, n, one);
    assert_non_null(of);
    assert_true(of->at_us >= began && of->at_us <= clock_mono_us());
    assert_int_equal(of->kind, 7);
    assert_int_equal(of->threads, 3);
    assert_int_equal(of->busy, 2);
    assert_int_equal(of->stuck, 1);
    assert_int_equal(of->orphan, 1);
    /* Killed: gone at once. Its place is the next one's. */
    end(one);
    assert_int_equal(beats_read(b, list), 1);
    assert_int_equal(list[0].pid, two);
    pid_t three = start(9);
    assert_int_equal(beats_read(b, list), 2);
    end(two);
    end(three);
    assert_int_equal(beats_read(b, list), 0);
    beats_close(&b);
}

/* One that is stopped keeps its place, and its last sign gets old. */
static void one_that_stands_still(void **state)
{
    static struct beat list[BEATS_MOST];
    (void)state;
    pid_t pid = start(1);
    assert_int_equal(kill(pid, SIGSTOP), 0);
    struct beats *b = opened();
    assert_int_equal(beats_read(b, list), 1);
    int64_t at = list[0].at_us;
    assert_int_equal(beats_read(b, list), 1);
    assert_int_equal(list[0].at_us, at);
    end(pid);
    beats_close(&b);
}

/* The process's own place is read too, and a second descriptor of the file does not lose it. */
static void itself(void **state)
{
    static struct beat list[BEATS_MOST];
    (void)state;
    struct beats *b = opened();
    assert_int_equal(beats_join(b), ERR_OK);
    beats_tell(b, &(struct beat){.kind = 5});
    struct beats *other = opened();
    beats_close(&other);
    assert_int_equal(beats_read(b, list), 1);
    assert_int_equal(list[0].pid, getpid());
    other = opened();
    assert_int_equal(beats_read(other, list), 1);
    beats_close(&b);
    assert_int_equal(beats_read(other, list), 0);
    beats_close(&other);
}

static void no_place_is_free(void **state)
{
    struct beats *b[BEATS_MOST];
    (void)state;
    for (int i = 0; i < BEATS_MOST; i++) {
        b[i] = opened();
        assert_int_equal(beats_join(b[i]), ERR_OK);
    }
    struct beats *more = opened();
    assert_int_equal(beats_join(more), ERR_BUSY);
    beats_tell(more, &(struct beat){.kind = 1}); /* writes nowhere */
    beats_close(&b[17]);
    assert_int_equal(beats_join(more), ERR_OK);
    beats_close(&more);
    for (int i = 0; i < BEATS_MOST; i++)
        if (i != 17)
            beats_close(&b[i]);
    assert_int_equal(beats_open("/nonexistent/run", &more), ERR_IO);
}

#define PLACED(test) cmocka_unit_test_setup_teardown(test, make_dir, remove_dir)

int main(void)
{
    const struct CMUnitTest tests[] = {PLACED(those_that_live), PLACED(one_that_stands_still),
                                       PLACED(itself), PLACED(no_place_is_free)};
    return cmocka_run_group_tests_name("beat", tests, NULL, NULL);
}
