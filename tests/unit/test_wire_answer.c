/* Answers in both forms, media types (RFC 9110). */
#include "tests/unit/wire_check.h"

#include "core/wire/answer.h"

#define ID "0123456789abcdef0123456789abcdef"

/* 2026-11-21 16:00:00 UTC is 2026-11-22 00:00:00 in China. `date -u -d @1795276800` */
#define MIDNIGHT INT64_C(1795276800)

static const char *written(enum wire_form form, const struct answer *a, int64_t now_sec)
{
    struct buf b;
    buf_init(&b, pool);
    answer_write(&b, form, a, ID, now_sec);
    assert_int_equal(strlen(b.data), b.len);
    return b.data;
}

static void json_answers(void **state)
{
    struct json_object *items = json_tokener_parse("[{\"a\":\"x/y\",\"n\":1}]");
    struct answer a = {.err = ERR_OK, .items = items};
    (void)state;
    assert_string_equal(written(WIRE_JSON, &a, MIDNIGHT),
                        "{\"process_response\":{\"result_code\":\"100\",\"error_code\":\"\","
                        "\"error_msg\":\"\",\"date\":\"2026-11-22\","
                        "\"request_id\":\"" ID "\",\"items\":[{\"a\":\"x/y\",\"n\":1}]}}");
    assert_int_equal(answer_http_status(&a), 200);
    assert_int_equal(json_object_put(items), 1);
    a = (struct answer){.err = ERR_OK, .in_progress = true};
    assert_string_equal(written(WIRE_JSON, &a, MIDNIGHT - 1),
                        "{\"process_response\":{\"result_code\":\"103\",\"error_code\":\"\","
                        "\"error_msg\":\"\",\"date\":\"2026-11-21\","
                        "\"request_id\":\"" ID "\",\"items\":[]}}");
    assert_int_equal(answer_http_status(&a), 200);
}

static void error_answers(void **state)
{
    struct answer a = {.err = ERR_FIELD_INVALID, .detail = "subject.id_no", .in_progress = true};
    (void)state;
    assert_string_equal(written(WIRE_JSON, &a, MIDNIGHT),
                        "{\"process_response\":{\"result_code\":\"102\",\"error_code\":\"1003\","
                        "\"error_msg\":\"字段值无效：subject.id_no\","
                        "\"date\":\"2026-11-22\",\"request_id\":\"" ID "\",\"items\":[]}}");
    assert_int_equal(answer_http_status(&a), 400);
    a = (struct answer){.err = ERR_CODE_EXPIRED, .msg = "企业数字凭证（企业服务码）已过期"};
    assert_non_null(
        strstr(written(WIRE_JSON, &a, MIDNIGHT),
               "\"error_code\":\"3004\",\"error_msg\":\"企业数字凭证（企业服务码）已过期\","));
    assert_int_equal(answer_http_status(&a), 410);
    a = (struct answer){.err = ERR_FIELD_UNKNOWN, .detail = "a\"\n\x01"};
    assert_non_null(strstr(written(WIRE_JSON, &a, MIDNIGHT), "：a\\\"\\n\\u0001\","));
    a = (struct answer){.err = ERR_MALFORMED, .detail = ""};
    assert_non_null(strstr(written(WIRE_JSON, &a, MIDNIGHT), "\"请求格式错误\","));
    /* What is told between modules only is never answered. */
    a = (struct answer){.err = ERR_IO};
    assert_non_null(strstr(written(WIRE_JSON, &a, MIDNIGHT), "\"error_code\":\"9001\""));
    assert_int_equal(answer_http_status(&a), 503);
}

