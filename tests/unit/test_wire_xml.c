/* Reading XML: what is no XML, what XML allows and the wire does not (interface 2), and that a
 * request in XML is the same as in JSON. */
#include <unistd.h>

#include "tests/unit/wire_check.h"

#define REQ(x) "<request>" x "</request>"

static const char whole[] =
    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<request>\n  "
    "<code>A&amp;B</code><note>&#20320;&#x1F600;</note>"
    "<count>-5</count><big>9223372036854775807</big><flag>true</flag>"
    "<subject><name>\xe5\xbc\xa0\xe4\xb8\x89</name><id_no>110</id_no><tags/></subject>"
    "<xxlb><item>a.b</item><!-- a comment -->\n<item>c</item></xxlb>"
    "<people><item><name>x</name></item><item><name>y</name><tags><item>t</item></tags></item></"
    "people>"
    "<xxsy><a><item>1</item><item><b/></item></a><c><![CDATA[<d>]]></c></xxsy></request>";

static const char same_in_json[] = "{\"code\":\"A&B\",\"note\":\"\xe4\xbd\xa0\xf0\x9f\x98\x80\","
                                   "\"count\":-5,\"big\":9223372036854775807,\"flag\":true,"
                                   "\"subject\":{\"name\":\"\xe5\xbc\xa0\xe4\xb8\x89\",\"id_no\":"
                                   "\"110\",\"tags\":[]},\"xxlb\":[\"a.b\",\"c\"],"
                                   "\"people\":[{\"name\":\"x\"},{\"name\":\"y\",\"tags\":[\"t\"]}]"
                                   ",\"xxsy\":{\"a\":[\"1\",{\"b\":\"\"}],\"c\":\"<d>\"}}";

static void xml(const char *body, enum err want, const char *path)
{
    expect(WIRE_XML, body, want, path);
}

static void same(const char *x, const char *j)
{
    struct sample a, b;
    const char *path;
    assert_int_equal(decode(WIRE_XML, x, strlen(x), &a, &path), ERR_OK);
    assert_int_equal(decode(WIRE_JSON, j, strlen(j), &b, &path), ERR_OK);
    assert_string_equal(as_json(&a), as_json(&b));
}

static void is_as_good_as_json(void **state)
{
    (void)state;
    same(whole, same_in_json);
    same(REQ("<code>x</code>"), "{\"code\":\"x\"}");
    same(REQ("<code>x</code><note/>"), "{\"code\":\"x\",\"note\":\"\"}");
    same(REQ("<code>x</code><note></note>"), "{\"code\":\"x\",\"note\":\"\"}");
    same(REQ("<code>x</code><note>  </note>"), "{\"code\":\"x\",\"note\":\"  \"}");
    same(REQ("<code>x</code><note> a </note>"), "{\"code\":\"x\",\"note\":\" a \"}");
    same(REQ("<code>x</code><note>a<!-- -->b</note>"), "{\"code\":\"x\",\"note\":\"ab\"}");
    same(REQ("<code>x</code><xxlb/>"), "{\"code\":\"x\",\"xxlb\":[]}");
    same(REQ("<code>x</code><xxlb>\n</xxlb>"), "{\"code\":\"x\",\"xxlb\":[]}");
    same(REQ("<code>x</code><xxsy/>"), "{\"code\":\"x\",\"xxsy\":{}}");
    same(REQ("<code>x</code><xxsy><item>a</item></xxsy>"),
         "{\"code\":\"x\",\"xxsy\":{\"item\":\"a\"}}");
    same(REQ("<code>x</code><xxsy><k><item>a</item><other/></k></xxsy>"),
         "{\"code\":\"x\",\"xxsy\":{\"k\":{\"item\":\"a\",\"other\":\"\"}}}");
    same(REQ("<code>x</code><xxsy><n>12</n><t>true</t></xxsy>"),
         "{\"code\":\"x\",\"xxsy\":{\"n\":\"12\",\"t\":\"true\"}}");
    same(REQ("<code>x</code><count>0</count><flag>false</flag>"),
         "{\"code\":\"x\",\"count\":0,\"flag\":false}");
    same("\xef\xbb\xbf<?xml version='1.0' encoding='utf-8' "
         "standalone='yes'?><request><code>x</code></request>\n<!-- end -->",
         "{\"code\":\"x\"}");
    /* A line end within a text is LF, whatever it was; a character reference keeps CR. */
    same(REQ("<code>ABC\r\n</code>"), "{\"code\":\"ABC\\n\"}");
    same(REQ("<code>\tABC&#13;&#10;</code>"), "{\"code\":\"\\tABC\\r\\n\"}");
}

static void refuses_every_prefix(void **state)
{
    (void)state;
    for (size_t len = 0; len < sizeof whole - 1; len++)
        expect_len(WIRE_XML, whole, len, ERR_MALFORMED, NULL);
}

