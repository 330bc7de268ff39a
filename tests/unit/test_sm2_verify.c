/* SM2 signatures. The fast way to verify against EVP and against sums that libcrypto computes
 * without tables. */
#include "tests/unit/sm2_sample.h"

#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <pthread.h>

#include "core/base/rand.h"
#include "core/crypto/sm2_int.h"
#include "tests/unit/pool_state.h"

static uint64_t random_below(uint64_t n)
{
    uint64_t v;

    rand_bytes(&v, sizeof v);
    return v % n;
}

/* Both ways, which must agree. */
static bool verify(const struct sm2_key *key, const void *msg, size_t len,
                   const uint8_t sig[SM2_SIG_LEN])
{
    bool fast = sm2_verify(key, msg, len, sig), evp = sm2_verify_evp(key, msg, len, sig);

    if (fast != evp)
        fail_msg("fast %d, EVP %d: message %s signature %s", fast, evp, sample_hex(pool, msg, len),
                 sample_hex(pool, sig, SM2_SIG_LEN));
    assert_int_equal(ERR_peek_error(), 0);
    return fast;
}

static struct sm2_key *prepared_key(void)
{
    struct sm2_key *key = sm2_key_generate();

    sm2_key_prepare(key);
    assert_non_null(key->table);
    return key;
}

/* --- fast against EVP --- */

static void flip_some(uint8_t *data, size_t len)
{
    size_t bit = random_below(8 * len);

    data[bit / 8] ^= (uint8_t)(1U << (bit % 8));
}

static void test_agree_on_random(void **state)
{
    enum { KEYS = 8, MESSAGES = 40, ALTERED = 10 };
    struct sm2_key *other = prepared_key();

    (void)state;
    for (int k = 0; k < KEYS; k++) {
        struct sm2_key *key = prepared_key();
        for (int m = 0; m < MESSAGES; m++) {
            uint8_t msg[150], sig[SM2_SIG_LEN], bad[SM2_SIG_LEN];
            size_t len = 1 + random_below(sizeof msg - 1);
            rand_bytes(msg, len);
            assert_int_equal(sm2_sign(key, msg, len, sig), ERR_OK);
            assert_true(verify(key, msg, len, sig));
            assert_false(verify(other, msg, len, sig));
            assert_false(verify(key, msg, len - 1, sig));
            for (int i = 0; i < ALTERED; i++) {
                memcpy(bad, sig, sizeof bad);
                flip_some(bad, sizeof bad);
                assert_false(verify(key, msg, len, bad));
            }
            flip_some(msg, len);
            assert_false(verify(key, msg, len, sig));
            rand_bytes(bad, sizeof bad);
            assert_false(verify(key, msg, len, bad));
        }
        sm2_key_free(&key);
    }
    sm2_key_free(&other);
}

static void put(uint8_t out[SM2_FIELD_LEN], const BIGNUM *v)
{
    assert_int_equal(BN_bn2binpad(v, out, SM2_FIELD_LEN), SM2_FIELD_LEN);
}

static BIGNUM *number(const char *hex)
{
    BIGNUM *v = NULL;

    assert_true(BN_hex2bn(&v, hex) > 0);
    return v;
}

/* r and s at and past the ends of their ranges, in every combination. */
static void test_agree_on_ranges(void **state)
{
    static const char *const edges[] = {
        "0",
        "1",
        "2",
        "FFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFF7203DF6B21C6052B53BBF40939D54121", /* n-2 */
        "FFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFF7203DF6B21C6052B53BBF40939D54122",
        CURVE_N,
        "FFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFF7203DF6B21C6052B53BBF40939D54124",
        CURVE_P,
        "FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF",
        SAMPLE_R,
        SAMPLE_S,
        "0A5FC4F9B72D3B9CF11539EC1E447E5E18BF04C2FA3F2BE01019072B4B0C206F", /* n-r: t = 0 */
    };
    enum { N = sizeof edges / sizeof edges[0] };
    struct sm2_key *key = sample_key(pool);
    int good = 0;

    (void)state;
    sm2_key_prepare(key);
    for (size_t i = 0; i < N; i++)
        for (size_t j = 0; j < N; j++) {
            uint8_t sig[SM2_SIG_LEN];
            BIGNUM *r = number(edges[i]), *s = number(edges[j]);
            put(sig, r);
            put(sig + SM2_FIELD_LEN, s);
            good += verify(key, SAMPLE_MSG, 14, sig);
            BN_free(r);
            BN_free(s);
        }
    assert_int_equal(good, 1); /* r, s as printed */
    sm2_key_free(&key);
}

