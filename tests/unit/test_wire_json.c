/* Reading JSON: what is no JSON, what JSON allows and the wire does not. Expected outcomes follow
 * RFC 8259 and interface 2. */
#include "tests/unit/wire_check.h"

static const char whole[] = "{\"code\":\"ABC\",\"note\":\"\\u4f60\\ud83d\\ude00\",\"count\":-5,"
                            "\"big\":9223372036854775807,\"flag\":true,"
                            "\"subject\":{\"name\":\"\xe5\xbc\xa0\xe4\xb8\x89\",\"id_no\":\"110\","
                            "\"tags\":[]},\"xxlb\":[\"a.b\",\"c\"],"
                            "\"people\":[{\"name\":\"x\"},{\"name\":\"y\",\"tags\":[\"t\"]}],"
                            "\"xxsy\":{\"a\":[1,{\"b\":null}],\"c\":\"d\"}}";

static void json(const char *body, enum err want, const char *path)
{
    expect(WIRE_JSON, body, want, path);
}

static void reads_every_type(void **state)
{
    struct sample s;
    const char *path;
    (void)state;

    assert_int_equal(decode(WIRE_JSON, whole, sizeof whole - 1, &s, &path), ERR_OK);
    assert_null(path);
    assert_string_equal(s.code, "ABC");
    assert_string_equal(s.note, "\xe4\xbd\xa0\xf0\x9f\x98\x80");
    assert_true(s.count.set);
    assert_int_equal(s.count.v, -5);
    assert_true(s.big.v == INT64_MAX);
    assert_int_equal(s.flag, FIELD_TRUE);
    assert_string_equal(s.subject->name, "\xe5\xbc\xa0\xe4\xb8\x89");
    assert_string_equal(s.subject->id_no, "110");
    assert_non_null(s.subject->tags.v);
    assert_int_equal(s.subject->tags.n, 0);
    assert_int_equal(s.xxlb.n, 2);
    assert_string_equal(s.xxlb.v[1], "c");
    const struct sample_person *people = s.people.v;
    assert_int_equal(s.people.n, 2);
    assert_null(people[0].id_no);
    assert_null(people[0].tags.v);
    assert_string_equal(people[1].tags.v[0], "t");
    assert_int_equal(json_object_object_length(s.xxsy), 2);
}

static void absent_is_zero(void **state)
{
    struct sample s;
    const char *path;
    (void)state;

    assert_int_equal(decode(WIRE_JSON, " {\"code\" : \"x\"}\r\n\t ", 19, &s, &path), ERR_OK);
    assert_null(s.note);
    assert_false(s.count.set);
    assert_int_equal(s.flag, FIELD_ABSENT);
    assert_null(s.subject);
    assert_null(s.xxlb.v);
    assert_null(s.people.v);
    assert_null(s.xxsy);
}

static void refuses_every_prefix(void **state)
{
    (void)state;
    for (size_t len = 0; len < sizeof whole - 1; len++)
        expect_len(WIRE_JSON, whole, len, ERR_MALFORMED, NULL);
}

