/* file: a large file is sent once, whole or in pieces, to who has its handle. */
#include "tests/act/pickup_sample.h"

#include <unistd.h>

#include "core/act/turn.h"
#include "core/net/spool.h"
#include "core/store/pickup.h"

enum { SIZE = (1 << 20) + 12345 };

static const uint8_t *content;

/* The handle of a new file of SIZE bytes, picked up by `third`. */
static const char *new_file(const char **sqbh_r)
{
    const char *class = new_class(NULL);
    struct verify_out v = new_ticket("4", class, NULL);
    struct pickup_out out;
    content = sample_bytes(SIZE);
    say_file(content, SIZE, "application/pdf", NULL);
    assert_int_equal(pick_up_as(third, v.ticket, class, "file", &out, NULL), ERR_OK);
    assert_int_equal(strlen(out.file), 43);
    if (sqbh_r != NULL)
        *sqbh_r = v.sqbh;
    return out.file;
}

static struct sample_call *new_call(const struct sample_app *app, const char *range)
{
    struct sample_call *s = sample_call_new(CALL_FILE, DB_PICKUP, third);
    s->c.app = app != NULL ? &app->app : NULL;
    s->c.w.http = http;
    s->rq.range = range;
    return s;
}

static enum err fetch(const char *handle, const char *range, struct sample_call **s_r)
{
    *s_r = new_call(third, range);
    return act_file(&(*s_r)->c, handle);
}

/* Answered with these bytes of the file. */
static void sent(const struct sample_call *s, int status, size_t from, size_t len)
{
    assert_int_equal(s->status, status);
    assert_true(s->c.begun);
    assert_int_equal(s->body.len, len);
    assert_memory_equal(s->body.data, content + from, len);
    assert_string_equal(s->content_type, "application/pdf");
    assert_string_equal(sample_header(s, "Content-Length"), pool_printf(sample.pool, "%zu", len));
    assert_string_equal(sample_header(s, "Accept-Ranges"), "bytes");
    assert_string_equal(sample_header(s, "Content-Disposition"), "attachment");
    const char *range = sample_header(s, "Content-Range");
    if (status == 200)
        assert_null(range);
    else
        assert_string_equal(
            range, pool_printf(sample.pool, "bytes %zu-%zu/%d", from, from + len - 1, SIZE));
}

static void refused(const char *handle, enum err e)
{
    struct sample_call *s;
    assert_int_equal(fetch(handle, NULL, &s), e);
    assert_false(s->c.begun);
    assert_int_equal(s->status, 0);
}

static int64_t claimed(const char *handle)
{
    uint8_t hash[SM3_LEN];
    sm3(handle, strlen(handle), hash);
    return sample_number("SELECT claimed FROM file_handle WHERE handle_hash = %s",
                         sample_hex(hash, SM3_LEN));
}

static void whole_file_once(void **state)
{
    (void)state;
    int before = spooled();
    const char *handle = new_file(NULL);
    struct sample_call *s;
    assert_int_equal(spooled(), before + 1);
    assert_int_equal(fetch(handle, NULL, &s), ERR_OK);
    sent(s, 200, 0, SIZE);
    refused(handle, ERR_PICKED_UP);
    assert_int_equal(spooled(), before); /* what was sent is not kept */
}

/* A download that goes on where it broke off, and two at once. */
static void in_pieces(void **state)
{
    (void)state;
    const char *handle = new_file(NULL);
    struct sample_call *s;
    assert_int_equal(fetch(handle, "bytes=0-999", &s), ERR_OK);
    sent(s, 206, 0, 1000);
    assert_int_equal(fetch(handle, "bytes=-345", &s), ERR_OK);
    sent(s, 206, SIZE - 345, 345);
    assert_int_equal(fetch(handle, "bytes=1000-1048575", &s), ERR_OK);
    sent(s, 206, 1000, 1047576);
    assert_int_equal(fetch(handle, "bytes=1048576-9999999", &s), ERR_OK);
    sent(s, 206, 1048576, 12345);
    refused(handle, ERR_PICKED_UP); /* as many bytes as the file has were sent */
}

