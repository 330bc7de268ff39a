/* http: what a party at the other end may do to us, and where a call may go. The other end is a
 * server in this program, on 127.0.0.1. */
#include "tests/unit/http_sample.h"

#include "core/base/clock.h"

static void fails(const struct http_request *rq, bool connected)
{
    struct http_answer a;
    int before = atomic_load(&server->connections);
    if (call(rq, &a) != ERR_IO)
        fail_msg("taken: %s", rq->url);
    assert_non_null(a.failure);
    assert_int_not_equal(strlen(a.failure), 0);
    assert_int_equal(a.connected, connected);
    assert_int_equal(atomic_load(&server->connections) - before, connected);
}

static void an_answer_is_taken_whole(void **state)
{
    struct http_request rq = get("/ok");
    struct http_answer a;
    (void)state;
    assert_int_equal(call(&rq, &a), ERR_OK);
    assert_int_equal(a.status, 200);
    assert_string_equal(a.content_type, "text/plain");
    assert_int_equal(a.body_len, 5);
    assert_string_equal(a.body, "hello");
    rq = get("/chunks");
    assert_int_equal(call(&rq, &a), ERR_OK);
    assert_string_equal(a.body, "hello world");
}

static void any_status_is_an_answer(void **state)
{
    struct http_request rq = get("/failure");
    struct http_answer a;
    (void)state;
    assert_int_equal(call(&rq, &a), ERR_OK);
    assert_int_equal(a.status, 503);
    assert_string_equal(a.content_type, "");
    assert_string_equal(a.body, "no");
    rq = get("/nothing");
    assert_int_equal(call(&rq, &a), ERR_OK);
    assert_int_equal(a.status, 204);
    assert_int_equal(a.body_len, 0);
}

static void redirects_are_not_followed(void **state)
{
    struct http_request rq = get("/redirect");
    struct http_answer a;
    int before = atomic_load(&server->connections);
    (void)state;
    assert_int_equal(call(&rq, &a), ERR_OK);
    assert_int_equal(a.status, 302);
    assert_int_equal(a.body_len, 0);
    assert_int_equal(atomic_load(&server->connections), before + 1);
}

static void a_body_has_its_most(void **state)
{
    static const char *const paths[] = {"/big", "/unsaid"};
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct http_request rq = get(paths[i]);
        struct http_answer a;
        assert_int_equal(call(&rq, &a), ERR_OK);
        assert_int_equal(a.body_len, BIG);
        static const uint64_t less[] = {BIG - 1, 1, 0};
        for (size_t k = 0; k < 3; k++) {
            rq.max_len = less[k];
            fails(&rq, true);
        }
    }
}

static void half_an_answer_is_none(void **state)
{
    static const char *const paths[] = {"/torn", "/torn-chunks", "/closes", "/no-http"};
    (void)state;
    for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++) {
        struct http_request rq = get(paths[i]);
        fails(&rq, true);
    }
}

static void silence_ends(void **state)
{
    static const char *const paths[] = {"/hang", "/hang-later"};
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct http_request rq = get(paths[i]);
        rq.total_ms = SHORT_MS;
        int64_t began = clock_mono_us();
        fails(&rq, true);
        int64_t spent = clock_mono_us() - began;
        assert_true(spent >= (SHORT_MS - 1) * 1000 && spent < PATIENCE_MS * 1000);
    }
}

/* A queue that is full drops who wants to connect. */
static void connecting_ends(void **state)
{
    int port, fd = loopback_listen(0, &port), waiting[8];
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    (void)state;
    a.sin_port = htons((uint16_t)port);
    for (size_t i = 0; i < 8; i++) {
        waiting[i] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        assert_true(waiting[i] >= 0);
        (void)connect(waiting[i], (const struct sockaddr *)(const void *)&a, sizeof a);
    }
    struct http_request rq = get("/ok");
    rq.url = pool_printf(pool, "http://127.0.0.1:%d/ok", port);
    rq.connect_ms = SHORT_MS;
    int64_t began = clock_mono_us();
    fails(&rq, false);
    assert_true(clock_mono_us() - began < PATIENCE_MS * 1000);
    for (size_t i = 0; i < 8; i++)
        (void)close(waiting[i]);
    (void)close(fd);
    fails(&rq, false); /* nobody listens any more */
}

/* --- where it may go --- */

static void private_addresses_are_refused(void **state)
{
    static const char *const hosts[] = {"127.0.0.1",          "localhost",  "127.0.0.2", "127.1",
                                        "0x7f000001",         "2130706433", "0.0.0.0",   "[::1]",
                                        "[::ffff:127.0.0.1]", "[::]",       "LOCALHOST."};
    (void)state;
    for (size_t i = 0; i < sizeof hosts / sizeof hosts[0]; i++) {
        struct http_request rq = get("/ok");
        rq.url = pool_printf(pool, "http://%s:%d/ok", hosts[i], server->port);
        rq.public_only = true;
        fails(&rq, false);
    }
}

static void names_may_lead_here_if_allowed(void **state)
{
    struct http_request rq = get("/ok");
    struct http_answer a;
    (void)state;
    rq.url = pool_printf(pool, "http://localhost:%d/ok", server->port);
    assert_int_equal(call(&rq, &a), ERR_OK);
    assert_string_equal(a.body, "hello");
}

