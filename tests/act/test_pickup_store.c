/* What is picked up: three times a class and no more, whoever comes at the same moment; and the
 * one-time handles of large files. */
#include "tests/act/act_sample.h"

#include <stdatomic.h>
#include <unistd.h>

#include "core/store/admin.h"
#include "core/store/pickup.h"
#include "core/store/service.h"

enum { DAY = SAMPLE_NOON / SAMPLE_DAY, RACERS = 8, SIZE = 1000 };
static const char class_a[] = "1.2.156.3002.9999.01.01", class_b[] = "1.2.156.3002.9999.01.02";

/* --- tries --- */

static struct pickup pickup_of(const uint8_t *ticket_hash, const char *class)
{
    return (struct pickup){.day = DAY,
                           .ticket_hash = ticket_hash,
                           .class = class,
                           .app_id = "T",
                           .at_ms = sample.now_ms};
}

static enum err begin(struct pickup *u)
{
    struct db *db = sample_db(DB_PICKUP);
    enum err e = pickup_begin(db, sample.pool, u);
    if (e == ERR_OK)
        e = db_commit(db);
    db_rollback(db);
    return e;
}

static void end(const struct pickup *u, enum pickup_state state)
{
    struct db *db = sample_db(DB_PICKUP);
    const uint8_t *hash = state == PICKUP_SERVED ? sample_bytes(32) : NULL;
    assert_int_equal(pickup_end(db, u, state, SIZE, hash), ERR_OK);
    assert_int_equal(db_commit(db), ERR_OK);
    const char *row = pool_printf(sample.pool,
                                  "FROM pickup WHERE ticket_hash = %s AND class = '%s' AND"
                                  " attempt = %lld",
                                  sample_hex(u->ticket_hash, 32), u->class, (long long)u->attempt);
    assert_int_equal(sample_number("SELECT state %s", row), state);
    if (hash != NULL) {
        assert_int_equal(sample_number("SELECT size %s", row), SIZE);
        assert_int_equal(sample_number("SELECT sm3 = %s %s", sample_hex(hash, 32), row), 1);
    } else {
        assert_null(sample_value("SELECT size %s", row));
        assert_null(sample_value("SELECT sm3 %s", row));
    }
}

static void three_times(void **state)
{
    (void)state;
    const uint8_t *ticket = sample_bytes(32);
    struct pickup u;
    for (int i = 1; i <= 3; i++) {
        u = pickup_of(ticket, class_a);
        assert_int_equal(begin(&u), ERR_OK);
        assert_int_equal(u.attempt, i);
        end(&u, PICKUP_SERVED);
    }
    for (int i = 0; i < 3; i++) {
        u = pickup_of(ticket, class_a);
        u.app_id = "another";
        assert_int_equal(begin(&u), ERR_PICKED_UP);
    }
    /* another class, another ticket, another day's ticket */
    u = pickup_of(ticket, class_b);
    assert_int_equal(begin(&u), ERR_OK);
    u = pickup_of(sample_bytes(32), class_a);
    assert_int_equal(begin(&u), ERR_OK);
    u = pickup_of(ticket, class_a);
    u.day++;
    assert_int_equal(begin(&u), ERR_OK);
}

static void failed_ones_do_not_count(void **state)
{
    (void)state;
    const uint8_t *ticket = sample_bytes(32);
    struct pickup u;
    for (int i = 1; i <= 10; i++) {
        u = pickup_of(ticket, class_a);
        assert_int_equal(begin(&u), ERR_OK);
        assert_int_equal(u.attempt, i);
        end(&u, i % 4 == 0 ? PICKUP_SERVED : PICKUP_FAILED);
    }
    u = pickup_of(ticket, class_a); /* two have been served */
    assert_int_equal(begin(&u), ERR_OK);
    struct pickup next = pickup_of(ticket, class_a);
    assert_int_equal(begin(&next), ERR_PICKED_UP);
    end(&u, PICKUP_FAILED);
    assert_int_equal(begin(&next), ERR_OK);
}

