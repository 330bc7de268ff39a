/* Partitions by day: made ahead, dropped when their time is over; and that a run which comes late
 * by weeks or by a year copies nothing while others write. */
#include "tests/act/act_sample.h"

#include <pthread.h>
#include <stdatomic.h>

#include "core/base/rand.h"
#include "core/store/retain.h"
#include "core/store/schema.h"

enum { TABLES_N = 5, MANY = 200000 };
static const char *const tables[TABLES_N] = {"authz", "call_record", "pickup", "evidence",
                                             "file_handle"};
static const int64_t today = SAMPLE_NOON / SAMPLE_DAY;

static struct conf conf;
static struct db *db;

static int new_database(void **state)
{
    static char name[32];
    char *text = NULL;
    size_t len = 0;
    if (sample_begin(state) != 0)
        return 1;
    (void)snprintf(name, sizeof name, "zwm_test_%.8s", sample_nonce());
    conf = sample.conf;
    conf.db_name = name;
    conf.retain_authz_days = 30;
    conf.retain_call_days = 20;
    FILE *out = open_memstream(&text, &len);
    enum err e = schema_set_up(&conf, "sql", out);
    (void)fclose(out);
    free(text);
    return e == ERR_OK && db_open(&conf, DB_ADMIN, &db) == ERR_OK ? 0 : 1;
}

static int drop_database(void **state)
{
    db_close(&db);
    sample_sql("DROP DATABASE IF EXISTS %s", conf.db_name);
    return sample_end(state);
}

static int64_t partitions(const char *table)
{
    return sample_number("SELECT COUNT(*) FROM information_schema.PARTITIONS WHERE TABLE_SCHEMA ="
                         " '%s' AND TABLE_NAME = '%s' AND PARTITION_NAME <> 'pmax'",
                         conf.db_name, table);
}

static int64_t has_partition(const char *table, int64_t day)
{
    return sample_number("SELECT COUNT(*) FROM information_schema.PARTITIONS WHERE TABLE_SCHEMA ="
                         " '%s' AND TABLE_NAME = '%s' AND PARTITION_NAME = 'p%lld'",
                         conf.db_name, table, (long long)day);
}

static struct retained retain_as(int64_t day, bool copy, enum err want)
{
    struct retained r;
    char *text = NULL;
    size_t len = 0;
    FILE *out = open_memstream(&text, &len);
    assert_int_equal(retain_run(db, &conf, SAMPLE_NOON + day * SAMPLE_DAY, copy, &r, out), want);
    (void)fclose(out);
    free(text);
    return r;
}

static struct retained retain(int64_t day)
{
    return retain_as(day, false, ERR_OK);
}

static void put(int64_t day, int64_t n)
{
    sample_sql(
        "INSERT INTO %s.pickup (day, ticket_hash, class, attempt, app_id, at_ms, state, as_file)"
        " SELECT %lld, UNHEX(SHA2(CONCAT(seq, '/', %lld), 256)), 'c', 1, 'T', 0, 1, 0 FROM"
        " seq_1_to_%lld",
        conf.db_name, (long long)(today + day), (long long)day, (long long)n);
}

static int64_t rows(void)
{
    return sample_number("SELECT COUNT(*) FROM %s.pickup", conf.db_name);
}