static void xml_answers(void **state)
{
    struct json_object *items = json_tokener_parse(
        "[{\"a\":\"<&>\\\"\",\"list\":[\"x\",[1,true],null],\"empty\":{},\"none\":[],\"d\":1.5}]");
    struct answer a = {.err = ERR_OK, .items = items};
    (void)state;
    assert_string_equal(
        written(WIRE_XML, &a, MIDNIGHT),
        "<?xml version=\"1.0\" "
        "encoding=\"UTF-8\"?>\n<process_response><result_code>100</result_code>"
        "<error_code></error_code><error_msg></error_msg><date>2026-11-22</date><request_id>" ID
        "</request_id>"
        "<items><item><a>&lt;&amp;&gt;\"</a><list><item>x</item><item><item>1</item><item>true</"
        "item></item>"
        "<item></item></list><empty></empty><none></none><d>1.5</d></item></items></"
        "process_response>");
    json_object_put(items);
    a = (struct answer){.err = ERR_FIELD_UNKNOWN, .detail = "a\x01\r<"};
    assert_non_null(strstr(written(WIRE_XML, &a, MIDNIGHT),
                           "<error_msg>未知或重复的字段：a\xef\xbf\xbd&#13;&lt;</error_msg>"));
}

static const char *xml_of(struct json_object *v)
{
    struct buf b;
    buf_init(&b, pool);
    wire_write_xml(&b, "r", v);
    json_object_put(v);
    return strchr(b.data, '\n') + 1;
}

static struct json_object *one(const char *name, const char *text)
{
    struct json_object *o = json_object_new_object();
    json_object_object_add(o, name, json_object_new_string(text));
    return o;
}

static void xml_holds_any_text(void **state)
{
    (void)state;
    assert_string_equal(xml_of(one("a", "\t\n\r\x1f")), "<r><a>\t\n&#13;\xef\xbf\xbd</a></r>");
    assert_string_equal(xml_of(one("a", "\xef\xbf\xbe\xef\xbf\xbf\xef\xbf\xbd")),
                        "<r><a>\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd</a></r>");
    assert_string_equal(xml_of(one("a", "\xff")), "<r><a>\xef\xbf\xbd</a></r>");
    assert_string_equal(xml_of(one("a", "]]>")), "<r><a>]]&gt;</a></r>");
    assert_string_equal(xml_of(json_object_new_string_len("a\0b", 3)), "<r>a\xef\xbf\xbd"
                                                                       "b</r>");
    assert_string_equal(xml_of(one("名称", "x")), "<r><名称>x</名称></r>");
    assert_string_equal(xml_of(one("a b", "x")), "<r><field name=\"a b\">x</field></r>");
    assert_string_equal(xml_of(one("1a", "x")), "<r><field name=\"1a\">x</field></r>");
    assert_string_equal(xml_of(one("", "x")), "<r><field name=\"\">x</field></r>");
    assert_string_equal(xml_of(one("a\xef\xbf\xbe", "x")),
                        "<r><field name=\"a\xef\xbf\xbd\">x</field></r>");
    assert_string_equal(xml_of(one("a\xff", "x")),
                        "<r><field name=\"a\xef\xbf\xbd\">x</field></r>");
    assert_string_equal(xml_of(one("a:b", "x")), "<r><field name=\"a:b\">x</field></r>");
    assert_string_equal(xml_of(one("\"><x a=\"\n", "x")),
                        "<r><field name=\"&quot;&gt;&lt;x a=&quot;&#10;\">x</field></r>");
    assert_string_equal(xml_of(NULL), "<r></r>");
}

