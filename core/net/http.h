/* http: calls to other parties (information services, code systems) on libcurl, time-limited, with
 * connection reuse. A client belongs to one thread. Redirects are not followed; only http and
 * https. Uses base. */
#ifndef ZWM_NET_HTTP_H
#define ZWM_NET_HTTP_H

#include <stdbool.h>
#include <stdint.h>

#include "core/base/err.h"
#include "core/base/pool.h"

struct http_client;

/* `ca_file`: PEM authorities trusted, instead of the system's; NULL: the system's. Free with
 * http_client_free. */
struct http_client *http_client_new(const char *ca_file);
void http_client_free(struct http_client **c);

/* Headers of a request as lines, NULL-ended; {0} has none. */
enum { HTTP_HEADERS_MOST = 12 };
struct http_headers {
    const char *lines[HTTP_HEADERS_MOST + 1];
    size_t n;
};
/* Adds "name: value", in `p`; nothing if `value` is NULL. */
void http_headers_add(struct pool *p, struct http_headers *h, const char *name, const char *value);
/* Adds a whole line, which is borrowed. */
void http_headers_add_line(struct http_headers *h, const char *line);

/* A URL as a code system signs the calls that it makes by the scheme `OUT` (interface 2.1): without
 * a fragment, without `:443` behind an https host, with a path. In `p`. */
const char *http_url_full(struct pool *p, const char *url);
/* The request target of a URL, as http_call sends it and as a signature covers it: its path and
 * query without a fragment, "/" for the path if it has none. In `p`. */
const char *http_url_target(struct pool *p, const char *url);

struct http_answer;
struct http_request {
    const char *method; /* "POST", "GET" or "DELETE" */
    const char *url;
    const char *const *headers; /* "Name: value" lines, NULL-ended; may be NULL */
    const void *body;
    size_t body_len;
    long connect_ms;
    long total_ms; /* for all of it; 0: no bound, `stall_sec` is one */
    /* Ends it if for `stall_sec` less than `least_per_sec` bytes a second have come; 0: no bound.
     * For what may be large: it takes as long as it must, while it goes on. */
    long stall_sec, least_per_sec;
    uint64_t max_len; /* of the answer's body; a longer one is ERR_IO */
    /* Takes the body piece by piece; false ends the call with ERR_IO. NULL: collected into the
     * answer. */
    bool (*sink)(void *arg, const void *data, size_t len);
    void *sink_arg;
    /* With a sink: status and headers, before the first piece. */
    void (*head)(void *arg, const struct http_answer *a);
    /* Refuses to connect to loopback, link-local, unspecified and multicast addresses, whatever the
     * name resolves to. */
    bool public_only;
    const char *ca_file;     /* PEM authorities for this call; NULL: the client's */
    const char *unix_socket; /* connects there, whatever the URL's host; NULL: to the host */
};

enum { HTTP_HEADERS_KEPT = 12 };
struct http_answer {
    int status;
    const char *content_type; /* "" if there is none */
    const char *zwm[HTTP_HEADERS_KEPT]
                   [2]; /* `Zwm-…`, Content-Range, Content-Length: lower-case name, value */
    size_t zwm_n;
    const char *body; /* without a sink; a NUL stands behind it */
    size_t body_len;
    const char *failure; /* for ERR_IO: what went wrong, for logs */
    bool connected;      /* for ERR_IO: the request may have been sent */
    bool sink_failed;    /* for ERR_IO: the sink would not take it */
};

/* ERR_IO if no whole answer came (connection, time, size, sink). Any HTTP status is ERR_OK.
 * Answer in `p`. */
ERR_CHECK enum err http_call(struct http_client *c, struct pool *p, const struct http_request *rq,
                             struct http_answer *a_r);
/* Whether an address may be called with `public_only`; text of IPv4 or IPv6. */
bool http_address_is_public(const char *address);
/* Value of a kept header by its lower-case name; NULL. */
const char *http_header(const struct http_answer *a, const char *name);

#endif