static void made_ahead(void **state)
{
    (void)state;
    /* yesterday to fourteen days ahead, then twelve times thirty days, in five tables */
    const int each = 2 + RETAIN_DAYS_AHEAD + RETAIN_WIDE_AHEAD;
    struct retained r = retain(0);
    assert_int_equal(r.partitions_made, TABLES_N * each);
    assert_int_equal(r.partitions_dropped, 0);
    for (size_t i = 0; i < TABLES_N; i++) {
        assert_int_equal(partitions(tables[i]), each);
        assert_int_equal(has_partition(tables[i], today - 1), 1);
        assert_int_equal(has_partition(tables[i], today + 14), 1);
        assert_int_equal(has_partition(tables[i], today + 15), 0);
        assert_int_equal(has_partition(tables[i], today + 14 + 30), 1);
        assert_int_equal(has_partition(tables[i], today + 14 + 360), 1);
    }
    r = retain(0); /* the same day: nothing to do */
    assert_int_equal(r.partitions_made, 0);
    assert_int_equal(r.partitions_dropped, 0);
    /* Every day for three months there are at least fourteen days ahead, and about a year in all.
     */
    for (int64_t day = 1; day <= 90; day++) {
        (void)retain(day);
        for (int64_t ahead = 0; ahead <= 14; ahead++)
            assert_int_equal(has_partition("call_record", today + day + ahead), 1);
    }
    int64_t last = sample_number("SELECT MAX(CAST(SUBSTR(PARTITION_NAME, 2) AS INT)) FROM"
                                 " information_schema.PARTITIONS WHERE TABLE_SCHEMA = '%s' AND"
                                 " TABLE_NAME = 'authz' AND PARTITION_NAME <> 'pmax'",
                                 conf.db_name);
    assert_true(last > today + 90 + 344 && last <= today + 90 + 374);
}

static void kept_to_the_last_day(void **state)
{
    (void)state;
    (void)retain(0);
    put(0, 1);
    put(1, 1);
    for (int64_t day = 1; day <= 20; day++)
        (void)retain(day);
    assert_int_equal(rows(), 2);
    struct retained r = retain(21); /* the 21st day after */
    assert_int_equal(rows(), 1);
    assert_true(r.partitions_dropped >= 3);
    assert_int_equal(has_partition("pickup", today), 0);
    assert_int_equal(has_partition("pickup", today + 1), 1);
    assert_int_equal(has_partition("authz", today), 1); /* kept longer */
    assert_int_equal(has_partition("file_handle", today + 18), 0);
    assert_int_equal(has_partition("file_handle", today + 19), 1);
    (void)retain(22);
    assert_int_equal(rows(), 0);
}

/* --- late, while others write --- */

struct writer {
    pthread_t thread;
    _Atomic bool stop;
    int64_t day, slowest_us, n;
    struct db *db;
};

static void *write_all_the_time(void *arg)
{
    struct writer *w = arg;
    while (!atomic_load(&w->stop)) {
        uint8_t hash[32];
        rand_bytes(hash, sizeof hash);
        int64_t began = clock_mono_us();
        if (db_exec(w->db, STMT_PICKUP_INSERT,
                    (struct db_param[]){DB_INT(w->day), DB_BYTES(hash, 32), DB_STR("c"), DB_INT(1),
                                        DB_STR("T"), DB_INT(0), DB_INT(0)},
                    NULL) != ERR_OK ||
            db_commit(w->db) != ERR_OK)
            continue;
        int64_t took = clock_mono_us() - began;
        w->slowest_us = took > w->slowest_us ? took : w->slowest_us;
        w->n++;
    }
    return NULL;
}

/* Runs retain on `day` while another writes rows of that day; the slowest write, in microseconds.
 */
static int64_t slowest_write(int64_t day, bool copy, enum err want, struct retained *r)
{
    struct writer w = {.day = today + day};
    atomic_init(&w.stop, false);
    assert_int_equal(db_open(&conf, DB_PICKUP, &w.db), ERR_OK);
    assert_int_equal(pthread_create(&w.thread, NULL, write_all_the_time, &w), 0);
    while (rows() == 0)
        ;
    int64_t began = clock_mono_us();
    *r = retain_as(day, copy, want);
    int64_t took = clock_mono_us() - began;
    atomic_store(&w.stop, true);
    assert_int_equal(pthread_join(w.thread, NULL), 0);
    db_close(&w.db);
    print_message("day %lld: retain %lld ms; %lld writes, slowest %lld ms\n", (long long)day,
                  (long long)took / 1000, (long long)w.n, (long long)w.slowest_us / 1000);
    return w.slowest_us;
}

/* Thirty days without a run: rows stand in a wide partition. Nothing is copied, nobody waits long,
 * and the old days go as ever. */