/* The address is looked at when a connection is made; one that stands must be no way round it. */
static void a_kept_connection_is_no_way_round(void **state)
{
    struct http_request rq = get("/keep");
    struct http_answer a;
    int before = atomic_load(&server->connections);
    (void)state;
    for (int i = 0; i < 3; i++) {
        assert_int_equal(call(&rq, &a), ERR_OK);
        assert_string_equal(a.body, "kept");
    }
    assert_int_equal(atomic_load(&server->connections), before + 1);
    rq.public_only = true;
    fails(&rq, false);
}

static void addresses(void **state)
{
    static const struct {
        const char *address;
        bool public;
    } rows[] = {
        {"93.184.216.34", true},
        {"10.0.0.1", true}, /* systems may be in one private network */
        {"192.168.1.1", true},
        {"2001:db8::1", true},
        {"fd00::1", true},
        {"::ffff:93.184.216.34", true},
        {"127.0.0.1", false},
        {"127.255.255.255", false},
        {"0.0.0.0", false},
        {"0.1.2.3", false},
        {"169.254.169.254", false},
        {"224.0.0.1", false},
        {"239.255.255.255", false},
        {"255.255.255.255", false},
        {"::", false},
        {"::1", false},
        {"fe80::1", false},
        {"febf::1", false},
        {"ff02::1", false},
        {"::ffff:127.0.0.1", false},
        {"::ffff:169.254.0.1", false},
        {"::127.0.0.1", false},
        {"", false},
        {"localhost", false},
        {"127.1", false},
        {"1.2.3.4.5", false},
        {"::1%lo", false},
        {"[::1]", false},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (http_address_is_public(rows[i].address) != rows[i].public)
            fail_msg("%s", rows[i].address);
}

static void other_schemes_are_refused(void **state)
{
    static const char *const schemes[] = {"ftp",  "gopher", "dict", "telnet",
                                          "smtp", "ldap",   "file"};
    (void)state;
    for (size_t i = 0; i < sizeof schemes / sizeof schemes[0]; i++) {
        struct http_request rq = get("/ok");
        rq.url = pool_printf(pool, "%s://127.0.0.1:%d/ok", schemes[i], server->port);
        fails(&rq, false);
    }
    struct http_request rq = get("/ok");
    rq.url = "file:///etc/hostname";
    fails(&rq, false);
    rq.url = "";
    fails(&rq, false);
}

static void no_proxy_of_the_environment_is_asked(void **state)
{
    struct http_request rq = get("/ok");
    struct http_answer a;
    (void)state;
    (void)setenv("http_proxy", "http://127.0.0.1:1", 1);
    (void)setenv("all_proxy", "http://127.0.0.1:1", 1);
    assert_int_equal(call(&rq, &a), ERR_OK);
    (void)unsetenv("http_proxy");
    (void)unsetenv("all_proxy");
}

/* --- headers --- */

static void headers_are_kept(void **state)
{
    struct http_request rq = get("/headers");
    struct http_answer a;
    (void)state;
    assert_int_equal(call(&rq, &a), ERR_OK);
    assert_int_equal(a.zwm_n, 4);
    assert_string_equal(http_header(&a, "zwm-system"), "223010001");
    assert_string_equal(http_header(&a, "content-range"), "bytes 0-4/9");
    assert_string_equal(http_header(&a, "content-length"), "5");
    assert_string_equal(http_header(&a, "zwm-empty"), "");
    assert_null(http_header(&a, "x-zwm-other"));
    assert_null(http_header(&a, "zwmother"));
    assert_null(http_header(&a, "content-type"));
}

static void more_headers_than_are_kept(void **state)
{
    struct http_request rq = get("/many");
    struct http_answer a;
    (void)state;
    assert_int_equal(call(&rq, &a), ERR_OK);
    assert_int_equal(a.zwm_n, HTTP_HEADERS_KEPT);
    assert_string_equal(http_header(&a, "zwm-n0"), "0");
    assert_string_equal(http_header(&a, "zwm-n11"), "11");
    assert_null(http_header(&a, "zwm-n12"));
}

static void interim_answers_do_not_count(void **state)
{
    struct http_request rq = get("/interim");
    struct http_answer a;
    (void)state;
    assert_int_equal(call(&rq, &a), ERR_OK);
    assert_int_equal(a.status, 200);
    assert_string_equal(http_header(&a, "zwm-system"), "223010001");
    assert_null(http_header(&a, "zwm-signature"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_answer_is_taken_whole),
        cmocka_unit_test(any_status_is_an_answer),
        cmocka_unit_test(redirects_are_not_followed),
        cmocka_unit_test(a_body_has_its_most),
        cmocka_unit_test(half_an_answer_is_none),
        cmocka_unit_test(silence_ends),
        cmocka_unit_test(connecting_ends),
        cmocka_unit_test(private_addresses_are_refused),
        cmocka_unit_test(names_may_lead_here_if_allowed),
        cmocka_unit_test(a_kept_connection_is_no_way_round),
        cmocka_unit_test(addresses),
        cmocka_unit_test(other_schemes_are_refused),
        cmocka_unit_test(no_proxy_of_the_environment_is_asked),
        cmocka_unit_test(headers_are_kept),
        cmocka_unit_test(more_headers_than_are_kept),
        cmocka_unit_test(interim_answers_do_not_count),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
