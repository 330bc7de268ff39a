/* The cache of registered apps: a change is in force within a second, nobody is let in on old
 * knowledge while the database is away, and strangers do not take the places of prepared keys.
 *
 * How long something takes on a busy machine proves nothing, so the clock is only read: a look-up
 * that begins a second after a change must give the new, one before it may give either. */
#include "tests/act/act_sample.h"

#include <stdatomic.h>
#include <unistd.h>
#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/lsan_interface.h>
#endif

#include "core/act/register/register.h"

enum { SECOND_US = 1000000, PATIENCE_US = 20 * SECOND_US, USES = 60, MANY = APP_PREPARED + 4 };

/* A cache whose database can be taken away: its socket is a link. */
static struct conf conf;
static struct app_cache *cache;
static struct db *db; /* the asking thread's connection, over the same link */
static _Atomic int changes_told;
static _Atomic bool refuse_change;

static enum err on_change(void *arg, struct db *its_db)
{
    (void)arg;
    (void)its_db;
    changes_told++;
    return refuse_change ? ERR_STORAGE : ERR_OK;
}

static int open_all(void **state)
{
    if (sample_open(state) != 0)
        return 1;
    conf = sample.conf;
    static char link[4096];
    (void)snprintf(link, sizeof link, "%s/away.sock", sample.conf.run_dir);
    conf.db_socket = link;
    (void)unlink(link);
    return symlink(sample.conf.db_socket, link) != 0 || db_open(&conf, DB_VERIFY, &db) != ERR_OK ||
           app_cache_start(&conf, DB_VERIFY, on_change, NULL, &cache) != ERR_OK;
}

static int close_all(void **state)
{
    db_close(&db);
    return sample_close(state); /* the cache lives as long as the process */
}

/* Makes the change and gives the moment from which on it has to be in force in a second. */
static int64_t set_status(const struct sample_app *a, enum app_status status)
{
    struct work ad = sample_work(DB_ADMIN);
    struct refusal r;
    assert_int_equal(act_app_set_status(&ad, a->app.app_id, status, &r), ERR_OK);
    return clock_mono_us();
}

/* What is in force of an app; its status 0 where there is no such app. */
struct seen {
    enum err e;
    enum app_status status;
    bool prepared;
    int64_t began_us;
};

static struct seen look_with(struct app_cache *at, struct db *by, const char *app_id)
{
    const struct app *a = NULL;
    struct seen s = {.began_us = clock_mono_us()};
    s.e = app_get(at, by, app_id, &a);
    if (s.e == ERR_OK) {
        s.status = a->status;
        s.prepared = a->prepared;
    }
    app_put(a);
    return s;
}

static struct seen look(const char *app_id)
{
    return look_with(cache, db, app_id);
}

static void in_force_within_a_second(struct app_cache *at, const struct sample_app *a,
                                     enum app_status status, int64_t since_us)
{
    for (;;) {
        struct seen s = look_with(at, db, a->app.app_id);
        if (s.status == status)
            return;
        assert_true(s.e == ERR_OK || (s.e == ERR_ABSENT && status == APP_ACTIVE));
        assert_true(s.began_us - since_us < SECOND_US);
        (void)usleep(2000);
    }
}

static void until(bool (*done)(const void *arg), const void *arg)
{
    int64_t began_us = clock_mono_us();
    while (!done(arg)) {
        assert_true(clock_mono_us() - began_us < PATIENCE_US);
        (void)usleep(5000);
    }
}

static void known_as_registered(void **state)
{
    (void)state;
    const struct sample_app *a = sample_app_new(APP_CHANNEL, "06");
    const struct app *got;
    uint8_t sig[SM2_SIG_LEN];
    in_force_within_a_second(cache, a, APP_ACTIVE, clock_mono_us());
    assert_int_equal(app_get(cache, db, a->app.app_id, &got), ERR_OK);
    assert_string_equal(got->app_id, a->app.app_id);
    assert_int_equal(got->kind, APP_CHANNEL);
    assert_string_equal(got->name, a->app.name);
    assert_string_equal(got->uscc, a->app.uscc);
    assert_string_equal(got->channel, "06");
    assert_null(got->allow_list);
    assert_int_equal(got->rate_per_sec, 0);
    assert_int_equal(sm2_sign(a->key, "x", 1, sig), ERR_OK);
    assert_true(sm2_verify(got->key, "x", 1, sig));
    assert_false(sm2_verify(got->key, "y", 1, sig));
    app_put(got);
}

