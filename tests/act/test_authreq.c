/* Requests of third parties: found by the code shown and by number, decided once, sealed. */
#include "tests/act/act_sample.h"

#include "core/store/authreq.h"

enum { RACERS = 8, TTL = 300 };

static struct authreq sample_request(const struct sample_app *app)
{
    struct authreq r = {.app_id = app->app.app_id,
                        .purpose = "办理示例事项",
                        .xxlb = "[\"1.2.156.3002.9999.01.01\"]",
                        .czqx = 5,
                        .created_at = sample.now_sec,
                        .expires_at = sample.now_sec + TTL};
    memcpy(r.request_no, sample_bytes(16), 16);
    memcpy(r.code_hash, sample_bytes(32), 32);
    return r;
}

static void enter(const struct authreq *r)
{
    struct db *db = sample_db(DB_AUTHORIZE);
    assert_int_equal(authreq_insert(db, r), ERR_OK);
    assert_int_equal(db_commit(db), ERR_OK);
}

static struct authreq entered(void)
{
    struct authreq r = sample_request(sample_app_new(APP_THIRD_PARTY, NULL));
    enter(&r);
    return r;
}

static enum err by_no(const uint8_t no[16], struct authreq *f)
{
    struct db *db = sample_db(DB_AUTHORIZE);
    enum err e = authreq_by_no(db, sample.kr, sample.pool, no, f);
    db_rollback(db);
    return e;
}

static enum err by_code(const uint8_t hash[32], struct authreq *f)
{
    struct db *db = sample_db(DB_AUTHORIZE);
    enum err e = authreq_by_code(db, sample.kr, sample.pool, hash, f);
    db_rollback(db);
    return e;
}

static bool decide(const uint8_t no[16], enum authreq_state state, const char *answer)
{
    struct db *db = sample_db(DB_AUTHORIZE);
    bool won = false;
    assert_int_equal(
        authreq_decide(db, sample.kr, sample.pool, no, state, answer, sample.now_sec, &won),
        ERR_OK);
    assert_int_equal(db_commit(db), ERR_OK);
    return won;
}

static void same(const struct authreq *f, const struct authreq *r)
{
    assert_memory_equal(f->request_no, r->request_no, 16);
    assert_string_equal(f->app_id, r->app_id);
    assert_string_equal(f->purpose, r->purpose);
    assert_string_equal(f->xxlb, r->xxlb);
    assert_int_equal(f->czqx, r->czqx);
    assert_int_equal(f->expires_at, r->expires_at);
    assert_int_equal(f->state, AUTHREQ_OPEN);
    assert_null(f->grant_answer);
}

static void found(void **state)
{
    (void)state;
    const struct sample_app *app = sample_app_new(APP_THIRD_PARTY, NULL);
    struct authreq r = sample_request(app), f;
    uint8_t *spki;
    size_t len;
    r.item_code = "SX-001";
    r.region = "510000";
    r.callback = "https://127.0.0.1:1/told";
    enter(&r);
    sm2_key_spki(app->key, sample.pool, &spki, &len);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(i == 0 ? by_no(r.request_no, &f) : by_code(r.code_hash, &f), ERR_OK);
        same(&f, &r);
        assert_string_equal(f.item_code, "SX-001");
        assert_string_equal(f.region, "510000");
        assert_string_equal(f.callback, "https://127.0.0.1:1/told");
        assert_string_equal(f.app_name, app->app.name);
        assert_string_equal(f.app_uscc, app->app.uscc);
        assert_int_equal(f.app_key_len, len);
        assert_memory_equal(f.app_key, spki, len);
        assert_true(f.app_active);
    }
    struct authreq plain = entered();
    assert_int_equal(by_no(plain.request_no, &f), ERR_OK);
    assert_null(f.item_code);
    assert_null(f.region);
    assert_null(f.callback);
}

static void not_found(void **state)
{
    (void)state;
    struct authreq r = entered(), f;
    r.request_no[15] ^= 1;
    r.code_hash[0] ^= 1;
    assert_int_equal(by_no(r.request_no, &f), ERR_ABSENT);
    assert_int_equal(by_code(r.code_hash, &f), ERR_ABSENT);
    assert_false(decide(r.request_no, AUTHREQ_GRANTED, "{}"));
}

