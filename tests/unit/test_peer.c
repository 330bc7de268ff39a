/* peer: receipts, hops, and who is believed. Signed strings are put together here as interface 2.1
 * and 2.6 write them, not by the functions that are tested. */
#include "tests/unit/loopback.h"

#include <sys/stat.h>

#include "core/base/log.h"
#include "core/crypto/keyring.h"
#include "core/crypto/sm3.h"
#include "core/net/peer.h"
#include "core/net/peer_receipt.h"
#include "core/net/peer_relay.h"
#include "core/net/trust.h"
#include "core/wire/callsig.h"

#define NOW      INT64_C(1795384939)
#define WINDOW   300
#define SELF     "223010001"
#define NATION   "100000001"
#define PROVINCE "251000001"
#define CITY     "251010001"
#define PAUSED   "300090101" /* suspended */
#define UNLISTED "244000001"
#define REQUEST                                                                                    \
    "POST\n/api/v1/code/verify\n1795384930\n0123456789abcdef\n"                                    \
    "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0\n"

static char dir[] = "/tmp/zwm-peer-XXXXXX";
static struct pool *pool;
static struct sm2_key *keys[5]; /* of the systems, in the order of the list; the last: nobody's */
static struct trust_system systems[4];
static struct trust list = {.version = 1,
                            .issued_at = NOW - 60,
                            .expires_at = NOW + 3600,
                            .publisher = NATION,
                            .systems = systems,
                            .n = 4};
static struct conf conf;
static struct work w;
static struct loopback *server;

/* The key of a listed system; of any other a key that is in no list. */
static const struct sm2_key *key_of(const char *system)
{
    for (size_t i = 0; i < 4; i++)
        if (strcmp(systems[i].system, system) == 0)
            return keys[i];
    return keys[4];
}

static const char *sign(const struct sm2_key *key, const char *text)
{
    uint8_t sig[SM2_SIG_LEN];
    assert_int_equal(sm2_sign(key, text, strlen(text), sig), ERR_OK);
    return sm2_sig_to_text(sig, pool);
}

static const char *digest(const void *data, size_t len)
{
    char hex[2 * SM3_LEN + 1];
    sm3_hex(data, len, hex);
    return pool_strdup(pool, hex);
}

/* --- hops --- */

/* The Zwm-Relay of `system` for a request. */
static const char *relay_of(const char *system, const struct sm2_key *key, const char *request,
                            const char *via, int64_t at)
{
    const char *text =
        pool_printf(pool, "%s\n%s\n%lld\n", digest(request, strlen(request)), via, (long long)at);
    return pool_printf(pool, "system=\"%s\",timestamp=\"%lld\",signature=\"%s\"", system,
                       (long long)at, sign(key, text));
}

static void came_directly(void **state)
{
    (void)state;
    assert_int_equal(peer_check_via(&w, NULL, NULL, REQUEST), ERR_OK);
}

static void hops_that_hold(void **state)
{
    static const char *const vias[][2] = {
        {PROVINCE, PROVINCE},
        {CITY ", " PROVINCE, PROVINCE},
        {CITY "," PROVINCE, PROVINCE},
        /* only the last one is known to us: it answers for those before it */
        {UNLISTED ", 237000001, 211000001, " NATION, NATION},
    };
    static const int64_t offs[] = {0, WINDOW, -WINDOW};
    (void)state;
    for (size_t i = 0; i < sizeof vias / sizeof vias[0]; i++)
        for (size_t k = 0; k < 3; k++)
            assert_int_equal(peer_check_via(&w, vias[i][0],
                                            relay_of(vias[i][1], key_of(vias[i][1]), REQUEST,
                                                     vias[i][0], NOW + offs[k]),
                                            REQUEST),
                             ERR_OK);
}

