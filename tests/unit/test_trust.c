/* Trust lists: one made and signed by other software (tests/vectors/trust.json), and changed in
 * every way, with its old signature, with another key's and with the publisher's own. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/code/jcs.h"
#include "core/crypto/b64.h"
#include "core/net/trust.h"
#include "tests/unit/sentence_key.h"

static struct pool *pool;
static struct json_object *vector;
static struct sm2_key *publisher, *stranger; /* both with their private halves */

static const char *text_of(const char *name)
{
    struct json_object *v = NULL;
    assert_true(json_object_object_get_ex(vector, name, &v));
    return json_object_get_string(v);
}

static int setup(void **state)
{
    (void)state;
    pool = pool_new(false);
    vector = json_object_from_file("tests/vectors/trust.json");
    if (vector == NULL)
        return 1;
    publisher = sentence_key(text_of("publisher_sentence"));
    stranger = sentence_key(text_of("other_sentence"));
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    sm2_key_free(&publisher);
    sm2_key_free(&stranger);
    json_object_put(vector);
    pool_destroy(&pool);
    return 0;
}

static enum err read_list(const char *text, const struct sm2_key *key, struct trust **t_r,
                          const char **why_r)
{
    size_t len = strlen(text);
    char *copy = malloc(len > 0 ? len : 1); /* ends where its memory ends */
    assert_non_null(copy);
    memcpy(copy, text, len);
    enum err e = trust_read(copy, len, key, t_r, why_r);
    free(copy);
    return e;
}

static struct trust *good(const char *text)
{
    struct trust *t = NULL;
    const char *why = NULL;
    if (read_list(text, publisher, &t, &why) != ERR_OK)
        fail_msg("refused: %s", why);
    return t;
}

static void refused(const char *text, const struct sm2_key *key, const char *what)
{
    struct trust *t = (struct trust *)(uintptr_t)1;
    const char *why = NULL;
    enum err e = read_list(text, key, &t, &why);
    if (e != ERR_BAD)
        fail_msg("accepted: %s", what);
    assert_null(t);
    assert_non_null(why);
    assert_int_not_equal(strlen(why), 0);
}

/* --- what stands in the list of the vector --- */

static void made_elsewhere(void **state)
{
    (void)state;
    struct trust *t = good(text_of("list"));
    assert_int_equal(t->version, 7);
    assert_int_equal(t->issued_at, 1795384939);
    assert_int_equal(t->expires_at, 1795471339);
    assert_string_equal(t->publisher, "100000001");
    assert_int_equal(t->n, 4);
    static const struct {
        const char *system, *parent, *base_url;
        enum trust_mode mode;
        bool active;
        size_t types;
    } rows[] = {
        {"100000001", "", "https://s100000001.example", TRUST_DIRECT, true, 2},
        {"251000001", "", "https://sc.example:8443/zwm", TRUST_DIRECT, true, 2},
        {"251010001", "251000001", "https://s251010001.example", TRUST_RELAY, true, 2},
        {"300090101", "", "https://s300090101.example", TRUST_RELAY, false, 1},
    };
    for (size_t i = 0; i < t->n; i++) {
        const struct trust_system *s = &t->systems[i];
        assert_string_equal(s->system, rows[i].system);
        assert_string_equal(s->parent, rows[i].parent);
        assert_string_equal(s->base_url, rows[i].base_url);
        assert_int_equal(s->mode, rows[i].mode);
        assert_int_equal(s->active, rows[i].active);
        assert_int_equal(s->code_types_n, rows[i].types);
        assert_string_equal(s->code_types[0], "ZWM1");
        assert_non_null(s->key);
        assert_ptr_equal(trust_find(t, rows[i].system), s);
        assert_int_equal(s->previous_key != NULL, i == 1);
    }
    assert_int_equal(t->systems[1].previous_until, 1795400000);
    assert_string_equal(t->systems[3].name, "department \"\\\" \xf0\xa0\x80\x80 €");
    trust_release(&t);
    assert_null(t);
}

