/* CertLogic: values as its specification says, errors that name operator and place, bounds.
 * Agreement with another implementation is tested in tests/vectors/rules.test.mjs. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "core/base/buf.h"
#include "core/base/jsontext.h"
#include "core/code/certlogic.h"
#include "tests/unit/pool_state.h"

static struct json_object *json(const char *text)
{
    struct json_object *o;
    assert_int_equal(json_read(pool, text, strlen(text), &o), ERR_OK);
    return o;
}

/* The value as text, or the error behind "! ". */
static const char *outcome(const char *when, const char *input)
{
    struct certlogic_value v;
    struct json_object *value = NULL;
    const char *why = NULL;
    enum err e = certlogic_evaluate(pool, json(when), json(input), &v, &why);

    if (e == ERR_OK)
        e = certlogic_json(pool, &v, &value, &why);
    if (e == ERR_OK)
        return json_to_text(pool, value);
    assert_int_equal(e, ERR_BAD);
    assert_non_null(why);
    return pool_printf(pool, "! %s", why);
}

static const char *checked(const char *when)
{
    const char *why = NULL;
    if (certlogic_check(pool, json(when), &why) == ERR_OK) {
        assert_null(why);
        return "ok";
    }
    assert_non_null(why);
    return why;
}

struct row {
    const char *when, *input, *expected;
};

static void same_rows(const struct row *rows, size_t n)
{
    for (size_t i = 0; i < n; i++)
        assert_string_equal(outcome(rows[i].when, rows[i].input), rows[i].expected);
}
#define SAME_ROWS(rows) same_rows(rows, sizeof(rows) / sizeof(rows)[0])

static void test_values(void **state)
{
    static const struct row rows[] = {
        {"true", "{}", "true"},
        {"17", "{}", "17"},
        {"1.0", "{}", "1"},
        {"\"业务码\"", "{}", "\"业务码\""},
        {"[1,[\"a\"],{\"var\":\"x\"}]", "{\"x\":{\"y\":null}}", "[1,[\"a\"],{\"y\":null}]"},
        {"{\"var\":\"\"}", "[1,2.5]", "[1,2.5]"},
        {"{\"var\":\"\"}", "null", "null"},
        {"{\"var\":\"x.0.y\"}", "{\"x\":[{\"y\":1}]}", "1"},
        {"{\"var\":\"x.1\"}", "{\"x\":[1]}", "null"},
        {"{\"var\":\"x.-1\"}", "{\"x\":[1]}", "null"},
        {"{\"var\":\"x.y.z\"}", "{\"x\":1}", "null"},
        {"{\"var\":\"x.length\"}", "{\"x\":[1,2]}", "2"},
        {"{\"var\":\"s.length\"}", "{\"s\":\"a😀\"}", "3"},
        {"{\"var\":\"s.1\"}", "{\"s\":\"中文\"}", "\"文\""},
        {"{\"var\":\"s.1\"}", "{\"s\":\"a😀\"}", "null"}, /* half a character */
        {"{\"var\":\"a..b\"}", "{\"a\":{\"\":{\"b\":7}}}", "7"},
        {"{\"var\":\"constructor\"}", "{}", "null"},
        {"{\"+\":[1,-3]}", "{}", "-2"},
        {"{\"+\":[9007199254740992,1]}", "{}", "9007199254740992"}, /* as JavaScript adds */
        {"{\"var\":\"\"}", "0.1", "0.1"},
        {"[{\"var\":\"\"}]", "0.1", "[0.1]"},
        {"[{\"var\":\"\"}]", "-0.0", "[0]"},
        {"{\"extractFromUVCI\":[\"a::c/#/f\",5]}", "{}", "\"f\""},
        {"{\"extractFromUVCI\":[\"a::c/#/f\",1]}", "{}", "\"\""},
        {"{\"extractFromUVCI\":[\"a::c/#/f\",6]}", "{}", "null"},
        {"{\"extractFromUVCI\":[\"a\",-1]}", "{}", "null"},
        {"{\"extractFromUVCI\":[\"URN:UVCI:x/y\",0]}", "{}", "\"x\""},
        {"{\"extractFromUVCI\":[\"URN:UVCI\",0]}", "{}", "\"URN\""},
        {"{\"extractFromUVCI\":[{\"var\":\"x\"},0]}", "{}", "null"},
    };
    (void)state;
    SAME_ROWS(rows);
}

