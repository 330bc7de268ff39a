/* SM2 encryption, 04|C1|C3|C2. */
#include "tests/unit/sm2_sample.h"

#include <openssl/err.h>

#include "core/base/rand.h"
#include "tests/unit/pool_state.h"

/* GB/T 32918.5 C.2: "encryption standard" for the example key */
#define SAMPLE_C1X "04ebfc718e8d1798620432268e77feb6415e2ede0e073c0f4f640ecd2e149a73"
#define SAMPLE_C1Y "e858f9d81e5430a57b36daab8f950a3c64e6ee6a63094d99283aff767e124df0"
#define SAMPLE_C3  "59983c18f809e262923c53aec295d30383b54e39d609d160afcb1908d0bd8766"
#define SAMPLE_C2  "21886ca989ca9c7d58087307ca93092d651efa"

static void assert_refused(const struct sm2_key *key, const uint8_t *in, size_t len)
{
    uint8_t *out = NULL;
    size_t out_len;

    if (sm2_unwrap(key, in, len, pool, &out, &out_len) != ERR_BAD)
        fail_msg("opened: %s", sample_hex(pool, in, len));
    assert_null(out);
    assert_int_equal(ERR_peek_error(), 0);
}

static void test_standard(void **state)
{
    struct sm2_key *key = sample_key(pool);
    size_t len, out_len;
    uint8_t *out;
    uint8_t *in = sample_unhex(pool, "04" SAMPLE_C1X SAMPLE_C1Y SAMPLE_C3 SAMPLE_C2, &len);

    (void)state;
    assert_int_equal(sm2_unwrap(key, in, len, pool, &out, &out_len), ERR_OK);
    assert_int_equal(out_len, 19);
    assert_memory_equal(out, "encryption standard", 19);
    sm2_key_free(&key);
}

static void test_lengths(void **state)
{
    struct sm2_key *key = sm2_key_generate();
    uint8_t plain[140], *sealed, *out;
    size_t len, out_len;

    (void)state;
    rand_bytes(plain, sizeof plain);
    for (size_t n = 1; n <= sizeof plain; n += n < 40 ? 1 : 20) {
        assert_int_equal(sm2_wrap(key, plain, n, pool, &sealed, &len), ERR_OK);
        assert_int_equal(len, SM2_WRAP_OVERHEAD + n);
        assert_int_equal(sealed[0], 4);
        assert_int_equal(sm2_unwrap(key, sealed, len, pool, &out, &out_len), ERR_OK);
        assert_int_equal(out_len, n);
        assert_memory_equal(out, plain, n);
    }
    assert_int_equal(sm2_wrap(key, plain, 0, pool, &sealed, &len), ERR_BAD);
    sm2_key_free(&key);
}

/* A coordinate that begins with a zero byte is shorter in libcrypto's ASN.1; one of 128 points has
 * one. */
static void test_short_coordinates(void **state)
{
    struct sm2_key *key = sm2_key_generate();
    uint8_t plain[32] = {7}, *sealed, *out;
    size_t len, out_len;
    int short_x = 0, short_y = 0;

    (void)state;
    for (int i = 0; i < 20000 && (short_x == 0 || short_y == 0); i++) {
        struct pool *p = pool_new(true);
        assert_int_equal(sm2_wrap(key, plain, sizeof plain, p, &sealed, &len), ERR_OK);
        assert_int_equal(len, SM2_WRAP_OVERHEAD + sizeof plain);
        if (sealed[1] == 0 || sealed[33] == 0) {
            short_x += sealed[1] == 0;
            short_y += sealed[33] == 0;
            assert_int_equal(sm2_unwrap(key, sealed, len, p, &out, &out_len), ERR_OK);
            assert_memory_equal(out, plain, sizeof plain);
        }
        pool_destroy(&p);
    }
    assert_true(short_x > 0 && short_y > 0);
    sm2_key_free(&key);
}

