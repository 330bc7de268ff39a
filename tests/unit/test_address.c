/* address: who is a neighbour of whom. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/base/address.h"

static void prefixes(void **state)
{
    static const char *const rows[][2] = {
        {"192.0.2.77", "192.0.2.0/24"},
        {"0.0.0.0", "0.0.0.0/24"},
        {"255.255.255.255", "255.255.255.0/24"},
        {"::ffff:192.0.2.77", "192.0.2.0/24"},
        {"2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"},
        {"::1", "::/64"},
        {"::fffe:192.0.2.77", "::/64"},
        {"192.0.2", ""},
        {"192.0.2.256", ""},
        {"192.0.2.0/24", ""},
        {"", ""},
        {"unix:", ""},
        {"fe80::1%eth0", ""},
    };
    char text[ADDRESS_TEXT_MAX];
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct address_prefix p = address_prefix_of(rows[i][0]);
        address_prefix_text(p.bytes, p.len, text);
        assert_string_equal(text, rows[i][1]);
    }
    assert_int_equal(address_prefix_of(NULL).len, 0);
    /* what the store may give that is no prefix */
    address_prefix_text((const uint8_t *)"\4abcdefgh", 9, text);
    assert_string_equal(text, "");
    address_prefix_text((const uint8_t *)"\6abc", 4, text);
    assert_string_equal(text, "");
}

static void ranges(void **state)
{
    static const struct {
        const char *range, *address;
        bool in;
    } rows[] = {
        {"192.0.2.0/24", "192.0.2.5", true},
        {"192.0.2.9", "192.0.2.5", true},
        {"192.0.2.0/24", "192.0.3.5", false},
        {"192.0.0.0/16", "192.0.3.5", true},
        {"192.0.2.0/23", "192.0.3.5", true},
        {"192.0.2.0/23", "192.0.4.5", false},
        {"0.0.0.0/0", "203.0.113.1", true},
        {"0.0.0.0/0", "2001:db8::1", false},
        {"::/0", "2001:db8::1", true},
        {"::/0", "192.0.2.1", false},
        {"2001:db8::/32", "2001:db8:7::1", true},
        {"2001:db8::/33", "2001:db8:8000::1", false},
        {"2001:db8::1", "2001:db8::2", true},
        {"2001:db8::1", "2001:db8:0:1::2", false},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct address_range r;
        struct address_prefix p = address_prefix_of(rows[i].address);
        assert_int_equal(address_range_read(rows[i].range, &r), ERR_OK);
        if (address_range_has(&r, p.bytes, p.len) != rows[i].in)
            fail_msg("%s in %s", rows[i].address, rows[i].range);
        assert_false(address_range_has(&r, NULL, 0));
    }
}

static void no_ranges(void **state)
{
    static const char *const rows[] = {
        "",
        "/",
        "/24",
        "192.0.2.0/",
        "192.0.2.0/x",
        "192.0.2.0/-1",
        "192.0.2.0/ 8",
        "192.0.2.0/+8",
        "192.0.2.0/8x",
        "192.0.2.0/25",
        "192.0.2.0/32",
        "2001:db8::/65",
        "2001:db8::/128",
        "::ffff:192.0.2.0/24",
        "192.0.2.0/24/24",
        "192.0.2.0/99999999999999999999",
        "example.com",
        "1111:2222:3333:4444:5555:6666:7777:8888:9999:aaaa:bbbb:cccc:dddd/1"};
    struct address_range r;
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (address_range_read(rows[i], &r) != ERR_BAD)
            fail_msg("%s is taken", rows[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(prefixes),
        cmocka_unit_test(ranges),
        cmocka_unit_test(no_ranges),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