/* Else four could be under way at once and all be served. A process that was killed leaves such a
 * try behind: it counts for good, which is the safe side. */
static void those_under_way_count(void **state)
{
    (void)state;
    const uint8_t *ticket = sample_bytes(32);
    struct pickup u[4];
    for (int i = 0; i < 4; i++) {
        u[i] = pickup_of(ticket, class_a);
        assert_int_equal(begin(&u[i]), i < 3 ? ERR_OK : ERR_PICKED_UP);
    }
    end(&u[1], PICKUP_FAILED);
    assert_int_equal(begin(&u[3]), ERR_OK);
    assert_int_equal(u[3].attempt, 4); /* numbers are not given again */
}

struct racing {
    const uint8_t *ticket;
    enum err (*fn)(struct db *db, void *arg);
    const struct file_handle *handle;
};

static enum err begin_one(struct db *db, void *arg)
{
    const struct racing *all = arg;
    struct pool *p = pool_new(false);
    struct pickup u = {
        .day = DAY, .ticket_hash = all->ticket, .class = class_a, .app_id = "T", .at_ms = 1};
    enum err e = pickup_begin(db, p, &u);
    pool_destroy(&p);
    return e;
}

static enum err claim_one(struct db *db, void *arg)
{
    const struct racing *all = arg;
    bool won;
    enum err e = file_handle_claim(db, all->handle, SIZE, &won);
    return e == ERR_OK && !won ? ERR_PICKED_UP : e;
}

/* A try that came between is told apart from the limit, so that the transaction runs again. Thread
 * 1 begins while thread 0 has not committed; its number turns out to be taken. */
struct between {
    const uint8_t *ticket;
    _Atomic bool begun;
};

static enum err begin_between(int i, struct db *db, void *arg)
{
    struct between *b = arg;
    struct racing all = {.ticket = b->ticket};
    while (i == 1 && !b->begun)
        (void)usleep(1000);
    enum err e = begin_one(db, &all);
    b->begun = true;
    for (int tries = 0; i == 0 && tries < 4000 && !sample_somebody_waits(); tries++)
        (void)usleep(1000);
    if (e == ERR_OK)
        e = db_commit(db);
    db_rollback(db);
    return e;
}

static void number_taken(void **state)
{
    (void)state;
    struct between b = {.ticket = sample_bytes(32)};
    enum err results[SAMPLE_RACE_MOST];
    sample_race(2, DB_PICKUP, begin_between, &b, results);
    assert_int_equal(results[0], ERR_OK);
    assert_int_equal(results[1], ERR_BUSY);
    struct pickup u = pickup_of(b.ticket, class_a);
    assert_int_equal(begin(&u), ERR_OK);
    assert_int_equal(u.attempt, 2);
}

/* As a caller would: tried again while it is told to. */
static enum err until_decided(int i, struct db *db, void *arg)
{
    const struct racing *all = arg;
    enum err e;
    (void)i;
    do
        e = db_transact(db, all->fn, arg);
    while (e == ERR_BUSY);
    return e;
}

static void three_of_many(void **state)
{
    (void)state;
    for (int round = 0; round < 5; round++) {
        struct racing all = {.ticket = sample_bytes(32), .fn = begin_one};
        enum err results[SAMPLE_RACE_MOST];
        sample_race(RACERS, DB_PICKUP, until_decided, &all, results);
        assert_int_equal(sample_count(results, RACERS, ERR_OK), 3);
        assert_int_equal(sample_count(results, RACERS, ERR_PICKED_UP), RACERS - 3);
        assert_int_equal(sample_number("SELECT COUNT(*) FROM pickup WHERE ticket_hash = %s",
                                       sample_hex(all.ticket, 32)),
                         3);
    }
}

/* --- information services --- */

