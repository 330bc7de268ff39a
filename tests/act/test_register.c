/* What an operator registers: the rules, that a refusal changes nothing, and that the record of
 * acts says what was before and after. */
#include "tests/act/act_sample.h"

#include "core/act/register/key_proof.h"
#include "core/act/register/register.h"
#include "core/store/audit.h"

#define USCC "91999999MA0000001N"
static const uint8_t *spki;
static size_t spki_len;
static struct sm2_key *key;

static int begin(void **state)
{
    uint8_t *der;
    if (sample_begin(state) != 0)
        return 1;
    key = sm2_key_generate();
    sm2_key_spki(key, sample.pool, &der, &spki_len);
    spki = der;
    return 0;
}

static int end(void **state)
{
    sm2_key_free(&key);
    return sample_end(state);
}

static const char *new_id(void)
{
    return pool_printf(sample.pool, "R%.20s", sample_nonce());
}

static struct app_entry good_app(const char *id)
{
    return (struct app_entry){.app_id = id,
                              .kind = APP_THIRD_PARTY,
                              .name = "示例机构（虚构）",
                              .uscc = USCC,
                              .spki = spki,
                              .spki_len = spki_len};
}

/* The last row of the record. */
static const char *last_act(void)
{
    return sample_value("SELECT CONCAT(action, ' ', detail) FROM audit ORDER BY seq DESC LIMIT 1");
}

static int64_t acts(void)
{
    return sample_number("SELECT COALESCE(MAX(seq), 0) FROM audit");
}

static int64_t changes(void)
{
    return sample_number("SELECT seq FROM change_counter WHERE id = 1");
}

static void assert_has(const char *text, const char *part)
{
    if (strstr(text, part) == NULL)
        fail_msg("%s is not in %s", part, text);
}

/* --- apps --- */

static void app_added(void **state)
{
    (void)state;
    struct work w = sample_work(DB_ADMIN);
    struct refusal r = {NULL, NULL};
    struct app_entry a = good_app(new_id()), got;
    struct app_spki *keys;
    size_t n;
    int64_t before = acts(), seq = changes();
    a.rate_per_sec = 7;
    a.status = APP_REMOVED; /* not looked at */
    assert_int_equal(act_app_add(&w, &a, &r), ERR_OK);
    assert_int_equal(acts(), before + 1);
    assert_int_equal(changes(), seq + 1);
    assert_has(last_act(), "app.add ");
    assert_has(last_act(), pool_printf(sample.pool, "\"app_id\":\"%s\"", a.app_id));
    assert_has(last_act(), "\"rate_per_sec\":7");
    assert_int_equal(act_app_show(&w, a.app_id, &got, &keys, &n), ERR_OK);
    assert_string_equal(got.name, a.name);
    assert_int_equal(got.status, APP_ACTIVE);
    assert_int_equal(n, 1);
    assert_memory_equal(keys[0].der, spki, spki_len);
    assert_int_equal(keys[0].since, sample.now_sec);
    assert_int_equal(act_app_show(&w, "nobody", &got, &keys, &n), ERR_ABSENT);
}

static void app_refused(void **state)
{
    (void)state;
    struct work w = sample_work(DB_ADMIN);
    struct refusal r;
    const char *long_name = pool_printf(sample.pool, "%0129d", 1);
    const char *long_list = pool_printf(sample.pool, "%01017d.0.0.1", 1);
    const struct {
        const char *field;
        size_t at;
        const char *value;
    } cases[] = {
        {"app_id", offsetof(struct app_entry, app_id), ""},
        {"app_id", offsetof(struct app_entry, app_id), "a b"},
        {"app_id", offsetof(struct app_entry, app_id), "中"},
        {"app_id", offsetof(struct app_entry, app_id), "A23456789012345678901234567890123"},
        {"name", offsetof(struct app_entry, name), ""},
        {"name", offsetof(struct app_entry, name), "   "},
        {"name", offsetof(struct app_entry, name), long_name},
        {"name", offsetof(struct app_entry, name), "a\nb"},
        {"name", offsetof(struct app_entry, name), "a\x1b[31m"},
        {"name", offsetof(struct app_entry, name), "a\xe2\x80\xae"}, /* U+202E */
        {"name", offsetof(struct app_entry, name), "a\xe2\x80\x8b"}, /* U+200B */
        {"name", offsetof(struct app_entry, name), "\xee\x80\x80"},  /* U+E000 */
        {"name", offsetof(struct app_entry, name), "\xc0\xafz"},     /* no UTF-8 */
        {"uscc", offsetof(struct app_entry, uscc), "91999999MA0000001M"},
        {"uscc", offsetof(struct app_entry, uscc), ""},
        {"channel", offsetof(struct app_entry, channel), "01"}, /* not of this kind */
        {"allow_list", offsetof(struct app_entry, allow_list), "10.0.0.0/33"},
        {"allow_list", offsetof(struct app_entry, allow_list), "10.0.0.1;10.0.0.2"},
        {"allow_list", offsetof(struct app_entry, allow_list), long_list},
        {"public_key", offsetof(struct app_entry, spki), NULL},
    };
    int64_t before = acts(), seq = changes(), rows = sample_number("SELECT COUNT(*) FROM app");
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct app_entry a = good_app(new_id());
        memcpy((char *)&a + cases[i].at, &cases[i].value, sizeof cases[i].value);
        r = (struct refusal){NULL, NULL};
        assert_int_equal(act_app_add(&w, &a, &r), ERR_FIELD_INVALID);
        assert_string_equal(r.field, cases[i].field);
        assert_non_null(r.why);
    }
    assert_int_equal(acts(), before);
    assert_int_equal(changes(), seq);
    assert_int_equal(sample_number("SELECT COUNT(*) FROM app"), rows);
}

