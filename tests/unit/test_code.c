/* Service codes against tests/vectors/code.json, whose codes were made by other software, and
 * against the sizes written out in the interface. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <json-c/json.h>

#include "core/base/text.h"
#include "core/code/code.h"
#include "core/crypto/sm2.h"

static struct json_object *vectors;

static int load(void **state)
{
    (void)state;
    vectors = json_object_from_file("tests/vectors/code.json");
    return vectors != NULL ? 0 : -1;
}

static int unload(void **state)
{
    (void)state;
    (void)json_object_put(vectors);
    return 0;
}

static struct json_object *list(const char *name)
{
    struct json_object *l = json_object_object_get(vectors, name);
    assert_true(json_object_array_length(l) > 0);
    return l;
}

/* NULL where there is no such member. */
static const char *member(struct json_object *o, const char *name)
{
    return json_object_get_string(json_object_object_get(o, name));
}

/* Decodes a copy that ends where the text ends, so that a sanitizer sees any byte read behind it.
 */
static enum err decode(const char *text, size_t len, struct code *c)
{
    char *copy = malloc(len + 1);
    assert_non_null(copy);
    memcpy(copy + 1, text, len);
    enum err e = code_decode(copy + 1, len, c);
    free(copy);
    return e;
}

static struct code decode_valid(const char *text)
{
    struct code c;
    assert_int_equal(decode(text, strlen(text), &c), ERR_OK);
    return c;
}

static void assert_hex(const uint8_t *bytes, size_t len, const char *expected)
{
    char hex[2 * CODE_LEN_MAX + 1];
    hex_encode(bytes, len, hex);
    assert_string_equal(hex, expected);
}

static void valid_codes_decode(void **state)
{
    (void)state;
    struct json_object *l = list("valid");
    for (size_t i = 0; i < json_object_array_length(l); i++) {
        struct json_object *v = json_object_array_get_idx(l, i);
        const char *channel = member(v, "channel");
        struct code c = decode_valid(member(v, "text"));
        assert_string_equal(code_type_row(c.type)->name, member(v, "type"));
        assert_string_equal(c.system, member(v, "system"));
        assert_string_equal(c.channel, channel != NULL ? channel : "");
        assert_int_equal(c.deadline, json_object_get_int64(json_object_object_get(v, "deadline")));
        assert_hex(c.identity, sizeof c.identity, member(v, "identity"));
        assert_hex(c.digest, sizeof c.digest, member(v, "digest"));
        assert_hex(c.sig, sizeof c.sig, member(v, "signature"));
        assert_hex(c.bytes, c.len, member(v, "bytes"));
        assert_hex(c.bytes, code_signed_len(&c), member(v, "signed"));
    }
}

/* Fields in, text out: the same text as the vectors' maker wrote. */
static void fields_encode(void **state)
{
    (void)state;
    struct json_object *l = list("valid");
    for (size_t i = 0; i < json_object_array_length(l); i++) {
        struct json_object *v = json_object_array_get_idx(l, i);
        const char *channel = member(v, "channel");
        char text[CODE_TEXT_MAX + 1];
        struct code c;
        memset(&c, 0xa5, sizeof c); /* nothing left over from before may show */
        assert_int_equal(code_type_by_name(member(v, "type"), 4, &c.type), ERR_OK);
        (void)snprintf(c.system, sizeof c.system, "%s", member(v, "system"));
        (void)snprintf(c.channel, sizeof c.channel, "%s", channel != NULL ? channel : "");
        c.deadline = (uint32_t)json_object_get_int64(json_object_object_get(v, "deadline"));
        assert_int_equal(hex_decode(member(v, "identity"), 64, c.identity, 32), ERR_OK);
        assert_int_equal(hex_decode(member(v, "digest"), 64, c.digest, 32), ERR_OK);
        code_pack(&c);
        assert_hex(c.bytes, code_signed_len(&c), member(v, "signed"));
        assert_int_equal(hex_decode(member(v, "signature"), 128, c.sig, 64), ERR_OK);
        code_encode(&c, text);
        assert_string_equal(text, member(v, "text"));
    }
}

static void white_space_around_is_cut(void **state)
{
    (void)state;
    static const char *const around[][2] = {
        {"", "\r\n"}, {" ", ""}, {"\t\r\n ", " \n\r\t"}, {"\n\n\n", "\n"}};
    const char *text = member(json_object_array_get_idx(list("valid"), 1), "text");
    for (size_t i = 0; i < sizeof around / sizeof around[0]; i++) {
        char padded[CODE_TEXT_MAX + 16];
        (void)snprintf(padded, sizeof padded, "%s%s%s", around[i][0], text, around[i][1]);
        assert_string_equal(decode_valid(padded).system, "510100");
    }
}

static void invalid_texts_are_refused(void **state)
{
    (void)state;
    struct json_object *l = list("invalid");
    for (size_t i = 0; i < json_object_array_length(l); i++) {
        struct json_object *v = json_object_array_get_idx(l, i);
        struct json_object *text = json_object_object_get(v, "text");
        struct code c, untouched;
        memset(&c, 0x5a, sizeof c);
        untouched = c;
        enum err e =
            decode(json_object_get_string(text), (size_t)json_object_get_string_len(text), &c);
        if (strcmp(err_row(e)->code, member(v, "error_code")) != 0)
            fail_msg("%s: %s", member(v, "name"), err_name(e));
        assert_memory_equal(&c, &untouched, sizeof c);
    }
}

