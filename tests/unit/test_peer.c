/* peer: receipts, who is believed, and what is sent. */
#include "tests/unit/peer_sample.h"

#include "core/net/peer.h"
#include "core/net/peer_receipt.h"
#include "core/wire/callsig.h"

/* --- receipts --- */

struct receipt {
    const char *system, *stamp, *request, *body;
    int status;
    const struct sm2_key *key;
};

static const char *receipt_text(const struct receipt *r)
{
    return pool_printf(pool, "%s\n%d\n%s\n%s\n", digest(r->request, strlen(r->request)), r->status,
                       r->stamp, digest(r->body, strlen(r->body)));
}

static struct http_answer answer_with(const char *system, const char *stamp, const char *signature)
{
    const char *const rows[][2] = {
        {"zwm-system", system}, {"zwm-timestamp", stamp}, {"zwm-signature", signature}};
    struct http_answer a = {
        .status = 200, .content_type = "application/json", .body = "{\"a\":1}", .body_len = 7};
    for (size_t i = 0; i < 3; i++) {
        if (rows[i][1] == NULL)
            continue;
        a.zwm[a.zwm_n][0] = rows[i][0];
        a.zwm[a.zwm_n++][1] = rows[i][1];
    }
    return a;
}

static bool holds(const struct http_answer *a)
{
    return peer_receipt_holds(pool, &systems[2], NOW, REQUEST, a);
}

static struct receipt right(void)
{
    return (struct receipt){CITY, "1795384939", REQUEST, "{\"a\":1}", 200, key_of(CITY)};
}

static bool holds_as(const struct receipt *r)
{
    const struct http_answer a = answer_with(CITY, "1795384939", sign(r->key, receipt_text(r)));
    return holds(&a);
}

static void a_receipt_holds(void **state)
{
    struct receipt r = right();
    (void)state;
    assert_true(holds_as(&r));
}

static void receipts_over_something_else(void **state)
{
    struct receipt r = right();
    (void)state;
    r.status = 201;
    assert_false(holds_as(&r));
    r = right();
    r.body = "{\"a\":2}";
    assert_false(holds_as(&r));
    r = right();
    r.body = "";
    assert_false(holds_as(&r));
    r = right();
    r.request = "POST\n/api/v1/code/verify\n1795384930\n0123456789abcdeg\n";
    assert_false(holds_as(&r));
    r = right();
    r.stamp = "1795384938";
    assert_false(holds_as(&r));
    r = right();
    r.key = key_of(PROVINCE); /* another system's word for this one's */
    assert_false(holds_as(&r));
    r.key = keys[4];
    assert_false(holds_as(&r));
}

static void receipts_of_another_system(void **state)
{
    struct receipt r = right();
    const char *sig = sign(key_of(PROVINCE), receipt_text(&r));
    struct http_answer a = answer_with(PROVINCE, "1795384939", sig);
    (void)state;
    assert_true(peer_receipt_holds(pool, &systems[1], NOW, REQUEST, &a));
    assert_false(holds(&a)); /* a relay's own receipt */
    a = answer_with(PROVINCE, "1795384939", sign(key_of(CITY), receipt_text(&r)));
    assert_false(holds(&a));
}

static void receipts_that_are_none(void **state)
{
    const struct receipt r = right();
    const char *sig = sign(r.key, receipt_text(&r)), *at = "1795384939";
    const char *const rows[][3] = {
        {NULL, at, sig},
        {CITY, NULL, sig},
        {CITY, at, NULL},
        {NULL, NULL, NULL},
        {"", at, sig},
        {"25101000", at, sig},
        {CITY " ", at, sig},
        {CITY, "", sig},
        {CITY, "+1795384939", sig},
        {CITY, " 1795384939", sig},
        {CITY, "1795384939x", sig},
        {CITY, "-1", sig},
        {CITY, "17953849390000", sig},
        {CITY, at, ""},
        {CITY, at, "AAAA"},
        {CITY, at, "no base64!"},
        {CITY, at, pool_printf(pool, "%s ", sig)},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct http_answer a = answer_with(rows[i][0], rows[i][1], rows[i][2]);
        if (holds(&a))
            fail_msg("row %zu holds", i);
    }
}

