/* issue: what a code and its record say, what is stored of it, and every refusal. */
#include "tests/act/call_sample.h"

#include "core/act/issue.h"
#include "core/base/text.h"
#include "core/code/code.h"
#include "core/code/jcs.h"

static const struct sample_app *channel;

static int begin(void **state)
{
    if (sample_begin(state) != 0)
        return 1;
    channel = sample_app_new(APP_CHANNEL, NULL);
    return 0;
}

#define ISSUE_TEST(fn) cmocka_unit_test_setup_teardown(fn, begin, sample_end)

static struct code decoded(const char *text)
{
    struct code code;
    assert_int_equal(code_decode(text, strlen(text), &code), ERR_OK);
    assert_true(
        sm2_verify(keyring_system_key(sample.kr), code.bytes, code_signed_len(&code), code.sig));
    return code;
}

static const char *row(const struct issue_out *o, const char *column)
{
    return sample_value("SELECT %s FROM authz WHERE sqbh = X'%s'", column, o->sqbh);
}

static const char *text(struct json_object *o, const char *a, const char *b)
{
    return json_get_text(json_get(o, a), b, NULL);
}

static void personal_code(void **state)
{
    (void)state;
    struct subject *who = sample_person();
    struct issue_in in = sample_issue_in(who);
    struct issue_out o;
    struct sample_call *s = sample_call_new(CALL_ISSUE, DB_ISSUE, channel);
    in.czqx = "5";
    in.xxsy = json_parse(sample.pool, "{\"aaz001\":\"7\"}");
    assert_int_equal(act_issue(&s->c, &in, &o), ERR_OK);
    assert_int_equal(sample_recorded(s), ERR_OK);
    assert_string_equal(s->c.sqbh, o.sqbh);
    assert_int_equal(o.issued_at.v, SAMPLE_NOON);
    assert_int_equal(o.deadline.v, SAMPLE_NOON + 60); /* HLJ 9.2: one minute */
    assert_int_equal(o.refresh_after_sec.v, 50);
    struct code code = decoded(o.code);
    assert_int_equal(strlen(o.code), 240);
    assert_int_equal(code.type, CODE_ZWM1);
    assert_string_equal(code.system, sample.conf.system);
    assert_string_equal(code.channel, "01");
    assert_int_equal(code.deadline, SAMPLE_NOON + 60);
    /* the record (QYM 6.1.2), times in China standard time */
    assert_string_equal(text(o.record, "sqzt", "sqztmc"), "张示例");
    assert_string_equal(text(o.record, "sqzt", "sqztdm"), who->id_no);
    assert_string_equal(text(o.record, "sqzt", "sqsj"), "20310304120000");
    assert_string_equal(text(o.record, "sqqx", "sqkssj"), "20310304120000");
    assert_string_equal(text(o.record, "sqqx", "sqjzsj"), "20310304120100");
    assert_string_equal(text(o.record, "xxsy", "sqbh"), o.sqbh);
    assert_string_equal(text(o.record, "xxsy", "aaz001"), "7");
    assert_string_equal(json_get_text(o.record, "czqx", NULL), "5");
    assert_null(json_get(o.record, "bsqzt"));
    /* its digest is in the code */
    struct buf jcs;
    uint8_t digest[SM3_LEN];
    buf_init(&jcs, sample.pool);
    assert_int_equal(jcs_write(&jcs, o.record), ERR_OK);
    sm3(jcs.data, jcs.len, digest);
    assert_memory_equal(code.digest, digest, SM3_LEN);
    /* and the row that a verification will find */
    assert_string_equal(row(&o, "HEX(digest)"),
                        sample_value("SELECT UPPER(HEX(%s))", sample_hex(digest, 32)));
    assert_string_equal(row(&o, "state"), "1");
    assert_string_equal(row(&o, "uses"), "0");
    assert_string_equal(row(&o, "single_use"), "1");
    assert_string_equal(row(&o, "app_id"), channel->app.app_id);
    assert_int_equal(sample_readable(s, who->id_no), 0);
    assert_int_equal(sample_readable(s, "示例"), 0);
}

