/* Authorizations in the store: entered, found, replaced, revoked, read by page; and that what is
 * sealed opens nowhere but in its own place. */
#include "tests/act/act_sample.h"

#include "core/store/authz.h"

/* An authorization of a subject of its own, good for an hour. */
static struct authz sample_authz(const struct sample_app *app, const char *id_no)
{
    struct authz a = {.day = clock_day(sample.now_sec + 3600),
                      .type = CODE_ZWM1,
                      .channel = "01",
                      .app_id = app->app.app_id,
                      .subject =
                          pool_printf(sample.pool, "{\"name\":\"张示例\",\"id_no\":\"%s\"}", id_no),
                      .record = "{\"xxlb\":[\"1.2.156.3002.9999.01.01\"]}",
                      .issued_at = sample.now_sec,
                      .deadline = sample.now_sec + 3600,
                      .single_use = true,
                      .state = AUTHZ_ACTIVE};
    memcpy(a.digest, sample_bytes(32), 32);
    memcpy(a.sqbh, sample_bytes(16), 16);
    memcpy(a.code_hash, sample_bytes(32), 32);
    authz_subject_index(sample.kr, "111", id_no, a.subject_index);
    return a;
}

static void enter(const struct authz *a)
{
    struct db *db = sample_db(DB_ISSUE);
    assert_int_equal(authz_insert(db, sample.kr, sample.pool, a), ERR_OK);
    assert_int_equal(db_commit(db), ERR_OK);
}

static struct authz entered(void)
{
    struct authz a = sample_authz(sample_app_new(APP_CHANNEL, "01"), sample_id_no());
    enter(&a);
    return a;
}

static enum err find(const struct authz *a, struct authz *found)
{
    struct db *db = sample_db(DB_VERIFY);
    enum err e = authz_find(db, sample.kr, sample.pool, a->day, a->digest, found);
    db_rollback(db);
    return e;
}

static enum authz_state state_of(const struct authz *a)
{
    struct authz found;
    assert_int_equal(find(a, &found), ERR_OK);
    return found.state;
}

static void insert_and_find(void **state)
{
    (void)state;
    struct authz a = entered(), f;
    assert_int_equal(find(&a, &f), ERR_OK);
    assert_int_equal(f.day, a.day);
    assert_memory_equal(f.digest, a.digest, 32);
    assert_memory_equal(f.sqbh, a.sqbh, 16);
    assert_memory_equal(f.code_hash, a.code_hash, 32);
    assert_int_equal(f.type, CODE_ZWM1);
    assert_string_equal(f.channel, "01");
    assert_string_equal(f.app_id, a.app_id);
    assert_string_equal(f.subject, a.subject);
    assert_string_equal(f.record, a.record);
    assert_int_equal(f.issued_at, SAMPLE_NOON);
    assert_int_equal(f.deadline, SAMPLE_NOON + 3600);
    assert_true(f.single_use);
    assert_int_equal(f.state, AUTHZ_ACTIVE);
    assert_int_equal(f.uses, 0);
}

static void not_found(void **state)
{
    (void)state;
    struct authz a = entered(), other = a, f;
    other.digest[31] ^= 1;
    assert_int_equal(find(&other, &f), ERR_ABSENT);
    other = a;
    other.day++;
    assert_int_equal(find(&other, &f), ERR_ABSENT);
    other.day = -1;
    assert_int_equal(find(&other, &f), ERR_ABSENT);
}

static void not_before_the_commit(void **state)
{
    (void)state;
    struct authz a = sample_authz(sample_app_new(APP_CHANNEL, "01"), sample_id_no()), f;
    struct db *db = sample_db(DB_ISSUE);
    assert_int_equal(authz_insert(db, sample.kr, sample.pool, &a), ERR_OK);
    assert_int_equal(find(&a, &f), ERR_ABSENT);
    db_rollback(db);
    assert_int_equal(find(&a, &f), ERR_ABSENT);
}

static void twice(void **state)
{
    (void)state;
    struct authz a = entered();
    struct db *db = sample_db(DB_ISSUE);
    assert_int_equal(authz_insert(db, sample.kr, sample.pool, &a), ERR_DUPLICATE);
    db_rollback(db);
    /* the day is part of the key */
    a.day++;
    enter(&a);
}

