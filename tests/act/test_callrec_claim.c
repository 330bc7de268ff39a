/* The mark of a single use stands or falls with the record of the call, and neither is made twice
 * when many come at once. */
#include "tests/act/callrec_sample.h"

#include "core/store/authz.h"

static struct authz new_authz(bool single_use)
{
    struct authz a = {.day = clock_day(SAMPLE_NOON + 3600),
                      .type = CODE_ZWM1,
                      .channel = "01",
                      .app_id = "T",
                      .subject = "{}",
                      .record = "{}",
                      .issued_at = SAMPLE_NOON,
                      .deadline = SAMPLE_NOON + 3600,
                      .single_use = single_use,
                      .state = AUTHZ_ACTIVE};
    struct db *db = sample_db(DB_ISSUE);
    memcpy(a.digest, sample_bytes(32), 32);
    memcpy(a.sqbh, sample_bytes(16), 16);
    memcpy(a.code_hash, sample_bytes(32), 32);
    memcpy(a.subject_index, sample_bytes(32), 32);
    assert_int_equal(authz_insert(db, sample.kr, sample.pool, &a), ERR_OK);
    assert_int_equal(db_commit(db), ERR_OK);
    return a;
}

static int64_t uses_of(const struct authz *a)
{
    return sample_number("SELECT uses FROM authz WHERE digest = %s", sample_hex(a->digest, 32));
}

static void claimed_once(void **state)
{
    (void)state;
    struct authz a = new_authz(true), other = new_authz(true);
    const struct callrec_claim claim = {a.day, a.digest, SAMPLE_NOON + 5};
    struct callrec r = record_of(sample_nonce(), sample_nonce(), SAMPLE_NOON);
    assert_int_equal(commit(&r, &claim), ERR_OK);
    assert_int_equal(uses_of(&a), 1);
    assert_int_equal(
        sample_number("SELECT used_at FROM authz WHERE digest = %s", sample_hex(a.digest, 32)),
        SAMPLE_NOON + 5);
    /* the second: nothing is marked and nothing recorded, so its nonce is still good */
    struct callrec second = record_of(sample_nonce(), sample_nonce(), SAMPLE_NOON);
    assert_int_equal(commit(&second, &claim), ERR_ABSENT);
    assert_int_equal(uses_of(&a), 1);
    assert_int_equal(rows_of(second.nonce), 0);
    assert_int_equal(commit(&second, NULL), ERR_OK);
    assert_int_equal(uses_of(&other), 0);
}

static void not_to_be_claimed(void **state)
{
    (void)state;
    for (int ended = AUTHZ_REPLACED; ended <= AUTHZ_REVOKED; ended++) {
        struct authz a = new_authz(ended == AUTHZ_REPLACED);
        const struct callrec_claim claim = {a.day, a.digest, SAMPLE_NOON};
        struct callrec r = record_of(sample_nonce(), sample_nonce(), SAMPLE_NOON);
        sample_sql("UPDATE authz SET state = %d WHERE digest = %s", ended,
                   sample_hex(a.digest, 32));
        assert_int_equal(commit(&r, &claim), ERR_ABSENT);
        assert_int_equal(uses_of(&a), 0);
        assert_int_equal(rows_of(r.nonce), 0);
    }
    struct authz a = new_authz(true);
    const struct callrec_claim wrong_day = {a.day + 1, a.digest, SAMPLE_NOON},
                               unknown = {a.day, a.sqbh, SAMPLE_NOON};
    struct callrec r = record_of(sample_nonce(), sample_nonce(), SAMPLE_NOON);
    assert_int_equal(commit(&r, &wrong_day), ERR_ABSENT);
    assert_int_equal(commit(&r, &unknown), ERR_ABSENT);
    assert_int_equal(uses_of(&a), 0);
}

static void claimed_many_times(void **state)
{
    (void)state;
    struct authz a = new_authz(false);
    for (int i = 1; i <= 3; i++) {
        const struct callrec_claim claim = {a.day, a.digest, SAMPLE_NOON + i};
        struct callrec r = record_of(sample_nonce(), sample_nonce(), SAMPLE_NOON);
        assert_int_equal(commit(&r, &claim), ERR_OK);
        assert_int_equal(uses_of(&a), i);
    }
    assert_int_equal(
        sample_number("SELECT used_at FROM authz WHERE digest = %s", sample_hex(a.digest, 32)),
        SAMPLE_NOON + 1); /* the first */
}