static void ranges_ignored(void **state)
{
    (void)state;
    static const char *const rows[] = {"bytes=0-1,5-9", "lines=1-2", "bytes=9-1", ""};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const char *handle = new_file(NULL);
        struct sample_call *s;
        assert_int_equal(fetch(handle, rows[i], &s), ERR_OK);
        sent(s, 200, 0, SIZE);
    }
}

static void range_behind_the_end(void **state)
{
    (void)state;
    const char *handle = new_file(NULL);
    struct sample_call *s;
    assert_int_equal(fetch(handle, "bytes=9999999-", &s), ERR_OK);
    assert_int_equal(s->status, 416);
    assert_string_equal(sample_header(s, "Content-Range"),
                        pool_printf(sample.pool, "bytes */%d", SIZE));
    assert_int_equal(s->body.len, 0);
    assert_int_equal(claimed(handle), 0);
}

/* The handle is the permission; but who says who he is has to be the right one. */
static void for_whom(void **state)
{
    (void)state;
    const char *handle = new_file(NULL);
    struct sample_call *s = new_call(sample_app_new(APP_THIRD_PARTY, NULL), NULL);
    assert_int_equal(act_file(&s->c, handle), ERR_TICKET_UNKNOWN);
    assert_false(s->c.begun);
    s = new_call(NULL, NULL);
    assert_int_equal(act_file(&s->c, handle), ERR_OK);
    sent(s, 200, 0, SIZE);
}

static void no_handle(void **state)
{
    (void)state;
    const char *handle = new_file(NULL);
    char *other = pool_strdup(sample.pool, handle);
    other[0] = other[0] == 'A' ? 'B' : 'A';
    const char *rows[] = {"",
                          "x",
                          "../../keys/passphrase",
                          other,
                          pool_strndup(sample.pool, handle, 42),
                          pool_printf(sample.pool, "%sA", handle),
                          pool_printf(sample.pool, "%s?a=1", handle)};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        refused(rows[i], ERR_TICKET_UNKNOWN);
    assert_int_equal(claimed(handle), 0);
}

static void in_time(void **state)
{
    (void)state;
    const char *handle = new_file(NULL), *late = new_file(NULL);
    struct sample_call *s;
    const int64_t end = SAMPLE_NOON + sample.conf.handle_ttl_sec;
    sample_set_clock(end);
    assert_int_equal(fetch(handle, "bytes=0-0", &s), ERR_OK);
    sample_set_clock(end + 1);
    refused(handle, ERR_TICKET_EXPIRED);
    refused(late, ERR_TICKET_EXPIRED);
    sample_set_clock(end + 3 * SAMPLE_DAY);
    refused(late, ERR_TICKET_UNKNOWN);
}

static void revoked_since(void **state)
{
    (void)state;
    const char *sqbh, *handle = new_file(&sqbh);
    struct sample_call *s;
    assert_int_equal(fetch(handle, "bytes=0-9", &s), ERR_OK);
    sample_sql("UPDATE authz SET state = 3 WHERE sqbh = X'%s'", sqbh);
    refused(handle, ERR_CODE_REVOKED);
}

static void swept_away(void **state)
{
    (void)state;
    const char *handle = new_file(NULL);
    spool_file_remove(sample.conf.spool_dir, handle);
    refused(handle, ERR_PICKED_UP);
    assert_int_equal(claimed(handle), 0);
}

/* What was not sent may be fetched later; what was, not again. */
static void caller_gone(void **state)
{
    (void)state;
    const char *handle = new_file(NULL);
    struct sample_call *s = new_call(third, NULL);
    s->gone_after = 200000;
    assert_int_equal(act_file(&s->c, handle), ERR_OK);
    assert_int_equal(s->status, 200);
    int64_t sent_bytes = claimed(handle);
    assert_true(sent_bytes > 0 && sent_bytes <= 200000);
    assert_int_equal(
        fetch(handle, pool_printf(sample.pool, "bytes=%lld-", (long long)sent_bytes), &s), ERR_OK);
    sent(s, 206, (size_t)sent_bytes, SIZE - (size_t)sent_bytes);
    refused(handle, ERR_PICKED_UP);
}

