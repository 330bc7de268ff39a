/* shared: what the processes of all responders count together, and the rate limit of an app, at
 * moments that the test chooses. */
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
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/base/shared.h"

enum { SEC = 1000000, PROCESSES = 4, CALLS = 1000, TRIES = 50 };

/* A directory of its own for each test. */
struct place {
    char dir[32];
    struct pool *pool;
};

static int make_place(void **state)
{
    struct place *at = calloc(1, sizeof *at);
    *state = at;
    if (at == NULL)
        return 1;
    (void)snprintf(at->dir, sizeof at->dir, "/tmp/zwm-shared-XXXXXX");
    at->pool = pool_new(false);
    return mkdtemp(at->dir) == NULL;
}

/* The one file in it. */
static char *file_of(struct place *at)
{
    DIR *d = opendir(at->dir);
    char *path = NULL;
    assert_non_null(d);
    for (const struct dirent *e = readdir(d); e != NULL; e = readdir(d))
        if (*e->d_name != '.') {
            assert_null(path);
            path = pool_printf(at->pool, "%s/%s", at->dir, e->d_name);
        }
    assert_int_equal(closedir(d), 0);
    return path;
}

static int remove_place(void **state)
{
    struct place *at = *state;
    char *path = file_of(at);
    if (path != NULL)
        (void)remove(path);
    (void)rmdir(at->dir);
    pool_destroy(&at->pool);
    free(at);
    return 0;
}

static struct shared *opened(const struct place *at)
{
    struct shared *s = NULL;
    assert_int_equal(shared_open(at->dir, &s), ERR_OK);
    return s;
}

static const char *metrics(const struct place *at, const struct shared *s,
                           const char *const names[SHARED_IFACES])
{
    struct buf b;
    buf_init(&b, at->pool);
    shared_write_metrics(s, names, &b);
    return b.data;
}

static void has_line(const char *text, const char *line)
{
    const char *at = strstr(text, line);
    if (at == NULL || (at > text && at[-1] != '\n') || at[strlen(line)] != '\n')
        fail_msg("no line %s in\n%s", line, text);
}

/* Written out from the Prometheus exposition format, version 0.0.4. */
static void exposition(void **state)
{
    static const char *const names[SHARED_IFACES] = {[1] = "issue", [31] = "last"};
    const struct place *at = *state;
    struct shared *s = opened(at);
    shared_count(s, 1, ERR_OK, 400);
    shared_count(s, 1, ERR_OK, 500); /* `le`: a bound is in its bucket */
    shared_count(s, 1, ERR_CODE_USED, 501);
    shared_count(s, 1, ERR_STORAGE, 7000000);
    shared_count(s, 31, ERR_RATE, 0);
    assert_string_equal(
        metrics(at, s, names),
        "# HELP zwm_calls_total Calls answered, by interface and error code (empty: done).\n"
        "# TYPE zwm_calls_total counter\n"
        "zwm_calls_total{interface=\"issue\",error=\"\"} 2\n"
        "zwm_calls_total{interface=\"issue\",error=\"3005\"} 1\n"
        "zwm_calls_total{interface=\"issue\",error=\"9002\"} 1\n"
        "zwm_calls_total{interface=\"last\",error=\"\"} 0\n"
        "zwm_calls_total{interface=\"last\",error=\"2007\"} 1\n"
        "# HELP zwm_call_seconds Time from the request's arrival at the responder to its answer.\n"
        "# TYPE zwm_call_seconds histogram\n"
        "zwm_call_seconds_bucket{interface=\"issue\",le=\"0.0005\"} 2\n"
        "zwm_call_seconds_bucket{interface=\"issue\",le=\"0.001\"} 3\n"
        "zwm_call_seconds_bucket{interface=\"issue\",le=\"0.002\"} 3\n"
        "zwm_call_seconds_bucket{interface=\"issue\",le=\"0.005\"} 3\n"
        "zwm_call_seconds_bucket{interface=\"issue\",le=\"0.01\"} 3\n"
        "zwm_call_seconds_bucket{interface=\"issue\",le=\"0.02\"} 3\n"
        "zwm_call_seconds_bucket{interface=\"issue\",le=\"0.05\"} 3\n"
        "zwm_call_seconds_bucket{interface=\"issue\",le=\"0.1\"} 3\n"
        "zwm_call_seconds_bucket{interface=\"issue\",le=\"0.25\"} 3\n"
        "zwm_call_seconds_bucket{interface=\"issue\",le=\"1\"} 3\n"
        "zwm_call_seconds_bucket{interface=\"issue\",le=\"5\"} 3\n"
        "zwm_call_seconds_bucket{interface=\"issue\",le=\"+Inf\"} 4\n"
        "zwm_call_seconds_sum{interface=\"issue\"} 7.001401\n"
        "zwm_call_seconds_count{interface=\"issue\"} 4\n"
        "zwm_call_seconds_bucket{interface=\"last\",le=\"0.0005\"} 1\n"
        "zwm_call_seconds_bucket{interface=\"last\",le=\"0.001\"} 1\n"
        "zwm_call_seconds_bucket{interface=\"last\",le=\"0.002\"} 1\n"
        "zwm_call_seconds_bucket{interface=\"last\",le=\"0.005\"} 1\n"
        "zwm_call_seconds_bucket{interface=\"last\",le=\"0.01\"} 1\n"
        "zwm_call_seconds_bucket{interface=\"last\",le=\"0.02\"} 1\n"
        "zwm_call_seconds_bucket{interface=\"last\",le=\"0.05\"} 1\n"
        "zwm_call_seconds_bucket{interface=\"last\",le=\"0.1\"} 1\n"
        "zwm_call_seconds_bucket{interface=\"last\",le=\"0.25\"} 1\n"
        "zwm_call_seconds_bucket{interface=\"last\",le=\"1\"} 1\n"
        "zwm_call_seconds_bucket{interface=\"last\",le=\"5\"} 1\n"
        "zwm_call_seconds_bucket{interface=\"last\",le=\"+Inf\"} 1\n"
        "zwm_call_seconds_sum{interface=\"last\"} 0.000000\n"
        "zwm_call_seconds_count{interface=\"last\"} 1\n");
}

