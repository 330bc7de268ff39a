/* keyring: what is derived from its files. Expected values come from OpenSSL's command line, which
 * opens the files by what keyring.h says of them. */
#include "tests/unit/keyring_sample.h"

/* --- against OpenSSL's command line --- */

static void test_system_key_opens_elsewhere(void **state)
{
    char *dir = new_ring();
    struct keyring *kr = opened(dir);

    (void)state;
    assert_string_equal(
        sample_shell(pool,
                     pool_printf(pool, "cd %s && openssl pkey -in %s -passin file:%s -pubout", dir,
                                 names[1], names[0]),
                     NULL),
        sm2_key_public_pem(keyring_system_key(kr), pool));
    keyring_free(&kr);
}

/* Hexadecimal without colons and line ends, lower case. */
#define PLAIN_HEX " | tr -d ':\\n' | tr A-F a-f"

static char *shell_hmac(const char *key, const char *msg_hex)
{
    uint8_t *bytes;
    size_t len;
    char *file = path_of(root, "message");

    bytes = sample_unhex(pool, msg_hex, &len);
    overwrite(file, bytes, len);
    return sample_shell(
        pool,
        pool_printf(pool, "openssl mac -digest SM3 -macopt hexkey:%s -in %s HMAC" PLAIN_HEX, key,
                    file),
        NULL);
}

/* The master key, by hand: PBKDF2, MAC checked, SM4-CBC. */
static char *shell_master(const char *dir)
{
    char *data = content(path_of(dir, names[2]), NULL);
    char *passphrase = pool_strndup(pool, content(path_of(dir, names[0]), NULL), 64);
    char *keys =
        sample_shell(pool,
                     pool_printf(pool,
                                 "openssl kdf -keylen 48 -kdfopt digest:SM3 -kdfopt pass:%s"
                                 " -kdfopt hexsalt:%.32s -kdfopt iter:10000 PBKDF2" PLAIN_HEX,
                                 passphrase, data),
                     NULL);
    char *file = path_of(root, "sealed");

    assert_int_equal(strlen(keys), 96);
    assert_string_equal(shell_hmac(keys + 32, pool_strndup(pool, data, 160)),
                        pool_strndup(pool, data + 160, 64));
    overwrite(file, sample_unhex(pool, pool_strndup(pool, data + 64, 96), NULL), 48);
    return sample_shell(pool,
                        pool_printf(pool,
                                    "openssl enc -d -sm4-cbc -K %.32s -iv %.32s -in %s |"
                                    " od -An -v -tx1 | tr -d ' \\n'",
                                    keys, data + 32, file),
                        NULL);
}

static void assert_derived(const uint8_t out[SM3_LEN], const char *master, const char *label,
                           const char *framed)
{
    char *key = shell_hmac(master, sample_hex(pool, (const uint8_t *)label, strlen(label)));

    assert_string_equal(sample_hex(pool, out, SM3_LEN), shell_hmac(key, framed));
}

static void test_derived_values(void **state)
{
    const struct sm3_part parts[] = {{"abc", 3}, {NULL, 0}, {"\0\xff", 2}};
    static const char framed[] = "00000003"
                                 "616263"
                                 "00000000"
                                 "00000002"
                                 "00ff";
    static const char labelled[] = "00000005"
                                   "70686f6e65"
                                   "00000003"
                                   "616263";
    char *dir = new_ring(), *master = shell_master(dir);
    struct keyring *kr = opened(dir);
    uint8_t out[SM3_LEN];

    (void)state;
    assert_int_equal(strlen(master), 64);
    keyring_pseudonym(kr, parts, 3, out);
    assert_derived(out, master, "pseudonym", framed);
    keyring_derive(kr, "ticket", parts, 3, out);
    assert_derived(out, master, "ticket", framed);
    keyring_derive(kr, "spool", parts, 3, out);
    assert_derived(out, master, "spool", framed);
    keyring_derive(kr, "audit", parts, 3, out);
    assert_derived(out, master, "audit", framed);
    keyring_index(kr, "phone", parts, 1, out);
    assert_derived(out, master, "index", labelled);
    keyring_free(&kr);
}

static void test_sealed_value(void **state)
{
    char *dir = new_ring(), *master = shell_master(dir), *file = path_of(root, "column");
    struct keyring *kr = opened(dir);
    uint8_t *sealed;
    size_t len;

    (void)state;
    keyring_seal(kr, "t.c:7", 5, "13900001111", 11, pool, &sealed, &len);
    keyring_free(&kr);
    assert_int_equal(len, 16 + 16 + 32);
    assert_int_equal(len, KEYRING_SEALED_LEN(11));
    char *text = sample_hex(pool, sealed, len), *key = shell_hmac(master, "636f6c756d6e");
    assert_string_equal(shell_hmac(shell_hmac(master, "636f6c756d6e2d6d6163"),
                                   pool_printf(pool, "00000005742e633a37%.64s", text)),
                        text + 64);
    overwrite(file, sealed + 16, 16);
    assert_string_equal(
        sample_shell(
            pool,
            pool_printf(pool, "openssl enc -d -sm4-cbc -K %.32s -iv %.32s -in %s", key, text, file),
            NULL),
        "13900001111");
}

/* --- using --- */

