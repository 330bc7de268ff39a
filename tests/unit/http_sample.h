/* http_sample: what the tests of http share: a client, and a server that answers by path. */
#ifndef ZWM_TESTS_HTTP_SAMPLE_H
#define ZWM_TESTS_HTTP_SAMPLE_H

#include "tests/unit/loopback.h"

#include "core/net/http.h"

enum { BIG = 100000, PATIENCE_MS = 20000, SHORT_MS = 200 };
enum { SLOW_PIECES = 30, SLOW_PIECE = 1000, SLOW_PAUSE_MS = 100 }; /* of /slowly */

static struct pool *pool;
static struct loopback *server;
static struct http_client *client;

#define OK_HEAD "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Type: text/plain\r\n"

/* --- the other end: what it answers, by path --- */

static inline void say_body(int conn, size_t len)
{
    static char body[BIG];
    memset(body, 'x', sizeof body);
    loopback_say_n(conn, body, len);
}

static inline void say_many(int conn)
{
    char line[64];
    loopback_say(conn, OK_HEAD);
    for (int i = 0; i < 20; i++) {
        (void)snprintf(line, sizeof line, "Zwm-N%d: %d\r\n", i, i);
        loopback_say(conn, line);
    }
    loopback_say(conn, "Content-Length: 0\r\n\r\n");
}

static inline void say_slowly(int conn)
{
    loopback_say(conn, OK_HEAD "Content-Length: 30000\r\n\r\n");
    struct pollfd gone = {.fd = conn, .events = POLLIN}; /* the client says nothing more but that */
    for (int i = 0; i < SLOW_PIECES && poll(&gone, 1, SLOW_PAUSE_MS) == 0; i++)
        say_body(conn, SLOW_PIECE);
}

static inline void serve(struct loopback *s, int conn)
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
    if (len == 7 && memcmp(path, "/slowly", 7) == 0)
        say_slowly(conn);
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

static inline int setup(void **state)
{
    (void)state;
    pool = pool_new(false);
    server = loopback_start(serve, NULL);
    client = http_client_new(NULL);
    return 0;
}

static inline int teardown(void **state)
{
    (void)state;
    http_client_free(&client);
    loopback_stop(server);
    pool_destroy(&pool);
    return 0;
}

/* --- the call --- */

static inline const char *url_of(const char *path)
{
    return pool_printf(pool, "http://127.0.0.1:%d%s", server->port, path);
}

static inline struct http_request get(const char *path)
{
    return (struct http_request){.method = "GET",
                                 .url = url_of(path),
                                 .connect_ms = PATIENCE_MS,
                                 .total_ms = PATIENCE_MS,
                                 .max_len = BIG};
}

static inline enum err call(const struct http_request *rq, struct http_answer *a)
{
    memset(a, 0xff, sizeof *a); /* nothing may stay as it was */
    return http_call(client, pool, rq, a);
}

#endif