/* An interface or an error that has no place is dropped, and nothing is written beside the table.
 */
static void out_of_table(void **state)
{
    static const char *const names[SHARED_IFACES] = {[0] = "first", [31] = "last"};
    const struct place *at = *state;
    struct shared *s = opened(at);
    const char *before = metrics(at, s, names);
    shared_count(s, SHARED_IFACES, ERR_OK, 1);
    shared_count(s, UINT32_MAX, ERR_OK, 1);
    shared_count(s, 0, ERR_WIRE_MAX, 1);
    shared_count(s, 0, ERR_IO, 1);
    shared_count(s, 0, (enum err) - 1, 1);
    assert_string_equal(metrics(at, s, names), before);
}

/* What one process counts another sees, and it outlives both. */
static void kept_in_the_file(void **state)
{
    static const char *const names[SHARED_IFACES] = {[2] = "verify"};
    const struct place *at = *state;
    shared_count(opened(at), 2, ERR_OK, 1);
    shared_count(opened(at), 2, ERR_OK, 1);
    has_line(metrics(at, opened(at), names), "zwm_calls_total{interface=\"verify\",error=\"\"} 2");
}

/* A call that comes when it may, counted at once. */
static bool take(struct shared *s, const char *name, int64_t per_sec, int64_t now_us)
{
    if (!shared_rate_allows(s, name, per_sec, now_us))
        return false;
    shared_rate_count(s, name, per_sec, now_us);
    return true;
}

static void many_processes(void **state)
{
    static const char *const names[SHARED_IFACES] = {[2] = "verify"};
    const struct place *at = *state;
    pid_t pids[PROCESSES];
    for (int i = 0; i < PROCESSES; i++) {
        pids[i] = fork();
        assert_true(pids[i] >= 0);
        if (pids[i] == 0) {
            struct shared *s = NULL;
            if (shared_open(at->dir, &s) != ERR_OK)
                _exit(255);
            for (int k = 0; k < TRIES; k++)
                shared_rate_count(s, "ONE", 100, 5 * SEC);
            for (int k = 0; k < CALLS; k++)
                shared_count(s, 2, k % 2 == 0 ? ERR_OK : ERR_NONCE_USED, 3);
            _exit(0);
        }
    }
    for (int i = 0; i < PROCESSES; i++) {
        int status;
        assert_int_equal(waitpid(pids[i], &status, 0), pids[i]);
        assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    }
    /* 200 calls at 100 a second: what is too much by a second's worth is owed for that long */
    assert_false(shared_rate_allows(opened(at), "ONE", 100, 6 * SEC + SEC / 100 - 1));
    assert_true(shared_rate_allows(opened(at), "ONE", 100, 6 * SEC + SEC / 100));
    const char *text = metrics(at, opened(at), names);
    has_line(text, "zwm_calls_total{interface=\"verify\",error=\"\"} 2000");
    has_line(text, "zwm_calls_total{interface=\"verify\",error=\"2003\"} 2000");
    has_line(text, "zwm_call_seconds_sum{interface=\"verify\"} 0.012000");
    has_line(text, "zwm_call_seconds_count{interface=\"verify\"} 4000");
}