/* Well signed by the last of them, and yet refused. */
static void ways_that_are_refused(void **state)
{
    static const struct {
        const char *via, *last;
        enum err e;
    } rows[] = {
        /* too long, round, through us: before anything is verified */
        {UNLISTED ", 237000001, 211000001, " CITY ", " NATION, NATION, ERR_LOOP},
        {SELF, SELF, ERR_LOOP},
        {CITY ", " SELF ", " PROVINCE, PROVINCE, ERR_LOOP},
        {SELF ", " PROVINCE, PROVINCE, ERR_LOOP},
        {PROVINCE ", " PROVINCE, PROVINCE, ERR_LOOP},
        {PROVINCE ", " CITY ", " PROVINCE, PROVINCE, ERR_LOOP},
        /* who passed it on */
        {PAUSED, PAUSED, ERR_SYSTEM_SUSPENDED},
        {CITY ", " PAUSED, PAUSED, ERR_SYSTEM_SUSPENDED},
        {UNLISTED, UNLISTED, ERR_NOT_AUTHENTICATED},
        {CITY ", " PROVINCE, CITY, ERR_NOT_AUTHENTICATED}, /* not the last */
        {CITY, PROVINCE, ERR_NOT_AUTHENTICATED},           /* not on the way */
        /* the form */
        {"", PROVINCE, ERR_NOT_AUTHENTICATED},
        {" ", PROVINCE, ERR_NOT_AUTHENTICATED},
        {", " PROVINCE, PROVINCE, ERR_NOT_AUTHENTICATED},
        {"25100000", "25100000", ERR_NOT_AUTHENTICATED},
        {"2510000011", PROVINCE, ERR_NOT_AUTHENTICATED},
        {"25100000A", "25100000A", ERR_NOT_AUTHENTICATED},
        {"951000001", "951000001", ERR_NOT_AUTHENTICATED},
        {PROVINCE ";" CITY, CITY, ERR_NOT_AUTHENTICATED},
        {CITY "\t" PROVINCE, PROVINCE, ERR_NOT_AUTHENTICATED},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const char *relay = relay_of(rows[i].last, key_of(rows[i].last), REQUEST, rows[i].via, NOW);
        enum err e = peer_check_via(&w, rows[i].via, relay, REQUEST);
        if (e != rows[i].e)
            fail_msg("%s by %s: %s", rows[i].via, rows[i].last, err_name(e));
    }
}

static void refused(const char *via, const char *relay, const char *what)
{
    if (peer_check_via(&w, via, relay, REQUEST) != ERR_NOT_AUTHENTICATED)
        fail_msg("taken: %s", what);
}

static void signatures_that_do_not_hold(void **state)
{
    static const char via[] = CITY ", " PROVINCE;
    const struct sm2_key *key = key_of(PROVINCE);
    const char *good = relay_of(PROVINCE, key, REQUEST, via, NOW);
    (void)state;
    assert_int_equal(peer_check_via(&w, via, good, REQUEST), ERR_OK);
    refused(via, relay_of(PROVINCE, keys[4], REQUEST, via, NOW), "nobody's key");
    refused(via, relay_of(PROVINCE, key_of(CITY), REQUEST, via, NOW), "another system's key");
    refused(via, relay_of(PROVINCE, key, "GET" REQUEST, via, NOW), "another request");
    refused(via, relay_of(PROVINCE, key, REQUEST, PROVINCE, NOW), "a shorter way");
    refused(via, relay_of(PROVINCE, key, REQUEST, CITY "," PROVINCE, NOW), "written otherwise");
    refused(PROVINCE, good, "a system taken out of the way");
    refused(NATION ", " CITY ", " PROVINCE, good, "a system put into the way");
    refused(via, relay_of(PROVINCE, key, REQUEST, via, NOW - WINDOW - 1), "too old");
    refused(via, relay_of(PROVINCE, key, REQUEST, via, NOW + WINDOW + 1), "from the future");
    refused(via, relay_of(PROVINCE, key, REQUEST, via, 0), "from the beginning");
    const char *sig = strstr(good, "signature=");
    refused(
        via,
        pool_printf(pool, "system=\"%s\",timestamp=\"%lld\",%s", PROVINCE, (long long)NOW + 1, sig),
        "a timestamp changed");
    refused(NULL, good, "without a way");
    refused(via, NULL, "without a signature");
    refused(via, "", "empty");
    refused(via, pool_printf(pool, "%sx", good), "something behind it");
    refused(via, pool_printf(pool, " %s", good), "something before it");
    refused(via, pool_strndup(pool, good, strlen(good) - 1), "cut short");
    refused(via,
            pool_printf(pool, "timestamp=\"%lld\",system=\"%s\",%s", (long long)NOW, PROVINCE, sig),
            "another order");
    refused(via,
            pool_printf(pool, "system=\"%s\",timestamp=\"%lld\",signature=\"AAAA\"", PROVINCE,
                        (long long)NOW),
            "no signature");
    for (size_t i = 0; i < strlen(sig); i += 7) {
        char *copy = pool_strdup(pool, good), *at = copy + (sig - good) + i;
        *at = *at == 'x' ? 'y' : 'x';
        refused(via, copy, copy);
    }
}

