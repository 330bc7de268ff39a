/* JCS against tests/vectors/code.json: the examples of RFC 8785 and texts made by another
 * implementation. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <json-c/json.h>

#include "core/code/jcs.h"
#include "core/crypto/sm3.h"

static struct json_object *vectors;

static int load(void **state)
{
    vectors = json_object_from_file("tests/vectors/code.json");
    *state = pool_new(false);
    return vectors != NULL ? 0 : -1;
}

static int unload(void **state)
{
    struct pool *p = *state;
    pool_destroy(&p);
    (void)json_object_put(vectors);
    return 0;
}

static struct json_object *parse(const char *text)
{
    enum json_tokener_error e;
    struct json_object *value = json_tokener_parse_verbose(text, &e);
    assert_int_equal(e, json_tokener_success);
    return value;
}

static void like_the_vectors(void **state)
{
    struct json_object *l = json_object_object_get(vectors, "jcs");
    assert_true(json_object_array_length(l) > 0);
    for (size_t i = 0; i < json_object_array_length(l); i++) {
        struct json_object *v = json_object_array_get_idx(l, i);
        struct json_object *value =
            parse(json_object_get_string(json_object_object_get(v, "input")));
        char digest[2 * SM3_LEN + 1];
        struct buf b;
        buf_init(&b, *state);
        assert_int_equal(jcs_write(&b, value), ERR_OK);
        assert_string_equal(b.data, json_object_get_string(json_object_object_get(v, "canonical")));
        sm3_hex(b.data, b.len, digest);
        assert_string_equal(digest, json_object_get_string(json_object_object_get(v, "sm3")));
        (void)json_object_put(value);
    }
}

/* Refused, and what stood in the buffer before still stands there alone. */
static void refuse(struct pool *p, struct json_object *value)
{
    struct buf b;
    buf_init(&b, p);
    buf_puts(&b, "before");
    assert_int_equal(jcs_write(&b, value), ERR_BAD);
    assert_string_equal(b.data, "before");
    assert_int_equal(b.len, 6);
    (void)json_object_put(value);
}

static void numbers_refused(void **state)
{
    struct json_object *l = json_object_object_get(vectors, "jcs_refused");
    assert_true(json_object_array_length(l) > 0);
    for (size_t i = 0; i < json_object_array_length(l); i++)
        refuse(*state, parse(json_object_get_string(json_object_array_get_idx(l, i))));
    refuse(*state, json_object_new_double(1));
    refuse(*state, json_object_new_uint64(UINT64_MAX));
}

/* What only a program can build, no parser. */
static void broken_text_refused(void **state)
{
    static const char *const broken[] = {"\xff", "a\xc0\x80", "\xed\xa0\x80", "\xf4\x90\x80\x80",
                                         "\xe6\xb5"};
    for (size_t i = 0; i < sizeof broken / sizeof broken[0]; i++) {
        refuse(*state, json_object_new_string(broken[i]));
        struct json_object *o = json_object_new_object();
        (void)json_object_object_add(o, broken[i], json_object_new_int(1));
        refuse(*state, o);
    }
}

static void too_deep_refused(void **state)
{
    struct json_object *value = json_object_new_array();
    for (int i = 0; i < 100; i++) {
        struct json_object *outer = json_object_new_array();
        (void)json_object_array_add(outer, value);
        value = outer;
    }
    refuse(*state, value);
}

static void appends(void **state)
{
    struct buf b;
    struct json_object *value = parse("{\"b\":[true],\"a\":\"\"}");
    buf_init(&b, *state);
    buf_puts(&b, "x");
    assert_int_equal(jcs_write(&b, value), ERR_OK);
    assert_int_equal(jcs_write(&b, NULL), ERR_OK); /* json-c has null as NULL */
    assert_string_equal(b.data, "x{\"a\":\"\",\"b\":[true]}null");
    (void)json_object_put(value);
}

/* The order in which members were added does not show. */
static void any_order_of_members(void **state)
{
    static const char *const names[] = {
        "\xef\xbf\xbf", "\xf0\x90\x80\x80", "\xee\x80\x80", "\xed\x9f\xbf", "z", "a",
        "aa",           "\xc2\x80"};
    /* by UTF-16: a, aa, z, 0080, D7FF, D800 DC00, E000, FFFF */
    static const char expected[] = "{\"a\":0,\"aa\":0,\"z\":0,\"\xc2\x80\":0,\"\xed\x9f\xbf\":0,"
                                   "\"\xf0\x90\x80\x80\":0,\"\xee\x80\x80\":0,\"\xef\xbf\xbf\":0}";
    enum { N = sizeof names / sizeof names[0] };
    for (size_t first = 0; first < N; first++) {
        for (size_t step = 1; step < N; step += 2) { /* odd steps visit all eight */
            struct json_object *o = json_object_new_object();
            struct buf b;
            for (size_t i = 0; i < N; i++)
                (void)json_object_object_add(o, names[(first + i * step) % N],
                                             json_object_new_int(0));
            buf_init(&b, *state);
            assert_int_equal(jcs_write(&b, o), ERR_OK);
            assert_string_equal(b.data, expected);
            (void)json_object_put(o);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(like_the_vectors),
        cmocka_unit_test(numbers_refused),
        cmocka_unit_test(broken_text_refused),
        cmocka_unit_test(too_deep_refused),
        cmocka_unit_test(appends),
        cmocka_unit_test(any_order_of_members),
    };
    return cmocka_run_group_tests_name("jcs", tests, load, unload);
}
