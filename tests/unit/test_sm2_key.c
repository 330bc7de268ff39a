/* SM2 keys: every form that OpenSSL's command line and raw tools write, and everything near them
 * that is no key. */
#include "tests/unit/sm2_sample.h"

#include <openssl/err.h>
#include "tests/unit/pool_state.h"

static char *point_hex(const struct sm2_key *key)
{
    uint8_t point[SM2_POINT_LEN];

    sm2_key_point(key, point);
    return sample_hex(pool, point, sizeof point);
}

static void assert_pem_refused(const char *pem, const char *passphrase)
{
    struct sm2_key *key = NULL;

    if (sm2_key_from_pem(pem, strlen(pem), passphrase, &key) != ERR_BAD)
        fail_msg("taken for a private key: %s", pem);
    assert_null(key);
    assert_int_equal(ERR_peek_error(), 0);
}

static void assert_public_refused(const char *text)
{
    struct sm2_key *key = NULL;

    if (sm2_key_from_public_text(text, strlen(text), &key) != ERR_BAD)
        fail_msg("taken for a public key: %s", text);
    assert_null(key);
    assert_int_equal(ERR_peek_error(), 0);
}

static void assert_spki_refused(const char *der_hex)
{
    struct sm2_key *key = NULL;
    size_t len;
    uint8_t *der = sample_unhex(pool, der_hex, &len);

    if (sm2_key_from_spki(der, len, &key) != ERR_BAD)
        fail_msg("taken for a SubjectPublicKeyInfo: %s", der_hex);
    assert_null(key);
}

static struct sm2_key *public_from(const char *text)
{
    struct sm2_key *key;

    assert_int_equal(sm2_key_from_public_text(text, strlen(text), &key), ERR_OK);
    assert_false(sm2_key_is_private(key));
    return key;
}

/* --- public keys --- */

static void test_public_forms(void **state)
{
    static const char point[] = "04" SAMPLE_X SAMPLE_Y;
    uint8_t *der = sample_unhex(pool, SPKI_HEAD "04" SAMPLE_X SAMPLE_Y, NULL);
    const char *forms[] = {
        point,
        "  \t\r\n04" SAMPLE_X SAMPLE_Y "\r\n",
        "0409F9DF311E5421A150DD7D161E4BC5C672179FAD1833FC076BB08FF356F35020" SAMPLE_Y,
        b64_encode(pool, der, 91),
        pool_printf(pool, "\n %s \n", b64_encode(pool, der, 91)),
        sample_pem(pool, "PUBLIC KEY", SPKI_HEAD "04" SAMPLE_X SAMPLE_Y),
        pool_printf(pool, " \n%s\n\n",
                    sample_pem(pool, "PUBLIC KEY", SPKI_HEAD "04" SAMPLE_X SAMPLE_Y)),
    };
    (void)state;
    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
        struct sm2_key *key = public_from(forms[i]);
        uint8_t *spki;
        size_t len;
        assert_string_equal(point_hex(key), point);
        sm2_key_spki(key, pool, &spki, &len);
        assert_string_equal(sample_hex(pool, spki, len), SPKI_HEAD "04" SAMPLE_X SAMPLE_Y);
        sm2_key_free(&key);
        assert_null(key);
        sm2_key_free(&key);
    }
}

static void test_public_from_openssl(void **state)
{
    static const char *const commands[] = {
        "openssl genpkey -algorithm SM2 | openssl pkey -pubout",
        "openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:SM2 | openssl pkey -pubout",
        "openssl ecparam -name SM2 -genkey -noout | openssl ec -pubout 2>/dev/null",
    };
    (void)state;
    for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++) {
        char *pem = sample_shell(pool, commands[i], NULL);
        struct sm2_key *key = public_from(pem);
        assert_string_equal(sm2_key_public_pem(key, pool), pem);
        sm2_key_free(&key);
    }
}

static void test_public_refuses_text(void **state)
{
    static const char good[] = "04" SAMPLE_X SAMPLE_Y;
    static const char *const bad[] = {
        "",
        " ",
        "04",
        "nonsense",
        SAMPLE_X SAMPLE_Y,
        "04" SAMPLE_X SAMPLE_Y "0",
        "04" SAMPLE_X SAMPLE_Y "00",
        "03" SAMPLE_X SAMPLE_Y,
        "06" SAMPLE_X SAMPLE_Y,
        "07" SAMPLE_X SAMPLE_Y,
        "00" SAMPLE_X SAMPLE_Y,
        "02" SAMPLE_X,
        "00",
        "04" SAMPLE_Y SAMPLE_X, /* off the curve */
        "04" SAMPLE_X SAMPLE_X,
        "04" SAMPLE_X CURVE_P,
        "04" CURVE_P SAMPLE_Y,
        "040000000000000000000000000000000000000000000000000000000000000000"
        "0000000000000000000000000000000000000000000000000000000000000000",
        /* the generator of P-256 */
        "046b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296"
        "4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5",
        "0x" SAMPLE_X SAMPLE_Y,
        "04 " SAMPLE_X SAMPLE_Y,
    };
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_public_refused(bad[i]);
    for (size_t i = 2; i < sizeof good - 1; i++) { /* one digit not hexadecimal, or another one */
        char *text = pool_strdup(pool, good);
        text[i] = 'g';
        assert_public_refused(text);
        text[i] = good[i] == '0' ? '1' : '0';
        assert_public_refused(text);
    }
}

