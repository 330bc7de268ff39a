/* jsontext: members of the wrong kind are no text, and what is written is compact. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_get_text, setup, teardown),
        cmocka_unit_test_setup_teardown(test_to_text, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
