/* System identifiers, the parents of divisions, channel types: interface 1, written out. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "core/code/channel.h"
#include "core/code/sysid.h"

static void valid_identifiers(void **state)
{
    (void)state;
    static const struct {
        const char *text, *platform;
        enum sysid_class cls;
        int serial;
    } rows[] = {
        {"100000001", "000000", SYSID_NATIONAL, 1},
        {"100000099", "000000", SYSID_NATIONAL, 99},
        {"251000010", "510000", SYSID_REGIONAL, 10},
        {"251010001", "510100", SYSID_REGIONAL, 1},
        {"242900402", "429004", SYSID_REGIONAL, 2},
        {"300090109", "000901", SYSID_DEPARTMENTAL, 9},
        {"300000101", "000001", SYSID_DEPARTMENTAL, 1},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct sysid id;
        assert_int_equal(sysid_parse(rows[i].text, &id), ERR_OK);
        assert_string_equal(id.text, rows[i].text);
        assert_string_equal(id.platform, rows[i].platform);
        assert_int_equal(id.cls, rows[i].cls);
        assert_int_equal(id.serial, rows[i].serial);
    }
}

static void bad_identifiers(void **state)
{
    (void)state;
    static const char *const rows[] = {
        "",          "1",         "10000000",  "1000000011", "100000000", /* serial 00 */
        "000000001", "400000001", "951010001",                            /* class */
        "100000101", "151010001", "110000001",              /* national with a place */
        "200000001", "200090101", "200010001",              /* regional without one */
        "300000001", "351010001", "300100001", "310000001", /* no department */
        "25101000a", "A51010001", "2510 0001", " 251010001", "251010001 ", "25101000\n",
        "+51010001", "-51010001", "2.1010001", "２51010001", "2510100١",
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct sysid id = {.serial = 77}, untouched = id;
        assert_int_equal(sysid_parse(rows[i], &id), ERR_BAD);
        assert_memory_equal(&id, &untouched, sizeof id);
    }
}

static void parents(void **state)
{
    (void)state;
    static const char *const rows[][2] = {
        {"510107", "510100"}, {"510100", "510000"}, {"429004", "429000"}, {"429000", "420000"},
        {"110101", "110100"}, {"469030", "469000"}, {"990099", "990000"}, {"100001", "100000"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char parent[SYSID_PLATFORM_LEN + 1];
        assert_int_equal(sysid_division_parent(rows[i][0], parent), ERR_OK);
        assert_string_equal(parent, rows[i][1]);
    }
}

/* Walking up may reuse one array. */
static void parent_in_place(void **state)
{
    (void)state;
    char place[SYSID_PLATFORM_LEN + 1] = "510107";
    assert_int_equal(sysid_division_parent(place, place), ERR_OK);
    assert_int_equal(sysid_division_parent(place, place), ERR_OK);
    assert_string_equal(place, "510000");
    assert_int_equal(sysid_division_parent(place, place), ERR_ABSENT);
    assert_string_equal(place, "510000");
}

static void no_parent(void **state)
{
    (void)state;
    static const char *const rows[] = {"510000", "110000", "820000", "000000", "000901", "000001",
                                       "",       "5101",   "51010A", "5101 0", "5101071"};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char division[16] = "", parent[SYSID_PLATFORM_LEN + 1] = "??????";
        (void)snprintf(division, sizeof division, "%s", rows[i]);
        assert_int_equal(sysid_division_parent(division, parent), ERR_ABSENT);
        assert_string_equal(parent, "??????");
    }
}

static void channels(void **state)
{
    (void)state;
    static const char *const codes[] = {"01", "02", "03", "04", "05", "06", "07", "08", "99"};
    static const char *const unknown[] = {"", "0", "00", "09", "1", "10", "98", "001", "01 ", "a1"};
    size_t n;
    const struct channel_row *rows = channel_rows(&n);
    assert_int_equal(n, sizeof codes / sizeof codes[0]);
    for (size_t i = 0; i < n; i++) {
        assert_string_equal(rows[i].code, codes[i]);
        assert_ptr_equal(channel_by_code(codes[i]), &rows[i]);
    }
    assert_string_equal(channel_by_code("06")->en, "self-service terminal");
    for (size_t i = 0; i < sizeof unknown / sizeof unknown[0]; i++)
        assert_null(channel_by_code(unknown[i]));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(valid_identifiers), cmocka_unit_test(bad_identifiers),
        cmocka_unit_test(parents),           cmocka_unit_test(parent_in_place),
        cmocka_unit_test(no_parent),         cmocka_unit_test(channels),
    };
    return cmocka_run_group_tests_name("sysid", tests, NULL, NULL);
}
