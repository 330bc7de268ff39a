/* A code system applies for a route: who may, what it may say, how much may wait; and the route in
 * force is told to who asks. */
#include "tests/act/registry_sample.h"

static enum err apply(const struct route_register_in *in, struct sm2_key *key)
{
    uint8_t no[APPLICATION_NO_LEN];
    return apply_with(in, key, no);
}

static int64_t pending(void)
{
    return sample_number("SELECT COUNT(*) FROM route_application WHERE status = 1");
}

static void waits_for_a_decision(void **state)
{
    (void)state;
    struct sm2_key *key = sample_key_new();
    const struct route_register_in in = form_of(CITY, key);
    uint8_t no[APPLICATION_NO_LEN], got[APPLICATION_NO_LEN], *der, digest[SM3_LEN];
    size_t len;
    struct work w = sample_work(DB_ADMIN);
    struct registry r = {.w = &w};
    assert_int_equal(apply_with(&in, key, no), ERR_OK);
    assert_int_equal(pending(), 1);
    assert_int_equal(registry_application_of(&r, CITY, got), ERR_OK);
    assert_memory_equal(got, no, sizeof no);
    sm2_key_spki(key, sample.pool, &der, &len);
    sm3(der, len, digest);
    const char *where = pool_printf(sample.pool, "FROM route_application WHERE application_no = %s",
                                    sample_hex(no, sizeof no));
    assert_int_equal(sample_number("SELECT signed_by = %s %s", sample_hex(digest, SM3_LEN), where),
                     1);
    assert_int_equal(sample_number("SELECT at %s", where), SAMPLE_NOON);
    /* a telephone number is somebody's */
    assert_int_equal(sample_number("SELECT INSTR(body, '010-') %s", where), 0);
    assert_null(list_at(0)); /* nothing is published for it */
}

static void at_fault(const struct route_register_in *in, struct sm2_key *key, const char *field)
{
    struct sample_call *s = registration(in->system, key);
    struct route_register_out out;
    enum err e = act_route_register(&s->c, in, &out);
    if (e != ERR_FIELD_INVALID || s->c.detail == NULL || strcmp(s->c.detail, field) != 0)
        fail_msg("%s: %s", field, err_name(e));
    assert_false(s->c.receipt);
    assert_int_equal(pending(), 0);
}

static void fields(void **state)
{
    (void)state;
    static const char *const systems[] = {"251000000", "951000001", "000000000", "25100001x"};
    static const char *const urls[] = {
        "http://a.example.com",
        "https://",
        "a.example.com",
        "https://a.example.com/",
        "https://127.0.0.1:1",
        "https://[::1]",
        "https://localhost",
        "https://a.example.com/?b",
        "https://u@a.example.com",
        "https://a.example.com/#x",
        "https://a.example.com/a b",
        "https://a.example.com/\"",
        "https://a.example.com/证",
        "ftp://a.example.com",
    };
    static const char *twice[] = {"ZWM1", "ZWM1"};
    struct sm2_key *key = sample_key_new();
    struct route_register_in good = form_of(CITY, key), in = good;
    for (size_t i = 0; i < sizeof systems / sizeof systems[0]; i++) {
        in.system = systems[i];
        at_fault(&in, key, "system");
    }
    in.system = sample.conf.system; /* our own entry is made from our settings */
    at_fault(&in, key, "system");
    in = good;
    for (size_t i = 0; i < sizeof urls / sizeof urls[0]; i++) {
        in.base_url = urls[i];
        at_fault(&in, key, "base_url");
    }
    in = good;
    in.code_types = (struct field_strings){twice, 2};
    at_fault(&in, key, "code_types");
    in = good;
    in.parent = CITY;
    at_fault(&in, key, "parent");
    in.parent = "000000001";
    at_fault(&in, key, "parent");
    in = good;
    static const char *const keys[] = {"", "AAAA", "no base64", "MFkwEwYHKoZIzj0CAQYIKoEcz1UBgi0D"};
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        in.public_key = keys[i];
        at_fault(&in, key, "public_key");
    }
    assert_int_equal(apply(&good, key), ERR_OK);
}

static void who_signs(void **state)
{
    (void)state;
    struct sm2_key *key = sample_key_new(), *other = sample_key_new();
    const struct route_register_in in = form_of(CITY, key);
    struct route_register_out out;
    struct sample_call *s;
    assert_int_equal(apply(&in, other), ERR_NOT_AUTHENTICATED); /* not the key it carries */
    s = registration(OTHER, key);                               /* in another's name */
    assert_int_equal(act_route_register(&s->c, &in, &out), ERR_NOT_AUTHENTICATED);
    s = registration(CITY, key);
    s->rq.body = "{ }"; /* another body than was signed */
    s->rq.body_len = 3;
    assert_int_equal(act_route_register(&s->c, &in, &out), ERR_NOT_AUTHENTICATED);
    s = registration(CITY, key);
    s->rq.target = "/api/v1/route/other";
    assert_int_equal(act_route_register(&s->c, &in, &out), ERR_NOT_AUTHENTICATED);
    s = registration(CITY, key);
    static const char *const headers[] = {
        NULL,
        "",
        "Bearer x",
        "ZWM-ALLOWLIST app_id=\"" CITY "\",timestamp=\"1930363200\",nonce=\"0123456789abcdef\"",
        "ZWM-SM2-SM3 app_id=\"" CITY "\",timestamp=\"1930363200\",nonce=\"0123456789abcdef\","
        "signature=\"AAAA\"",
    };
    for (size_t i = 0; i < sizeof headers / sizeof headers[0]; i++) {
        s->rq.authorization = headers[i];
        assert_int_equal(act_route_register(&s->c, &in, &out), ERR_NOT_AUTHENTICATED);
        assert_false(s->c.receipt); /* nobody is answered for who is not known */
    }
    assert_int_equal(pending(), 0);
}

