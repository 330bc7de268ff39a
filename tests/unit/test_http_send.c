/* http: what we send, and answers that go through a sink. */
#include "tests/unit/http_sample.h"

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

/* As a code system signs it (interface 2.1): the port where it is not 443. */
static void the_full_url(void **state)
{
    static const char *const rows[][2] = {
        {"https://portal.example/zwm/callback?case=7", NULL},
        {"https://portal.example:443/zwm/callback", "https://portal.example/zwm/callback"},
        {"https://portal.example:4430/zwm/callback", NULL},
        {"https://portal.example:8443", "https://portal.example:8443/"},
        {"https://portal.example:443", "https://portal.example/"},
        {"https://portal.example?case=7", "https://portal.example/?case=7"},
        {"https://portal.example/zwm#part", "https://portal.example/zwm"},
        {"https://portal.example/?a=:443", NULL},
        {"https://[2001:db8::443]/zwm", NULL},
        {"https://[2001:db8::1]:443/zwm", "https://[2001:db8::1]/zwm"},
        {"http://127.0.0.1:8080/base/fetch", NULL},
        {"http://127.0.0.1:443/base", NULL},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        assert_string_equal(http_url_full(pool, rows[i][0]),
                            rows[i][1] != NULL ? rows[i][1] : rows[i][0]);
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

/* No bound of time, as long as enough comes: the pauses are the other end's. */
static void it_takes_as_long_as_something_comes(void **state)
{
    struct http_request rq = get("/slowly");
    struct http_answer a;
    (void)state;
    rq.total_ms = SHORT_MS;
    assert_int_equal(call(&rq, &a), ERR_IO);
    rq.total_ms = 0;
    rq.stall_sec = 1;
    rq.least_per_sec = 100;
    assert_int_equal(call(&rq, &a), ERR_OK);
    assert_int_equal(a.body_len, SLOW_PIECES * SLOW_PIECE);
    rq.least_per_sec = 1 << 20; /* it comes, and too slowly */
    assert_int_equal(call(&rq, &a), ERR_IO);
    assert_true(a.connected);
    rq = get("/hang-later");
    rq.total_ms = 0;
    rq.stall_sec = 1;
    rq.least_per_sec = 1;
    assert_int_equal(call(&rq, &a), ERR_IO);
    rq.url = url_of("/hang"); /* not even a head */
    assert_int_equal(call(&rq, &a), ERR_IO);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_post_carries_its_body),
        cmocka_unit_test(a_post_without_body_says_so),
        cmocka_unit_test(the_target_is_what_is_sent),
        cmocka_unit_test(the_full_url),
        cmocka_unit_test(a_sink_takes_it_piece_by_piece),
        cmocka_unit_test(a_sink_may_end_it),
        cmocka_unit_test(a_sink_is_not_given_too_much),
        cmocka_unit_test(it_takes_as_long_as_something_comes),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
