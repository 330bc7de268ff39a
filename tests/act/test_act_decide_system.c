/* decide, said by another code system: a subject of its own has decided on a request made here. The
 * authorization and its ticket are that system's; here stands what it was given for. */
#include "tests/act/authorize_sample.h"

#define THEIRS "251000002"

static struct sample_app theirs;

static int begin_system(void **state)
{
    if (begin(state) != 0)
        return 1;
    theirs = new_system(THEIRS);
    return 0;
}

#define SYSTEM_TEST(fn) cmocka_unit_test_setup_teardown(fn, begin_system, sample_end)

/* A grant as their system would make it, of the first class asked for. */
static struct auth_grant grant_of(const char *sqbh)
{
    static struct masked_subject masked = {"person", "赵**", "9999*****"};
    return (struct auth_grant){
        .sqbh = sqbh,
        .ticket = pool_printf(sample.pool, THEIRS ".%.32s01234567890", sample_nonce()),
        .ticket_expires = {true, SAMPLE_NOON + 600},
        .record =
            json_parse(sample.pool, pool_printf(sample.pool, "{\"xxsy\":{\"sqbh\":\"%s\"}}", sqbh)),
        .subject = &masked,
        .xxlb = {asked_for, 1}};
}

static struct auth_decide_in decision(const char *code, struct auth_grant *g)
{
    return (struct auth_decide_in){
        .request_code = code, .decision = g != NULL ? "grant" : "refuse", .grant = g};
}

static enum err say(const struct auth_decide_in *in)
{
    struct auth_decide_out out;
    struct sample_call *s;
    enum err e = decide_as(&theirs, in, &out, &s);
    assert_int_equal(sample_recorded(s), s->c.detail == NULL ? (int)e : -1);
    if (e == ERR_OK && in->grant != NULL)
        assert_string_equal(out.sqbh, in->grant->sqbh);
    return e;
}

static void grant_is_kept(void **state)
{
    (void)state;
    struct auth_request_out o = new_request();
    struct auth_grant g = grant_of(sample_nonce()), got;
    const struct auth_decide_in in = decision(o.request_code, &g);
    assert_int_equal(say(&in), ERR_OK);
    assert_int_equal(status_as(third, o.request_no, &got, NULL), ERR_OK);
    assert_string_equal(got.sqbh, g.sqbh);
    assert_string_equal(got.ticket, g.ticket);
    assert_int_equal(got.ticket_expires.v, SAMPLE_NOON + 600);
    assert_string_equal(got.subject->name, "赵**");
    assert_int_equal(got.xxlb.n, 1);
    /* no authorization of ours; the ticket is known by its hash, for this third party, of that
     * system */
    assert_int_equal(sample_number("SELECT COUNT(*) FROM authz WHERE sqbh = X'%s'", g.sqbh), 0);
    uint8_t hash[SM3_LEN];
    sm3(g.ticket, strlen(g.ticket), hash);
    assert_string_equal(sample_value("SELECT CONCAT(app_id, '|', peer) FROM call_record WHERE"
                                     " ticket_hash = %s",
                                     sample_hex(hash, SM3_LEN)),
                        pool_printf(sample.pool, "%s|" THEIRS, third->app.app_id));
}

/* A system that has not had our answer says it again: the same word is one word, another is not. */
static void said_again(void **state)
{
    (void)state;
    struct auth_request_out yes = new_request(), no = new_request();
    struct auth_grant g = grant_of(sample_nonce()), other = grant_of(sample_nonce()), ticket = g;
    ticket.ticket = other.ticket;
    struct auth_decide_in in = decision(yes.request_code, &g);
    assert_int_equal(say(&in), ERR_OK);
    assert_int_equal(say(&in), ERR_OK);
    in = decision(yes.request_code, &other);
    assert_int_equal(say(&in), ERR_AUTHZ_DECIDED);
    in = decision(yes.request_code, &ticket);
    assert_int_equal(say(&in), ERR_AUTHZ_DECIDED);
    in = decision(yes.request_code, NULL);
    assert_int_equal(say(&in), ERR_AUTHZ_DECIDED);
    in = decision(no.request_code, NULL);
    assert_int_equal(say(&in), ERR_OK);
    assert_int_equal(say(&in), ERR_OK);
    in = decision(no.request_code, &other);
    assert_int_equal(say(&in), ERR_AUTHZ_DECIDED);
    struct auth_grant got;
    assert_int_equal(status_as(third, yes.request_no, &got, NULL), ERR_OK);
    assert_string_equal(got.ticket, g.ticket);
    assert_int_equal(status(no.request_no), ERR_AUTHZ_REFUSED);
}