static void no_relay_is_believed_without_a_list(void **state)
{
    struct work without = w;
    (void)state;
    without.trust = NULL;
    const char *relay = relay_of(PROVINCE, key_of(PROVINCE), REQUEST, PROVINCE, NOW);
    assert_int_equal(peer_check_via(&without, PROVINCE, relay, REQUEST), ERR_NOT_AUTHENTICATED);
}

/* After a change of key the one before it counts to the end of the overlap, that second included.
 */
static void the_key_before_it(void **state)
{
    const char *relay = relay_of(PROVINCE, keys[4], REQUEST, PROVINCE, NOW);
    (void)state;
    systems[1].previous_key = keys[4];
    systems[1].previous_until = NOW;
    assert_int_equal(peer_check_via(&w, PROVINCE, relay, REQUEST), ERR_OK);
    systems[1].previous_until = NOW - 1;
    assert_int_equal(peer_check_via(&w, PROVINCE, relay, REQUEST), ERR_NOT_AUTHENTICATED);
    systems[1].previous_key = NULL;
}

/* --- receipts --- */

struct receipt {
    const char *system, *stamp, *request, *body;
    int status;
    const struct sm2_key *key;
};

static const char *receipt_text(const struct receipt *r)
{
    return pool_printf(pool, "%s\n%d\n%s\n%s\n", digest(r->request, strlen(r->request)), r->status,
                       r->stamp, digest(r->body, strlen(r->body)));
}

static struct http_answer answer_with(const char *system, const char *stamp, const char *signature)
{
    const char *const rows[][2] = {
        {"zwm-system", system}, {"zwm-timestamp", stamp}, {"zwm-signature", signature}};
    struct http_answer a = {
        .status = 200, .content_type = "application/json", .body = "{\"a\":1}", .body_len = 7};
    for (size_t i = 0; i < 3; i++) {
        if (rows[i][1] == NULL)
            continue;
        a.zwm[a.zwm_n][0] = rows[i][0];
        a.zwm[a.zwm_n++][1] = rows[i][1];
    }
    return a;
}

static bool holds(const struct http_answer *a)
{
    return peer_receipt_holds(pool, &systems[2], NOW, REQUEST, a);
}

static struct receipt right(void)
{
    return (struct receipt){CITY, "1795384939", REQUEST, "{\"a\":1}", 200, key_of(CITY)};
}

static bool holds_as(const struct receipt *r)
{
    const struct http_answer a = answer_with(CITY, "1795384939", sign(r->key, receipt_text(r)));
    return holds(&a);
}

static void a_receipt_holds(void **state)
{
    struct receipt r = right();
    (void)state;
    assert_true(holds_as(&r));
}

static void receipts_over_something_else(void **state)
{
    struct receipt r = right();
    (void)state;
    r.status = 201;
    assert_false(holds_as(&r));
    r = right();
    r.body = "{\"a\":2}";
    assert_false(holds_as(&r));
    r = right();
    r.body = "";
    assert_false(holds_as(&r));
    r = right();
    r.request = "POST\n/api/v1/code/verify\n1795384930\n0123456789abcdeg\n";
    assert_false(holds_as(&r));
    r = right();
    r.stamp = "1795384938";
    assert_false(holds_as(&r));
    r = right();
    r.key = key_of(PROVINCE); /* another system's word for this one's */
    assert_false(holds_as(&r));
    r.key = keys[4];
    assert_false(holds_as(&r));
}

