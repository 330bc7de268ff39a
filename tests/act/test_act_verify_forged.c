/* verify: what is no code, and what looks like one of ours and is none. */
#include "tests/act/verify_sample.h"

#include "core/base/text.h"
#include "core/code/code.h"

static void malformed(void **state)
{
    (void)state;
    struct issue_out o = new_code();
    const char *good = o.code;
    char *lower = pool_strdup(sample.pool, good), *other = pool_strdup(sample.pool, good);
    size_t letter = strcspn(good, "ABCDEFGHIJKLMNOPQRSTUVWXYZ");
    lower[letter] = (char)(lower[letter] | 0x20);
    other[5] = '1'; /* not in the alphabet of RFC 4648, 6 */
    const char *rows[] = {"",
                          "x",
                          "https://example.invalid/?code=1",
                          pool_strndup(sample.pool, good, 239),
                          pool_printf(sample.pool, "%sA", good),
                          pool_printf(sample.pool, "%s%s", good, good),
                          pool_printf(sample.pool, "%.100s %s", good, good + 100),
                          lower,
                          other,
                          pool_printf(sample.pool, "%s=", good)};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (verify_code(rows[i]) != ERR_CODE_MALFORMED)
            fail_msg("not malformed: %s", rows[i]);
    assert_int_equal(verify_code(good), ERR_OK);
}

/* One of our codes with some of its bytes changed, encoded again. */
static const char *changed(const char *good, size_t at, uint8_t bits)
{
    uint8_t bytes[CODE_LEN_MAX];
    char *text = pool_alloc(sample.pool, CODE_TEXT_MAX + 1);
    assert_int_equal(base32_decode(good, strlen(good), bytes, CODE_LEN_MAX), ERR_OK);
    bytes[at] ^= bits;
    base32_encode(bytes, CODE_LEN_MAX, text);
    return text;
}

static void forged(void **state)
{
    (void)state;
    /* A(32) | length(2) version(1) type(4) system(9) channel(2) deadline(4) digest(32) | r s */
    static const size_t places[] = {0, 31, 53, 54, 85, 86, 117, 118, 149};
    struct issue_out o = new_code();
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++)
        for (int bit = 0; bit < 8; bit += 7)
            if (verify_code(changed(o.code, places[i], (uint8_t)(1 << bit))) != ERR_CODE_SIGNATURE)
                fail_msg("byte %zu", places[i]);
    assert_int_equal(verify_code(changed(o.code, 34, 1)), ERR_CODE_TYPE); /* version */
    assert_int_equal(verify_code(changed(o.code, 38, 2)), ERR_CODE_TYPE); /* ZWM3 */
    assert_int_equal(verify_code(changed(o.code, 33, 1)), ERR_CODE_MALFORMED);
    assert_int_equal(uses_of(&o), 0);
    /* made up by somebody with a key of his own, in our name */
    struct sm2_key *key = sample_key_new();
    assert_int_equal(verify_code(sample_foreign_code(CODE_ZWM1, sample.conf.system, key)),
                     ERR_CODE_SIGNATURE);
    /* the signature comes before the deadline: of a forgery nothing is told */
    const char *late = changed(o.code, 118, 1);
    sample_set_clock(SAMPLE_NOON + 1000);
    assert_int_equal(verify_code(late), ERR_CODE_SIGNATURE);
}

/* The very same statement signed once more is another code: only the one issued is good. */
static void signed_again(void **state)
{
    (void)state;
    struct issue_out o = new_code();
    struct code code;
    char *text = pool_alloc(sample.pool, CODE_TEXT_MAX + 1);
    assert_int_equal(code_decode(o.code, strlen(o.code), &code), ERR_OK);
    assert_int_equal(keyring_sign(sample.kr, code.bytes, code_signed_len(&code), code.sig), ERR_OK);
    code_encode(&code, text);
    assert_string_not_equal(text, o.code);
    assert_int_equal(verify_code(text), ERR_CODE_UNKNOWN);
    assert_int_equal(uses_of(&o), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        VERIFY_TEST(malformed),
        VERIFY_TEST(forged),
        VERIFY_TEST(signed_again),
    };
    return SAMPLE_RUN("act_verify_forged", tests);
}