static void test_conditions(void **state)
{
    static const struct row rows[] = {
        {"{\"if\":[[],1,2]}", "{}", "2"},
        {"{\"if\":[{\"var\":\"\"},1,2]}", "{}", "2"},
        {"{\"if\":[{\"var\":\"\"},1,2]}", "{\"a\":null}", "1"},
        {"{\"if\":[\"0\",1,{\"no\":[1]}]}", "{}", "1"}, /* the other branch is not looked at */
        {"{\"if\":[0,{\"var\":2},3]}", "{}", "3"},
        {"{\"!\":[0]}", "{}", "true"},
        {"{\"!\":[\"\"]}", "{}", "true"},
        {"{\"!\":[{\"var\":\"x\"}]}", "{}", "true"},
        {"{\"!\":[-1]}", "{}", "false"},
        {"{\"and\":[1,\"\",{\"+\":[1]}]}", "{}", "\"\""},
        {"{\"and\":[1,[2],\"x\"]}", "{}", "\"x\""},
        {"{\"===\":[1,\"1\"]}", "{}", "false"},
        {"{\"===\":[1,1.0]}", "{}", "true"},
        {"{\"===\":[{\"var\":\"a\"},{\"var\":\"b\"}]}", "{}", "true"},
        {"{\"===\":[[],[]]}", "{}", "false"},
        {"{\"===\":[\"a\",\"a\\u0000\"]}", "{}", "false"},
        {"{\"<\":[1,2,2]}", "{}", "false"},
        {"{\"<=\":[1,2,2]}", "{}", "true"},
        {"{\">\":[3,2,1]}", "{}", "true"},
        {"{\">=\":[2,2]}", "{}", "true"},
        {"{\">\":[3,1,1]}", "{}", "false"},
        {"{\"in\":[\"b\",[\"a\",\"b\"]]}", "{}", "true"},
        {"{\"in\":[1,[]]}", "{}", "false"},
        {"{\"in\":[{\"var\":\"x\"},{\"var\":\"l\"}]}", "{\"x\":2,\"l\":[1,2]}", "true"},
        {"{\"reduce\":[{\"var\":\"l\"},{\"+\":[{\"var\":\"accumulator\"},{\"var\":\"current\"}]},0]"
         "}",
         "{\"l\":[1,2,3]}", "6"},
        {"{\"reduce\":[{\"var\":\"none\"},{\"no\":[1]},\"i\"]}", "{}", "\"i\""},
        {"{\"reduce\":[[],{\"no\":[1]},\"i\"]}", "{}", "\"i\""},
        {"{\"reduce\":[[7],{\"var\":\"outside\"},1]}", "{\"outside\":5}", "null"},
        {"{\"reduce\":[[7],{\"var\":\"\"},1]}", "{}", "{\"accumulator\":1,\"current\":7}"},
    };
    (void)state;
    SAME_ROWS(rows);
}

#define PLUS(date, n, unit) "{\"plusTime\":[\"" date "\"," #n ",\"" unit "\"]}"