static void app_kind_refused(void **state)
{
    (void)state;
    struct work w = sample_work(DB_ADMIN);
    struct refusal r;
    int64_t before = acts();
    struct app_entry a = good_app(new_id());
    a.kind = APP_KIND_MAX;
    assert_int_equal(act_app_add(&w, &a, &r), ERR_FIELD_INVALID);
    assert_string_equal(r.field, "kind");
    a.kind = APP_SYSTEM; /* its app_id would be nine digits */
    assert_int_equal(act_app_add(&w, &a, &r), ERR_FIELD_INVALID);
    assert_string_equal(r.field, "app_id");
    a.kind = APP_CHANNEL;
    a.channel = "77";
    assert_int_equal(act_app_add(&w, &a, &r), ERR_FIELD_INVALID);
    assert_string_equal(r.field, "channel");
    a.channel = NULL;
    for (int64_t rate = -1; rate < 2000000; rate += 1500000) {
        a.rate_per_sec = rate;
        assert_int_equal(act_app_add(&w, &a, &r),
                         ERR_FIELD_INVALID); /* -1 and then 1499999: one below, one above */
        assert_string_equal(r.field, "rate_per_sec");
    }
    assert_int_equal(acts(), before);
}

static void app_taken(void **state)
{
    (void)state;
    struct work w = sample_work(DB_ADMIN);
    struct refusal r = {NULL, NULL};
    struct app_entry a = good_app(new_id());
    assert_int_equal(act_app_add(&w, &a, &r), ERR_OK);
    int64_t before = acts(), seq = changes();
    a.name = "另一机构";
    assert_int_equal(act_app_add(&w, &a, &r), ERR_DUPLICATE);
    assert_has(r.why, "zwm app edit");
    /* another app with its key */
    struct app_entry b = good_app(new_id());
    assert_int_equal(act_app_add(&w, &b, &r), ERR_FIELD_INVALID);
    assert_string_equal(r.field, "public_key");
    assert_has(r.why, a.app_id);
    assert_int_equal(sample_number("SELECT COUNT(*) FROM app WHERE app_id = '%s'", b.app_id), 0);
    assert_int_equal(acts(), before);
    assert_int_equal(changes(), seq);
    /* removed: neither the identifier nor the key is free */
    assert_int_equal(act_app_set_status(&w, a.app_id, APP_REMOVED, &r), ERR_OK);
    assert_has(last_act(), "app.remove ");
    assert_int_equal(act_app_add(&w, &a, &r), ERR_DUPLICATE);
    assert_has(r.why, "removed");
    assert_int_equal(act_app_add(&w, &b, &r), ERR_FIELD_INVALID);
}