static void when(void **state)
{
    (void)state;
    struct sm2_key *key = sample_key_new();
    const struct route_register_in in = form_of(CITY, key);
    struct route_register_out out;
    static const struct {
        int off;
        enum err e;
    } rows[] = {{301, ERR_CLOCK}, {-301, ERR_CLOCK}, {300, ERR_OK}, {-300, ERR_OK}};
    for (size_t i = 0; i < 4; i++) {
        struct sample_call *s = registration(CITY, key);
        s->c.w.now_sec += rows[i].off;
        assert_int_equal(act_route_register(&s->c, &in, &out), rows[i].e);
    }
    /* once */
    struct sample_call *s = registration(CITY, key);
    assert_int_equal(act_route_register(&s->c, &in, &out), ERR_OK);
    int64_t before = pending();
    assert_int_equal(act_route_register(&s->c, &in, &out), ERR_NONCE_USED);
    assert_int_equal(pending(), before);
}

static void not_the_registry(void **state)
{
    (void)state;
    struct sm2_key *key = sample_key_new();
    const struct route_register_in in = form_of(CITY, key);
    const char *kept = sample.conf.registry_url;
    sample.conf.registry_url = "https://registry.example.com";
    enum err e = apply(&in, key);
    sample.conf.registry_url = kept;
    assert_int_equal(e, ERR_NO_INTERFACE);
}

/* --- how much may wait --- */

static void bounded(void **state)
{
    (void)state;
    struct sm2_key *key = sample_key_new(), *stranger = NULL;
    struct route_register_in in = form_of(CITY, key);
    for (int i = 0; i < 5; i++)
        assert_int_equal(apply(&in, key), ERR_OK);
    assert_int_equal(apply(&in, key), ERR_AWAITING_APPROVAL);
    assert_int_equal(pending(), 5);
    /* others in its name, each with a key of its own */
    for (int i = 5; i < 50; i++) {
        stranger = sample_key_new();
        struct route_register_in theirs = form_of(CITY, stranger);
        assert_int_equal(apply(&theirs, stranger), ERR_OK);
    }
    stranger = sample_key_new();
    struct route_register_in theirs = form_of(CITY, stranger);
    assert_int_equal(apply(&theirs, stranger), ERR_AWAITING_APPROVAL);
    /* of another system there is room still */
    in = form_of(OTHER, key);
    assert_int_equal(apply(&in, key), ERR_OK);
}

/* Strangers cannot keep out a change under the key on record, and cannot make one. */
static void change_of_a_route(void **state)
{
    (void)state;
    struct sm2_key *key = sample_key_new(), *next = sample_key_new(), *stranger = sample_key_new();
    struct route_register_in in = form_of(CITY, key), change = form_of(CITY, next),
                             theirs = form_of(CITY, stranger);
    approved(&in, key);
    assert_int_equal(apply(&theirs, stranger), ERR_NOT_AUTHENTICATED);
    assert_int_equal(apply(&change, next), ERR_NOT_AUTHENTICATED);
    sample_sql("INSERT INTO route_application (application_no, system, app_nonce, body, signed_by,"
               " status, at) SELECT UNHEX(MD5(seq)), '" OTHER "', seq, 'x', UNHEX(SHA2(seq, 256)),"
               " 1, %lld FROM seq_1_to_20000",
               (long long)SAMPLE_NOON);
    struct route_register_in other = form_of(DISTRICT, stranger);
    assert_int_equal(apply(&other, stranger), ERR_AWAITING_APPROVAL);
    assert_int_equal(apply(&change, key), ERR_OK); /* the old key vouches for the new one */
}

static enum err apply_from(const char *system, const char *address)
{
    struct sm2_key *key = sample_key_new();
    const struct route_register_in in = form_of(system, key);
    struct route_register_out out;
    struct sample_call *s = registration(system, key);
    s->rq.address = address;
    return act_route_register(&s->c, &in, &out);
}