static void test_public_refuses_pem(void **state)
{
    static const char spki[] = SPKI_HEAD "04" SAMPLE_X SAMPLE_Y;
    static const char pkcs8[] = PKCS8_HEAD SAMPLE_D PKCS8_POINT "04" SAMPLE_X SAMPLE_Y;
    char *good = sample_pem(pool, "PUBLIC KEY", spki);
    const char *bad[] = {
        sample_pem(pool, "EC PUBLIC KEY", spki),
        sample_pem(pool, "CERTIFICATE", spki),
        sample_pem(pool, "PRIVATE KEY", pkcs8),
        sample_pem(pool, "PUBLIC KEY", pkcs8),
        sample_pem(pool, "PUBLIC KEY", SPKI_HEAD "04" SAMPLE_X SAMPLE_Y "00"),
        pool_printf(pool, "%s%s", good, good), /* which one? */
        pool_printf(pool, "%strailer", good),
        pool_strndup(pool, good, strlen(good) - 10),
        pool_strndup(pool, good, strlen(good) / 2),
        "-----BEGIN PUBLIC KEY-----",
        "-----BEGIN PUBLIC KEY-----\n-----END PUBLIC KEY-----\n",
        sample_shell(pool,
                     "openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 |"
                     " openssl pkey -pubout",
                     NULL),
        sample_shell(pool, "openssl genpkey -algorithm ED25519 | openssl pkey -pubout", NULL),
    };
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_public_refused(bad[i]);
}

static void test_spki_refuses(void **state)
{
    static const char good[] = SPKI_HEAD "04" SAMPLE_X SAMPLE_Y;
    static const char *const bad[] = {
        SPKI_HEAD "04" SAMPLE_X SAMPLE_Y "00",
        SPKI_HEAD "04" SAMPLE_X,
        "",
        "30",
        /* indefinite or long length */
        "3080301306072a8648ce3d020106082a811ccf5501822d03420004" SAMPLE_X SAMPLE_Y "0000",
        "308159301306072a8648ce3d020106082a811ccf5501822d03420004" SAMPLE_X SAMPLE_Y,
        /* compressed */
        "3039301306072a8648ce3d020106082a811ccf5501822d03220003" SAMPLE_X,
        "04" SAMPLE_X SAMPLE_Y,
    };
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_spki_refused(bad[i]);
    for (size_t bit = 0; bit < 8 * (sizeof good / 2); bit++) {
        uint8_t *der = sample_unhex(pool, good, NULL);
        der[bit / 8] ^= (uint8_t)(1U << (bit % 8));
        assert_spki_refused(sample_hex(pool, der, sizeof good / 2));
    }
}

/* --- private keys --- */

static void test_private_from_openssl(void **state)
{
    static const char make[] = "openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:SM2";
    const char *commands[] = {
        make,
        "openssl genpkey -algorithm SM2",
        "openssl ecparam -name SM2 -genkey", /* parameters before the key */
        "openssl ecparam -name SM2 -genkey -noout",
        "openssl genpkey -algorithm SM2 | openssl ec 2>/dev/null", /* SEC 1 */
        "openssl genpkey -algorithm SM2 | openssl ec 2>/dev/null | sed 's/SM2 PRIV/EC PRIV/'",
        pool_printf(pool, "%s | openssl ec -conv_form compressed 2>/dev/null", make),
    };
    (void)state;
    for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++) {
        char *pem = sample_shell(pool, commands[i], NULL);
        struct sm2_key *key;
        uint8_t sig[SM2_SIG_LEN];
        if (sm2_key_from_pem(pem, strlen(pem), NULL, &key) != ERR_OK)
            fail_msg("refused: %s", commands[i]);
        assert_true(sm2_key_is_private(key));
        assert_int_equal(ERR_peek_error(), 0);
        assert_int_equal(sm2_sign(key, "x", 1, sig), ERR_OK);
        struct sm2_key *public = public_from(point_hex(key));
        assert_true(sm2_verify(public, "x", 1, sig));
        sm2_key_free(&public);
        sm2_key_free(&key);
    }
}

static void test_private_encrypted(void **state)
{
    static const char *const ciphers[] = {"aes-256-cbc", "sm4-cbc"};

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        char *pem = sample_shell(pool,
                                 pool_printf(pool,
                                             "openssl genpkey -algorithm SM2 |"
                                             " openssl pkcs8 -topk8 -v2 %s -passout pass:correct",
                                             ciphers[i]),
                                 NULL);
        struct sm2_key *key;
        assert_int_equal(sm2_key_from_pem(pem, strlen(pem), "correct", &key), ERR_OK);
        sm2_key_free(&key);
        assert_pem_refused(pem, "wrong");
        assert_pem_refused(pem, "");
        assert_pem_refused(pem, NULL); /* and doesn't ask */
    }
}

