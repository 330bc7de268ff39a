/* Jobs that tell third parties: due, claimed by one process, tried again, ended, and what an
 * operator does with them. Which addresses may be told at all is decided in
 * callback_url_is_allowed. */
#include "tests/act/act_sample.h"

#include "core/act/authorize/authorize.h"
#include "core/store/callback.h"

enum { RACERS = 8, JOBS_MOST = 64 };

static int begin(void **state)
{
    if (sample_begin(state) != 0)
        return 1;
    sample_sql("DELETE FROM callback_job");
    return 0;
}

#define CALLBACK_TEST(fn) cmocka_unit_test_setup_teardown(fn, begin, sample_end)

static void enter_for(const char *app_id, const char *url)
{
    struct db *db = sample_db(DB_AUTHORIZE);
    const struct callback_job j = {.request_no = sample_bytes(16),
                                   .app_id = app_id,
                                   .url = url,
                                   .body = "{\"status\":\"granted\"}",
                                   .created_at = sample.now_sec};
    assert_int_equal(callback_insert(db, &j), ERR_OK);
    assert_int_equal(db_commit(db), ERR_OK);
}

static void enter(const char *url)
{
    enter_for("T", url);
}

static int by_id(const void *a, const void *b)
{
    const struct callback_job *x = a, *y = b;
    return x->id < y->id ? -1 : 1;
}

/* What the sending thread finds: some of each host that something is due for, here by number. */
static struct callback_job *due(size_t expected)
{
    struct db *db = sample_db(DB_AUTHORIZE);
    struct callback_job *all = pool_alloc(sample.pool, JOBS_MOST * sizeof *all), *list;
    const char **apps, **hosts;
    size_t apps_n, hosts_n, n, all_n = 0;
    assert_int_equal(callback_apps(db, sample.pool, &apps, &apps_n), ERR_OK);
    for (size_t i = 0; i < apps_n; i++) {
        assert_int_equal(callback_hosts(db, sample.pool, apps[i], sample.now_sec, &hosts, &hosts_n),
                         ERR_OK);
        for (size_t k = 0; k < hosts_n; k++) {
            assert_int_equal(
                callback_due(db, sample.pool, apps[i], hosts[k], sample.now_sec, &list, &n),
                ERR_OK);
            assert_in_range(n, 1, CALLBACK_DUE_MOST);
            assert_in_range(all_n + n, 1, JOBS_MOST);
            memcpy(all + all_n, list, n * sizeof *list);
            all_n += n;
        }
    }
    db_rollback(db);
    assert_int_equal(all_n, expected);
    qsort(all, all_n, sizeof *all, by_id);
    return all;
}

static bool claim(struct callback_job *j, int64_t until)
{
    struct db *db = sample_db(DB_AUTHORIZE);
    bool won;
    assert_int_equal(callback_claim(db, j, until, &won), ERR_OK);
    assert_int_equal(db_commit(db), ERR_OK);
    return won;
}

static void end(const struct callback_job *j, enum callback_state state, int64_t next_at,
                const char *error)
{
    struct db *db = sample_db(DB_AUTHORIZE);
    assert_int_equal(callback_end(db, j, state, next_at, error), ERR_OK);
    assert_int_equal(db_commit(db), ERR_OK);
}

static void due_at_once(void **state)
{
    (void)state;
    due(0);
    enter("https://a.example.com/told");
    struct callback_job *j = due(1);
    assert_string_equal(j->url, "https://a.example.com/told");
    assert_string_equal(j->body, "{\"status\":\"granted\"}");
    assert_int_equal(j->tries, 0);
    assert_int_equal(j->created_at, SAMPLE_NOON);
    assert_int_equal(j->next_at, SAMPLE_NOON);
    sample_set_clock(SAMPLE_NOON - 1);
    due(0);
}

static void taken_by_one(void **state)
{
    (void)state;
    enter("https://a.example.com/");
    struct callback_job *j = due(1), *same = due(1);
    assert_true(claim(j, SAMPLE_NOON + 9));
    assert_int_equal(j->tries, 1);
    assert_int_equal(j->next_at, SAMPLE_NOON + 9);
    assert_false(claim(same, SAMPLE_NOON + 9)); /* another process has it */
    assert_int_equal(same->tries, 0);
    due(0);
    /* it died with the job: it is due again, and the dead one's word does not count any more */
    sample_set_clock(SAMPLE_NOON + 9);
    same = due(1);
    assert_int_equal(same->tries, 1);
    assert_true(claim(same, SAMPLE_NOON + 20));
    end(j, CALLBACK_DELIVERED, 0, NULL);
    sample_set_clock(SAMPLE_NOON + 20);
    due(1);
}