/* t = r+s mod n is 0 for every pair (r, n-r). */
static void test_agree_on_t_zero(void **state)
{
    struct sm2_key *key = prepared_key();
    BIGNUM *n = number(CURVE_N), *r = BN_new(), *s = BN_new();

    (void)state;
    for (int i = 0; i < 50; i++) {
        uint8_t sig[SM2_SIG_LEN];
        assert_true(BN_rand_range(r, n) && !BN_is_zero(r) && BN_sub(s, n, r));
        put(sig, r);
        put(sig + SM2_FIELD_LEN, s);
        assert_false(verify(key, "m", 1, sig));
    }
    BN_free(n);
    BN_free(r);
    BN_free(s);
    sm2_key_free(&key);
}

/* --- the sum of table entries against EC_POINT_mul, for scalars of any shape --- */

struct sum_check {
    struct sm2_key *key;
    const EC_GROUP *group;
    EC_POINT *p, *sum;
    BIGNUM *n, *s, *t, *r, *e, *x;
    BN_CTX *ctx;
};

static void sum_check_init(struct sum_check *c)
{
    c->key = sample_key(pool);
    sm2_key_prepare(c->key);
    c->group = sm2_curve()->group;
    c->p = EC_POINT_new(c->group);
    c->sum = EC_POINT_new(c->group);
    c->ctx = BN_CTX_new();
    c->n = number(CURVE_N);
    c->s = BN_new();
    c->t = BN_new();
    c->r = BN_new();
    c->e = BN_new();
    c->x = BN_new();
    assert_true(EC_POINT_oct2point(c->group, c->p, c->key->point, SM2_POINT_LEN, c->ctx));
}

static void sum_check_free(struct sum_check *c)
{
    BIGNUM *v[] = {c->n, c->s, c->t, c->r, c->e, c->x};

    for (size_t i = 0; i < sizeof v / sizeof v[0]; i++)
        BN_free(v[i]);
    BN_CTX_free(c->ctx);
    EC_POINT_free(c->p);
    EC_POINT_free(c->sum);
    sm2_key_free(&c->key);
}

/* EVP on the digest itself, for values of e that no known message has. */
static bool evp_verify_digest(const struct sm2_key *key, const uint8_t e[SM3_LEN],
                              const uint8_t sig[SM2_SIG_LEN])
{
    uint8_t der[SM2_SIG_DER_MAX];
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_pkey(NULL, key->pkey, NULL);

    assert_int_equal(EVP_PKEY_verify_init(ctx), 1);
    bool ok = EVP_PKEY_verify(ctx, der, sm2_sig_to_der(sig, der), e, SM3_LEN) == 1;
    EVP_PKEY_CTX_free(ctx);
    ERR_clear_error();
    return ok;
}

static void assert_verdict(const struct sum_check *c, bool expected)
{
    uint8_t sig[SM2_SIG_LEN], e[SM3_LEN];

    put(sig, c->r);
    put(sig + SM2_FIELD_LEN, c->s);
    put(e, c->e);
    if (sm2_fast_verify(c->key, e, sig) != expected ||
        evp_verify_digest(c->key, e, sig) != expected)
        fail_msg("expected %d: e %s signature %s", expected, sample_hex(pool, e, sizeof e),
                 sample_hex(pool, sig, sizeof sig));
}

/* With s and t given, r = t-s, and the e that makes (r, s) good is r minus the x of sG + tP: that e
 * must pass, the next must not. Where only a check of ranges stands between (r, s) and passing, it
 * must not pass either. */
