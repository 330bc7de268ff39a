/* loopback: a server on 127.0.0.1 in a thread of the test, for what goes out over HTTP. One
 * connection at a time; what it answers is the test's. */
#ifndef ZWM_TESTS_LOOPBACK_H
#define ZWM_TESTS_LOOPBACK_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <sys/socket.h>
#include <unistd.h>

enum { LOOPBACK_REQUEST_MAX = 65536 };

struct loopback {
    /* Answers one request (text with its body, NUL behind it) on `conn`, which is closed
     * afterwards unless it sets `keep`. Called in the server's thread: no assertions of cmocka
     * there. */
    void (*serve)(struct loopback *s, int conn);
    void *arg;
    char request[LOOPBACK_REQUEST_MAX + 1]; /* the last one; read it after the call */
    bool keep;              /* set by serve: the connection may have further requests */
    atomic_int connections; /* since it began */
    int port;
    int fd, stop[2];
    pthread_t thread;
};

static inline void loopback_say_n(int conn, const char *text, size_t len)
{
    while (len > 0) {
        ssize_t n = send(conn, text, len, MSG_NOSIGNAL);
        if (n <= 0)
            return; /* the client has gone */
        text += n;
        len -= (size_t)n;
    }
}

static inline void loopback_say(int conn, const char *text)
{
    loopback_say_n(conn, text, strlen(text));
}

/* Says nothing more until the client goes. */
static inline void loopback_hang(int conn)
{
    char c[256];
    while (recv(conn, c, sizeof c, 0) > 0)
        ;
}

/* A whole request: its headers, and as much body as they say. False if the client has gone. */
static inline bool loopback_read(struct loopback *s, int conn)
{
    size_t len = 0, want = SIZE_MAX;
    while (len < want && len < LOOPBACK_REQUEST_MAX) {
        ssize_t n = recv(conn, s->request + len, LOOPBACK_REQUEST_MAX - len, 0);
        if (n <= 0)
            break;
        len += (size_t)n;
        s->request[len] = '\0';
        const char *end = strstr(s->request, "\r\n\r\n"),
                   *length = strstr(s->request, "Content-Length: ");
        if (end != NULL)
            want = (size_t)(end + 4 - s->request) +
                   (length != NULL ? strtoul(length + 16, NULL, 10) : 0);
    }
    s->request[len] = '\0';
    return len > 0;
}

static inline void *loopback_run(void *arg)
{
    struct loopback *s = arg;
    struct pollfd fds[] = {{.fd = s->fd, .events = POLLIN}, {.fd = s->stop[0], .events = POLLIN}};
    while (poll(fds, 2, -1) > 0 && fds[1].revents == 0) {
        int conn = accept(s->fd, NULL, NULL);
        if (conn < 0)
            continue;
        atomic_fetch_add(&s->connections, 1);
        struct pollfd next[] = {fds[0], fds[1], {.fd = conn, .events = POLLIN}};
        while (loopback_read(s, conn)) {
            s->keep = false;
            s->serve(s, conn);
            /* Who connects anew ends it too. */
            if (!s->keep || poll(next, 3, -1) <= 0 || next[0].revents != 0 || next[1].revents != 0)
                break;
        }
        (void)close(conn);
    }
    return NULL;
}

/* A listening socket on a free port. */
static inline int loopback_listen(int backlog, int *port_r)
{
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t len = sizeof a;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(fd >= 0);
    assert_int_equal(bind(fd, (const struct sockaddr *)(const void *)&a, sizeof a), 0);
    assert_int_equal(listen(fd, backlog), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)(void *)&a, &len), 0);
    *port_r = ntohs(a.sin_port);
    return fd;
}

static inline struct loopback *loopback_start(void (*serve)(struct loopback *s, int conn),
                                              void *arg)
{
    struct loopback *s = calloc(1, sizeof *s);
    assert_non_null(s);
    s->serve = serve;
    s->arg = arg;
    s->fd = loopback_listen(16, &s->port);
    assert_int_equal(pipe(s->stop), 0);
    assert_int_equal(pthread_create(&s->thread, NULL, loopback_run, s), 0);
    return s;
}

static inline void loopback_stop(struct loopback *s)
{
    (void)close(s->stop[1]);
    (void)pthread_join(s->thread, NULL);
    (void)close(s->stop[0]);
    (void)close(s->fd);
    free(s);
}

#endif