static void number_and_code_are_unique(void **state)
{
    (void)state;
    struct authreq r = entered(), same_no = sample_request(sample_app_new(APP_THIRD_PARTY, NULL)),
                   same_code = same_no;
    struct db *db = sample_db(DB_AUTHORIZE);
    memcpy(same_no.request_no, r.request_no, 16);
    memcpy(same_code.code_hash, r.code_hash, 32);
    assert_int_equal(authreq_insert(db, &same_no), ERR_DUPLICATE);
    assert_int_equal(authreq_insert(db, &same_code), ERR_DUPLICATE);
}

static void of_a_suspended_app(void **state)
{
    (void)state;
    struct authreq r = entered(), f;
    sample_sql("UPDATE app SET status = 2 WHERE app_id = '%s'", r.app_id);
    assert_int_equal(by_no(r.request_no, &f), ERR_OK);
    assert_false(f.app_active);
}

static void decided_once(void **state)
{
    (void)state;
    struct authreq granted = entered(), refused = entered(), f;
    assert_true(decide(granted.request_no, AUTHREQ_GRANTED, "{\"ticket\":\"张示例\"}"));
    assert_false(decide(granted.request_no, AUTHREQ_GRANTED, "{\"ticket\":\"other\"}"));
    assert_false(decide(granted.request_no, AUTHREQ_REFUSED, NULL));
    assert_int_equal(by_no(granted.request_no, &f), ERR_OK);
    assert_int_equal(f.state, AUTHREQ_GRANTED);
    assert_string_equal(f.grant_answer, "{\"ticket\":\"张示例\"}");
    assert_true(decide(refused.request_no, AUTHREQ_REFUSED, NULL));
    assert_false(decide(refused.request_no, AUTHREQ_GRANTED, "{}"));
    assert_int_equal(by_no(refused.request_no, &f), ERR_OK);
    assert_int_equal(f.state, AUTHREQ_REFUSED);
    assert_null(f.grant_answer);
    assert_int_equal(sample_number("SELECT decided_at FROM auth_request WHERE request_no = %s",
                                   sample_hex(granted.request_no, 16)),
                     SAMPLE_NOON);
}

static void decided_in_time(void **state)
{
    (void)state;
    struct authreq at_the_end = entered(), too_late = entered(), f;
    sample_set_clock(SAMPLE_NOON + TTL);
    assert_true(decide(at_the_end.request_no, AUTHREQ_GRANTED, "{}"));
    sample_set_clock(SAMPLE_NOON + TTL + 1);
    assert_false(decide(too_late.request_no, AUTHREQ_GRANTED, "{}"));
    assert_false(decide(too_late.request_no, AUTHREQ_REFUSED, NULL));
    assert_int_equal(by_no(too_late.request_no, &f), ERR_OK);
    assert_int_equal(f.state, AUTHREQ_OPEN);
}

static void not_decided_after_roll_back(void **state)
{
    (void)state;
    struct authreq r = entered(), f;
    struct db *db = sample_db(DB_AUTHORIZE);
    bool won = false;
    assert_int_equal(authreq_decide(db, sample.kr, sample.pool, r.request_no, AUTHREQ_GRANTED, "{}",
                                    sample.now_sec, &won),
                     ERR_OK);
    assert_true(won);
    db_rollback(db);
    assert_int_equal(by_no(r.request_no, &f), ERR_OK);
    same(&f, &r);
}

