/* outcome: who does not know what became of his verification is told the same again, for ten
 * minutes; and what has not happened then never will. */
#include "tests/act/call_sample.h"

#include "core/act/outcome.h"
#include "core/act/verify.h"

static const struct sample_app *channel, *third;

static int begin(void **state)
{
    if (sample_begin(state) != 0)
        return 1;
    channel = sample_app_new(APP_CHANNEL, NULL);
    third = sample_app_new(APP_THIRD_PARTY, NULL);
    return 0;
}

#define OUTCOME_TEST(fn) cmocka_unit_test_setup_teardown(fn, begin, sample_end)

static struct issue_out new_code(void)
{
    const struct issue_in in = sample_issue_in(sample_person());
    return sample_issue(channel, &in);
}

/* Verifies; *nonce_r is what to ask with. */
static enum err verify(const char *code, struct verify_out *out, const char **nonce_r)
{
    struct sample_call *s = sample_call_new(CALL_VERIFY, DB_VERIFY, third);
    const struct verify_in in = sample_verify_in(code);
    *nonce_r = s->c.sig.nonce;
    return act_verify(&s->c, &in, out);
}

static enum err ask_as(const struct sample_app *app, const char *nonce, struct verify_out *out,
                       struct sample_call **s_r)
{
    struct sample_call *s = sample_call_new(CALL_OUTCOME, DB_VERIFY, app);
    const struct outcome_in in = {nonce};
    if (s_r != NULL)
        *s_r = s;
    return act_outcome(&s->c, &in, out);
}

static enum err ask(const char *nonce)
{
    struct verify_out out;
    return ask_as(third, nonce, &out, NULL);
}

static void same_answer(void **state)
{
    (void)state;
    struct issue_out o = new_code();
    struct verify_out first, again;
    struct sample_call *s;
    const char *nonce;
    assert_int_equal(verify(o.code, &first, &nonce), ERR_OK);
    for (int i = 0; i < 2; i++) {
        sample_set_clock(SAMPLE_NOON + 100 * i);
        assert_int_equal(ask_as(third, nonce, &again, &s), ERR_OK);
        assert_int_equal(sample_recorded(s), ERR_OK);
        assert_string_equal(again.ticket, first.ticket);
        assert_int_equal(again.ticket_expires.v, first.ticket_expires.v);
        assert_string_equal(again.sqbh, o.sqbh);
        assert_string_equal(again.system, first.system);
        assert_string_equal(again.code_type, "ZWM1");
        assert_string_equal(again.channel, "01");
        assert_int_equal(again.deadline.v, first.deadline.v);
        assert_string_equal(again.subject->name, "张**");
        assert_string_equal(again.subject->id_no, first.subject->id_no);
        assert_int_equal(again.xxlb.n, 2);
        assert_string_equal(again.xxlb.v[1], SAMPLE_CLASS2);
        assert_string_equal(json_get_text(again.xxsy, "sqbh", NULL), o.sqbh);
    }
    /* asking uses nothing up */
    assert_int_equal(sample_number("SELECT uses FROM authz WHERE sqbh = X'%s'", o.sqbh), 1);
}

static void same_refusal(void **state)
{
    (void)state;
    struct issue_out used = new_code(), late = new_code(), revoked = new_code();
    struct verify_out out;
    struct sample_call *s;
    const char *nonces[5], *first;
    assert_int_equal(verify(used.code, &out, &first), ERR_OK);
    assert_int_equal(verify(used.code, &out, &nonces[0]), ERR_CODE_USED);
    sample_sql("UPDATE authz SET state = 3 WHERE sqbh = X'%s'", revoked.sqbh);
    assert_int_equal(verify(revoked.code, &out, &nonces[1]), ERR_CODE_REVOKED);
    assert_int_equal(verify("nonsense", &out, &nonces[2]), ERR_CODE_MALFORMED);
    sample_set_clock(SAMPLE_NOON + 61);
    assert_int_equal(verify(late.code, &out, &nonces[3]), ERR_CODE_EXPIRED);
    assert_int_equal(ask(nonces[0]), ERR_CODE_USED);
    assert_int_equal(ask(nonces[1]), ERR_CODE_REVOKED);
    assert_int_equal(ask(nonces[2]), ERR_CODE_MALFORMED);
    assert_int_equal(ask_as(third, nonces[3], &out, &s), ERR_CODE_EXPIRED);
    assert_string_equal(s->c.msg, "码已过期");
    assert_int_equal(ask(first), ERR_OK);
}

