/* Call signatures and receipts (interface 2.1). The vector is sm-crypto's:
 * tests/vectors/signing.json. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <json-c/json.h>

#include "core/wire/callsig.h"
#include "core/wire/field.h"
#include "tests/unit/sentence_key.h"

static struct pool *pool;
static struct json_object *vector;

static const char *text(const char *part, const char *name)
{
    struct json_object *o, *v;
    assert_true(json_object_object_get_ex(vector, part, &o) &&
                json_object_object_get_ex(o, name, &v));
    return json_object_get_string(v);
}

static int setup(void **state)
{
    (void)state;
    pool = pool_new(false);
    vector = json_object_from_file("tests/vectors/signing.json");
    return vector == NULL ? -1 : 0;
}

static int teardown(void **state)
{
    (void)state;
    json_object_put(vector);
    pool_destroy(&pool);
    return 0;
}

static struct sm2_key *public_key(const char *part)
{
    struct sm2_key *key = NULL;
    const char *s = text(part, "public_key");
    assert_int_equal(sm2_key_from_public_text(s, strlen(s), &key), ERR_OK);
    return key;
}

static void string_is_the_vectors(void **state)
{
    struct buf b;
    const char *body = text("call", "body");
    (void)state;
    buf_init(&b, pool);
    callsig_string(&b, text("call", "method"), text("call", "target"), text("call", "timestamp"),
                   text("call", "nonce"), body, strlen(body), NULL);
    assert_string_equal(b.data, text("call", "signing_string"));
    /* SM3 of nothing, by `openssl dgst -sm3 /dev/null` */
    buf_init(&b, pool);
    callsig_string(&b, "GET", "/api/v1/data/file/H?x=y", "1", "0123456789abcdef", NULL, 0, "");
    assert_string_equal(b.data,
                        "GET\n/api/v1/data/file/H?x=y\n1\n0123456789abcdef\n"
                        "1ab21d8355cfa17f8e61194831e81a8f22bec8c728fefb747ed035eb5082aa2b\n");
}

/* With an addressee, and by the scheme for those who are no code system. */
static void other_strings_are_the_vectors(void **state)
{
    struct buf b;
    const char *body = text("addressed", "body");
    (void)state;
    buf_init(&b, pool);
    callsig_string(&b, text("addressed", "method"), text("addressed", "target"),
                   text("addressed", "timestamp"), text("addressed", "nonce"), body, strlen(body),
                   text("addressed", "to"));
    assert_string_equal(b.data, text("addressed", "signing_string"));
    body = text("out", "body");
    buf_init(&b, pool);
    callsig_string_out(&b, text("out", "method"), text("out", "url"), text("out", "timestamp"),
                       text("out", "nonce"), body, strlen(body));
    assert_string_equal(b.data, text("out", "signing_string"));
}

static void other_headers_are_the_vectors(void **state)
{
    struct sm2_key *app = public_key("app"), *system = public_key("system");
    struct callsig c;
    const char *string = text("addressed", "signing_string"),
               *header = text("addressed", "authorization");
    (void)state;
    assert_int_equal(callsig_parse(header, &c), ERR_OK);
    assert_string_equal(c.to, text("addressed", "to"));
    assert_true(sm2_verify(app, string, strlen(string), c.sig));
    assert_int_equal(callsig_parse_out(header, &c), ERR_NOT_AUTHENTICATED);
    string = text("out", "signing_string");
    header = text("out", "authorization");
    assert_int_equal(callsig_parse_out(header, &c), ERR_OK);
    assert_int_equal(c.scheme, CALLSIG_OUT);
    assert_string_equal(c.to, "");
    assert_true(sm2_verify(system, string, strlen(string), c.sig));
    /* it is never taken for a call, nor a call for it */
    assert_int_equal(callsig_parse(header, &c), ERR_NOT_AUTHENTICATED);
    assert_int_equal(callsig_parse_out(text("call", "authorization"), &c), ERR_NOT_AUTHENTICATED);
    sm2_key_free(&app);
    sm2_key_free(&system);
}