/* --- the rate limit --- */

static int take_all(struct shared *s, const char *name, int64_t per_sec, int64_t now_us)
{
    int n = 0;
    while (n <= per_sec && take(s, name, per_sec, now_us))
        n++;
    return n;
}

static void rate_arithmetic(void **state)
{
    struct shared *s = opened(*state);
    int64_t t = 1000 * (int64_t)SEC;
    /* a second's worth at once, then one each fifth of a second, to the microsecond */
    assert_int_equal(take_all(s, "FIVE", 5, t), 5);
    assert_int_equal(take_all(s, "FIVE", 5, t), 0);
    assert_int_equal(take_all(s, "FIVE", 5, t + 199999), 0);
    assert_int_equal(take_all(s, "FIVE", 5, t + 200000), 1);
    assert_int_equal(take_all(s, "FIVE", 5, t + 399999), 0);
    assert_int_equal(take_all(s, "FIVE", 5, t + 800000), 3);
    /* what was not used is not saved up beyond one second's worth */
    assert_int_equal(take_all(s, "FIVE", 5, t + 3600 * (int64_t)SEC), 5);
    /* one a second */
    assert_int_equal(take_all(s, "ONE", 1, t), 1);
    assert_int_equal(take_all(s, "ONE", 1, t + SEC - 1), 0);
    assert_int_equal(take_all(s, "ONE", 1, t + SEC), 1);
}

static void rate_over_a_minute(void **state)
{
    struct shared *s = opened(*state);
    static const int64_t rates[] = {1, 2, 8, 40, 100, 1000, 5000};
    for (size_t i = 0; i < sizeof rates / sizeof rates[0]; i++) {
        int64_t taken = 0, r = rates[i], tries = r * 3;
        char name[16];
        (void)snprintf(name, sizeof name, "APP-%zu", i);
        /* three times as many as allowed, evenly: the burst and then 60 seconds' worth */
        for (int64_t k = 0; k <= 60 * tries; k++)
            taken += take(s, name, r, 77 * SEC + k * SEC / tries);
        assert_int_equal(taken, r + 60 * r);
    }
}

/* Refused tries cost nothing: who knocks without pause gets in as often as who waits. */
static void refusals_are_free(void **state)
{
    struct shared *s = opened(*state);
    assert_int_equal(take_all(s, "A", 2, 9 * SEC), 2);
    for (int i = 0; i < 10000; i++)
        assert_false(take(s, "A", 2, 9 * SEC + i));
    assert_true(take(s, "A", 2, 9 * SEC + SEC / 2));
}

static void apps_apart(void **state)
{
    struct shared *s = opened(*state);
    assert_int_equal(take_all(s, "APP-A", 3, SEC), 3);
    assert_int_equal(take_all(s, "APP-B", 3, SEC), 3);
    assert_int_equal(take_all(s, "", 3, SEC), 3);
    /* a limit that is raised holds at once */
    assert_int_equal(take_all(s, "APP-A", 6, SEC), 0);
    assert_int_equal(take_all(s, "APP-A", 6, SEC + SEC / 2), 3);
}

/* What has been let in beyond the limit is owed, a minute of it at most. */
static void debt(void **state)
{
    struct shared *s = opened(*state);
    for (int i = 0; i < 12; i++)
        shared_rate_count(s, "A", 4, 9 * SEC);
    assert_false(shared_rate_allows(s, "A", 4, 11 * SEC + SEC / 4 - 1));
    assert_true(shared_rate_allows(s, "A", 4, 11 * SEC + SEC / 4));
    for (int i = 0; i < 100000; i++)
        shared_rate_count(s, "A", 4, 20 * SEC);
    assert_false(shared_rate_allows(s, "A", 4, 79 * (int64_t)SEC));
    assert_true(shared_rate_allows(s, "A", 4, 80 * (int64_t)SEC));
}