static void not_registered(void **state)
{
    (void)state;
    static const char *const ids[] = {"", "nobody", "' OR '1'='1",
                                      "a-name-that-is-much-longer-than-any-app-may-have-it"};
    for (size_t i = 0; i < sizeof ids / sizeof ids[0]; i++)
        assert_int_equal(look(ids[i]).e, ERR_ABSENT);
    const struct sample_app *a = sample_app_new(APP_CHANNEL, NULL);
    in_force_within_a_second(cache, a, APP_ACTIVE, clock_mono_us());
    char other[33];
    (void)snprintf(other, sizeof other, "%s", a->app.app_id);
    other[0] = 't'; /* case counts */
    assert_int_equal(look(other).e, ERR_ABSENT);
}

static void changes_in_force(void **state)
{
    (void)state;
    const struct sample_app *a = sample_app_new(APP_THIRD_PARTY, NULL);
    in_force_within_a_second(cache, a, APP_ACTIVE, clock_mono_us());
    for (int i = 0; i < 3; i++) {
        in_force_within_a_second(cache, a, APP_SUSPENDED, set_status(a, APP_SUSPENDED));
        in_force_within_a_second(cache, a, APP_ACTIVE, set_status(a, APP_ACTIVE));
    }
}

static void new_key_in_force(void **state)
{
    (void)state;
    const struct sample_app *a = sample_app_new(APP_THIRD_PARTY, NULL);
    struct sm2_key *key = sm2_key_generate();
    uint8_t old_sig[SM2_SIG_LEN], new_sig[SM2_SIG_LEN];
    bool old_holds = true, new_holds = false;
    in_force_within_a_second(cache, a, APP_ACTIVE, clock_mono_us());
    assert_int_equal(sm2_sign(a->key, "x", 1, old_sig), ERR_OK);
    assert_int_equal(sm2_sign(key, "x", 1, new_sig), ERR_OK);
    sample_rekey(a, key, 0);
    int64_t since_us = clock_mono_us();
    while (!new_holds) {
        const struct app *got;
        int64_t began_us = clock_mono_us();
        assert_int_equal(app_get(cache, db, a->app.app_id, &got), ERR_OK);
        old_holds = sm2_verify(got->key, "x", 1, old_sig);
        new_holds = sm2_verify(got->key, "x", 1, new_sig);
        assert_int_equal(old_holds, !new_holds); /* one of them, never both */
        app_put(got);
        assert_true(new_holds || began_us - since_us < SECOND_US);
        (void)usleep(2000);
    }
    sm2_key_free(&key);
}

/* Without the thread (it finds no database), who asks looks by himself. */
static void asked_by_the_caller(void **state)
{
    (void)state;
    static struct conf nowhere; /* the cache keeps it */
    struct app_cache *lonely;
    nowhere = conf;
    nowhere.db_socket = "/nonexistent/mariadb.sock";
    const struct sample_app *a = sample_app_new(APP_THIRD_PARTY, NULL);
    assert_int_equal(app_cache_start(&nowhere, DB_VERIFY, on_change, NULL, &lonely), ERR_OK);
    assert_int_equal(look_with(lonely, db, a->app.app_id).status, APP_ACTIVE); /* at once */
    in_force_within_a_second(lonely, a, APP_SUSPENDED, set_status(a, APP_SUSPENDED));
}

/* A request that has an app keeps it as it was, whatever becomes of it meanwhile. */
static void kept_while_used(void **state)
{
    (void)state;
    const struct sample_app *a = sample_app_new(APP_THIRD_PARTY, NULL);
    const struct app *before, *after;
    in_force_within_a_second(cache, a, APP_ACTIVE, clock_mono_us());
    assert_int_equal(app_get(cache, db, a->app.app_id, &before), ERR_OK);
    in_force_within_a_second(cache, a, APP_SUSPENDED, set_status(a, APP_SUSPENDED));
    assert_int_equal(app_get(cache, db, a->app.app_id, &after), ERR_OK);
    assert_ptr_not_equal(before, after);
    assert_int_equal(before->status, APP_ACTIVE);
    assert_string_equal(before->name, after->name);
    app_put(before);
    app_put(after);
    app_put(NULL);
}

/* A key that is none must not become everybody's. */
static void stored_key_is_none(void **state)
{
    (void)state;
    const struct sample_app *a = sample_app_new(APP_THIRD_PARTY, NULL);
    const struct app *got;
    in_force_within_a_second(cache, a, APP_ACTIVE, clock_mono_us());
    sample_sql("UPDATE change_counter SET seq = seq + 1 WHERE id = 1;"
               "UPDATE app SET public_key = X'3059', status = 2, seq = (SELECT seq FROM"
               " change_counter WHERE id = 1) WHERE app_id = '%s'",
               a->app.app_id);
    in_force_within_a_second(cache, a, APP_SUSPENDED, clock_mono_us());
    assert_int_equal(app_get(cache, db, a->app.app_id, &got), ERR_OK);
    assert_null(got->key);
    app_put(got);
}