/* Each neighbourhood has its places, and one only once many wait. */
static void places(void **state)
{
    (void)state;
    char address[32];
    for (int i = 0; i < 20; i++) {
        (void)snprintf(address, sizeof address, "192.0.2.%d", i);
        assert_int_equal(apply_from(i % 2 == 0 ? CITY : OTHER, address), ERR_OK);
    }
    assert_int_equal(apply_from(DISTRICT, "192.0.2.99"), ERR_AWAITING_APPROVAL);
    assert_int_equal(apply_from(DISTRICT, "::ffff:192.0.2.99"), ERR_AWAITING_APPROVAL);
    assert_int_equal(apply_from(DISTRICT, "192.0.3.99"), ERR_OK);
    assert_int_equal(apply_from(DISTRICT, "2001:db8::1"), ERR_OK);
    sample_sql("INSERT INTO route_application (application_no, system, app_nonce, body, signed_by,"
               " status, at) SELECT UNHEX(MD5(seq)), '" OTHER "', seq, 'x', UNHEX(SHA2(seq, 256)),"
               " 1, %lld FROM seq_1_to_1000",
               (long long)SAMPLE_NOON);
    assert_int_equal(apply_from(DISTRICT, "192.0.3.99"), ERR_AWAITING_APPROVAL);
    assert_int_equal(apply_from(DISTRICT, "2001:db8::2"), ERR_AWAITING_APPROVAL);
    assert_int_equal(apply_from(DISTRICT, "2001:db8:0:1::2"), ERR_OK);
    assert_int_equal(apply_from(DISTRICT, "198.51.100.1"), ERR_OK);
}

static void several_wait(void **state)
{
    (void)state;
    struct sm2_key *key = sample_key_new(), *other = sample_key_new();
    struct route_register_in in = form_of(CITY, key), theirs = form_of(CITY, other);
    struct work w = sample_work(DB_ADMIN);
    struct registry r = {.w = &w};
    uint8_t no[APPLICATION_NO_LEN], newest[APPLICATION_NO_LEN];
    assert_int_equal(registry_application_of(&r, CITY, no), ERR_ABSENT);
    assert_int_equal(apply(&in, key), ERR_OK);
    sample_set_clock(SAMPLE_NOON + 1);
    assert_int_equal(apply_with(&in, key, newest), ERR_OK);
    assert_int_equal(registry_application_of(&r, CITY, no), ERR_OK);
    assert_memory_equal(no, newest, sizeof no);
    assert_int_equal(apply(&theirs, other), ERR_OK);
    assert_int_equal(registry_application_of(&r, CITY, no), ERR_DUPLICATE); /* whose are they? */
}

/* --- query --- */

static enum err query(const struct trust *trust, const char *system, struct route_query_out *out)
{
    struct sample_call *s =
        sample_call_new(CALL_ROUTE_QUERY, DB_ROUTE, sample_app_new(APP_SYSTEM, NULL));
    const struct route_query_in in = {system};
    s->c.w.trust = trust;
    enum err e = act_route_query(&s->c, &in, out);
    assert_int_equal(sample_recorded(s), e);
    if (e == ERR_OK)
        assert_int_equal(act_route_query(&s->c, &in, out), ERR_NONCE_USED);
    return e;
}

static void route_in_force(void **state)
{
    (void)state;
    struct sm2_key *key = sample_key_new();
    struct route_register_in in = form_of(CITY, key), below = form_of(DISTRICT, sample_key_new());
    struct route_query_out out;
    approved(&in, key);
    const struct trust *t = list_at(0);
    assert_non_null(t);
    assert_int_equal(query(t, CITY, &out), ERR_OK);
    assert_string_equal(out.system, CITY);
    assert_string_equal(out.name, "示例市码系统");
    assert_string_equal(out.base_url, in.base_url);
    assert_string_equal(out.public_key, in.public_key);
    assert_int_equal(out.code_types.n, 2);
    assert_string_equal(out.mode, "direct");
    assert_null(out.parent);
    assert_string_equal(out.status, "active");
    assert_int_equal(out.version.v, t->version);
    assert_int_equal(out.expires_at.v, SAMPLE_NOON + sample.conf.trust_ttl_sec);
    assert_int_equal(query(t, sample.conf.system, &out), ERR_OK); /* the registry itself */
    assert_int_equal(query(t, below.system, &out), ERR_NO_ROUTE);
    assert_int_equal(query(NULL, CITY, &out), ERR_NO_ROUTE);
    assert_int_equal(act_on(CITY, REGISTRY_SUSPEND), ERR_OK);
    assert_int_equal(query(list_at(0), CITY, &out), ERR_OK);
    assert_string_equal(out.status, "suspended");
    sample_set_clock(t->expires_at + 1);
    assert_int_equal(query(t, CITY, &out), ERR_TRUST_EXPIRED);
    assert_int_equal(query(t, below.system, &out), ERR_TRUST_EXPIRED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        REGISTRY_TEST(waits_for_a_decision),
        REGISTRY_TEST(fields),
        REGISTRY_TEST(who_signs),
        REGISTRY_TEST(when),
        REGISTRY_TEST(not_the_registry),
        REGISTRY_TEST(bounded),
        REGISTRY_TEST(places),
        REGISTRY_TEST(change_of_a_route),
        REGISTRY_TEST(several_wait),
        REGISTRY_TEST(route_in_force),
    };
    return SAMPLE_RUN("act_register", tests);
}