static void service_of_a_class(void **state)
{
    (void)state;
    struct db *db = sample_db(DB_PICKUP), *admin = sample_db(DB_ADMIN);
    struct info_service s;
    const char *service = pool_printf(sample.pool, "S%.20s", sample_nonce()),
               *class = pool_printf(sample.pool, "1.%.20s", sample_nonce());
    assert_int_equal(info_class_service(db, sample.pool, class, &s), ERR_ABSENT);
    db_rollback(db);
    struct service_entry row = {service, "示例服务", "https://127.0.0.1:1/a", SERVICE_ACTIVE, 0};
    assert_int_equal(service_insert(admin, &row, sample.now_sec), ERR_OK);
    assert_int_equal(class_insert(admin, &(struct class_entry){.class = class,
                                                               .name = "示例类别",
                                                               .kind = "data",
                                                               .service_id = service}),
                     ERR_OK);
    row.name = "示例服务乙";
    row.base_url = "https://127.0.0.1:1/b";
    assert_int_equal(service_update(admin, &row), ERR_OK);
    assert_int_equal(db_commit(admin), ERR_OK);
    assert_int_equal(info_class_service(db, sample.pool, class, &s), ERR_OK);
    assert_string_equal(s.service_id, service);
    assert_string_equal(s.name, "示例服务乙");
    assert_string_equal(s.base_url, "https://127.0.0.1:1/b");
    assert_true(s.active);
    db_rollback(db);
    sample_sql("UPDATE info_service SET status = 2 WHERE service_id = '%s'", service);
    assert_int_equal(info_class_service(db, sample.pool, class, &s), ERR_OK);
    assert_false(s.active);
}

/* --- handles --- */

static struct file_handle new_handle(int64_t expires_at)
{
    struct file_handle h = {.day = clock_day(expires_at),
                            .app_id = "T",
                            .media_type = "application/pdf",
                            .size = SIZE,
                            .expires_at = expires_at};
    struct db *db = sample_db(DB_PICKUP);
    memcpy(h.hash, sample_bytes(32), 32);
    assert_int_equal(file_handle_insert(db, &h), ERR_OK);
    assert_int_equal(db_commit(db), ERR_OK);
    return h;
}

static enum err find(const uint8_t hash[32], struct file_handle *f)
{
    struct db *db = sample_db(DB_PICKUP);
    enum err e = file_handle_find(db, sample.pool, hash, sample.now_sec, f);
    db_rollback(db);
    return e;
}

static bool claim(const struct file_handle *h, int64_t len)
{
    struct db *db = sample_db(DB_PICKUP);
    bool won = true;
    assert_int_equal(file_handle_claim(db, h, len, &won), ERR_OK);
    assert_int_equal(db_commit(db), ERR_OK);
    return won;
}

static int64_t claimed(const struct file_handle *h)
{
    struct file_handle f;
    assert_int_equal(find(h->hash, &f), ERR_OK);
    return f.claimed;
}

static void handle_found(void **state)
{
    (void)state;
    struct file_handle h = new_handle(SAMPLE_NOON + 600), f;
    assert_int_equal(find(h.hash, &f), ERR_OK);
    assert_memory_equal(f.hash, h.hash, 32);
    assert_int_equal(f.day, h.day);
    assert_string_equal(f.app_id, "T");
    assert_string_equal(f.media_type, "application/pdf");
    assert_int_equal(f.size, SIZE);
    assert_int_equal(f.claimed, 0);
    assert_int_equal(f.expires_at, SAMPLE_NOON + 600);
    assert_null(f.peer);
    assert_false(f.revoked);
    assert_int_equal(find(sample_bytes(32), &f), ERR_ABSENT);
    /* expired yesterday: still known, so that this can be said; days ago: unknown */
    sample_set_clock(SAMPLE_NOON + SAMPLE_DAY);
    assert_int_equal(find(h.hash, &f), ERR_OK);
    sample_set_clock(SAMPLE_NOON + 3 * SAMPLE_DAY);
    assert_int_equal(find(h.hash, &f), ERR_ABSENT);
    struct db *db = sample_db(DB_PICKUP);
    assert_int_equal(file_handle_insert(db, &h), ERR_DUPLICATE);
}

