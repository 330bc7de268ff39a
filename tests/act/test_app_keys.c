/* Keys of an app in the cache of a process: two for the time of an overlap, prepared or not; and
 * that a removed app is found by nobody. */
#include "tests/act/act_sample.h"

#include <unistd.h>
#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/lsan_interface.h>
#endif

#include "core/act/register/register.h"

enum { SECOND_US = 1000000 };

static struct app_cache *cache;
static struct db *db;

static enum err on_change(void *arg, struct db *its_db)
{
    (void)arg;
    (void)its_db;
    return ERR_OK;
}

static int open_all(void **state)
{
    return sample_open(state) != 0 || db_open(&sample.conf, DB_VERIFY, &db) != ERR_OK ||
           app_cache_start(&sample.conf, DB_VERIFY, on_change, NULL, &cache) != ERR_OK;
}

static int close_all(void **state)
{
    db_close(&db);
    return sample_close(state); /* the cache lives as long as the process */
}

/* The time within which a change has to be in force: whoever asks later must find it. */
static void wait_until_in_force(void)
{
    (void)usleep(SECOND_US);
}

/* For the time of the overlap both keys are the app's, to the second; then the new one alone. A
 * third key ends the overlap of the first. */
static void keys_overlap(void **state)
{
    (void)state;
    const struct sample_app *a = sample_app_new(APP_THIRD_PARTY, NULL);
    struct sm2_key *keys[3] = {a->key, sm2_key_generate(), sm2_key_generate()};
    uint8_t sig[3][SM2_SIG_LEN];
    const int64_t now = sample.now_sec;
    for (int k = 0; k < 3; k++)
        assert_int_equal(sm2_sign(keys[k], "x", 1, sig[k]), ERR_OK);
    for (int step = 0; step < 3; step++) {
        const struct app *got;
        if (step > 0)
            sample_rekey(a, keys[step], 3600);
        wait_until_in_force();
        assert_int_equal(app_get(cache, db, a->app.app_id, &got), ERR_OK);
        for (int k = 0; k < 3; k++) {
            assert_int_equal(app_signature_holds(got, now, "x", 1, sig[k]),
                             k == step || k == step - 1);
            assert_int_equal(app_signature_holds(got, now + 3600, "x", 1, sig[k]),
                             k == step || k == step - 1);
            assert_int_equal(app_signature_holds(got, now + 3601, "x", 1, sig[k]), k == step);
            assert_false(app_signature_holds(got, now, "y", 1, sig[k]));
        }
        app_put(got);
    }
    sm2_key_free(&keys[1]);
    sm2_key_free(&keys[2]);
}

/* A busy app's entry is made anew with a prepared key: the key before stays beside it. */
static void overlap_of_a_busy_app(void **state)
{
    (void)state;
    const struct sample_app *a = sample_app_new(APP_THIRD_PARTY, NULL);
    struct sm2_key *key = sm2_key_generate();
    const struct app *got = NULL;
    uint8_t sig[SM2_SIG_LEN];
    bool prepared = false;
    assert_int_equal(sm2_sign(a->key, "x", 1, sig), ERR_OK);
    sample_rekey(a, key, 60);
    wait_until_in_force();
    for (int64_t began = clock_mono_us(); !prepared && clock_mono_us() - began < 10 * SECOND_US;) {
        assert_int_equal(app_get(cache, db, a->app.app_id, &got), ERR_OK);
        prepared = got->prepared;
        assert_true(app_signature_holds(got, sample.now_sec, "x", 1, sig));
        app_count_use(got);
        app_put(got);
        (void)usleep(2000);
    }
    assert_true(prepared);
    sm2_key_free(&key);
}

/* Nobody finds a removed app, and nothing brings it back. */
static void removed(void **state)
{
    (void)state;
    const struct sample_app *a = sample_app_new(APP_THIRD_PARTY, NULL);
    struct work ad = sample_work(DB_ADMIN);
    struct refusal r;
    const struct app *got;
    wait_until_in_force();
    assert_int_equal(app_get(cache, db, a->app.app_id, &got), ERR_OK);
    app_put(got);
    assert_int_equal(act_app_set_status(&ad, a->app.app_id, APP_REMOVED, &r), ERR_OK);
    wait_until_in_force();
    assert_int_equal(app_get(cache, db, a->app.app_id, &got), ERR_ABSENT);
    assert_int_equal(act_app_set_status(&ad, a->app.app_id, APP_ACTIVE, &r), ERR_ABSENT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SAMPLE_TEST(keys_overlap),
        SAMPLE_TEST(overlap_of_a_busy_app),
        SAMPLE_TEST(removed),
    };
    int failed = cmocka_run_group_tests_name("app_keys", tests, open_all, close_all);
    (void)fflush(NULL); /* as in test_app_cache.c */
#ifdef __SANITIZE_ADDRESS__
    failed += __lsan_do_recoverable_leak_check();
#endif
    _exit(failed != 0);
}