static void test_dates(void **state)
{
    /* The first rows stand in the specification: its table of leap days, its forms. */
    static const struct row rows[] = {
        {PLUS("2020-02-29", 1, "day"), "0", "\"2020-03-01T00:00:00.000Z\""},
        {PLUS("2020-02-29", 1, "month"), "0", "\"2020-03-29T00:00:00.000Z\""},
        {PLUS("2020-02-29", 1, "year"), "0", "\"2021-03-01T00:00:00.000Z\""},
        {PLUS("2021-05-04", 0, "hour"), "0", "\"2021-05-04T00:00:00.000Z\""},
        {PLUS("2021-05-04T13:37:42", 0, "day"), "0", "\"2021-05-04T13:37:42.000Z\""},
        {PLUS("2021-05-04T13:37:42Z", 0, "day"), "0", "\"2021-05-04T13:37:42.000Z\""},
        {PLUS("2021-05-04T13:37:42+1", 0, "day"), "0", "\"2021-05-04T12:37:42.000Z\""},
        {PLUS("2021-05-04T13:37:42+02", 0, "day"), "0", "\"2021-05-04T11:37:42.000Z\""},
        {PLUS("2021-05-04T13:37:42+130", 0, "day"), "0", "\"2021-05-04T12:07:42.000Z\""},
        {PLUS("2021-05-04T13:37:42-0130", 0, "day"), "0", "\"2021-05-04T15:07:42.000Z\""},
        {PLUS("2021-05-04T13:37:42+1:00", 0, "day"), "0", "\"2021-05-04T12:37:42.000Z\""},
        {PLUS("2021-05-04T13:37:42+08:00", 0, "day"), "0", "\"2021-05-04T05:37:42.000Z\""},
        {PLUS("2021-08-01T00:00:00.1Z", 0, "day"), "0", "\"2021-08-01T00:00:00.100Z\""},
        {PLUS("2021-08-01T00:00:00.0019+8", 0, "day"), "0", "\"2021-07-31T16:00:00.001Z\""},
        {PLUS("2021", 0, "day"), "0", "\"2021-12-31T00:00:00.000Z\""},
        {PLUS("2024-02", 0, "day"), "0", "\"2024-02-29T00:00:00.000Z\""},
        {PLUS("2021-06-23", -180, "day"), "0", "\"2020-12-25T00:00:00.000Z\""},
        {PLUS("2021-06-23T00:00:00.000Z", -72, "hour"), "0", "\"2021-06-20T00:00:00.000Z\""},
        {PLUS("2021-02-30", 0, "day"), "0", "\"2021-03-02T00:00:00.000Z\""},
        {PLUS("9999-12-31", 1, "day"), "0", "\"+010000-01-01T00:00:00.000Z\""},
        {PLUS("0000-01-01", -1, "day"), "0", "\"-000001-12-31T00:00:00.000Z\""},
        {PLUS("1969-12-31T23:59:59.999Z", 0, "day"), "0", "\"1969-12-31T23:59:59.999Z\""},
        {"{\"dccDateOfBirth\":[\"1998\"]}", "0", "\"1998-12-31T00:00:00.000Z\""},
        {"{\"dccDateOfBirth\":[\"1900-02\"]}", "0", "\"1900-02-28T00:00:00.000Z\""},
        {"{\"dccDateOfBirth\":[{\"var\":\"\"}]}", "\"1998-02-26\"", "\"1998-02-26T00:00:00.000Z\""},
        {"{\"before\":[" PLUS("2021-01-01", 0, "day") "," PLUS("2021-01-01T00:00:00+08:00", 8,
                                                               "hour") "]}",
         "0", "false"},
        {"{\"not-after\":[" PLUS("2020", 0, "day") "," PLUS("2021", 0, "day") "," PLUS(
             "2021-12-31", 0, "day") "]}",
         "0", "true"},
        {"{\"after\":[" PLUS("2021", 0, "day") "," PLUS("2020", 0, "day") "]}", "0", "true"},
        {"{\"not-before\":[" PLUS("2019", 0, "day") "," PLUS("2020", 0, "day") "]}", "0", "false"},
    };
    (void)state;
    SAME_ROWS(rows);
}

/* --- dates that are none --- */