static void app_edited(void **state)
{
    (void)state;
    struct work w = sample_work(DB_ADMIN);
    struct refusal r = {NULL, NULL};
    struct app_entry a = good_app(new_id()), got;
    struct app_spki *keys;
    size_t n;
    a.allow_list = "10.0.0.0/8";
    assert_int_equal(act_app_add(&w, &a, &r), ERR_OK);
    const struct app_edit x = {.name = "新名称", .allow_list = "", .rate_per_sec = 9};
    assert_int_equal(act_app_edit(&w, a.app_id, &x, &r), ERR_OK);
    assert_int_equal(act_app_show(&w, a.app_id, &got, &keys, &n), ERR_OK);
    assert_string_equal(got.name, "新名称");
    assert_null(got.allow_list);
    assert_int_equal(got.rate_per_sec, 9);
    assert_string_equal(got.uscc, USCC);
    assert_int_equal(got.spki_len, spki_len);
    /* what differs, and nothing else */
    assert_has(last_act(),
               pool_printf(sample.pool,
                           "app.edit {\"app_id\":\"%s\",\"before\":{\"name\":\"示例机构（虚"
                           "构）\",\"allow_list\":\"10.0.0.0/8\",\"rate_per_sec\":null},"
                           "\"after\":{\"name\":\"新名称\",\"allow_list\":null,"
                           "\"rate_per_sec\":9}}",
                           a.app_id));
    int64_t before = acts();
    const struct app_edit nothing = {.rate_per_sec = -1};
    assert_int_equal(act_app_edit(&w, a.app_id, &nothing, &r), ERR_FIELD_INVALID);
    const struct app_edit bad[] = {{.name = "a\xe2\x80\xae", .rate_per_sec = -1},
                                   {.uscc = "1", .rate_per_sec = -1},
                                   {.channel = "01", .rate_per_sec = -1},
                                   {.allow_list = "x", .rate_per_sec = -1},
                                   {.rate_per_sec = 1000001}};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_int_equal(act_app_edit(&w, a.app_id, &bad[i], &r), ERR_FIELD_INVALID);
    assert_int_equal(act_app_edit(&w, "nobody", &x, &r), ERR_ABSENT);
    assert_int_equal(acts(), before);
    /* an app that has no key cannot lose its allow-list */
    struct app_entry b = good_app(new_id());
    b.spki = NULL;
    b.allow_list = "10.0.0.1";
    assert_int_equal(act_app_add(&w, &b, &r), ERR_OK);
    assert_int_equal(
        act_app_edit(&w, b.app_id, &(struct app_edit){.allow_list = "", .rate_per_sec = -1}, &r),
        ERR_FIELD_INVALID);
    assert_string_equal(r.field, "public_key");
}

static void self_is_left_alone(void **state)
{
    (void)state;
    struct work w = sample_work(DB_ADMIN);
    struct refusal r;
    assert_int_equal(act_app_set_status(&w, sample.conf.system, APP_REMOVED, &r),
                     ERR_FIELD_INVALID);
    assert_int_equal(act_app_set_status(&w, sample.conf.system, APP_SUSPENDED, &r),
                     ERR_FIELD_INVALID);
    assert_int_equal(act_app_key(&w, sample.conf.system, "{}", 2, 0, &r), ERR_FIELD_INVALID);
}

/* --- keys --- */

static const char *proof_of(const struct sm2_key *k, const char *system, const char *app_id,
                            int64_t at)
{
    const char *text = NULL;
    assert_int_equal(key_proof_make(sample.pool, k, system, app_id, at, &text), ERR_OK);
    return text;
}

static void key_needs_a_proof(void **state)
{
    (void)state;
    struct work w = sample_work(DB_ADMIN);
    struct refusal r = {NULL, NULL};
    struct app_entry a = good_app(new_id());
    const char *us = sample.conf.system;
    struct sm2_key *fresh = sm2_key_generate(), *other = sm2_key_generate();
    assert_int_equal(act_app_add(&w, &a, &r), ERR_OK);
    int64_t before = acts(), now = sample.now_sec;
    const char *good = proof_of(fresh, us, a.app_id, now);
    char *forged = pool_strdup(sample.pool, good), *swapped;
    char *sig = strstr(forged, "\"signature\":\"") + 40;
    *sig = *sig == 'A' ? 'B' : 'A';
    /* another's key under our signature */
    const char *theirs = proof_of(other, us, a.app_id, now);
    swapped = pool_strdup(sample.pool, good);
    memcpy(strstr(swapped, "\"public_key\":\""), strstr(theirs, "\"public_key\":\""), 13 + 124);
    const char *const bad[] = {
        "",
        "{}",
        "[]",
        "not json",
        forged,
        swapped,
        proof_of(fresh, "251000099", a.app_id, now), /* for another system */
        proof_of(fresh, us, "A0001", now),           /* for another app */
        proof_of(fresh, us, a.app_id, now - KEY_PROOF_SEC - 1),
        proof_of(fresh, us, a.app_id, now + sample.conf.call_window_sec + 1),
        pool_printf(sample.pool, "{\"more\":1,%s", good + 1),
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_int_equal(act_app_key(&w, a.app_id, bad[i], strlen(bad[i]), 0, &r),
                         ERR_FIELD_INVALID);
        assert_string_equal(r.field, "proof");
    }
    for (int64_t sec = -1; sec <= APP_OVERLAP_MOST_SEC + 1; sec += APP_OVERLAP_MOST_SEC + 2)
        assert_int_equal(act_app_key(&w, a.app_id, good, strlen(good), sec, &r), ERR_FIELD_INVALID);
    good = proof_of(fresh, us, "nobody", now);
    assert_int_equal(act_app_key(&w, "nobody", good, strlen(good), 0, &r), ERR_ABSENT);
    assert_int_equal(acts(), before);
    good = proof_of(fresh, us, a.app_id, now - KEY_PROOF_SEC); /* to the second */
    assert_int_equal(act_app_key(&w, a.app_id, good, strlen(good), 0, &r), ERR_OK);
    assert_has(last_act(), "app.key ");
    assert_int_equal(act_app_key(&w, a.app_id, good, strlen(good), 0, &r), ERR_FIELD_INVALID);
    assert_has(r.why, "already");
    sm2_key_free(&fresh);
    sm2_key_free(&other);
}