static void content_types(void **state)
{
    static const char *const json[] = {"application/json",
                                       "Application/JSON",
                                       "application/json;charset=utf-8",
                                       "application/json; charset=UTF-8",
                                       " application/json ; charset=\"utf-8\" ",
                                       "application/json;",
                                       "application/json; x=\"a;charset=gbk\"",
                                       "application/json; x=y"};
    static const char *const no[] = {"",
                                     "text/xml",
                                     "text/plain",
                                     "application",
                                     "application/",
                                     "application/jsonp",
                                     "application/json2",
                                     "applicationjson",
                                     "application/json charset=utf-8",
                                     "application/json; charset=gbk",
                                     "application/json; charset=utf-8; charset=gbk",
                                     "application/xml;charset=GB18030",
                                     "application/json; charset",
                                     "application/json; charset=",
                                     "application/json; =utf-8",
                                     "application/json; charset=\"\"",
                                     "application/json, application/xml",
                                     "application/x-www-form-urlencoded",
                                     "multipart/form-data; boundary=x",
                                     ";charset=utf-8",
                                     "application/*",
                                     "application/json; charset=\"utf-8"};
    enum wire_form form;
    (void)state;
    for (size_t i = 0; i < sizeof json / sizeof json[0]; i++) {
        form = WIRE_XML;
        assert_int_equal(wire_form_from_content_type(json[i], &form), ERR_OK);
        assert_int_equal(form, WIRE_JSON);
    }
    assert_int_equal(wire_form_from_content_type("application/xml; charset=utf-8", &form), ERR_OK);
    assert_int_equal(form, WIRE_XML);
    assert_int_equal(wire_form_from_content_type(NULL, &form), ERR_MEDIA_TYPE);
    for (size_t i = 0; i < sizeof no / sizeof no[0]; i++)
        if (wire_form_from_content_type(no[i], &form) != ERR_MEDIA_TYPE)
            fail_msg("accepted: %s", no[i]);
    assert_int_equal(wire_form_from_content_type(wire_media_type(WIRE_JSON), &form), ERR_OK);
    assert_int_equal(form, WIRE_JSON);
    assert_int_equal(wire_form_from_content_type(wire_media_type(WIRE_XML), &form), ERR_OK);
    assert_int_equal(form, WIRE_XML);
}

