/* Numbers of people and organisations. Check digits worked out by hand from the standards' weights.
 * All invented: division 000000 exists nowhere. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/code/idno.h"

/* The example of GB 11643-1999 Annex A, and invented ones. */
static void resident_valid(void **state)
{
    (void)state;
    static const char *const rows[] = {"11010519491231002X", "000000199001010018",
                                       "000000200002290029"};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        assert_true(idno_resident_is_valid(rows[i], 0));
        assert_true(idno_resident_is_valid(rows[i], 20251122));
    }
}

static void resident_bad(void **state)
{
    (void)state;
    static const char *const rows[] = {
        "",
        "1",
        "11010519491231002",   /* 17 */
        "11010519491231002X0", /* 19 */
        "11010519491231002x",  /* lower case */
        "110105194912310020",  /* check digit */
        "110105194912310021",
        "11010519491231003X", /* a digit altered */
        "11010519491213002X", /* two exchanged */
        "1101051949123100２", /* full width */
        "１1010519491231002X",
        "11010519491231002Ｘ",
        " 1010519491231002X",
        "11010519491231002 ",
        "1101O519491231002X",
        "X1010519491231002X",
        "110105491231002",    /* the old 15 digits */
        "91000000MA0000000N", /* an enterprise's */
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        assert_false(idno_resident_is_valid(rows[i], 0));
}

/* Only the date is wrong: the check character is recomputed here from GB 11643. */
static void resident_dates(void **state)
{
    (void)state;
    static const struct {
        const char *date;
        bool exists;
    } rows[] = {
        {"19900101", true},  {"20000229", true},  {"19000228", true},  {"19960229", true},
        {"19901231", true},  {"19000229", false}, {"20010229", false}, {"19900230", false},
        {"19900431", false}, {"19900631", false}, {"19901131", false}, {"19900132", false},
        {"19900100", false}, {"19900001", false}, {"19901301", false}, {"00000000", false},
        {"17991231", false}, {"00010101", false},
    };
    static const int weight[] = {7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char number[19] = "000000YYYYMMDD001?";
        int sum = 0;
        memcpy(number + 6, rows[i].date, 8);
        for (size_t d = 0; d < 17; d++)
            sum += (number[d] - '0') * weight[d];
        number[17] = "10X98765432"[sum % 11];
        assert_int_equal(idno_resident_is_valid(number, 0), rows[i].exists);
    }
}

static void resident_not_yet_born(void **state)
{
    (void)state;
    assert_true(idno_resident_is_valid("000000199001010018", 19900101));
    assert_false(idno_resident_is_valid("000000199001010018", 19891231));
    assert_true(idno_resident_is_valid("000000199001010018", 0));
}

static void every_wrong_check_character(void **state)
{
    (void)state;
    char number[] = "000000199001010018";
    int valid = 0;
    for (int c = 1; c < 256; c++) {
        number[17] = (char)c;
        valid += idno_resident_is_valid(number, 0);
    }
    assert_int_equal(valid, 1);
    char enterprise[] = "91000000MA0000000N";
    valid = 0;
    for (int c = 1; c < 256; c++) {
        enterprise[17] = (char)c;
        valid += idno_uscc_is_valid(enterprise);
    }
    assert_int_equal(valid, 1);
}

/* 91000000MA0000000: 9 x 1 + 1 x 3 + 21 x 20 + 10 x 29 = 722 = 23 x 31 + 9; 31 - 9 = 22 is N. */
static void uscc(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",
        "91000000MA0000000",   /* 17 */
        "91000000MA0000000N0", /* 19 */
        "91000000MA0000000n",  /* lower case */
        "91000000ma0000000N",
        "91000000MA00000001", /* check character */
        "91000000MA0000001N", /* a digit altered */
        "19000000MA0000000N", /* two exchanged */
        "91000000IA0000000N", /* letters that the standard leaves out */
        "91000000OA0000000N",
        "91000000SA0000000N",
        "91000000VA0000000N",
        "91000000ZA0000000N",
        "91000000MA0000000Ｎ",
        "9１000000MA0000000N",
        "91000000-A0000000N",
        " 1000000MA0000000N",
        "11010519491231002X",
    };
    assert_true(idno_uscc_is_valid("91000000MA0000000N"));
    assert_true(idno_uscc_is_valid("91000000MA0000001R"));
    assert_true(idno_uscc_is_valid("000000000000000000")); /* sum 0, so check 0 */
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_false(idno_uscc_is_valid(bad[i]));
}

static void types(void **state)
{
    (void)state;
    static const char *const good[] = {"111", "98", "414", "00", "999"};
    static const char *const bad[] = {"",    "1",   "1111", "1a",   "a1",
                                      " 98", "98 ", "-1",   "９８", "11\n"};
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
        assert_true(idno_type_is_valid(good[i]));
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_false(idno_type_is_valid(bad[i]));
}

static void by_type(void **state)
{
    (void)state;
    char long_number[66];
    memset(long_number, '7', sizeof long_number);
    long_number[64] = '\0';

    assert_true(idno_is_valid("111", "11010519491231002X", 20251122));
    assert_false(idno_is_valid("111", "11010519491231002X", 19490101));
    assert_false(idno_is_valid("111", "91000000MA0000000N", 0));
    assert_true(idno_is_valid("98", "91000000MA0000000N", 0));
    assert_false(idno_is_valid("98", "11010519491231002X", 0));
    assert_true(idno_is_valid("414", "E00000000", 0));
    assert_true(idno_is_valid("990", "军字第0000号", 0));
    assert_true(idno_is_valid("414", long_number, 0));
    long_number[64] = '7';
    long_number[65] = '\0';
    assert_false(idno_is_valid("414", long_number, 0));
    assert_false(idno_is_valid("1", "E00000000", 0));
    assert_false(idno_is_valid("", "E00000000", 0));
}

static void not_printable(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",
        "\n",
        "E1\t",
        "E\x01",
        "E\x7f",
        "E\xc2\x80",
        "E\xff",
        "\xe2\x80\xae\x31",
        "\xe2\x80\x8b\x31",
        "\xef\xbb\xbf\x31",
        "E\xe2\x80\xa8",
        "\xed\xa0\x80",
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_false(idno_is_valid("414", bad[i], 0));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(resident_valid),
        cmocka_unit_test(resident_bad),
        cmocka_unit_test(resident_dates),
        cmocka_unit_test(resident_not_yet_born),
        cmocka_unit_test(every_wrong_check_character),
        cmocka_unit_test(uscc),
        cmocka_unit_test(types),
        cmocka_unit_test(by_type),
        cmocka_unit_test(not_printable),
    };
    return cmocka_run_group_tests_name("idno", tests, NULL, NULL);
}
