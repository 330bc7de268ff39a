#include "core/net/http.h"

#include <arpa/inet.h>
#include <assert.h>
#include <ctype.h>
#include <curl/curl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/base/buf.h"

struct http_client {
    /* One for calls that are public_only, one for the others: each keeps connections of its own, so
     * that none made without that rule serves a call under it. */
    CURL *curl[2];
    char *ca_file;
};

struct transfer {
    const struct http_request *rq;
    struct http_answer *a;
    struct pool *p;
    struct buf body;
    uint64_t taken;
    CURL *curl;
    bool told; /* head was called */
};

static pthread_once_t once = PTHREAD_ONCE_INIT;
static void start(void)
{
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
        abort();
}

struct http_client *http_client_new(const char *ca_file)
{
    (void)pthread_once(&once, start);
    struct http_client *c = calloc(1, sizeof *c);
    if (c == NULL)
        abort();
    for (size_t i = 0; i < 2; i++)
        if ((c->curl[i] = curl_easy_init()) == NULL)
            abort();
    c->ca_file = ca_file != NULL ? strdup(ca_file) : NULL;
    return c;
}

void http_client_free(struct http_client **cp)
{
    struct http_client *c = *cp;
    if (c == NULL)
        return;
    for (size_t i = 0; i < 2; i++)
        curl_easy_cleanup(c->curl[i]);
    free(c->ca_file);
    free(c);
    *cp = NULL;
}

void http_headers_add_line(struct http_headers *h, const char *line)
{
    assert(h->n < HTTP_HEADERS_MOST);
    h->lines[h->n++] = line;
}

void http_headers_add(struct pool *p, struct http_headers *h, const char *name, const char *value)
{
    if (value != NULL)
        http_headers_add_line(h, pool_printf(p, "%s: %s", name, value));
}

const char *http_url_target(struct pool *p, const char *url)
{
    const char *at = strstr(url, "://");
    at = at != NULL ? at + 3 : url;
    at += strcspn(at, "/?#");
    size_t len = strcspn(at, "#");
    return *at == '/' ? pool_strndup(p, at, len) : pool_printf(p, "/%.*s", (int)len, at);
}

const char *http_url_full(struct pool *p, const char *url)
{
    static const char https[] = "https://", port[] = ":443";
    const char *at = strstr(url, "://");
    at = at != NULL ? at + 3 : url;
    size_t len = (size_t)(at - url) + strcspn(at, "/?#"), port_len = sizeof port - 1;
    if (strncmp(url, https, sizeof https - 1) == 0 && len > sizeof https - 1 + port_len &&
        strncmp(url + len - port_len, port, port_len) == 0)
        len -= port_len;
    return pool_printf(p, "%.*s%s", (int)len, url, http_url_target(p, url));
}

static void read_status(struct transfer *t)
{
    long status = 0;
    const char *type = NULL;
    (void)curl_easy_getinfo(t->curl, CURLINFO_RESPONSE_CODE, &status);
    (void)curl_easy_getinfo(t->curl, CURLINFO_CONTENT_TYPE, &type);
    t->a->status = (int)status;
    t->a->content_type = type != NULL ? pool_strdup(t->p, type) : "";
}

static void tell_head(struct transfer *t)
{
    if (t->told || t->rq->head == NULL)
        return;
    t->told = true;
    read_status(t);
    t->rq->head(t->rq->sink_arg, t->a);
}

/* RFC 6890: addresses that name this machine or this link, and none that could be another system's.
 */
static bool v4_is_public(uint32_t a)
{
    return a >> 24 != 127 && a >> 24 != 0 && a >> 16 != 0xa9fe && a >> 28 != 0xe && a != 0xffffffff;
}

