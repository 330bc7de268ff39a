/* Records of calls: a nonce serves once, midnight included; what is read back; tickets and uses. */
#include "tests/act/callrec_sample.h"

/* --- a nonce serves once --- */

static void nonce_once(void **state)
{
    (void)state;
    const char *app = sample_nonce(), *nonce = sample_nonce();
    struct callrec r = record_of(app, nonce, SAMPLE_NOON);
    assert_int_equal(insert(&r), ERR_OK);
    assert_int_equal(insert(&r), ERR_NONCE_USED);
    assert_int_equal(commit(&r, NULL), ERR_NONCE_USED);
    r.call = CALL_ISSUE; /* of whatever interface */
    assert_int_equal(insert(&r), ERR_NONCE_USED);
    r = record_of(app, nonce, SAMPLE_NOON + 599);
    assert_int_equal(insert(&r), ERR_NONCE_USED);
    assert_int_equal(rows_of(nonce), 1);
    /* another app's nonce is another nonce; so is one that differs in case only */
    r = record_of(sample_nonce(), nonce, SAMPLE_NOON);
    assert_int_equal(insert(&r), ERR_OK);
    r = record_of(app, "nonceA", SAMPLE_NOON);
    assert_int_equal(insert(&r), ERR_OK);
    r = record_of(app, "noncea", SAMPLE_NOON);
    assert_int_equal(insert(&r), ERR_OK);
}

static void nonce_free_after_roll_back(void **state)
{
    (void)state;
    const char *nonce = sample_nonce();
    struct callrec r = record_of(sample_nonce(), nonce, SAMPLE_NOON);
    struct db *db = sample_db(DB_VERIFY);
    assert_int_equal(callrec_insert(db, sample.kr, sample.pool, &r, WINDOW), ERR_OK);
    db_rollback(db);
    assert_int_equal(rows_of(nonce), 0);
    assert_int_equal(commit(&r, NULL), ERR_OK);
    assert_int_equal(rows_of(nonce), 1);
}

/* Two calls that one clock could accept are at most 600 s apart. Wherever midnight lies between
 * them, and whichever comes first, the second is refused. */
static void nonce_across_midnight(void **state)
{
    (void)state;
    static const int before[] = {1, 2, 150, 299, 300, 301, 599, 600}, /* seconds to midnight */
        after[] = {0, 1, 150, 299, 300, 301, 598, 599};
    for (size_t i = 0; i < sizeof before / sizeof before[0]; i++)
        for (size_t k = 0; k < sizeof after / sizeof after[0]; k++)
            for (int late_first = 0; late_first < 2; late_first++) {
                if (before[i] + after[k] > 600)
                    continue;
                const char *app = sample_nonce(), *nonce = sample_nonce();
                struct callrec early = record_of(app, nonce, MIDNIGHT - before[i]),
                               late = record_of(app, nonce, MIDNIGHT + after[k]);
                const struct callrec *first = late_first ? &late : &early,
                                     *second = late_first ? &early : &late;
                assert_int_equal(k % 2 == 0 ? insert(first) : commit(first, NULL), ERR_OK);
                if (insert(second) != ERR_NONCE_USED || commit(second, NULL) != ERR_NONCE_USED)
                    fail_msg("%d s before and %d s after midnight", before[i], after[k]);
            }
}

