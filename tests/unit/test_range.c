/* range: the examples of RFC 9110, 14.1.2 and 14.4, what it calls invalid or unsatisfiable, and
 * what an attacker may write. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/wire/range.h"

/* The header ends where its memory ends: reading on would show. */
static struct byte_range parsed(const char *text, int64_t size)
{
    char *copy = strdup(text);
    assert_non_null(copy);
    struct byte_range r = range_parse(copy, size);
    free(copy);
    return r;
}

static void one_range(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t size, first, last;
    } rows[] = {
        /* the RFC's own, of a representation of 10000 bytes */
        {"bytes=0-499", 10000, 0, 499},
        {"bytes=500-999", 10000, 500, 999},
        {"bytes=-500", 10000, 9500, 9999},
        {"bytes=9500-", 10000, 9500, 9999},
        /* 14.4: of 1234 bytes */
        {"bytes=42-1233", 1234, 42, 1233},
        {"bytes=734-1233", 1234, 734, 1233},
        {"bytes=0-0", 10000, 0, 0},
        {"bytes=-1", 10000, 9999, 9999},
        {"bytes=9999-", 10000, 9999, 9999},
        {"bytes=0-", 10000, 0, 9999},
        /* a last byte behind the end means the last one */
        {"bytes=9500-9999", 10000, 9500, 9999},
        {"bytes=9500-10000", 10000, 9500, 9999},
        {"bytes=0-9223372036854775807", 10000, 0, 9999},
        /* a suffix longer than the file means all of it */
        {"bytes=-10000", 10000, 0, 9999},
        {"bytes=-10001", 10000, 0, 9999},
        {"bytes=-9223372036854775807", 10000, 0, 9999},
        /* leading zeros are digits like others */
        {"bytes=0000-0499", 10000, 0, 499},
        {"bytes=00000000000000000000000007-8", 10000, 7, 8},
        {"bytes=0-0", 1, 0, 0},
        {"bytes=0-", 1, 0, 0},
        {"bytes=-1", 1, 0, 0},
        {"bytes=4294967296-4294967297", 4294967298, 4294967296, 4294967297},
        {"bytes=9223372036854775806-", INT64_MAX, 9223372036854775806, 9223372036854775806},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct byte_range r = parsed(rows[i].text, rows[i].size);
        if (!r.partial || r.unsatisfiable || r.from != rows[i].first ||
            r.len != rows[i].last - rows[i].first + 1)
            fail_msg("%s of %lld: from %lld, %lld bytes", rows[i].text, (long long)rows[i].size,
                     (long long)r.from, (long long)r.len);
    }
}

static void behind_the_end(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t size;
    } rows[] = {
        {"bytes=10000-", 10000},
        {"bytes=10000-10000", 10000},
        {"bytes=10000-20000", 10000},
        {"bytes=-0", 10000},
        {"bytes=-000", 10000},
        {"bytes=1-", 1},
        {"bytes=0-", 0},
        {"bytes=0-0", 0},
        {"bytes=-0", 0},
        {"bytes=9223372036854775807-", 10000},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct byte_range r = parsed(rows[i].text, rows[i].size);
        if (!r.unsatisfiable || r.partial || r.from != 0 || r.len != 0)
            fail_msg("%s of %lld is satisfied", rows[i].text, (long long)rows[i].size);
    }
}

/* A recipient may ignore what it does not take: several ranges, other units. It must ignore what is
 * invalid. */
static const char *const ignored[] = {
    /* several ranges, the RFC's own */
    "bytes=0-0,-1",
    "bytes= 0-999, 4500-5499, -1000",
    "bytes=500-600,601-999",
    "bytes=500-700,601-999",
    "bytes=0-499,",
    "bytes=,0-499",
    /* an int-range is invalid if its last byte is before its first */
    "bytes=500-499",
    "bytes=1-0",
    "bytes=20000-10000",
    /* other units, or none */
    "seconds=0-499",
    "byte=0-499",
    "bytes",
    "bytes=",
    "bytes 0-499",
    "0-499",
    "",
    "=0-1",
    /* no range at all */
    "bytes=-",
    "bytes=--1",
    "bytes=--",
    "bytes=0",
    "bytes=0 -499",
    "bytes=0- 499",
    "bytes=0-499 ",
    "bytes= 0-499",
    "bytes=\t0-499",
    "bytes=+0-499",
    "bytes=0-+499",
    "bytes=-+5",
    "bytes=0x0-0x9",
    "bytes=a-b",
    "bytes=0-4a",
    "bytes=0--4",
    "bytes=0-499-",
    "bytes=-5-",
    "bytes=-5-7",
    "bytes=0-499\n",
    "bytes=0-4.5",
    "bytes=1e2-",
    "bytes=０-499",
    "bytes=0–499",
    /* numbers that no file reaches */
    "bytes=9223372036854775808-",
    "bytes=0-9223372036854775808",
    "bytes=-9223372036854775808",
    "bytes=99999999999999999999999999-",
    "bytes=0-18446744073709551615",
    "bytes=18446744073709551616-18446744073709551617",
};

static void whole_file(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof ignored / sizeof ignored[0]; i++) {
        struct byte_range r = parsed(ignored[i], 10000);
        if (r.partial || r.unsatisfiable || r.from != 0 || r.len != 10000)
            fail_msg("%s: from %lld, %lld bytes", ignored[i], (long long)r.from, (long long)r.len);
    }
    struct byte_range none = range_parse(NULL, 10000);
    assert_false(none.partial || none.unsatisfiable);
    assert_int_equal(none.len, 10000);
    /* Content-Range cannot say "the last five of no bytes" (14.4) */
    struct byte_range nothing = parsed("bytes=-5", 0);
    assert_false(nothing.partial || nothing.unsatisfiable);
    assert_int_equal(nothing.len, 0);
}

/* Whatever two numbers are asked for, the answer lies within the file. */
static void always_within(void **state)
{
    (void)state;
    char text[64];
    for (int64_t size = 0; size <= 12; size++)
        for (int first = -1; first <= 14; first++)
            for (int last = -1; last <= 14; last++) {
                char a[8] = "", b[8] = "";
                if (first >= 0)
                    (void)snprintf(a, sizeof a, "%d", first);
                if (last >= 0)
                    (void)snprintf(b, sizeof b, "%d", last);
                (void)snprintf(text, sizeof text, "bytes=%s-%s", a, b);
                struct byte_range r = parsed(text, size);
                assert_true(r.from >= 0 && r.len >= 0 && r.from + r.len <= size);
                assert_true(!r.partial || r.len > 0);
                assert_true(r.partial || r.unsatisfiable || r.len == size);
            }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_range),
        cmocka_unit_test(behind_the_end),
        cmocka_unit_test(whole_file),
        cmocka_unit_test(always_within),
    };
    return cmocka_run_group_tests_name("range", tests, NULL, NULL);
}