/* As many bytes as the file has, and none once they are given. */
static void handle_used_up(void **state)
{
    (void)state;
    struct file_handle h = new_handle(SAMPLE_NOON + 600), other = new_handle(SAMPLE_NOON + 600);
    assert_true(claim(&h, 400));
    assert_int_equal(claimed(&h), 400);
    assert_true(claim(&h, 600));
    assert_false(claim(&h, 1));
    assert_false(claim(&h, SIZE));
    assert_int_equal(claimed(&h), SIZE);
    assert_int_equal(claimed(&other), 0);
    struct file_handle unknown = h;
    unknown.hash[0] ^= 1;
    assert_false(claim(&unknown, 1));
    /* what was not sent is given back and may be asked for again, once */
    struct db *db = sample_db(DB_PICKUP);
    assert_int_equal(file_handle_give_back(db, &h, 250), ERR_OK);
    assert_int_equal(db_commit(db), ERR_OK);
    assert_int_equal(claimed(&h), SIZE - 250);
    assert_true(claim(&h, 250));
    assert_false(claim(&h, 250));
}

static void one_whole_file(void **state)
{
    (void)state;
    for (int round = 0; round < 5; round++) {
        struct file_handle h = new_handle(SAMPLE_NOON + 600);
        struct racing all = {.fn = claim_one, .handle = &h};
        enum err results[SAMPLE_RACE_MOST];
        sample_race(RACERS, DB_PICKUP, until_decided, &all, results);
        assert_int_equal(sample_count(results, RACERS, ERR_OK), 1);
        assert_int_equal(sample_count(results, RACERS, ERR_PICKED_UP), RACERS - 1);
        assert_int_equal(claimed(&h), SIZE);
    }
}

static void handle_of_a_revoked_one(void **state)
{
    (void)state;
    struct db *db = sample_db(DB_PICKUP);
    const uint8_t *digest = sample_bytes(32);
    struct file_handle f, h = {.day = DAY,
                               .app_id = "T",
                               .media_type = "application/pdf",
                               .size = SIZE,
                               .expires_at = SAMPLE_NOON + 600,
                               .authz_day = DAY,
                               .authz_digest = digest,
                               .peer = "251000002"};
    memcpy(h.hash, sample_bytes(32), 32);
    assert_int_equal(file_handle_insert(db, &h), ERR_OK);
    assert_int_equal(db_commit(db), ERR_OK);
    sample_sql(
        "INSERT INTO authz (day, digest, sqbh, code_type, code_hash, channel, app_id,"
        " subject_index, subject, record, issued_at, deadline, single_use, state, uses) VALUES"
        " (%d, %s, %s, 0, %s, '01', 'T', %s, '', '', 0, 0, 1, 1, 0)",
        DAY, sample_hex(digest, 32), sample_hex(sample_bytes(16), 16), sample_hex(digest, 32),
        sample_hex(digest, 32));
    assert_int_equal(find(h.hash, &f), ERR_OK);
    assert_false(f.revoked);
    assert_string_equal(f.peer, "251000002");
    sample_sql("UPDATE authz SET state = 2 WHERE digest = %s", sample_hex(digest, 32));
    assert_int_equal(find(h.hash, &f), ERR_OK);
    assert_false(f.revoked); /* replaced codes have been used */
    sample_sql("UPDATE authz SET state = 3 WHERE digest = %s", sample_hex(digest, 32));
    assert_int_equal(find(h.hash, &f), ERR_OK);
    assert_true(f.revoked);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SAMPLE_TEST(three_times),           SAMPLE_TEST(failed_ones_do_not_count),
        SAMPLE_TEST(those_under_way_count), SAMPLE_TEST(number_taken),
        SAMPLE_TEST(three_of_many),         SAMPLE_TEST(service_of_a_class),
        SAMPLE_TEST(handle_found),          SAMPLE_TEST(handle_used_up),
        SAMPLE_TEST(one_whole_file),        SAMPLE_TEST(handle_of_a_revoked_one),
    };
    return SAMPLE_RUN("pickup_store", tests);
}