/* More names than there were words of the old table: none uses up another's limit. */
static void nobody_shares(void **state)
{
    enum { NAMES = 12000 };
    struct shared *s = opened(*state);
    char name[32];
    for (int i = 0; i < NAMES; i += 2) {
        (void)snprintf(name, sizeof name, "APP-%d", i);
        while (take(s, name, 3, 7 * SEC))
            ;
    }
    for (int i = 1; i < NAMES; i += 2) {
        (void)snprintf(name, sizeof name, "APP-%d", i);
        if (take_all(s, name, 3, 7 * SEC) != 3)
            fail_msg("%s has less than its own", name);
    }
}

/* Names that come and go: what is at rest makes room, and those who call keep their limit. */
static void many_names_come_and_go(void **state)
{
    struct shared *s = opened(*state);
    char name[32];
    for (int round = 0; round < 4; round++) {
        int64_t now = (7 + 3 * round) * (int64_t)SEC;
        assert_int_equal(take_all(s, "STAYS", 5, now), 5);
        for (int i = 0; i < 10000; i++) {
            (void)snprintf(name, sizeof name, "R%d-%d", round, i);
            assert_true(take(s, name, 1, now));
            assert_false(take(s, name, 1, now));
        }
        assert_false(take(s, "STAYS", 5, now));
    }
}

/* The monotonic clock begins again with the machine; the file does not. */
static void after_a_reboot(void **state)
{
    struct shared *s = opened(*state);
    assert_int_equal(take_all(s, "A", 4, 1000000 * (int64_t)SEC), 4);
    assert_int_equal(take_all(s, "A", 4, 5 * SEC), 4);
    assert_int_equal(take_all(s, "A", 4, 5 * SEC), 0);
    /* a thread that took the time a little earlier is no reboot */
    assert_int_equal(take_all(s, "A", 4, 5 * SEC - 1000), 0);
}

/* --- the file --- */

static void file_of_wrong_size(void **state)
{
    static const char *const names[SHARED_IFACES] = {[31] = "last"};
    struct place *at = *state;
    struct stat right, now;
    shared_count(opened(at), 31, ERR_OK, 1);
    const char *path = file_of(at);
    assert_int_equal(stat(path, &right), 0);
    assert_int_equal(right.st_mode & 0777, 0600);
    /* too long: a foreign end goes, the counts stay */
    assert_int_equal(truncate(path, right.st_size + 12345), 0);
    has_line(metrics(at, opened(at), names), "zwm_calls_total{interface=\"last\",error=\"\"} 1");
    assert_int_equal(stat(path, &now), 0);
    assert_int_equal(now.st_size, right.st_size);
    /* cut off or emptied (nobody has it mapped then): it works again to its last word */
    static const off_t sizes[] = {0, 1, 4097};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        char *other = pool_printf(at->pool, "%s.new", path);
        int fd = open(other, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
        assert_true(fd >= 0);
        assert_int_equal(ftruncate(fd, sizes[i]), 0);
        assert_int_equal(close(fd), 0);
        assert_int_equal(rename(other, path), 0);
        struct shared *s = opened(at);
        shared_count(s, 31, ERR_UNCERTAIN, 9000000);
        has_line(metrics(at, s, names), "zwm_calls_total{interface=\"last\",error=\"9003\"} 1");
        assert_int_equal(take_all(s, "A", 4, SEC), 4);
        assert_int_equal(stat(path, &now), 0);
        assert_int_equal(now.st_size, right.st_size);
    }
}

static void no_file_to_be_had(void **state)
{
    struct place *at = *state;
    struct shared *s = NULL;
    assert_int_equal(shared_open("/nonexistent/run", &s), ERR_IO);
    (void)opened(at);
    const char *path = file_of(at);
    assert_int_equal(shared_open(path, &s), ERR_IO); /* no directory */
    assert_int_equal(unlink(path), 0);
    assert_int_equal(mkdir(path, 0700), 0);
    assert_int_equal(shared_open(at->dir, &s), ERR_IO);
    assert_null(s);
}

#define PLACED(test) cmocka_unit_test_setup_teardown(test, make_place, remove_place)

int main(void)
{
    const struct CMUnitTest tests[] = {
        PLACED(exposition),
        PLACED(out_of_table),
        PLACED(kept_in_the_file),
        PLACED(many_processes),
        PLACED(rate_arithmetic),
        PLACED(rate_over_a_minute),
        PLACED(refusals_are_free),
        PLACED(apps_apart),
        PLACED(debt),
        PLACED(nobody_shares),
        PLACED(many_names_come_and_go),
        PLACED(after_a_reboot),
        PLACED(file_of_wrong_size),
        PLACED(no_file_to_be_had),
    };
    return cmocka_run_group_tests_name("shared", tests, NULL, NULL);
}