static void sealed_answer(void **state)
{
    (void)state;
    static const char *const swaps[] = {
        "UPDATE auth_request a, auth_request b SET a.grant_answer = b.grant_answer",
        "UPDATE auth_request a, auth_request b SET a.grant_answer = ''",
        "UPDATE auth_request a, auth_request b SET a.grant_answer = '{\"ticket\":1}'",
        "UPDATE auth_request a, auth_request b SET a.grant_answer = REVERSE(a.grant_answer)",
    };
    for (size_t i = 0; i < sizeof swaps / sizeof swaps[0]; i++) {
        struct authreq a = entered(), b = entered(), f;
        assert_true(decide(a.request_no, AUTHREQ_GRANTED, "{\"ticket\":\"secret\"}"));
        assert_true(decide(b.request_no, AUTHREQ_GRANTED, "{\"ticket\":\"secret\"}"));
        const char *hex_a = sample_hex(a.request_no, 16), *hex_b = sample_hex(b.request_no, 16);
        assert_int_equal(sample_number("SELECT INSTR(grant_answer, 'secret') FROM auth_request"
                                       " WHERE request_no = %s",
                                       hex_a),
                         0);
        sample_sql("%s WHERE a.request_no = %s AND b.request_no = %s", swaps[i], hex_a, hex_b);
        assert_int_equal(by_no(a.request_no, &f), ERR_STORAGE);
        assert_int_equal(by_code(a.code_hash, &f), ERR_STORAGE);
        assert_int_equal(by_no(b.request_no, &f), ERR_OK);
    }
}

/* --- two phones at once --- */

static const char *const answers[RACERS] = {"{\"n\":0}", NULL, "{\"n\":2}", NULL,
                                            "{\"n\":4}", NULL, "{\"n\":6}", NULL};
struct racer {
    const struct authreq *r;
    int i;
    bool won;
};

static enum err decide_fn(struct db *db, void *arg)
{
    struct racer *me = arg;
    struct pool *p = pool_new(false);
    const char *answer = answers[me->i];
    enum err e = authreq_decide(db, sample.kr, p, me->r->request_no,
                                answer != NULL ? AUTHREQ_GRANTED : AUTHREQ_REFUSED, answer,
                                SAMPLE_NOON, &me->won);
    pool_destroy(&p);
    return e;
}

static enum err decide_one(int i, struct db *db, void *arg)
{
    struct racer me = {.r = arg, .i = i};
    enum err e = db_transact(db, decide_fn, &me);
    return e == ERR_OK && !me.won ? ERR_AUTHZ_DECIDED : e;
}

static void one_of_many_decides(void **state)
{
    (void)state;
    for (int round = 0; round < 5; round++) {
        struct authreq r = entered(), f;
        enum err results[SAMPLE_RACE_MOST];
        sample_race(RACERS, DB_AUTHORIZE, decide_one, &r, results);
        assert_int_equal(sample_count(results, RACERS, ERR_OK), 1);
        assert_int_equal(sample_count(results, RACERS, ERR_AUTHZ_DECIDED), RACERS - 1);
        assert_int_equal(by_no(r.request_no, &f), ERR_OK);
        for (int i = 0; i < RACERS; i++)
            if (results[i] == ERR_OK && answers[i] != NULL)
                assert_string_equal(f.grant_answer, answers[i]);
            else if (results[i] == ERR_OK)
                assert_null(f.grant_answer);
    }
}

static void pruned(void **state)
{
    (void)state;
    struct authreq old = entered(), f;
    struct db *db = sample_db(DB_ADMIN);
    sample_set_clock(SAMPLE_NOON + 1);
    struct authreq young = entered();
    assert_int_equal(authreq_prune(db, SAMPLE_NOON + TTL), ERR_OK);
    assert_int_equal(by_no(old.request_no, &f), ERR_OK); /* ends at that second, not before it */
    assert_int_equal(authreq_prune(db, SAMPLE_NOON + TTL + 1), ERR_OK);
    assert_int_equal(by_no(old.request_no, &f), ERR_ABSENT);
    assert_int_equal(by_no(young.request_no, &f), ERR_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SAMPLE_TEST(found),
        SAMPLE_TEST(not_found),
        SAMPLE_TEST(number_and_code_are_unique),
        SAMPLE_TEST(of_a_suspended_app),
        SAMPLE_TEST(decided_once),
        SAMPLE_TEST(decided_in_time),
        SAMPLE_TEST(not_decided_after_roll_back),
        SAMPLE_TEST(sealed_answer),
        SAMPLE_TEST(one_of_many_decides),
        SAMPLE_TEST(pruned),
    };
    return SAMPLE_RUN("authreq", tests);
}