/* --- sealed columns --- */

static const char *where(const struct authz *a)
{
    return pool_printf(sample.pool, "day = %d AND digest = %s", a->day, sample_hex(a->digest, 32));
}

static void nothing_readable_in_the_table(void **state)
{
    (void)state;
    const char *id_no = sample_id_no();
    struct authz a = sample_authz(sample_app_new(APP_CHANNEL, "01"), id_no);
    enter(&a);
    const char *all =
                   sample_value("SELECT HEX(CONCAT(digest, sqbh, code_hash, subject_index, subject,"
                                " record)) FROM authz WHERE %s",
                                where(&a)),
               *secrets[] = {id_no, "张示例", "1.2.156.3002.9999.01.01"};
    for (size_t i = 0; i < sizeof secrets / sizeof secrets[0]; i++) {
        const char *hex = sample_value("SELECT HEX('%s')", secrets[i]);
        assert_null(strstr(all, hex));
    }
    /* two seals of one text differ */
    assert_int_equal(sample_number("SELECT subject <> record FROM authz WHERE %s", where(&a)), 1);
}

/* What somebody who can write the table, and has no keys, may try. */
static void sealed_in_its_place(void **state)
{
    (void)state;
    static const char *const swaps[] = {
        /* another row's, another column's */
        "UPDATE authz a, authz b SET a.subject = b.subject WHERE a.digest = %s AND b.digest = %s",
        "UPDATE authz a, authz b SET a.record = b.record WHERE a.digest = %s AND b.digest = %s",
        "UPDATE authz a, authz b SET a.subject = a.record WHERE a.digest = %s AND b.digest = %s",
        "UPDATE authz a, authz b SET a.record = b.subject WHERE a.digest = %s AND b.digest = %s",
        /* cut, emptied, a byte changed at the front, in the middle, at the end */
        "UPDATE authz a, authz b SET a.subject = LEFT(a.subject, LENGTH(a.subject) - 1)"
        " WHERE a.digest = %s AND b.digest = %s",
        "UPDATE authz a, authz b SET a.subject = '' WHERE a.digest = %s AND b.digest = %s",
        "UPDATE authz a, authz b SET a.subject = CONCAT(CHAR(ASCII(a.subject) ^ 1),"
        " SUBSTR(a.subject, 2)) WHERE a.digest = %s AND b.digest = %s",
        "UPDATE authz a, authz b SET a.record = CONCAT(LEFT(a.record, 20),"
        " CHAR(ASCII(SUBSTR(a.record, 21, 1)) ^ 128), SUBSTR(a.record, 22))"
        " WHERE a.digest = %s AND b.digest = %s",
        "UPDATE authz a, authz b SET a.record = CONCAT(LEFT(a.record, LENGTH(a.record) - 1),"
        " CHAR(ASCII(RIGHT(a.record, 1)) ^ 1)) WHERE a.digest = %s AND b.digest = %s",
        "UPDATE authz a, authz b SET a.subject = '{\"name\":\"plain\"}'"
        " WHERE a.digest = %s AND b.digest = %s",
        "UPDATE authz a, authz b SET a.subject = REPEAT(CHAR(0), 1000)"
        " WHERE a.digest = %s AND b.digest = %s",
    };
    for (size_t i = 0; i < sizeof swaps / sizeof swaps[0]; i++) {
        struct authz a = entered(), b = entered(), f;
        const char *hex_a = sample_hex(a.digest, 32), *hex_b = sample_hex(b.digest, 32);
        char *sql = pool_alloc(sample.pool, 1000);
        const char *at = strstr(swaps[i], "%s"), *rest = strstr(at + 2, "%s");
        (void)snprintf(sql, 1000, "%.*s%s%.*s%s", (int)(at - swaps[i]), swaps[i], hex_a,
                       (int)(rest - at - 2), at + 2, hex_b);
        sample_sql("%s", sql);
        if (find(&a, &f) != ERR_STORAGE)
            fail_msg("opened after: %s", swaps[i]);
        assert_int_equal(find(&b, &f), ERR_OK);
    }
}