static void check_sum(struct sum_check *c)
{
    assert_true(BN_nnmod(c->s, c->s, c->n, c->ctx) && BN_nnmod(c->t, c->t, c->n, c->ctx) &&
                BN_mod_sub(c->r, c->t, c->s, c->n, c->ctx) &&
                EC_POINT_mul(c->group, c->sum, c->s, c->p, c->t, c->ctx));
    bool infinite = EC_POINT_is_at_infinity(c->group, c->sum);
    if (infinite)
        BN_zero(c->x);
    else
        assert_true(EC_POINT_get_affine_coordinates(c->group, c->sum, c->x, NULL, c->ctx));
    assert_true(BN_mod_sub(c->e, c->r, c->x, c->n, c->ctx));
    assert_verdict(c, !infinite && !BN_is_zero(c->r) && !BN_is_zero(c->s) && !BN_is_zero(c->t));
    assert_true(BN_add_word(c->e, 1));
    assert_verdict(c, false);
    assert_true(BN_sub_word(c->e, 1));
}

/* Words of this shape reach each digit a window can have, and each carry. */
static const char *const shapes[] = {
    "1",
    "2",
    "F",
    "10",
    "11",
    "1F",
    "20",
    "7F",
    "80",
    "81",
    "FF",
    "100",
    "101",
    "7FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF",
    "8000000000000000000000000000000000000000000000000000000000000000",
    "8080808080808080808080808080808080808080808080808080808080808080",
    "8181818181818181818181818181818181818181818181818181818181818181",
    "7F7F7F7F7F7F7F7F7F7F7F7F7F7F7F7F7F7F7F7F7F7F7F7F7F7F7F7F7F7F7F7F",
    "8421084210842108421084210842108421084210842108421084210842108421",
    "8C6318C6318C6318C6318C6318C6318C6318C6318C6318C6318C6318C6318C63",
    "FFFFFFFE00000000000000000000000000000000000000000000000000000000",
    "FFFFFFFE00000000FFFFFFFF00000000FFFFFFFF00000000FFFFFFFF00000000",
    "FFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFF7203DF6B21C6052B53BBF40939D54121",
    "FFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFF7203DF6B21C6052B53BBF40939D54122",
};
enum { SHAPES_N = sizeof shapes / sizeof shapes[0] };

static void test_sums_of_shapes(void **state)
{
    struct sum_check c;

    (void)state;
    sum_check_init(&c);
    for (size_t i = 0; i < SHAPES_N; i++)
        for (size_t j = 0; j < SHAPES_N; j++) {
            assert_true(BN_hex2bn(&c.s, shapes[i]) > 0 && BN_hex2bn(&c.t, shapes[j]) > 0);
            check_sum(&c);
        }
    for (int bit = 0; bit < 255; bit++) { /* one bit, and the run of ones below it */
        BN_zero(c.s);
        assert_true(BN_set_bit(c.s, bit) && BN_copy(c.t, c.s) && BN_sub_word(c.t, 1));
        check_sum(&c);
        BN_swap(c.s, c.t);
        check_sum(&c);
    }
    sum_check_free(&c);
}

/* r+n and s+n mean the same numbers, where they fit in 32 bytes. */
static void test_sums_out_of_range(void **state)
{
    struct sum_check c;

    (void)state;
    sum_check_init(&c);
    for (size_t i = 0; i < SHAPES_N; i++)
        for (BN_ULONG small = 0; small < 4; small++) {
            assert_true(BN_set_word(c.s, small) && BN_hex2bn(&c.t, shapes[i]) > 0);
            check_sum(&c);
            assert_true(BN_add(c.s, c.s, c.n));
            assert_verdict(&c, false);
            assert_true(BN_hex2bn(&c.s, shapes[i]) > 0 && BN_copy(c.t, c.s) != NULL &&
                        BN_add_word(c.t, small));
            check_sum(&c); /* r = small */
            assert_true(BN_set_word(c.r, small) && BN_add(c.r, c.r, c.n));
            assert_verdict(&c, false);
            BN_zero(c.t);
            check_sum(&c);
        }
    sum_check_free(&c);
}

static void test_sums_of_random(void **state)
{
    struct sum_check c;

    (void)state;
    sum_check_init(&c);
    for (int i = 0; i < 1500; i++) {
        assert_true(BN_rand_range(c.s, c.n) && BN_rand_range(c.t, c.n));
        check_sum(&c);
    }
    sum_check_free(&c);
}

/* tP = -sG (infinity), tP = sG (a doubling), tP a small multiple of G away from both: what makes
 * formulas for adding points fall apart. Possible here because the key's private half is known. */
