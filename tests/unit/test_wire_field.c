/* Rows: types, bounds, checks, the order of errors, in both forms; structs written back. */
#include "tests/unit/wire_check.h"

/* The same one member in both forms; `xml` NULL: not told in XML. */
static void member(const char *json, const char *xml, enum err want, const char *path)
{
    expect(WIRE_JSON, pool_printf(pool, "{\"code\":\"x\",%s}", json), want, path);
    if (xml != NULL)
        expect(WIRE_XML, pool_printf(pool, "<request><code>x</code>%s</request>", xml), want, path);
}

#define INVALID(json, xml, path) member(json, xml, ERR_FIELD_INVALID, path)
#define GOOD(json, xml)          member(json, xml, ERR_OK, NULL)

#define ZHANG "\xe5\xbc\xa0"     /* 3 bytes, 1 code point */
#define SMILE "\xf0\x9f\x98\x80" /* 4 bytes, 1 code point */

static void strings(void **state)
{
    (void)state;
    GOOD("\"note\":\"\"", "<note/>");
    GOOD("\"note\":\"12345\"", "<note>12345</note>");
    GOOD("\"note\":\"" ZHANG ZHANG ZHANG SMILE SMILE "\"",
         "<note>" ZHANG ZHANG ZHANG SMILE SMILE "</note>");
    INVALID("\"note\":\"123456\"", "<note>123456</note>", "note");
    INVALID("\"note\":\"" ZHANG ZHANG ZHANG ZHANG ZHANG ZHANG "\"",
            "<note>" ZHANG ZHANG ZHANG ZHANG ZHANG ZHANG "</note>", "note");
    INVALID("\"note\":null", NULL, "note");
    INVALID("\"note\":1", NULL, "note");
    INVALID("\"note\":true", NULL, "note");
    INVALID("\"note\":[\"a\"]", "<note><item>a</item></note>", "note");
    INVALID("\"note\":{\"a\":\"b\"}", "<note><a>b</a></note>", "note");
    INVALID("\"note\":{}", NULL, "note");
}

static void control_characters(void **state)
{
    (void)state;
    INVALID("\"note\":\"a\\n\"", "<note>a\n</note>", "note");
    INVALID("\"note\":\"\\t\"", "<note>\t</note>", "note");
    INVALID("\"note\":\"\\r\"", "<note>&#13;</note>", "note");
    INVALID("\"note\":\"\\u001b\"", NULL, "note");
    INVALID("\"note\":\"\\u0001\"", NULL, "note");
    INVALID("\"note\":\"\\b\"", NULL, "note");
    INVALID("\"xxlb\":[\"a\",\"b\\n\"]", "<xxlb><item>a</item><item>b\n</item></xxlb>", "xxlb[1]");
    INVALID("\"xxsy\":{\"a\":[\"\\n\"]}", "<xxsy><a><item>\n</item></a></xxsy>", "xxsy.a[0]");
    INVALID("\"xxsy\":{\"a\\n\":1}", NULL, "xxsy.a?");
    /* Only a row that says so lets TAB, CR and LF through. */
    expect(WIRE_JSON, "{\"code\":\"\\tABC\\r\\n\"}", ERR_OK, NULL);
    expect(WIRE_JSON, "{\"code\":\"ABC\\f\"}", ERR_FIELD_INVALID, "code");
    expect(WIRE_JSON, "{\"code\":\"\\u001f\"}", ERR_FIELD_INVALID, "code");
    expect(WIRE_XML, "<request><code>\tABC&#13;\n</code></request>", ERR_OK, NULL);
}