/* --- the database away --- */

static void take_away(void)
{
    assert_int_equal(unlink(conf.db_socket), 0);
    sample_sql("KILL USER zwm_verify"); /* and nobody can connect any more */
}

static void bring_back(void)
{
    assert_int_equal(symlink(sample.conf.db_socket, conf.db_socket), 0);
}

static bool answers(const void *app_id)
{
    return look(app_id).e == ERR_OK;
}

static void nobody_on_old_knowledge(void **state)
{
    (void)state;
    const struct sample_app *a = sample_app_new(APP_THIRD_PARTY, NULL);
    in_force_within_a_second(cache, a, APP_ACTIVE, clock_mono_us());
    for (int round = 0; round < 2; round++) {
        enum app_status meanwhile = round == 0 ? APP_SUSPENDED : APP_ACTIVE;
        take_away();
        int64_t away_us = clock_mono_us();
        for (;;) {
            struct seen s = look(a->app.app_id);
            if (s.e == ERR_STORAGE)
                break;
            assert_int_equal(s.e, ERR_OK);
            assert_true(s.began_us - away_us < SECOND_US);
            (void)usleep(2000);
        }
        assert_int_equal(look("nobody").e, ERR_STORAGE); /* not "no such app" */
        (void)set_status(a, meanwhile);
        bring_back();
        until(answers, a->app.app_id);
        assert_int_equal(look(a->app.app_id).status, meanwhile); /* with the first answer */
    }
}

static bool is_refused(const void *app_id)
{
    return look(app_id).e == ERR_STORAGE;
}

/* What hangs on the same counter (the trust list) could not be read: then nothing is fresh. */
static void others_first(void **state)
{
    (void)state;
    const struct sample_app *a = sample_app_new(APP_THIRD_PARTY, NULL);
    in_force_within_a_second(cache, a, APP_ACTIVE, clock_mono_us());
    int told = changes_told;
    refuse_change = true;
    (void)set_status(a, APP_SUSPENDED);
    until(is_refused, a->app.app_id);
    assert_true(changes_told > told);
    refuse_change = false;
    until(answers, a->app.app_id);
    assert_int_equal(look(a->app.app_id).status, APP_SUSPENDED);
}

/* --- prepared keys --- */

static void use(const struct sample_app *a, int times)
{
    for (int i = 0; i < times; i++) {
        const struct app *got;
        assert_int_equal(app_get(cache, db, a->app.app_id, &got), ERR_OK);
        app_count_use(got);
        app_put(got);
    }
}

static bool is_prepared(const void *app_id)
{
    return look(app_id).prepared;
}

static int count_prepared(const struct sample_app *const *apps)
{
    int n = 0;
    for (int i = 0; i < MANY; i++)
        n += look(apps[i]->app.app_id).prepared;
    return n;
}

static void prepared_by_use(void **state)
{
    (void)state;
    const struct sample_app *busy = sample_app_new(APP_THIRD_PARTY, NULL),
                            *stranger = sample_app_new(APP_THIRD_PARTY, NULL);
    const struct app *got;
    uint8_t sig[SM2_SIG_LEN];
    int64_t since_us = clock_mono_us();
    in_force_within_a_second(cache, busy, APP_ACTIVE, since_us);
    in_force_within_a_second(cache, stranger, APP_ACTIVE, since_us);
    /* calls in the stranger's name that do not bear its signature are looked up, and not counted */
    for (int i = 0; i < 10 * USES; i++)
        assert_int_equal(look(stranger->app.app_id).e, ERR_OK);
    use(busy, USES);
    until(is_prepared, busy->app.app_id);
    assert_false(look(stranger->app.app_id).prepared);
    assert_int_equal(app_get(cache, db, busy->app.app_id, &got), ERR_OK);
    assert_int_equal(sm2_sign(busy->key, "x", 1, sig), ERR_OK);
    assert_true(sm2_verify(got->key, "x", 1, sig));
    assert_false(sm2_verify(got->key, "y", 1, sig));
    sig[63] ^= 1;
    assert_false(sm2_verify(got->key, "x", 1, sig));
    assert_string_equal(got->name, busy->app.name);
    assert_string_equal(got->uscc, busy->app.uscc);
    app_put(got);
    /* a change makes a new entry, whose key is prepared again: the uses are still known */
    in_force_within_a_second(cache, busy, APP_SUSPENDED, set_status(busy, APP_SUSPENDED));
    until(is_prepared, busy->app.app_id);
    assert_int_equal(look(busy->app.app_id).status, APP_SUSPENDED);
    /* and a key that is gone is not the one prepared */
    struct sm2_key *key = sm2_key_generate();
    sample_rekey(busy, key, 0);
    sm2_key_free(&key);
    in_force_within_a_second(cache, busy, APP_ACTIVE, set_status(busy, APP_ACTIVE));
    until(is_prepared, busy->app.app_id);
    assert_int_equal(app_get(cache, db, busy->app.app_id, &got), ERR_OK);
    sig[63] ^= 1;
    assert_false(sm2_verify(got->key, "x", 1, sig));
    app_put(got);
}

