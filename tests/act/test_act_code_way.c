/* Codes of other systems: where each is to be verified, and what is said of it when that system is
 * not asked. */
#include "tests/act/call_sample.h"

#include "core/act/code_way.h"
#include "core/act/outcome.h"
#include "core/act/verify.h"
#include "core/net/http.h"
#include "core/net/peer_gate.h"

/* A sister in our division, a city in our province, a system that stands nowhere near, and one that
 * is suspended. */
#define SISTER    "251000002"
#define CITY      "251010001"
#define ELSEWHERE "233010001"
#define SUSPENDED "244010001"
#define UNLISTED  "211000001"
#define PERSONAL  "222010001" /* listed for ZWM1 alone */

static const struct sample_app *third, *system_app;
static struct sm2_key *sister, *city, *elsewhere, *suspended, *stranger, *personal;
static const struct trust *list;
static struct http_client *http;

static int begin(void **state)
{
    if (sample_begin(state) != 0)
        return 1;
    third = sample_app_new(APP_THIRD_PARTY, NULL);
    system_app = sample_app_new(APP_SYSTEM, NULL);
    sister = sample_key_new();
    city = sample_key_new();
    elsewhere = sample_key_new();
    suspended = sample_key_new();
    stranger = sample_key_new();
    personal = sample_key_new();
    const struct sample_system systems[] = {
        {.system = SISTER, .key = sister},
        {.system = CITY, .key = city},
        {.system = ELSEWHERE, .key = elsewhere},
        {.system = SUSPENDED, .key = suspended, .suspended = true},
        {.system = PERSONAL, .key = personal, .personal_only = true}};
    list = sample_trust(systems, 5);
    http = http_client_new(sample.conf.peer_ca_file);
    peer_gate_init(10);
    return 0;
}

static int end(void **state)
{
    http_client_free(&http);
    return sample_end(state);
}

#define WAY_TEST(fn) cmocka_unit_test_setup_teardown(fn, begin, end)

static struct sample_call *call_with(enum call_id id, const struct sample_app *app,
                                     const struct trust *trust)
{
    struct sample_call *s = sample_call_new(id, DB_VERIFY, app);
    s->c.w.trust = trust;
    s->c.w.http = http;
    return s;
}

/* --- the way --- */

static void way(enum code_type type, const char *system, const struct sm2_key *key,
                const struct sample_app *app, const struct trust *trust, enum code_way expected,
                const char *issuer)
{
    const struct sample_call *s = call_with(CALL_VERIFY, app, trust);
    const char *text = sample_foreign_code(type, system, key), *got = NULL;
    struct code code;
    assert_int_equal(code_decode(text, strlen(text), &code), ERR_OK);
    assert_int_equal(code_way_of(&s->c, &code, &got), expected);
    if (issuer != NULL)
        assert_string_equal(got, issuer);
}