/* A name that would look like another, or turn what stands beside it. */
static void text_not_fit_to_be_shown(void **state)
{
    static const char *const bad[] = {
        "\x7f",             /* DEL */
        "\xc2\x80",         /* C1 */
        "\xc2\x9b",         /* CSI */
        "\xc2\xad",         /* soft hyphen */
        "\xd8\x9c",         /* Arabic letter mark */
        "\xe2\x80\x8b",     /* zero width space */
        "\xe2\x80\x8d",     /* zero width joiner */
        "\xe2\x80\x8f",     /* right-to-left mark */
        "\xe2\x80\xae",     /* right-to-left override */
        "\xe2\x81\xa6",     /* left-to-right isolate */
        "\xe2\x80\xa8",     /* line separator */
        "\xee\x80\x80",     /* private use */
        "\xef\xbb\xbf",     /* byte order mark */
        "\xef\xbf\xbe",     /* U+FFFE, no character */
        "\xf3\xa0\x80\x81", /* tag */
        "\xf3\xb0\x80\x80", /* private use, plane 15 */
        "\xf4\x8f\xbf\xbd", /* private use, plane 16 */
    };
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        const char *json = pool_printf(pool, "{\"code\":\"x\",\"note\":\"a%sb\"}", bad[i]);
        expect(WIRE_JSON, json, ERR_FIELD_INVALID, "note");
        json = pool_printf(pool, "{\"code\":\"%s\"}", bad[i]);
        expect(WIRE_JSON, json, ERR_FIELD_INVALID, "code");
        json = pool_printf(pool, "{\"code\":\"x\",\"subject\":{\"name\":\"%s\"}}", bad[i]);
        expect(WIRE_JSON, json, ERR_FIELD_INVALID, "subject.name");
        json = pool_printf(pool, "{\"code\":\"x\",\"xxsy\":{\"a\":\"%s\"}}", bad[i]);
        expect(WIRE_JSON, json, ERR_OK, NULL);
    }
    /* a variation selector behind an ideograph is part of a name, anywhere else it hides */
    GOOD("\"note\":\"\xe8\x91\x9b\xf3\xa0\x84\x80\"", "<note>\xe8\x91\x9b\xf3\xa0\x84\x80</note>");
    GOOD("\"note\":\"\xe4\xb8\xad\xef\xb8\x80\"", NULL);
    INVALID("\"note\":\"a\xf3\xa0\x84\x80\"", NULL, "note");
    INVALID("\"note\":\"\xf3\xa0\x84\x80\"", NULL, "note");
    INVALID("\"note\":\"\xe8\x91\x9b\xf3\xa0\x84\x80\xf3\xa0\x84\x80\"", NULL, "note");
    INVALID("\"note\":\"\\u202e\"", "<note>&#x202e;</note>", "note");
    GOOD("\"note\":\"\xf0\xa0\x80\x80\"",
         "<note>\xf0\xa0\x80\x80</note>"); /* an ideograph of plane 2 */
    GOOD("\"note\":\"\xc2\xb7\xe3\x80\x80\"", "<note>\xc2\xb7\xe3\x80\x80</note>");
}

static void integers(void **state)
{
    (void)state;
    GOOD("\"count\":0", "<count>0</count>");
    GOOD("\"count\":-5", "<count>-5</count>");
    GOOD("\"count\":100", "<count>100</count>");
    INVALID("\"count\":-6", "<count>-6</count>", "count");
    INVALID("\"count\":101", "<count>101</count>", "count");
    INVALID("\"count\":1.0", "<count>1.0</count>", "count");
    INVALID("\"count\":1e1", "<count>1e1</count>", "count");
    INVALID("\"count\":\"1\"", NULL, "count");
    INVALID("\"count\":true", "<count>true</count>", "count");
    INVALID("\"count\":null", "<count/>", "count");
    INVALID("\"count\":[1]", "<count><item>1</item></count>", "count");
    INVALID("\"count\":{}", NULL, "count");
    INVALID("\"big\":9223372036854775808", "<big>9223372036854775808</big>", "big");
    INVALID("\"big\":-9223372036854775809", "<big>-9223372036854775809</big>", "big");
}

static void booleans(void **state)
{
    (void)state;
    GOOD("\"flag\":true", "<flag>true</flag>");
    GOOD("\"flag\":false", "<flag>false</flag>");
    INVALID("\"flag\":1", "<flag>1</flag>", "flag");
    INVALID("\"flag\":\"true\"", "<flag>True</flag>", "flag");
    INVALID("\"flag\":null", "<flag/>", "flag");
    INVALID("\"flag\":[true]", "<flag><item>true</item></flag>", "flag");
}