static void addressees_of_wrong_form(void **state)
{
    static const char head[] = "app_id=\"A0001\",timestamp=\"1\",nonce=\"0123456789abcdef\"";
    static const char *const wrong[] = {"to=\"\"",           "to=\"22301000\"",
                                        "to=\"2230100011\"", "to=\"22301000x\"",
                                        "to=\" 23010001\"",  "to=223010001",
                                        "To=\"223010001\"",  "to=\"223010001\",to=\"223010001\""};
    struct callsig c;
    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        if (callsig_parse(pool_printf(pool, "ZWM-ALLOWLIST %s,%s", head, wrong[i]), &c) !=
            ERR_NOT_AUTHENTICATED)
            fail_msg("%s is taken", wrong[i]);
    assert_int_equal(
        callsig_parse(pool_printf(pool, "ZWM-ALLOWLIST to=\"223010001\" , %s", head), &c), ERR_OK);
    assert_string_equal(c.to, "223010001");
    /* nobody is addressed by the scheme of services: the URL says it */
    assert_int_equal(
        callsig_parse_out(pool_printf(pool, "ZWM-SM2-SM3-OUT %s,signature=\"\"", head), &c),
        ERR_OK);
    assert_int_equal(
        callsig_parse_out(
            pool_printf(pool, "ZWM-SM2-SM3-OUT %s,to=\"223010001\",signature=\"\"", head), &c),
        ERR_NOT_AUTHENTICATED);
    assert_int_equal(callsig_parse_out(pool_printf(pool, "ZWM-SM2-SM3-OUT %s", head), &c),
                     ERR_NOT_AUTHENTICATED);
}

static void signs_to_an_addressee_and_out(void **state)
{
    struct sm2_key *key = sentence_key(text("app", "sentence"));
    struct callsig_out out = {.key = key,
                              .app_id = "A0001",
                              .method = "POST",
                              .target = "/x",
                              .to = "223010001",
                              .now_sec = 1};
    struct callsig c;
    (void)state;
    assert_int_equal(callsig_sign(pool, &out), ERR_OK);
    assert_non_null(strstr(out.header, ",to=\"223010001\","));
    assert_int_equal(callsig_parse(out.header, &c), ERR_OK);
    assert_string_equal(out.string + strlen(out.string) - 11, "\n223010001\n");
    assert_true(sm2_verify(key, out.string, strlen(out.string), c.sig));
    out.to = "22301000";
    assert_int_equal(callsig_sign(pool, &out), ERR_BAD);
    out.scheme = CALLSIG_OUT;
    out.to = "223010001";
    assert_int_equal(callsig_sign(pool, &out), ERR_BAD);
    out.to = NULL;
    out.target = "https://portal.example/x";
    assert_int_equal(callsig_sign(pool, &out), ERR_OK);
    assert_int_equal(strncmp(out.string, "OUT\nPOST\nhttps://portal.example/x\n1\n", 36), 0);
    assert_int_equal(callsig_parse_out(out.header, &c), ERR_OK);
    assert_true(sm2_verify(key, out.string, strlen(out.string), c.sig));
    sm2_key_free(&key);
}

static void vector_verifies(void **state)
{
    const char *string = text("call", "signing_string");
    struct sm2_key *app = public_key("app"), *other = public_key("system");
    struct callsig c;
    (void)state;
    assert_int_equal(callsig_parse(text("call", "authorization"), &c), ERR_OK);
    assert_int_equal(c.scheme, CALLSIG_SM2);
    assert_string_equal(c.app_id, "A0001");
    assert_string_equal(c.timestamp, "1763791200");
    assert_int_equal(c.timestamp_sec, 1763791200);
    assert_string_equal(c.nonce, text("call", "nonce"));
    assert_true(c.sig_shaped);
    assert_true(sm2_verify(app, string, strlen(string), c.sig));
    assert_false(sm2_verify(app, string, strlen(string) - 1, c.sig));
    assert_false(sm2_verify(other, string, strlen(string), c.sig));
    c.sig[63] ^= 1;
    assert_false(sm2_verify(app, string, strlen(string), c.sig));
    sm2_key_free(&app);
    sm2_key_free(&other);
}

static void receipt_verifies(void **state)
{
    const char *request = text("call", "signing_string"), *body = text("receipt", "answer_body");
    const char *signature = text("receipt", "signature");
    struct sm2_key *system = public_key("system");
    uint8_t sig[SM2_SIG_LEN];
    struct buf b;
    (void)state;
    buf_init(&b, pool);
    receipt_string(&b, request, strlen(request), 200, 1763791201, body, strlen(body));
    assert_string_equal(b.data, text("receipt", "string"));
    assert_int_equal(sm2_sig_from_text(signature, strlen(signature), sig), ERR_OK);
    assert_true(sm2_verify(system, b.data, b.len, sig));
    buf_init(&b, pool);
    receipt_string(&b, request, strlen(request), 409, 1763791201, body, strlen(body));
    assert_false(sm2_verify(system, b.data, b.len, sig));
    buf_init(&b, pool);
    receipt_string(&b, request, strlen(request), 200, 1763791201, body, strlen(body) - 1);
    assert_false(sm2_verify(system, b.data, b.len, sig));
    sm2_key_free(&system);
}

