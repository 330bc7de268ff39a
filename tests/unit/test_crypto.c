/* sm3, sm4 and b64. Expected values: the standards' examples, OpenSSL's command line, RFC
 * 4648. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/base/text.h"
#include "core/crypto/b64.h"
#include "core/crypto/sm3.h"
#include "core/crypto/sm4.h"
#include "tests/unit/pool_state.h"

static uint8_t *unhex(const char *text, size_t *len_r)
{
    size_t len = strlen(text) / 2;
    uint8_t *out = pool_alloc(pool, len + 1);

    assert_int_equal(hex_decode(text, strlen(text), out, len), ERR_OK);
    if (len_r != NULL)
        *len_r = len;
    return out;
}

static void assert_hex(const uint8_t *data, size_t len, const char *expected)
{
    char *text = pool_alloc(pool, 2 * len + 1);

    hex_encode(data, len, text);
    assert_string_equal(text, expected);
}

/* --- SM3 --- */

static const char sm3_abc[] = "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0";

static void test_sm3_standard(void **state)
{
    static const struct {
        const char *msg, *digest;
    } rows[] = {
        {"abc", sm3_abc},                                                    /* GB/T 32905 A.1 */
        {"abcdabcdabcdabcdabcdabcdabcdabcdabcdabcdabcdabcdabcdabcdabcdabcd", /* A.2 */
         "debe9ff92275b8a138604889c18e5a4d6fdb70e5387e5765293dcba39c0c5732"},
        {"", "1ab21d8355cfa17f8e61194831e81a8f22bec8c728fefb747ed035eb5082aa2b"}, /* openssl dgst */
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        uint8_t out[SM3_LEN];
        char text[2 * SM3_LEN + 1];
        sm3(rows[i].msg, strlen(rows[i].msg), out);
        assert_hex(out, sizeof out, rows[i].digest);
        sm3_hex(rows[i].msg, strlen(rows[i].msg), text);
        assert_string_equal(text, rows[i].digest);
    }
}

static void test_sm3_null_data(void **state)
{
    char text[2 * SM3_LEN + 1];

    (void)state;
    sm3_hex(NULL, 0, text);
    assert_string_equal(text, "1ab21d8355cfa17f8e61194831e81a8f22bec8c728fefb747ed035eb5082aa2b");
}

static void test_sm3_streaming(void **state)
{
    uint8_t out[SM3_LEN];
    struct sm3_ctx *ctx = sm3_new();

    (void)state;
    sm3_update(ctx, "a", 1);
    sm3_hex("something else", 14, (char[2 * SM3_LEN + 1]){0}); /* must not disturb the stream */
    sm3_update(ctx, "", 0);
    sm3_update(ctx, "bc", 2);
    sm3_final(&ctx, out);
    assert_null(ctx);
    assert_hex(out, sizeof out, sm3_abc);

    ctx = sm3_new();
    sm3_update(ctx, "abc", 3);
    sm3_abort(&ctx);
    assert_null(ctx);
    sm3_abort(&ctx);
}

static void test_hmac_sm3(void **state)
{
    /* GM/T 0042 D.3; the message is this text twice */
    static const char half[] = "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq";
    const struct sm3_part whole[] = {{half, sizeof half - 1}, {half, sizeof half - 1}};
    const struct sm3_part cut[] = {
        {half, 1}, {NULL, 0}, {half + 1, sizeof half - 2}, {half, sizeof half - 1}};
    uint8_t *key = unhex("0102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f20", NULL);
    uint8_t out[SM3_LEN];

    (void)state;
    hmac_sm3(key, 32, whole, 2, out);
    assert_hex(out, sizeof out, "ca05e144ed05d1857840d1f318a4a8669e559fc8391f414485bfdf7bb408963a");
    hmac_sm3(key, 32, cut, 4, out);
    assert_hex(out, sizeof out, "ca05e144ed05d1857840d1f318a4a8669e559fc8391f414485bfdf7bb408963a");
}

/* openssl mac -digest SM3 -macopt hexkey:00 HMAC, of "abc": zero padding makes it the value of the
 * empty key too. */
static void test_hmac_sm3_empty_key(void **state)
{
    static const char expected[] =
        "36525058ca466791502435c910517f1a7e86613d5f35ac1f18a94def0eaac81f";
    const struct sm3_part part = {"abc", 3};
    uint8_t zero = 0, out[SM3_LEN];

    (void)state;
    hmac_sm3(&zero, 1, &part, 1, out);
    assert_hex(out, sizeof out, expected);
    hmac_sm3(NULL, 0, &part, 1, out);
    assert_hex(out, sizeof out, expected);
}

static void test_crypto_equal(void **state)
{
    (void)state;
    assert_true(crypto_equal("abc", "abc", 3));
    assert_true(crypto_equal("abc", "xyz", 0));
    assert_false(crypto_equal("abc", "abd", 3));
    assert_false(crypto_equal("\0bc", "\0bd", 3));
    assert_false(crypto_equal("bbc", "abc", 3));
}

/* --- SM4 --- */

