/* Allow-lists of addresses (CIDR, RFC 4632 and RFC 4291), and the names of the kinds of apps. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "core/store/app.h"

static void addresses_listed(void **state)
{
    (void)state;
    static const struct {
        const char *list, *address;
        bool listed;
    } rows[] = {
        {"192.0.2.1", "192.0.2.1", true},
        {"192.0.2.1", "192.0.2.2", false},
        {"192.0.2.0/24", "192.0.2.255", true},
        {"192.0.2.0/24", "192.0.3.0", false},
        {"192.0.2.128/25", "192.0.2.127", false},
        {"192.0.2.128/25", "192.0.2.128", true},
        {"192.0.2.77/25", "192.0.2.1", true}, /* bits behind the prefix say nothing */
        {"198.51.100.0/22", "198.51.103.255", true},
        {"198.51.100.0/22", "198.51.104.0", false},
        {"0.0.0.0/0", "203.0.113.9", true},
        {"0.0.0.0/0", "2001:db8::1", false}, /* families apart */
        {"::/0", "203.0.113.9", false},
        {"::/0", "2001:db8::1", true},
        {"2001:db8::/32", "2001:db8:ffff::1", true},
        {"2001:db8::/32", "2001:db9::1", false},
        {"2001:db8::/33", "2001:db8:8000::1", false},
        {"2001:db8::1", "2001:0db8:0:0:0:0:0:1", true},
        {"10.0.0.1,192.0.2.0/24,2001:db8::/32", "192.0.2.9", true},
        {"10.0.0.1,192.0.2.0/24,2001:db8::/32", "10.0.0.2", false},
        {"192.0.2.1", "", false},
        {"192.0.2.1", "192.0.2.1 ", false},
        {"192.0.2.1", "192.0.2.1,192.0.2.1", false},
        {"192.0.2.1", "unix:", false},
        {"", "192.0.2.1", false},
        {"rubbish,192.0.2.1", "192.0.2.1", false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (app_address_listed(rows[i].list, rows[i].address) != rows[i].listed)
            fail_msg("%s in %s", rows[i].address, rows[i].list);
    assert_false(app_address_listed(NULL, "192.0.2.1"));
    assert_false(app_address_listed("192.0.2.1", NULL));
}

static void lists_well_formed(void **state)
{
    (void)state;
    static const char *const good[] = {"192.0.2.1",   "192.0.2.0/24", "0.0.0.0/0",
                                       "::/0",        "::1/128",      "192.0.2.1,2001:db8::/32",
                                       "192.0.2.1/32"};
    static const char *const bad[] = {
        "",
        ",",
        "192.0.2.1,,192.0.2.2",
        ",192.0.2.1",
        "192.0.2",
        "192.0.2.256",
        "192.0.2.1/33",
        "::1/129",
        "192.0.2.1/-1",
        "192.0.2.1/",
        "192.0.2.1/x",
        "192.0.2.1/8x",
        "192.0.2.1 ",
        " 192.0.2.1",
        "192.0.2.1;192.0.2.2",
        "192.0.2.1, 192.0.2.2",
        "localhost",
        "1.2.3.4/8/8",
        "0x7f.0.0.1",
        "127.1",
        "2001:db8:::1",
        "[::1]",
        "192.0.2.1:443",
        "2001:0db8:0000:0000:0000:0000:0000:0001/128/0000000000000000000000000000000000000000000",
    };
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
        if (!app_allow_list_is_valid(good[i]))
            fail_msg("refused: %s", good[i]);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        if (app_allow_list_is_valid(bad[i]))
            fail_msg("accepted: %s", bad[i]);
}

static void kinds(void **state)
{
    (void)state;
    static const char *const names[] = {"channel", "third-party", "system", "service"};
    for (int k = APP_CHANNEL; k <= APP_SERVICE; k++) {
        assert_string_equal(app_kind_name((enum app_kind)k), names[k - 1]);
        assert_int_equal(app_kind_by_name(names[k - 1]), k);
    }
    assert_null(app_kind_name((enum app_kind)0));
    assert_null(app_kind_name(APP_KIND_MAX));
    assert_int_equal(app_kind_by_name(""), 0);
    assert_int_equal(app_kind_by_name("Channel"), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(addresses_listed),
        cmocka_unit_test(lists_well_formed),
        cmocka_unit_test(kinds),
    };
    return cmocka_run_group_tests_name("app_list", tests, NULL, NULL);
}