/* A row under another digest does not open either: the digest is what the code carries. */
static void moved_row(void **state)
{
    (void)state;
    struct authz a = entered(), f;
    const char *old = where(&a);
    a.digest[0] ^= 1;
    sample_sql("UPDATE authz SET digest = %s WHERE %s", sample_hex(a.digest, 32), old);
    assert_int_equal(find(&a, &f), ERR_STORAGE);
}

/* --- replaced, revoked --- */

static enum err replace(const struct authz *a, const char *app_id, const uint8_t index[32])
{
    struct db *db = sample_db(DB_ISSUE);
    enum err e = authz_replace(db, sample.pool, a->sqbh, app_id, index);
    if (e == ERR_OK)
        e = db_commit(db);
    db_rollback(db);
    return e;
}

static void replaced(void **state)
{
    (void)state;
    struct authz a = entered(), other = entered();
    const struct sample_app *stranger = sample_app_new(APP_CHANNEL, "01");
    struct authz unknown = a;
    unknown.sqbh[0] ^= 1;
    assert_int_equal(replace(&unknown, a.app_id, a.subject_index), ERR_AUTHZ_UNKNOWN);
    assert_int_equal(replace(&a, stranger->app.app_id, a.subject_index), ERR_AUTHZ_UNKNOWN);
    assert_int_equal(replace(&a, "", a.subject_index), ERR_AUTHZ_UNKNOWN);
    assert_int_equal(replace(&a, a.app_id, other.subject_index), ERR_AUTHZ_SUBJECT);
    assert_int_equal(state_of(&a), AUTHZ_ACTIVE);
    assert_int_equal(replace(&a, a.app_id, a.subject_index), ERR_OK);
    assert_int_equal(state_of(&a), AUTHZ_REPLACED);
    assert_int_equal(replace(&a, a.app_id, a.subject_index), ERR_OK);
    assert_int_equal(state_of(&other), AUTHZ_ACTIVE);
}

/* A used single-use code and a revoked one stay what they are; one for many uses is replaced. */
static void not_replaced(void **state)
{
    (void)state;
    struct authz used = entered(), revoked = entered();
    struct authz many = sample_authz(sample_app_new(APP_CHANNEL, "01"), sample_id_no());
    many.single_use = false;
    enter(&many);
    sample_sql("UPDATE authz SET uses = 1 WHERE %s", where(&used));
    sample_sql("UPDATE authz SET uses = 5 WHERE %s", where(&many));
    sample_sql("UPDATE authz SET state = 3 WHERE %s", where(&revoked));
    assert_int_equal(replace(&used, used.app_id, used.subject_index), ERR_OK);
    assert_int_equal(replace(&revoked, revoked.app_id, revoked.subject_index), ERR_OK);
    assert_int_equal(replace(&many, many.app_id, many.subject_index), ERR_OK);
    assert_int_equal(state_of(&used), AUTHZ_ACTIVE);
    assert_int_equal(state_of(&revoked), AUTHZ_REVOKED);
    assert_int_equal(state_of(&many), AUTHZ_REPLACED);
}

static void revoked(void **state)
{
    (void)state;
    struct authz a = entered(), b = entered(), wrong_day = a;
    struct authz_key key;
    struct db *db = sample_db(DB_AUTHORIZE);
    assert_int_equal(authz_by_sqbh(db, sample.pool, a.sqbh, &key), ERR_OK);
    assert_int_equal(key.day, a.day);
    assert_memory_equal(key.digest, a.digest, 32);
    assert_memory_equal(key.subject_index, a.subject_index, 32);
    assert_int_equal(authz_by_sqbh(db, sample.pool, a.digest, &key), ERR_ABSENT);
    wrong_day.day--;
    assert_int_equal(authz_revoke(db, wrong_day.day, wrong_day.digest, SAMPLE_NOON), ERR_OK);
    assert_int_equal(db_commit(db), ERR_OK);
    assert_int_equal(state_of(&a), AUTHZ_ACTIVE);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(authz_revoke(db, a.day, a.digest, SAMPLE_NOON), ERR_OK);
        assert_int_equal(db_commit(db), ERR_OK);
        assert_int_equal(state_of(&a), AUTHZ_REVOKED);
    }
    assert_int_equal(state_of(&b), AUTHZ_ACTIVE);
}