static void receipts_of_another_system(void **state)
{
    struct receipt r = right();
    const char *sig = sign(key_of(PROVINCE), receipt_text(&r));
    struct http_answer a = answer_with(PROVINCE, "1795384939", sig);
    (void)state;
    assert_true(peer_receipt_holds(pool, &systems[1], NOW, REQUEST, &a));
    assert_false(holds(&a)); /* a relay's own receipt */
    a = answer_with(PROVINCE, "1795384939", sign(key_of(CITY), receipt_text(&r)));
    assert_false(holds(&a));
}

static void receipts_that_are_none(void **state)
{
    const struct receipt r = right();
    const char *sig = sign(r.key, receipt_text(&r)), *at = "1795384939";
    const char *const rows[][3] = {
        {NULL, at, sig},
        {CITY, NULL, sig},
        {CITY, at, NULL},
        {NULL, NULL, NULL},
        {"", at, sig},
        {"25101000", at, sig},
        {CITY " ", at, sig},
        {CITY, "", sig},
        {CITY, "+1795384939", sig},
        {CITY, " 1795384939", sig},
        {CITY, "1795384939x", sig},
        {CITY, "-1", sig},
        {CITY, "17953849390000", sig},
        {CITY, at, ""},
        {CITY, at, "AAAA"},
        {CITY, at, "no base64!"},
        {CITY, at, pool_printf(pool, "%s ", sig)},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct http_answer a = answer_with(rows[i][0], rows[i][1], rows[i][2]);
        if (holds(&a))
            fail_msg("row %zu holds", i);
    }
}

static void receipts_under_the_key_before_it(void **state)
{
    struct receipt r = right();
    (void)state;
    r.key = keys[4];
    systems[2].previous_key = keys[4];
    systems[2].previous_until = NOW;
    assert_true(holds_as(&r));
    r.key = key_of(PROVINCE);
    assert_false(holds_as(&r));
    r.key = keys[4];
    systems[2].previous_until = NOW - 1;
    assert_false(holds_as(&r));
    systems[2].previous_key = NULL;
    r = right();
    assert_true(holds_as(&r)); /* the listed one always counts */
}

/* --- who is believed --- */

enum signer { NOBODY, THE_TARGET, A_RELAY };

struct said {
    const char *body;
    enum signer by;
    char text[2048]; /* the answer, made in the server's thread */
};

/* A value of the request's Authorization. */
static void part_of(const char *request, const char *name, char *out, size_t size)
{
    const char *at = strstr(request, name);
    at = at != NULL ? at + strlen(name) : "";
    (void)snprintf(out, size, "%.*s", (int)strcspn(at, "\""), at);
}

/* Answers as the target or as a relay would; the receipt is over what came in. */
static void serve(struct loopback *s, int conn)
{
    struct said *said = s->arg;
    struct pool *p = pool_new(false);
    char stamp[32], nonce[80], hex[2 * SM3_LEN + 1], request_hex[2 * SM3_LEN + 1];
    uint8_t sig[SM2_SIG_LEN];
    const char *body = strstr(s->request, "\r\n\r\n"), *receipt = "";
    part_of(s->request, "timestamp=\"", stamp, sizeof stamp);
    part_of(s->request, "nonce=\"", nonce, sizeof nonce);
    body = body != NULL ? body + 4 : "";
    sm3_hex(body, strlen(body), hex);
    const char *signed_text =
        pool_printf(p, "POST\n/api/v1/code/verify\n%s\n%s\n%s\n", stamp, nonce, hex);
    sm3_hex(signed_text, strlen(signed_text), request_hex);
    sm3_hex(said->body, strlen(said->body), hex);
    const char *text = pool_printf(p, "%s\n200\n1795384940\n%s\n", request_hex, hex),
               *system = said->by == A_RELAY ? PROVINCE : CITY;
    if (said->by != NOBODY &&
        sm2_sign(keys[said->by == A_RELAY ? 1 : 2], text, strlen(text), sig) == ERR_OK)
        receipt =
            pool_printf(p, "Zwm-System: %s\r\nZwm-Timestamp: 1795384940\r\nZwm-Signature: %s\r\n",
                        system, sm2_sig_to_text(sig, p));
    (void)snprintf(said->text, sizeof said->text,
                   "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %zu\r\n"
                   "Connection: close\r\n%s\r\n%s",
                   strlen(said->body), receipt, said->body);
    loopback_say(conn, said->text);
    pool_destroy(&p);
}