static void tried_again(void **state)
{
    (void)state;
    enter("https://a.example.com/");
    struct callback_job *j = due(1);
    assert_true(claim(j, SAMPLE_NOON + 9));
    end(j, CALLBACK_WAITING, SAMPLE_NOON + 4, "HTTP 503");
    due(0);
    sample_set_clock(SAMPLE_NOON + 4);
    j = due(1);
    assert_int_equal(j->tries, 1);
    assert_true(claim(j, SAMPLE_NOON + 13));
    end(j, CALLBACK_DELIVERED, SAMPLE_NOON + 13, NULL);
    sample_set_clock(SAMPLE_NOON + SAMPLE_DAY);
    due(0);
    assert_false(claim(j, SAMPLE_NOON + 2 * SAMPLE_DAY)); /* what is delivered stays delivered */
}

/* A host with many jobs hides neither another host of the same app nor another app with one. */
static void each_host_is_found(void **state)
{
    (void)state;
    for (int i = 0; i < 40; i++)
        enter(pool_printf(sample.pool, "https://dead.example.com/%d", i));
    sample_set_clock(SAMPLE_NOON + 1);
    enter("https://a.example.com/");
    enter_for("U", "https://dead.example.com/");
    struct callback_job *j = due(CALLBACK_DUE_MOST + 2);
    assert_string_equal(j[0].url, "https://dead.example.com/0"); /* longest waiting first */
    assert_string_equal(j[CALLBACK_DUE_MOST].url, "https://a.example.com/");
    sample_set_clock(SAMPLE_NOON - 1);
    due(0);
}

/* What counts as one host: whatever is asked of it, however it is spelt; another port is another.
 */
static void hosts(void **state)
{
    (void)state;
    static const char *const same[] = {"https://a.example.com", "https://a.example.com/",
                                       "https://A.Example.COM/b/c?d=/e",
                                       "https://a.example.com?b=/c",
                                       "https://a.example.com/https://b.example.com/"},
                             *const others[] = {"https://a.example.com:8443/", "https://[::1]/a",
                                                "https://b.example.com/a.example.com"};
    const char **found;
    size_t n;
    for (size_t i = 0; i < sizeof same / sizeof same[0]; i++)
        enter(same[i]);
    struct db *db = sample_db(DB_AUTHORIZE);
    assert_int_equal(callback_hosts(db, sample.pool, "T", SAMPLE_NOON, &found, &n), ERR_OK);
    db_rollback(db);
    assert_int_equal(n, 1);
    assert_string_equal(found[0], "a.example.com");
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
        enter(others[i]);
    assert_int_equal(callback_hosts(db, sample.pool, "T", SAMPLE_NOON, &found, &n), ERR_OK);
    db_rollback(db);
    assert_int_equal(n, 4);
}

static enum err claim_one(int i, struct db *db, void *arg)
{
    struct callback_job j = *(const struct callback_job *)arg;
    bool won = false;
    enum err e = callback_claim(db, &j, SAMPLE_NOON + 10 + i, &won);
    if (e == ERR_OK)
        e = db_commit(db);
    db_rollback(db);
    return e == ERR_OK && !won ? ERR_ABSENT : e;
}

static void one_of_many(void **state)
{
    (void)state;
    for (int round = 0; round < 5; round++) {
        enum err results[SAMPLE_RACE_MOST];
        sample_sql("DELETE FROM callback_job");
        enter("https://a.example.com/");
        sample_race(RACERS, DB_AUTHORIZE, claim_one, due(1), results);
        assert_int_equal(sample_count(results, RACERS, ERR_OK), 1);
        assert_int_equal(sample_count(results, RACERS, ERR_ABSENT), RACERS - 1);
        assert_int_equal(sample_number("SELECT tries FROM callback_job"), 1);
    }
}

/* --- operators --- */