static void key_of_another(void **state)
{
    (void)state;
    struct work w = sample_work(DB_ADMIN);
    struct refusal r = {NULL, NULL};
    const struct sample_app *owner = sample_app_new(APP_THIRD_PARTY, NULL);
    struct app_entry a = good_app(new_id());
    assert_int_equal(act_app_add(&w, &a, &r), ERR_OK);
    /* somebody who holds it, but it is another app's: calls of the one would be calls of the other
     */
    const char *proof = proof_of(owner->key, sample.conf.system, a.app_id, sample.now_sec);
    assert_int_equal(act_app_key(&w, a.app_id, proof, strlen(proof), 0, &r), ERR_FIELD_INVALID);
    assert_has(r.why, owner->app.app_id);
}

/* --- services and classes --- */

static struct service_entry good_service(const char *id)
{
    return (struct service_entry){
        .service_id = id, .name = "示例服务", .base_url = "https://service.example/zwm"};
}

static void service_refused(void **state)
{
    (void)state;
    static const char *const urls[] = {"",
                                       "http://service.example",
                                       "ftp://service.example/",
                                       "http://127.0.0.1.example/",
                                       "http://127.0.0.1@example/",
                                       "http://127.0.0.10x/",
                                       "https://a b/",
                                       "https://a\n/",
                                       "https://中/"};
    struct work w = sample_work(DB_ADMIN);
    struct refusal r;
    int64_t before = acts();
    for (size_t i = 0; i < sizeof urls / sizeof urls[0]; i++) {
        struct service_entry s = good_service(new_id());
        s.base_url = urls[i];
        assert_int_equal(act_service_add(&w, &s, &r), ERR_FIELD_INVALID);
        assert_string_equal(r.field, "base_url");
        s.base_url = "https://x/";
        s.name = "a\xe2\x80\xae";
        assert_int_equal(act_service_add(&w, &s, &r), ERR_FIELD_INVALID);
        assert_string_equal(r.field, "name");
    }
    struct service_entry s = good_service("a b");
    assert_int_equal(act_service_add(&w, &s, &r), ERR_FIELD_INVALID);
    assert_int_equal(acts(), before);
}

static void service_is_not_moved_by_a_class(void **state)
{
    (void)state;
    struct work w = sample_work(DB_ADMIN);
    struct refusal r = {NULL, NULL};
    struct service_entry s = good_service(new_id()), got;
    struct class_entry c = {
        .class = new_id(), .name = "示例类别", .kind = "data", .service_id = s.service_id};
    assert_int_equal(act_class_add(&w, &c, NULL, &r), ERR_FIELD_INVALID); /* no such service */
    assert_string_equal(r.field, "service");
    assert_int_equal(act_class_add(&w, &c, &s, &r), ERR_OK); /* registers both */
    assert_int_equal(act_class_add(&w, &c, &s, &r), ERR_DUPLICATE);
    assert_has(r.why, "zwm class edit");
    int64_t before = acts();
    struct service_entry moved = s;
    moved.base_url = "https://elsewhere.example/";
    c.class = new_id();
    assert_int_equal(act_class_add(&w, &c, &moved, &r), ERR_FIELD_INVALID);
    assert_has(r.why, "https://service.example/zwm");
    assert_has(r.why, "zwm service edit");
    assert_int_equal(acts(), before);
    assert_int_equal(act_service_show(&w, s.service_id, &got), ERR_OK);
    assert_string_equal(got.base_url, s.base_url);
    assert_int_equal(got.classes, 1);
    moved.name = "另一名称"; /* the same address: the service is left alone */
    moved.base_url = s.base_url;
    assert_int_equal(act_class_add(&w, &c, &moved, &r), ERR_OK);
    assert_int_equal(act_service_show(&w, s.service_id, &got), ERR_OK);
    assert_string_equal(got.name, s.name);
    assert_int_equal(got.classes, 2);
    /* and moved where that is said */
    moved.name = NULL;
    moved.base_url = "https://elsewhere.example/";
    assert_int_equal(act_service_edit(&w, &moved, &r), ERR_OK);
    assert_has(last_act(), "\"before\":{\"base_url\":\"https://service.example/zwm\"},"
                           "\"after\":{\"base_url\":\"https://elsewhere.example/\"}");
}

