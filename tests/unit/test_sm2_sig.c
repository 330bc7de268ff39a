/* SM2 signatures. The fast way to verify against EVP and against sums that libcrypto computes
 * without tables. */
#include "tests/unit/sm2_sample.h"

#include <openssl/err.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/crypto/sm2_int.h"
#include "tests/unit/pool_state.h"

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

/* --- known signatures --- */

static void test_standard_signature(void **state)
{
    struct sm2_key *key = sample_key(pool);
    uint8_t *sig = sample_unhex(pool, SAMPLE_R SAMPLE_S, NULL);

    (void)state;
    assert_true(sm2_verify(key, SAMPLE_MSG, 14, sig)); /* by EVP: not prepared */
    sm2_key_prepare(key);
    sm2_key_prepare(key); /* once is enough, twice is harmless */
    assert_true(verify(key, SAMPLE_MSG, 14, sig));
    assert_false(verify(key, SAMPLE_MSG, 13, sig));
    assert_false(verify(key, "Message digest", 14, sig));
    assert_false(verify(key, "", 0, sig));
    for (size_t bit = 0; bit < 8 * SM2_SIG_LEN; bit++) {
        sig[bit / 8] ^= (uint8_t)(1U << (bit % 8));
        assert_false(verify(key, SAMPLE_MSG, 14, sig));
        sig[bit / 8] ^= (uint8_t)(1U << (bit % 8));
    }
    sm2_key_free(&key);
}

/* GB/T 32918.5 A.2 prints ZA of this key. */
static void test_standard_za(void **state)
{
    struct sm2_key *key = sample_key(pool);

    (void)state;
    assert_string_equal(sample_hex(pool, key->za, sizeof key->za),
                        "b2e14c5c79c6df5b85f4fe7ed8db7a262b9da7e07ccb0ea9f4747b8ccda8a4f3");
    sm2_key_free(&key);
}

static void test_openssl_command(void **state)
{
    char dir[] = "/tmp/zwm-sm2-XXXXXX";
    struct sm2_key *key = sample_key(pool);
    char *pem;
    uint8_t sig[SM2_SIG_LEN], der[SM2_SIG_DER_MAX], *theirs;
    size_t len;

    (void)state;
    sm2_key_prepare(key);
    assert_non_null(mkdtemp(dir));
    assert_int_equal(sm2_key_private_pem(key, NULL, pool, &pem), ERR_OK);
    theirs = (uint8_t *)sample_shell(
        pool,
        pool_printf(pool,
                    "cd %s && printf '%%s' '%s' > k && printf msg > m &&"
                    " openssl pkeyutl -sign -inkey k -rawin -digest sm3 -in m"
                    " -pkeyopt distid:1234567812345678",
                    dir, pem),
        &len);
    assert_int_equal(sm2_sig_from_der(theirs, len, sig), ERR_OK);
    assert_true(verify(key, "msg", 3, sig));

    assert_int_equal(sm2_sign(key, "msg", 3, sig), ERR_OK);
    char *text = b64_encode(pool, der, sm2_sig_to_der(sig, der));
    (void)sample_shell(pool,
                       pool_printf(pool,
                                   "cd %s && echo %s | openssl base64 -d -A > s &&"
                                   " openssl pkeyutl -verify -inkey k -rawin -digest sm3 -in m"
                                   " -sigfile s -pkeyopt distid:1234567812345678",
                                   dir, text),
                       NULL);
    (void)sample_shell(pool, pool_printf(pool, "rm -r %s", dir), NULL);
    sm2_key_free(&key);
}

/* --- signing --- */

static void test_sign_needs_private(void **state)
{
    struct sm2_key *key;
    uint8_t sig[SM2_SIG_LEN];
    static const char point[] = "04" SAMPLE_X SAMPLE_Y;

    (void)state;
    assert_int_equal(sm2_key_from_public_text(point, sizeof point - 1, &key), ERR_OK);
    assert_int_equal(sm2_sign(key, "m", 1, sig), ERR_BAD);
    sm2_key_free(&key);
}

static void test_sign_is_never_the_same(void **state)
{
    struct sm2_key *key = prepared_key();
    uint8_t a[SM2_SIG_LEN], b[SM2_SIG_LEN];

    (void)state;
    assert_int_equal(sm2_sign(key, "m", 1, a), ERR_OK);
    assert_int_equal(sm2_sign(key, "m", 1, b), ERR_OK);
    assert_memory_not_equal(a, b, SM2_SIG_LEN / 2); /* an r seen twice gives the key away */
    assert_int_equal(sm2_sign(key, NULL, 0, a), ERR_OK);
    assert_true(verify(key, "", 0, a));
    sm2_key_free(&key);
}

/* --- forms of a signature --- */