static void refuses_what_is_no_request(void **state)
{
    static const char *const bodies[] = {
        "",
        " ",
        "x",
        "{\"code\":\"x\"}",
        "<request/",
        "<request><code>x</request>",
        "<request><code>x</code>",
        "<requests><code>x</code></requests>",
        "<Request><code>x</code></Request>",
        "<code>x</code>",
        "<process_response><code>x</code></process_response>",
        REQ("<code>x</code>") REQ(""),
        REQ("<code>x</code>") "x",
        "x" REQ("<code>x</code>"),
        REQ("<code>x</code"),
        REQ("<code>x</Code>"),
        REQ("<1code>x</1code>"),
        REQ("<code>x</code>text"),
        REQ("text<code>x</code>"),
        "<request>text</request>",
        REQ("&#32;x<code>x</code>"),
        REQ("<code>x<b>y</b></code>"),
        REQ("<code>x</code><subject>a<name>b</name></subject>"),
        REQ("<code>x</code><xxlb><item>a</item>,<item>b</item></xxlb>"),
        REQ("<code>x</code><xxsy><a>b<c/></a></xxsy>"),
        REQ("<code>x</code><![CDATA[x]]>"),
        REQ("<code>a & b</code>"),
        REQ("<code>a < b</code>"),
        REQ("<code>]]></code>"),
        REQ("<code>&undefined;</code>"),
        REQ("<code>&nbsp;</code>"),
        REQ("<code>&#0;</code>"),
        REQ("<code>&#1;</code>"),
        REQ("<code>&#xD800;</code>"),
        REQ("<code>&#xFFFE;</code>"),
        REQ("<code>&#x110000;</code>"),
        REQ("<code>&#99999999999;</code>"),
        REQ("<code>&#;</code>"),
        REQ("<code>\x01</code>"),
        REQ("<code>\x1b</code>"),
        REQ("<code>\xef\xbf\xbe</code>"),
        REQ("<code a=1>x</code>"),
        REQ("<code a='1' a='2'>x</code>"),
        REQ("<p:code>x</p:code>"),
        REQ("<code>x</code><!-- a -- b -->"),
    };
    (void)state;
    for (size_t i = 0; i < sizeof bodies / sizeof bodies[0]; i++)
        xml(bodies[i], ERR_MALFORMED, NULL);
    expect_len(WIRE_XML, "<request><code>a\0b</code></request>", 35, ERR_MALFORMED, NULL);
    expect_len(WIRE_XML, "<request><code>ab</code></request>\0", 35, ERR_MALFORMED, NULL);
}

static void refuses_dtd_entities_and_instructions(void **state)
{
    static const char *const bodies[] = {
        "<!DOCTYPE request><request><code>x</code></request>",
        "<!DOCTYPE request []><request><code>x</code></request>",
        "<!DOCTYPE request SYSTEM \"http://127.0.0.1:1/x.dtd\"><request><code>x</code></request>",
        "<!DOCTYPE request SYSTEM \"file:///etc/passwd\"><request><code>x</code></request>",
        "<!DOCTYPE request PUBLIC \"a\" \"b\"><request><code>x</code></request>",
        "<!DOCTYPE request [<!ELEMENT request ANY>]><request><code>x</code></request>",
        "<!DOCTYPE request [<!ENTITY e \"x\">]><request><code>&e;</code></request>",
        "<!DOCTYPE request [<!ENTITY e SYSTEM "
        "\"file:///etc/passwd\">]><request><code>&e;</code></request>",
        "<!DOCTYPE request [<!ENTITY % e SYSTEM \"file:///etc/passwd\"> "
        "%e;]><request><code>x</code></request>",
        "<!DOCTYPE request [<!ATTLIST request a CDATA \"x\">]><request><code>x</code></request>",
        "<?xml version=\"1.0\"?><!DOCTYPE l [<!ENTITY a \"aaaaaaaaaa\"><!ENTITY b "
        "\"&a;&a;&a;&a;&a;&a;&a;&a;\">"
        "<!ENTITY c \"&b;&b;&b;&b;&b;&b;&b;&b;\"><!ENTITY d \"&c;&c;&c;&c;&c;&c;&c;&c;\"><!ENTITY "
        "e \"&d;&d;&d;&d;&d;&d;\">"
        "<!ENTITY f \"&e;&e;&e;&e;&e;&e;\">]><request><code>&f;</code></request>",
        "<?xml-stylesheet href=\"x\"?><request><code>x</code></request>",
        REQ("<?php x ?><code>x</code>"),
        REQ("<code>x<?a?></code>"),
        REQ("<code>x</code>") "<?a?>",
        "<?xml version=\"1.0\"?><?xml version=\"1.0\"?><request><code>x</code></request>",
        " <?xml version=\"1.0\"?><request><code>x</code></request>",
        REQ("<code>x</code><!ENTITY e \"x\">"),
        REQ("<!DOCTYPE a><code>x</code>"),
    };
    (void)state;
    for (size_t i = 0; i < sizeof bodies / sizeof bodies[0]; i++)
        xml(bodies[i], ERR_MALFORMED, NULL);
}

