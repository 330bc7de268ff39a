/* http: what a party at the other end may do to us, and what we send it. The other end is a server
 * in this program, on 127.0.0.1. */
#include "tests/unit/loopback.h"

#include "core/base/clock.h"
#include "core/net/http.h"

enum { BIG = 100000, PATIENCE_MS = 20000, SHORT_MS = 200 };

static struct pool *pool;
static struct loopback *server;
static struct http_client *client;

#define OK_HEAD "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Type: text/plain\r\n"

/* --- the other end: what it answers, by path --- */

static void say_body(int conn, size_t len)
{
    static char body[BIG];
    memset(body, 'x', sizeof body);
    loopback_say_n(conn, body, len);
}

static void say_many(int conn)
{
    char line[64];
    loopback_say(conn, OK_HEAD);
    for (int i = 0; i < 20; i++) {
        (void)snprintf(line, sizeof line, "Zwm-N%d: %d\r\n", i, i);
        loopback_say(conn, line);
    }
    loopback_say(conn, "Content-Length: 0\r\n\r\n");
}

static void serve(struct loopback *s, int conn)
{
    static const struct {
        const char *path, *head;
        size_t body; /* bytes of it */
        bool hang;
    } rows[] = {
        {"/ok", OK_HEAD "Content-Length: 5\r\n\r\nhello", 0, false},
        {"/redirect",
         "HTTP/1.1 302 Found\r\nConnection: close\r\nLocation: /ok\r\nContent-Length: 0\r\n\r\n", 0,
         false},
        {"/failure", "HTTP/1.1 503 No\r\nConnection: close\r\nContent-Length: 2\r\n\r\nno", 0,
         false},
        {"/nothing", "HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n", 0, false},
        {"/big", OK_HEAD "Content-Length: 100000\r\n\r\n", BIG, false},
        {"/unsaid", OK_HEAD "\r\n", BIG, false}, /* it does not say how long it is */
        {"/chunks",
         OK_HEAD "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n", 0,
         false},
        {"/torn", OK_HEAD "Content-Length: 100000\r\n\r\n", 10, false},
        {"/torn-chunks", OK_HEAD "Transfer-Encoding: chunked\r\n\r\n5\r\nhel", 0, false},
        {"/closes", "", 0, false},
        {"/no-http", "220 ready\r\n", 0, false},
        {"/hang", "", 0, true},
        {"/hang-later", OK_HEAD "Content-Length: 100000\r\n\r\n", 10, true},
        {"/headers",
         OK_HEAD "ZWM-System: \t223010001 \t\r\nX-Zwm-Other: no\r\nContent-Range: bytes 0-4/9\r\n"
                 "zwm-empty:\r\nContent-Length: 5\r\nZwmOther: no\r\n\r\nhello",
         0, false},
        {"/interim",
         "HTTP/1.1 103 Early Hints\r\nZwm-System: 100000001\r\nZwm-Signature: early\r\n\r\n" OK_HEAD
         "Zwm-System: 223010001\r\nContent-Length: 0\r\n\r\n",
         0, false},
    };
    const char *path = strchr(s->request, ' ');
    path = path != NULL ? path + 1 : "";
    size_t len = strcspn(path, " ");
    if (len == 5 && memcmp(path, "/many", 5) == 0)
        say_many(conn);
    s->keep = len == 5 && memcmp(path, "/keep", 5) == 0;
    if (s->keep)
        loopback_say(conn, "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nkept");
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (strlen(rows[i].path) != len || memcmp(rows[i].path, path, len) != 0)
            continue;
        loopback_say(conn, rows[i].head);
        say_body(conn, rows[i].body);
        if (rows[i].hang)
            loopback_hang(conn);
    }
}

static int setup(void **state)
{
    (void)state;
    pool = pool_new(false);
    server = loopback_start(serve, NULL);
    client = http_client_new(NULL);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    http_client_free(&client);
    loopback_stop(server);
    pool_destroy(&pool);
    return 0;
}

/* --- the call --- */

static const char *url_of(const char *path)
{
    return pool_printf(pool, "http://127.0.0.1:%d%s", server->port, path);
}

static struct http_request get(const char *path)
{
    return (struct http_request){.method = "GET",
                                 .url = url_of(path),
                                 .connect_ms = PATIENCE_MS,
                                 .total_ms = PATIENCE_MS,
                                 .max_len = BIG};
}

static enum err call(const struct http_request *rq, struct http_answer *a)
{
    memset(a, 0xff, sizeof *a); /* nothing may stay as it was */
    return http_call(client, pool, rq, a);
}

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

/* --- what we send --- */

static void a_post_carries_its_body(void **state)
{
    struct http_headers h = {.n = 0};
    struct http_request rq = get("/ok?a=b");
    struct http_answer a;
    (void)state;
    http_headers_add(pool, &h, "Zwm-Receipt", "required");
    http_headers_add(pool, &h, "Range", NULL);
    http_headers_add_line(&h, "Content-Type: application/json");
    assert_int_equal(h.n, 2);
    rq.method = "POST";
    rq.headers = h.lines;
    rq.body = "{\"a\":1}";
    rq.body_len = 7;
    (void)call(&rq, &a); /* that path is not known there: nothing comes back */
    const char *said = server->request, *body = strstr(said, "\r\n\r\n");
    assert_int_equal(strncmp(said, "POST /ok?a=b HTTP/1.1\r\n", 23), 0);
    assert_non_null(strstr(said, "\r\nZwm-Receipt: required\r\n"));
    assert_non_null(strstr(said, "\r\nContent-Type: application/json\r\n"));
    assert_non_null(strstr(said, "\r\nContent-Length: 7\r\n"));
    assert_null(strstr(said, "\r\nRange"));
    assert_null(strstr(said, "\r\nExpect"));
    assert_non_null(body);
    assert_string_equal(body + 4, "{\"a\":1}");
}

