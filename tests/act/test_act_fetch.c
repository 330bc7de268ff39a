/* Elsewhere than at the registry: the list that it publishes is fetched and put in force, and
 * nothing else that its address may say; and the application to be listed in it. */
#include "tests/act/registry_sample.h"
#include "tests/act/tls_peer.h"

#include "core/code/jcs.h"
#include "core/net/http.h"

#define REGISTRY "100000001"
#define SECOND   "100000002" /* another publisher, with the same key */

enum { HOUR = 3600 };

static struct tls_peer *peer;
static struct http_client *http;
static struct sm2_key *registry, *stranger, *other_key;

static int start_peer(void **state)
{
    if (sample_open(state) != 0)
        return 1;
    peer = tls_peer_start();
    http = http_client_new(peer->ca_file);
    sample.conf.peer_connect_ms = sample.conf.peer_total_ms = 20000;
    sample.conf.registry_url = peer->url;
    sample.conf.registry_system = REGISTRY;
    return 0;
}

static int stop_peer(void **state)
{
    http_client_free(&http);
    tls_peer_stop(&peer);
    return sample_close(state);
}

static int begin_fetch(void **state)
{
    if (begin(state) != 0)
        return 1;
    registry = sample_key_new();
    stranger = sample_key_new();
    other_key = sample_key_new();
    peer->answer = (struct tls_answer){.status = 0};
    return 0;
}

static int end_fetch(void **state)
{
    sample_sql("DELETE FROM trust_list");
    return sample_end(state);
}

#define FETCH_TEST(fn) cmocka_unit_test_setup_teardown(fn, begin_fetch, end_fetch)

/* --- what the registry publishes --- */

struct published {
    const char *publisher; /* NULL: REGISTRY */
    int64_t version, issued_at, expires_at;
    const struct sm2_key *signer, *listed; /* NULL: the registry's */
    const char *name;                      /* of the city; NULL: a usual one */
};

static struct json_object *item(const char *system, const char *name, const struct sm2_key *key)
{
    uint8_t *der;
    size_t len;
    sm2_key_spki(key, sample.pool, &der, &len);
    return json_tokener_parse(pool_printf(
        sample.pool,
        "{\"system\":\"%s\",\"name\":\"%s\",\"base_url\":\"https://%s.example.com\",\"public_key\":"
        "\"%s\",\"code_types\":[\"ZWM1\"],\"mode\":\"direct\",\"status\":\"active\"}",
        system, name, system, b64_encode(sample.pool, der, len)));
}

/* The list as the registry signs it: over the canonical form of everything but the signature. */
static const char *list_of(const struct published *l)
{
    const char *publisher = l->publisher != NULL ? l->publisher : REGISTRY;
    struct json_object *o = json_object_new_object(), *systems = json_object_new_array();
    struct buf text;
    uint8_t sig[SM2_SIG_LEN];
    (void)json_object_array_add(
        systems, item(publisher, "示例注册中心", l->listed != NULL ? l->listed : registry));
    (void)json_object_array_add(systems,
                                item(CITY, l->name != NULL ? l->name : "示例市码系统", other_key));
    (void)json_object_object_add(o, "version", json_object_new_int64(l->version));
    (void)json_object_object_add(o, "issued_at", json_object_new_int64(l->issued_at));
    (void)json_object_object_add(o, "expires_at", json_object_new_int64(l->expires_at));
    (void)json_object_object_add(o, "publisher", json_object_new_string(publisher));
    (void)json_object_object_add(o, "systems", systems);
    buf_init(&text, sample.pool);
    assert_int_equal(jcs_write(&text, o), ERR_OK);
    assert_int_equal(sm2_sign(l->signer != NULL ? l->signer : registry, text.data, text.len, sig),
                     ERR_OK);
    (void)json_object_object_add(o, "signature",
                                 json_object_new_string(sm2_sig_to_text(sig, sample.pool)));
    const char *whole = pool_strdup(sample.pool, json_object_to_json_string(o));
    json_object_put(o);
    return whole;
}

static struct published version_of(int64_t version)
{
    return (struct published){
        .version = version, .issued_at = sample.now_sec - 60, .expires_at = sample.now_sec + HOUR};
}

