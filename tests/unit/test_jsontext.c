/* jsontext: members of the wrong kind are no text, and what is written is compact. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/base/jsontext.h"
#include "tests/unit/pool_state.h"

static void test_get_text(void **state)
{
    (void)state;
    struct json_object *o = json_tokener_parse("{\"s\":\"\\u7801\",\"empty\":\"\",\"n\":1,\"null\":"
                                               "null,\"l\":[\"s\"],\"o\":{\"s\":\"x\"}}");
    assert_string_equal(json_get_text(o, "s", NULL), "码");
    assert_string_equal(json_get_text(o, "empty", NULL), "");
    static const char *const none[] = {"n", "null", "l", "o", "absent", ""};
    for (size_t i = 0; i < sizeof none / sizeof none[0]; i++) {
        assert_null(json_get_text(o, none[i], NULL));
        assert_string_equal(json_get_text(o, none[i], "-"), "-");
    }
    struct json_object *list = NULL;
    assert_true(json_object_object_get_ex(o, "l", &list));
    assert_null(json_get_text(list, "s", NULL));
    assert_null(json_get_text(NULL, "s", NULL));
    json_object_put(o);
}

static void test_to_text(void **state)
{
    (void)state;
    struct json_object *o = json_tokener_parse("{ \"a/b\" : [ 1, \"码/\" ] }");
    assert_string_equal(json_to_text(pool, o), "{\"a/b\":[1,\"码/\"]}");
    assert_string_equal(json_to_text(pool, NULL), "null");
    json_object_put(o);
}

static enum err read_text(const char *text, struct json_object **o_r)
{
    return json_read(pool, text, strlen(text), o_r);
}

static void test_read(void **state)
{
    (void)state;
    struct json_object *o;
    assert_int_equal(read_text("null", &o), ERR_OK);
    assert_null(o);
    assert_int_equal(read_text(" 12", &o), ERR_OK);
    assert_int_equal(json_object_get_int64(o), 12);
    assert_int_equal(read_text("{\"a\":1,\"a\":[\"\\u7801\"]}\n", &o), ERR_OK);
    assert_string_equal(json_to_text(pool, o), "{\"a\":[\"码\"]}");

    assert_int_equal(read_text("[\"NaN. \\\". Infinity\",1.5e-3]", &o), ERR_OK);

    char deep[2 * JSON_READ_DEPTH];
    memset(deep, '[', sizeof deep);
    memset(deep + JSON_READ_DEPTH - 2, ']', JSON_READ_DEPTH - 2);
    assert_int_equal(json_read(pool, deep, 2 * JSON_READ_DEPTH - 4, &o), ERR_OK);

    static const char *const bad[] = {"",
                                      " ",
                                      "[1",
                                      "[1,]",
                                      "{a:1}",
                                      "'a'",
                                      "1 2",
                                      "True",
                                      "\"a",
                                      "[1]x",
                                      "//",
                                      "\xff",
                                      "\"\xc0\x80\"",
                                      "tru",
                                      "{\"a\"}",
                                      "-",
                                      "NaN",
                                      "[-Infinity]",
                                      "[1.]",
                                      "{'a':1}",
                                      "[\"a\tb\"]",
                                      "1.",
                                      "{\"N\\\"\":Infinity}"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_int_equal(read_text(bad[i], &o), ERR_BAD);
        assert_null(o);
    }
    memset(deep, '[', sizeof deep);
    assert_int_equal(json_read(pool, deep, sizeof deep, &o), ERR_BAD);
    assert_null(o);
    assert_int_equal(json_read(pool, "1\0", 2, &o), ERR_BAD);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_get_text, setup, teardown),
        cmocka_unit_test_setup_teardown(test_to_text, setup, teardown),
        cmocka_unit_test_setup_teardown(test_read, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