static const char *const no_form[] = {
    "",
    "21",
    "2021-1-1",
    "20210101",
    "2021-01-01T",
    "2021-01-01 00:00:00",
    "2021-01-01T00:00",
    "2021-01-01T00:00:00z",
    "2021-01-01T00:00:00.",
    "2021-01-01T00:00:00.Z",
    "2021-01-01T00:00:00+",
    "2021-01-01T00:00:00+123:4",
    "2021-01-01T00:00:00+12345",
    " 2021-01-01",
    "2021-01-01 ",
    "+2021-01-01",
    "２０２１-01-01",
    "today",
};
static const char *const no_date[] = {
    "2021-13",
    "2021-00-01",
    "2021-01-00",
    "2021-01-32",
    "2021-09-99",
    "2022-13-01",
    "2021-01-01T24:00:01Z",
    "2021-01-01T25:00:00",
    "2021-01-01T00:60:00",
    "2021-01-01T00:00:60Z",
    "2021-01-01T00:00:00+24:00",
    "2021-01-01T00:00:00+00:60",
};

static void test_wrong_dates(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof no_form / sizeof no_form[0]; i++) {
        const char *when = pool_printf(pool, "{\"plusTime\":[\"%s\",0,\"day\"]}", no_form[i]);
        assert_string_equal(outcome(when, "0"),
                            "! `plusTime`: operand 1 is a string that is no date or date-time");
    }
    for (size_t i = 0; i < sizeof no_date / sizeof no_date[0]; i++) {
        const char *when = pool_printf(pool, "{\"plusTime\":[\"%s\",0,\"day\"]}", no_date[i]);
        assert_string_equal(outcome(when, "0"),
                            "! `plusTime`: operand 1 is a date or date-time that does not exist");
    }
    static const struct row rows[] = {
        {"{\"dccDateOfBirth\":[\"2021-01-01T00:00:00Z\"]}", "0",
         "! `dccDateOfBirth`: operand 1 is a string that is no date"},
        {"{\"dccDateOfBirth\":[\"2021-13-01\"]}", "0",
         "! `dccDateOfBirth`: operand 1 is a date that does not exist"},
        {PLUS("2021-01-01", 1e300, "day"), "0",
         "! `plusTime`: the sum is beyond the range of date-times"},
        {PLUS("2021-01-01", -300000, "year"), "0",
         "! `plusTime`: the sum is beyond the range of date-times"},
        {PLUS("2021-01-01", 1.5, "day"), "0",
         "! `plusTime`: operand 2 must be an integer, but is a number that is no integer"},
        {PLUS("2021-01-01", 1, "days"), "0",
         "! `plusTime`: operand 3 must be \"year\", \"month\", \"day\" or \"hour\""},
        {"{\"plusTime\":[\"2021\",{\"+\":[1,1]},\"day\"]}", "0",
         "! `plusTime`: operand 2 must be an integer, but is an object"},
        {"{\"plusTime\":[" PLUS("2021", 0, "day") ",0,\"day\"]}", "0",
         "! `plusTime`: operand 1 is a date-time, not a string"},
    };
    SAME_ROWS(rows);
}