/* Any single character exchanged for one outside the alphabet, at any place. */
static void alphabet_is_strict_everywhere(void **state)
{
    (void)state;
    static const char strange[] = "a018=-_.+/ \t\n\0\x7f\xc3";
    const char *text = member(json_object_array_get_idx(list("valid"), 0), "text");
    for (size_t at = 0; at < CODE_TEXT_MAX; at++) {
        for (size_t i = 0; i < sizeof strange - 1; i++) {
            char copy[CODE_TEXT_MAX + 1];
            struct code c;
            memcpy(copy, text, sizeof copy);
            copy[at] = strange[i];
            assert_int_equal(decode(copy, CODE_TEXT_MAX, &c), ERR_CODE_MALFORMED);
        }
    }
}

static void every_other_length_is_malformed(void **state)
{
    (void)state;
    char text[3 * CODE_TEXT_MAX];
    memset(text, 'A', sizeof text);
    for (size_t len = 0; len <= sizeof text; len++) {
        struct code c;
        if (len != 240 && len != 232)
            assert_int_equal(decode(text, len, &c), ERR_CODE_MALFORMED);
    }
}

static void signatures(void **state)
{
    (void)state;
    const char *spki = member(json_object_object_get(vectors, "key"), "spki");
    struct sm2_key *key = NULL;
    assert_int_equal(sm2_key_from_public_text(spki, strlen(spki), &key), ERR_OK);
    struct json_object *l = list("valid");
    for (size_t i = 0; i < json_object_array_length(l); i++) {
        struct code c = decode_valid(member(json_object_array_get_idx(l, i), "text"));
        assert_true(sm2_verify(key, c.bytes, code_signed_len(&c), c.sig));
    }
    l = list("forged");
    for (size_t i = 0; i < json_object_array_length(l); i++) {
        struct code c = decode_valid(member(json_object_array_get_idx(l, i), "text"));
        assert_false(sm2_verify(key, c.bytes, code_signed_len(&c), c.sig));
    }
    sm2_key_free(&key);
}

/* Interface 1: 54 and 49 bytes of B, 150 and 145 in all, 240 and 232 characters. */
static void sizes(void **state)
{
    (void)state;
    assert_int_equal(code_type_b_len(CODE_ZWM1), 54);
    assert_int_equal(code_type_b_len(CODE_QYM1), 49);
    assert_int_equal(code_type_len(CODE_ZWM1), 150);
    assert_int_equal(code_type_len(CODE_QYM1), 145);
    assert_int_equal(code_type_text_len(CODE_ZWM1), 240);
    assert_int_equal(code_type_text_len(CODE_QYM1), 232);
}

/* HLJ 9.2; QYM 7.3.3 and 6.3.2; interface 2.2. */
static void rows(void **state)
{
    (void)state;
    const struct code_type_row *zwm = code_type_row(CODE_ZWM1), *qym = code_type_row(CODE_QYM1);
    assert_int_equal(zwm->validity_max_sec, 60);
    assert_int_equal(qym->validity_max_sec, 300);
    assert_int_equal(zwm->assurance_least, 2);
    assert_int_equal(qym->assurance_least, 3);
    assert_true(zwm->single_use);
    assert_true(qym->single_use);
    assert_false(zwm->enterprise_only);
    assert_true(qym->enterprise_only);
    assert_string_equal(zwm->expired_msg, "码已过期");
    assert_string_equal(qym->expired_msg, "企业数字凭证（企业服务码）已过期");
    assert_int_equal(zwm->identity, CODE_ID_PSEUDONYM);
    assert_int_equal(qym->identity, CODE_ID_SM3_NUMBER);
}

static void names(void **state)
{
    (void)state;
    static const char *const unknown[] = {"",     "ZWM",  "ZWM11", "zwm1", "ZWM2",
                                          "QYM0", "qym1", " ZWM1", "ZWR1", "1MWZ"};
    enum code_type t = CODE_TYPE_MAX;
    assert_int_equal(code_type_by_name("QYM1", 4, &t), ERR_OK);
    assert_int_equal(t, CODE_QYM1);
    assert_int_equal(code_type_by_name("ZWM1", 4, &t), ERR_OK);
    assert_int_equal(t, CODE_ZWM1);
    for (size_t i = 0; i < sizeof unknown / sizeof unknown[0]; i++)
        assert_int_equal(code_type_by_name(unknown[i], strlen(unknown[i]), &t), ERR_ABSENT);
    assert_int_equal(code_type_by_name("ZWM\0", 4, &t), ERR_ABSENT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(valid_codes_decode),
        cmocka_unit_test(fields_encode),
        cmocka_unit_test(white_space_around_is_cut),
        cmocka_unit_test(invalid_texts_are_refused),
        cmocka_unit_test(alphabet_is_strict_everywhere),
        cmocka_unit_test(every_other_length_is_malformed),
        cmocka_unit_test(signatures),
        cmocka_unit_test(sizes),
        cmocka_unit_test(rows),
        cmocka_unit_test(names),
    };
    return cmocka_run_group_tests_name("code", tests, load, unload);
}