static void test_der_known(void **state)
{
    static const struct {
        const char *r, *s, *der; /* X.690 8.3 by hand */
    } rows[] = {
        {"00", "00", "3006020100020100"},
        {"01", "7f", "300602010102017f"},
        {"80", "ff", "300802020080020200ff"},
        {"0100", "7fff", "30080202010002027fff"},
        {SAMPLE_R, SAMPLE_S, "3046022100" SAMPLE_R "022100" SAMPLE_S},
        {SAMPLE_X, SAMPLE_D, "30440220" SAMPLE_X "0220" SAMPLE_D},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        uint8_t sig[SM2_SIG_LEN] = {0}, back[SM2_SIG_LEN], der[SM2_SIG_DER_MAX];
        size_t r_len, s_len;
        uint8_t *r = sample_unhex(pool, rows[i].r, &r_len),
                *s = sample_unhex(pool, rows[i].s, &s_len);
        memcpy(sig + SM2_FIELD_LEN - r_len, r, r_len);
        memcpy(sig + SM2_SIG_LEN - s_len, s, s_len);
        size_t len = sm2_sig_to_der(sig, der);
        assert_string_equal(sample_hex(pool, der, len), rows[i].der);
        assert_int_equal(sm2_sig_from_der(der, len, back), ERR_OK);
        assert_memory_equal(back, sig, SM2_SIG_LEN);
        char *text = sm2_sig_to_text(sig, pool);
        assert_string_equal(text, b64_encode(pool, der, len));
        memset(back, 0, sizeof back);
        assert_int_equal(sm2_sig_from_text(text, strlen(text), back), ERR_OK);
        assert_memory_equal(back, sig, SM2_SIG_LEN);
    }
}

static void test_der_refuses(void **state)
{
    static const char *const rows[] = {
        "",
        "30",
        "3000",
        "3003020101",
        "300602010102017f00",     /* something behind */
        "300702010102017f00",     /* something inside, behind */
        "3009020101020101020101", /* three numbers */
        "30070202000102017f",     /* r with a needless zero */
        "30070201010202007f",     /* s with one */
        "30060201ff020101",       /* negative */
        "3006020101020180",
        "30050200020101", /* empty number */
        "30050201010200",
        "30810602010102017f", /* long length where the short one does */
        "3082000602010102017f",
        "308002010102017f0000", /* indefinite */
        "310602010102017f",     /* not a SEQUENCE */
        "300603010102017f",     /* not an INTEGER */
        "300602010104017f",
        "300502010102017f", /* lengths that don't fit */
        "300702010102017f",
        "300602010102027f",
        "300602020102017f",
        "30260221010000000000000000000000000000000000000000000000000000000000000000020101", /* 33
                                                                                               bytes
                                                                                             */
        "30260201010221010000000000000000000000000000000000000000000000000000000000000000",
    };
    uint8_t sig[SM2_SIG_LEN];

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        size_t len;
        uint8_t *der = sample_unhex(pool, rows[i], &len);
        if (sm2_sig_from_der(der, len, sig) != ERR_BAD)
            fail_msg("accepted: %s", rows[i]);
        char *text = b64_encode(pool, der, len);
        assert_int_equal(sm2_sig_from_text(text, strlen(text), sig), ERR_BAD);
        assert_int_equal(ERR_peek_error(), 0);
    }
}

static void test_text_refuses(void **state)
{
    uint8_t sig[SM2_SIG_LEN], back[SM2_SIG_LEN];
    struct sm2_key *key = prepared_key();
    uint8_t zeros[200] = {0};

    (void)state;
    assert_int_equal(sm2_sign(key, "m", 1, sig), ERR_OK);
    char *text = sm2_sig_to_text(sig, pool);
    for (size_t n = 0; n < strlen(text); n++)
        assert_int_equal(sm2_sig_from_text(text, n, back), ERR_BAD);
    const char *bad[] = {
        pool_printf(pool, " %s", text),
        pool_printf(pool, "%s\n", text),
        pool_printf(pool, "%sAAAA", text),
        pool_printf(pool, "%s====", text),
        b64_encode(pool, zeros, sizeof zeros),
        b64_encode(pool, sig, sizeof sig), /* the raw form is for codes only */
        sample_hex(pool, sig, sizeof sig),
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_int_equal(sm2_sig_from_text(bad[i], strlen(bad[i]), back), ERR_BAD);
    sm2_key_free(&key);
}

/* --- ZWM_SM2_EVP=1: in a process of its own, since it is decided once --- */

static int evp_only_child(void)
{
    uint8_t *sig;
    int ok;

    (void)setenv("ZWM_SM2_EVP", "1", 1);
    pool = pool_new(true);
    sig = sample_unhex(pool, SAMPLE_R SAMPLE_S, NULL);
    struct sm2_key *key = sample_key(pool);
    sm2_prepare_generator();
    sm2_key_prepare(key);
    ok = key->table == NULL && sm2_verify(key, SAMPLE_MSG, 14, sig) &&
         !sm2_verify(key, SAMPLE_MSG, 13, sig);
    sm2_key_free(&key);
    pool_destroy(&pool);
    return ok ? 0 : 1;
}

static void test_evp_by_environment(void **state)
{
    const int *status = *state;

    assert_true(WIFEXITED(*status));
    assert_int_equal(WEXITSTATUS(*status), 0);
}

int main(void)
{
    int status = -1;
    pid_t child = fork();

    if (child == 0)
        _exit(evp_only_child());
    if (child < 0 || waitpid(child, &status, 0) != child)
        return 1;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_standard_signature),
        cmocka_unit_test(test_standard_za),
        cmocka_unit_test(test_openssl_command),
        cmocka_unit_test(test_sign_needs_private),
        cmocka_unit_test(test_sign_is_never_the_same),
        cmocka_unit_test(test_der_known),
        cmocka_unit_test(test_der_refuses),
        cmocka_unit_test(test_text_refuses),
        cmocka_unit_test_prestate(test_evp_by_environment, &status),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