static struct said said;

static enum err ask(const char *body, enum signer by, struct peer_call *c)
{
    said.body = body;
    said.by = by;
    return peer_ask(&w, CALL_VERIFY, CITY, "{\"code\":\"x\"}", NULL, c);
}

#define ANSWER(result, code, items)                                                                \
    "{\"process_response\":{\"result_code\":\"" result "\",\"error_code\":\"" code                 \
    "\",\"error_msg\":\"said\",\"items\":[" items "]}}"

static void who_is_believed(void **state)
{
    static const struct {
        const char *body;
        enum err of[3]; /* with no receipt, the target's, a relay's; ERR_OK: it is believed */
        enum err word;
    } rows[] = {
#define ONLY_THE_TARGET {ERR_SYSTEM_UNREACHABLE, ERR_OK, ERR_SYSTEM_UNREACHABLE}
#define NOBODY_AT_ALL                                                                              \
    {                                                                                              \
        ERR_SYSTEM_UNREACHABLE, ERR_SYSTEM_UNREACHABLE, ERR_SYSTEM_UNREACHABLE                     \
    }
        {ANSWER("100", "", "{\"a\":1}"), ONLY_THE_TARGET, ERR_OK},
        {ANSWER("103", "", "{}"), ONLY_THE_TARGET, ERR_OK},
        {ANSWER("102", "3004", ""), ONLY_THE_TARGET, ERR_CODE_EXPIRED},
        {ANSWER("102", "5002", ""), ONLY_THE_TARGET, ERR_AUTHZ_EXPIRED},
        {ANSWER("102", "6002", ""), ONLY_THE_TARGET, ERR_TICKET_EXPIRED},
        {ANSWER("102", "4004", ""), {ERR_LOOP, ERR_LOOP, ERR_LOOP}, ERR_LOOP},
        {ANSWER("102", "9001", ""), NOBODY_AT_ALL, ERR_OK},
        {ANSWER("102", "2001", ""), NOBODY_AT_ALL, ERR_OK},
        {ANSWER("102", "3999", ""), NOBODY_AT_ALL, ERR_OK},
        {ANSWER("100", "3004", "{}"), NOBODY_AT_ALL, ERR_OK},
        {ANSWER("102", "", "{}"), NOBODY_AT_ALL, ERR_OK},
        {"{}", NOBODY_AT_ALL, ERR_OK},
        {"<html>", NOBODY_AT_ALL, ERR_OK},
        {"", NOBODY_AT_ALL, ERR_OK},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        for (int by = NOBODY; by <= A_RELAY; by++) {
            struct peer_call c;
            enum err e = ask(rows[i].body, (enum signer)by, &c);
            if (e != rows[i].of[by])
                fail_msg("%s, receipt %d: %s", rows[i].body, by, err_name(e));
            assert_true(c.sent);
            assert_string_equal(c.hop, CITY);
            assert_string_equal(c.answer.body, rows[i].body);
            if (e == ERR_OK) {
                assert_int_equal(c.error, rows[i].word);
                assert_string_equal(c.msg, "said");
                assert_int_equal(c.in_progress, strstr(rows[i].body, "\"103\"") != NULL);
                assert_int_equal(c.item != NULL, rows[i].word == ERR_OK);
            } else {
                assert_null(c.item);
            }
            /* Each failure is forgotten before the breaker counts three. */
            struct peer_call good;
            assert_int_equal(ask(rows[0].body, THE_TARGET, &good), ERR_OK);
        }
}

static void what_is_sent(void **state)
{
    struct peer_call c;
    (void)state;
    said.body = ANSWER("100", "", "{\"a\":1}");
    said.by = THE_TARGET;
    assert_int_equal(peer_ask(&w, CALL_VERIFY, CITY, "{\"code\":\"x\"}", "0123456789abcdef", &c),
                     ERR_OK);
    assert_string_equal(c.request_string,
                        pool_printf(pool, "POST\n/api/v1/code/verify\n%lld\n0123456789abcdef\n%s\n",
                                    (long long)NOW, digest("{\"code\":\"x\"}", 12)));
    struct callsig sig;
    assert_int_equal(callsig_parse(c.authorization, &sig), ERR_OK);
    assert_string_equal(sig.app_id, SELF);
    assert_true(
        sm2_verify(keyring_system_key(w.kr), c.request_string, strlen(c.request_string), sig.sig));
    const char *r = server->request;
    assert_int_equal(strncmp(r, "POST /api/v1/code/verify HTTP/1.1\r\n", 35), 0);
    assert_non_null(strstr(r, pool_printf(pool, "\r\nAuthorization: %s\r\n", c.authorization)));
    assert_non_null(strstr(r, "\r\nZwm-Target: " CITY "\r\n"));
    assert_non_null(strstr(r, "\r\nZwm-Receipt: required\r\n"));
    assert_non_null(strstr(r, "\r\nContent-Type: application/json\r\n"));
}

static void not_sent_at_all(void **state)
{
    struct peer_call c;
    struct work other = w;
    int before = atomic_load(&server->connections);
    (void)state;
    assert_int_equal(peer_ask(&w, CALL_VERIFY, PAUSED, "{}", NULL, &c), ERR_SYSTEM_SUSPENDED);
    assert_int_equal(peer_ask(&w, CALL_VERIFY, SELF, "{}", NULL, &c), ERR_NO_ROUTE);
    assert_int_equal(peer_ask(&w, CALL_VERIFY, "nonsense", "{}", NULL, &c), ERR_NO_ROUTE);
    /* there is a way to it, but its receipt could not be checked */
    assert_int_equal(peer_ask(&w, CALL_VERIFY, "251020001", "{}", NULL, &c), ERR_NO_ROUTE);
    assert_false(c.sent);
    other.trust = NULL;
    assert_int_equal(peer_ask(&other, CALL_VERIFY, CITY, "{}", NULL, &c), ERR_NO_ROUTE);
    other = w;
    other.now_sec = list.expires_at + 1;
    assert_int_equal(peer_ask(&other, CALL_VERIFY, CITY, "{}", NULL, &c), ERR_TRUST_EXPIRED);
    assert_false(c.sent);
    /* where loopback routes are not allowed, nobody's route may lead here */
    conf.allow_loopback_routes = 0;
    assert_int_equal(peer_ask(&w, CALL_VERIFY, CITY, "{}", NULL, &c), ERR_SYSTEM_UNREACHABLE);
    conf.allow_loopback_routes = 1;
    assert_false(c.sent);
    assert_int_equal(atomic_load(&server->connections), before);
}

/* --- passing on --- */

static struct relay passing(const char *via)
{
    return (struct relay){.w = &w,
                          .target = CITY,
                          .method = "POST",
                          .path = "/api/v1/code/verify",
                          .content_type = "application/xml",
                          .authorization = "as it came",
                          .via = via,
                          .body = "<a/>",
                          .body_len = 4,
                          .signing_string = REQUEST};
}

static void passed_on_unchanged(void **state)
{
    struct relay r = passing(PROVINCE);
    char relay[512];
    (void)state;
    said.body = "whatever it says";
    said.by = NOBODY;
    assert_int_equal(peer_relay(&r), ERR_OK);
    assert_string_equal(r.hop, CITY);
    assert_string_equal(r.answer.body, "whatever it says");
    const char *sent = server->request, *at = strstr(sent, "\r\nZwm-Relay: ");
    assert_non_null(strstr(sent, "\r\nAuthorization: as it came\r\n"));
    assert_non_null(strstr(sent, "\r\nContent-Type: application/xml\r\n"));
    assert_non_null(strstr(sent, "\r\nZwm-Via: " PROVINCE ", " SELF "\r\n"));
    assert_non_null(strstr(sent, "\r\n\r\n<a/>"));
    assert_non_null(at);
    (void)snprintf(relay, sizeof relay, "%.*s", (int)strcspn(at + 13, "\r"), at + 13);
    const char *text = pool_printf(pool, "%s\n" PROVINCE ", " SELF "\n%lld\n",
                                   digest(REQUEST, strlen(REQUEST)), (long long)NOW);
    char sig_text[128];
    uint8_t sig[SM2_SIG_LEN];
    part_of(relay, "signature=\"", sig_text, sizeof sig_text);
    assert_int_equal(sm2_sig_from_text(sig_text, strlen(sig_text), sig), ERR_OK);
    assert_true(sm2_verify(keyring_system_key(w.kr), text, strlen(text), sig));
}

static void not_passed_on(void **state)
{
    static const struct {
        const char *via;
        enum err e;
    } rows[] = {{CITY, ERR_LOOP}, /* back to where it has been */
                {CITY ", " PROVINCE, ERR_LOOP},
                {UNLISTED ", 237000001, 211000001, " NATION, ERR_LOOP}, /* it would be the fifth */
                {PROVINCE ", " PROVINCE, ERR_LOOP},
                {"nonsense", ERR_NOT_AUTHENTICATED}};
    int before = atomic_load(&server->connections);
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct relay r = passing(rows[i].via);
        assert_int_equal(peer_relay(&r), rows[i].e);
    }
    struct relay r = passing(NULL);
    r.target = PAUSED;
    assert_int_equal(peer_relay(&r), ERR_SYSTEM_SUSPENDED);
    r.target = SELF;
    assert_int_equal(peer_relay(&r), ERR_NO_ROUTE);
    assert_int_equal(atomic_load(&server->connections), before);
}