/* R1.3: nobody can tell that two codes are one person's. */
static void codes_cannot_be_linked(void **state)
{
    (void)state;
    struct subject *who = sample_person();
    struct issue_in in = sample_issue_in(who);
    struct code a = decoded(sample_issue(channel, &in).code),
                b = decoded(sample_issue(channel, &in).code);
    uint8_t plain[SM3_LEN];
    assert_memory_not_equal(a.identity, b.identity, CODE_A_LEN);
    sm3(who->id_no, strlen(who->id_no), plain);
    assert_memory_not_equal(a.identity, plain, SM3_LEN);
}

static void enterprise_code(void **state)
{
    (void)state;
    struct subject *who = sample_enterprise();
    struct issue_in in = sample_issue_in(who);
    in.code_type = "QYM1";
    struct issue_out o = sample_issue(channel, &in);
    struct code code = decoded(o.code);
    uint8_t number[SM3_LEN];
    assert_int_equal(strlen(o.code), 232);
    assert_int_equal(code.type, CODE_QYM1);
    assert_string_equal(code.system, pool_strndup(sample.pool, sample.conf.system + 1, 6));
    assert_string_equal(code.channel, "");
    assert_int_equal(o.deadline.v, SAMPLE_NOON + 300); /* QYM 7.3.3: five minutes */
    assert_int_equal(o.refresh_after_sec.v, 250);
    sm3(who->id_no, 18, number);
    assert_memory_equal(code.identity, number, SM3_LEN); /* QYM 6.1.1 */
    assert_string_equal(text(o.record, "sqzt", "sqztdm"), who->id_no);
}

static void wishes(void **state)
{
    (void)state;
    struct issue_in in = sample_issue_in(sample_person());
    struct bsqzt to = {.bsqztlx = "0", .bsqzxm = "示例窗口", .zjlx = "98"};
    to.zjhm = sample_uscc();
    in.validity_sec = (struct field_int){true, 5};
    in.single_use = FIELD_FALSE;
    in.bsqzt = &to;
    struct issue_out o = sample_issue(channel, &in);
    assert_int_equal(o.deadline.v, SAMPLE_NOON + 5);
    assert_int_equal(o.refresh_after_sec.v, 5);
    assert_string_equal(row(&o, "single_use"), "0");
    assert_string_equal(text(o.record, "bsqzt", "bsqzxm"), "示例窗口");
    assert_string_equal(text(o.record, "bsqzt", "zjhm"), to.zjhm);
    assert_null(json_get(o.record, "czqx")); /* absent means read only */
    in.validity_sec.v = 60;
    in.single_use = FIELD_TRUE;
    o = sample_issue(channel, &in);
    assert_string_equal(row(&o, "single_use"), "1");
}

/* Across the end of a day the code is found under the day of its deadline. */
static void before_midnight(void **state)
{
    (void)state;
    sample_set_clock(SAMPLE_NOON + 20 * 3600 - 30); /* 23:59:30 UTC */
    struct issue_in in = sample_issue_in(sample_person());
    struct issue_out o = sample_issue(channel, &in);
    assert_int_equal(strtoll(row(&o, "day"), NULL, 10), SAMPLE_NOON / SAMPLE_DAY + 1);
    assert_string_equal(text(o.record, "sqqx", "sqjzsj"), "20310305080030");
}

/* --- refusals --- */

static void refused(const struct issue_in *in, enum err e, const char *field)
{
    struct issue_out o = {.code = NULL};
    struct sample_call *s = sample_call_new(CALL_ISSUE, DB_ISSUE, channel);
    enum err got = act_issue(&s->c, in, &o);
    if (got != e || s->c.detail == NULL || strcmp(s->c.detail, field) != 0)
        fail_msg("%s: %s, %s", field, err_name(got), s->c.detail != NULL ? s->c.detail : "");
    assert_null(o.code);
    assert_int_equal(sample_recorded(s), -1); /* the nonce is still good: it may be put right */
}

