/* Masking: the examples of MOB 9.4.5 (姓**, 1101*****, 1390*****) and texts of awkward shape. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/code/mask.h"

struct row {
    const char *in, *out;
};

static void each(const struct row *rows, size_t n, char *(*mask)(struct pool *, const char *))
{
    struct pool *p = pool_new(false);
    for (size_t i = 0; i < n; i++)
        assert_string_equal(mask(p, rows[i].in), rows[i].out);
    pool_destroy(&p);
}

static void names(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {"测试甲", "测**"},
        {"测试", "测**"},
        {"测", "**"},
        {"", "**"},
        {"Jo", "J**"},
        {"J", "**"},
        {"买买提·示例", "买**"},
        {"𠮷田", "𠮷**"}, /* supplementary plane */
        {"𠮷", "**"},
        {"e\xcc\x81lan", "e\xcc\x81**"}, /* U+0301 */
        {"e\xcc\x81", "**"},             /* one character with its mark */
        {"a\xcc\x88\xcc\x84"
         "b",
         "a\xcc\x88\xcc\x84**"}, /* two marks */
        {"x\xe2\x83\x9d"
         "y",
         "x\xe2\x83\x9d**"},                              /* U+20DD */
        {"葛\xf3\xa0\x84\x80示", "葛\xf3\xa0\x84\x80**"}, /* U+E0100 */
        {"葛\xf3\xa0\x84\x80", "**"},
        {"示\xef\xb8\x80例", "示\xef\xb8\x80**"}, /* U+FE00 */
        {"示\xef\xb8\x90例", "示**"},             /* U+FE10 is none */
        {"a\xcb\xbf"
         "b",
         "a**"},              /* U+02FF, one below the range */
        {"a\xcd\xb0", "a**"}, /* U+0370, one above */
        {"\xcc\x81"
         "ab",
         "\xcc\x81**"}, /* begins with a mark */
    };
    each(rows, sizeof rows / sizeof rows[0], mask_name);
}

/* Never more than the mark where the text is broken. */
static void names_not_utf8(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {"\xff", "**"},
        {"\xe6\xb5", "**"},
        {"\xc0\x80"
         "ab",
         "**"},
        {"ab\xff", "**"},
        {"测\xed\xa0\x80", "**"},
    };
    each(rows, sizeof rows / sizeof rows[0], mask_name);
}

static void numbers(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {"11010519491231002X", "1101*****"},
        {"13900000000", "1390*****"},
        {"12345678", "1234*****"},
        {"1234567", "123*****"},
        {"1234", "12*****"},
        {"123", "1*****"},
        {"12", "1*****"},
        {"1", "*****"},
        {"", "*****"},
        {"军字第0000号", "军字第0*****"},
        {"军字第", "军*****"},
        {"12\xff"
         "45678",
         "*****"},
    };
    each(rows, sizeof rows / sizeof rows[0], mask_number);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names),
        cmocka_unit_test(names_not_utf8),
        cmocka_unit_test(numbers),
    };
    return cmocka_run_group_tests_name("mask", tests, NULL, NULL);
}