/* --- set up --- */

static int setup(void **state)
{
    static const char *const ids[] = {NATION, PROVINCE, CITY, PAUSED};
    (void)state;
    log_init("test", LOG_FATAL); /* refusals are what most tests here are about */
    pool = pool_new(false);
    server = loopback_start(serve, &said);
    conf = (struct conf){.system = SELF,
                         .parent = "",
                         .mode = "direct",
                         .call_window_sec = WINDOW,
                         .peer_connect_ms = 20000,
                         .peer_total_ms = 20000,
                         .allow_loopback_routes = 1};
    w = (struct work){.pool = pool,
                      .conf = &conf,
                      .trust = &list,
                      .http = http_client_new(NULL),
                      .now_ms = NOW * 1000,
                      .now_sec = NOW};
    for (size_t i = 0; i < 5; i++)
        keys[i] = sm2_key_generate();
    for (size_t i = 0; i < 4; i++) {
        systems[i] = (struct trust_system){
            .base_url = pool_printf(pool, "http://127.0.0.1:%d", server->port),
            .mode = TRUST_DIRECT,
            .active = strcmp(ids[i], PAUSED) != 0,
            .key = keys[i]};
        memcpy(systems[i].system, ids[i], sizeof systems[i].system);
    }
    char *ring = mkdtemp(dir) != NULL ? pool_printf(pool, "%s/keys", dir) : NULL;
    struct keyring *kr = NULL;
    if (ring == NULL || keyring_create(ring) != ERR_OK || keyring_open(ring, &kr) != ERR_OK)
        return 1;
    w.kr = kr;
    return 0;
}