static void wrong_subject(void **state)
{
    (void)state;
    struct subject *p = sample_person();
    struct issue_in in = sample_issue_in(p);
    const char *good = p->id_no;
    char *bad = pool_strdup(sample.pool, good);
    bad[17] = bad[17] == '1' ? '2' : '1'; /* another check digit */
    p->id_no = bad;
    refused(&in, ERR_FIELD_INVALID, "subject.id_no");
    p->id_no = "999999203103050018"; /* born tomorrow, by the calendar in China */
    refused(&in, ERR_FIELD_INVALID, "subject.id_no");
    p->id_no = "999999203103040012"; /* born today */
    (void)sample_issue(channel, &in);
    p->id_no = good;
    p->id_type = "98"; /* a person with an enterprise's number */
    refused(&in, ERR_FIELD_INVALID, "subject.id_type");
    p->id_type = "111";
    p->assurance.v = 1; /* ZWM1 wants 2 */
    refused(&in, ERR_FIELD_INVALID, "subject.assurance");
    p->assurance.v = 2;
    (void)sample_issue(channel, &in);
    p->agent = sample_enterprise()->agent;
    refused(&in, ERR_FIELD_INVALID, "subject.agent");
}

static void wrong_enterprise(void **state)
{
    (void)state;
    struct subject *e = sample_enterprise();
    struct issue_in in = sample_issue_in(sample_person());
    in.code_type = "QYM1";
    refused(&in, ERR_FIELD_INVALID, "subject.type");
    in.subject = e;
    const char *uscc = e->id_no;
    e->id_no = "91999999MA0000001P"; /* another check character than N */
    refused(&in, ERR_FIELD_INVALID, "subject.id_no");
    e->id_no = uscc;
    e->id_type = "111";
    refused(&in, ERR_FIELD_INVALID, "subject.id_type");
    e->id_type = "98";
    e->assurance.v = 2; /* QYM1 wants 3 */
    refused(&in, ERR_FIELD_INVALID, "subject.assurance");
    e->assurance.v = 3;
    struct agent *agent = e->agent;
    e->agent = NULL;
    refused(&in, ERR_FIELD_MISSING, "subject.agent");
    agent->id_no = "999999198506150020";
    e->agent = agent;
    refused(&in, ERR_FIELD_INVALID, "subject.agent.id_no");
    in.code_type = "ZWM1"; /* an enterprise may have one too, agent or not */
    e->agent = NULL;
    (void)sample_issue(channel, &in);
}

static void wrong_fields(void **state)
{
    (void)state;
    static const char *twice[] = {SAMPLE_CLASS, "1.2.3", SAMPLE_CLASS};
    struct issue_in good = sample_issue_in(sample_person()), in = good;
    in.code_type = "ZWM2";
    refused(&in, ERR_FIELD_INVALID, "code_type");
    in.code_type = "";
    refused(&in, ERR_FIELD_INVALID, "code_type");
    in = good;
    in.validity_sec = (struct field_int){true, 61};
    refused(&in, ERR_FIELD_INVALID, "validity_sec");
    in.code_type = "QYM1";
    in.subject = sample_enterprise();
    in.validity_sec.v = 301;
    refused(&in, ERR_FIELD_INVALID, "validity_sec");
    in = good;
    in.xxlb = (struct field_strings){twice, 3};
    refused(&in, ERR_FIELD_INVALID, "xxlb[2]");
    in = good;
    in.xxsy = json_parse(sample.pool, "{\"sqbh\":\"00000000000000000000000000000000\"}");
    refused(&in, ERR_FIELD_INVALID, "xxsy.sqbh");
    in.xxsy = json_parse(sample.pool, "{\"a\":1e400}"); /* no RFC 8785 number */
    assert_non_null(in.xxsy);
    refused(&in, ERR_FIELD_INVALID, "xxsy");
    in = good;
    struct bsqzt to = {.bsqztlx = "1", .bsqzxm = "某人", .zjlx = "111", .zjhm = "1234"};
    in.bsqzt = &to;
    refused(&in, ERR_FIELD_INVALID, "bsqzt.zjhm");
}