static void test_errors_name_operator_and_place(void **state)
{
    static const struct row rows[] = {
        {"null", "{}", "! null is no expression"},
        {"1.5", "{}", "! a number that is no integer is no expression"},
        {"{}", "{}", "! an operation has one operator, not 0"},
        {"{\"<\":[1,2],\">\":[1,2]}", "{}", "! an operation has one operator, not 2"},
        {"{\"or\":[1,2]}", "{}", "! `or`: no such operator"},
        {"{\"toString\":[1]}", "{}", "! `toString`: no such operator"},
        {"{\"a\\u001b[31m\":[1]}", "{}", "! `a?[31m`: no such operator"},
        {"{\"var\":1}", "{}", "! `var`: the path must be a string"},
        {"{\"var\":[\"a\"]}", "{}", "! `var`: the path must be a string"},
        {"{\"!\":1}", "{}", "! `!`: the operands must be an array"},
        {"{\"!\":[]}", "{}", "! `!`: takes 1 operand, not 0"},
        {"{\"and\":[true]}", "{}", "! `and`: takes 2 or more operands, not 1"},
        {"{\"if\":[1,2]}", "{}", "! `if`: takes 3 operands, not 2"},
        {"{\"<\":[1]}", "{}", "! `<`: takes 2 or 3 operands, not 1"},
        {"{\"<\":[1,2,3,4]}", "{}", "! `<`: takes 2 or 3 operands, not 4"},
        {"{\"===\":[1,2,3]}", "{}", "! `===`: takes 2 operands, not 3"},
        {"{\"<\":[1,\"2\"]}", "{}", "! `<`: operand 2 is a string, not an integer"},
        {"{\"if\":[1,[0,{\"<\":[1,{\"var\":\"a\"}]}],0]}", "{\"a\":1.5}",
         "! `<`: operand 2 is a number that is no integer, not an integer (at /if/1/1)"},
        {"{\"+\":[null,1]}", "{}", "! `+`: null is no expression (at /+/0)"},
        {"{\"+\":[true,1]}", "{}", "! `+`: operand 1 is a boolean, not an integer"},
        {"{\"in\":[1,\"1\"]}", "{}", "! `in`: operand 2 is a string, not an array"},
        {"{\"in\":[1,{\"var\":\"x\"}]}", "{}", "! `in`: operand 2 is null, not an array"},
        {"{\"after\":[\"2021\",\"2020\"]}", "{}",
         "! `after`: operand 1 is a string, not a date-time"},
        {"{\"!\":[" PLUS("2021", 0, "day") "]}", "{}",
         "! `!`: operand 1 is a date-time, not true or false"},
        {"{\"if\":[" PLUS("2021", 0, "day") ",1,2]}", "{}",
         "! `if`: operand 1 is a date-time, not true or false"},
        {"{\"and\":[1," PLUS("2021", 0, "day") "]}", "{}",
         "! `and`: operand 2 is a date-time, not true or false"},
        {"{\"reduce\":[{\"var\":\"\"},1,0]}", "{\"a\":1}",
         "! `reduce`: operand 1 is an object, not an array"},
        {"{\"reduce\":[[1],{\"+\":[{\"var\":\"x\"},1]},0]}", "{}",
         "! `+`: operand 1 is null, not an integer (at /reduce/1)"},
        {"{\"extractFromUVCI\":[1,0]}", "{}",
         "! `extractFromUVCI`: operand 1 is an integer, not a string or null"},
        {"{\"extractFromUVCI\":[\"a\",\"0\"]}", "{}",
         "! `extractFromUVCI`: operand 2 must be an integer, but is a string"},
    };
    (void)state;
    SAME_ROWS(rows);
}

static const char *nested(const char *open, const char *inner, const char *close, int levels)
{
    struct buf b;

    buf_init(&b, pool);
    for (int i = 0; i < levels; i++)
        buf_puts(&b, open);
    buf_puts(&b, inner);
    for (int i = 0; i < levels; i++)
        buf_puts(&b, close);
    return b.data;
}

static void test_depth(void **state)
{
    (void)state;
    assert_string_equal(outcome(nested("{\"!\":[", "true", "]}", 32), "0"), "true");
    assert_string_equal(outcome(nested("{\"!\":[", "{\"var\":\"\"}", "]}", 32), "0"), "false");
    assert_string_equal(checked(nested("{\"!\":[", "{\"var\":\"\"}", "]}", 32)), "ok");
    assert_string_equal(checked(nested("[", "1", "]", 32)), "ok");

    const char *deep[] = {nested("{\"!\":[", "true", "]}", 33),
                          nested("{\"!\":[", "true", "]}", 400), nested("[", "1", "]", 33),
                          nested("{\"and\":[1,[", "1", "]]}", 17)};
    for (size_t i = 0; i < sizeof deep / sizeof deep[0]; i++) {
        assert_non_null(strstr(outcome(deep[i], "0"), "more than 32 levels (at /"));
        assert_non_null(strstr(checked(deep[i]), "more than 32 levels (at /"));
    }
    assert_int_equal(strncmp(outcome(deep[0], "0"), "! `!`: ", 7), 0);
    /* The data may be as deep as it likes. */
    assert_string_equal(outcome("{\"var\":\"0.0\"}", nested("[", "1", "]", 100)),
                        nested("[", "1", "]", 98));
}