static void a_post_without_body_says_so(void **state)
{
    struct http_request rq = get("/ok");
    struct http_answer a;
    (void)state;
    rq.method = "POST";
    assert_int_equal(call(&rq, &a), ERR_OK);
    assert_non_null(strstr(server->request, "\r\nContent-Length: 0\r\n"));
    rq = get("/ok");
    assert_int_equal(call(&rq, &a), ERR_OK);
    assert_int_equal(strncmp(server->request, "GET /ok HTTP/1.1\r\n", 18), 0);
    assert_null(strstr(server->request, "\r\nContent-Length"));
}

/* The target is what a signature covers, so it must be what is sent. */
static void the_target_is_what_is_sent(void **state)
{
    static const char *const rows[][2] = {
        {"", "/"},
        {"/", "/"},
        {"/a/b", "/a/b"},
        {"/a?b=c&d=/e?f", "/a?b=c&d=/e?f"},
        {"?b=c", "/?b=c"},
        {"?b=http://x/y", "/?b=http://x/y"},
        {"/a#fragment", "/a"},
        {"#fragment", "/"},
        {"/a?b#c?d", "/a?b"},
        {"/%E4%BA%8C?%20", "/%E4%BA%8C?%20"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct http_request rq = get(rows[i][0]);
        struct http_answer a;
        assert_string_equal(http_url_target(pool, rq.url), rows[i][1]);
        (void)call(&rq, &a);
        const char *line = pool_printf(pool, "GET %s HTTP/1.1\r\n", rows[i][1]);
        if (strncmp(server->request, line, strlen(line)) != 0)
            fail_msg("%s: sent %.40s", rows[i][0], server->request);
    }
}

/* --- sinks --- */

struct taking {
    size_t len, most; /* it takes no more than `most` */
    int heads, status;
    bool late; /* a piece came before the head */
};

static bool take(void *arg, const void *data, size_t len)
{
    struct taking *t = arg;
    (void)data;
    t->late = t->late || t->heads == 0;
    t->len += len;
    return t->len <= t->most;
}

static void see_head(void *arg, const struct http_answer *a)
{
    struct taking *t = arg;
    t->heads++;
    t->status = a->status;
}

static enum err stream(const char *path, uint64_t max_len, struct taking *t, struct http_answer *a)
{
    struct http_request rq = get(path);
    rq.max_len = max_len;
    rq.sink = take;
    rq.sink_arg = t;
    rq.head = see_head;
    return call(&rq, a);
}

static void a_sink_takes_it_piece_by_piece(void **state)
{
    struct taking t = {.most = BIG};
    struct http_answer a;
    (void)state;
    assert_int_equal(stream("/big", BIG, &t, &a), ERR_OK);
    assert_int_equal(t.len, BIG);
    assert_int_equal(t.heads, 1);
    assert_int_equal(t.status, 200);
    assert_false(t.late);
    assert_int_equal(a.body_len, 0); /* not collected too */
    t = (struct taking){.most = BIG};
    assert_int_equal(stream("/nothing", BIG, &t, &a), ERR_OK);
    assert_int_equal(t.heads, 1);
    assert_int_equal(t.status, 204);
    assert_int_equal(t.len, 0);
}

static void a_sink_may_end_it(void **state)
{
    struct taking t = {.most = BIG / 2};
    struct http_answer a;
    (void)state;
    assert_int_equal(stream("/big", BIG, &t, &a), ERR_IO);
    assert_true(a.sink_failed);
    assert_true(a.connected);
    assert_non_null(a.failure);
    assert_true(t.len > t.most);
}

static void a_sink_is_not_given_too_much(void **state)
{
    static const char *const paths[] = {"/big", "/unsaid", "/torn"};
    (void)state;
    for (size_t i = 0; i < 3; i++) {
        struct taking t = {.most = BIG};
        struct http_answer a;
        assert_int_equal(stream(paths[i], BIG - 1, &t, &a), ERR_IO);
        assert_false(a.sink_failed); /* it is the other end's failure */
        assert_true(t.len < BIG);
    }
    struct taking t = {.most = BIG};
    struct http_answer a;
    assert_int_equal(stream("/closes", BIG, &t, &a), ERR_IO);
    assert_int_equal(t.heads, 0);
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
        cmocka_unit_test(a_post_carries_its_body),
        cmocka_unit_test(a_post_without_body_says_so),
        cmocka_unit_test(the_target_is_what_is_sent),
        cmocka_unit_test(a_sink_takes_it_piece_by_piece),
        cmocka_unit_test(a_sink_may_end_it),
        cmocka_unit_test(a_sink_is_not_given_too_much),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