/* --- pages of a subject's --- */

static struct authz_page page_of(enum authz_which which, const uint8_t index[32], size_t most)
{
    return (struct authz_page){.which = which,
                               .subject_index = index,
                               .now_sec = sample.now_sec,
                               .before_at = INT64_MAX,
                               .most = most};
}

static struct authz *read_page(const struct authz_page *page, size_t expected)
{
    struct db *db = sample_db(DB_AUTHORIZE);
    struct authz *list;
    size_t n;
    assert_int_equal(authz_page(db, sample.kr, sample.pool, page, &list, &n), ERR_OK);
    db_rollback(db);
    assert_int_equal(n, expected);
    return list;
}

/* One of each kind, with what is read of it. */
static void which_ones(void **state)
{
    (void)state;
    const struct sample_app *app = sample_app_new(APP_CHANNEL, "01");
    const char *mine = sample_id_no();
    struct authz a[6], theirs = sample_authz(app, sample_id_no());
    enter(&theirs);
    for (int i = 0; i < 6; i++) {
        sample_set_clock(SAMPLE_NOON + i);
        a[i] = sample_authz(app, mine);
        a[i].type = i == 5 ? (enum code_type)AUTHZ_TYPE_SCAN : CODE_ZWM1;
        a[i].deadline = i == 1 ? SAMPLE_NOON + 9 : a[i].deadline;
        enter(&a[i]);
    }
    sample_set_clock(SAMPLE_NOON + 10);
    /* 0 can be used, 1 has expired, 2 was replaced, 3 was used, 4 is for many uses and was used
     * once, 5 was given by scanning */
    sample_sql("UPDATE authz SET state = 2 WHERE %s", where(&a[2]));
    sample_sql("UPDATE authz SET uses = 1, used_at = 1 WHERE %s", where(&a[3]));
    sample_sql("UPDATE authz SET uses = 1, used_at = 1, single_use = 0 WHERE %s", where(&a[4]));
    static const struct {
        enum authz_which which;
        size_t n;
        int at[4];
    } rows[] = {{AUTHZ_USED, 3, {5, 4, 3}},
                {AUTHZ_OPEN, 3, {5, 4, 0}},
                {AUTHZ_OPEN_UNUSED, 1, {0}},
                {AUTHZ_OVER, 2, {2, 1}}};
    for (size_t r = 0; r < sizeof rows / sizeof rows[0]; r++) {
        struct authz_page page = page_of(rows[r].which, a[0].subject_index, 100);
        struct authz *got = read_page(&page, rows[r].n);
        for (size_t i = 0; i < rows[r].n; i++) {
            const struct authz *want = &a[rows[r].at[i]];
            assert_memory_equal(got[i].digest, want->digest, 32);
            assert_memory_equal(got[i].sqbh, want->sqbh, 16);
            assert_int_equal(got[i].type, want->type);
            assert_int_equal(got[i].day, want->day);
            assert_int_equal(got[i].issued_at, want->issued_at);
            assert_int_equal(got[i].deadline, want->deadline);
            assert_string_equal(got[i].record, want->record);
            assert_int_equal(got[i].touched, rows[r].at[i] >= 3);
            assert_null(got[i].subject);
        }
        page.since = SAMPLE_NOON + 7;
        (void)read_page(&page, 0);
    }
    struct authz_page page = page_of(AUTHZ_OVER, a[0].subject_index, 100);
    struct db *db = sample_db(DB_AUTHORIZE);
    struct authz *list;
    size_t n;
    sample_sql("UPDATE authz SET record = subject WHERE %s", where(&a[2]));
    assert_int_equal(authz_page(db, sample.kr, sample.pool, &page, &list, &n), ERR_STORAGE);
}

