/* user: a ticket of an app's page is exchanged once, however many ask at the same moment, by its
 * app alone, and not after the consent was taken back or the session has ended. */
#include "tests/act/call_sample.h"

#include "core/act/show/show.h"
#include "core/act/user/user.h"
#include "core/store/db.h"

enum { RACERS = 8 };

static const struct sample_app *third, *other;
static const char *origin;

static int begin(void **state)
{
    if (sample_begin(state) != 0)
        return 1;
    third = sample_app_new(APP_THIRD_PARTY, NULL);
    other = sample_app_new(APP_THIRD_PARTY, NULL);
    origin = pool_printf(sample.pool, "https://%s.example", sample_nonce());
    sample_sql("INSERT INTO app_origin (app_id, origin) VALUES ('%s', '%s')", third->app.app_id,
               origin);
    return 0;
}

#define USER_TEST(fn) cmocka_unit_test_setup_teardown(fn, begin, sample_end)

/* A call of a page of somebody who has just logged in. */
static struct call *logged_in(void)
{
    struct sample_call *s = sample_call_new(CALL_USER_TICKET, DB_USER, third);
    struct call *c = &s->c;
    struct session *session = pool_alloc(sample.pool, sizeof *session);
    uint8_t hash[SM3_LEN];
    const char *csrf;
    const struct login l = {.who = sample_person()};
    assert_int_equal(user_log_in(c, &l, &csrf), ERR_OK);
    sm3(c->cookie, strlen(c->cookie), hash);
    assert_int_equal(session_by_key(c->w.db, sample.kr, sample.pool, hash, session), ERR_OK);
    db_rollback(c->w.db);
    c->session = session;
    return c;
}

static const char *new_ticket(struct call *page)
{
    const struct user_consent_in in = {
        .app_id = third->app.app_id, .decision = "grant", .origin = origin};
    struct user_ticket_out out;
    assert_int_equal(act_user_consent(page, &in, &out), ERR_OK);
    assert_string_equal(out.state, "ticket");
    return out.ticket;
}

static enum err exchange(const struct sample_app *app, const char *ticket)
{
    struct sample_call *s = sample_call_new(CALL_USER_INFO, DB_USER, app);
    struct user_info_out out;
    const struct user_info_in in = {ticket};
    enum err e = act_user_info(&s->c, &in, &out);
    assert_int_equal(sample_recorded(s), e); /* every try leaves its record */
    return e;
}

struct racing {
    struct call *calls[RACERS];
    const char *ticket;
};

static enum err exchange_one(int i, struct db *db, void *arg)
{
    const struct racing *all = arg;
    struct call *c = all->calls[i];
    struct user_info_out out;
    const struct user_info_in in = {all->ticket};
    c->w.db = db;
    return act_user_info(c, &in, &out);
}

static void many_at_once(void **state)
{
    (void)state;
    for (int round = 0; round < 3; round++) {
        struct racing all = {.ticket = new_ticket(logged_in())};
        struct pool *pools[RACERS];
        enum err results[SAMPLE_RACE_MOST];
        for (int i = 0; i < RACERS; i++) {
            all.calls[i] = &sample_call_new(CALL_USER_INFO, DB_USER, third)->c;
            all.calls[i]->w.pool = pools[i] = pool_new(true); /* one thread, one pool */
        }
        sample_race(RACERS, DB_USER, exchange_one, &all, results);
        for (int i = 0; i < RACERS; i++)
            pool_destroy(&pools[i]);
        assert_int_equal(sample_count(results, RACERS, ERR_OK), 1);
        assert_int_equal(sample_count(results, RACERS, ERR_USER_TICKET), RACERS - 1);
    }
}

static void of_another_app(void **state)
{
    (void)state;
    const char *ticket = new_ticket(logged_in());
    assert_int_equal(exchange(other, ticket), ERR_USER_TICKET);
    assert_int_equal(exchange(third, ticket), ERR_OK);
    assert_int_equal(exchange(third, ticket), ERR_USER_TICKET);
}

static void too_late(void **state)
{
    (void)state;
    const char *ticket = new_ticket(logged_in()), *late = new_ticket(logged_in());
    sample_set_clock(sample.now_sec + 60);
    assert_int_equal(exchange(third, ticket), ERR_OK);
    sample_set_clock(sample.now_sec + 1);
    assert_int_equal(exchange(third, late), ERR_USER_TICKET);
}

static void consent_taken_back(void **state)
{
    (void)state;
    const char *ticket = new_ticket(logged_in());
    sample_sql("DELETE FROM user_consent WHERE app_id = '%s'", third->app.app_id);
    assert_int_equal(exchange(third, ticket), ERR_USER_TICKET);
}

static enum err end_session(struct db *db, void *arg)
{
    const struct call *c = arg;
    return show_end_session(db, c, c->session);
}

static void session_ended(void **state)
{
    (void)state;
    struct call *page = logged_in();
    const char *ticket = new_ticket(page);
    assert_int_equal(exchange(third, new_ticket(page)), ERR_OK);
    sample_sql("UPDATE app SET logout_url = 'https://app.example/out' WHERE app_id = '%s'",
               third->app.app_id);
    assert_int_equal(db_transact(page->w.db, end_session, page), ERR_OK);
    assert_int_equal(exchange(third, ticket), ERR_USER_TICKET);
    assert_int_equal(
        sample_number("SELECT COUNT(*) FROM callback_job WHERE app_id = '%s'", third->app.app_id),
        1);
}

/* The store has only SM3 values of tickets and keys, and nothing of the person in the clear. */
static void nothing_readable(void **state)
{
    (void)state;
    struct call *page = logged_in();
    const char *ticket = new_ticket(page);
    assert_int_equal(
        sample_number("SELECT COUNT(*) FROM user_ticket WHERE ticket_hash = '%s'", ticket), 0);
    assert_int_equal(
        sample_number("SELECT COUNT(*) FROM person_session WHERE INSTR(subject, '示例') > 0"), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        USER_TEST(many_at_once),       USER_TEST(of_another_app), USER_TEST(too_late),
        USER_TEST(consent_taken_back), USER_TEST(session_ended),  USER_TEST(nothing_readable),
    };
    return SAMPLE_RUN("act_user", tests);
}