static void wrong_signatures_do_not_verify(void **state)
{
    const char *string = text("call", "signing_string");
    struct sm2_key *app = public_key("app");
    struct json_object *list, *v;
    struct callsig c;
    (void)state;
    assert_true(json_object_object_get_ex(vector, "wrong", &list));
    assert_true(json_object_array_length(list) >= 10);
    for (size_t i = 0; i < json_object_array_length(list); i++) {
        struct json_object *w = json_object_array_get_idx(list, i);
        assert_true(json_object_object_get_ex(w, "signature", &v));
        const char *header = pool_printf(
            pool,
            "ZWM-SM2-SM3 app_id=\"A0001\",timestamp=\"1763791200\",nonce=\"%s\",signature=\"%s\"",
            text("call", "nonce"), json_object_get_string(v));
        assert_int_equal(callsig_parse(header, &c), ERR_OK);
        assert_true(json_object_object_get_ex(w, "shaped", &v));
        assert_int_equal(c.sig_shaped, json_object_get_boolean(v));
        assert_false(sm2_verify(app, string, strlen(string), c.sig));
    }
    sm2_key_free(&app);
}

#define T "timestamp=\"1763791200\""
#define N "nonce=\"0123456789abcdef\""
#define A "app_id=\"A0001\""
#define S "signature=\"MAYCAQECAQE=\""

static void headers_accepted(void **state)
{
    static const char *const good[] = {
        "ZWM-ALLOWLIST " A "," T "," N,
        "ZWM-ALLOWLIST " N "," A "," T,
        "ZWM-ALLOWLIST  " A " , " T "\t,\t" N,
        "ZWM-ALLOWLIST " T ",  " N "," A,
    };
    struct callsig c;
    (void)state;
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        memset(&c, 0xa5, sizeof c);
        assert_int_equal(callsig_parse(good[i], &c), ERR_OK);
        assert_int_equal(c.scheme, CALLSIG_ALLOWLIST);
        assert_false(c.sig_shaped);
        assert_string_equal(c.app_id, "A0001");
        assert_int_equal(c.timestamp_sec, 1763791200);
        assert_string_equal(c.nonce, "0123456789abcdef");
    }
    /* r = s = 1 in minimal DER: shaped, and nothing more is asked here */
    assert_int_equal(callsig_parse("ZWM-SM2-SM3 " S "," A "," T "," N, &c), ERR_OK);
    assert_int_equal(c.scheme, CALLSIG_SM2);
    assert_true(c.sig_shaped);
    assert_int_equal(c.sig[31], 1);
    assert_int_equal(c.sig[63], 1);
    assert_int_equal(callsig_parse("ZWM-ALLOWLIST " A "," N ",timestamp=\"999999999999\"", &c),
                     ERR_OK);
    assert_true(c.timestamp_sec == INT64_C(999999999999));
    assert_int_equal(callsig_parse("ZWM-ALLOWLIST " A "," N ",timestamp=\"0\"", &c), ERR_OK);
}