static void refuses_other_encodings(void **state)
{
    static const char *const names[] = {"GBK",    "GB18030", "ISO-8859-1", "US-ASCII",
                                        "UTF-16", "UTF-7",   "unknown",    "UTF-8 "};
    char body[128];
    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        (void)snprintf(body, sizeof body,
                       "<?xml version=\"1.0\" encoding=\"%s\"?><request><code>x</code></request>",
                       names[i]);
        xml(body, ERR_MALFORMED, NULL);
    }
    xml(REQ("<code>\xd6\xd0\xce\xc4</code>"), ERR_MALFORMED, NULL);
    xml(REQ("<code>\xff</code>"), ERR_MALFORMED, NULL);
    xml(REQ("<code>\xed\xa0\x80</code>"), ERR_MALFORMED, NULL);
    expect_len(WIRE_XML, "\xff\xfe<\0r\0/\0>\0", 10, ERR_MALFORMED, NULL);
}

static void refuses_attributes_and_namespaces(void **state)
{
    (void)state;
    xml("<request a=\"1\"><code>x</code></request>", ERR_FIELD_UNKNOWN, "request");
    xml("<request xmlns=\"urn:x\"><code>x</code></request>", ERR_FIELD_UNKNOWN, "request");
    xml("<request xmlns:x=\"urn:x\"><code>x</code></request>", ERR_FIELD_UNKNOWN, "request");
    xml("<x:request xmlns:x=\"urn:x\"><code>x</code></x:request>", ERR_FIELD_UNKNOWN, "request");
    xml(REQ("<code a=\"1\">x</code>"), ERR_FIELD_UNKNOWN, "code");
    xml(REQ("<code xml:space=\"preserve\">x</code>"), ERR_FIELD_UNKNOWN, "code");
    xml(REQ("<xml:code>x</xml:code>"), ERR_FIELD_UNKNOWN, "code");
    xml(REQ("<code>x</code><xxlb><item>a</item><item b=\"\">c</item></xxlb>"), ERR_FIELD_UNKNOWN,
        "xxlb[1]");
    xml(REQ("<code>x</code><people><item><name q=\"\">c</name></item></people>"), ERR_FIELD_UNKNOWN,
        "people[0].name");
    xml(REQ("<code>x</code><xxsy><a><b c=\"\"/></a></xxsy>"), ERR_FIELD_UNKNOWN, "xxsy.a.b");
    xml(REQ("<code>x</code><note a=\"1\">"), ERR_MALFORMED, NULL);
}

static void refuses_duplicates(void **state)
{
    (void)state;
    xml(REQ("<code>x</code><code>x</code>"), ERR_FIELD_UNKNOWN, "code");
    xml(REQ("<code>x</code><subject><name>a</name><name>b</name></subject>"), ERR_FIELD_UNKNOWN,
        "subject.name");
    xml(REQ("<code>x</code><people><item><name>a</name></item><item><name>a</name><name/></item></"
            "people>"),
        ERR_FIELD_UNKNOWN, "people[1].name");
    xml(REQ("<code>x</code><xxlb><item>a</item></xxlb><xxlb><item>b</item></xxlb>"),
        ERR_FIELD_UNKNOWN, "xxlb");
    xml(REQ("<code>x</code><xxsy><a/><b/><a/></xxsy>"), ERR_FIELD_UNKNOWN, "xxsy.a");
    xml(REQ("<code>x</code><xxsy><k><item/><b/><item/></k></xxsy>"), ERR_FIELD_UNKNOWN,
        "xxsy.k.item");
}

static void lists_have_items(void **state)
{
    (void)state;
    xml(REQ("<code>x</code><xxlb>a</xxlb>"), ERR_FIELD_INVALID, "xxlb");
    xml(REQ("<code>x</code><xxlb><class>a</class></xxlb>"), ERR_FIELD_UNKNOWN, "xxlb.class");
    xml(REQ("<code>x</code><xxlb><item>a</item><other>a</other></xxlb>"), ERR_FIELD_UNKNOWN,
        "xxlb.other");
    xml(REQ("<code>x</code><xxlb><item><item>a</item></item></xxlb>"), ERR_FIELD_INVALID,
        "xxlb[0]");
    xml(REQ("<code>x</code><xxlb><item/></xxlb>"), ERR_FIELD_INVALID, "xxlb[0]");
    xml(REQ("<code>x</code><people><item>a</item></people>"), ERR_FIELD_INVALID, "people[0]");
    xml(REQ("<code>x</code><people><item/></people>"), ERR_FIELD_MISSING, "people[0].name");
    xml(REQ("<code>x</code><people/>"), ERR_FIELD_INVALID, "people");
    xml(REQ("<code><item>x</item></code>"), ERR_FIELD_INVALID, "code");
    xml(REQ("<code>x</code><count><item>1</item></count>"), ERR_FIELD_INVALID, "count");
    xml(REQ("<code>x</code><subject>a</subject>"), ERR_FIELD_INVALID, "subject");
    xml(REQ("<code>x</code><xxsy>a</xxsy>"), ERR_FIELD_INVALID, "xxsy");
}