static void test_sums_that_meet(void **state)
{
    struct sum_check c;
    BIGNUM *d = number(SAMPLE_D), *inverse;

    (void)state;
    sum_check_init(&c);
    inverse = BN_mod_inverse(NULL, d, c.n, c.ctx);
    assert_non_null(inverse);
    for (int i = 0; i < 40; i++) {
        for (int sign = 0; sign < 2; sign++)
            for (BN_ULONG away = 0; away < 3; away++) {
                if (i < SHAPES_N)
                    assert_true(BN_hex2bn(&c.s, shapes[i]) > 0);
                else
                    assert_true(BN_rand_range(c.s, c.n));
                assert_true(BN_copy(c.t, c.s) != NULL && BN_add_word(c.t, away));
                if (sign)
                    assert_true(BN_sub(c.t, c.n, c.t));
                assert_true(BN_mod_mul(c.t, c.t, inverse, c.n, c.ctx) &&
                            BN_nnmod(c.t, c.t, c.n, c.ctx));
                check_sum(&c);
            }
    }
    BN_free(d);
    BN_free(inverse);
    sum_check_free(&c);
}

/* The signature that infinity would let through if its x were taken for 0: refused both ways. */
static void test_agree_on_infinity(void **state)
{
    struct sm2_key *key = sample_key(pool);
    BN_CTX *ctx = BN_CTX_new();
    BIGNUM *n = number(CURVE_N), *d = number(SAMPLE_D), *e = NULL, *s = BN_new(), *v = BN_new();
    uint8_t digest[SM3_LEN], sig[SM2_SIG_LEN], input[SM3_LEN + 1];

    (void)state;
    sm2_key_prepare(key);
    memcpy(input, key->za, SM3_LEN);
    input[SM3_LEN] = 'm';
    sm3(input, sizeof input, digest);
    e = BN_bin2bn(digest, sizeof digest, NULL);
    /* r = e; s + (r+s)d = 0, so s = -rd / (1+d) */
    assert_true(BN_nnmod(e, e, n, ctx) && BN_copy(v, d) && BN_add_word(v, 1) &&
                BN_mod_inverse(v, v, n, ctx) != NULL && BN_mod_mul(s, e, d, n, ctx) &&
                BN_mod_mul(s, s, v, n, ctx) && BN_sub(s, n, s));
    put(sig, e);
    put(sig + SM2_FIELD_LEN, s);
    assert_false(verify(key, "m", 1, sig));
    BN_free(n);
    BN_free(d);
    BN_free(e);
    BN_free(s);
    BN_free(v);
    BN_CTX_free(ctx);
    sm2_key_free(&key);
}

static void *verify_many(void *arg)
{
    const struct sm2_key *key = arg;
    uint8_t sig[SM2_SIG_LEN];
    uintptr_t wrong = 0;

    for (int i = 0; i < 50; i++) {
        if (sm2_sign(key, &i, sizeof i, sig) != ERR_OK || !sm2_verify(key, &i, sizeof i, sig) ||
            !sm2_verify_evp(key, &i, sizeof i, sig))
            wrong++;
        sig[i] ^= 1;
        wrong += sm2_verify(key, &i, sizeof i, sig);
    }
    return (void *)wrong; /* NOLINT: a count, not an address */
}

static void test_threads_share_a_key(void **state)
{
    enum { THREADS = 6 };
    struct sm2_key *key = prepared_key();
    pthread_t thread[THREADS];
    void *wrong;

    (void)state;
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&thread[i], NULL, verify_many, key), 0);
    for (int i = 0; i < THREADS; i++) {
        assert_int_equal(pthread_join(thread[i], &wrong), 0);
        assert_null(wrong);
    }
    sm2_key_free(&key);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_agree_on_random),     cmocka_unit_test(test_agree_on_ranges),
        cmocka_unit_test(test_agree_on_t_zero),     cmocka_unit_test(test_sums_of_shapes),
        cmocka_unit_test(test_sums_out_of_range),   cmocka_unit_test(test_sums_of_random),
        cmocka_unit_test(test_sums_that_meet),      cmocka_unit_test(test_agree_on_infinity),
        cmocka_unit_test(test_threads_share_a_key),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
