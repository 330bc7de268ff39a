/* The record of administrative acts: whoever alters, removes, swaps or inserts a row is found out,
 * also if he has the whole table and knows how it is made, but not the key. */
#include "tests/act/act_sample.h"

#include "core/store/audit.h"

enum { ROWS = 8 };

static int64_t first; /* seq of the first of this test's rows */

static void append(const char *action, const char *detail)
{
    struct db *db = sample_db(DB_ADMIN);
    assert_int_equal(audit_append(db, sample.kr, sample.pool, sample.now_sec, action, detail),
                     ERR_OK);
    assert_int_equal(db_commit(db), ERR_OK);
}

/* Keeps the table as it is and enters eight rows of this test behind it. */
static int keep_and_append(void **state)
{
    if (sample_begin(state) != 0)
        return 1;
    sample_sql("CREATE OR REPLACE TABLE audit_kept LIKE audit;"
               "INSERT INTO audit_kept SELECT * FROM audit");
    first = sample_number("SELECT COALESCE(MAX(seq), 0) + 1 FROM audit");
    for (int i = 0; i < ROWS; i++) {
        sample_set_clock(SAMPLE_NOON + i);
        append("test.act", pool_printf(sample.pool, "{\"n\":%d}", i));
    }
    return 0;
}

static int put_back(void **state)
{
    sample_sql("DELETE FROM audit; INSERT INTO audit SELECT * FROM audit_kept;"
               "DROP TABLE audit_kept");
    return sample_end(state);
}

static int64_t first_bad(void)
{
    struct audit_check r = {-1, -1};
    assert_int_equal(audit_verify(sample_db(DB_ADMIN), sample.kr, &r), ERR_OK);
    return r.bad_seq;
}

static void whole_chain(void **state)
{
    (void)state;
    struct audit_check r = {-1, -1};
    assert_int_equal(audit_verify(sample_db(DB_ADMIN), sample.kr, &r), ERR_OK);
    assert_int_equal(r.bad_seq, 0);
    assert_int_equal(r.rows, first + ROWS - 1);
    assert_int_equal(sample_number("SELECT COUNT(*) FROM audit"), r.rows);
    assert_string_equal(
        sample_value("SELECT detail FROM audit WHERE seq = %lld", (long long)(first + 2)),
        "{\"n\":2}");
    assert_int_equal(sample_number("SELECT at FROM audit WHERE seq = %lld", (long long)(first + 2)),
                     SAMPLE_NOON + 2);
    assert_true(
        sample_number("SELECT LENGTH(actor) FROM audit WHERE seq = %lld", (long long)first) > 0);
}

/* More rows than are read at once. */
static void long_chain(void **state)
{
    (void)state;
    struct db *db = sample_db(DB_ADMIN);
    for (int i = 0; i < 2100; i++)
        assert_int_equal(audit_append(db, sample.kr, sample.pool, SAMPLE_NOON, "test.many", "{}"),
                         ERR_OK);
    assert_int_equal(db_commit(db), ERR_OK);
    assert_int_equal(first_bad(), 0);
    sample_sql("UPDATE audit SET detail = '{\"x\":1}' WHERE seq = %lld", (long long)(first + 2050));
    assert_int_equal(first_bad(), first + 2050);
}