static void decided_by_others(void **state)
{
    (void)state;
    struct auth_request_out o = new_request(), late = new_request();
    struct auth_grant g = grant_of(sample_nonce());
    struct auth_decide_in in = decision(o.request_code, &g);
    (void)granted(o.request_code, sample_person());
    assert_int_equal(say(&in), ERR_AUTHZ_DECIDED);
    in = decision(o.request_code, NULL);
    assert_int_equal(say(&in), ERR_AUTHZ_DECIDED);
    sample_set_clock(late.expires_at.v + 1);
    in = decision(late.request_code, &g);
    assert_int_equal(say(&in), ERR_AUTHZ_EXPIRED);
    /* a request of a third system is not passed on */
    in.request_code = pool_printf(sample.pool, "ZWR1233010001%s", late.request_code + 13);
    assert_int_equal(say(&in), ERR_NO_ROUTE);
}

static void at_fault(const struct auth_decide_in *in, enum err e, const char *field)
{
    struct auth_decide_out out;
    struct sample_call *s;
    enum err got = decide_as(&theirs, in, &out, &s);
    if (got != e || s->c.detail == NULL || strcmp(s->c.detail, field) != 0)
        fail_msg("%s: %s, %s", field, err_name(got), s->c.detail != NULL ? s->c.detail : "");
    assert_int_equal(sample_recorded(s), -1);
}

static void fields(void **state)
{
    (void)state;
    static const char *more[] = {SAMPLE_CLASS, "1.2.not.asked"};
    struct auth_request_out o = new_request();
    struct auth_grant good = grant_of(sample_nonce()), g = good;
    struct auth_decide_in in = decision(o.request_code, &g);
    in.subject = sample_person(); /* who it is stays there */
    at_fault(&in, ERR_FIELD_UNKNOWN, "subject");
    in = decision(o.request_code, &g);
    in.xxlb = (struct field_strings){asked_for, 1};
    at_fault(&in, ERR_FIELD_UNKNOWN, "xxlb");
    in = decision(o.request_code, NULL);
    in.decision = "grant";
    at_fault(&in, ERR_FIELD_MISSING, "grant");
    in = decision(o.request_code, &g);
    in.decision = "refuse";
    at_fault(&in, ERR_FIELD_UNKNOWN, "grant");
    in = decision(o.request_code, &g);
    g.ticket = pool_printf(sample.pool, "251000003%s", good.ticket + 9); /* another system's */
    at_fault(&in, ERR_FIELD_INVALID, "grant.ticket");
    g.ticket = pool_printf(sample.pool, "%s%s", sample.conf.system, good.ticket + 9); /* ours */
    at_fault(&in, ERR_FIELD_INVALID, "grant.ticket");
    g.ticket = pool_printf(sample.pool, THEIRS "-%s", good.ticket + 10);
    at_fault(&in, ERR_FIELD_INVALID, "grant.ticket");
    g = good;
    g.ticket_expires.v = SAMPLE_NOON - 1;
    at_fault(&in, ERR_FIELD_INVALID, "grant.ticket_expires");
    g = good;
    g.record =
        json_parse(sample.pool, "{\"xxsy\":{\"sqbh\":\"00000000000000000000000000000000\"}}");
    at_fault(&in, ERR_FIELD_INVALID, "grant.record");
    g.record = json_parse(sample.pool, "{}");
    at_fault(&in, ERR_FIELD_INVALID, "grant.record");
    g = good;
    g.xxlb = (struct field_strings){more, 2};
    at_fault(&in, ERR_FIELD_INVALID, "grant.xxlb[1]");
    g = good;
    assert_int_equal(say(&in), ERR_OK);
}

/* A subject of ours, a request of another system that nobody can be reached at: nothing is made. */
static void request_made_elsewhere(void **state)
{
    (void)state;
    struct auth_request_out o = new_request();
    struct subject *who = sample_person();
    struct auth_decide_in in =
        grant_in(pool_printf(sample.pool, "ZWR1233010001%s", o.request_code + 13), who);
    int64_t before = sample_number("SELECT COUNT(*) FROM authz");
    struct auth_decide_out out;
    struct sample_call *s;
    assert_int_equal(decide_as(channel, &in, &out, &s), ERR_NO_ROUTE);
    in = refuse_in(in.request_code, who);
    assert_int_equal(decide_as(channel, &in, &out, &s), ERR_NO_ROUTE);
    assert_int_equal(sample_number("SELECT COUNT(*) FROM authz"), before);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SYSTEM_TEST(grant_is_kept),          SYSTEM_TEST(said_again),
        SYSTEM_TEST(decided_by_others),      SYSTEM_TEST(fields),
        SYSTEM_TEST(request_made_elsewhere),
    };
    return SAMPLE_RUN("act_decide_system", tests);
}