static void test_sign(void **state)
{
    char *dir = new_ring();
    struct keyring *kr = opened(dir);
    uint8_t sig[SM2_SIG_LEN];

    (void)state;
    assert_int_equal(keyring_sign(kr, "message", 7, sig), ERR_OK);
    assert_true(sm2_verify_evp(keyring_system_key(kr), "message", 7, sig));
    assert_false(sm2_verify_evp(keyring_system_key(kr), "massage", 7, sig));
    keyring_free(&kr);
}

static void test_derived_are_apart(void **state)
{
    const struct sm3_part joined[] = {{"abc", 3}}, left[] = {{"ab", 2}, {"c", 1}},
                          right[] = {{"a", 1}, {"bc", 2}}, end[] = {{"abc", 3}, {"", 0}};
    char *dir = new_ring(), *dir_b = new_ring();
    struct keyring *kr = opened(dir), *other = opened(dir_b);
    uint8_t out[12][SM3_LEN];

    (void)state;
    keyring_pseudonym(kr, joined, 1, out[0]);
    keyring_pseudonym(kr, left, 2, out[1]);
    keyring_pseudonym(kr, right, 2, out[2]);
    keyring_pseudonym(kr, end, 2, out[3]);
    keyring_pseudonym(kr, joined, 0, out[4]);
    keyring_pseudonym(other, joined, 1, out[5]);
    keyring_index(kr, "phone", joined, 1, out[6]);
    keyring_index(kr, "id_no", joined, 1, out[7]);
    keyring_index(kr, "phon", joined, 1, out[8]);
    keyring_derive(kr, "ticket", joined, 1, out[9]);
    keyring_derive(kr, "spool", joined, 1, out[10]);
    keyring_derive(kr, "audit", joined, 1, out[11]);
    for (size_t i = 0; i < 12; i++)
        for (size_t j = 0; j < i; j++)
            assert_memory_not_equal(out[i], out[j], SM3_LEN);
    keyring_free(&kr);
    keyring_free(&other);
}

static void test_seal_lengths(void **state)
{
    char *dir = new_ring();
    struct keyring *kr = opened(dir);
    uint8_t plain[50], *sealed, *again, *out;
    size_t len, out_len;

    (void)state;
    memset(plain, 'v', sizeof plain);
    for (size_t n = 0; n <= sizeof plain; n++) {
        keyring_seal(kr, "t.c:1", 5, plain, n, pool, &sealed, &len);
        keyring_seal(kr, "t.c:1", 5, plain, n, pool, &again, &len);
        assert_int_equal(len, KEYRING_SEALED_LEN(n));
        assert_memory_not_equal(sealed, again, len); /* equal values don't show */
        assert_int_equal(keyring_unseal(kr, "t.c:1", 5, sealed, len, pool, &out, &out_len), ERR_OK);
        assert_int_equal(out_len, n);
        assert_memory_equal(out, plain, n);
        assert_int_equal(out[n], 0);
    }
    keyring_free(&kr);
}

static void assert_sealed(const struct keyring *kr, const char *context, const uint8_t *in,
                          size_t len)
{
    uint8_t *out = NULL;
    size_t out_len;

    assert_int_equal(keyring_unseal(kr, context, strlen(context), in, len, pool, &out, &out_len),
                     ERR_BAD);
    assert_null(out);
}

static void test_unseal_refuses(void **state)
{
    static const char context[] = "subject.phone:41";
    char *dir = new_ring(), *dir_b = new_ring();
    struct keyring *kr = opened(dir), *other = opened(dir_b);
    uint8_t *sealed;
    size_t len;

    (void)state;
    keyring_seal(kr, context, strlen(context), "13900001111", 11, pool, &sealed, &len);
    for (size_t bit = 0; bit < 8 * len; bit++) {
        sealed[bit / 8] ^= (uint8_t)(1U << (bit % 8));
        assert_sealed(kr, context, sealed, len);
        sealed[bit / 8] ^= (uint8_t)(1U << (bit % 8));
    }
    for (size_t n = 0; n < len; n++)
        assert_sealed(kr, context, sealed, n);
    assert_sealed(kr, "subject.phone:42", sealed, len);
    assert_sealed(kr, "subject.phone:4", sealed, len);
    assert_sealed(kr, "subject.phone:410", sealed, len);
    assert_sealed(kr, "subject.name:41", sealed, len);
    assert_sealed(kr, "", sealed, len);
    assert_sealed(other, context, sealed, len);
    keyring_free(&kr);
    keyring_free(&other);
}

/* Bytes moved over the border between context and value make another value, not the same one
 * elsewhere. */
static void test_unseal_refuses_a_moved_border(void **state)
{
    static const char context[] = "subject.phone:410123456789abcdef";
    char *dir = new_ring(), *moved;
    struct keyring *kr = opened(dir);
    uint8_t *sealed;
    size_t len;

    (void)state;
    keyring_seal(kr, context, 32, "13900001111", 11, pool, &sealed, &len);
    moved = pool_alloc(pool, 16 + len);
    memcpy(moved, context + 16, 16);
    memcpy(moved + 16, sealed, len);
    assert_sealed(kr, "subject.phone:41", (const uint8_t *)moved, 16 + len);
    keyring_free(&kr);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_system_key_opens_elsewhere),
        cmocka_unit_test(test_derived_values),
        cmocka_unit_test(test_sealed_value),
        cmocka_unit_test(test_sign),
        cmocka_unit_test(test_derived_are_apart),
        cmocka_unit_test(test_seal_lengths),
        cmocka_unit_test(test_unseal_refuses),
        cmocka_unit_test(test_unseal_refuses_a_moved_border),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