static void finding(void **state)
{
    (void)state;
    struct trust *t = good(text_of("list"));
    static const char *const absent[] = {"",          "1",         "100000000", "100000002",
                                         "251010002", "999999999", "2510100011"};
    for (size_t i = 0; i < sizeof absent / sizeof absent[0]; i++)
        assert_null(trust_find(t, absent[i]));
    assert_string_equal(trust_find_platform(t, "510100")->system, "251010001");
    assert_string_equal(trust_find_platform(t, "000901")->system, "300090101");
    assert_string_equal(trust_find_platform(t, "000000")->system, "100000001");
    static const char *const no_platform[] = {"", "51010", "510101", "5101000", "251010001"};
    for (size_t i = 0; i < sizeof no_platform / sizeof no_platform[0]; i++)
        assert_null(trust_find_platform(t, no_platform[i]));
    trust_release(&t);
}

static void held_twice(void **state)
{
    (void)state;
    struct trust *t = good(text_of("list")), *again = trust_hold(t);
    assert_ptr_equal(t, again);
    trust_release(&t);
    assert_string_equal(again->publisher, "100000001"); /* the sanitizer watches */
    trust_release(&again);
    trust_release(&again);
}

static void white_space_does_not_matter(void **state)
{
    (void)state;
    struct json_object *o = json_tokener_parse(text_of("list"));
    struct trust *t = good(json_object_to_json_string_ext(o, JSON_C_TO_STRING_PRETTY));
    trust_release(&t);
    json_object_put(o);
}

/* --- keys and signatures --- */

static void another_key(void **state)
{
    (void)state;
    refused(text_of("list"), stranger, "under another key");
    refused(text_of("canonical"), publisher, "without signature");
    struct sm2_key *fresh = sm2_key_generate();
    refused(text_of("list"), fresh, "under a fresh key");
    sm2_key_free(&fresh);
}

static void every_byte_counts(void **state)
{
    (void)state;
    const char *list = text_of("list");
    size_t len = strlen(list);
    unsigned accepted = 0;
    for (size_t i = 0; i < len; i++) {
        struct trust *t = NULL;
        const char *why;
        char *copy = pool_strdup(pool, list);
        copy[i] = (char)(copy[i] ^ 1);
        accepted += trust_read(copy, len, publisher, &t, &why) == ERR_OK;
        trust_release(&t);
    }
    assert_int_equal(accepted, 0);
}

static void cut_off(void **state)
{
    (void)state;
    const char *list = text_of("list");
    for (size_t len = 0; len < strlen(list); len += 7)
        refused(pool_strndup(pool, list, len), publisher, "cut off");
    refused(pool_printf(pool, "%s{}", list), publisher, "something behind it");
    refused(pool_printf(pool, "[%s]", list), publisher, "in an array");
}

/* --- contents that the publisher has signed and nobody should take --- */

static const char *sign_again(struct json_object *o, const struct sm2_key *key)
{
    struct buf rest;
    uint8_t sig[SM2_SIG_LEN];
    json_object_object_del(o, "signature");
    buf_init(&rest, pool);
    assert_int_equal(jcs_write(&rest, o), ERR_OK);
    assert_int_equal(sm2_sign(key, rest.data, rest.len, sig), ERR_OK);
    json_object_object_add(o, "signature", json_object_new_string(sm2_sig_to_text(sig, pool)));
    return pool_strdup(pool, json_object_to_json_string_ext(o, JSON_C_TO_STRING_PLAIN));
}

enum { TOP = -1, CITY = 0, PUBLISHER = 1, DEPARTMENT = 2, PROVINCE = 3 };

/* The vector's list with one member changed: `json` NULL takes it away. */
static struct json_object *changed(int at, const char *name, const char *json)
{
    struct json_object *o = json_tokener_parse(text_of("list")), *systems = NULL, *part = o;
    assert_true(json_object_object_get_ex(o, "systems", &systems));
    if (at != TOP)
        part = json_object_array_get_idx(systems, (size_t)at);
    if (json == NULL)
        json_object_object_del(part, name);
    else
        json_object_object_add(part, name, json_tokener_parse(json));
    return o;
}

struct change {
    int at;
    const char *name, *json;
};

static void check_refused(const struct change *c)
{
    const char *what =
        pool_printf(pool, "%d %s %s", c->at, c->name, c->json != NULL ? c->json : "taken away");
    struct json_object *o = changed(c->at, c->name, c->json);
    refused(json_object_to_json_string_ext(o, JSON_C_TO_STRING_PLAIN), publisher,
            pool_printf(pool, "%s, with the old signature", what));
    refused(sign_again(o, publisher), publisher, what);
    json_object_put(o);
}