static void receipts_under_the_key_before_it(void **state)
{
    struct receipt r = right();
    (void)state;
    r.key = keys[4];
    systems[2].previous_key = keys[4];
    systems[2].previous_until = NOW;
    assert_true(holds_as(&r));
    r.key = key_of(PROVINCE);
    assert_false(holds_as(&r));
    r.key = keys[4];
    systems[2].previous_until = NOW - 1;
    assert_false(holds_as(&r));
    systems[2].previous_key = NULL;
    r = right();
    assert_true(holds_as(&r)); /* the listed one always counts */
}

/* --- who is believed --- */

static enum err ask(const char *body, enum signer by, struct peer_call *c)
{
    said.body = body;
    said.by = by;
    return peer_ask(&w, CALL_VERIFY, CITY, "{\"code\":\"x\"}", NULL, c);
}

#define ANSWER(result, code, items)                                                                \
    "{\"process_response\":{\"result_code\":\"" result "\",\"error_code\":\"" code                 \
    "\",\"error_msg\":\"said\",\"items\":[" items "]}}"

static void who_is_believed(void **state)
{
    static const struct {
        const char *body;
        enum err of[3]; /* with no receipt, the target's, a relay's; ERR_OK: it is believed */
        enum err word;
    } rows[] = {
#define ONLY_THE_TARGET {ERR_SYSTEM_UNREACHABLE, ERR_OK, ERR_SYSTEM_UNREACHABLE}
#define NOBODY_AT_ALL                                                                              \
    {                                                                                              \
        ERR_SYSTEM_UNREACHABLE, ERR_SYSTEM_UNREACHABLE, ERR_SYSTEM_UNREACHABLE                     \
    }
        {ANSWER("100", "", "{\"a\":1}"), ONLY_THE_TARGET, ERR_OK},
        {ANSWER("103", "", "{}"), ONLY_THE_TARGET, ERR_OK},
        {ANSWER("102", "3004", ""), ONLY_THE_TARGET, ERR_CODE_EXPIRED},
        {ANSWER("102", "5002", ""), ONLY_THE_TARGET, ERR_AUTHZ_EXPIRED},
        {ANSWER("102", "6002", ""), ONLY_THE_TARGET, ERR_TICKET_EXPIRED},
        {ANSWER("102", "4004", ""), {ERR_LOOP, ERR_LOOP, ERR_LOOP}, ERR_LOOP},
        {ANSWER("102", "9001", ""), NOBODY_AT_ALL, ERR_OK},
        {ANSWER("102", "2001", ""), NOBODY_AT_ALL, ERR_OK},
        {ANSWER("102", "3999", ""), NOBODY_AT_ALL, ERR_OK},
        {ANSWER("100", "3004", "{}"), NOBODY_AT_ALL, ERR_OK},
        {ANSWER("102", "", "{}"), NOBODY_AT_ALL, ERR_OK},
        {"{}", NOBODY_AT_ALL, ERR_OK},
        {"<html>", NOBODY_AT_ALL, ERR_OK},
        {"", NOBODY_AT_ALL, ERR_OK},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        for (int by = NOBODY; by <= A_RELAY; by++) {
            struct peer_call c;
            enum err e = ask(rows[i].body, (enum signer)by, &c);
            if (e != rows[i].of[by])
                fail_msg("%s, receipt %d: %s", rows[i].body, by, err_name(e));
            assert_true(c.sent);
            assert_string_equal(c.hop, CITY);
            assert_string_equal(c.answer.body, rows[i].body);
            if (e == ERR_OK) {
                assert_int_equal(c.error, rows[i].word);
                assert_string_equal(c.msg, "said");
                assert_int_equal(c.in_progress, strstr(rows[i].body, "\"103\"") != NULL);
                assert_int_equal(c.item != NULL, rows[i].word == ERR_OK);
            } else {
                assert_null(c.item);
            }
            /* Each failure is forgotten before the breaker counts three. */
            struct peer_call good;
            assert_int_equal(ask(rows[0].body, THE_TARGET, &good), ERR_OK);
        }
}

static void what_is_sent(void **state)
{
    struct peer_call c;
    (void)state;
    said.body = ANSWER("100", "", "{\"a\":1}");
    said.by = THE_TARGET;
    assert_int_equal(peer_ask(&w, CALL_VERIFY, CITY, "{\"code\":\"x\"}", "0123456789abcdef", &c),
                     ERR_OK);
    assert_string_equal(
        c.request_string,
        pool_printf(pool, "POST\n/api/v1/code/verify\n%lld\n0123456789abcdef\n%s\n" CITY "\n",
                    (long long)NOW, digest("{\"code\":\"x\"}", 12)));
    struct callsig sig;
    assert_int_equal(callsig_parse(c.authorization, &sig), ERR_OK);
    assert_string_equal(sig.app_id, SELF);
    assert_string_equal(sig.to, CITY);
    assert_true(
        sm2_verify(keyring_system_key(w.kr), c.request_string, strlen(c.request_string), sig.sig));
    const char *r = server->request;
    assert_int_equal(strncmp(r, "POST /api/v1/code/verify HTTP/1.1\r\n", 35), 0);
    assert_non_null(strstr(r, pool_printf(pool, "\r\nAuthorization: %s\r\n", c.authorization)));
    assert_non_null(strstr(r, "\r\nZwm-Target: " CITY "\r\n"));
    assert_non_null(strstr(r, "\r\nZwm-Receipt: required\r\n"));
    assert_non_null(strstr(r, "\r\nContent-Type: application/json\r\n"));
}

static void not_sent_at_all(void **state)
{
    struct peer_call c;
    struct work other = w;
    int before = atomic_load(&server->connections);
    (void)state;
    assert_int_equal(peer_ask(&w, CALL_VERIFY, PAUSED, "{}", NULL, &c), ERR_SYSTEM_SUSPENDED);
    assert_int_equal(peer_ask(&w, CALL_VERIFY, SELF, "{}", NULL, &c), ERR_NO_ROUTE);
    assert_int_equal(peer_ask(&w, CALL_VERIFY, "nonsense", "{}", NULL, &c), ERR_NO_ROUTE);
    /* there is a way to it, but its receipt could not be checked */
    assert_int_equal(peer_ask(&w, CALL_VERIFY, "251020001", "{}", NULL, &c), ERR_NO_ROUTE);
    assert_false(c.sent);
    other.trust = NULL;
    assert_int_equal(peer_ask(&other, CALL_VERIFY, CITY, "{}", NULL, &c), ERR_NO_ROUTE);
    other = w;
    other.now_sec = list.expires_at + 1;
    assert_int_equal(peer_ask(&other, CALL_VERIFY, CITY, "{}", NULL, &c), ERR_TRUST_EXPIRED);
    assert_false(c.sent);
    /* where loopback routes are not allowed, nobody's route may lead here */
    conf.allow_loopback_routes = 0;
    assert_int_equal(peer_ask(&w, CALL_VERIFY, CITY, "{}", NULL, &c), ERR_SYSTEM_UNREACHABLE);
    conf.allow_loopback_routes = 1;
    assert_false(c.sent);
    assert_int_equal(atomic_load(&server->connections), before);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_receipt_holds),
        cmocka_unit_test(receipts_over_something_else),
        cmocka_unit_test(receipts_of_another_system),
        cmocka_unit_test(receipts_that_are_none),
        cmocka_unit_test(receipts_under_the_key_before_it),
        cmocka_unit_test(who_is_believed),
        cmocka_unit_test(what_is_sent),
        cmocka_unit_test(not_sent_at_all),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