static void accepts(void **state)
{
    enum { DFLT = -1 };
    static const struct {
        const char *value;
        int want;
    } rows[] = {
        {NULL, DFLT},
        {"", DFLT},
        {"*/*", DFLT},
        {"application/*", DFLT},
        {"text/html", DFLT},
        {",,;q=1", DFLT},
        {"application/json", WIRE_JSON},
        {"APPLICATION/XML", WIRE_XML},
        {"application/xml;charset=utf-8", WIRE_XML},
        {"application/json, application/xml", DFLT},
        {"application/json;q=0.5, application/xml;q=0.6", WIRE_XML},
        {"application/json;q=0.5,application/xml;q=0.499", WIRE_JSON},
        {"text/html, application/xml;q=0.9, */*;q=0.8", WIRE_XML},
        {"application/xml;q=0.5, */*;q=0.8", WIRE_JSON},
        {"application/json;q=0, */*", WIRE_XML},
        {"application/json;q=0", DFLT},
        {"application/json; q=1.000 ,application/xml; q=0.999", WIRE_JSON},
        {"application/json;q=2, application/xml;q=0.1", WIRE_XML},
        {"application/json;q=x, application/xml;q=0.1", WIRE_XML},
        {"application/json;q=0.1, application/xml;q=", WIRE_XML},
        {"text/xml", DFLT},
        {"application/json;q=0.3;q=0.9, application/xml;q=0.5", WIRE_JSON},
        {"application/*;q=0.2, application/json;q=0.1", WIRE_XML},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        for (int dflt = WIRE_JSON; dflt <= WIRE_XML; dflt++) {
            int want = rows[i].want == DFLT ? dflt : rows[i].want;
            if ((int)wire_form_from_accept(rows[i].value, (enum wire_form)dflt) != want)
                fail_msg("%s", rows[i].value != NULL ? rows[i].value : "NULL");
        }
}

/* --- answers of others --- */

#define ENVELOPE(members) "{\"process_response\":{" members "}}"

static enum err read_text(const char *text, struct answer_in *a)
{
    size_t len = strlen(text);
    char *copy = malloc(len > 0 ? len : 1); /* ends where its memory ends */
    assert_non_null(copy);
    memcpy(copy, text, len);
    enum err e = answer_read(pool, copy, len, a);
    free(copy);
    return e;
}

static void answers_are_read(void **state)
{
    static const struct {
        const char *text;
        enum answer_result result;
        const char *code;
        enum err err;
        const char *msg;
        int items; /* -1: none */
    } rows[] = {
        {ENVELOPE("\"result_code\":\"100\",\"error_code\":\"\",\"error_msg\":\"\",\"items\":[{"
                  "\"a\":1}]"),
         ANSWER_DONE, "", ERR_OK, "", 1},
        {ENVELOPE("\"result_code\":\"100\",\"items\":[]"), ANSWER_DONE, "", ERR_OK, "", 0},
        {ENVELOPE("\"result_code\":\"100\""), ANSWER_DONE, "", ERR_OK, "", -1},
        {ENVELOPE("\"result_code\":\"100\",\"items\":{\"a\":1}"), ANSWER_DONE, "", ERR_OK, "", -1},
        {ENVELOPE("\"result_code\":\"100\",\"items\":null"), ANSWER_DONE, "", ERR_OK, "", -1},
        {ENVELOPE("\"result_code\":\"103\",\"error_code\":\"\",\"items\":[{},{}]"),
         ANSWER_IN_PROGRESS, "", ERR_OK, "", 2},
        {ENVELOPE("\"result_code\":\"102\",\"error_code\":\"3004\",\"error_msg\":\"too "
                  "late\",\"items\":[]"),
         ANSWER_REFUSED, "3004", ERR_CODE_EXPIRED, "too late", 0},
        {ENVELOPE("\"result_code\":\"102\",\"error_code\":\"3999\""), ANSWER_REFUSED, "3999",
         ERR_ABSENT, "", -1},
        {ENVELOPE("\"error_code\":\"3004\",\"error_msg\":7"), ANSWER_REFUSED, "3004",
         ERR_CODE_EXPIRED, "", -1},
        /* numbers are no codes: this one is refused */
        {ENVELOPE("\"result_code\":100,\"error_code\":\"9001\""), ANSWER_REFUSED, "9001", ERR_BUSY,
         "", -1},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct answer_in a;
        assert_int_equal(read_text(rows[i].text, &a), ERR_OK);
        assert_int_equal(a.result, rows[i].result);
        assert_string_equal(a.code, rows[i].code);
        assert_int_equal(a.err, rows[i].err);
        assert_string_equal(a.msg, rows[i].msg);
        assert_int_equal(a.items != NULL ? (int)json_object_array_length(a.items) : -1,
                         rows[i].items);
        assert_ptr_equal(a.item, rows[i].items > 0 ? json_object_array_get_idx(a.items, 0) : NULL);
    }
}

static void answers_are_refused(void **state)
{
    static const char *const texts[] = {
        "",
        "no",
        "null",
        "[]",
        "{}",
        "{\"process_response\":null}",
        "{\"process_response\":\"100\"}",
        "{\"process_response\":[]}",
        "{\"result_code\":\"100\"}",
        ENVELOPE(""),
        ENVELOPE("\"result_code\":100"),
        ENVELOPE("\"result_code\":\"101\""),
        ENVELOPE("\"result_code\":\"102\""),
        ENVELOPE("\"result_code\":\"102\",\"error_code\":\"\""),
        ENVELOPE("\"result_code\":\"102\",\"error_code\":3004"),
        ENVELOPE("\"result_code\":\"100\",\"error_code\":\"3004\",\"items\":[{}]"),
        ENVELOPE("\"result_code\":\"103\",\"error_code\":\"9001\""),
        ENVELOPE("\"result_code\":\"100\"") "x",
        ENVELOPE("\"result_code\":\"102\",\"result_code\":\"100\""),
    };
    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct answer_in a;
        if (read_text(texts[i], &a) != ERR_BAD)
            fail_msg("taken: %s", texts[i]);
        assert_string_equal(a.code, "");
        assert_string_equal(a.msg, "");
        assert_int_not_equal(a.result, ANSWER_DONE);
        assert_null(a.items);
        assert_null(a.item);
    }
}

static void own_answers_are_read(void **state)
{
    struct answer out = {.err = ERR_CODE_EXPIRED};
    struct answer_in a;
    (void)state;
    assert_int_equal(read_text(written(WIRE_JSON, &out, MIDNIGHT), &a), ERR_OK);
    assert_int_equal(a.err, ERR_CODE_EXPIRED);
    assert_string_equal(a.msg, err_row(ERR_CODE_EXPIRED)->zh);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(json_answers),       TEST(error_answers),       TEST(xml_answers),
        TEST(xml_holds_any_text), TEST(content_types),       TEST(accepts),
        TEST(answers_are_read),   TEST(answers_are_refused), TEST(own_answers_are_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