/* Texts that some reader of JSON takes and RFC 8259 does not allow, or that are no object. */
static const char *const no_json[] = {
    "",
    " ",
    "null",
    "true",
    "1",
    "\"code\"",
    "[]",
    "[{\"code\":\"x\"}]",
    "9223372036854775808",
    "[1e999]",
    "[{\"a\":1,\"a\":1}]",
    "{\"code\":\"x\"}}",
    "{\"code\":\"x\"}{}",
    "{\"code\":\"x\"} x",
    "{\"code\":\"x\"},",
    "{\"code\":\"x\",}",
    "{,\"code\":\"x\"}",
    "{\"code\":\"x\",,\"note\":\"\"}",
    "{\"code\" \"x\"}",
    "{\"code\"::\"x\"}",
    "{\"code\":}",
    "{code:\"x\"}",
    "{'code':'x'}",
    "{\"code\":'x'}",
    "{\"code\":\"x\"]",
    "{\"code\":[\"x\"}",
    "{\"code\":\"x\" /* c */}",
    "{\"code\":\"x\"} // c",
    "#\n{\"code\":\"x\"}",
    "{\"code\":\"x\",\"count\":NaN}",
    "{\"code\":\"x\",\"count\":Infinity}",
    "{\"code\":\"x\",\"count\":-Infinity}",
    "{\"code\":\"x\",\"count\":nan}",
    "{\"code\":\"x\",\"flag\":True}",
    "{\"code\":\"x\",\"flag\":TRUE}",
    "{\"code\":\"x\",\"flag\":tru}",
    "{\"code\":\"x\",\"flag\":truex}",
    "{\"code\":\"x\",\"note\":NULL}",
    "{\"code\":\"x\",\"count\":01}",
    "{\"code\":\"x\",\"count\":00}",
    "{\"code\":\"x\",\"count\":1\"\"}",
    "{\"code\":\"x\",\"count\":-01}",
    "{\"code\":\"x\",\"count\":+1}",
    "{\"code\":\"x\",\"count\":1.}",
    "{\"code\":\"x\",\"count\":.5}",
    "{\"code\":\"x\",\"count\":1e}",
    "{\"code\":\"x\",\"count\":1e+}",
    "{\"code\":\"x\",\"count\":-}",
    "{\"code\":\"x\",\"count\":0x10}",
    "{\"code\":\"x\",\"count\":1 2}",
    "{\"code\":\"x\",\"count\":1_0}",
    "{\"code\":\"x\\q\"}",
    "{\"code\":\"\\u12g4\"}",
    "{\"code\":\"\\u12\"}",
    "{\"code\":\"\\x41\"}",
    "{\"code\":\"a\nb\"}",
    "{\"code\":\"a\tb\"}",
    "{\"code\":\"a\x01\"}",
    "{\"co\nde\":\"x\"}",
    "\xef\xbb\xbf{\"code\":\"x\"}",
    "{\"code\":\"x\"}\f",
    "\v{\"code\":\"x\"}",
    "{\"code\":\"x\" \"note\":\"\"}",
    "{\"code\":\"x\",\"xxlb\":[1 2]}",
    "{\"code\":\"x\",\"xxlb\":[\"a\",]}",
    "<request><code>x</code></request>",
    "code=x",
};

static void refuses_what_is_no_json(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof no_json / sizeof no_json[0]; i++)
        json(no_json[i], ERR_MALFORMED, NULL);
}

static void refuses_what_is_no_utf8(void **state)
{
    static const char *const texts[] = {
        "\xff",         "\xc3",         "\xc0\xaf",         "\xe0\x80\xaf",
        "\xed\xa0\x80", "\xed\xbf\xbf", "\xf4\x90\x80\x80", "\xf8\x88\x80\x80\x80",
        "\x80",         "\xd6\xd0", /* GBK */
    };
    char body[64];
    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        (void)snprintf(body, sizeof body, "{\"code\":\"%s\"}", texts[i]);
        json(body, ERR_MALFORMED, NULL);
        (void)snprintf(body, sizeof body, "{\"%s\":\"x\"}", texts[i]);
        json(body, ERR_MALFORMED, NULL);
        (void)snprintf(body, sizeof body, "{\"code\":\"x\"}%s", texts[i]);
        json(body, ERR_MALFORMED, NULL);
    }
}

static void refuses_nul_and_half_characters(void **state)
{
    (void)state;
    expect_len(WIRE_JSON, "{\"code\":\"a\0b\"}", 14, ERR_MALFORMED, NULL);
    expect_len(WIRE_JSON, "{\"code\":\"x\"}\0", 13, ERR_MALFORMED, NULL);
    json("{\"code\":\"a\\u0000b\"}", ERR_FIELD_INVALID, "code");
    json("{\"code\":\"x\",\"subject\":{\"name\":\"\\u0000\"}}", ERR_FIELD_INVALID, "subject.name");
    json("{\"code\":\"x\",\"xxlb\":[\"a\",\"b\\u0000\"]}", ERR_FIELD_INVALID, "xxlb[1]");
    json("{\"code\\u0000\":\"x\"}", ERR_MALFORMED, NULL);
    json("{\"code\":\"x\",\"xxsy\":{\"\\u0000\":1}}", ERR_MALFORMED, NULL);
    json("{\"code\":\"\\ud800\"}", ERR_MALFORMED, NULL);
    json("{\"code\":\"\\udc00\"}", ERR_MALFORMED, NULL);
    json("{\"code\":\"\\ud83dx\"}", ERR_MALFORMED, NULL);
    json("{\"code\":\"\\ud83d\\n\"}", ERR_MALFORMED, NULL);
    json("{\"code\":\"\\ud83d\\ud83d\"}", ERR_MALFORMED, NULL);
    json("{\"code\":\"\\ud83d\\u0041\"}", ERR_MALFORMED, NULL);
    json("{\"\\udead\":\"x\"}", ERR_MALFORMED, NULL);
}