static void altered(void **state)
{
    (void)state;
    static const char *const changes[] = {
        "detail = '{\"n\":9}'",
        "detail = CONCAT(detail, ' ')",
        "detail = ''",
        "action = 'test.other'",
        "actor = 'somebody'",
        "at = at + 1",
        "at = -at",
        "hash = X'0000000000000000000000000000000000000000000000000000000000000000'",
        "hash = CONCAT(LEFT(hash, 31), CHAR(ASCII(RIGHT(hash, 1)) ^ 1))",
        "hash = REVERSE(hash)",
        /* what was one member is now in the next: the lengths are part of what is signed */
        "actor = CONCAT(actor, action), action = ''",
        "action = CONCAT(action, LEFT(detail, 1)), detail = SUBSTR(detail, 2)",
    };
    for (size_t i = 0; i < sizeof changes / sizeof changes[0]; i++)
        for (int row = 0; row < ROWS; row += ROWS - 1) { /* the first and the last */
            const char *where =
                pool_printf(sample.pool, "WHERE seq = %lld", (long long)(first + row));
            sample_sql("CREATE OR REPLACE TABLE audit_row AS SELECT * FROM audit %s", where);
            sample_sql("UPDATE audit SET %s %s", changes[i], where);
            if (first_bad() != first + row)
                fail_msg("not found: %s", changes[i]);
            sample_sql("DELETE FROM audit %s; INSERT INTO audit SELECT * FROM audit_row;"
                       "DROP TABLE audit_row",
                       where);
            assert_int_equal(first_bad(), 0);
        }
}

static void removed(void **state)
{
    (void)state;
    sample_sql("DELETE FROM audit WHERE seq = %lld", (long long)(first + 3));
    assert_int_equal(first_bad(), first + 4);
}

/* The hole closed, so that the numbers are without gaps. */
static void removed_and_closed_up(void **state)
{
    (void)state;
    sample_sql("DELETE FROM audit WHERE seq = %lld;"
               "UPDATE audit SET seq = seq - 1 WHERE seq > %lld ORDER BY seq",
               (long long)(first + 3), (long long)(first + 3));
    assert_int_equal(first_bad(), first + 3);
}

static void beginning_removed(void **state)
{
    (void)state;
    sample_sql("DELETE FROM audit WHERE seq < %lld", (long long)(first + 2));
    assert_int_equal(first_bad(), first + 2);
    sample_sql("UPDATE audit SET seq = seq - %lld ORDER BY seq", (long long)(first + 1));
    assert_int_equal(first_bad(), 1);
}

static void swapped(void **state)
{
    (void)state;
    for (int apart = 1; apart < 4; apart++) {
        sample_sql("UPDATE audit SET seq = -1 WHERE seq = %lld;"
                   "UPDATE audit SET seq = %lld WHERE seq = %lld;"
                   "UPDATE audit SET seq = %lld WHERE seq = -1",
                   (long long)(first + 1), (long long)(first + 1), (long long)(first + 1 + apart),
                   (long long)(first + 1 + apart));
        assert_int_equal(first_bad(), first + 1);
        sample_sql("DELETE FROM audit WHERE seq >= %lld", (long long)first);
        for (int i = 0; i < ROWS; i++)
            append("test.act", pool_printf(sample.pool, "{\"n\":%d}", i));
        assert_int_equal(first_bad(), 0);
    }
}

static void inserted(void **state)
{
    (void)state;
    /* in the middle, the rest moved up; with the hash of the row before it */
    sample_sql("UPDATE audit SET seq = seq + 1 WHERE seq > %lld ORDER BY seq DESC;"
               "INSERT INTO audit SELECT seq + 1, at, actor, action, detail, hash FROM audit"
               " WHERE seq = %lld",
               (long long)(first + 3), (long long)(first + 3));
    assert_int_equal(first_bad(), first + 4);
}

static void inserted_at_the_ends(void **state)
{
    (void)state;
    sample_sql("INSERT INTO audit SELECT seq + 1, at, actor, action, detail, hash FROM audit"
               " ORDER BY seq DESC LIMIT 1");
    assert_int_equal(first_bad(), first + ROWS);
    sample_sql(
        "DELETE FROM audit WHERE seq = %lld;"
        "INSERT INTO audit SELECT 0, at, actor, action, detail, hash FROM audit WHERE seq = 1",
        (long long)(first + ROWS));
    assert_int_equal(first_bad(), 1); /* one stands before it */
    sample_sql("DELETE FROM audit WHERE seq = 0");
    assert_int_equal(first_bad(), 0);
    sample_sql("INSERT INTO audit SELECT seq + 100, at, actor, action, detail, hash FROM audit"
               " ORDER BY seq DESC LIMIT 1");
    assert_int_equal(first_bad(), first + ROWS - 1 + 100);
}