/* Each differs from a good header in one thing. */
static const char *const bad_headers[] = {
    "",
    " ",
    "ZWM-SM2-SM3",
    "ZWM-SM2-SM3 ",
    "ZWM-ALLOWLIST",
    "Basic QTAwMDE6eA==",
    "Bearer x",
    "zwm-allowlist " A "," T "," N,
    "ZWM-ALLOWLIST" A "," T "," N,
    "ZWM-ALLOWLIST," A "," T "," N,
    " ZWM-ALLOWLIST " A "," T "," N,
    "ZWM-ALLOWLIST2 " A "," T "," N,
    "ZWM-ALLOWLIST " A "," T,
    "ZWM-ALLOWLIST " A "," N,
    "ZWM-ALLOWLIST " T "," N,
    "ZWM-SM2-SM3 " A "," T "," N,
    "ZWM-ALLOWLIST " A "," T "," N "," S,
    "ZWM-SM2-SM3 " S "," A "," T,
    "ZWM-ALLOWLIST " A "," A "," T "," N,
    "ZWM-ALLOWLIST " A "," T "," N "," N,
    "ZWM-SM2-SM3 " A "," T "," N "," S "," S,
    "ZWM-ALLOWLIST " A "," T "," N ",",
    "ZWM-ALLOWLIST " A "," T "," N " ",
    "ZWM-ALLOWLIST ," A "," T "," N,
    "ZWM-ALLOWLIST " A ",," T "," N,
    "ZWM-ALLOWLIST " A " " T " " N,
    "ZWM-ALLOWLIST " A ";" T ";" N,
    "ZWM-ALLOWLIST " A "," T "," N ",x=\"y\"",
    "ZWM-ALLOWLIST " A "," T "," N "x",
    "ZWM-ALLOWLIST " A "," T "," N "\n",
    "ZWM-ALLOWLIST App_id=\"A0001\"," T "," N,
    "ZWM-ALLOWLIST app=\"A0001\"," T "," N,
    "ZWM-ALLOWLIST =\"A0001\"," T "," N,
    "ZWM-ALLOWLIST app_id =\"A0001\"," T "," N,
    "ZWM-ALLOWLIST app_id= \"A0001\"," T "," N,
    "ZWM-ALLOWLIST app_id=A0001," T "," N,
    "ZWM-ALLOWLIST app_id='A0001'," T "," N,
    "ZWM-ALLOWLIST " T "," N ",app_id=\"A0001",
    "ZWM-ALLOWLIST app_id=\"\"," T "," N,
    "ZWM-ALLOWLIST app_id=\"A 1\"," T "," N,
    "ZWM-ALLOWLIST app_id=\"A\\\"1\"," T "," N,
    "ZWM-ALLOWLIST app_id=\"\xe5\xbc\xa0\"," T "," N,
    "ZWM-ALLOWLIST app_id=\"A/../1\"," T "," N,
    "ZWM-ALLOWLIST app_id=\"012345678901234567890123456789012\"," T "," N,
    "ZWM-ALLOWLIST " A "," N ",timestamp=\"\"",
    "ZWM-ALLOWLIST " A "," N ",timestamp=\"-1\"",
    "ZWM-ALLOWLIST " A "," N ",timestamp=\"+1763791200\"",
    "ZWM-ALLOWLIST " A "," N ",timestamp=\"01763791200\"",
    "ZWM-ALLOWLIST " A "," N ",timestamp=\"1763791200.5\"",
    "ZWM-ALLOWLIST " A "," N ",timestamp=\"0x69\"",
    "ZWM-ALLOWLIST " A "," N ",timestamp=\" 1763791200\"",
    "ZWM-ALLOWLIST " A "," N ",timestamp=\"1763791200000\"",
    "ZWM-ALLOWLIST " A "," T ",nonce=\"\"",
    "ZWM-ALLOWLIST " A "," T ",nonce=\"0123456789abcde\"",
    "ZWM-ALLOWLIST " A "," T ",nonce=\"0123456789abcde+\"",
    "ZWM-ALLOWLIST " A "," T ",nonce=\"0123456789abcde=\"",
    "ZWM-ALLOWLIST " A "," T ",nonce=\"0123456789abcdef 0123456789abcdef\"",
    "ZWM-ALLOWLIST " A "," T
    ",nonce=\"01234567890123456789012345678901234567890123456789012345678901234\"",
};

static void headers_refused(void **state)
{
    static const struct callsig zero;
    struct callsig c;
    (void)state;
    for (size_t i = 0; i < sizeof bad_headers / sizeof bad_headers[0]; i++) {
        char *copy = strdup(bad_headers[i]); /* so that the sanitizer sees a read past its end */
        assert_non_null(copy);
        memset(&c, 0xa5, sizeof c);
        if (callsig_parse(copy, &c) != ERR_NOT_AUTHENTICATED)
            fail_msg("accepted: %s", bad_headers[i]);
        assert_memory_equal(&c, &zero, sizeof c);
        free(copy);
    }
    assert_int_equal(callsig_parse(NULL, &c), ERR_NOT_AUTHENTICATED);
}

static void header_length_is_bounded(void **state)
{
    static const char head[] = "ZWM-SM2-SM3 " A "," T "," N ",signature=\"";
    char header[1100];
    struct callsig c;
    (void)state;
    for (size_t len = 1024; len <= 1025; len++) {
        memset(header, 'A', sizeof header);
        memcpy(header, head, sizeof head - 1);
        header[len - 1] = '"';
        header[len] = '\0';
        assert_int_equal(callsig_parse(header, &c), len == 1024 ? ERR_OK : ERR_NOT_AUTHENTICATED);
        assert_false(c.sig_shaped);
    }
}

static void every_prefix_is_refused(void **state)
{
    const char *whole = text("call", "authorization");
    struct callsig c;
    (void)state;
    for (size_t len = 0; len < strlen(whole); len++)
        assert_int_equal(callsig_parse(pool_strndup(pool, whole, len), &c), ERR_NOT_AUTHENTICATED);
}