static const char sm4_key[] = "0123456789abcdeffedcba9876543210";

/* GB/T 32907 A.1 is one block; CBC from an iv of zeros shows it as the first. */
static void test_sm4_block(void **state)
{
    uint8_t iv[SM4_BLOCK_LEN] = {0}, out[SM4_CBC_LEN(16)];
    uint8_t *key = unhex(sm4_key, NULL);

    (void)state;
    sm4_cbc_encrypt(key, iv, key, 16, out);
    assert_hex(out, 16, "681edf34d206965e86b3e94f536e4246");
}

static const char cbc_iv[] = "000102030405060708090a0b0c0d0e0f";
static const char cbc_plain[] = "aaaaaaaabbbbbbbbccccccccddddddddeeeeeeeeffffffffaaaaaaaabbbbbbbb";
/* draft-ribose-cfrg-sm4 A.2.2.1; the last block, of padding, from openssl enc -sm4-cbc */
static const char cbc_cipher[] = "78ebb11cc40b0a48312aaeb2040244cb4cb7016951909226979b0d15dc6a8f6d"
                                 "40d84132e99974a4a880886842074859";

static void test_sm4_cbc(void **state)
{
    uint8_t *key = unhex(sm4_key, NULL), *iv = unhex(cbc_iv, NULL), out[SM4_CBC_LEN(32)];
    size_t len = 99;

    (void)state;
    sm4_cbc_encrypt(key, iv, unhex(cbc_plain, NULL), 32, out);
    assert_hex(out, sizeof out, cbc_cipher);
    assert_int_equal(sm4_cbc_decrypt(key, iv, unhex(cbc_cipher, NULL), 48, out, &len), ERR_OK);
    assert_int_equal(len, 32);
    assert_hex(out, 32, cbc_plain);
}

static void test_sm4_cbc_lengths(void **state)
{
    uint8_t *key = unhex(sm4_key, NULL), *iv = unhex(cbc_iv, NULL);
    uint8_t plain[100], sealed[112], opened[112];

    (void)state;
    memset(plain, 'x', sizeof plain);
    for (size_t n = 0; n <= sizeof plain; n++) {
        size_t len;
        assert_int_equal(SM4_CBC_LEN(n), n - n % 16 + 16);
        sm4_cbc_encrypt(key, iv, plain, n, sealed);
        assert_int_equal(sm4_cbc_decrypt(key, iv, sealed, SM4_CBC_LEN(n), opened, &len), ERR_OK);
        assert_int_equal(len, n);
        assert_memory_equal(opened, plain, n);
    }
}

static void test_sm4_cbc_refuses(void **state)
{
    uint8_t *key = unhex(sm4_key, NULL), *iv = unhex(cbc_iv, NULL);
    uint8_t *sealed = unhex(cbc_cipher, NULL), out[48];
    size_t len = 77;

    (void)state;
    for (size_t n = 0; n < 48; n++) /* 16 and 32: the padding is wrong */
        assert_int_equal(sm4_cbc_decrypt(key, iv, sealed, n, out, &len), ERR_BAD);
    sealed[31] ^= 0x01; /* turns the last padding byte, 16, into 17 */
    assert_int_equal(sm4_cbc_decrypt(key, iv, sealed, 48, out, &len), ERR_BAD);
    sealed[31] ^= 0x01 ^ 0x10; /* into 0 */
    assert_int_equal(sm4_cbc_decrypt(key, iv, sealed, 48, out, &len), ERR_BAD);
    sealed[31] ^= 0x10;
    key[0] ^= 1;
    assert_int_equal(sm4_cbc_decrypt(key, iv, sealed, 48, out, &len), ERR_BAD);
    assert_int_equal(len, 77);
}

/* openssl enc -sm4-ctr of zeros, -iv 0 and -iv ffffffff */
static const char ctr_stream_0[] =
    "2677f46b09c122cc975533105bd4a22a4e595bf03f23bd10329baf5698e898ec"
    "b3136c044e95482d4f652e694f2741cda12512558b0ee7529bfda71530c140e1";
static const char ctr_stream_32bit[] =
    "1634f567710952420198c96a639be9ef5fbf61816582c2e0b69773aa7c07d5f6"
    "d51abeb29a8c798892054ede18ac69d6";

static void test_sm4_ctr_any_position(void **state)
{
    uint8_t *key = unhex(sm4_key, NULL), *stream = unhex(ctr_stream_0, NULL);
    uint8_t zeros[64] = {0}, out[64];

    (void)state;
    for (size_t from = 0; from <= 64; from++)
        for (size_t n = 0; n <= 64 - from; n++) {
            memset(out, 0xee, sizeof out);
            sm4_ctr(key, from, zeros, n, out);
            assert_memory_equal(out, stream + from, n);
            for (size_t i = n; i < sizeof out; i++)
                assert_int_equal(out[i], 0xee);
        }
}

