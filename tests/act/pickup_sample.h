/* pickup_sample: what the tests of pickup and file share: an information service on loopback that
 * answers what the test says, classes of its own, and tickets. */
#ifndef ZWM_TESTS_PICKUP_SAMPLE_H
#define ZWM_TESTS_PICKUP_SAMPLE_H

#include "tests/act/verify_sample.h"
#include "tests/unit/loopback.h"

#include <dirent.h>

#include "core/act/file.h"
#include "core/act/pickup.h"
#include "core/base/text.h"
#include "core/net/http.h"
#include "core/net/peer_gate.h"
#include "core/act/register/register.h"
#include "core/store/pickup.h"

/* The other end: what it says to the next call, and whether it hangs then. */
struct pickup_service {
    const char *answer;
    size_t len;
    bool hang;
};
static struct pickup_service service;
static struct loopback *server;
static struct http_client *http;

static inline void serve(struct loopback *s, int conn)
{
    const struct pickup_service *v = s->arg;
    loopback_say_n(conn, v->answer, v->len);
    if (v->hang)
        loopback_hang(conn);
}

static inline int begin_pickup(void **state)
{
    if (begin(state) != 0)
        return 1;
    service = (struct pickup_service){.answer = ""};
    server = loopback_start(serve, &service);
    http = http_client_new(NULL);
    peer_gate_init(10);
    return 0;
}

static inline int end_pickup(void **state)
{
    http_client_free(&http);
    loopback_stop(server);
    return sample_end(state);
}

#define PICKUP_TEST(fn) cmocka_unit_test_setup_teardown(fn, begin_pickup, end_pickup)

/* A class of a new service at `url`; NULL: on loopback. */
static inline const char *new_class(const char *url)
{
    struct work admin = sample_work(DB_ADMIN);
    const char *id = pool_printf(sample.pool, "S%.20s", sample_nonce()),
               *class = pool_printf(sample.pool, "1.2.%.20s", sample_nonce());
    if (url == NULL)
        url = pool_printf(sample.pool, "http://127.0.0.1:%d/info", server->port);
    const struct service_entry held_by = {.service_id = id, .name = "示例证照库", .base_url = url};
    const struct class_entry entry = {
        .class = class, .name = "示例类别", .kind = "data", .service_id = id};
    struct refusal r = {0};
    assert_int_equal(act_service_add(&admin, &held_by, &r), ERR_OK);
    assert_int_equal(act_class_add(&admin, &entry, NULL, &r), ERR_OK);
    return class;
}

/* What a verification of a code for these classes gives to pick up with. */
static inline struct verify_out new_ticket(const char *czqx, const char *class, const char *class2)
{
    const char **classes = pool_alloc(sample.pool, 2 * sizeof *classes);
    struct issue_in wish = sample_issue_in(sample_person());
    struct verify_out out;
    classes[0] = class;
    classes[1] = class2;
    wish.xxlb = (struct field_strings){classes, class2 != NULL ? 2 : 1};
    wish.czqx = czqx;
    const struct verify_in in = sample_verify_in(sample_issue(channel, &wish).code);
    assert_int_equal(verify_as(third, &in, &out, NULL), ERR_OK);
    return out;
}

static inline enum err pick_up_as(const struct sample_app *app, const char *ticket,
                                  const char *class, const char *as, struct pickup_out *out,
                                  struct sample_call **s_r)
{
    struct sample_call *s = sample_call_new(CALL_PICKUP, DB_PICKUP, app);
    const struct pickup_in in = {ticket, class, as};
    s->c.w.http = http;
    enum err e = act_pickup(&s->c, &in, out);
    assert_int_equal(sample_recorded(s), e);
    if (s_r != NULL)
        *s_r = s;
    return e;
}

static inline enum err pick_up(const char *ticket, const char *class, const char *as)
{
    struct pickup_out out;
    return pick_up_as(third, ticket, class, as, &out, NULL);
}

/* Files in the spool. */
static inline int spooled(void)
{
    DIR *d = opendir(sample.conf.spool_dir);
    int n = 0;
    assert_non_null(d);
    for (const struct dirent *e = readdir(d); e != NULL; e = readdir(d))
        n += *e->d_name != '.';
    (void)closedir(d);
    return n;
}

/* The service answers with a file of `len` bytes and this SM3 (NULL: the right one). */
static inline void say_file(const uint8_t *data, size_t len, const char *media_type,
                            const char *sm3_hex)
{
    uint8_t digest[SM3_LEN];
    char hex[2 * SM3_LEN + 1];
    sm3(data, len, digest);
    hex_encode(digest, sizeof digest, hex);
    char *head = pool_printf(sample.pool,
                             "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Type: %s\r\n"
                             "Content-Length: %zu\r\nZwm-Sm3: %s\r\n\r\n",
                             media_type, len, sm3_hex != NULL ? sm3_hex : hex);
    size_t head_len = strlen(head);
    char *all = pool_alloc(sample.pool, head_len + len);
    memcpy(all, head, head_len);
    memcpy(all + head_len, data, len);
    service = (struct pickup_service){.answer = all, .len = head_len + len};
}

static inline void say(int status, const char *content_type, const char *body)
{
    service.answer = pool_printf(sample.pool,
                                 "HTTP/1.1 %d X\r\nConnection: close\r\nContent-Type: %s\r\n"
                                 "Content-Length: %zu\r\n\r\n%s",
                                 status, content_type, strlen(body), body);
    service.len = strlen(service.answer);
    service.hang = false;
}

static inline void say_data(const char *item)
{
    say(200, "application/json",
        pool_printf(sample.pool,
                    "{\"process_response\":{\"result_code\":\"100\",\"error_code\":\"\","
                    "\"error_msg\":\"\",\"items\":[%s]}}",
                    item));
}

#endif
