/* peer_url: addresses that a code system or a third party may give us. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "core/net/peer_url.h"

static void taken(void **state)
{
    static const char *const urls[] = {
        "https://a",
        "https://city.example",
        "https://city.example:8443",
        "https://city.example/zwm",
        "https://city.example:8443/zwm?a=b",
        "https://93.184.216.34/",
        "https://10.1.2.3", /* systems may be in one private network */
        "https://[2001:db8::1]:8443/x",
        "https://localhost.example",
        "https://127.0.0.1.example",
        "https://city.example/@x",
        "https://city.example?a@b",
        "https://0xg",
    };
    (void)state;
    for (size_t i = 0; i < sizeof urls / sizeof urls[0]; i++)
        if (!peer_url_is_allowed(urls[i], false) || !peer_url_is_allowed(urls[i], true))
            fail_msg("%s", urls[i]);
}

static void refused_always(void **state)
{
    static const char *const urls[] = {
        "",
        "https",
        "https://",
        "https:///x",
        "https://:443",
        "https://[]",
        "https://?a",
        "https://#a",
        "http://city.example",
        "HTTPS://city.example",
        "ftp://city.example",
        "file:///etc/passwd",
        "//city.example",
        "city.example",
        " https://city.example",
        "https://user@city.example",
        "https://user:pass@city.example/x",
        "https://city.example\\@127.0.0.1",
        "https://city.example\\x",
    };
    (void)state;
    for (size_t i = 0; i < sizeof urls / sizeof urls[0]; i++)
        if (peer_url_is_allowed(urls[i], false) || peer_url_is_allowed(urls[i], true))
            fail_msg("%s", urls[i]);
}

static void loopback_and_its_kind(void **state)
{
    static const char *const urls[] = {
        "https://localhost",
        "https://LocalHost:8443/x",
        "https://a.localhost",
        "https://a.LOCALHOST/x",
        "https://127.0.0.1",
        "https://127.9.9.9:1",
        "https://0.0.0.0",
        "https://169.254.169.254/latest",
        "https://224.0.0.1",
        "https://[::1]",
        "https://[::]:1",
        "https://[fe80::1]",
        "https://[ff02::1]",
        "https://[::ffff:127.0.0.1]",
        /* other spellings of an address, of whatever */
        "https://2130706433",
        "https://0x7f000001",
        "https://0X7F000001",
        "https://0x",
        "https://127.1",
        "https://0177.0.0.1",
        "https://127.0.0.0x1",
        "https://127.0.0.1.",
        "https://1.2.3.4.5",
        "https://93.184.4646",
        "https://[fe80::1%25eth0]",
    };
    (void)state;
    for (size_t i = 0; i < sizeof urls / sizeof urls[0]; i++) {
        if (peer_url_is_allowed(urls[i], false))
            fail_msg("allowed: %s", urls[i]);
        if (!peer_url_is_allowed(urls[i], true))
            fail_msg("not allowed: %s", urls[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(taken),
        cmocka_unit_test(refused_always),
        cmocka_unit_test(loopback_and_its_kind),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