static void personal_codes(void **state)
{
    (void)state;
    const char *us = sample.conf.system;
    const struct sm2_key *own = keyring_system_key(sample.kr);
    way(CODE_ZWM1, us, own, third, list, WAY_OURS, NULL);
    way(CODE_ZWM1, us, own, third, NULL, WAY_OURS, NULL);
    way(CODE_ZWM1, us, stranger, third, list, WAY_OURS, NULL); /* verify finds out */
    way(CODE_ZWM1, us, own, system_app, list, WAY_OURS, NULL);
    way(CODE_ZWM1, SISTER, sister, third, list, WAY_ASK, SISTER);
    way(CODE_ZWM1, ELSEWHERE, elsewhere, third, list, WAY_ASK, ELSEWHERE);
    way(CODE_ZWM1, ELSEWHERE, elsewhere, third, NULL, WAY_NO_ROUTE, NULL);
    way(CODE_ZWM1, ELSEWHERE, stranger, third, list, WAY_FORGED, ELSEWHERE);
    way(CODE_ZWM1, ELSEWHERE, city, third, list, WAY_FORGED, ELSEWHERE); /* another system's key */
    way(CODE_ZWM1, ELSEWHERE, own, third, list, WAY_FORGED, ELSEWHERE);
    /* the refusal of a suspended one is the answer, whoever signed */
    way(CODE_ZWM1, SUSPENDED, suspended, third, list, WAY_ASK, SUSPENDED);
    way(CODE_ZWM1, SUSPENDED, stranger, third, list, WAY_ASK, SUSPENDED);
    /* one that is not listed may stand below one that is: the call finds the way or none */
    way(CODE_ZWM1, UNLISTED, stranger, third, list, WAY_ASK, UNLISTED);
    /* a system addresses its call to the issuer, and it is passed on before it is looked at */
    way(CODE_ZWM1, ELSEWHERE, elsewhere, system_app, list, WAY_NO_ROUTE, NULL);
    way(CODE_ZWM1, ELSEWHERE, stranger, system_app, list, WAY_NO_ROUTE, NULL);
    way(CODE_ZWM1, ELSEWHERE, elsewhere, system_app, NULL, WAY_NO_ROUTE, NULL);
}

/* QYM1 has six digits of the identifier: several systems of a division share them. */
static void enterprise_codes(void **state)
{
    (void)state;
    const struct sm2_key *own = keyring_system_key(sample.kr);
    way(CODE_QYM1, "510000", own, third, list, WAY_OURS, NULL);
    way(CODE_QYM1, "510000", sister, third, list, WAY_ASK, SISTER); /* the signature tells */
    way(CODE_QYM1, "510000", sister, third, NULL, WAY_OURS, NULL);  /* and is found wrong there */
    way(CODE_QYM1, "510000", stranger, third, list, WAY_OURS, NULL);
    way(CODE_QYM1, "510000", elsewhere, third, list, WAY_OURS, NULL); /* not of that division */
    way(CODE_QYM1, "510000", sister, system_app, list, WAY_NO_ROUTE, NULL);
    way(CODE_QYM1, "330100", elsewhere, third, list, WAY_ASK, ELSEWHERE);
    way(CODE_QYM1, "330100", stranger, third, list, WAY_FORGED, ELSEWHERE);
    way(CODE_QYM1, "330100", own, third, list, WAY_FORGED, ELSEWHERE);
    way(CODE_QYM1, "110000", stranger, third, list, WAY_NO_ROUTE, NULL);
    way(CODE_QYM1, "330100", elsewhere, third, NULL, WAY_NO_ROUTE, NULL);
    way(CODE_QYM1, "440100", suspended, third, list, WAY_ASK, SUSPENDED);
}

static void types_that_are_not_listed(void **state)
{
    (void)state;
    way(CODE_ZWM1, PERSONAL, personal, third, list, WAY_ASK, PERSONAL);
    way(CODE_ZWM1, PERSONAL, stranger, third, list, WAY_FORGED, PERSONAL);
    way(CODE_QYM1, "220100", personal, third, list, WAY_TYPE, PERSONAL);
    way(CODE_QYM1, "220100", stranger, third, list, WAY_FORGED, PERSONAL);
}

static void expired_list(void **state)
{
    (void)state;
    sample_set_clock(SAMPLE_NOON + 3601);
    way(CODE_ZWM1, ELSEWHERE, stranger, third, list, WAY_ASK, ELSEWHERE); /* the call says so */
    way(CODE_ZWM1, sample.conf.system, stranger, third, list, WAY_OURS, NULL);
}

/* --- what is answered --- */

static enum err verify(const struct sample_app *app, const struct trust *trust, const char *code,
                       int recorded, struct sample_call **s_r)
{
    struct sample_call *s = call_with(CALL_VERIFY, app, trust);
    const struct verify_in in = sample_verify_in(code);
    struct verify_out out;
    enum err e = act_verify(&s->c, &in, &out);
    assert_int_equal(sample_recorded(s), recorded);
    assert_false(s->c.begun);
    if (s_r != NULL)
        *s_r = s;
    return e;
}