/* A chain made anew from some row on, by somebody with another ring of keys. */
static void made_with_other_keys(void **state)
{
    (void)state;
    struct keyring *other;
    struct db *db = sample_db(DB_ADMIN);
    char *dir = pool_printf(sample.pool, "%s/other-keys-%s", sample.conf.run_dir, sample_nonce());
    assert_int_equal(keyring_create(dir), ERR_OK);
    assert_int_equal(keyring_open(dir, &other), ERR_OK);
    sample_sql("DELETE FROM audit WHERE seq >= %lld", (long long)(first + 5));
    for (int i = 5; i < ROWS; i++)
        assert_int_equal(audit_append(db, other, sample.pool, SAMPLE_NOON + i, "test.act",
                                      pool_printf(sample.pool, "{\"n\":%d}", i)),
                         ERR_OK);
    assert_int_equal(db_commit(db), ERR_OK);
    assert_int_equal(first_bad(), first + 5);
    struct audit_check r;
    assert_int_equal(audit_verify(db, other, &r), ERR_OK);
    assert_int_equal(r.bad_seq, 1);
    keyring_free(&other);
}

static void rolled_back(void **state)
{
    (void)state;
    struct db *db = sample_db(DB_ADMIN);
    assert_int_equal(audit_append(db, sample.kr, sample.pool, SAMPLE_NOON, "test.undone", "{}"),
                     ERR_OK);
    db_rollback(db);
    append("test.done", "{}");
    assert_int_equal(first_bad(), 0);
    assert_int_equal(sample_number("SELECT COUNT(*) FROM audit WHERE action = 'test.undone'"), 0);
    assert_int_equal(sample_number("SELECT seq FROM audit WHERE action = 'test.done'"),
                     first + ROWS);
}

/* --- operators at once --- */

static enum err append_fn(struct db *db, void *arg)
{
    struct pool *p = pool_new(false);
    enum err e = audit_append(db, sample.kr, p, SAMPLE_NOON, "test.race", arg);
    pool_destroy(&p);
    return e;
}

static enum err append_five(int i, struct db *db, void *arg)
{
    char detail[32];
    enum err e = ERR_OK;
    (void)arg;
    (void)snprintf(detail, sizeof detail, "{\"operator\":%d}", i);
    for (int k = 0; e == ERR_OK && k < 5; k++)
        do
            e = db_transact(db, append_fn, detail);
        while (e == ERR_BUSY);
    return e;
}

static void operators_take_turns(void **state)
{
    (void)state;
    enum { OPERATORS = 6 };
    enum err results[SAMPLE_RACE_MOST];
    sample_race(OPERATORS, DB_ADMIN, append_five, NULL, results);
    assert_int_equal(sample_count(results, OPERATORS, ERR_OK), OPERATORS);
    assert_int_equal(first_bad(), 0);
    assert_int_equal(sample_number("SELECT COUNT(*) FROM audit WHERE action = 'test.race'"), 30);
    assert_int_equal(sample_number("SELECT MAX(seq) FROM audit"), first + ROWS - 1 + 30);
}

#define KEPT(fn) cmocka_unit_test_setup_teardown(fn, keep_and_append, put_back)

int main(void)
{
    const struct CMUnitTest tests[] = {
        KEPT(whole_chain),
        KEPT(long_chain),
        KEPT(altered),
        KEPT(removed),
        KEPT(removed_and_closed_up),
        KEPT(beginning_removed),
        KEPT(swapped),
        KEPT(inserted),
        KEPT(inserted_at_the_ends),
        KEPT(made_with_other_keys),
        KEPT(rolled_back),
        KEPT(operators_take_turns),
    };
    return SAMPLE_RUN("audit", tests);
}