static enum err fetch(int64_t *version_r, const char **why_r)
{
    struct work w = sample_work(DB_ROUTE);
    struct registry r = {.w = &w, .why = ""};
    w.http = http;
    enum err e = registry_fetch(&r, registry, version_r);
    *why_r = r.why;
    return e;
}

static enum err fetch_text(const char *text, int64_t *version_r, const char **why_r)
{
    peer->answer = (struct tls_answer){.status = 200, .body = text};
    return fetch(version_r, why_r);
}

static void fetched(const struct published *l)
{
    int64_t version;
    const char *why;
    if (fetch_text(list_of(l), &version, &why) != ERR_OK || version != l->version)
        fail_msg("version %lld: %s", (long long)l->version, why);
}

/* --- what is in force here, as a responder sees it --- */

enum { LOOKS_MOST = 64 };

static void in_force(int64_t version, const char *publisher, const char *name_of_city)
{
    static struct trust_cache *caches[LOOKS_MOST]; /* a cache lives as long as its process */
    static size_t n;
    assert_true(n < LOOKS_MOST);
    struct trust_cache *cache = caches[n++] = trust_cache_new(registry);
    assert_int_equal(trust_cache_refresh(cache, sample_db(DB_ROUTE)), ERR_OK);
    struct trust *t = trust_cache_get(cache);
    db_rollback(sample_db(DB_ROUTE));
    assert_non_null(t);
    assert_int_equal(t->version, version);
    assert_string_equal(t->publisher, publisher);
    const struct trust_system *s = trust_find(t, CITY);
    assert_non_null(s);
    assert_string_equal(s->name, name_of_city);
    trust_release(&t);
}

static int64_t changes(void)
{
    return sample_number("SELECT seq FROM change_counter");
}

static void put_in_force(void **state)
{
    (void)state;
    struct published l = version_of(7);
    int64_t before = changes(), version;
    const char *why;
    const char *text = list_of(&l);
    assert_int_equal(fetch_text(text, &version, &why), ERR_OK);
    assert_int_equal(version, 7);
    in_force(7, REGISTRY, "示例市码系统");
    assert_int_equal(changes(), before + 1); /* caches look */
    assert_non_null(strstr(peer->request, "GET /api/v1/route/list HTTP/1.1\r\n"));
    /* the same again is nothing new */
    assert_int_equal(fetch_text(text, &version, &why), ERR_OK);
    assert_int_equal(version, 0);
    assert_int_equal(changes(), before + 1);
    l = version_of(9);
    l.name = "改名后的市码系统";
    fetched(&l);
    in_force(9, REGISTRY, "改名后的市码系统");
}

/* The last good list stays in force, whatever comes. */
static void still(const char *text, const char *because)
{
    int64_t before = changes(), version = 1;
    const char *why;
    enum err e = fetch_text(text, &version, &why);
    if (e != ERR_BAD || strstr(why, because) == NULL)
        fail_msg("wanted \"%s\", got %s: %s", because, err_name(e), why);
    assert_int_equal(version, 0);
    assert_int_equal(changes(), before);
    assert_int_equal(sample_number("SELECT COUNT(*) FROM trust_list"), 1);
    in_force(7, REGISTRY, "示例市码系统");
}

static void refused(void **state)
{
    (void)state;
    struct published l = version_of(7);
    fetched(&l);
    l = version_of(6);
    still(list_of(&l), "older");
    l = version_of(7);
    l.name = "改名后的市码系统";
    still(list_of(&l), "another content");
    l = version_of(8);
    l.signer = stranger;
    still(list_of(&l), "signature");
    l = version_of(8);
    l.signer = other_key; /* of a system that is listed */
    still(list_of(&l), "signature");
    l = version_of(8);
    l.expires_at = sample.now_sec - 1;
    still(list_of(&l), "expired");
    l = version_of(8);
    l.issued_at = sample.now_sec + sample.conf.call_window_sec + 1;
    still(list_of(&l), "future");
    l = version_of(8);
    l.expires_at = l.issued_at + sample.conf.trust_ttl_most_sec + 1;
    still(list_of(&l), "trust_ttl_most_sec");
    l = version_of(8);
    l.publisher = SECOND;
    still(list_of(&l), "publisher");
    l = version_of(8);
    l.listed = stranger;
    still(list_of(&l), "another key");
}