static void bound_to_a_channel(void **state)
{
    (void)state;
    channel = sample_app_new(APP_CHANNEL, "06");
    struct issue_in in = sample_issue_in(sample_person());
    refused(&in, ERR_FIELD_INVALID, "channel");
    in.channel = "06";
    assert_string_equal(decoded(sample_issue(channel, &in).code).channel, "06");
}

/* --- refresh --- */

static enum err replace(const struct sample_app *app, struct subject *who, const char *sqbh,
                        int *recorded_r)
{
    struct issue_in in = sample_issue_in(who);
    struct issue_out o;
    struct sample_call *s = sample_call_new(CALL_ISSUE, DB_ISSUE, app);
    in.replaces = sqbh;
    enum err e = act_issue(&s->c, &in, &o);
    *recorded_r = sample_recorded(s);
    return e;
}

static void refreshed(void **state)
{
    (void)state;
    struct subject *who = sample_person();
    struct issue_in in = sample_issue_in(who);
    struct issue_out first = sample_issue(channel, &in);
    int recorded;
    assert_int_equal(replace(channel, who, first.sqbh, &recorded), ERR_OK);
    assert_int_equal(recorded, ERR_OK);
    assert_string_equal(row(&first, "state"), "2");
    /* of another app, of another person, of nobody: refused and entered, nothing is issued */
    struct issue_out second = sample_issue(channel, &in);
    int64_t before = sample_number("SELECT COUNT(*) FROM authz");
    assert_int_equal(replace(sample_app_new(APP_CHANNEL, NULL), who, second.sqbh, &recorded),
                     ERR_AUTHZ_UNKNOWN);
    assert_int_equal(recorded, ERR_AUTHZ_UNKNOWN);
    assert_int_equal(replace(channel, sample_person(), second.sqbh, &recorded), ERR_AUTHZ_SUBJECT);
    assert_int_equal(recorded, ERR_AUTHZ_SUBJECT);
    assert_int_equal(replace(channel, who, "00000000000000000000000000000000", &recorded),
                     ERR_AUTHZ_UNKNOWN);
    assert_int_equal(recorded, ERR_AUTHZ_UNKNOWN);
    assert_string_equal(row(&second, "state"), "1");
    assert_int_equal(sample_number("SELECT COUNT(*) FROM authz"), before);
}

/* --- once --- */

static void sent_twice(void **state)
{
    (void)state;
    struct issue_in in = sample_issue_in(sample_person());
    struct issue_out o;
    struct sample_call *s = sample_call_new(CALL_ISSUE, DB_ISSUE, channel);
    assert_int_equal(act_issue(&s->c, &in, &o), ERR_OK);
    int64_t before = sample_number("SELECT COUNT(*) FROM authz");
    assert_int_equal(act_issue(&s->c, &in, &o), ERR_NONCE_USED);
    assert_int_equal(sample_number("SELECT COUNT(*) FROM authz"), before); /* nothing left behind */
    /* and a refresh with a used nonce ends no code */
    in.replaces = o.sqbh;
    assert_int_equal(act_issue(&s->c, &in, &o), ERR_NONCE_USED);
    assert_string_equal(sample_value("SELECT state FROM authz WHERE sqbh = X'%s'", in.replaces),
                        "1");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ISSUE_TEST(personal_code),      ISSUE_TEST(codes_cannot_be_linked),
        ISSUE_TEST(enterprise_code),    ISSUE_TEST(wishes),
        ISSUE_TEST(before_midnight),    ISSUE_TEST(wrong_subject),
        ISSUE_TEST(wrong_enterprise),   ISSUE_TEST(wrong_fields),
        ISSUE_TEST(bound_to_a_channel), ISSUE_TEST(refreshed),
        ISSUE_TEST(sent_twice),
    };
    return SAMPLE_RUN("act_issue", tests);
}
