/* The registry's administrator approves, suspends and withdraws, and every act publishes the next
 * version of the list with its row in the record of acts. */
#include "tests/act/registry_sample.h"

static int64_t audited(const char *action)
{
    return sample_number("SELECT COUNT(*) FROM audit WHERE action = '%s'", action);
}

static int64_t version(void)
{
    return sample_number("SELECT COALESCE(MAX(version), 0) FROM trust_list");
}

static const struct trust_system *listed(const char *system)
{
    const struct trust *t = list_at(0);
    return t != NULL ? trust_find(t, system) : NULL;
}

static enum err approve(const struct route_register_in *in, struct sm2_key *key, const char **why_r)
{
    uint8_t no[APPLICATION_NO_LEN];
    assert_int_equal(apply_with(in, key, no), ERR_OK);
    return decide(no, true, why_r);
}

/* --- approval --- */

static void approval(void **state)
{
    (void)state;
    struct sm2_key *key = sample_key_new();
    const struct route_register_in in = form_of(CITY, key);
    uint8_t no[APPLICATION_NO_LEN];
    int64_t before = audited("route.approve");
    assert_int_equal(apply_with(&in, key, no), ERR_OK);
    assert_int_equal(decide(no, true, NULL), ERR_OK);
    assert_int_equal(version(), 1);
    assert_int_equal(audited("route.approve"), before + 1);
    const struct trust *t = list_at(0);
    assert_int_equal(t->n, 2);
    assert_string_equal(t->publisher, sample.conf.system);
    assert_int_equal(t->issued_at, SAMPLE_NOON);
    assert_int_equal(t->expires_at, SAMPLE_NOON + sample.conf.trust_ttl_sec);
    const struct trust_system *s = trust_find(t, CITY);
    assert_string_equal(s->base_url, in.base_url);
    assert_true(s->active);
    assert_null(s->previous_key);
    /* once: neither way again */
    assert_int_equal(decide(no, true, NULL), ERR_ABSENT);
    assert_int_equal(decide(no, false, NULL), ERR_ABSENT);
    assert_int_equal(version(), 1);
    assert_int_equal(audited("route.approve"), before + 1);
}

static void refusal(void **state)
{
    (void)state;
    struct sm2_key *key = sample_key_new();
    const struct route_register_in in = form_of(CITY, key);
    uint8_t no[APPLICATION_NO_LEN];
    int64_t before = audited("route.refuse");
    assert_int_equal(apply_with(&in, key, no), ERR_OK);
    assert_int_equal(decide(no, false, NULL), ERR_OK);
    assert_int_equal(version(), 0); /* nothing has changed for anybody */
    assert_int_equal(audited("route.refuse"), before + 1);
    assert_null(listed(CITY));
    assert_int_equal(decide(no, true, NULL), ERR_ABSENT);
    no[0] ^= 1;
    assert_int_equal(decide(no, true, NULL), ERR_ABSENT);
}

static void doubtful(const struct route_register_in *in, struct sm2_key *key, const char *part)
{
    const char *why;
    int64_t before = version(), waiting;
    assert_int_equal(approve(in, key, &why), ERR_BAD);
    if (strstr(why, part) == NULL)
        fail_msg("not for that reason: %s", why);
    waiting = sample_number("SELECT COUNT(*) FROM route_application WHERE status = 1 AND system ="
                            " '%s'",
                            in->system);
    assert_int_equal(waiting, 1); /* it waits on: it may be put right, or refused */
    assert_int_equal(version(), before);
    sample_sql("DELETE FROM route_application");
}