static void refuses_duplicates(void **state)
{
    (void)state;
    json("{\"code\":\"x\",\"code\":\"x\"}", ERR_FIELD_UNKNOWN, "code");
    json("{\"code\":\"x\",\"note\":null,\"note\":null}", ERR_FIELD_UNKNOWN, "note");
    json("{\"code\":\"x\",\"c\\u006fde\":\"y\"}", ERR_FIELD_UNKNOWN, "code");
    json("{\"\\u0063ode\":\"x\",\"c\\u006fde\":\"y\"}", ERR_FIELD_UNKNOWN, "code");
    json("{\"code\":\"x\",\"subject\":{\"name\":\"a\",\"id_no\":\"1\",\"name\":\"b\"}}",
         ERR_FIELD_UNKNOWN, "subject.name");
    json("{\"code\":\"x\",\"people\":[{\"name\":\"a\"},{\"name\":\"a\",\"name\":\"b\"}]}",
         ERR_FIELD_UNKNOWN, "people[1].name");
    json("{\"code\":\"x\",\"xxsy\":{\"k\":{\"a\":1,\"b\":2,\"a\":1}}}", ERR_FIELD_UNKNOWN,
         "xxsy.k.a");
    json("{\"code\":\"x\",\"xxsy\":{\"k\":[1,[2,{\"\":1,\"\":2}]]}}", ERR_FIELD_UNKNOWN,
         "xxsy.k[1][1].");
    /* The same name in another object is none. */
    json("{\"code\":\"x\",\"subject\":{\"name\":\"code\"},\"people\":[{\"name\":\"a\"},{\"name\":"
         "\"a\"}]}",
         ERR_OK, NULL);
    /* Escaped backslashes and quotes do not confuse the eye. */
    json("{\"code\":\"x\",\"xxsy\":{\"a\\\"\":1,\"a\\\\\":2,\"a\":\"\\\\\"}}", ERR_OK, NULL);
    json("{\"code\":\"x\",\"xxsy\":{\"a\\\"\":1,\"a\\u0022\":2}}", ERR_FIELD_UNKNOWN, "xxsy.a\"");
    /* Syntax goes first. */
    json("{\"code\":\"x\",\"code\":\"y\"", ERR_MALFORMED, NULL);
    json("{\"code\":\"x\",\"code\":\"y\",}", ERR_MALFORMED, NULL);
}

static void refuses_numbers_too_large(void **state)
{
    (void)state;
    json("{\"code\":\"x\",\"big\":9223372036854775807}", ERR_OK, NULL);
    json("{\"code\":\"x\",\"big\":-9223372036854775808}", ERR_OK, NULL);
    json("{\"code\":\"x\",\"big\":9223372036854775808}", ERR_FIELD_INVALID, "big");
    json("{\"code\":\"x\",\"big\":-9223372036854775809}", ERR_FIELD_INVALID, "big");
    json("{\"code\":\"x\",\"big\":18446744073709551616}", ERR_FIELD_INVALID, "big");
    json("{\"code\":\"x\",\"big\":100000000000000000000000000000000000000000}", ERR_FIELD_INVALID,
         "big");
    json("{\"code\":\"x\",\"big\":1e999}", ERR_FIELD_INVALID, "big");
    json("{\"code\":\"x\",\"xxsy\":{\"a\":[0,18446744073709551615]}}", ERR_FIELD_INVALID,
         "xxsy.a[1]");
    json("{\"code\":\"x\",\"xxsy\":{\"a\":9007199254740991,\"b\":-9007199254740991}}", ERR_OK,
         NULL);
    json("{\"code\":\"x\",\"xxsy\":{\"a\":9007199254740992}}", ERR_FIELD_INVALID, "xxsy.a");
    json("{\"code\":\"x\",\"xxsy\":{\"a\":{\"b\":-9007199254740992}}}", ERR_FIELD_INVALID,
         "xxsy.a.b");
    json("{\"code\":\"x\",\"xxsy\":{\"a\":1.5}}", ERR_FIELD_INVALID, "xxsy.a");
    json("{\"code\":\"x\",\"xxsy\":{\"a\":1e3}}", ERR_FIELD_INVALID, "xxsy.a");
}

/* `n` containers in all: the outermost object, xxsy, and arrays or objects within. */
static const char *nested(size_t n, bool objects, const char *inside)
{
    struct buf b;
    buf_init(&b, pool);
    buf_puts(&b, "{\"code\":\"x\",\"xxsy\":{\"a\":");
    for (size_t i = 2; i < n; i++)
        buf_puts(&b, objects ? "{\"a\":" : "[");
    buf_puts(&b, inside);
    for (size_t i = 2; i < n; i++)
        buf_putc(&b, objects ? '}' : ']');
    buf_puts(&b, "}}");
    return b.data;
}