static int teardown(void **state)
{
    static const char *const names[] = {"keys/passphrase", "keys/system.key", "keys/data.key"};
    struct keyring *kr = (struct keyring *)(uintptr_t)w.kr;
    (void)state;
    loopback_stop(server);
    http_client_free(&w.http);
    keyring_free(&kr);
    for (size_t i = 0; i < 5; i++)
        sm2_key_free(&keys[i]);
    for (size_t i = 0; i < 3; i++)
        (void)unlink(pool_printf(pool, "%s/%s", dir, names[i]));
    (void)rmdir(pool_printf(pool, "%s/keys", dir));
    (void)rmdir(dir);
    pool_destroy(&pool);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(came_directly),
        cmocka_unit_test(hops_that_hold),
        cmocka_unit_test(ways_that_are_refused),
        cmocka_unit_test(signatures_that_do_not_hold),
        cmocka_unit_test(no_relay_is_believed_without_a_list),
        cmocka_unit_test(the_key_before_it),
        cmocka_unit_test(a_receipt_holds),
        cmocka_unit_test(receipts_over_something_else),
        cmocka_unit_test(receipts_of_another_system),
        cmocka_unit_test(receipts_that_are_none),
        cmocka_unit_test(receipts_under_the_key_before_it),
        cmocka_unit_test(who_is_believed),
        cmocka_unit_test(what_is_sent),
        cmocka_unit_test(not_sent_at_all),
        cmocka_unit_test(passed_on_unchanged),
        cmocka_unit_test(not_passed_on),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