/* Page by page nothing is left out and nothing comes twice, with many of one second. */
static void page_by_page(void **state)
{
    (void)state;
    enum { ALL = 57, PER_SECOND = 10, PER_PAGE = 7 };
    const struct sample_app *app = sample_app_new(APP_CHANNEL, "01");
    const char *id_no = sample_id_no();
    struct authz a = {.day = 0};
    struct db *db = sample_db(DB_ISSUE);
    for (int i = 0; i < ALL; i++) {
        sample_set_clock(SAMPLE_NOON + i / PER_SECOND);
        a = sample_authz(app, id_no);
        assert_int_equal(authz_insert(db, sample.kr, sample.pool, &a), ERR_OK);
    }
    assert_int_equal(db_commit(db), ERR_OK);
    sample_sql("UPDATE authz SET used_at = 1 WHERE subject_index = %s",
               sample_hex(a.subject_index, 32));
    struct authz_page page = page_of(AUTHZ_USED, a.subject_index, PER_PAGE);
    struct authz last = {.issued_at = INT64_MAX};
    size_t all = 0;
    while (all < ALL) {
        size_t n = ALL - all < PER_PAGE ? ALL - all : PER_PAGE;
        struct authz *got = read_page(&page, n);
        for (size_t i = 0; i < n; i++) {
            assert_true(
                got[i].issued_at < last.issued_at ||
                (got[i].issued_at == last.issued_at && memcmp(got[i].sqbh, last.sqbh, 16) < 0));
            last = got[i];
        }
        page.before_at = last.issued_at;
        memcpy(page.before_sqbh, last.sqbh, 16);
        all += n;
    }
    (void)read_page(&page, 0);
}

/* What marks an authorization as one that something has happened with, the first time only. */
static void touched(void **state)
{
    (void)state;
    struct authz a = entered(), b = entered();
    struct db *db = sample_db(DB_AUTHORIZE);
    assert_null(sample_value("SELECT used_at FROM authz WHERE %s", where(&a)));
    assert_int_equal(authz_tried(db, a.day, a.digest, SAMPLE_NOON + 1), ERR_OK);
    assert_int_equal(authz_tried(db, a.day, a.digest, SAMPLE_NOON + 2), ERR_OK);
    assert_int_equal(authz_revoke(db, a.day, a.digest, SAMPLE_NOON + 3), ERR_OK);
    assert_int_equal(authz_revoke(db, b.day, b.digest, SAMPLE_NOON + 4), ERR_OK);
    assert_int_equal(db_commit(db), ERR_OK);
    assert_int_equal(sample_number("SELECT used_at FROM authz WHERE %s", where(&a)),
                     SAMPLE_NOON + 1);
    assert_int_equal(sample_number("SELECT used_at FROM authz WHERE %s", where(&b)),
                     SAMPLE_NOON + 4);
}

/* The index of a subject: the type counts, no other key gives it, and parts do not run together. */
static void subject_index(void **state)
{
    (void)state;
    uint8_t a[32], b[32], plain[32];
    authz_subject_index(sample.kr, "111", "99999919900101001", a);
    authz_subject_index(sample.kr, "111", "99999919900101001", b);
    assert_memory_equal(a, b, 32);
    authz_subject_index(sample.kr, "414", "99999919900101001", b);
    assert_memory_not_equal(a, b, 32);
    authz_subject_index(sample.kr, "1119", "9999919900101001", b);
    assert_memory_not_equal(a, b, 32);
    sm3("11199999919900101001", 20, plain);
    assert_memory_not_equal(a, plain, 32);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SAMPLE_TEST(insert_and_find),
        SAMPLE_TEST(not_found),
        SAMPLE_TEST(not_before_the_commit),
        SAMPLE_TEST(twice),
        SAMPLE_TEST(nothing_readable_in_the_table),
        SAMPLE_TEST(sealed_in_its_place),
        SAMPLE_TEST(moved_row),
        SAMPLE_TEST(replaced),
        SAMPLE_TEST(not_replaced),
        SAMPLE_TEST(revoked),
        SAMPLE_TEST(which_ones),
        SAMPLE_TEST(page_by_page),
        SAMPLE_TEST(touched),
        SAMPLE_TEST(subject_index),
    };
    return SAMPLE_RUN("authz", tests);
}