static void late_by_weeks(void **state)
{
    (void)state;
    struct retained r;
    (void)retain(0);
    put(0, 1000);
    put(29, MANY);
    assert_int_equal(has_partition("pickup", today + 29), 0);
    int64_t slowest = slowest_write(30, false, ERR_OK, &r);
    assert_true(slowest < 1500000);
    assert_true(r.partitions_made > 0);
    assert_int_equal(has_partition("pickup", today), 0);      /* its rows are past their time */
    assert_int_equal(has_partition("pickup", today + 44), 1); /* the wide one stands as it was */
    assert_int_equal(has_partition("pickup", today + 43), 0);
    assert_int_equal(has_partition("authz", today + 43), 1); /* without rows it became days */
    assert_int_equal(has_partition("pickup", today + 74), 1);
    assert_true(rows() >= MANY);
    (void)retain(64); /* 44 + 20: its last day is kept yet */
    assert_true(rows() >= MANY);
    (void)retain(65);
    assert_int_equal(rows(), 0);
}

/* What an older program left, or a year without a run: rows in pmax. */
static void rows_in_pmax(void **state)
{
    (void)state;
    struct retained r;
    struct retain_state *look;
    size_t n;
    put(0, MANY);
    int64_t slowest = slowest_write(0, false, ERR_BUSY, &r);
    assert_true(slowest < 1500000);
    assert_int_equal(partitions("pickup"), 0); /* told, and left as it is */
    assert_int_equal(partitions("call_record"), 2 + RETAIN_DAYS_AHEAD + RETAIN_WIDE_AHEAD);
    assert_int_equal(retain_look(db, sample.pool, &conf, SAMPLE_NOON, &look, &n), ERR_OK);
    assert_int_equal(n, TABLES_N);
    for (size_t i = 0; i < n; i++) {
        bool held = strcmp(look[i].table, "pickup") == 0;
        assert_int_equal(look[i].in_pmax, held ? RETAIN_COPY_MOST + 1 : 0);
        if (!held)
            assert_int_equal(look[i].daily_until, today + RETAIN_DAYS_AHEAD);
    }
    (void)slowest_write(0, true, ERR_OK, &r); /* asked for */
    assert_int_equal(partitions("pickup"), 2 + RETAIN_DAYS_AHEAD + RETAIN_WIDE_AHEAD);
    assert_true(rows() >= MANY);
    assert_int_equal(sample_number("SELECT COUNT(*) FROM %s.pickup PARTITION (pmax)", conf.db_name),
                     0);
}

static void few_rows_in_pmax(void **state)
{
    (void)state;
    put(0, RETAIN_COPY_MOST);
    (void)retain(0);
    assert_int_equal(sample_number("SELECT COUNT(*) FROM %s.pickup PARTITION (pmax)", conf.db_name),
                     0);
    assert_int_equal(rows(), RETAIN_COPY_MOST);
}

/* A transaction that stays open keeps retain from the table for seconds, not for good; others wait
 * no longer than its own patience. */
static void table_in_use(void **state)
{
    (void)state;
    struct db *other;
    struct retained r;
    assert_int_equal(db_open(&conf, DB_PICKUP, &other), ERR_OK);
    (void)retain(0);
    uint8_t hash[32] = {1};
    assert_int_equal(db_exec(other, STMT_PICKUP_INSERT,
                             (struct db_param[]){DB_INT(today), DB_BYTES(hash, 32), DB_STR("c"),
                                                 DB_INT(1), DB_STR("T"), DB_INT(0), DB_INT(0)},
                             NULL),
                     ERR_OK);
    int64_t slowest = slowest_write(40, false, ERR_STORAGE, &r);
    assert_true(slowest < 3500000);
    db_rollback(other);
    db_close(&other);
    (void)retain(40);
}

#define IN_NEW_DATABASE(fn) cmocka_unit_test_setup_teardown(fn, new_database, drop_database)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_NEW_DATABASE(made_ahead),       IN_NEW_DATABASE(kept_to_the_last_day),
        IN_NEW_DATABASE(late_by_weeks),    IN_NEW_DATABASE(rows_in_pmax),
        IN_NEW_DATABASE(few_rows_in_pmax), IN_NEW_DATABASE(table_in_use),
    };
    return SAMPLE_RUN("retain", tests);
}