static void signs_what_it_reads(void **state)
{
    struct sm2_key *key = sentence_key(text("app", "sentence"));
    struct callsig_out out = {.key = key,
                              .app_id = "A0001",
                              .method = "POST",
                              .target = "/x?y=z",
                              .body = "{\"a\":1}",
                              .body_len = 7,
                              .now_sec = 1763791200};
    struct callsig c;
    struct buf b;
    (void)state;
    assert_int_equal(callsig_sign(pool, &out), ERR_OK);
    assert_int_equal(callsig_parse(out.header, &c), ERR_OK);
    assert_string_equal(c.app_id, "A0001");
    assert_string_equal(c.timestamp, "1763791200");
    assert_string_equal(c.nonce, out.used_nonce);
    assert_true(field_is_nonce(out.used_nonce));
    buf_init(&b, pool);
    callsig_string(&b, "POST", "/x?y=z", "1763791200", out.used_nonce, "{\"a\":1}", 7, NULL);
    assert_string_equal(b.data, out.string);
    assert_true(c.sig_shaped);
    assert_true(sm2_verify(key, b.data, b.len, c.sig));
    const char *first = pool_strdup(pool, out.used_nonce);
    assert_int_equal(callsig_sign(pool, &out), ERR_OK);
    assert_string_not_equal(first, out.used_nonce);
    sm2_key_free(&key);
}

static void signs_with_the_nonce_given(void **state)
{
    static const char nonce[] = "0123456789abcdef";
    struct sm2_key *key = sentence_key(text("app", "sentence"));
    struct callsig_out out = {.key = key,
                              .app_id = "A0001",
                              .method = "GET",
                              .target = "/",
                              .nonce = nonce,
                              .now_sec = 1};
    struct callsig c;
    struct buf b;
    (void)state;
    assert_int_equal(callsig_sign(pool, &out), ERR_OK);
    assert_string_equal(out.used_nonce, nonce);
    assert_int_equal(callsig_parse(out.header, &c), ERR_OK);
    assert_string_equal(c.nonce, nonce);
    buf_init(&b, pool);
    callsig_string(&b, "GET", "/", "1", nonce, "", 0, NULL); /* no body is an empty one */
    assert_string_equal(b.data, out.string);
    assert_true(sm2_verify(key, b.data, b.len, c.sig));
    sm2_key_free(&key);
}

static void signs_nothing_that_nobody_would_take(void **state)
{
    struct sm2_key *key = sentence_key(text("app", "sentence")), *public = NULL;
    uint8_t *der;
    size_t len;
    (void)state;
    sm2_key_spki(key, pool, &der, &len);
    assert_int_equal(sm2_key_from_spki(der, len, &public), ERR_OK);
    const struct {
        const char *app_id, *nonce;
        const struct sm2_key *key;
        enum err e;
    } rows[] = {{"A\"1", NULL, key, ERR_BAD},
                {"", NULL, key, ERR_BAD},
                {"A0001", "short", key, ERR_BAD},
                {"A0001", "0123456789abcde\"", key, ERR_BAD},
                {"A0001", NULL, public, ERR_BUSY}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct callsig_out out = {.key = rows[i].key,
                                  .app_id = rows[i].app_id,
                                  .method = "POST",
                                  .target = "/",
                                  .nonce = rows[i].nonce,
                                  .now_sec = 1,
                                  .header = "left over"};
        assert_int_equal(callsig_sign(pool, &out), rows[i].e);
        assert_null(out.header);
        assert_null(out.string);
    }
    sm2_key_free(&public);
    sm2_key_free(&key);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(string_is_the_vectors),
        cmocka_unit_test(other_strings_are_the_vectors),
        cmocka_unit_test(other_headers_are_the_vectors),
        cmocka_unit_test(addressees_of_wrong_form),
        cmocka_unit_test(signs_to_an_addressee_and_out),
        cmocka_unit_test(vector_verifies),
        cmocka_unit_test(receipt_verifies),
        cmocka_unit_test(wrong_signatures_do_not_verify),
        cmocka_unit_test(headers_accepted),
        cmocka_unit_test(headers_refused),
        cmocka_unit_test(header_length_is_bounded),
        cmocka_unit_test(every_prefix_is_refused),
        cmocka_unit_test(signs_what_it_reads),
        cmocka_unit_test(signs_with_the_nonce_given),
        cmocka_unit_test(signs_nothing_that_nobody_would_take),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