/* It was asked about before it came: then it does not come any more. */
static void never_happens(void **state)
{
    (void)state;
    struct issue_out o = new_code();
    struct sample_call *late = sample_call_new(CALL_VERIFY, DB_VERIFY, third);
    const struct verify_in in = sample_verify_in(o.code);
    struct verify_out out;
    assert_int_equal(ask(late->c.sig.nonce), ERR_CODE_UNKNOWN);
    assert_int_equal(act_verify(&late->c, &in, &out), ERR_NONCE_USED);
    assert_int_equal(sample_number("SELECT uses FROM authz WHERE sqbh = X'%s'", o.sqbh), 0);
    assert_int_equal(ask(late->c.sig.nonce), ERR_CODE_UNKNOWN);
}

/* So too on the other side of midnight: the call is on its way with an older timestamp. */
static void never_happens_across_midnight(void **state)
{
    (void)state;
    const int64_t midnight = SAMPLE_NOON + 20 * 3600;
    struct verify_out out;
    sample_set_clock(midnight - 30);
    struct issue_out o = new_code();
    struct sample_call *late = sample_call_new(CALL_VERIFY, DB_VERIFY, third);
    const struct verify_in in = sample_verify_in(o.code);
    sample_set_clock(midnight + 20);
    assert_int_equal(ask(late->c.sig.nonce), ERR_CODE_UNKNOWN);
    late->c.w.now_sec = sample.now_sec;
    assert_int_equal(act_verify(&late->c, &in, &out), ERR_NONCE_USED);
    /* and one that did happen before midnight is found after it */
    sample_set_clock(midnight - 30);
    const char *nonce;
    assert_int_equal(verify(o.code, &out, &nonce), ERR_OK);
    sample_set_clock(midnight + 500);
    assert_int_equal(ask(nonce), ERR_OK);
}

static void for_ten_minutes(void **state)
{
    (void)state;
    struct verify_out out;
    const char *nonce;
    assert_int_equal(verify(new_code().code, &out, &nonce), ERR_OK);
    sample_set_clock(SAMPLE_NOON + sample.conf.outcome_ttl_sec);
    assert_int_equal(ask(nonce), ERR_OK);
    sample_set_clock(SAMPLE_NOON + sample.conf.outcome_ttl_sec + 1);
    assert_int_equal(ask(nonce), ERR_CODE_UNKNOWN);
}

static void others_learn_nothing(void **state)
{
    (void)state;
    const struct sample_app *other = sample_app_new(APP_THIRD_PARTY, NULL);
    struct verify_out out;
    struct sample_call *s;
    const char *nonce;
    assert_int_equal(verify(new_code().code, &out, &nonce), ERR_OK);
    assert_int_equal(ask_as(other, nonce, &out, &s), ERR_CODE_UNKNOWN);
    assert_int_equal(sample_recorded(s), ERR_CODE_UNKNOWN);
    assert_int_equal(ask(nonce), ERR_OK); /* and take nothing from the owner */
}