static bool v6_is_public(const uint8_t a[16])
{
    static const uint8_t zero[16], mapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
    if (memcmp(a, mapped, 12) == 0 || memcmp(a, zero, 12) == 0)
        return memcmp(a, zero, 12) != 0 &&
               v4_is_public((uint32_t)a[12] << 24 | (uint32_t)a[13] << 16 | (uint32_t)a[14] << 8 |
                            a[15]);
    return a[0] != 0xff && !(a[0] == 0xfe && (a[1] & 0xc0) == 0x80);
}

bool http_address_is_public(const char *address)
{
    uint8_t v6[16];
    struct in_addr v4;
    if (inet_pton(AF_INET, address, &v4) == 1)
        return v4_is_public(ntohl(v4.s_addr));
    return inet_pton(AF_INET6, address, v6) == 1 && v6_is_public(v6);
}

/* Decided on the address connected to, so that a name cannot be pointed elsewhere between a check
 * and the call. */
static curl_socket_t on_socket(void *arg, curlsocktype purpose, struct curl_sockaddr *a)
{
    const struct transfer *t = arg;
    char text[INET6_ADDRSTRLEN] = "";
    (void)purpose;
    if (a->family == AF_INET)
        (void)inet_ntop(AF_INET, &((const struct sockaddr_in *)(const void *)&a->addr)->sin_addr,
                        text, sizeof text);
    else if (a->family == AF_INET6)
        (void)inet_ntop(AF_INET6, &((const struct sockaddr_in6 *)(const void *)&a->addr)->sin6_addr,
                        text, sizeof text);
    if (t->rq->public_only && !http_address_is_public(text))
        return CURL_SOCKET_BAD;
    return socket(a->family, a->socktype | SOCK_CLOEXEC, a->protocol);
}

static size_t on_body(char *data, size_t size, size_t n, void *arg)
{
    struct transfer *t = arg;
    size_t len = size * n;
    t->taken += len;
    if (t->taken > t->rq->max_len) {
        t->a->failure = "answer too large";
        return 0;
    }
    tell_head(t);
    if (t->rq->sink != NULL) {
        t->a->sink_failed = !t->rq->sink(t->rq->sink_arg, data, len);
        return t->a->sink_failed ? 0 : len;
    }
    buf_put(&t->body, data, len);
    return len;
}

static size_t on_header(char *data, size_t size, size_t n, void *arg)
{
    struct transfer *t = arg;
    struct http_answer *a = t->a;
    size_t len = size * n;
    const char *colon = memchr(data, ':', len);
    if (len > 5 && memcmp(data, "HTTP/", 5) == 0)
        a->zwm_n = 0; /* headers of an interim answer do not count */
    if (colon == NULL || a->zwm_n == HTTP_HEADERS_KEPT ||
        (strncasecmp(data, "zwm-", 4) != 0 && strncasecmp(data, "content-range:", 14) != 0 &&
         strncasecmp(data, "content-length:", 15) != 0))
        return len;
    char *name = pool_strndup(t->p, data, (size_t)(colon - data));
    for (char *c = name; *c != '\0'; c++)
        *c = (char)tolower((unsigned char)*c);
    const char *v = colon + 1, *end = data + len;
    while (v < end && isspace((unsigned char)*v))
        v++;
    while (end > v && isspace((unsigned char)end[-1]))
        end--;
    a->zwm[a->zwm_n][0] = name;
    a->zwm[a->zwm_n][1] = pool_strndup(t->p, v, (size_t)(end - v));
    a->zwm_n++;
    return len;
}

const char *http_header(const struct http_answer *a, const char *name)
{
    for (size_t i = 0; i < a->zwm_n; i++)
        if (strcmp(a->zwm[i][0], name) == 0)
            return a->zwm[i][1];
    return NULL;
}