/* A letter of a list that was signed. */
static void altered(void **state)
{
    (void)state;
    struct published l = version_of(7);
    fetched(&l);
    l = version_of(8);
    char *text = pool_strdup(sample.pool, list_of(&l)), *at = strstr(text, "s" CITY);
    if (at == NULL)
        at = strstr(text, CITY ".example.com");
    assert_non_null(at);
    at[9] = '-'; /* another host */
    still(text, "signature");
    still("", "no JSON object");
    still("[]", "no JSON object");
    still("{\"version\":9}", "signature");
    still(pool_printf(sample.pool, "%s{}", list_of(&l)), "no JSON object");
}

/* The lists that bounds just allow. */
static void at_the_bounds(void **state)
{
    (void)state;
    struct published l = version_of(7);
    l.issued_at = sample.now_sec + sample.conf.call_window_sec;
    l.expires_at = l.issued_at + sample.conf.trust_ttl_most_sec;
    fetched(&l);
    l = version_of(8);
    l.expires_at = sample.now_sec;
    fetched(&l);
    in_force(8, REGISTRY, "示例市码系统");
}

/* A registry that has moved: another's versions count from their own beginning, if it is the one
 * that the settings name. */
static void another_publisher(void **state)
{
    (void)state;
    struct published l = version_of(7);
    fetched(&l);
    sample.conf.registry_system = SECOND;
    l = version_of(1);
    l.publisher = SECOND;
    fetched(&l);
    in_force(1, SECOND, "示例市码系统");
    sample.conf.registry_system = REGISTRY;
}

static void not_to_be_had(void **state)
{
    (void)state;
    struct published l = version_of(7);
    int64_t version = 1;
    const char *why;
    fetched(&l);
    l = version_of(8);
    const struct tls_answer answers[] = {
        {.status = 0},
        {.status = 503, .body = "{}"},
        {.status = 404, .body = list_of(&l)},
        {.status = 302, .head = "Location: /elsewhere\r\n"},
    };
    for (size_t i = 0; i < sizeof answers / sizeof answers[0]; i++) {
        peer->answer = answers[i];
        assert_int_equal(fetch(&version, &why), ERR_IO);
        assert_true(*why != '\0');
        assert_int_equal(version, 0);
    }
    /* whose certificate nobody answers for is not asked at all */
    int asked = atomic_load(&peer->requests);
    struct http_client *ours = http;
    struct tls_peer *another = tls_peer_start();
    http = http_client_new(another->ca_file);
    peer->answer = (struct tls_answer){.status = 200, .body = list_of(&l)};
    assert_int_equal(fetch(&version, &why), ERR_IO);
    assert_int_equal(atomic_load(&peer->requests), asked);
    http_client_free(&http);
    tls_peer_stop(&another);
    http = ours;
    in_force(7, REGISTRY, "示例市码系统");
}

/* --- applying --- */

static enum err apply(const struct registry_form *f, const char **no_r, const char **why_r)
{
    struct work w = sample_work(DB_ADMIN);
    struct registry r = {.w = &w, .why = ""};
    w.http = http;
    enum err e = registry_apply(&r, f, no_r);
    *why_r = r.why;
    return e;
}

static struct registry_form form(void)
{
    return (struct registry_form){.url = peer->url,
                                  .contact = {"王示例", "010-00000000", "a@example.com"}};
}

/* Signed with our key and addressed to the registry, as interface 2.1 writes it. */
static void check_signature(void)
{
    const char *authorization = tls_peer_header(peer, "Authorization"), *body = tls_peer_body(peer);
    struct callsig sig;
    char hex[2 * SM3_LEN + 1];
    assert_non_null(authorization);
    assert_int_equal(callsig_parse(authorization, &sig), ERR_OK);
    assert_string_equal(sig.app_id, sample.conf.system);
    assert_string_equal(sig.to, REGISTRY);
    sm3_hex(body, strlen(body), hex);
    const char *text =
        pool_printf(sample.pool, "POST\n/api/v1/route/register\n%s\n%s\n%s\n" REGISTRY "\n",
                    sig.timestamp, sig.nonce, hex);
    assert_true(sm2_verify(keyring_system_key(sample.kr), text, strlen(text), sig.sig));
}

