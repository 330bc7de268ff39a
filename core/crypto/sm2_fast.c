/* Verifying with tables. sG + tP is a sum of table entries: a scalar is cut into digits of a few
 * bits, and each digit picks a ready multiple of the point for its place, so that no doubling is
 * left. Digits are signed (the inverse of a point costs nothing), which halves a table. Only public
 * data go through here. */
#include "core/crypto/sm2_int.h"

#include <openssl/bn.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "core/crypto/crypto_int.h"

/* Bits a digit: larger is faster and takes more memory, about 300 bytes a point: 33 * 128 points
 * for the generator (1.2 MiB a process), 52 * 16 for a key (0.24 MiB). */
enum { G_BITS = 8, KEY_BITS = 5, SCALAR_BITS = 256 };

struct sm2_table {
    int bits, windows;
    size_t half; /* entries a window: 1 to half times the window's point */
    EC_POINT *points[];
};

static struct sm2_curve curve;
static pthread_once_t curve_once = PTHREAD_ONCE_INIT;
static struct sm2_table *g_table;
static pthread_once_t g_once = PTHREAD_ONCE_INIT;
static bool evp_only;
static pthread_once_t evp_only_once = PTHREAD_ONCE_INIT;

static void curve_build(void)
{
    static const char id[] = "1234567812345678";
    BIGNUM *v[4] = {BN_new(), BN_new(), BN_new(), BN_new()};
    uint8_t *at = curve.za_head;

    curve.group = EC_GROUP_new_by_curve_name(NID_sm2);
    CRYPTO_NEED(curve.group != NULL && v[0] && v[1] && v[2] && v[3], "curve SM2 missing");
    curve.n = EC_GROUP_get0_order(curve.group);
    CRYPTO_NEED(EC_GROUP_get_curve(curve.group, NULL, v[0], v[1], NULL) &&
                    EC_POINT_get_affine_coordinates(
                        curve.group, EC_GROUP_get0_generator(curve.group), v[2], v[3], NULL),
                "curve SM2");
    *at++ = 0;
    *at++ = 8 * (sizeof id - 1); /* ENTL counts bits */
    memcpy(at, id, sizeof id - 1);
    at += sizeof id - 1;
    for (size_t i = 0; i < 4; i++, at += SM2_FIELD_LEN) {
        CRYPTO_NEED(BN_bn2binpad(v[i], at, SM2_FIELD_LEN) == SM2_FIELD_LEN, "curve SM2");
        BN_free(v[i]);
    }
}

const struct sm2_curve *sm2_curve(void)
{
    (void)pthread_once(&curve_once, curve_build);
    return &curve;
}

static void evp_only_decide(void)
{
#ifdef ZWM_SM2_EVP_ONLY
    evp_only = true;
#else
    const char *env = getenv("ZWM_SM2_EVP");
    evp_only = env != NULL && strcmp(env, "1") == 0;
#endif
}

bool sm2_evp_only(void)
{
    (void)pthread_once(&evp_only_once, evp_only_decide);
    return evp_only;
}

/* Adding is a fifth cheaper to points whose Z is 1. libcrypto has no other way to bring many points
 * there at once (one inversion for all) than this function, deprecated in 3.0; without it the
 * tables work, a little slower. */
static void make_affine(struct sm2_table *t, size_t n)
{
#ifndef OPENSSL_NO_DEPRECATED_3_0
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
    CRYPTO_NEED(EC_POINTs_make_affine(sm2_curve()->group, n, t->points, crypto_thread()->bn),
                "SM2 table");
#pragma GCC diagnostic pop
#else
    (void)t;
    (void)n;
#endif
}

static struct sm2_table *table_new(int bits, const EC_POINT *base)
{
    const EC_GROUP *group = sm2_curve()->group;
    BN_CTX *bn = crypto_thread()->bn;
    int windows = SCALAR_BITS / bits + 1; /* room for the last carry */
    size_t half = (size_t)1 << (bits - 1), n = (size_t)windows * half;
    struct sm2_table *t = malloc(sizeof *t + n * sizeof t->points[0]);
    EC_POINT *unit = EC_POINT_dup(base, group);

    CRYPTO_NEED(t != NULL && unit != NULL, "out of memory");
    t->bits = bits;
    t->windows = windows;
    t->half = half;
    for (size_t i = 0; i < n; i++) {
        EC_POINT *p = t->points[i] = EC_POINT_new(group);
        bool first = i % half == 0;
        CRYPTO_NEED(p != NULL && (first ? EC_POINT_copy(p, unit)
                                        : EC_POINT_add(group, p, t->points[i - 1], unit, bn)),
                    "SM2 table");
        if (i % half == half - 1) /* 2^bits times the unit: the next window's */
            CRYPTO_NEED(EC_POINT_dbl(group, unit, p, bn), "SM2 table");
    }
    EC_POINT_free(unit);
    make_affine(t, n);
    return t;
}