/* Gone at the last flush: at most one piece counts as not sent, or the file could be taken again
 * and again by somebody who breaks off in time. */
static void gone_at_the_end(void **state)
{
    (void)state;
    const char *handle = new_file(NULL);
    struct sample_call *s = new_call(third, NULL);
    s->gone_after = SIZE;
    assert_int_equal(act_file(&s->c, handle), ERR_OK);
    assert_in_range(claimed(handle), SIZE - 65536, SIZE - 1);
}

static void others_need_threads_too(void **state)
{
    (void)state;
    const char *handle = new_file(NULL);
    struct sample_call *s;
    int taken = 0, threads = (int)sample.conf.threads;
    while (turn_take(threads))
        taken++;
    assert_int_equal(taken, threads - threads / 4);
    refused(handle, ERR_BUSY);
    assert_int_equal(claimed(handle), 0);
    turn_give();
    assert_int_equal(fetch(handle, NULL, &s), ERR_OK);
    sent(s, 200, 0, SIZE);
    while (--taken > 0)
        turn_give();
}

/* Two downloads at the same time get one file's bytes together. */
struct racing {
    struct sample_call *calls[2];
    const char *handle;
};

static enum err fetch_one(int i, struct db *db, void *arg)
{
    const struct racing *all = arg;
    all->calls[i]->c.w.db = db;
    return act_file(&all->calls[i]->c, all->handle);
}

static void two_at_once(void **state)
{
    (void)state;
    for (int round = 0; round < 3; round++) {
        struct racing all = {.handle = new_file(NULL)};
        struct pool *pools[2];
        enum err results[SAMPLE_RACE_MOST];
        for (int i = 0; i < 2; i++) {
            all.calls[i] = new_call(third, NULL);
            all.calls[i]->c.w.pool = all.calls[i]->body.pool = pools[i] = pool_new(false);
            buf_init(&all.calls[i]->body, pools[i]);
        }
        sample_race(2, DB_PICKUP, fetch_one, &all, results);
        assert_int_equal(sample_count(results, 2, ERR_OK), 1);
        assert_int_equal(sample_count(results, 2, ERR_PICKED_UP), 1);
        for (int i = 0; i < 2; i++) {
            if (results[i] == ERR_OK)
                sent(all.calls[i], 200, 0, SIZE);
            pool_destroy(&pools[i]);
        }
    }
}

/* One that another system holds; that system is not listed. */
static void held_elsewhere(void **state)
{
    (void)state;
    struct db *db = sample_db(DB_PICKUP);
    char handle[44] = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    struct file_handle h = {.day = clock_day(SAMPLE_NOON),
                            .app_id = third->app.app_id,
                            .media_type = "application/pdf",
                            .size = 10,
                            .expires_at = SAMPLE_NOON + 600,
                            .peer = "233010001"};
    memcpy(handle, sample_nonce(), 32);
    sm3(handle, 43, h.hash);
    assert_int_equal(file_handle_insert(db, &h), ERR_OK);
    assert_int_equal(db_commit(db), ERR_OK);
    refused(handle, ERR_NO_ROUTE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        PICKUP_TEST(whole_file_once), PICKUP_TEST(in_pieces),
        PICKUP_TEST(ranges_ignored),  PICKUP_TEST(range_behind_the_end),
        PICKUP_TEST(for_whom),        PICKUP_TEST(no_handle),
        PICKUP_TEST(in_time),         PICKUP_TEST(revoked_since),
        PICKUP_TEST(swept_away),      PICKUP_TEST(caller_gone),
        PICKUP_TEST(gone_at_the_end), PICKUP_TEST(others_need_threads_too),
        PICKUP_TEST(two_at_once),     PICKUP_TEST(held_elsewhere),
    };
    return SAMPLE_RUN("act_file", tests);
}