static void applied(void **state)
{
    (void)state;
    const char *no, *why;
    struct registry_form f = form();
    f.mode = "relay";
    f.parent = "251010001";
    f.invitation = "ABCD-EFGH";
    peer->answer = (struct tls_answer){
        .status = 200,
        .body = "{\"process_response\":{\"result_code\":\"103\",\"error_code\":\"\",\"error_msg\":"
                "\"\",\"items\":[{\"application_no\":\"0123456789abcdef0123456789abcdef\"}]}}"};
    assert_int_equal(apply(&f, &no, &why), ERR_OK);
    assert_string_equal(no, "0123456789abcdef0123456789abcdef");
    check_signature();
    const struct json_object *o = json_parse(sample.pool, tls_peer_body(peer));
    uint8_t *der;
    size_t len;
    sm2_key_spki(keyring_system_key(sample.kr), sample.pool, &der, &len);
    assert_string_equal(json_get_text(o, "system", ""), sample.conf.system);
    assert_string_equal(json_get_text(o, "public_key", ""), b64_encode(sample.pool, der, len));
    assert_string_equal(json_get_text(o, "base_url", ""), sample.conf.base_url);
    assert_string_equal(json_get_text(o, "mode", ""), "relay");
    assert_string_equal(json_get_text(o, "parent", ""), "251010001");
    assert_string_equal(json_get_text(o, "invitation", ""), "ABCD-EFGH");
    assert_string_equal(json_get_text(json_get(o, "contact"), "name", ""), "王示例");
    /* what the form leaves out is said by the settings */
    f = form();
    assert_int_equal(apply(&f, &no, &why), ERR_OK);
    o = json_parse(sample.pool, tls_peer_body(peer));
    assert_string_equal(json_get_text(o, "mode", ""), sample.conf.mode);
    assert_string_equal(json_get_text(o, "invitation", "none"), "none");
}

/* A change of key is signed with the key that we have, and names the new one. */
static void applied_with_another_key(void **state)
{
    (void)state;
    const char *no, *why;
    struct registry_form f = form();
    uint8_t *der;
    size_t len;
    f.key = other_key;
    peer->answer = (struct tls_answer){
        .status = 200,
        .body = "{\"process_response\":{\"result_code\":\"103\",\"error_code\":\"\",\"error_msg\":"
                "\"\",\"items\":[{\"application_no\":\"0123456789abcdef0123456789abcdef\"}]}}"};
    assert_int_equal(apply(&f, &no, &why), ERR_OK);
    check_signature();
    sm2_key_spki(other_key, sample.pool, &der, &len);
    assert_string_equal(
        json_get_text(json_parse(sample.pool, tls_peer_body(peer)), "public_key", ""),
        b64_encode(sample.pool, der, len));
}

static void not_applied(void **state)
{
    (void)state;
    const char *no = "none", *why;
    const struct registry_form f = form();
    peer->answer = (struct tls_answer){
        .status = 403,
        .body = "{\"process_response\":{\"result_code\":\"102\",\"error_code\":\"4006\","
                "\"error_msg\":\"等待审批\",\"items\":[]}}"};
    assert_int_equal(apply(&f, &no, &why), ERR_BAD);
    assert_null(no);
    assert_string_equal(why, "4006 等待审批");
    peer->answer = (struct tls_answer){.status = 502, .type = "text/html", .body = "<html>"};
    assert_int_equal(apply(&f, &no, &why), ERR_BAD);
    assert_string_equal(why, "HTTP 502");
    peer->answer = (struct tls_answer){.status = 0};
    assert_int_equal(apply(&f, &no, &why), ERR_IO);
    assert_null(no);
    /* to whom it is addressed must be known before anything is sent */
    int asked = atomic_load(&peer->requests);
    sample.conf.registry_system = "";
    assert_int_equal(apply(&f, &no, &why), ERR_BAD);
    assert_non_null(strstr(why, "registry_system"));
    sample.conf.registry_system = REGISTRY;
    assert_int_equal(atomic_load(&peer->requests), asked);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FETCH_TEST(put_in_force),      FETCH_TEST(refused),
        FETCH_TEST(altered),           FETCH_TEST(at_the_bounds),
        FETCH_TEST(another_publisher), FETCH_TEST(not_to_be_had),
        FETCH_TEST(applied),           FETCH_TEST(applied_with_another_key),
        FETCH_TEST(not_applied),
    };
    return cmocka_run_group_tests_name("registry elsewhere", tests, start_peer, stop_peer);
}
