/* Patterns of business codes: whole texts only, known ways to blow up are refused when a pattern is
 * saved, and PCRE2's limits hold if one was not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/base/buf.h"
#include "core/code/pattern.h"
#include "tests/unit/pool_state.h"

static const char *checked(const char *pattern)
{
    const char *why = NULL;
    enum err e = pattern_check(pool, pattern, &why);

    assert_true(e == ERR_OK || (e == ERR_BAD && why != NULL));
    return e == ERR_OK ? "ok" : why;
}

static bool matches_n(const char *pattern, const char *text, size_t len)
{
    struct pattern *compiled;
    const char *why;
    bool matches;

    assert_int_equal(pattern_compile(pool, pattern, &compiled, &why), ERR_OK);
    assert_int_equal(pattern_match(compiled, text, len, &matches), ERR_OK);
    return matches;
}

static bool matches(const char *pattern, const char *text)
{
    return matches_n(pattern, text, strlen(text));
}

static const char *repeated(const char *text, size_t n, const char *end)
{
    struct buf b;

    buf_init(&b, pool);
    for (size_t i = 0; i < n; i++)
        buf_puts(&b, text);
    buf_puts(&b, end);
    return b.data;
}

static void test_matches_whole_texts(void **state)
{
    static const struct {
        const char *pattern, *yes, *no;
    } rows[] = {
        {"HC\\d{12}", "HC123456789012", "HC1234567890123"},
        {"^HC\\d{12}$", "HC123456789012", "xHC123456789012"},
        {"^a|b$", "b", "ab"},
        {"a|ab", "ab", "abb"},
        {"(a|b?)c", "c", "abc"},
        {"[A-Z]{1,2}[A-Z0-9]{4,6}", "AB12CD", "A12"},
        {"a{2,}", "aaa", "a"},
        {"a{0,2}b", "aab", "aaab"},
        {"(?:ab){2,3}", "ababab", "abababab"},
        {"a+?b*?", "aab", "ba"},
        {"\\d+", "0123456789", "１２"}, /* ASCII digits only */
        {"\\w+", "a_1", "é"},
        {"a.c", "a码c", "a\nc"},
        {"a$", "a", "a\n"},
        {"[^-]*-.*", "ab-c-d", "abc"},
        {"[一-龥]{2}", "健康", "健康码"},
        {"[[:alpha:]_]+", "a_b", "a-b"},
        {"[a\\]\\[^-]+", "a]^-[", "b"},
        {"https://example\\.com/c\\?n=\\d+", "https://example.com/c?n=1",
         "https://exampleXcom/c?n=1"},
        {"\\(\\)\\{\\}\\*\\+\\|\\\\", "(){}*+|\\", "()"},
        {"😀?", "", "😀😀"},
        {"^$", "", "a"},
        {"a}]", "a}]", "a"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        assert_string_equal(checked(rows[i].pattern), "ok");
        assert_true(matches(rows[i].pattern, rows[i].yes));
        assert_false(matches(rows[i].pattern, rows[i].no));
    }
}

static void test_wrong_texts_match_nothing(void **state)
{
    (void)state;
    assert_false(matches(".*", "\xc0\x80"));
    assert_false(matches(".*", "a\xff"));
    assert_false(matches_n("a.*", "a\0", 2));
    assert_true(matches(".*", repeated("码", 1024, "")));
    assert_false(matches(".*", repeated("码", 1025, "")));
    assert_true(matches(".*", repeated("😀", 1024, "")));
    assert_false(matches(".*", repeated("a", 100000, "")));
}

/* From published lists of expressions that have taken services down, and kin of theirs. */
static void test_what_can_blow_up_is_refused(void **state)
{
    static const char *const patterns[] = {
        "(a+)+",
        "^(a+)+$",
        "([a-zA-Z]+)*",
        "(a|aa)+",
        "(a|a?)+",
        "(a|a)*",
        "(.*a){12}",
        "(.*a){20}",
        "^(([a-z])+.)+[A-Z]([a-z])+$",
        "(x+x+)+y",
        "(a*)*",
        "(a+b?)+",
        "(\\w+\\s?)+",
        "(\\d|\\d\\d)+x",
        "(\\w|[0-9])*!",
        "(a{2,})+",
        "(a{1,20}){1,20}",
        "(?:a?){20}a{20}",
        "a?a?a?a?a?a?a?a?a?a?a?a?a?a?a?a?a?a?a?a?aaaaaaaaaaaaaaaaaaaa",
        "\\d+\\d+\\d+\\d+",
        ".*.*.*=.*",
        "\\s*\\s*\\s*x",
        ".*-.*",
        "(?:x(?:a|a)*y)*",
        "(?:abcdefgh|abcdefgh)*",
        "(?:[a-y]|[b-z])*",
        "(?:[一-三]|[丁-龥])*",
        "(?:[^a]|[^b])*",
        "([a-zA-Z0-9])(([\\-.]|[_]+)?([a-zA-Z0-9]+))*(@){1}[a-z0-9]+[.]{1}(([a-z]{2,3})|([a-z]{2,3}"
        "[.]{1}[a-z]{2,3}))",
    };
    (void)state;
    for (size_t i = 0; i < sizeof patterns / sizeof patterns[0]; i++) {
        const char *why = checked(patterns[i]);
        if (strstr(why, "too many ways") == NULL && strstr(why, "a repetition of ") == NULL &&
            strstr(why, "too involved") == NULL)
            fail_msg("%s: %s", patterns[i], why);
    }
}