/* What we write opens with OpenSSL's command, under its passphrase only. */
static void test_private_pem_out(void **state)
{
    struct sm2_key *key = sample_key(pool), *again;
    char *plain, *sealed;

    (void)state;
    assert_int_equal(sm2_key_private_pem(key, NULL, pool, &plain), ERR_OK);
    assert_string_equal(
        plain, sample_shell(pool, pool_printf(pool, "openssl pkey <<'E'\n%sE\n", plain), NULL));
    assert_int_equal(sm2_key_private_pem(key, "open sesame", pool, &sealed), ERR_OK);
    assert_null(strstr(sealed, "BEGIN PRIVATE KEY"));
    assert_string_equal(plain, sample_shell(pool,
                                            pool_printf(pool,
                                                        "openssl pkey -passin 'pass:open sesame'"
                                                        " <<'E'\n%sE\n",
                                                        sealed),
                                            NULL));
    assert_int_equal(sm2_key_from_pem(sealed, strlen(sealed), "open sesame", &again), ERR_OK);
    assert_string_equal(point_hex(again), "04" SAMPLE_X SAMPLE_Y);
    assert_pem_refused(sealed, "open sesam");
    assert_pem_refused(sealed, NULL);
    sm2_key_free(&again);
    sm2_key_free(&key);

    key = public_from("04" SAMPLE_X SAMPLE_Y);
    assert_int_equal(sm2_key_private_pem(key, NULL, pool, &plain), ERR_BAD);
    sm2_key_free(&key);
}

/* PKCS#8 with this scalar and the example's public half. */
static char *pem_with(const char *d, const char *point)
{
    return sample_pem(pool, "PRIVATE KEY",
                      pool_printf(pool, PKCS8_HEAD "%s" PKCS8_POINT "%s", d, point));
}

static void test_private_refuses_scalars(void **state)
{
    static const char point[] = "04" SAMPLE_X SAMPLE_Y;
    static const char zeros[] = "0000000000000000000000000000000000000000000000000000000000000000";
    /* n-1 would make 1+d zero; its public half is -G */
    static const char n_less_1[] =
        "fffffffeffffffffffffffffffffffff7203df6b21c6052b53bbf40939d54122";
    static const char minus_g[] =
        "0432c4ae2c1f1981195f9904466a39c9948fe30bbff2660be1715a4589334c74c7"
        "43c8c95c0b098863a642311c9496deac2f56788239d5b8c0fd20cd1adec60f5f";

    (void)state;
    assert_pem_refused(pem_with(zeros, point), NULL);
    assert_pem_refused(pem_with(n_less_1, point), NULL);
    assert_pem_refused(pem_with(n_less_1, minus_g), NULL);
    assert_pem_refused(pem_with(CURVE_N, point), NULL);
    /* a good scalar whose public half is another's, or no point */
    assert_pem_refused(pem_with(SAMPLE_X, point), NULL);
    assert_pem_refused(pem_with(SAMPLE_D, "04" SAMPLE_Y SAMPLE_X), NULL);
    assert_pem_refused(pem_with(SAMPLE_D, minus_g), NULL);
}

static void test_private_refuses_others(void **state)
{
    static const char *const commands[] = {
        "openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256",
        "openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:secp256k1",
        "openssl genpkey -algorithm ED25519",
        "openssl genpkey -algorithm SM2 | openssl pkey -pubout",
        "openssl ecparam -name SM2",
    };
    char *good = pem_with(SAMPLE_D, "04" SAMPLE_X SAMPLE_Y);

    (void)state;
    for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++)
        assert_pem_refused(sample_shell(pool, commands[i], NULL), NULL);
    assert_pem_refused("", NULL);
    assert_pem_refused("nonsense", "pass");
    for (size_t n = 0; n < strlen(good) - 4; n += 7)
        assert_pem_refused(pool_strndup(pool, good, n), NULL);
}

static void test_generate(void **state)
{
    struct sm2_key *a = sm2_key_generate(), *b = sm2_key_generate();

    (void)state;
    assert_true(sm2_key_is_private(a));
    assert_string_not_equal(point_hex(a), point_hex(b));
    sm2_key_free(&a);
    sm2_key_free(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_public_forms),
        cmocka_unit_test(test_public_from_openssl),
        cmocka_unit_test(test_public_refuses_text),
        cmocka_unit_test(test_public_refuses_pem),
        cmocka_unit_test(test_spki_refuses),
        cmocka_unit_test(test_private_from_openssl),
        cmocka_unit_test(test_private_encrypted),
        cmocka_unit_test(test_private_pem_out),
        cmocka_unit_test(test_private_refuses_scalars),
        cmocka_unit_test(test_private_refuses_others),
        cmocka_unit_test(test_generate),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
