/* request, status, detail: a third party asks, a subject sees who asks for what, and the third
 * party learns what became of it. */
#include "tests/act/authorize_sample.h"

static int64_t requests_of(const struct sample_app *app)
{
    return sample_number("SELECT COUNT(*) FROM auth_request WHERE app_id = '%s'", app->app.app_id);
}

/* --- request --- */

static void requested(void **state)
{
    (void)state;
    struct auth_request_in in = sample_request_in();
    in.item_code = "SX-001";
    in.region = "510000";
    in.callback = "https://third.example.com/told?a=1";
    struct auth_request_out o = new_request_of(&in);
    assert_int_equal(strlen(o.request_no), 32);
    assert_int_equal(strspn(o.request_no, "0123456789abcdef"), 32);
    /* ZWR1, our identifier, 160 bits in base32 */
    assert_int_equal(strlen(o.request_code), 45);
    assert_memory_equal(o.request_code, "ZWR1", 4);
    assert_memory_equal(o.request_code + 4, sample.conf.system, 9);
    assert_int_equal(strspn(o.request_code + 13, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"), 32);
    assert_int_equal(o.expires_at.v, SAMPLE_NOON + sample.conf.request_ttl_sec);
    assert_int_equal(o.poll_after_sec.v, 2);
    /* who reads the table cannot show the code */
    assert_int_equal(sample_number("SELECT COUNT(*) FROM auth_request WHERE request_no = X'%s' AND"
                                   " INSTR(CONCAT_WS('|', secret_hash, purpose, xxlb, callback),"
                                   " '%s') > 0",
                                   o.request_no, o.request_code + 13),
                     0);
    uint8_t hash[SM3_LEN];
    sm3(o.request_code, 45, hash);
    assert_int_equal(sample_number("SELECT secret_hash = %s FROM auth_request WHERE request_no ="
                                   " X'%s'",
                                   sample_hex(hash, SM3_LEN), o.request_no),
                     1);
    struct auth_request_out again = new_request_of(&in);
    assert_string_not_equal(again.request_no, o.request_no);
    assert_string_not_equal(again.request_code, o.request_code);
}

static void request_at_fault(const struct auth_request_in *in, const char *field)
{
    struct auth_request_out o;
    struct sample_call *s = sample_call_new(CALL_AUTH_REQUEST, DB_AUTHORIZE, third);
    if (act_auth_request(&s->c, in, &o) != ERR_FIELD_INVALID)
        fail_msg("accepted: %s", in->callback != NULL ? in->callback : field);
    assert_string_equal(s->c.detail, field);
    assert_int_equal(sample_recorded(s), -1);
    assert_int_equal(requests_of(third), 0);
}

static void request_refused(void **state)
{
    (void)state;
    static const char *twice[] = {"1.2", "1.3", "1.2"};
    static const char *const urls[] = {
        "",
        "https://",
        "third.example.com",
        "http://third.example.com/told",
        "ftp://a.example/",
        "https://127.0.0.1/told",
        "https://localhost/",
        "https://[::1]/",
        "https://169.254.169.254/latest",
        "https://user@third.example.com/",
        "https://third.example.com/#here",
        "https://third.example.com/a b",
        "https://third.example.com/\n",
        "https://third.example.com/证",
        "javascript:alert(1)",
    };
    struct auth_request_in in = sample_request_in();
    struct auth_request_out o;
    in.xxlb = (struct field_strings){twice, 3};
    request_at_fault(&in, "xxlb[2]");
    in = sample_request_in();
    for (size_t i = 0; i < sizeof urls / sizeof urls[0]; i++) {
        in.callback = urls[i];
        request_at_fault(&in, "callback");
    }
    /* nobody could seal for an app without a key */
    struct sample_app listed = *third;
    struct sample_call *s = sample_call_new(CALL_AUTH_REQUEST, DB_AUTHORIZE, third);
    in = sample_request_in();
    listed.app.key = NULL;
    s->c.app = &listed.app;
    assert_int_equal(act_auth_request(&s->c, &in, &o), ERR_NOT_GRANTED);
    assert_int_equal(sample_recorded(s), ERR_NOT_GRANTED);
    assert_int_equal(requests_of(third), 0);
}

static void request_sent_twice(void **state)
{
    (void)state;
    const struct auth_request_in in = sample_request_in();
    struct auth_request_out o;
    struct sample_call *s = sample_call_new(CALL_AUTH_REQUEST, DB_AUTHORIZE, third);
    assert_int_equal(act_auth_request(&s->c, &in, &o), ERR_OK);
    assert_int_equal(act_auth_request(&s->c, &in, &o), ERR_NONCE_USED);
    assert_int_equal(requests_of(third), 1);
}

/* --- status --- */

static void status_while_open(void **state)
{
    (void)state;
    struct auth_request_out o = new_request();
    struct auth_grant out;
    struct sample_call *s;
    sample_set_clock(o.expires_at.v);
    assert_int_equal(status_as(third, o.request_no, &out, &s), ERR_OK);
    assert_true(s->c.in_progress);
    assert_null(s->c.item);
    sample_set_clock(o.expires_at.v + 1);
    assert_int_equal(status(o.request_no), ERR_AUTHZ_EXPIRED);
}

static void status_once_refused(void **state)
{
    (void)state;
    struct auth_request_out o = new_request();
    const struct auth_decide_in in = refuse_in(o.request_code, sample_person());
    assert_int_equal(decide(&in), ERR_OK);
    assert_int_equal(status(o.request_no), ERR_AUTHZ_REFUSED);
    sample_set_clock(o.expires_at.v + 100);
    assert_int_equal(status(o.request_no), ERR_AUTHZ_REFUSED);
}

static void status_once_granted(void **state)
{
    (void)state;
    struct auth_request_out o = new_request();
    struct subject *who = sample_person();
    const char *sqbh = granted(o.request_code, who);
    struct auth_grant g;
    struct sample_call *s;
    for (int i = 0; i < 2; i++) {
        assert_int_equal(status_as(third, o.request_no, &g, &s), ERR_OK);
        assert_false(s->c.in_progress);
        assert_string_equal(s->c.sqbh, sqbh);
        assert_string_equal(g.sqbh, sqbh);
        assert_int_equal(g.ticket_expires.v, SAMPLE_NOON + sample.conf.ticket_ttl_sec);
        assert_int_equal(strlen(g.ticket), 53);
        assert_int_equal(g.xxlb.n, 2);
        assert_string_equal(g.xxlb.v[0], SAMPLE_CLASS);
        assert_string_equal(g.subject->name, "张**");
        assert_string_equal(g.subject->id_no, "9999*****");
        /* the record too tells no more than that (GB/T 35273) */
        struct json_object *sqzt = json_get(g.record, "sqzt");
        assert_string_equal(json_get_text(sqzt, "sqztmc", ""), "张**");
        assert_string_equal(json_get_text(sqzt, "sqztdm", ""), "9999*****");
        assert_null(strstr(json_to_text(sample.pool, s->c.item), who->id_no));
        /* to whom, for what, how long */
        struct json_object *bsqzt = json_get(g.record, "bsqzt");
        assert_string_equal(json_get_text(bsqzt, "zjhm", ""), third->app.uscc);
        assert_string_equal(json_get_text(json_get(g.record, "xxsy"), "sqbh", ""), sqbh);
        assert_string_equal(json_get_text(g.record, "czqx", ""), "5");
    }
    sample_set_clock(o.expires_at.v + 1); /* the request is over, what it gave is not */
    assert_int_equal(status_as(third, o.request_no, &g, &s), ERR_OK);
    sample_sql("UPDATE auth_request SET grant_answer = REVERSE(grant_answer) WHERE request_no ="
               " X'%s'",
               o.request_no);
    assert_int_equal(status_as(third, o.request_no, &g, &s), ERR_STORAGE);
}

static void status_of_others(void **state)
{
    (void)state;
    struct auth_request_out open = new_request(), done = new_request();
    const struct sample_app *other = sample_app_new(APP_THIRD_PARTY, NULL);
    struct auth_grant g;
    (void)granted(done.request_code, sample_person());
    assert_int_equal(status_as(other, open.request_no, &g, NULL), ERR_AUTHZ_UNKNOWN);
    assert_int_equal(status_as(other, done.request_no, &g, NULL), ERR_AUTHZ_UNKNOWN);
    assert_int_equal(status("00000000000000000000000000000000"), ERR_AUTHZ_UNKNOWN);
}

/* --- detail --- */

static enum err detail_as(const struct sample_app *app, const char *code,
                          struct auth_detail_out *out)
{
    struct sample_call *s = sample_call_new(CALL_AUTH_DETAIL, DB_AUTHORIZE, app);
    const struct auth_detail_in in = {code};
    enum err e = act_auth_detail(&s->c, &in, out);
    assert_int_equal(sample_recorded(s), e);
    return e;
}

static enum err detail(const char *code)
{
    struct auth_detail_out out;
    return detail_as(channel, code, &out);
}

static void who_asks(void **state)
{
    (void)state;
    struct auth_request_in in = sample_request_in();
    struct auth_detail_out d;
    in.item_code = "SX-001";
    in.region = "510000";
    struct auth_request_out o = new_request_of(&in);
    assert_int_equal(detail_as(channel, pool_printf(sample.pool, "\t %s\r\n", o.request_code), &d),
                     ERR_OK);
    assert_string_equal(d.request_no, o.request_no);
    assert_string_equal(d.requester->app_id, third->app.app_id);
    assert_string_equal(d.requester->org_name, third->app.name);
    assert_string_equal(d.requester->uscc, third->app.uscc);
    assert_string_equal(d.requester->system, sample.conf.system);
    assert_string_equal(d.purpose, "办理示例事项");
    assert_int_equal(d.xxlb.n, 3);
    assert_string_equal(d.xxlb.v[1], "identity");
    assert_string_equal(d.czqx, "5");
    assert_string_equal(d.item_code, "SX-001");
    assert_string_equal(d.region, "510000");
    assert_int_equal(d.expires_at.v, o.expires_at.v);
    /* the key is the one it is registered with */
    struct sm2_key *key;
    uint8_t sig[SM2_SIG_LEN];
    assert_int_equal(
        sm2_key_from_public_text(d.requester->public_key, strlen(d.requester->public_key), &key),
        ERR_OK);
    assert_int_equal(sm2_sign(third->key, "x", 1, sig), ERR_OK);
    assert_true(sm2_verify(key, "x", 1, sig));
    sm2_key_free(&key);
    struct sample_app system = new_system("251000002");
    assert_int_equal(detail_as(&system, o.request_code, &d), ERR_OK);
}

static void no_request_code(void **state)
{
    (void)state;
    struct auth_request_out o = new_request();
    const char *good = o.request_code;
    char *lower = pool_strdup(sample.pool, good), *type = pool_strdup(sample.pool, good),
         *system = pool_strdup(sample.pool, good), *other = pool_strdup(sample.pool, good);
    lower[strcspn(lower + 13, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") + 13] |= 0x20;
    type[3] = '2';
    system[4] = '9';
    other[44] = other[44] == 'A' ? 'B' : 'A';
    const char *rows[] = {"",
                          "x",
                          lower,
                          type,
                          system,
                          pool_strndup(sample.pool, good, 44),
                          pool_printf(sample.pool, "%sA", good),
                          pool_printf(sample.pool, "A%s", good),
                          pool_printf(sample.pool, "%.20s %s", good, good + 20)};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (detail(rows[i]) != ERR_CODE_MALFORMED)
            fail_msg("well formed: %s", rows[i]);
    assert_int_equal(detail(other), ERR_AUTHZ_UNKNOWN);
    /* another system's: nobody knows a way to it, and a system is not led on */
    const char *theirs = pool_printf(sample.pool, "ZWR1233010001%s", good + 13);
    struct sample_app app = new_system("251000002");
    struct auth_detail_out d;
    assert_int_equal(detail(theirs), ERR_NO_ROUTE);
    assert_int_equal(detail_as(&app, theirs, &d), ERR_NO_ROUTE);
}

static void no_more_to_decide(void **state)
{
    (void)state;
    struct auth_request_out done = new_request(), late = new_request(), suspended = new_request();
    (void)granted(done.request_code, sample_person());
    assert_int_equal(detail(done.request_code), ERR_AUTHZ_DECIDED);
    sample_set_clock(late.expires_at.v);
    assert_int_equal(detail(late.request_code), ERR_OK);
    sample_set_clock(late.expires_at.v + 1);
    assert_int_equal(detail(late.request_code), ERR_AUTHZ_EXPIRED);
    sample_set_clock(SAMPLE_NOON);
    sample_sql("UPDATE app SET status = 2 WHERE app_id = '%s'", third->app.app_id);
    assert_int_equal(detail(suspended.request_code), ERR_AUTHZ_UNKNOWN);
    assert_int_equal(detail(done.request_code), ERR_AUTHZ_UNKNOWN);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        AUTHORIZE_TEST(requested),           AUTHORIZE_TEST(request_refused),
        AUTHORIZE_TEST(request_sent_twice),  AUTHORIZE_TEST(status_while_open),
        AUTHORIZE_TEST(status_once_refused), AUTHORIZE_TEST(status_once_granted),
        AUTHORIZE_TEST(status_of_others),    AUTHORIZE_TEST(who_asks),
        AUTHORIZE_TEST(no_request_code),     AUTHORIZE_TEST(no_more_to_decide),
    };
    return SAMPLE_RUN("act_request", tests);
}