static void test_sm4_ctr_carries(void **state)
{
    uint8_t *key = unhex(sm4_key, NULL), *stream = unhex(ctr_stream_32bit, NULL);
    uint64_t from = UINT64_C(0xffffffff) * 16;
    uint8_t zeros[48] = {0}, out[48];

    (void)state;
    sm4_ctr(key, from, zeros, 48, out);
    assert_memory_equal(out, stream, 48);
    sm4_ctr(key, from + 17, zeros, 31, out);
    assert_memory_equal(out, stream + 17, 31);
}

static void test_sm4_ctr_in_place(void **state)
{
    uint8_t *key = unhex(sm4_key, NULL), data[37], was[37];

    (void)state;
    memset(was, 'q', sizeof was);
    memcpy(data, was, sizeof was);
    sm4_ctr(key, 5, data, sizeof data, data);
    assert_memory_not_equal(data, was, sizeof was);
    sm4_ctr(key, 5, data, sizeof data, data);
    assert_memory_equal(data, was, sizeof was);
}

/* --- Base64 --- */

static void test_b64_rfc4648(void **state)
{
    static const struct {
        const char *plain, *text;
    } rows[] = {{"", ""},
                {"f", "Zg=="},
                {"fo", "Zm8="},
                {"foo", "Zm9v"},
                {"foob", "Zm9vYg=="},
                {"fooba", "Zm9vYmE="},
                {"foobar", "Zm9vYmFy"}};
    uint8_t *out;
    size_t len;

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const char *plain = rows[i].plain, *text = rows[i].text;
        assert_string_equal(b64_encode(pool, plain, strlen(plain)), text);
        assert_int_equal(b64_decode(pool, text, strlen(text), &out, &len), ERR_OK);
        assert_int_equal(len, strlen(plain));
        assert_memory_equal(out, plain, len);
    }
}

static void test_b64url(void **state)
{
    (void)state;
    assert_string_equal(b64url_encode(pool, "\xfb\xff\xfe", 3), "-__-");
    assert_string_equal(b64url_encode(pool, "\xfb\xff", 2), "-_8");
    assert_string_equal(b64url_encode(pool, "f", 1), "Zg");
    assert_string_equal(b64url_encode(pool, "", 0), "");
    uint8_t secret[32] = {0};
    assert_int_equal(strlen(b64url_encode(pool, secret, 32)), 43); /* as the ticket has it */
}

static void test_b64_refuses(void **state)
{
    static const char *const rows[] = {
        "Z",    "Zg",   "Zg=",      "Zg===",    "Zm9",      "Zm9v=",     "Zm9vYg=", /* length */
        "Zh==", "Zm9=", "Zv==",     "////Zm9=",                                     /* pad bits */
        "====", "=Zg=", "Z===",     "Zg==Zg==", "Zm=v",     "Zm8=Zm9v",  /* padding inside */
        " Zg=", "Zg= ", "Zm9v\n",   "\nZm9",    "Zm 9v===", "Zm9v Zm9v", /* white space */
        "-__-", "Zm9.", "Zm9\x80",  "Zm-v",     "Z,9v",     "Zm9vZm9\t", /* alphabet */
        "-===", "Zg--", "Zm9vZg-=",
    };
    uint8_t *out;
    size_t len;

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (b64_decode(pool, rows[i], strlen(rows[i]), &out, &len) != ERR_BAD)
            fail_msg("accepted: %s", rows[i]);
    assert_int_equal(b64_decode(pool, "Zm\0v", 4, &out, &len), ERR_BAD);
}

/* Every pair of last characters: accepted exactly where the bits behind the data are zero. */
static void test_b64_pad_bits(void **state)
{
    static const char alphabet[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    uint8_t *out;
    size_t len;

    (void)state;
    for (size_t i = 0; i < 64; i++) {
        char two[] = {'A', alphabet[i], '=', '=', '\0'};
        char one[] = {'A', 'A', alphabet[i], '=', '\0'};
        assert_int_equal(b64_decode(pool, two, 4, &out, &len), i % 16 == 0 ? ERR_OK : ERR_BAD);
        assert_int_equal(b64_decode(pool, one, 4, &out, &len), i % 4 == 0 ? ERR_OK : ERR_BAD);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sm3_standard),
        cmocka_unit_test(test_sm3_null_data),
        cmocka_unit_test(test_sm3_streaming),
        cmocka_unit_test(test_hmac_sm3),
        cmocka_unit_test(test_hmac_sm3_empty_key),
        cmocka_unit_test(test_crypto_equal),
        cmocka_unit_test(test_sm4_block),
        cmocka_unit_test(test_sm4_cbc),
        cmocka_unit_test(test_sm4_cbc_lengths),
        cmocka_unit_test(test_sm4_cbc_refuses),
        cmocka_unit_test(test_sm4_ctr_any_position),
        cmocka_unit_test(test_sm4_ctr_carries),
        cmocka_unit_test(test_sm4_ctr_in_place),
        cmocka_unit_test(test_b64_rfc4648),
        cmocka_unit_test(test_b64url),
        cmocka_unit_test(test_b64_refuses),
        cmocka_unit_test(test_b64_pad_bits),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