static void removed_in_order(void **state)
{
    (void)state;
    struct work w = sample_work(DB_ADMIN);
    struct refusal r = {NULL, NULL};
    struct service_entry s = good_service(new_id()), other = good_service(new_id()), got;
    struct class_entry c = {.class = new_id(),
                            .name = "示例类别",
                            .kind = "file",
                            .service_id = s.service_id},
                       there;
    assert_int_equal(act_class_add(&w, &c, &s, &r), ERR_OK);
    assert_int_equal(act_service_add(&w, &other, &r), ERR_OK);
    int64_t before = acts();
    assert_int_equal(act_service_remove(&w, s.service_id, &r), ERR_FIELD_INVALID);
    assert_has(r.why, "1 classes");
    assert_int_equal(act_service_remove(&w, "nobody", &r), ERR_ABSENT);
    assert_int_equal(act_class_remove(&w, "nobody", &r), ERR_ABSENT);
    assert_int_equal(
        act_class_edit(&w, &(struct class_entry){.class = c.class, .service_id = "nobody"}, &r),
        ERR_FIELD_INVALID);
    assert_int_equal(
        act_class_edit(&w, &(struct class_entry){.class = c.class, .kind = "both"}, &r),
        ERR_FIELD_INVALID);
    assert_int_equal(act_class_edit(&w, &(struct class_entry){.class = c.class}, &r),
                     ERR_FIELD_INVALID);
    assert_int_equal(acts(), before);
    assert_int_equal(
        act_class_edit(&w, &(struct class_entry){.class = c.class, .service_id = other.service_id},
                       &r),
        ERR_OK);
    assert_int_equal(act_class_show(&w, c.class, &there), ERR_OK);
    assert_string_equal(there.service_id, other.service_id);
    assert_int_equal(act_service_remove(&w, s.service_id, &r), ERR_OK);
    assert_int_equal(act_service_show(&w, s.service_id, &got), ERR_ABSENT);
    assert_int_equal(act_class_remove(&w, c.class, &r), ERR_OK);
    assert_has(last_act(), "class.remove ");
    assert_int_equal(act_class_show(&w, c.class, &there), ERR_ABSENT);
    struct audit_check chain;
    assert_int_equal(audit_verify(w.db, w.kr, &chain), ERR_OK);
    assert_int_equal(chain.bad_seq, 0);
}

/* Two operators at once: one of them registers, and the record has one row. */
static enum err add_the_same(int i, struct db *db, void *arg)
{
    struct pool *p = pool_new(false);
    struct work w = {
        .pool = p, .conf = &sample.conf, .kr = sample.kr, .db = db, .now_sec = sample.now_sec};
    struct refusal r;
    struct service_entry s = good_service(arg);
    (void)i;
    enum err e = act_service_add(&w, &s, &r);
    pool_destroy(&p);
    return e;
}

static void race(void **state)
{
    (void)state;
    enum err results[SAMPLE_RACE_MOST];
    const char *id = new_id();
    sample_race(8, DB_ADMIN, add_the_same, (void *)(uintptr_t)id, results);
    assert_int_equal(sample_count(results, 8, ERR_OK), 1);
    assert_int_equal(sample_count(results, 8, ERR_DUPLICATE), 7);
    assert_int_equal(
        sample_number("SELECT COUNT(*) FROM audit WHERE action = 'service.add' AND detail LIKE"
                      " '%%%s%%'",
                      id),
        1);
}

#define REGISTER_TEST(fn) cmocka_unit_test_setup_teardown(fn, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        REGISTER_TEST(app_added),         REGISTER_TEST(app_refused),
        REGISTER_TEST(app_kind_refused),  REGISTER_TEST(app_taken),
        REGISTER_TEST(app_edited),        REGISTER_TEST(self_is_left_alone),
        REGISTER_TEST(key_needs_a_proof), REGISTER_TEST(key_of_another),
        REGISTER_TEST(service_refused),   REGISTER_TEST(service_is_not_moved_by_a_class),
        REGISTER_TEST(removed_in_order),  REGISTER_TEST(race),
    };
    return SAMPLE_RUN("register", tests);
}