/* The row that keeps the other day says nothing. */
static void row_of_the_other_day(void **state)
{
    (void)state;
    const char *app = sample_nonce(), *nonce = sample_nonce();
    struct callrec r = record_of(app, nonce, MIDNIGHT - 10);
    struct callrec_found f;
    r.error = ERR_CODE_EXPIRED;
    r.answer = "{\"said\":1}";
    r.detail = "{\"purpose\":\"x\"}";
    r.sqbh = sample_bytes(16);
    r.digest = r.ticket_hash = r.body_sm3 = sample_bytes(32);
    r.signature = sample_bytes(64);
    r.query = "?a=1";
    assert_int_equal(insert(&r), ERR_OK);
    assert_int_equal(rows_of(nonce), 2);
    assert_int_equal(sample_number("SELECT COUNT(*) FROM call_record WHERE nonce = '%s' AND"
                                   " interface = 0 AND day = %d AND sqbh IS NULL AND detail IS NULL"
                                   " AND answer IS NULL AND ticket_hash IS NULL AND authz_digest IS"
                                   " NULL AND signature IS NULL AND query IS NULL",
                                   nonce, MIDNIGHT / SAMPLE_DAY),
                     1);
    /* asked after midnight, the call itself is found */
    assert_int_equal(by_nonce(app, nonce, MIDNIGHT + 100, &f), ERR_OK);
    assert_int_equal(f.call, CALL_VERIFY);
    assert_int_equal(f.error, ERR_CODE_EXPIRED);
    assert_string_equal(f.answer, "{\"said\":1}");
    assert_int_equal(f.day, MIDNIGHT / SAMPLE_DAY - 1);
    /* far from midnight there is no such row */
    r = record_of(app, sample_nonce(), MIDNIGHT - 3 * WINDOW - 1);
    assert_int_equal(insert(&r), ERR_OK);
    assert_int_equal(rows_of(r.nonce), 1);
}

/* --- read back --- */

static void found_by_nonce(void **state)
{
    (void)state;
    const char *app = sample_nonce(), *nonce = sample_nonce();
    struct callrec r = record_of(app, nonce, SAMPLE_NOON);
    struct callrec_found f;
    r.at_ms = SAMPLE_NOON * (int64_t)1000 + 7;
    r.peer = "251000002";
    r.peer_nonce = "theirs";
    r.answer = "{\"item\":\"张示例\"}";
    assert_int_equal(insert(&r), ERR_OK);
    assert_int_equal(by_nonce(app, nonce, SAMPLE_NOON, &f), ERR_OK);
    assert_int_equal(f.call, CALL_VERIFY);
    assert_int_equal(f.at_ms, r.at_ms);
    assert_int_equal(f.error, ERR_OK);
    assert_string_equal(f.answer, r.answer);
    assert_string_equal(f.peer, "251000002");
    assert_string_equal(f.peer_nonce, "theirs");
    assert_int_equal(by_nonce(app, nonce, SAMPLE_NOON + SAMPLE_DAY, &f), ERR_OK);
    assert_int_equal(by_nonce(app, nonce, SAMPLE_NOON - SAMPLE_DAY, &f), ERR_OK);
    assert_int_equal(by_nonce(app, nonce, SAMPLE_NOON + 2 * SAMPLE_DAY, &f), ERR_ABSENT);
    assert_int_equal(by_nonce(app, sample_nonce(), SAMPLE_NOON, &f), ERR_ABSENT);
    assert_int_equal(by_nonce(sample_nonce(), nonce, SAMPLE_NOON, &f), ERR_ABSENT);
    assert_int_equal(by_nonce(app, "", SAMPLE_NOON, &f), ERR_ABSENT);
}

static void every_error_comes_back(void **state)
{
    (void)state;
    const char *app = sample_nonce();
    for (int e = ERR_OK; e < ERR_WIRE_MAX; e++) {
        const char *nonce = sample_nonce();
        struct callrec r = record_of(app, nonce, SAMPLE_NOON);
        struct callrec_found f;
        r.error = (enum err)e;
        assert_int_equal(insert(&r), ERR_OK);
        assert_int_equal(by_nonce(app, nonce, SAMPLE_NOON, &f), ERR_OK);
        assert_int_equal(f.error, e);
        assert_null(f.answer);
        assert_null(f.peer);
    }
}