/* An array of `n` ones. */
static const char *ones(int n)
{
    return nested("1,", "1", "", n - 1);
}

static void test_steps(void **state)
{
    (void)state;
    /* The array and its items take a step each. */
    const char *most = pool_printf(pool, "[%s]", ones(9999));
    const char *over = pool_printf(pool, "[%s]", ones(10000));
    assert_int_equal(*outcome(most, "0"), '[');
    assert_string_equal(outcome(over, "0"), "! more than 10000 steps");

    /* Each round takes three, the operation and its two operands; two and three more around them.
     */
    const char *sum = "{\"reduce\":[{\"var\":\"\"},{\"+\":[{\"var\":\"accumulator\"},1]},0]}";
    assert_string_equal(outcome(sum, pool_printf(pool, "[%s]", ones(3332))), "3332");
    assert_string_equal(outcome(sum, pool_printf(pool, "[%s]", ones(3333))),
                        "! `+`: more than 10000 steps (at /reduce/1/+/0)");
    /* Comparing with items of the data is work too. */
    const char *in = "{\"in\":[2,{\"var\":\"\"}]}";
    assert_string_equal(outcome(in, pool_printf(pool, "[%s]", ones(9997))), "false");
    assert_string_equal(outcome(in, pool_printf(pool, "[%s]", ones(9998))),
                        "! `in`: more than 10000 steps");
}

/* A value that doubles, or nests, in each round is not written down for ever. */
static void test_large_values(void **state)
{
    (void)state;
    const char *twice = "{\"reduce\":[{\"var\":\"\"},[{\"var\":\"accumulator\"},"
                        "{\"var\":\"accumulator\"}],[1,1]]}";
    assert_string_equal(outcome(twice, pool_printf(pool, "[%s]", ones(30))),
                        "! the value has more than 10000 items");
    assert_string_equal(outcome(twice, pool_printf(pool, "[%s]", ones(3000))),
                        "! the value has more than 32 levels");
    assert_string_equal(outcome(twice, "[1,1]"), "[[[1,1],[1,1]],[[1,1],[1,1]]]");

    /* Walking along a long string is counted. */
    char *text = pool_alloc(pool, 300001);
    memset(text, 'x', 300000);
    const char *input = pool_printf(pool, "{\"s\":\"%s\",\"l\":[%s]}", text, ones(20));
    assert_string_equal(outcome("{\"var\":\"s.length\"}", input), "300000");
    const char *each = "[{\"var\":\"s.length\"},{\"var\":\"s.length\"},{\"var\":\"s.length\"},"
                       "{\"var\":\"s.length\"},{\"var\":\"s.length\"},{\"var\":\"s.length\"},"
                       "{\"var\":\"s.length\"},{\"var\":\"s.length\"},{\"var\":\"s.length\"}]";
    assert_string_equal(outcome(each, input), "! `var`: more than 10000 steps (at /8)");
}

static void test_truth(void **state)
{
    static const struct {
        const char *when, *input;
        enum certlogic_truth truth;
    } rows[] = {
        {"{\"var\":\"\"}", "null", CERTLOGIC_FALSY},
        {"{\"var\":\"\"}", "{}", CERTLOGIC_FALSY},
        {"{\"var\":\"\"}", "[]", CERTLOGIC_FALSY},
        {"{\"var\":\"\"}", "[0]", CERTLOGIC_TRUTHY},
        {"{\"var\":\"\"}", "0.0", CERTLOGIC_FALSY},
        {"{\"var\":\"\"}", "0.5", CERTLOGIC_TRUTHY},
        {"{\"var\":\"\"}", "\"\"", CERTLOGIC_FALSY},
        {"{\"var\":\"\"}", "\"0\"", CERTLOGIC_TRUTHY},
        {"{\"var\":\"\"}", "false", CERTLOGIC_FALSY},
        {"[]", "1", CERTLOGIC_FALSY},
        {"[0]", "1", CERTLOGIC_TRUTHY},
        {PLUS("2021", 0, "day"), "1", CERTLOGIC_NEITHER},
        {"{\"reduce\":[[1],{\"var\":\"\"},0]}", "1", CERTLOGIC_TRUTHY},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct certlogic_value v;
        const char *why;
        assert_int_equal(
            certlogic_evaluate(pool, json(rows[i].when), json(rows[i].input), &v, &why), ERR_OK);
        assert_int_equal(certlogic_truth(&v), rows[i].truth);
    }
}