static void doubts(void **state)
{
    (void)state;
    struct sm2_key *city = sample_key_new(), *key = sample_key_new();
    struct route_register_in first = form_of(CITY, city), in = form_of(DISTRICT, key);
    approved(&first, city);
    in.parent = OTHER;
    doubtful(&in, key, "no approved route");
    in = form_of(DISTRICT, city); /* two systems could not be told apart */
    doubtful(&in, city, "another system's");
    /* up from the city to the district and round again */
    in = form_of(DISTRICT, key);
    in.parent = CITY;
    approved(&in, key);
    struct route_register_in round = form_of(CITY, city);
    round.parent = DISTRICT;
    doubtful(&round, city, "come round");
    /* a parent that has left */
    assert_int_equal(act_on(CITY, REGISTRY_WITHDRAW), ERR_OK);
    struct sm2_key *third = sample_key_new();
    struct route_register_in below = form_of(OTHER, third);
    below.parent = CITY;
    doubtful(&below, third, "no approved route");
}

/* Our own key under another's name would let it speak for us. */
static void our_own_key(void **state)
{
    (void)state;
    struct sm2_key *own = (struct sm2_key *)(uintptr_t)keyring_system_key(sample.kr);
    const struct route_register_in in = form_of(CITY, own);
    doubtful(&in, own, "another system's");
}

/* What was signed by the key of then does not count once another has been approved. */
static void overtaken(void **state)
{
    (void)state;
    struct sm2_key *a = sample_key_new(), *b = sample_key_new();
    struct route_register_in of_a = form_of(CITY, a), of_b = form_of(CITY, b);
    uint8_t no_a[APPLICATION_NO_LEN], no_b[APPLICATION_NO_LEN], later[APPLICATION_NO_LEN];
    const char *why;
    assert_int_equal(apply_with(&of_a, a, no_a), ERR_OK);
    assert_int_equal(apply_with(&of_b, b, no_b), ERR_OK);
    sample_set_clock(SAMPLE_NOON + 1);
    assert_int_equal(apply_with(&of_b, b, later), ERR_OK);
    sample_set_clock(SAMPLE_NOON);
    assert_int_equal(decide(no_a, true, NULL), ERR_OK);
    assert_int_equal(decide(no_b, true, NULL), ERR_ABSENT); /* refused with it */
    assert_int_equal(decide(later, true, &why), ERR_BAD);
    assert_non_null(strstr(why, "not signed with the key on record"));
}

/* --- a change of the key --- */

static void overlap(void **state)
{
    (void)state;
    struct sm2_key *old = sample_key_new(), *new = sample_key_new();
    struct route_register_in first = form_of(CITY, old), change = form_of(CITY, new);
    uint8_t sig_old[SM2_SIG_LEN], sig_new[SM2_SIG_LEN];
    assert_int_equal(sm2_sign(old, "x", 1, sig_old), ERR_OK);
    assert_int_equal(sm2_sign(new, "x", 1, sig_new), ERR_OK);
    approved(&first, old);
    approved(&change, old);
    const struct trust_system *s = listed(CITY);
    int64_t until = SAMPLE_NOON + sample.conf.route_overlap_sec;
    assert_non_null(s->previous_key);
    assert_int_equal(s->previous_until, until);
    assert_true(trust_key_holds(s, SAMPLE_NOON, "x", 1, sig_new));
    assert_true(trust_key_holds(s, SAMPLE_NOON, "x", 1, sig_old));
    assert_false(trust_key_holds(s, until + 1, "x", 1, sig_old));
    /* a later change of something else keeps the overlap; after it the old key is not listed */
    change.base_url = "https://moved.example.com";
    approved(&change, new);
    assert_int_equal(listed(CITY)->previous_until, until);
    sample_set_clock(until + 1);
    change.name = "示例市码系统二";
    approved(&change, new);
    assert_null(listed(CITY)->previous_key);
    /* the old key may not sign the next change */
    uint8_t no[APPLICATION_NO_LEN];
    assert_int_equal(apply_with(&first, old, no), ERR_NOT_AUTHENTICATED);
}