static void listed_and_retried(void **state)
{
    (void)state;
    struct work w = sample_work(DB_ADMIN);
    struct callback_job *list;
    size_t n;
    for (int i = 0; i < 3; i++)
        enter(pool_printf(sample.pool, "https://%d.example.com/", i));
    struct callback_job *j = due(3);
    for (int i = 0; i < 2; i++)
        assert_true(claim(&j[i], SAMPLE_NOON + 9));
    end(&j[0], CALLBACK_GIVEN_UP, SAMPLE_NOON + 9, "HTTP 404");
    end(&j[1], CALLBACK_DELIVERED, SAMPLE_NOON + 9, NULL);
    assert_int_equal(callback_list(&w, false, &list, &n), ERR_OK);
    assert_int_equal(n, 3);
    assert_true(list[0].id > list[1].id && list[1].id > list[2].id); /* newest first */
    assert_int_equal(callback_list(&w, true, &list, &n), ERR_OK);
    assert_int_equal(n, 1);
    assert_int_equal(list[0].id, j[0].id);
    assert_int_equal(list[0].state, CALLBACK_GIVEN_UP);
    assert_string_equal(list[0].last_error, "HTTP 404");
    int64_t before = sample_number("SELECT COUNT(*) FROM audit WHERE action = 'callback.retry'");
    w.now_sec = SAMPLE_NOON + 50;
    assert_int_equal(callback_retry(&w, j[0].id), ERR_OK);
    assert_int_equal(callback_retry(&w, j[1].id), ERR_ABSENT); /* delivered */
    assert_int_equal(callback_retry(&w, j[2].id + 1000), ERR_ABSENT);
    assert_int_equal(callback_retry(&w, -1), ERR_ABSENT);
    assert_int_equal(sample_number("SELECT COUNT(*) FROM audit WHERE action = 'callback.retry'"),
                     before + 1);
    sample_set_clock(SAMPLE_NOON + 50);
    due(2);
}

static void pruned(void **state)
{
    (void)state;
    struct db *db = sample_db(DB_ADMIN);
    enter("https://waits.example.com/");
    enter("https://done.example.com/");
    struct callback_job *j = due(2), *done = strstr(j[0].url, "done") != NULL ? &j[0] : &j[1];
    assert_true(claim(done, SAMPLE_NOON + 9));
    end(done, CALLBACK_DELIVERED, 0, NULL);
    assert_int_equal(callback_prune(db, SAMPLE_NOON), ERR_OK);
    assert_int_equal(sample_number("SELECT COUNT(*) FROM callback_job"), 2);
    assert_int_equal(callback_prune(db, SAMPLE_NOON + 1), ERR_OK);
    assert_string_equal(sample_value("SELECT url FROM callback_job"), "https://waits.example.com/");
}

/* --- addresses --- */

static void addresses(void **state)
{
    (void)state;
    static const struct {
        const char *url;
        bool allowed, on_loopback; /* with the setting for tests on one machine */
    } rows[] = {
        {"https://a.example.com", true, true},
        {"https://a.example.com:8443/told?x=1&y=%20", true, true},
        {"https://127.0.0.1:8443/told", false, true},
        {"https://localhost/told", false, true},
        {"https://[::1]/told", false, true},
        {"https://169.254.1.1/told", false, true},
        {"https://0.0.0.0/", false, true},
        {"http://a.example.com/", false, false},
        {"https://", false, false},
        {"https:///told", false, false},
        {"", false, false},
        {"https://a.example.com/#part", false, false},
        {"https://a.example.com/a b", false, false},
        {"https://a.example.com/\r\nX: y", false, false},
        {"https://a.example.com/\x7f", false, false},
        {"https://a.example.com/证", false, false},
        {"https://u:p@a.example.com/", false, false},
    };
    struct conf conf = sample.conf;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        conf.allow_loopback_routes = 0;
        if (callback_url_is_allowed(&conf, rows[i].url) != rows[i].allowed)
            fail_msg("%s", rows[i].url);
        conf.allow_loopback_routes = 1;
        if (callback_url_is_allowed(&conf, rows[i].url) != rows[i].on_loopback)
            fail_msg("%s, loopback allowed", rows[i].url);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        CALLBACK_TEST(due_at_once),        CALLBACK_TEST(taken_by_one), CALLBACK_TEST(tried_again),
        CALLBACK_TEST(each_host_is_found), CALLBACK_TEST(hosts),        CALLBACK_TEST(one_of_many),
        CALLBACK_TEST(listed_and_retried), CALLBACK_TEST(pruned),       CALLBACK_TEST(addresses),
    };
    return SAMPLE_RUN("callback", tests);
}