/* Their memory is bounded. The app of the test before has its place still. */
static void places_are_bounded(void **state)
{
    (void)state;
    const struct sample_app *apps[MANY], *signal = sample_app_new(APP_THIRD_PARTY, NULL);
    for (int i = 0; i < MANY; i++)
        apps[i] = sample_app_new(APP_THIRD_PARTY, NULL);
    int64_t since_us = clock_mono_us();
    for (int i = 0; i < MANY; i++) {
        in_force_within_a_second(cache, apps[i], APP_ACTIVE, since_us);
        use(apps[i], USES);
    }
    int64_t began_us = clock_mono_us();
    int n = 0;
    while (n < APP_PREPARED - 1) {
        n = count_prepared(apps);
        assert_true(n < APP_PREPARED && clock_mono_us() - began_us < PATIENCE_US);
        (void)usleep(5000);
    }
    /* after two more changes the thread has had its chance to prepare another */
    in_force_within_a_second(cache, signal, APP_SUSPENDED, set_status(signal, APP_SUSPENDED));
    in_force_within_a_second(cache, signal, APP_ACTIVE, set_status(signal, APP_ACTIVE));
    assert_int_equal(count_prepared(apps), APP_PREPARED - 1);
}

/* --- many at once --- */

enum { READERS = 5, LOOKS = 400 };

static enum err read_or_change(int i, struct db *its_db, void *arg)
{
    const struct sample_app *a = arg;
    struct pool *p = pool_new(false);
    struct work ad = {.conf = &sample.conf, .kr = sample.kr, .pool = p, .now_sec = SAMPLE_NOON};
    struct refusal r;
    enum err e = i == 0 ? db_open(&sample.conf, DB_ADMIN, &ad.db) : ERR_OK;
    for (int k = 0; e == ERR_OK && k < (i == 0 ? LOOKS / 10 : LOOKS); k++) {
        const struct app *got = NULL;
        if (i == 0) {
            e = act_app_set_status(&ad, a->app.app_id, k % 2 == 0 ? APP_SUSPENDED : APP_ACTIVE, &r);
            continue;
        }
        e = app_get(cache, its_db, a->app.app_id, &got);
        if (e == ERR_OK && (strcmp(got->app_id, a->app.app_id) != 0 || got->key == NULL))
            e = ERR_BAD;
        if (e == ERR_OK)
            app_count_use(got);
        (void)usleep(500);
        app_put(got);
    }
    db_close(&ad.db);
    pool_destroy(&p);
    return e;
}

static void read_while_it_changes(void **state)
{
    (void)state;
    const struct sample_app *a = sample_app_new(APP_THIRD_PARTY, NULL);
    enum err results[SAMPLE_RACE_MOST];
    in_force_within_a_second(cache, a, APP_ACTIVE, clock_mono_us());
    sample_race(READERS, DB_VERIFY, read_or_change, (void *)(uintptr_t)a, results);
    assert_int_equal(sample_count(results, READERS, ERR_OK), READERS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SAMPLE_TEST(known_as_registered), SAMPLE_TEST(not_registered),
        SAMPLE_TEST(changes_in_force),    SAMPLE_TEST(new_key_in_force),
        SAMPLE_TEST(asked_by_the_caller), SAMPLE_TEST(kept_while_used),
        SAMPLE_TEST(stored_key_is_none),  SAMPLE_TEST(nobody_on_old_knowledge),
        SAMPLE_TEST(others_first),        SAMPLE_TEST(prepared_by_use),
        SAMPLE_TEST(places_are_bounded),  SAMPLE_TEST(read_while_it_changes),
    };
    int failed = cmocka_run_group_tests_name("app_cache", tests, open_all, close_all);
    /* The cache's thread goes on using libraries that exit() would take down under it: the program
     * ends as a responder does. */
    (void)fflush(NULL);
#ifdef __SANITIZE_ADDRESS__
    failed += __lsan_do_recoverable_leak_check();
#endif
    _exit(failed != 0);
}