static void objects(void **state)
{
    (void)state;
    GOOD("\"subject\":{\"name\":\"a\"}", "<subject><name>a</name></subject>");
    member("\"subject\":{}", "<subject/>", ERR_FIELD_MISSING, "subject.name");
    member("\"subject\":{\"id_no\":\"1\"}", "<subject><id_no>1</id_no></subject>",
           ERR_FIELD_MISSING, "subject.name");
    INVALID("\"subject\":{\"name\":\"\"}", "<subject><name/></subject>", "subject.name");
    INVALID("\"subject\":{\"name\":\"abcde\"}", "<subject><name>abcde</name></subject>",
            "subject.name");
    INVALID("\"subject\":{\"name\":\"a\",\"id_no\":\"1a\"}",
            "<subject><name>a</name><id_no>1a</id_no></subject>", "subject.id_no");
    INVALID("\"subject\":{\"name\":\"a\",\"tags\":[\"abcde\"]}",
            "<subject><name>a</name><tags><item>abcde</item></tags></subject>", "subject.tags[0]");
    INVALID("\"subject\":null", NULL, "subject");
    INVALID("\"subject\":[]", NULL, "subject");
    INVALID("\"subject\":\"a\"", "<subject>a</subject>", "subject");
    member("\"subject\":{\"name\":\"a\",\"x\":1}", "<subject><name>a</name><x>1</x></subject>",
           ERR_FIELD_UNKNOWN, "subject.x");
}

static void lists_of_strings(void **state)
{
    (void)state;
    GOOD("\"xxlb\":[]", "<xxlb/>");
    GOOD("\"xxlb\":[\"a\",\"b\",\"12345678\"]",
         "<xxlb><item>a</item><item>b</item><item>12345678</item></xxlb>");
    INVALID("\"xxlb\":[\"a\",\"b\",\"c\",\"d\"]",
            "<xxlb><item>a</item><item>b</item><item>c</item><item>d</item></xxlb>", "xxlb");
    INVALID("\"xxlb\":[\"123456789\"]", "<xxlb><item>123456789</item></xxlb>", "xxlb[0]");
    INVALID("\"xxlb\":[\"a\",\"b\",\"!\"]",
            "<xxlb><item>a</item><item>b</item><item>!</item></xxlb>", "xxlb[2]");
    INVALID("\"xxlb\":[\"a\",1]", NULL, "xxlb[1]");
    INVALID("\"xxlb\":[null]", NULL, "xxlb[0]");
    INVALID("\"xxlb\":[[]]", NULL, "xxlb[0]");
    INVALID("\"xxlb\":{}", NULL, "xxlb");
    INVALID("\"xxlb\":\"a\"", "<xxlb>a</xxlb>", "xxlb");
    INVALID("\"xxlb\":null", NULL, "xxlb");
}

static void lists_of_objects(void **state)
{
    (void)state;
    GOOD("\"people\":[{\"name\":\"a\"}]", "<people><item><name>a</name></item></people>");
    INVALID("\"people\":[]", "<people/>", "people");
    INVALID("\"people\":[{\"name\":\"a\"},{\"name\":\"a\"},{\"name\":\"a\"}]",
            "<people><item><name>a</name></item><item><name>a</name></item><item><name>a</name></"
            "item></people>",
            "people");
    member("\"people\":[{\"name\":\"a\"},{}]",
           "<people><item><name>a</name></item><item/></people>", ERR_FIELD_MISSING,
           "people[1].name");
    INVALID("\"people\":[{\"name\":\"a\"},\"b\"]",
            "<people><item><name>a</name></item><item>b</item></people>", "people[1]");
    INVALID("\"people\":[null]", NULL, "people[0]");
    INVALID("\"people\":{\"name\":\"a\"}", NULL, "people");
    member("\"people\":[{\"name\":\"a\",\"x\":1}]",
           "<people><item><name>a</name><x>1</x></item></people>", ERR_FIELD_UNKNOWN,
           "people[0].x");
}