/* A stream of zeros would show a plaintext of one byte once in 256 times. */
static void test_never_shows_the_plaintext(void **state)
{
    struct sm2_key *key = sm2_key_generate();
    uint8_t plain = 0x5a, *sealed;
    size_t len;

    (void)state;
    for (int i = 0; i < 1500; i++) {
        assert_int_equal(sm2_wrap(key, &plain, 1, pool, &sealed, &len), ERR_OK);
        assert_int_not_equal(sealed[SM2_WRAP_OVERHEAD], plain);
    }
    sm2_key_free(&key);
}

static void test_refuses_altered(void **state)
{
    struct sm2_key *key = sample_key(pool), *other = sm2_key_generate();
    size_t len;
    uint8_t *in = sample_unhex(pool, "04" SAMPLE_C1X SAMPLE_C1Y SAMPLE_C3 SAMPLE_C2, &len);

    (void)state;
    for (size_t bit = 0; bit < 8 * len; bit++) {
        in[bit / 8] ^= (uint8_t)(1U << (bit % 8));
        assert_refused(key, in, len);
        in[bit / 8] ^= (uint8_t)(1U << (bit % 8));
    }
    for (size_t n = 0; n < len; n++)
        assert_refused(key, in, n);
    uint8_t *longer = pool_alloc(pool, len + 1);
    memcpy(longer, in, len);
    assert_refused(key, longer, len + 1);
    assert_refused(other, in, len);
    sm2_key_free(&other);
    sm2_key_free(&key);
}

static void test_refuses_shapes(void **state)
{
    static const char *const rows[] = {
        SAMPLE_C1X SAMPLE_C1Y SAMPLE_C3 SAMPLE_C2,      /* without the 04 */
        "04" SAMPLE_C1X SAMPLE_C1Y SAMPLE_C2 SAMPLE_C3, /* the order before 2012 */
        "04" SAMPLE_C1X SAMPLE_C1Y SAMPLE_C3,           /* empty */
        "06" SAMPLE_C1X SAMPLE_C1Y SAMPLE_C3 SAMPLE_C2, /* hybrid */
        "04" SAMPLE_C1Y SAMPLE_C1X SAMPLE_C3 SAMPLE_C2, /* off the curve */
        "04" CURVE_P SAMPLE_C1Y SAMPLE_C3 SAMPLE_C2,
        "04" SAMPLE_X SAMPLE_Y SAMPLE_C3 SAMPLE_C2, /* another point */
        /* libcrypto's own form */
        "307a022004ebfc718e8d1798620432268e77feb6415e2ede0e073c0f4f640ecd2e149a73"
        "022100" SAMPLE_C1Y "0420" SAMPLE_C3 "0413" SAMPLE_C2,
    };
    struct sm2_key *key = sample_key(pool);
    static uint8_t huge[SM2_WRAP_OVERHEAD + (1 << 20) + 1];

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        size_t len;
        uint8_t *in = sample_unhex(pool, rows[i], &len);
        assert_refused(key, in, len);
    }
    memcpy(huge, sample_unhex(pool, "04" SAMPLE_C1X SAMPLE_C1Y, NULL), SM2_POINT_LEN);
    assert_refused(key, huge, sizeof huge);
    sm2_key_free(&key);
}

static void test_needs_private(void **state)
{
    static const char point[] = "04" SAMPLE_X SAMPLE_Y;
    struct sm2_key *public, *key = sample_key(pool);
    uint8_t *sealed, *out;
    size_t len, out_len;

    (void)state;
    assert_int_equal(sm2_key_from_public_text(point, sizeof point - 1, &public), ERR_OK);
    assert_int_equal(sm2_wrap(public, (const uint8_t *)"abc", 3, pool, &sealed, &len), ERR_OK);
    assert_refused(public, sealed, len);
    assert_int_equal(sm2_unwrap(key, sealed, len, pool, &out, &out_len), ERR_OK);
    assert_memory_equal(out, "abc", 3);
    sm2_key_free(&public);
    sm2_key_free(&key);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_standard),          cmocka_unit_test(test_lengths),
        cmocka_unit_test(test_short_coordinates), cmocka_unit_test(test_never_shows_the_plaintext),
        cmocka_unit_test(test_refuses_altered),   cmocka_unit_test(test_refuses_shapes),
        cmocka_unit_test(test_needs_private),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