static void no_overlap(void **state)
{
    (void)state;
    struct sm2_key *old = sample_key_new(), *new = sample_key_new();
    struct route_register_in first = form_of(CITY, old), change = form_of(CITY, new);
    int64_t kept = sample.conf.route_overlap_sec;
    approved(&first, old);
    sample.conf.route_overlap_sec = 0;
    approved(&change, old);
    sample.conf.route_overlap_sec = kept;
    assert_null(listed(CITY)->previous_key);
}

/* --- suspended, withdrawn --- */

static void suspended_and_resumed(void **state)
{
    (void)state;
    struct sm2_key *key = sample_key_new(), *next = sample_key_new();
    struct route_register_in in = form_of(CITY, key), change = form_of(CITY, next);
    int64_t before = audited("route.suspend") + audited("route.resume");
    assert_int_equal(act_on(CITY, REGISTRY_SUSPEND), ERR_ABSENT);
    approved(&in, key);
    assert_int_equal(act_on(CITY, REGISTRY_RESUME), ERR_ABSENT); /* it is not suspended */
    assert_int_equal(act_on(CITY, REGISTRY_SUSPEND), ERR_OK);
    assert_false(listed(CITY)->active);
    assert_int_equal(act_on(CITY, REGISTRY_SUSPEND), ERR_ABSENT);
    approved(&change, key); /* a change does not lift it */
    assert_false(listed(CITY)->active);
    assert_int_equal(act_on(CITY, REGISTRY_RESUME), ERR_OK);
    assert_true(listed(CITY)->active);
    assert_int_equal(version(), 4);
    assert_int_equal(audited("route.suspend") + audited("route.resume"), before + 2);
}

static void withdrawn_and_back(void **state)
{
    (void)state;
    struct sm2_key *key = sample_key_new(), *next = sample_key_new();
    struct route_register_in in = form_of(CITY, key), again = form_of(CITY, next);
    assert_int_equal(act_on(CITY, REGISTRY_WITHDRAW), ERR_ABSENT);
    approved(&in, key);
    assert_int_equal(act_on(CITY, REGISTRY_SUSPEND), ERR_OK);
    assert_int_equal(act_on(CITY, REGISTRY_WITHDRAW), ERR_OK); /* from any state */
    assert_null(listed(CITY));
    assert_int_equal(act_on(CITY, REGISTRY_WITHDRAW), ERR_ABSENT);
    assert_int_equal(act_on(CITY, REGISTRY_RESUME), ERR_ABSENT);
    /* it may come back with another key: an administrator has looked at it */
    approved(&again, next);
    assert_true(listed(CITY)->active);
    assert_null(listed(CITY)->previous_key);
}

/* --- the list --- */

static void versions_of_the_list(void **state)
{
    (void)state;
    struct work w = sample_work(DB_ADMIN);
    struct registry r = {.w = &w};
    int64_t v = 0;
    assert_null(list_at(0));
    assert_int_equal(registry_publish(&r, &v), ERR_OK);
    assert_int_equal(v, 1);
    struct sm2_key *key = sample_key_new();
    struct route_register_in in = form_of(CITY, key);
    sample_set_clock(SAMPLE_NOON + 100);
    approved(&in, key);
    assert_int_equal(version(), 2);
    /* what was in force at a moment can be asked for */
    assert_null(list_at(SAMPLE_NOON - 1));
    assert_int_equal(list_at(SAMPLE_NOON)->version, 1);
    assert_int_equal(list_at(SAMPLE_NOON + 99)->version, 1);
    assert_int_equal(list_at(SAMPLE_NOON + 100)->version, 2);
    assert_int_equal(list_at(0)->version, 2);
    /* altered in the table: it does not hold */
    struct trust_row row;
    struct trust *t = NULL;
    sample_sql("UPDATE trust_list SET body = REPLACE(body, '.example.com', '.example.org') WHERE"
               " version = 2");
    assert_int_equal(registry_list(&r, 0, &row, &t), ERR_BAD);
    assert_null(t);
    assert_non_null(r.why);
}