/* Changes of a good list that make it no list, each alone. */
static const struct change wrong[] = {
    {TOP, "version", NULL},
    {TOP, "version", "0"},
    {TOP, "version", "-1"},
    {TOP, "version", "\"7\""},
    {TOP, "version", "null"},
    {TOP, "issued_at", NULL},
    {TOP, "issued_at", "0"},
    {TOP, "expires_at", NULL},
    {TOP, "expires_at", "1795384939"}, /* as issued_at */
    {TOP, "expires_at", "1"},
    {TOP, "expires_at", "true"},
    {TOP, "publisher", NULL},
    {TOP, "publisher", "100000001"},
    {TOP, "publisher", "\"10000000\""},
    {TOP, "publisher", "\"100000002\""}, /* not listed */
    {TOP, "publisher", "\"251000001\""}, /* listed, with another key */
    {TOP, "publisher", "\"300090101\""}, /* suspended */
    {TOP, "systems", NULL},
    {TOP, "systems", "[]"},
    {TOP, "systems", "{}"},
    {TOP, "systems", "[1]"},
    {TOP, "systems", "[null]"},
    {TOP, "systems", "[{}]"},
    {PUBLISHER, "status", "\"suspended\""},
    {PUBLISHER, "system", "\"100000002\""},
    {CITY, "system", NULL},
    {CITY, "system", "\"951010001\""},
    {CITY, "system", "\"251010000\""},
    {CITY, "system", "251010001"},
    {CITY, "system", "\"251010001 \""},
    {CITY, "system", "\"251000001\""}, /* twice */
    {CITY, "system", "\"100000001\""}, /* the publisher twice */
    {CITY, "name", NULL},
    {CITY, "name", "\"\""},
    {CITY, "name", "\"a\\nb\""},
    {CITY, "name", "\"a\\u202eb\""}, /* would turn the text around it */
    {CITY, "name", "\"a\\u200bb\""}, /* has no width */
    {CITY, "name", "7"},
    {CITY, "base_url", NULL},
    {CITY, "base_url", "\"http://s.example\""},
    {CITY, "base_url", "\"HTTP://s.example\""},
    {CITY, "base_url", "\"//s.example\""},
    {CITY, "base_url", "\"s.example\""},
    {CITY, "base_url", "\"https://\""},
    {CITY, "base_url", "\"https:///path\""},
    {CITY, "base_url", "\"https://:443\""},
    {CITY, "base_url", "\"https://user@s.example\""},
    {CITY, "base_url", "\"https://s.example?q\""},
    {CITY, "base_url", "\"https://s.example#f\""},
    {CITY, "base_url", "\"https://s.example/ x\""},
    {CITY, "base_url", "\"https://s.example\\r\\nHost: x\""},
    {CITY, "base_url", "\"https://s.example\\u007f\""},
    {CITY, "base_url", "\"https://s\\\\.example\""},
    {CITY, "base_url", "\"https://码.example\""},
    {CITY, "public_key", NULL},
    {CITY, "public_key", "\"\""},
    {CITY, "public_key", "\"AAAA\""},
    {CITY, "public_key", "\"not base64\""},
    {CITY, "public_key", "null"},
    /* a P-256 key in the same shape, made with OpenSSL's command */
    {CITY, "public_key",
     "\"MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAESQR2QpMg7gpnmz5PsvETqen3+"
     "dRik1LZis9IFRbg8rjXKAYFdGyH"
     "x6juRmWuno9BO1lIMlXk0ObaTOnNJH1sMA==\""},
    {CITY, "code_types", NULL},
    {CITY, "code_types", "[]"},
    {CITY, "code_types", "\"ZWM1\""},
    {CITY, "code_types", "[1]"},
    {CITY, "code_types", "[\"\"]"},
    {CITY, "mode", NULL},
    {CITY, "mode", "\"\""},
    {CITY, "mode", "\"Direct\""},
    {CITY, "mode", "1"},
    {CITY, "status", NULL},
    {CITY, "status", "\"withdrawn\""},
    {CITY, "status", "\"pending\""},
    {CITY, "status", "true"},
    {CITY, "parent", "\"\""},
    {CITY, "parent", "\"251010001\""}, /* itself */
    {CITY, "parent", "\"951000001\""},
    {CITY, "parent", "251000001"},
    {PROVINCE, "previous_public_key", NULL},
    {PROVINCE, "previous_until", NULL},
    {PROVINCE, "previous_public_key", "\"AAAA\""},
    {PROVINCE, "previous_until", "0"},
    {PROVINCE, "previous_until", "\"1795400000\""},
};

