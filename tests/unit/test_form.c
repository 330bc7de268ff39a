/* form: queries and bodies of forms as the URL Standard has them, and those that are none. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/base/form.h"

static struct pool *pool;

static void values(void **state)
{
    (void)state;
    static const struct {
        const char *text, *name, *value; /* NULL: none */
    } rows[] = {
        {"a=1&b=2", "b", "2"},   {"a=1&b=2", "a", "1"},  {"a=%E7%A4%BA+x", "a", "示 x"},
        {"a=x%2by", "a", "x+y"}, {"a==", "a", "="},      {"a=", "a", ""},
        {"", "a", NULL},         {NULL, "a", NULL},      {"a", "a", NULL},
        {"aa=1", "a", NULL},     {"b=a=1", "a", NULL},   {"a=1&a=1", "a", NULL},
        {"a=%", "a", NULL},      {"a=%4", "a", NULL},    {"a=%4g", "a", NULL},
        {"a=%00", "a", NULL},    {"a=x%00y", "a", NULL}, {"&&a=1&", "a", "1"},
        {"A=1", "a", NULL},      {"%61=1", "a", NULL},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const char *got = form_get(pool, rows[i].text, rows[i].name);
        if (rows[i].value == NULL)
            assert_null(got);
        else
            assert_string_equal(got, rows[i].value);
    }
}

static void written(void **state)
{
    (void)state;
    struct buf b;
    buf_init(&b, pool);
    buf_puts(&b, "https://a.example/x?");
    form_put(&b, "a", "1 &=%/");
    form_put(&b, "b", "示");
    assert_string_equal(b.data, "https://a.example/x?a=1%20%26%3D%25%2F&b=%E7%A4%BA");
    buf_init(&b, pool);
    form_put(&b, "a", "\r\n");
    assert_string_equal(b.data, "a=%0D%0A");
}

static int setup(void **state)
{
    (void)state;
    pool = pool_new(false);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    pool_destroy(&pool);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(values), cmocka_unit_test(written)};
    return cmocka_run_group_tests_name("form", tests, setup, teardown);
}