static void sealed_in_its_place(void **state)
{
    (void)state;
    static const char *const swaps[] = {
        "UPDATE call_record a, call_record b SET a.answer = b.answer", /* another call's */
        "UPDATE call_record a, call_record b SET a.answer = a.detail", /* another column */
        "UPDATE call_record a, call_record b SET a.answer = ''",
        "UPDATE call_record a, call_record b SET a.answer = LEFT(a.answer, LENGTH(a.answer) - 16)",
        "UPDATE call_record a, call_record b SET a.answer = '{\"item\":1}'",
        "UPDATE call_record a, call_record b SET a.nonce = CONCAT(a.nonce, 'x')", /* moved */
    };
    for (size_t i = 0; i < sizeof swaps / sizeof swaps[0]; i++) {
        const char *app = sample_nonce(), *nonces[] = {sample_nonce(), sample_nonce()};
        struct callrec_found f;
        for (int k = 0; k < 2; k++) {
            struct callrec r = record_of(app, nonces[k], SAMPLE_NOON);
            r.answer = "{\"secret\":\"答复\"}";
            r.detail = "{\"purpose\":\"秘密\"}";
            assert_int_equal(insert(&r), ERR_OK);
        }
        assert_int_equal(sample_number("SELECT COUNT(*) FROM call_record WHERE nonce = '%s' AND"
                                       " (INSTR(answer, 'secret') OR INSTR(detail, 'purpose'))",
                                       nonces[0]),
                         0);
        sample_sql("%s WHERE a.nonce = '%s' AND b.nonce = '%s'", swaps[i], nonces[0], nonces[1]);
        const char *now =
            strstr(swaps[i], "CONCAT") ? pool_printf(sample.pool, "%sx", nonces[0]) : nonces[0];
        assert_int_equal(by_nonce(app, now, SAMPLE_NOON, &f), ERR_STORAGE);
        assert_int_equal(by_nonce(app, nonces[1], SAMPLE_NOON, &f), ERR_OK);
    }
}

/* --- passed on, tickets, uses --- */

static void ended_later(void **state)
{
    (void)state;
    const char *app = sample_nonce(), *nonce = sample_nonce();
    struct callrec r = record_of(app, nonce, SAMPLE_NOON);
    struct callrec_found f;
    struct db *db = sample_db(DB_VERIFY);
    r.error = ERR_UNCERTAIN;
    r.peer = "251000002";
    assert_int_equal(insert(&r), ERR_OK);
    r.error = ERR_OK;
    r.answer = "{\"done\":true}";
    r.sqbh = sample_bytes(16);
    assert_int_equal(callrec_end(db, sample.kr, sample.pool, clock_day(SAMPLE_NOON), &r), ERR_OK);
    assert_int_equal(db_commit(db), ERR_OK);
    assert_int_equal(by_nonce(app, nonce, SAMPLE_NOON, &f), ERR_OK);
    assert_int_equal(f.error, ERR_OK);
    assert_string_equal(f.answer, "{\"done\":true}");
    assert_string_equal(f.peer, "251000002");
    assert_int_equal(
        sample_number("SELECT COUNT(*) FROM call_record WHERE sqbh = %s", sample_hex(r.sqbh, 16)),
        1);
}

static enum err by_ticket(const uint8_t hash[32], int64_t now_sec, struct callrec_ticket *t)
{
    struct db *db = sample_db(DB_PICKUP);
    enum err e = callrec_by_ticket(db, sample.kr, sample.pool, hash, now_sec, 600, t);
    db_rollback(db);
    return e;
}

