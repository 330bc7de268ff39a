/* envelope. Expected values: the worked example of docs/envelope.md, which other implementations
 * open too (tests/vectors). */
#include "tests/unit/sm2_sample.h"

#include <json-c/json.h>

#include "core/crypto/envelope.h"
#include "tests/unit/pool_state.h"

static void test_envelope_round_trip(void **state)
{
    struct sm2_key *key = sm2_key_generate();
    struct envelope a, b;
    uint8_t plain[70], *out;
    size_t len;

    (void)state;
    memset(plain, 'p', sizeof plain);
    for (size_t n = 0; n <= sizeof plain; n += 7) {
        assert_int_equal(envelope_seal(key, plain, n, pool, &a), ERR_OK);
        assert_int_equal(strlen(a.key), (97 + 32) / 3 * 4);
        assert_int_equal(strlen(a.iv), 24);
        assert_int_equal(strlen(a.mac), 44);
        assert_int_equal(envelope_open(key, &a, pool, &out, &len), ERR_OK);
        assert_int_equal(len, n);
        assert_memory_equal(out, plain, n);
        assert_int_equal(out[n], 0);
    }
    assert_int_equal(envelope_seal(key, plain, sizeof plain, pool, &b), ERR_OK);
    assert_string_not_equal(a.key, b.key);
    assert_string_not_equal(a.iv, b.iv);
    sm2_key_free(&key);
}

static const char *json_text(struct json_object *root, const char *group, const char *name)
{
    struct json_object *o = root, *v;

    if (group != NULL)
        assert_true(json_object_object_get_ex(root, group, &o));
    assert_true(json_object_object_get_ex(o, name, &v));
    return pool_strdup(pool, json_object_get_string(v));
}

/* The receiver of the worked example (docs/envelope.md): the published key of GB/T 32918.5. */
static struct sm2_key *worked_example(struct envelope *env_r, const char **plain_r)
{
    struct json_object *root = json_object_from_file("tests/vectors/envelope.json");
    struct sm2_key *key;

    assert_non_null(root);
    env_r->key = json_text(root, "envelope", "key");
    env_r->iv = json_text(root, "envelope", "iv");
    env_r->ciphertext = json_text(root, "envelope", "ciphertext");
    env_r->mac = json_text(root, "envelope", "mac");
    *plain_r = json_text(root, NULL, "plaintext");
    char *pem = sample_pem(pool, "PRIVATE KEY",
                           pool_printf(pool, PKCS8_HEAD "%s" PKCS8_POINT "%s",
                                       json_text(root, "receiver", "private_key"),
                                       json_text(root, "receiver", "public_key")));
    json_object_put(root);
    assert_int_equal(sm2_key_from_pem(pem, strlen(pem), NULL, &key), ERR_OK);
    return key;
}

static void test_envelope_worked_example(void **state)
{
    struct envelope env;
    const char *plain;
    uint8_t *out;
    size_t len;
    struct sm2_key *key = worked_example(&env, &plain);

    (void)state;
    assert_int_equal(envelope_open(key, &env, pool, &out, &len), ERR_OK);
    assert_string_equal(sample_hex(pool, out, len), plain);
    sm2_key_free(&key);
}

static void assert_refused(const struct sm2_key *key, const struct envelope *env)
{
    uint8_t *out = NULL;
    size_t len;

    assert_int_equal(envelope_open(key, env, pool, &out, &len), ERR_BAD);
    assert_null(out);
}

/* `text` with one bit of its bytes turned over. */
static const char *altered(const char *text, size_t bit)
{
    uint8_t *raw;
    size_t len;

    assert_int_equal(b64_decode(pool, text, strlen(text), &raw, &len), ERR_OK);
    raw[bit / 8 % len] ^= (uint8_t)(1U << (bit % 8));
    return b64_encode(pool, raw, len);
}

static void test_envelope_refuses_altered(void **state)
{
    struct envelope good;
    const char *plain;
    struct sm2_key *key = worked_example(&good, &plain);

    (void)state;
    for (size_t bit = 0; bit < 8 * 129; bit += 5) {
        struct envelope env = good;
        env.key = altered(good.key, bit);
        assert_refused(key, &env);
    }
    for (size_t bit = 0; bit < 8 * 16; bit += 9) {
        struct envelope env = good;
        env.iv = altered(good.iv, bit);
        assert_refused(key, &env);
        env = good;
        env.mac = altered(good.mac, 2 * bit);
        assert_refused(key, &env);
        env = good;
        env.ciphertext = altered(good.ciphertext, 7 * bit);
        assert_refused(key, &env);
    }
    sm2_key_free(&key);
}

static void test_envelope_refuses_shapes(void **state)
{
    static const char *const wrong[] = {NULL, "", "A", "AAAA", "!", "AAAAAAAAAAAAAAAAAAAAAAAAAA=="};
    struct envelope good;
    const char *plain;
    struct sm2_key *key = worked_example(&good, &plain), *other = sm2_key_generate(), *public;
    uint8_t *der;
    size_t len;

    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        assert_refused(key, &(struct envelope){wrong[i], good.iv, good.ciphertext, good.mac});
        assert_refused(key, &(struct envelope){good.key, wrong[i], good.ciphertext, good.mac});
        assert_refused(key, &(struct envelope){good.key, good.iv, wrong[i], good.mac});
        assert_refused(key, &(struct envelope){good.key, good.iv, good.ciphertext, wrong[i]});
    }
    assert_refused(other, &good);
    sm2_key_spki(key, pool, &der, &len);
    assert_int_equal(sm2_key_from_spki(der, len, &public), ERR_OK);
    assert_refused(public, &good); /* the private half is missing */
    sm2_key_free(&public);
    sm2_key_free(&other);
    sm2_key_free(&key);
}

/* A MAC that is right over a ciphertext that has no whole blocks, or broken padding. */
static void test_envelope_refuses_bad_body(void **state)
{
    struct sm2_key *key = sm2_key_generate();
    uint8_t keys[32] = {1, 2, 3}, iv[16] = {0}, body[40] = {0}, mac[SM3_LEN], *wrapped;
    size_t wrapped_len;

    (void)state;
    assert_int_equal(sm2_wrap(key, keys, sizeof keys, pool, &wrapped, &wrapped_len), ERR_OK);
    for (size_t n = 0; n <= sizeof body; n += 8) {
        const struct sm3_part parts[] = {{iv, sizeof iv}, {body, n}};
        hmac_sm3(keys + 16, 16, parts, 2, mac);
        assert_refused(key, &(struct envelope){b64_encode(pool, wrapped, wrapped_len),
                                               b64_encode(pool, iv, sizeof iv),
                                               b64_encode(pool, body, n),
                                               b64_encode(pool, mac, sizeof mac)});
    }
    sm2_key_free(&key);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_envelope_round_trip),
        cmocka_unit_test(test_envelope_worked_example),
        cmocka_unit_test(test_envelope_refuses_altered),
        cmocka_unit_test(test_envelope_refuses_shapes),
        cmocka_unit_test(test_envelope_refuses_bad_body),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