static struct curl_slist *set_options(const struct http_client *c, const struct http_request *rq,
                                      struct transfer *t)
{
    CURL *h = t->curl;
    struct curl_slist *headers = NULL;
    curl_easy_reset(h); /* keeps the connections */
    (void)curl_easy_setopt(h, CURLOPT_URL, rq->url);
    (void)curl_easy_setopt(h, CURLOPT_PROTOCOLS_STR, "http,https");
    (void)curl_easy_setopt(h, CURLOPT_NOSIGNAL, 1L);
    (void)curl_easy_setopt(h, CURLOPT_QUICK_EXIT, 1L); /* no waiting for a resolver that hangs */
    (void)curl_easy_setopt(h, CURLOPT_NOPROXY, "*");
    (void)curl_easy_setopt(h, CURLOPT_CONNECTTIMEOUT_MS, rq->connect_ms);
    (void)curl_easy_setopt(h, CURLOPT_TIMEOUT_MS, rq->total_ms);
    (void)curl_easy_setopt(h, CURLOPT_LOW_SPEED_TIME, rq->stall_sec);
    (void)curl_easy_setopt(h, CURLOPT_LOW_SPEED_LIMIT, rq->least_per_sec);
    (void)curl_easy_setopt(h, CURLOPT_FOLLOWLOCATION, 0L);
    const char *ca = rq->ca_file != NULL ? rq->ca_file : c->ca_file;
    if (ca != NULL) {
        (void)curl_easy_setopt(h, CURLOPT_CAINFO, ca);
        (void)curl_easy_setopt(h, CURLOPT_CAPATH, NULL);
    }
    (void)curl_easy_setopt(h, CURLOPT_WRITEFUNCTION, on_body);
    (void)curl_easy_setopt(h, CURLOPT_WRITEDATA, t);
    (void)curl_easy_setopt(h, CURLOPT_OPENSOCKETFUNCTION, on_socket);
    (void)curl_easy_setopt(h, CURLOPT_OPENSOCKETDATA, t);
    (void)curl_easy_setopt(h, CURLOPT_HEADERFUNCTION, on_header);
    (void)curl_easy_setopt(h, CURLOPT_HEADERDATA, t);
    if (strcmp(rq->method, "POST") == 0) {
        (void)curl_easy_setopt(h, CURLOPT_POST, 1L);
        (void)curl_easy_setopt(h, CURLOPT_POSTFIELDS, rq->body != NULL ? rq->body : "");
        (void)curl_easy_setopt(h, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)rq->body_len);
    }
    if (strcmp(rq->method, "DELETE") == 0)
        (void)curl_easy_setopt(h, CURLOPT_CUSTOMREQUEST, "DELETE");
    if (rq->unix_socket != NULL)
        (void)curl_easy_setopt(h, CURLOPT_UNIX_SOCKET_PATH, rq->unix_socket);
    for (const char *const *l = rq->headers; l != NULL && *l != NULL; l++)
        headers = curl_slist_append(headers, *l);
    headers = curl_slist_append(headers, "Expect:");
    (void)curl_easy_setopt(h, CURLOPT_HTTPHEADER, headers);
    return headers;
}

enum err http_call(struct http_client *c, struct pool *p, const struct http_request *rq,
                   struct http_answer *a)
{
    struct transfer t = {.rq = rq, .a = a, .p = p, .curl = c->curl[rq->public_only]};
    *a = (struct http_answer){.content_type = ""};
    buf_init(&t.body, p);
    struct curl_slist *headers = set_options(c, rq, &t);
    CURLcode rc = curl_easy_perform(t.curl);
    if (rc == CURLE_OK) {
        read_status(&t);
        tell_head(&t);
        a->body = t.body.data;
        a->body_len = t.body.len;
    } else if (a->failure == NULL) {
        a->failure = curl_easy_strerror(rc);
    }
    if (rc != CURLE_OK) {
        curl_off_t pretransfer = 0;
        (void)curl_easy_getinfo(t.curl, CURLINFO_PRETRANSFER_TIME_T, &pretransfer);
        a->connected = pretransfer > 0;
    }
    curl_slist_free_all(headers);
    return rc == CURLE_OK ? ERR_OK : ERR_IO;
}