static void found_by_ticket(void **state)
{
    (void)state;
    const char *app = sample_nonce();
    struct callrec r = record_of(app, sample_nonce(), SAMPLE_NOON);
    struct callrec_ticket t;
    r.ticket_hash = sample_bytes(32);
    r.ticket_expires = SAMPLE_NOON + 600;
    r.detail = "{\"purpose\":\"办理\"}";
    r.digest = sample_bytes(32);
    r.authz_day = 22222;
    r.sqbh = sample_bytes(16);
    assert_int_equal(insert(&r), ERR_OK);
    assert_int_equal(by_ticket(r.ticket_hash, SAMPLE_NOON + 10, &t), ERR_OK);
    assert_int_equal(t.day, clock_day(SAMPLE_NOON));
    assert_string_equal(t.app_id, app);
    assert_int_equal(t.expires, SAMPLE_NOON + 600);
    assert_int_equal(t.authz_day, 22222);
    assert_memory_equal(t.digest, r.digest, 32);
    assert_memory_equal(t.sqbh, r.sqbh, 16);
    assert_string_equal(t.detail, r.detail);
    assert_null(t.peer);
    /* found too when it has expired, so that this can be said */
    assert_int_equal(by_ticket(r.ticket_hash, SAMPLE_NOON + 601, &t), ERR_OK);
    assert_int_equal(by_ticket(r.ticket_hash, SAMPLE_NOON + 5 * SAMPLE_DAY, &t), ERR_ABSENT);
    assert_int_equal(by_ticket(r.digest, SAMPLE_NOON, &t), ERR_ABSENT);
    sample_sql("UPDATE call_record SET detail = REVERSE(detail) WHERE nonce = '%s'", r.nonce);
    assert_int_equal(by_ticket(r.ticket_hash, SAMPLE_NOON, &t), ERR_STORAGE);
}

static void uses(void **state)
{
    (void)state;
    const struct sample_app *app = sample_app_new(APP_THIRD_PARTY, NULL);
    static const enum call_id calls[] = {CALL_VERIFY,      CALL_PICKUP, CALL_AUTH_DECIDE,
                                         CALL_AUTH_REVOKE, CALL_ISSUE,  CALL_OUTCOME};
    const uint8_t *sqbh = sample_bytes(16), *digest = sample_bytes(32);
    struct db *db = sample_db(DB_AUTHORIZE);
    struct callrec_use *list;
    size_t n;
    for (size_t i = 0; i < sizeof calls / sizeof calls[0]; i++) {
        struct callrec r =
            record_of(i == 2 ? "gone" : app->app.app_id, sample_nonce(), SAMPLE_NOON + (int)i);
        r.call = calls[i];
        r.error = i == 1 ? ERR_CODE_USED : ERR_OK;
        r.detail = i == 0 ? "{\"purpose\":\"甲\"}" : NULL;
        r.sqbh = sqbh;
        r.digest = digest;
        assert_int_equal(insert(&r), ERR_OK);
    }
    struct callrec r = record_of(app->app.app_id, sample_nonce(), SAMPLE_NOON);
    r.sqbh = sqbh; /* a number that was only claimed: no authorization was found */
    assert_int_equal(insert(&r), ERR_OK);
    assert_int_equal(callrec_uses(db, sample.kr, sample.pool, sqbh, 0, &list, &n), ERR_OK);
    assert_int_equal(n, 4); /* not the issue, not the outcome, not the claim */
    for (size_t i = 0; i < n; i++) {
        assert_int_equal(list[i].call, calls[3 - i]); /* newest first */
        assert_int_equal(list[i].at_ms, (SAMPLE_NOON + 3 - (int)i) * (int64_t)1000);
    }
    assert_null(list[1].app_name);
    assert_string_equal(list[2].app_name, app->app.name);
    assert_int_equal(list[2].error, ERR_CODE_USED);
    assert_string_equal(list[3].detail, "{\"purpose\":\"甲\"}");
    assert_int_equal(
        callrec_uses(db, sample.kr, sample.pool, sqbh, clock_day(SAMPLE_NOON) + 1, &list, &n),
        ERR_OK);
    assert_int_equal(n, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SAMPLE_TEST(nonce_once),
        SAMPLE_TEST(nonce_free_after_roll_back),
        SAMPLE_TEST(nonce_across_midnight),
        SAMPLE_TEST(row_of_the_other_day),
        SAMPLE_TEST(found_by_nonce),
        SAMPLE_TEST(every_error_comes_back),
        SAMPLE_TEST(sealed_in_its_place),
        SAMPLE_TEST(ended_later),
        SAMPLE_TEST(found_by_ticket),
        SAMPLE_TEST(uses),
    };
    return SAMPLE_RUN("callrec", tests);
}