void sm2_table_free(struct sm2_table **tp)
{
    struct sm2_table *t = *tp;

    if (t == NULL)
        return;
    for (size_t i = 0; i < (size_t)t->windows * t->half; i++)
        EC_POINT_free(t->points[i]);
    free(t);
    *tp = NULL;
}

static void g_build(void)
{
    g_table = table_new(G_BITS, EC_GROUP_get0_generator(sm2_curve()->group));
}

void sm2_prepare_generator(void)
{
    if (!sm2_evp_only())
        (void)pthread_once(&g_once, g_build);
}

void sm2_key_prepare(struct sm2_key *key)
{
    const EC_GROUP *group = sm2_curve()->group;

    if (key->table != NULL || sm2_evp_only())
        return;
    sm2_prepare_generator();
    EC_POINT *p = EC_POINT_new(group);
    CRYPTO_NEED(p != NULL && EC_POINT_oct2point(group, p, key->point, sizeof key->point,
                                                crypto_thread()->bn),
                "SM2 public key");
    key->table = table_new(KEY_BITS, p);
    EC_POINT_free(p);
}

/* Bits [from, from + n) of a big-endian scalar, n at most 9; bits past its end are 0. */
static int bits_at(const uint8_t scalar[SM2_FIELD_LEN], int from, int n)
{
    unsigned v = 0;

    for (int byte = from / 8 + 1; byte >= from / 8; byte--)
        v = v << 8 | (byte < SM2_FIELD_LEN ? scalar[SM2_FIELD_LEN - 1 - byte] : 0U);
    return (int)(v >> (from % 8) & ((1U << n) - 1));
}

/* sum += scalar * (the point of `t`) */
static void add_multiple(struct crypto_thread *th, const struct sm2_table *t,
                         const uint8_t scalar[SM2_FIELD_LEN])
{
    const EC_GROUP *group = sm2_curve()->group;
    int carry = 0;

    for (int w = 0; w < t->windows; w++) {
        int digit = bits_at(scalar, w * t->bits, t->bits) + carry;
        carry = digit > (int)t->half;
        if (carry)
            digit -= 2 * (int)t->half;
        if (digit == 0)
            continue;
        const EC_POINT *p = t->points[(size_t)w * t->half + (size_t)abs(digit) - 1];
        if (digit < 0) {
            CRYPTO_NEED(EC_POINT_copy(th->term, p) && EC_POINT_invert(group, th->term, th->bn),
                        "SM2 table");
            p = th->term;
        }
        CRYPTO_NEED(EC_POINT_add(group, th->sum, th->sum, p, th->bn), "SM2 table");
    }
}

static bool in_range(const BIGNUM *v)
{
    return !BN_is_zero(v) && BN_cmp(v, sm2_curve()->n) < 0;
}

bool sm2_fast_verify(const struct sm2_key *key, const uint8_t e[SM3_LEN],
                     const uint8_t sig[SM2_SIG_LEN])
{
    const struct sm2_curve *c = sm2_curve();
    struct crypto_thread *th = crypto_thread();
    uint8_t t_bytes[SM2_FIELD_LEN];
    bool ok = false;

    BN_CTX_start(th->bn);
    BIGNUM *r = BN_CTX_get(th->bn), *s = BN_CTX_get(th->bn), *v = BN_CTX_get(th->bn),
           *x = BN_CTX_get(th->bn);
    CRYPTO_NEED(x != NULL && BN_bin2bn(sig, SM2_FIELD_LEN, r) != NULL &&
                    BN_bin2bn(sig + SM2_FIELD_LEN, SM2_FIELD_LEN, s) != NULL,
                "out of memory");
    if (!in_range(r) || !in_range(s))
        goto done;
    CRYPTO_NEED(BN_mod_add_quick(v, r, s, c->n), "SM2 verify"); /* t */
    if (BN_is_zero(v))
        goto done;
    CRYPTO_NEED(BN_bn2binpad(v, t_bytes, sizeof t_bytes) == sizeof t_bytes &&
                    EC_POINT_set_to_infinity(c->group, th->sum),
                "SM2 verify");
    add_multiple(th, g_table, sig + SM2_FIELD_LEN);
    add_multiple(th, key->table, t_bytes);
    if (EC_POINT_is_at_infinity(c->group, th->sum))
        goto done;
    CRYPTO_NEED(EC_POINT_get_affine_coordinates(c->group, th->sum, x, NULL, th->bn) &&
                    BN_bin2bn(e, SM3_LEN, v) != NULL && BN_mod_add(x, x, v, c->n, th->bn),
                "SM2 verify");
    ok = BN_cmp(x, r) == 0;
done:
    BN_CTX_end(th->bn);
    return ok;
}