static void reads_numbers_as_json_does(void **state)
{
    static const char *const no[] = {"",
                                     " ",
                                     "1 ",
                                     " 1",
                                     "+1",
                                     "01",
                                     "-",
                                     "-01",
                                     "--1",
                                     "1.0",
                                     "1e1",
                                     "0x1",
                                     "\xef\xbc\x91",
                                     "1\n",
                                     "true",
                                     "101",
                                     "-6",
                                     "9223372036854775808",
                                     "999999999999999999999999"};
    static const char *const no_bool[] = {"",      "1",      "0",   "TRUE",     "True",
                                          " true", "true\n", "yes", "falsetrue"};
    (void)state;
    for (size_t i = 0; i < sizeof no / sizeof no[0]; i++)
        xml(pool_printf(pool, REQ("<code>x</code><count>%s</count>"), no[i]), ERR_FIELD_INVALID,
            "count");
    for (size_t i = 0; i < sizeof no_bool / sizeof no_bool[0]; i++)
        xml(pool_printf(pool, REQ("<code>x</code><flag>%s</flag>"), no_bool[i]), ERR_FIELD_INVALID,
            "flag");
    xml(REQ("<code>x</code><big>-9223372036854775808</big>"), ERR_OK, NULL);
    xml(REQ("<code>x</code><big>-9223372036854775809</big>"), ERR_FIELD_INVALID, "big");
}

/* <request> is the first level. */
static void counts_levels(void **state)
{
    struct buf b;
    (void)state;
    for (int levels = 15; levels <= 18; levels++) {
        buf_init(&b, pool);
        buf_puts(&b, "<request><code>x</code><xxsy>");
        for (int i = 2; i < levels; i++)
            buf_puts(&b, "<a>");
        buf_puts(&b, "v");
        for (int i = 2; i < levels; i++)
            buf_puts(&b, "</a>");
        buf_puts(&b, "</xxsy></request>");
        xml(b.data, levels <= 16 ? ERR_OK : ERR_MALFORMED, NULL);
    }
    buf_init(&b, pool);
    for (int i = 0; i < 9000; i++)
        buf_puts(&b, "<a>");
    xml(b.data, ERR_MALFORMED, NULL);
}

static void bounds_the_size(void **state)
{
    static char body[WIRE_BODY_MAX + 1];
    static const char req[] = REQ("<code>x</code>");
    (void)state;
    memset(body, ' ', sizeof body);
    memcpy(body, req, sizeof req - 1);
    expect_len(WIRE_XML, body, WIRE_BODY_MAX, ERR_OK, NULL);
    expect_len(WIRE_XML, body, WIRE_BODY_MAX + 1, ERR_TOO_LARGE, NULL);
}

/* Nothing of the parser's may reach standard error: it would carry what the caller sent into the
 * log. */
static void is_silent(void **state)
{
    FILE *f = tmpfile();
    (void)state;
    assert_non_null(f);
    int saved = dup(STDERR_FILENO);
    assert_true(saved >= 0 && dup2(fileno(f), STDERR_FILENO) >= 0);
    xml("<request><secret", ERR_MALFORMED, NULL);
    xml("<request>&x;</request>", ERR_MALFORMED, NULL);
    xml("<!DOCTYPE a SYSTEM 'file:///nowhere'><request/>", ERR_MALFORMED, NULL);
    xml(REQ("<p:code>x</p:code>"), ERR_MALFORMED, NULL);
    (void)fflush(stderr);
    assert_true(dup2(saved, STDERR_FILENO) >= 0);
    (void)close(saved);
    assert_int_equal(fseek(f, 0, SEEK_END), 0);
    assert_int_equal(ftell(f), 0);
    (void)fclose(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(is_as_good_as_json),
        TEST(refuses_every_prefix),
        TEST(refuses_what_is_no_request),
        TEST(refuses_dtd_entities_and_instructions),
        TEST(refuses_other_encodings),
        TEST(refuses_attributes_and_namespaces),
        TEST(refuses_duplicates),
        TEST(lists_have_items),
        TEST(reads_numbers_as_json_does),
        TEST(counts_levels),
        TEST(bounds_the_size),
        TEST(is_silent),
    };
    wire_init();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