/* A call sent again must not use up a second code, near midnight neither. */
static void used_nonce_claims_nothing(void **state)
{
    (void)state;
    static const int64_t moments[] = {SAMPLE_NOON, MIDNIGHT - 5};
    for (size_t i = 0; i < 2; i++) {
        struct authz a = new_authz(true);
        const struct callrec_claim claim = {a.day, a.digest, moments[i]};
        struct callrec r = record_of(sample_nonce(), sample_nonce(), moments[i]);
        assert_int_equal(insert(&r), ERR_OK);
        assert_int_equal(commit(&r, &claim), ERR_NONCE_USED);
        assert_int_equal(uses_of(&a), 0);
        if (i == 1) {
            r.timestamp_sec = MIDNIGHT + 5;
            assert_int_equal(commit(&r, &claim), ERR_NONCE_USED);
            assert_int_equal(uses_of(&a), 0);
        }
    }
}

/* --- many at once --- */

struct racing {
    const struct authz *authz; /* NULL: no claim */
    const char *app_ids[RACERS], *nonces[RACERS];
    int64_t at_sec[RACERS];
    uint8_t request_id[16];
};

struct racer {
    const struct racing *all;
    int i;
};

static enum err race_fn(struct db *db, void *arg)
{
    const struct racer *me = arg;
    const struct racing *all = me->all;
    struct pool *p = pool_new(false);
    struct callrec_found f;
    struct callrec r = {.call = CALL_VERIFY,
                        .app_id = all->app_ids[me->i],
                        .nonce = all->nonces[me->i],
                        .timestamp_sec = all->at_sec[me->i],
                        .at_ms = all->at_sec[me->i] * 1000,
                        .request_id = all->request_id};
    struct callrec_claim claim = {.at_sec = all->at_sec[me->i]};
    if (all->authz != NULL) {
        claim.day = all->authz->day;
        claim.digest = all->authz->digest;
    }
    enum err e = callrec_by_nonce(db, sample.kr, p, "nobody", "none", 0, &f);
    if (e == ERR_ABSENT)
        e = callrec_commit(db, sample.kr, p, &r, WINDOW, all->authz != NULL ? &claim : NULL);
    pool_destroy(&p);
    return e;
}

static enum err race_one(int i, struct db *db, void *arg)
{
    struct racer me = {arg, i};
    return db_transact(db, race_fn, &me);
}

static void one_of_many_claims(void **state)
{
    (void)state;
    for (int round = 0; round < 5; round++) {
        struct authz a = new_authz(true);
        struct racing all = {.authz = &a};
        enum err results[SAMPLE_RACE_MOST];
        int64_t rows = 0;
        for (int i = 0; i < RACERS; i++) {
            all.app_ids[i] = sample_nonce();
            all.nonces[i] = sample_nonce();
            all.at_sec[i] = SAMPLE_NOON;
        }
        sample_race(RACERS, DB_VERIFY, race_one, &all, results);
        assert_int_equal(sample_count(results, RACERS, ERR_OK), 1);
        assert_int_equal(sample_count(results, RACERS, ERR_ABSENT), RACERS - 1);
        assert_int_equal(uses_of(&a), 1);
        for (int i = 0; i < RACERS; i++) {
            int64_t n = rows_of(all.nonces[i]);
            assert_int_equal(n, results[i] == ERR_OK);
            rows += n;
        }
        assert_int_equal(rows, 1);
    }
}

/* One call, sent eight times at once: by one clock at noon, and by two on either side of midnight.
 */
static void one_of_many_nonces(void **state)
{
    (void)state;
    for (int round = 0; round < 6; round++) {
        struct authz a = new_authz(false);
        struct racing all = {.authz = &a};
        enum err results[SAMPLE_RACE_MOST];
        const char *app = sample_nonce(), *nonce = sample_nonce();
        for (int i = 0; i < RACERS; i++) {
            all.app_ids[i] = app;
            all.nonces[i] = nonce;
            all.at_sec[i] = round % 2 == 0 ? SAMPLE_NOON : MIDNIGHT + (i % 2 == 0 ? -i - 1 : i);
        }
        sample_race(RACERS, DB_VERIFY, race_one, &all, results);
        assert_int_equal(sample_count(results, RACERS, ERR_OK), 1);
        assert_int_equal(sample_count(results, RACERS, ERR_NONCE_USED) +
                             sample_count(results, RACERS, ERR_BUSY),
                         RACERS - 1);
        assert_int_equal(uses_of(&a), 1);
        assert_int_equal(rows_of(nonce), round % 2 == 0 ? 1 : 2);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SAMPLE_TEST(claimed_once),       SAMPLE_TEST(not_to_be_claimed),
        SAMPLE_TEST(claimed_many_times), SAMPLE_TEST(used_nonce_claims_nothing),
        SAMPLE_TEST(one_of_many_claims), SAMPLE_TEST(one_of_many_nonces),
    };
    return SAMPLE_RUN("callrec_claim", tests);
}
