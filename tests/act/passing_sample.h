/* passing_sample: what the tests of passing share: a city and a province above it, both at the
 * address of one peer, third parties of ours, and what the city answers. */
#ifndef ZWM_TESTS_PASSING_SAMPLE_H
#define ZWM_TESTS_PASSING_SAMPLE_H

#include "tests/act/call_sample.h"
#include "tests/act/tls_peer.h"

#include "core/base/text.h"
#include "core/net/http.h"
#include "core/net/peer_gate.h"

#define CITY     "233010001"
#define PROVINCE "233000001" /* its word does not count for the city's */
#define SQBH     "0123456789abcdef0123456789abcdef"
#define TICKET   CITY ".0123456789abcdefghijklmnopqrstuvwxyzABCDEFG"

static struct tls_peer *peer;
static struct http_client *http;
static const struct sample_app *third;
static struct sm2_key *city, *province, *stranger;
static const struct trust *list;

static inline int start_peer(void **state)
{
    if (sample_open(state) != 0)
        return 1;
    peer = tls_peer_start();
    http = http_client_new(peer->ca_file);
    sample.conf.allow_loopback_routes = 1;
    sample.conf.peer_connect_ms = sample.conf.peer_total_ms =
        20000; /* sanitizers take their time */
    return 0;
}

static inline int stop_peer(void **state)
{
    http_client_free(&http);
    tls_peer_stop(&peer);
    return sample_close(state);
}

static inline int begin(void **state)
{
    if (sample_begin(state) != 0)
        return 1;
    city = sample_key_new();
    province = sample_key_new();
    stranger = sample_key_new();
    third = sample_app_new(APP_THIRD_PARTY, NULL);
    const struct sample_system systems[] = {
        {.system = CITY, .key = city, .base_url = peer->url, .parent = PROVINCE},
        {.system = PROVINCE, .key = province, .base_url = peer->url}};
    list = sample_trust(systems, 2);
    peer->answer = (struct tls_answer){.status = 0};
    peer_gate_init(10);
    return 0;
}

#define PASSING_TEST(fn)         cmocka_unit_test_setup_teardown(fn, begin, sample_end)
#define PASSING_RUN(name, tests) cmocka_run_group_tests_name(name, tests, start_peer, stop_peer)

/* --- what the city says --- */

static inline const char *done(const char *item)
{
    return pool_printf(sample.pool,
                       "{\"process_response\":{\"result_code\":\"100\",\"error_code\":\"\","
                       "\"error_msg\":\"\",\"date\":\"2031-03-04\",\"request_id\":"
                       "\"00000000000000000000000000000000\",\"items\":[%s]}}",
                       item);
}

static inline const char *refused(const char *code)
{
    return pool_printf(sample.pool,
                       "{\"process_response\":{\"result_code\":\"102\",\"error_code\":\"%s\","
                       "\"error_msg\":\"市里这么说\",\"date\":\"2031-03-04\",\"request_id\":"
                       "\"00000000000000000000000000000000\",\"items\":[]}}",
                       code);
}

/* A verification's item of `system` with `ticket`. */
static inline const char *item_with(const char *system, const char *ticket, const char *czqx)
{
    return pool_printf(
        sample.pool,
        "{\"ticket\":\"%s\",\"ticket_expires\":%lld,\"sqbh\":\"" SQBH "\",\"system\":\"%s\","
        "\"code_type\":\"ZWM1\",\"channel\":\"01\",\"deadline\":%lld,\"subject\":{\"type\":"
        "\"person\",\"name\":\"张**\",\"id_no\":\"999999********0032\"},\"xxlb\":[\"" SAMPLE_CLASS
        "\"],\"xxsy\":{\"sqbh\":\"" SQBH "\"},\"czqx\":\"%s\"}",
        ticket, (long long)sample.now_sec + 300, system, (long long)sample.now_sec + 60, czqx);
}

/* Prepares an answer with the city's receipt; by 409 where it refuses. */
static inline void city_says(const char *body)
{
    bool refuses = strstr(body, "\"102\"") != NULL;
    peer->answer = (struct tls_answer){
        .status = refuses ? 409 : 200, .body = body, .system = CITY, .key = city};
}

/* --- who asks --- */

static inline struct sample_call *call_of(enum call_id id, enum db_role role,
                                          const struct sample_app *app)
{
    struct sample_call *s = sample_call_new(id, role, app);
    s->c.w.trust = list;
    s->c.w.http = http;
    return s;
}

static inline int64_t evidence_of(const char *where)
{
    return sample_number("SELECT COUNT(*) FROM evidence WHERE at_ms = %lld AND %s",
                         (long long)sample.now_ms, where);
}

/* Nothing stands in the store as evidence; each test has the same moment. */
static inline int begin_clean(void **state)
{
    if (begin(state) != 0)
        return 1;
    sample_sql("DELETE FROM evidence");
    return 0;
}

#define CLEAN_TEST(fn) cmocka_unit_test_setup_teardown(fn, begin_clean, sample_end)

/* Receipts that must not be believed. */
struct flaw {
    const char *name;
    const char *system;
    const struct sm2_key **key;
    const char *receipt_body;
    bool other_request;
};
static const struct flaw flaws[] = {
    {"no receipt at all", NULL, NULL, NULL, false},
    {"made with a key that is in no list", CITY, (const struct sm2_key **)&stranger, NULL, false},
    {"made with another system's key", CITY, (const struct sm2_key **)&province, NULL, false},
    {"of the system above it", PROVINCE, (const struct sm2_key **)&province, NULL, false},
    {"in another system's name", PROVINCE, (const struct sm2_key **)&city, NULL, false},
    {"made for another answer", CITY, (const struct sm2_key **)&city, "{}", false},
    {"made for another request", CITY, (const struct sm2_key **)&city, NULL, true},
};
enum { FLAWS_N = sizeof flaws / sizeof flaws[0] };

static inline void flawed(const struct flaw *f, int status, const char *body)
{
    peer->answer = (struct tls_answer){.status = status,
                                       .body = body,
                                       .system = f->system,
                                       .key = f->key != NULL ? *f->key : NULL,
                                       .receipt_body = f->receipt_body,
                                       .other_request = f->other_request};
}

#endif