static void test_check(void **state)
{
    static const char *const good[] = {
        "true",
        "[]",
        "{\"var\":\"\"}",
        "{\"var\":\"subject.region\"}",
        "{\"var\":\"x.0.名\"}",
        "{\"if\":[{\"and\":[1,2,3,4,5]},{\"<\":[1,2,3]},{\"!\":[0]}]}",
        "{\"after\":[" PLUS("2021", 0, "day") ",{\"dccDateOfBirth\":[{\"var\":\"dob\"}]}]}",
        "{\"<\":[\"a\",\"b\"]}", /* types are the data's business */
        "{\"reduce\":[[],{\"in\":[1,[]]},{\"extractFromUVCI\":[\"a\",1]}]}",
    };
    static const struct {
        const char *when, *why;
    } bad[] = {
        {"null", "null is no expression"},
        {"[1,0.5]", "a number that is no integer is no expression (at /1)"},
        {"{\"if\":[1,{\"or\":[1,2]},3]}", "`or`: no such operator (at /if/1)"},
        {"{\"if\":[1,2,3,4]}", "`if`: takes 3 operands, not 4"},
        {"{\"!\":[1,2]}", "`!`: takes 1 operand, not 2"},
        {"{\"and\":[1,{\"===\":[1]}]}", "`===`: takes 2 operands, not 1 (at /and/1)"},
        {"{\"plusTime\":[\"2021\",0]}", "`plusTime`: takes 3 operands, not 2"},
        {"{\"plusTime\":[\"2021\",0,\"week\"]}",
         "`plusTime`: operand 3 must be \"year\", \"month\", \"day\" or \"hour\""},
        {"{\"plusTime\":[{\"var\":1},0,\"day\"]}",
         "`var`: the path must be a string (at /plusTime/0)"},
        {"{\"extractFromUVCI\":[\"a\",{\"var\":\"i\"}]}",
         "`extractFromUVCI`: operand 2 must be an integer, but is an object"},
        {"{\"reduce\":[1,{},3]}", "an operation has one operator, not 0 (at /reduce/1)"},
        {"{\"var\":\"x.\"}", "`var`: the path has an empty part"},
        {"{\"var\":\".x\"}", "`var`: the path has an empty part"},
        {"{\"var\":\".\"}", "`var`: the path has an empty part"},
        {"{\"var\":\"a\\u0000\"}", "`var`: the path has a NUL character"},
        {"{\"var\":\"a.2nd\"}",
         "`var`: the part \"2nd\" of the path begins like an index and is none"},
        {"{\"var\":\"a.007\"}",
         "`var`: the part \"007\" of the path begins like an index and is none"},
        {"{\"var\":\"99999999999999999999\"}",
         "`var`: the part \"99999999999999999999\" of the path begins like an index and is none"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
        assert_string_equal(checked(good[i]), "ok");
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_string_equal(checked(bad[i].when), bad[i].why);
    /* More operands than a byte can count. */
    assert_string_equal(checked(pool_printf(pool, "{\"and\":[%s]}", ones(300))), "ok");
    assert_string_equal(checked(pool_printf(pool, "{\"and\":[%s,null]}", ones(300))),
                        "null is no expression (at /and/300)");
    assert_string_equal(checked(pool_printf(pool, "{\"!\":[%s]}", ones(300))),
                        "`!`: takes 1 operand, not 300");
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {
        T(test_values),
        T(test_conditions),
        T(test_dates),
        T(test_wrong_dates),
        T(test_errors_name_operator_and_place),
        T(test_depth),
        T(test_steps),
        T(test_large_values),
        T(test_truth),
        T(test_check),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
