/* The authorization record against tests/vectors/code.json: same members, same canonical form, same
 * digest. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <json-c/json.h>

#include "core/base/text.h"
#include "core/code/record.h"

enum { ISSUED = 1763791200 }; /* 2025-11-22 06:00:00 UTC */

static struct json_object *vectors;

static int load(void **state)
{
    vectors = json_object_from_file("tests/vectors/code.json");
    *state = pool_new(false);
    return vectors != NULL ? 0 : -1;
}

static int unload(void **state)
{
    struct pool *p = *state;
    pool_destroy(&p);
    (void)json_object_put(vectors);
    return 0;
}

static struct json_object *valid(size_t i)
{
    return json_object_array_get_idx(json_object_object_get(vectors, "valid"), i);
}

/* Puts the record. */
static void assert_like(struct pool *p, struct json_object *record, struct json_object *vector)
{
    uint8_t digest[32];
    char hex[65];
    struct buf jcs;
    buf_init(&jcs, p);
    buf_puts(&jcs, "before"); /* no part of the digest */
    assert_int_equal(record_digest(record, &jcs, digest), ERR_OK);
    assert_string_equal(jcs.data + 6,
                        json_object_get_string(json_object_object_get(vector, "jcs")));
    hex_encode(digest, sizeof digest, hex);
    assert_string_equal(hex, json_object_get_string(json_object_object_get(vector, "digest")));
    (void)json_object_put(record);
}

static void least_members(void **state)
{
    struct json_object *xxlb = json_tokener_parse("[\"LICENCE_BASIC\"]");
    struct record_in in = {
        .subject_name = "测试甲",
        .subject_number = "000000199001010018",
        .issued_sec = ISSUED,
        .deadline_sec = ISSUED + 60,
        .xxlb = xxlb,
        .czqx = "1",
        .sqbh = "00112233445566778899aabbccddeeff",
    };
    assert_like(*state, record_build(&in), valid(0));
    (void)json_object_put(xxlb);
}

static void all_members(void **state)
{
    struct json_object *given = json_tokener_parse(
        "{\"bsqzt\":{\"zjhm\":\"91000000MA0000001R\",\"zjlx\":\"98\",\"bsqztlx\":\"2\","
        "\"bsqzxm\":\"示例银行股份有限公司\"},\"xxkzf\":{\"name\":\"示例信息中心\"},"
        "\"xxlb\":[\"LICENCE_BASIC\",\"LICENCE_FILE\"],\"xxsy\":{\"purpose\":\"开户\"}}");
    struct record_in in = {
        .subject_name = "示例科技有限公司",
        .subject_number = "91000000MA0000000N",
        .issued_sec = ISSUED,
        .deadline_sec = ISSUED + 300,
        .bsqzt = json_object_object_get(given, "bsqzt"),
        .xxkzf = json_object_object_get(given, "xxkzf"),
        .xxlb = json_object_object_get(given, "xxlb"),
        .xxsy = json_object_object_get(given, "xxsy"),
        .czqx = "5",
        .sqbh = "ffeeddccbbaa99887766554433221100",
    };
    struct json_object *record = record_build(&in);

    /* Copied deep: what is done to the input later does not reach the record, nor the other way. */
    assert_false(json_object_object_get_ex(in.xxsy, "sqbh", NULL));
    (void)json_object_object_add(in.bsqzt, "bsqzxm", json_object_new_string("altered"));
    (void)json_object_array_add(in.xxlb, json_object_new_string("MORE"));
    (void)json_object_put(given);
    assert_like(*state, record, valid(1));
}

static void absent_means_absent(void **state)
{
    (void)state;
    struct record_in in = {.subject_name = "测试甲",
                           .subject_number = "000000199001010018",
                           .issued_sec = ISSUED,
                           .deadline_sec = ISSUED,
                           .sqbh = "00000000000000000000000000000000"};
    struct json_object *record = record_build(&in);
    assert_int_equal(json_object_object_length(record), 3); /* sqzt, sqqx, xxsy */
    assert_false(json_object_object_get_ex(record, "czqx", NULL));
    assert_false(json_object_object_get_ex(record, "xxlb", NULL));
    assert_true(json_object_object_get_ex(record, "xxsy", NULL));
    (void)json_object_put(record);
}

/* 16:00 UTC is midnight in China: the day, the month and the year turn with it. */
static void times_are_china_standard(void **state)
{
    (void)state;
    struct record_in in = {.subject_name = "",
                           .subject_number = "",
                           .issued_sec = 1767196799,   /* 2025-12-31 15:59:59 UTC */
                           .deadline_sec = 1767196800, /* one second later */
                           .sqbh = ""};
    struct json_object *record = record_build(&in);
    struct json_object *sqqx = json_object_object_get(record, "sqqx");
    assert_string_equal(json_object_get_string(json_object_object_get(sqqx, "sqkssj")),
                        "20251231235959");
    assert_string_equal(json_object_get_string(json_object_object_get(sqqx, "sqjzsj")),
                        "20260101000000");
    (void)json_object_put(record);
}

static void digest_refuses_what_jcs_refuses(void **state)
{
    struct buf jcs;
    uint8_t digest[32] = {1}, untouched[32] = {1};
    struct json_object *record = json_tokener_parse("{\"a\":1.5}");
    buf_init(&jcs, *state);
    assert_int_equal(record_digest(record, &jcs, digest), ERR_BAD);
    assert_int_equal(jcs.len, 0);
    assert_memory_equal(digest, untouched, sizeof digest);
    (void)json_object_put(record);
}

static void permissions(void **state)
{
    (void)state;
    static const char *const good[] = {"1", "2",  "3",  "4",  "5",  "6",  "7", "8",
                                       "9", "10", "11", "12", "13", "14", "15"};
    static const char *const bad[] = {"",   "0",   "00", "01", "16",  "17",        "20",
                                      "99", "100", "1 ", " 1", "+1",  "-1",        "1a",
                                      "a",  "0x1", "1.", "１", "015", "4294967297"};
    for (unsigned i = 0; i < 15; i++)
        assert_int_equal(record_czqx_bits(good[i]), i + 1);
    assert_int_equal(record_czqx_bits(NULL), CZQX_READ);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_int_equal(record_czqx_bits(bad[i]), 0);
}

static void numbers_are_new(void **state)
{
    (void)state;
    char seen[64][SQBH_TEXT_LEN + 1];
    for (size_t i = 0; i < 64; i++) {
        record_new_sqbh(seen[i]);
        assert_int_equal(strlen(seen[i]), 32);
        assert_int_equal(strspn(seen[i], "0123456789abcdef"), 32);
        for (size_t j = 0; j < i; j++)
            assert_string_not_equal(seen[i], seen[j]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(least_members),
        cmocka_unit_test(all_members),
        cmocka_unit_test(absent_means_absent),
        cmocka_unit_test(times_are_china_standard),
        cmocka_unit_test(digest_refuses_what_jcs_refuses),
        cmocka_unit_test(permissions),
        cmocka_unit_test(numbers_are_new),
    };
    return cmocka_run_group_tests_name("record", tests, load, unload);
}
