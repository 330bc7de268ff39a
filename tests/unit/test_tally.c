/* tally: counts by name, from many processes, with a bounded number of names. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/base/tally.h"

struct place {
    struct pool *pool;
    char dir[32];
};

static int make_place(void **state)
{
    struct place *at = calloc(1, sizeof *at);
    at->pool = pool_new(false);
    (void)strcpy(at->dir, "/tmp/zwm-tally-XXXXXX");
    *state = at;
    return mkdtemp(at->dir) == NULL;
}

static int remove_place(void **state)
{
    struct place *at = *state;
    (void)system(pool_printf(at->pool, "rm -rf %s", at->dir));
    pool_destroy(&at->pool);
    free(at);
    return 0;
}

static struct tally *opened(const struct place *at)
{
    struct tally *t = NULL;
    assert_int_equal(tally_open(at->dir, &t), ERR_OK);
    return t;
}

static const char *text_of(const struct place *at, const struct tally *t)
{
    struct buf b;
    buf_init(&b, at->pool);
    tally_write_metrics(t, &b);
    return b.data;
}

static void has_line(const char *text, const char *line)
{
    size_t len = strlen(line);
    for (const char *at = text; (at = strstr(at, line)) != NULL; at++)
        if ((at == text || at[-1] == '\n') && at[len] == '\n')
            return;
    fail_msg("no line %s in\n%s", line, text);
}

static size_t count_of(const char *text, const char *part)
{
    size_t n = 0;
    for (; (text = strstr(text, part)) != NULL; text++)
        n++;
    return n;
}

static void endings(void **state)
{
    struct place *at = *state;
    struct tally *t = opened(at);
    tally_count(t, TALLY_APP, "A", ERR_OK);
    tally_count(t, TALLY_APP, "A", ERR_OK);
    tally_count(t, TALLY_APP, "A", ERR_RATE);    /* 429: the caller's */
    tally_count(t, TALLY_APP, "A", ERR_STORAGE); /* 503: ours */
    tally_count(t, TALLY_SERVICE, "A", ERR_SERVICE_UNAVAILABLE);
    tally_count(t, TALLY_SERVICE, NULL, ERR_OK);
    tally_count(NULL, TALLY_APP, "A", ERR_OK);
    const char *text = text_of(at, opened(at));
    has_line(text, "zwm_app_calls_total{app=\"A\",outcome=\"done\"} 2");
    has_line(text, "zwm_app_calls_total{app=\"A\",outcome=\"refused\"} 1");
    has_line(text, "zwm_app_calls_total{app=\"A\",outcome=\"failed\"} 1");
    has_line(text, "zwm_service_calls_total{service=\"A\",outcome=\"failed\"} 1");
    has_line(text, "zwm_service_calls_total{service=\"A\",outcome=\"done\"} 0");
    assert_int_equal(count_of(text, "(others)"), 0);
}

static void names_are_bounded(void **state)
{
    struct place *at = *state;
    struct tally *t = opened(at);
    char name[TALLY_NAME_LEN + 2];
    for (int i = 0; i < TALLY_NAMES + 50; i++) {
        (void)snprintf(name, sizeof name, "app-%d", i);
        tally_count(t, TALLY_APP, name, ERR_OK);
    }
    memset(name, 'x', sizeof name);
    name[sizeof name - 1] = '\0'; /* one too long */
    tally_count(t, TALLY_APP, name, ERR_OK);
    tally_count(t, TALLY_APP, "app-0", ERR_OK);
    const char *text = text_of(at, t);
    assert_int_equal(count_of(text, "outcome=\"done\""), TALLY_NAMES + 1);
    has_line(text, "zwm_app_calls_total{app=\"(others)\",outcome=\"done\"} 51");
    has_line(text, "zwm_app_calls_total{app=\"app-0\",outcome=\"done\"} 2");
}

static void a_name_breaks_no_line(void **state)
{
    struct place *at = *state;
    struct tally *t = opened(at);
    tally_count(t, TALLY_APP, "a\"b\\c\nd", ERR_OK);
    has_line(text_of(at, t), "zwm_app_calls_total{app=\"a?b?c?d\",outcome=\"done\"} 1");
}

/* All meet the same new names at the same time: nothing is lost, and each stands there once. */
static void many_processes(void **state)
{
    enum { PROCESSES = 8, NAMES = 20, EACH = 500 };
    struct place *at = *state;
    for (int i = 0; i < PROCESSES; i++)
        if (fork() == 0) {
            struct tally *t = opened(at);
            for (int k = 0; k < NAMES * EACH; k++) {
                char name[16];
                (void)snprintf(name, sizeof name, "n%d", k % NAMES);
                tally_count(t, TALLY_APP, name, ERR_OK);
            }
            _exit(0);
        }
    while (wait(NULL) > 0)
        ;
    const char *text = text_of(at, opened(at));
    for (int i = 0; i < NAMES; i++) {
        has_line(text, pool_printf(at->pool, "zwm_app_calls_total{app=\"n%d\",outcome=\"done\"} %d",
                                   i, PROCESSES * EACH));
        assert_int_equal(count_of(text, pool_printf(at->pool, "app=\"n%d\",outcome=\"done\"", i)),
                         1);
    }
}

static void no_file_to_be_had(void **state)
{
    struct tally *t = NULL;
    (void)state;
    assert_int_equal(tally_open("/nonexistent/run", &t), ERR_IO);
    assert_null(t);
}

#define PLACED(test) cmocka_unit_test_setup_teardown(test, make_place, remove_place)

int main(void)
{
    const struct CMUnitTest tests[] = {PLACED(endings), PLACED(names_are_bounded),
                                       PLACED(a_name_breaks_no_line), PLACED(many_processes),
                                       PLACED(no_file_to_be_had)};
    return cmocka_run_group_tests_name("tally", tests, NULL, NULL);
}