static void free_objects(void **state)
{
    (void)state;
    GOOD("\"xxsy\":{}", "<xxsy/>");
    GOOD("\"xxsy\":{\"a\":\"1\",\"b\":[],\"c\":{\"d\":null}}",
         "<xxsy><a>1</a><b/><c><d/></c></xxsy>");
    INVALID("\"xxsy\":{\"a\":1,\"b\":1,\"c\":1,\"d\":1}", "<xxsy><a/><b/><c/><d/></xxsy>", "xxsy");
    INVALID("\"xxsy\":[]", NULL, "xxsy");
    INVALID("\"xxsy\":null", NULL, "xxsy");
    INVALID("\"xxsy\":\"a\"", "<xxsy>a</xxsy>", "xxsy");
}

struct either {
    const char *left, *right;
};

static void exactly_one_of(void **state)
{
    static const struct field rows[] = {
        {.name = "left", .type = FIELD_STRING, .max = 9, .offset = offsetof(struct either, left)},
        {.name = "right", .type = FIELD_STRING, .max = 9, .offset = offsetof(struct either, right)},
    };
    static const char *const names[] = {"left", "right", NULL};
    static const struct fields table = {
        .name = "Either", .rows = rows, .n = 2, .size = sizeof(struct either), .one_of = names};
    static const struct {
        const char *body;
        enum err want;
        const char *path;
    } cases[] = {
        {"{\"left\":\"a\"}", ERR_OK, NULL},
        {"{\"right\":\"\"}", ERR_OK, NULL},
        {"{}", ERR_FIELD_MISSING, "left"},
        {"{\"left\":\"a\",\"right\":\"b\"}", ERR_FIELD_INVALID, "left"},
        {"{\"left\":1,\"right\":\"b\"}", ERR_FIELD_INVALID, "left"},
        {"{\"middle\":\"a\"}", ERR_FIELD_UNKNOWN, "middle"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct either out;
        struct wire_fault fault = {NULL};
        const char *body = cases[i].body;
        assert_int_equal(wire_decode(pool, WIRE_JSON, body, strlen(body), &table, &out, &fault),
                         cases[i].want);
        assert_true((cases[i].path == NULL) == (fault.path == NULL));
        if (cases[i].path != NULL)
            assert_string_equal(fault.path, cases[i].path);
    }
}

static void order_of_errors(void **state)
{
    (void)state;
    /* unknown before missing and invalid, wherever it stands */
    expect(WIRE_JSON, "{\"note\":1,\"bogus\":1}", ERR_FIELD_UNKNOWN, "bogus");
    expect(WIRE_JSON, "{\"note\":1,\"people\":[{\"name\":1},{\"bogus\":1}]}", ERR_FIELD_UNKNOWN,
           "people[1].bogus");
    expect(WIRE_XML, "<request><count>x</count><subject><a/></subject></request>",
           ERR_FIELD_UNKNOWN, "subject.a");
    /* the first unknown of the document */
    expect(WIRE_JSON, "{\"subject\":{\"b\":1},\"a\":1}", ERR_FIELD_UNKNOWN, "subject.b");
    /* then rows as the table has them */
    expect(WIRE_JSON, "{\"count\":\"x\"}", ERR_FIELD_MISSING, "code");
    expect(WIRE_JSON, "{\"count\":\"x\",\"code\":\"\"}", ERR_FIELD_INVALID, "code");
    expect(WIRE_JSON, "{\"count\":\"x\",\"note\":1,\"code\":\"x\"}", ERR_FIELD_INVALID, "note");
    expect(WIRE_JSON, "{}", ERR_FIELD_MISSING, "code");
    expect(WIRE_XML, "<request/>", ERR_FIELD_MISSING, "code");
    /* names are exact */
    expect(WIRE_JSON, "{\"Code\":\"x\"}", ERR_FIELD_UNKNOWN, "Code");
    expect(WIRE_JSON, "{\"code \":\"x\"}", ERR_FIELD_UNKNOWN, "code ");
    expect(WIRE_JSON, "{\"\":\"x\"}", ERR_FIELD_UNKNOWN, "");
}

static void fault_may_be_null(void **state)
{
    struct sample s;
    (void)state;
    assert_int_equal(wire_decode(pool, WIRE_JSON, "{}", 2, &sample_fields, &s, NULL),
                     ERR_FIELD_MISSING);
    assert_int_equal(
        wire_decode(pool, WIRE_JSON, "{\"a\":1,\"a\":1}", 13, &sample_fields, &s, NULL),
        ERR_FIELD_UNKNOWN);
}

static void writes_what_is_there(void **state)
{
    const char *tags[] = {"t", "u"};
    struct sample_person people[2] = {{.name = "a", .tags = {.v = tags, .n = 2}},
                                      {.name = "b", .id_no = "7"}};
    struct json_object *xxsy = json_object_new_object();
    struct sample s = {
        .code = "x\"",
        .count = {.set = true, .v = 0},
        .flag = FIELD_FALSE,
        .subject = &people[1],
        .xxlb = {.v = tags, .n = 0},
        .people = {.v = people, .n = 2},
        .xxsy = xxsy,
    };
    (void)state;
    json_object_object_add(xxsy, "k", json_object_new_int(1));
    assert_string_equal(as_json(&s), "{\"code\":\"x\\\"\",\"count\":0,\"flag\":false,\"subject\":{"
                                     "\"name\":\"b\",\"id_no\":\"7\"},\"xxlb\":[],"
                                     "\"people\":[{\"name\":\"a\",\"tags\":[\"t\",\"u\"]},{"
                                     "\"name\":\"b\",\"id_no\":\"7\"}],\"xxsy\":{\"k\":1}}");
    s = (struct sample){0};
    assert_string_equal(as_json(&s), "{}");
    pool_reset(pool);
    assert_int_equal(json_object_put(xxsy),
                     1); /* the reference that as_json took went with the pool */
}

static void checks(void **state)
{
    static const char hex[] = "0123456789abcdef0123456789abcdef";
    char text[160];
    (void)state;
    assert_true(field_is_digits("0"));
    assert_false(field_is_digits(""));
    assert_false(field_is_digits("1 "));
    assert_false(field_is_digits("\xef\xbc\x91"));
    assert_true(field_is_hex32(hex));
    assert_false(field_is_hex32(hex + 1));
    assert_false(field_is_hex32("0123456789ABCDEF0123456789abcdef"));
    assert_false(field_is_hex32("0123456789abcdef0123456789abcdef0"));
    assert_false(field_is_hex32("g123456789abcdef0123456789abcdef"));
    assert_true(field_is_nonce("abcDEF-_01234567"));
    assert_false(field_is_nonce("abcDEF-_0123456"));
    assert_false(field_is_nonce("abcDEF-_0123456+"));
    memset(text, 'n', sizeof text);
    text[64] = '\0';
    assert_true(field_is_nonce(text));
    text[64] = 'n';
    text[65] = '\0';
    assert_false(field_is_nonce(text));
    assert_true(field_is_app_id("A.0_-1"));
    assert_false(field_is_app_id(""));
    assert_false(field_is_app_id("a b"));
    text[32] = '\0';
    assert_true(field_is_app_id(text));
    assert_false(field_is_app_id("123456789012345678901234567890123"));
    assert_true(field_is_class("a:b.c_d-9"));
    assert_false(field_is_class(""));
    assert_false(field_is_class("a/b"));
    text[32] = text[64] = text[65] = 'n';
    text[128] = '\0';
    assert_true(field_is_class(text));
    text[128] = 'n';
    text[129] = '\0';
    assert_false(field_is_class(text));
    assert_true(field_is_printable(" a "));
    assert_true(field_is_printable(ZHANG));
    assert_false(field_is_printable(""));
    assert_false(field_is_printable("  \t"));
    assert_false(field_is_printable("\xe3\x80\x80"));         /* ideographic space */
    assert_false(field_is_printable("\xe2\x80\x8b\xc2\xa0")); /* zero width, no-break */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(strings),
        TEST(control_characters),
        TEST(text_not_fit_to_be_shown),
        TEST(integers),
        TEST(booleans),
        TEST(objects),
        TEST(lists_of_strings),
        TEST(lists_of_objects),
        TEST(free_objects),
        TEST(exactly_one_of),
        TEST(order_of_errors),
        TEST(fault_may_be_null),
        TEST(writes_what_is_there),
        TEST(checks),
    };
    wire_init();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