static void of_other_calls(void **state)
{
    (void)state;
    struct sample_call *s, *issue = sample_call_new(CALL_ISSUE, DB_ISSUE, third);
    struct verify_out out;
    /* an outcome's own nonce, an issue's */
    assert_int_equal(ask_as(third, sample_nonce(), &out, &s), ERR_CODE_UNKNOWN);
    assert_int_equal(ask(s->c.sig.nonce), ERR_CODE_UNKNOWN);
    assert_int_equal(call_refuse(&issue->c, ERR_AUTHZ_UNKNOWN), ERR_AUTHZ_UNKNOWN);
    assert_int_equal(ask(issue->c.sig.nonce), ERR_CODE_UNKNOWN);
}

static void about_itself(void **state)
{
    (void)state;
    struct sample_call *s = sample_call_new(CALL_OUTCOME, DB_VERIFY, third);
    const struct outcome_in in = {s->c.sig.nonce};
    struct verify_out out;
    assert_int_equal(act_outcome(&s->c, &in, &out), ERR_FIELD_INVALID);
    assert_string_equal(s->c.detail, "nonce");
    assert_int_equal(sample_recorded(s), -1);
}

static void its_own_nonce_once(void **state)
{
    (void)state;
    struct verify_out out;
    const char *nonce;
    assert_int_equal(verify(new_code().code, &out, &nonce), ERR_OK);
    struct sample_call *s = sample_call_new(CALL_OUTCOME, DB_VERIFY, third);
    const struct outcome_in in = {nonce}, unknown = {sample_nonce()};
    assert_int_equal(act_outcome(&s->c, &in, &out), ERR_OK);
    assert_int_equal(act_outcome(&s->c, &in, &out), ERR_NONCE_USED);
    assert_int_equal(act_outcome(&s->c, &unknown, &out), ERR_NONCE_USED);
    /* what was asked in vain is not stopped by a call that did not count */
    assert_int_equal(
        sample_number("SELECT COUNT(*) FROM call_record WHERE nonce = '%s'", unknown.nonce), 0);
}

static void altered_answer(void **state)
{
    (void)state;
    struct verify_out out;
    const char *nonce;
    assert_int_equal(verify(new_code().code, &out, &nonce), ERR_OK);
    sample_sql("UPDATE call_record SET answer = REVERSE(answer) WHERE nonce = '%s'", nonce);
    assert_int_equal(ask(nonce), ERR_STORAGE);
    sample_sql("UPDATE call_record SET answer = NULL WHERE nonce = '%s'", nonce);
    assert_int_equal(ask(nonce), ERR_STORAGE);
}

/* A system asks for its own caller, who began a little earlier. */
static void a_minute_more_for_systems(void **state)
{
    (void)state;
    const struct sample_app *system = sample_app_new(APP_SYSTEM, NULL);
    struct sample_call *s = sample_call_new(CALL_VERIFY, DB_VERIFY, system);
    struct verify_out out;
    assert_int_equal(call_refuse(&s->c, ERR_CODE_USED), ERR_CODE_USED);
    sample_set_clock(SAMPLE_NOON + sample.conf.outcome_ttl_sec + 60);
    assert_int_equal(ask_as(system, s->c.sig.nonce, &out, NULL), ERR_CODE_USED);
    sample_set_clock(SAMPLE_NOON + sample.conf.outcome_ttl_sec + 61);
    assert_int_equal(ask_as(system, s->c.sig.nonce, &out, NULL), ERR_CODE_UNKNOWN);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        OUTCOME_TEST(same_answer),
        OUTCOME_TEST(same_refusal),
        OUTCOME_TEST(never_happens),
        OUTCOME_TEST(never_happens_across_midnight),
        OUTCOME_TEST(for_ten_minutes),
        OUTCOME_TEST(others_learn_nothing),
        OUTCOME_TEST(of_other_calls),
        OUTCOME_TEST(about_itself),
        OUTCOME_TEST(its_own_nonce_once),
        OUTCOME_TEST(altered_answer),
        OUTCOME_TEST(a_minute_more_for_systems),
    };
    return SAMPLE_RUN("act_outcome", tests);
}