static void when_it_is_time(void **state)
{
    (void)state;
    int64_t v = -1, half = sample.conf.trust_ttl_sec / 2;
    static const struct {
        int off;
        int64_t published;
    } rows[] = {{0, 1}, {0, 0}, {1, 0}};
    struct work w = sample_work(DB_ROUTE);
    struct registry r = {.w = &w};
    for (size_t i = 0; i < 3; i++) {
        w.now_sec = SAMPLE_NOON + rows[i].off;
        assert_int_equal(registry_publish_if_due(&r, &v), ERR_OK);
        assert_int_equal(v, rows[i].published);
    }
    w.now_sec = SAMPLE_NOON + half; /* half of its time is left */
    assert_int_equal(registry_publish_if_due(&r, &v), ERR_OK);
    assert_int_equal(v, 0);
    w.now_sec++;
    assert_int_equal(registry_publish_if_due(&r, &v), ERR_OK);
    assert_int_equal(v, 2);
    /* a list that another system published is not ours */
    sample_sql("UPDATE trust_list SET publisher = '" OTHER "'");
    assert_int_equal(registry_publish_if_due(&r, &v), ERR_OK);
    assert_int_equal(v, 3);
    assert_int_equal(sample_number("SELECT COUNT(*) FROM trust_list WHERE publisher = '" OTHER "'"),
                     0);
}

static void not_the_registry(void **state)
{
    (void)state;
    struct work w = sample_work(DB_ADMIN);
    struct registry r = {.w = &w};
    int64_t v = 0;
    const char *kept = sample.conf.registry_url;
    sample.conf.registry_url = "https://registry.example.com";
    enum err e = registry_publish(&r, &v);
    sample.conf.registry_url = kept;
    assert_int_equal(e, ERR_BAD);
    assert_non_null(strstr(r.why, "not the registry"));
    assert_int_equal(version(), 0);
}

/* --- two administrators --- */

static enum err publish_one(int i, struct db *db, void *arg)
{
    struct pool *p = pool_new(false);
    struct work w = {.pool = p,
                     .conf = &sample.conf,
                     .kr = sample.kr,
                     .db = db,
                     .now_sec = SAMPLE_NOON,
                     .now_ms = SAMPLE_NOON * (int64_t)1000};
    struct registry r = {.w = &w};
    enum err e;
    do
        e = registry_publish(&r, &((int64_t *)arg)[i]);
    while (e == ERR_BUSY);
    pool_destroy(&p);
    return e;
}

static void versions_rise_one_by_one(void **state)
{
    (void)state;
    enum { ADMINS = 6 };
    int64_t versions[ADMINS] = {0};
    enum err results[SAMPLE_RACE_MOST];
    unsigned seen = 0;
    sample_race(ADMINS, DB_ADMIN, publish_one, versions, results);
    assert_int_equal(sample_count(results, ADMINS, ERR_OK), ADMINS);
    for (int i = 0; i < ADMINS; i++) {
        assert_in_range(versions[i], 1, ADMINS);
        seen |= 1U << versions[i];
    }
    assert_int_equal(seen, 0x7e); /* each once */
    assert_int_equal(version(), ADMINS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        REGISTRY_TEST(approval),
        REGISTRY_TEST(refusal),
        REGISTRY_TEST(doubts),
        REGISTRY_TEST(our_own_key),
        REGISTRY_TEST(overtaken),
        REGISTRY_TEST(overlap),
        REGISTRY_TEST(no_overlap),
        REGISTRY_TEST(suspended_and_resumed),
        REGISTRY_TEST(withdrawn_and_back),
        REGISTRY_TEST(versions_of_the_list),
        REGISTRY_TEST(when_it_is_time),
        REGISTRY_TEST(not_the_registry),
        REGISTRY_TEST(versions_rise_one_by_one),
    };
    return SAMPLE_RUN("act_registry", tests);
}