static const char groups[] = "of groups only ( and (?: are allowed",
                  escapes[] = "only \\d \\w \\s \\D \\W \\S are allowed",
                  empty[] = "a repetition of what can be empty", brace[] = "write \\{ for a brace",
                  anchors[] = "^ stands at the beginning and $ at the end only",
                  bracket[] = " for a bracket within brackets", places[] = "more than 512 places",
                  pcre2[] = "at byte ";
static const struct {
    const char *pattern, *why;
} not_allowed[] = {
    {"", "the pattern is empty"},
    {"a\xff", "no UTF-8"},
    {"(a)\\1", pcre2},
    {"(?:(a)|b)\\g1", pcre2},
    {"\\Ca", pcre2},
    {"(", pcre2},
    {"a)", pcre2},
    {"[z-a]", pcre2},
    {"a\\", pcre2},
    {"*a", pcre2},
    {"[[:nothing:]]", pcre2},
    {"a{5,2}", pcre2},
    {"(?R)", groups},
    {"a(?0)?", groups},
    {"(?C1)a", groups},
    {"(?=a)b", groups},
    {"(?!a)b", groups},
    {"(?<=a)b", groups},
    {"(?>a+)b", groups},
    {"(?<n>a)\\k<n>", groups},
    {"(?i)a", groups},
    {"(?#c)a", groups},
    {"(*UTF)a", groups},
    {"(*LIMIT_MATCH=1)a", groups},
    {"a(*ACCEPT)b", groups},
    {"(?|a|b)", groups},
    {"\\Qa\\E", escapes},
    {"\\p{L}", escapes},
    {"\\x41", escapes},
    {"\\n", escapes},
    {"\\bword", escapes},
    {"\\R", escapes},
    {"\\K", escapes},
    {"[\\h]", escapes},
    {"a++", "or a possessive one"},
    {"a{2}+", "or a possessive one"},
    {"a**", pcre2},
    {"a{,3}", brace},
    {"a{3", brace},
    {"{", brace},
    {"a{0}", "a repetition of zero times"},
    {"a^b", anchors},
    {"a$b", anchors},
    {"(a$)", anchors},
    {"^^a", anchors},
    {"[]a]", bracket},
    {"[[a]", bracket},
    {"(a?)+", empty},
    {"(a|)*", empty},
    {"(?:a*b?){2}", empty},
    {"(a?)?", empty},
    {"(a?|b?)", "more than one alternative can be empty"},
    {".{513}", places},
    {"a{9999}", places},
    {"(((a{9}){9}){9})", places},
    {"(?:(?:a{1,8}b){1,8}c){1,8}", places},
    {"((((((((((((((((((a))))))))))))))))))", "more than 16 groups"},
    {"(?:[ab]|c)*a[abc]{12}", "too involved"},
};

static void test_what_is_not_allowed_is_named(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof not_allowed / sizeof not_allowed[0]; i++)
        if (strstr(checked(not_allowed[i].pattern), not_allowed[i].why) == NULL)
            fail_msg("%s: %s", not_allowed[i].pattern, checked(not_allowed[i].pattern));
    assert_string_equal(
        checked("码{3}\\n"),
        "at character 5: of \\ and a letter or digit only \\d \\w \\s \\D \\W \\S are allowed");
    assert_string_equal(checked(repeated("码", 200, "")), "ok");
    assert_string_equal(checked(repeated("码", 201, "")),
                        "the pattern has more than 200 characters");
}

/* What the check lets through keeps within the limits on texts made to be hard for it. */
static void test_costly_texts_within_limits(void **state)
{
    static const struct {
        const char *pattern, *pump;
    } rows[] = {
        {"(?:[a-z]+-)*\\d", "a"},      {"(?:[a-z]+-)*\\d", "a-"},
        {"[A-Z]*[A-Z0-9]{8}", "A"},    {"[ab]*a[ab]{5}[bc]*", "ab"},
        {"(?:a|b)*a.{6}", "aab"},      {"(?:ab|cd|abcd?e)*", "ab"},
        {"\\d{1,20}\\w{1,20}", "1"},   {".{0,22}.{0,22}", "码"},
        {"https://[a-z.]+/.*", "/a."}, {"(?:\\d{4} ?){1,5}", "1"},
        {"(?:[^,]*,){10}", "a,"},      {"(?:a|b|c|d|e|f|g|h|i|j|k)*", "k"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        assert_string_equal(checked(rows[i].pattern), "ok");
        size_t most = 1020 / strlen(rows[i].pump);
        for (size_t n = 0; n <= most; n += n < 40 ? 1 : 49)
            (void)matches(rows[i].pattern, repeated(rows[i].pump, n, "!"));
    }
}

/* A pattern that came into use unchecked is stopped by PCRE2's limits, and said to be. */
static void test_limits(void **state)
{
    static const char *const patterns[] = {"(a|aa)+b?c", "(?:a{1,20}){1,20}b", "(.*a){12}b"};
    struct pattern *compiled;
    const char *why;
    bool yes = true;

    (void)state;
    for (size_t i = 0; i < sizeof patterns / sizeof patterns[0]; i++) {
        assert_int_equal(pattern_compile(pool, patterns[i], &compiled, &why), ERR_OK);
        const char *text = repeated("a", 1000, "bcX");
        assert_int_equal(pattern_match(compiled, text, strlen(text), &yes), ERR_IO);
        assert_false(yes);
    }
    assert_int_equal(pattern_compile(pool, "(?=a)a", &compiled, &why), ERR_BAD);
    assert_null(compiled);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {
        T(test_matches_whole_texts),         T(test_wrong_texts_match_nothing),
        T(test_what_can_blow_up_is_refused), T(test_what_is_not_allowed_is_named),
        T(test_costly_texts_within_limits),  T(test_limits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