static void counts_levels(void **state)
{
    char *deep = malloc(60000);
    (void)state;
    json(nested(16, true, "1"), ERR_OK, NULL);
    json(nested(16, false, "\"t\""), ERR_OK, NULL);
    json(nested(17, true, "1"), ERR_MALFORMED, NULL);
    json(nested(17, false, ""), ERR_MALFORMED, NULL);
    json(nested(16, false, "[]"), ERR_MALFORMED, NULL);
    json(nested(16, false, "{}"), ERR_MALFORMED, NULL);
    assert_non_null(deep);
    memset(deep, '[', 60000);
    expect_len(WIRE_JSON, deep, 60000, ERR_MALFORMED, NULL);
    for (size_t i = 0; i + 5 <= 60000; i += 5)
        memcpy(deep + i, "{\"a\":", 5);
    expect_len(WIRE_JSON, deep, 60000, ERR_MALFORMED, NULL);
    memset(deep, ']', 60000);
    expect_len(WIRE_JSON, deep, 60000, ERR_MALFORMED, NULL);
    free(deep);
}

static void bounds_the_size(void **state)
{
    static char body[WIRE_BODY_MAX + 1];
    (void)state;
    memset(body, ' ', sizeof body);
    memcpy(body, "{\"code\":\"x\"}", 12);
    expect_len(WIRE_JSON, body, WIRE_BODY_MAX, ERR_OK, NULL);
    expect_len(WIRE_JSON, body, WIRE_BODY_MAX + 1, ERR_TOO_LARGE, NULL);
}

/* An object of as many members as fit must not take its square in time. */
static void many_members(void **state)
{
    struct buf b;
    (void)state;
    buf_init(&b, pool);
    buf_puts(&b, "{\"code\":\"x\",\"xxsy\":{");
    for (int i = 0; i < 6000; i++)
        buf_printf(&b, "%s\"%x\":1", i > 0 ? "," : "", i);
    buf_puts(&b, ",\"0\":2}}");
    json(b.data, ERR_FIELD_UNKNOWN, "xxsy.0");
}

static void shows_little_of_a_name(void **state)
{
    char body[512], want[128];
    (void)state;
    json("{\"code\":\"x\",\"a\\nb\":1}", ERR_FIELD_UNKNOWN, "a?b");
    memset(want, 0, sizeof want);
    memset(want, 'n', 64);
    (void)snprintf(body, sizeof body, "{\"code\":\"x\",\"%snn\":1}", want);
    strcat(want, "\xe2\x80\xa6");
    json(body, ERR_FIELD_UNKNOWN, want);
}

static enum err parse(const char *text, struct json_object **value_r, struct wire_fault *fault)
{
    return wire_parse_json(pool, text, strlen(text), value_r, fault);
}

static void parses_values_of_any_kind(void **state)
{
    struct json_object *v;
    struct wire_fault fault;
    (void)state;
    assert_int_equal(parse("12", &v, &fault), ERR_OK);
    assert_int_equal(json_object_get_int(v), 12);
    assert_int_equal(parse("null", &v, &fault), ERR_OK);
    assert_null(v);
    assert_int_equal(parse(" [1.5,\"a\"] ", &v, &fault), ERR_OK);
    assert_int_equal(json_object_array_length(v), 2);
    assert_int_equal(parse("{\"a\":{\"b\":1,\"b\":1}}", &v, &fault), ERR_FIELD_UNKNOWN);
    assert_null(v);
    assert_string_equal(fault.path, "a.b");
    assert_int_equal(parse("[1e999]", &v, NULL), ERR_MALFORMED);
    assert_int_equal(parse("[9223372036854775808]", &v, NULL), ERR_MALFORMED);
    assert_int_equal(parse("[\"\\u0000\"]", &v, NULL), ERR_MALFORMED);
    assert_int_equal(parse("1 2", &v, NULL), ERR_MALFORMED);
    assert_int_equal(parse("-", &v, NULL), ERR_MALFORMED);
    assert_int_equal(parse("", &v, NULL), ERR_MALFORMED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(reads_every_type),
        TEST(absent_is_zero),
        TEST(refuses_every_prefix),
        TEST(refuses_what_is_no_json),
        TEST(refuses_what_is_no_utf8),
        TEST(refuses_nul_and_half_characters),
        TEST(refuses_duplicates),
        TEST(refuses_numbers_too_large),
        TEST(counts_levels),
        TEST(bounds_the_size),
        TEST(many_members),
        TEST(shows_little_of_a_name),
        TEST(parses_values_of_any_kind),
    };
    wire_init();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
