/* registry_sample: what the tests of the registry share: empty tables of routes, systems that
 * apply, and an administrator. */
#ifndef ZWM_TESTS_REGISTRY_SAMPLE_H
#define ZWM_TESTS_REGISTRY_SAMPLE_H

#include "tests/act/call_sample.h"

#include "core/act/registry/registry.h"
#include "core/act/registry/route.h"
#include "core/base/text.h"
#include "core/crypto/b64.h"
#include "core/net/trust.h"

#define CITY     "251010001"
#define DISTRICT "251010701"
#define OTHER    "233010001"

static inline int begin(void **state)
{
    if (sample_begin(state) != 0)
        return 1;
    sample_sql("DELETE FROM route; DELETE FROM route_application; DELETE FROM trust_list");
    return 0;
}

#define REGISTRY_TEST(fn) cmocka_unit_test_setup_teardown(fn, begin, sample_end)

/* A well formed registration of `system` with the public half of `key`. */
static inline struct route_register_in form_of(const char *system, const struct sm2_key *key)
{
    static const char *types[] = {"ZWM1", "QYM1"};
    static struct route_contact contact = {"王示例", "010-00000000", "a@example.com"};
    uint8_t *der;
    size_t len;
    sm2_key_spki(key, sample.pool, &der, &len);
    return (struct route_register_in){
        .system = system,
        .name = "示例市码系统",
        .base_url = pool_printf(sample.pool, "https://s%s.example.com", system),
        .public_key = b64_encode(sample.pool, der, len),
        .code_types = {types, 2},
        .mode = "direct",
        .contact = &contact};
}

/* The call that a registration comes with, signed by `system` with `key`. */
static inline struct sample_call *registration(const char *system, struct sm2_key *key)
{
    struct sample_app *app = pool_alloc(sample.pool, sizeof *app);
    app->key = key;
    (void)snprintf(app->app.app_id, sizeof app->app.app_id, "%s", system);
    struct sample_call *s = sample_call_new(CALL_ROUTE_REGISTER, DB_ROUTE, app);
    s->c.app = NULL;      /* authenticated by the act */
    s->rq.address = NULL; /* of no neighbourhood */
    s->c.signing_string = NULL;
    s->c.sig = (struct callsig){.scheme = CALLSIG_SM2};
    return s;
}

/* Applies; `no` gets the application's number. */
static inline enum err apply_with(const struct route_register_in *in, struct sm2_key *key,
                                  uint8_t no[APPLICATION_NO_LEN])
{
    struct sample_call *s = registration(in->system, key);
    struct route_register_out out;
    enum err e = act_route_register(&s->c, in, &out);
    if (e == ERR_OK) {
        assert_true(s->c.in_progress);
        assert_true(s->c.receipt);
        assert_int_equal(
            hex_decode(out.application_no, strlen(out.application_no), no, APPLICATION_NO_LEN),
            ERR_OK);
    }
    return e;
}

/* Approves or refuses as an administrator; *why_r (may be NULL) gets the doubt. */
static inline enum err decide(const uint8_t no[APPLICATION_NO_LEN], bool approve,
                              const char **why_r)
{
    struct work w = sample_work(DB_ADMIN);
    struct registry r = {.w = &w};
    const char *system = NULL;
    enum err e = registry_decide(&r, no, approve, &system);
    if (why_r != NULL)
        *why_r = r.why != NULL ? r.why : "";
    return e;
}

/* Registers a system and approves it. */
static inline void approved(const struct route_register_in *in, struct sm2_key *key)
{
    uint8_t no[APPLICATION_NO_LEN];
    const char *why = "";
    assert_int_equal(apply_with(in, key, no), ERR_OK);
    if (decide(no, true, &why) != ERR_OK)
        fail_msg("not approved: %s", why);
}

static inline enum err act_on(const char *system, enum registry_act act)
{
    struct work w = sample_work(DB_ADMIN);
    struct registry r = {.w = &w};
    return registry_act(&r, system, act);
}

static void release(void *arg)
{
    struct trust *t = arg;
    trust_release(&t);
}

/* The list in force at a moment (0: the newest); NULL if there is none. Released with the pool. */
static inline const struct trust *list_at(int64_t at_sec)
{
    struct work w = sample_work(DB_ADMIN);
    struct registry r = {.w = &w};
    struct trust_row row;
    struct trust *t = NULL;
    enum err e = registry_list(&r, at_sec, &row, &t);
    assert_true(e == ERR_OK || e == ERR_ABSENT);
    if (t != NULL)
        pool_on_destroy(sample.pool, release, t);
    return t;
}

#endif