static void refused_here(void **state)
{
    (void)state;
    const struct {
        const char *system;
        const struct sm2_key *key;
        const struct trust *trust;
        enum err e;
    } rows[] = {
        {ELSEWHERE, elsewhere, NULL, ERR_NO_ROUTE},
        {UNLISTED, stranger, list, ERR_NO_ROUTE},
        {ELSEWHERE, stranger, list, ERR_CODE_SIGNATURE},
        {SUSPENDED, suspended, list, ERR_SYSTEM_SUSPENDED},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const char *code = sample_foreign_code(CODE_ZWM1, rows[i].system, rows[i].key);
        enum err e = verify(third, rows[i].trust, code, (int)rows[i].e, NULL);
        if (e != rows[i].e)
            fail_msg("%s: %s", rows[i].system, err_name(e));
    }
    const char *code = sample_foreign_code(CODE_ZWM1, ELSEWHERE, elsewhere);
    sample_set_clock(SAMPLE_NOON + 3601);
    assert_int_equal(verify(third, list, code, ERR_TRUST_EXPIRED, NULL), ERR_TRUST_EXPIRED);
}

/* Nobody listens at its address, so the call was not sent: it ended, and outcome says how. */
static void nobody_there(void **state)
{
    (void)state;
    struct sample_call *s, *ask;
    struct verify_out out;
    sample.conf.allow_loopback_routes = 1;
    const char *code = sample_foreign_code(CODE_ZWM1, ELSEWHERE, elsewhere);
    assert_int_equal(verify(third, list, code, ERR_SYSTEM_UNREACHABLE, &s), ERR_SYSTEM_UNREACHABLE);
    assert_string_equal(
        sample_value("SELECT peer FROM call_record WHERE nonce = '%s'", s->c.sig.nonce), ELSEWHERE);
    ask = call_with(CALL_OUTCOME, third, list);
    assert_int_equal(act_outcome(&ask->c, &(struct outcome_in){s->c.sig.nonce}, &out),
                     ERR_SYSTEM_UNREACHABLE);
    /* the same call again: its nonce has served */
    const struct verify_in in = sample_verify_in(code);
    assert_int_equal(act_verify(&s->c, &in, &out), ERR_NONCE_USED);
    sample.conf.allow_loopback_routes = 0;
}

/* A call whose end is not known, for the process was killed: the issuer has to be asked, and while
 * it does not answer nothing is said about the code. */
static void end_not_known(void **state)
{
    (void)state;
    struct sample_call *s, *ask;
    struct verify_out out;
    sample.conf.allow_loopback_routes = 1;
    const char *code = sample_foreign_code(CODE_ZWM1, CITY, city);
    assert_int_equal(verify(third, list, code, ERR_SYSTEM_UNREACHABLE, &s), ERR_SYSTEM_UNREACHABLE);
    sample_sql("UPDATE call_record SET error = 9003 WHERE nonce = '%s'", s->c.sig.nonce);
    const struct trust *lists[] = {list, NULL};
    for (int i = 0; i < 2; i++) {
        ask = call_with(CALL_OUTCOME, third, lists[i]);
        assert_int_equal(act_outcome(&ask->c, &(struct outcome_in){s->c.sig.nonce}, &out),
                         ERR_UNCERTAIN);
        assert_int_equal(
            sample_number("SELECT error FROM call_record WHERE nonce = '%s'", s->c.sig.nonce),
            9003);
    }
    sample.conf.allow_loopback_routes = 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WAY_TEST(personal_codes), WAY_TEST(enterprise_codes), WAY_TEST(types_that_are_not_listed),
        WAY_TEST(expired_list),   WAY_TEST(refused_here),     WAY_TEST(nobody_there),
        WAY_TEST(end_not_known),
    };
    return SAMPLE_RUN("act_code_way", tests);
}