static void signed_but_wrong(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        check_refused(&wrong[i]);
}

static void signed_and_well(void **state)
{
    (void)state;
    static const struct change rows[] = {
        {TOP, "version", "9007199254740991"},
        {TOP, "expires_at", "1795384940"},
        {TOP, "later", "{\"a\":[1,null,true]}"}, /* a newer publisher says more */
        {CITY, "later", "[]"},
        {CITY, "parent", NULL},
        {CITY, "parent", "\"300090101\""},
        {CITY, "base_url", "\"https://[2001:db8::1]:8443/a/b\""},
        {CITY, "code_types", "[\"ZWM9\"]"},
        {CITY, "system", "\"251010099\""},
        {PROVINCE, "previous_until", "1"}, /* over: the reader of the key looks at it */
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct json_object *o = changed(rows[i].at, rows[i].name, rows[i].json);
        refused(json_object_to_json_string_ext(o, JSON_C_TO_STRING_PLAIN), publisher, rows[i].name);
        struct trust *t = good(sign_again(o, publisher));
        trust_release(&t);
        refused(sign_again(o, stranger), publisher, "signed with another key");
        json_object_put(o);
    }
}

static void signatures_in_another_form(void **state)
{
    (void)state;
    static const char *const rows[] = {
        NULL, "\"\"", "null", "\"AAAA\"", "1", "[\"x\"]", "\"MAYCAQECAQE=\""};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct json_object *o = changed(TOP, "signature", rows[i]);
        refused(json_object_to_json_string_ext(o, JSON_C_TO_STRING_PLAIN), publisher,
                rows[i] != NULL ? rows[i] : "none");
        json_object_put(o);
    }
}

static void given_twice(void **state)
{
    (void)state;
    const char *list = text_of("list");
    refused(pool_printf(pool, "{\"version\":7,%s", list + 1), publisher, "version twice");
    refused(pool_printf(pool, "{\"signature\":\"x\",%s", list + 1), publisher, "signature twice");
    refused(pool_printf(pool, "{\"later\":1.5,%s", list + 1), publisher, "a fraction");
    refused(pool_printf(pool, "{\"later\":1,%s", list + 1), publisher, "a member not signed");
}

/* A list that has expired is read: what it is good for is the caller's to say. */
static void expiry_is_the_callers(void **state)
{
    (void)state;
    struct json_object *o = changed(TOP, "issued_at", "1");
    json_object_object_add(o, "expires_at", json_object_new_int(2));
    struct trust *t = good(sign_again(o, publisher));
    assert_int_equal(t->expires_at, 2);
    trust_release(&t);
    json_object_put(o);
}

/* --- publishing --- */

static void signing(void **state)
{
    (void)state;
    struct json_object *o = json_tokener_parse(text_of("list")), *systems = NULL, *made;
    char *text = NULL;
    struct buf rest;
    assert_true(json_object_object_get_ex(o, "systems", &systems));
    assert_int_equal(
        trust_sign(pool, publisher, "100000001", 7, 1795384939, 1795471339, systems, &text),
        ERR_OK);
    struct trust *t = good(text);
    assert_int_equal(t->version, 7);
    trust_release(&t);
    refused(text, stranger, "under another key");
    /* without its signature it is, byte for byte, what canonicalize has written */
    made = json_tokener_parse(text);
    json_object_object_del(made, "signature");
    buf_init(&rest, pool);
    assert_int_equal(jcs_write(&rest, made), ERR_OK);
    assert_string_equal(rest.data, text_of("canonical"));
    json_object_put(made);
    json_object_put(o); /* the items were borrowed */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(made_elsewhere),  cmocka_unit_test(finding),
        cmocka_unit_test(held_twice),      cmocka_unit_test(white_space_does_not_matter),
        cmocka_unit_test(another_key),     cmocka_unit_test(every_byte_counts),
        cmocka_unit_test(cut_off),         cmocka_unit_test(signed_but_wrong),
        cmocka_unit_test(signed_and_well), cmocka_unit_test(signatures_in_another_form),
        cmocka_unit_test(given_twice),     cmocka_unit_test(expiry_is_the_callers),
        cmocka_unit_test(signing),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
