#include "tests/act/tls_peer.h"

#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <signal.h>

#include "tests/act/act_sample.h"
#include "tests/unit/loopback.h"

#include "core/crypto/sm3.h"

struct tls_peer_own {
    SSL_CTX *ctx;
    int fd, stop[2];
    pthread_t thread;
    pthread_mutex_t lock; /* of `held` */
    pthread_cond_t let_go;
    bool held;
    char ca_file[32], url[40];
};

/* --- its certificate --- */

static void extend(X509 *cert, int what, const char *value)
{
    X509V3_CTX c;
    X509V3_set_ctx_nodb(&c);
    X509V3_set_ctx(&c, cert, cert, NULL, NULL, 0);
    X509_EXTENSION *e = X509V3_EXT_conf_nid(NULL, &c, what, value);
    assert_non_null(e);
    assert_int_equal(X509_add_ext(cert, e, -1), 1);
    X509_EXTENSION_free(e);
}

static X509 *certify(EVP_PKEY *key)
{
    static long serial = 1;
    X509 *cert = X509_new();
    assert_non_null(cert);
    assert_int_equal(X509_set_version(cert, X509_VERSION_3), 1);
    assert_int_equal(ASN1_INTEGER_set(X509_get_serialNumber(cert), serial++), 1);
    assert_non_null(X509_gmtime_adj(X509_getm_notBefore(cert), -3600));
    assert_non_null(X509_gmtime_adj(X509_getm_notAfter(cert), 3600));
    assert_int_equal(X509_set_pubkey(cert, key), 1);
    X509_NAME *name = X509_get_subject_name(cert);
    assert_int_equal(X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
                                                (const unsigned char *)"127.0.0.1", -1, -1, 0),
                     1);
    assert_int_equal(X509_set_issuer_name(cert, name), 1);
    extend(cert, NID_basic_constraints, "critical,CA:TRUE");
    extend(cert, NID_subject_alt_name, "IP:127.0.0.1");
    assert_true(X509_sign(cert, key, EVP_sha256()) > 0);
    return cert;
}

static void prepare_tls(struct tls_peer_own *own)
{
    EVP_PKEY *key = EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-256");
    assert_non_null(key);
    X509 *cert = certify(key);
    own->ctx = SSL_CTX_new(TLS_server_method());
    assert_non_null(own->ctx);
    assert_int_equal(SSL_CTX_use_certificate(own->ctx, cert), 1);
    assert_int_equal(SSL_CTX_use_PrivateKey(own->ctx, key), 1);
    (void)snprintf(own->ca_file, sizeof own->ca_file, "/tmp/zwm-peer-XXXXXX");
    FILE *f = fdopen(mkstemp(own->ca_file), "w");
    assert_non_null(f);
    assert_int_equal(PEM_write_X509(f, cert), 1);
    assert_int_equal(fclose(f), 0);
    X509_free(cert);
    EVP_PKEY_free(key);
}

/* --- what it says; in its own thread, so nothing here asserts --- */

/* A value of the Authorization line. */
static const char *part_of(struct pool *p, const char *request, const char *name)
{
    const char *line = strstr(request, "\r\nAuthorization: "),
               *end = line != NULL ? strstr(line + 2, "\r\n") : NULL,
               *at = line != NULL ? strstr(line, name) : NULL;
    if (at == NULL || end == NULL || at > end)
        return "";
    at += strlen(name);
    return pool_strndup(p, at, strcspn(at, "\""));
}

/* The string that the caller signed, put together as interface 2.1 writes it. */
static const char *signed_of(struct pool *p, const char *request)
{
    char hex[2 * SM3_LEN + 1];
    const char *target = strchr(request, ' '), *body = strstr(request, "\r\n\r\n"),
               *to = part_of(p, request, "to=\"");
    if (target == NULL || body == NULL)
        return "";
    sm3_hex(body + 4, strlen(body + 4), hex);
    return pool_printf(p, "%.*s\n%.*s\n%s\n%s\n%s\n%s%s", (int)(target - request), request,
                       (int)strcspn(target + 1, " "), target + 1,
                       part_of(p, request, "timestamp=\""), part_of(p, request, "nonce=\""), hex,
                       to, *to != '\0' ? "\n" : "");
}

static const char *receipt_of(struct pool *p, const struct tls_answer *a, const char *request,
                              const char *body, size_t len)
{
    char request_hex[2 * SM3_LEN + 1], body_hex[2 * SM3_LEN + 1];
    uint8_t sig[SM2_SIG_LEN];
    const char *asked = a->other_request ? "POST\n/\n1\nn\n\n" : signed_of(p, request);
    if (a->receipt_body != NULL) {
        body = a->receipt_body;
        len = strlen(body);
    }
    sm3_hex(asked, strlen(asked), request_hex);
    sm3_hex(body, len, body_hex);
    const char *text = pool_printf(p, "%s\n%d\n1930363201\n%s\n", request_hex, a->status, body_hex);
    if (sm2_sign(a->key, text, strlen(text), sig) != ERR_OK)
        return "";
    return pool_printf(p, "Zwm-System: %s\r\nZwm-Timestamp: 1930363201\r\nZwm-Signature: %s\r\n",
                       a->system, sm2_sig_to_text(sig, p));
}

static void say(SSL *ssl, const void *data, size_t len)
{
    size_t written = 0;
    if (len > 0)
        (void)SSL_write_ex(ssl, data, len, &written);
}

static void answer(const struct tls_peer *peer, SSL *ssl)
{
    const struct tls_answer *a = &peer->answer;
    struct pool *p = pool_new(false);
    const char *body = a->body != NULL ? a->body : "";
    size_t len = a->len > 0 ? a->len : strlen(body);
    const char *head =
        pool_printf(p,
                    "HTTP/1.1 %d X\r\nConnection: close\r\nContent-Type: %s\r\n"
                    "Content-Length: %zu\r\n%s%s\r\n",
                    a->status, a->type != NULL ? a->type : "application/json", len,
                    a->head != NULL ? a->head : "",
                    a->system != NULL ? receipt_of(p, a, peer->request, body, len) : "");
    say(ssl, head, strlen(head));
    say(ssl, body, len);
    (void)SSL_shutdown(ssl);
    pool_destroy(&p);
}

/* --- its thread --- */

/* A whole request: its headers, and as much body as they say. False if the caller has gone. */
static bool read_request(struct tls_peer *peer, SSL *ssl)
{
    size_t len = 0, want = SIZE_MAX, n = 0;
    while (len < want && len < TLS_PEER_REQUEST_MAX &&
           SSL_read_ex(ssl, peer->request + len, TLS_PEER_REQUEST_MAX - len, &n) == 1) {
        len += n;
        peer->request[len] = '\0';
        const char *end = strstr(peer->request, "\r\n\r\n"),
                   *length = strstr(peer->request, "Content-Length: ");
        if (end != NULL)
            want = (size_t)(end + 4 - peer->request) +
                   (length != NULL && length < end ? strtoul(length + 16, NULL, 10) : 0);
    }
    return len > 0 && len >= want;
}

static void wait_until_let_go(struct tls_peer_own *own)
{
    (void)pthread_mutex_lock(&own->lock);
    while (own->held)
        (void)pthread_cond_wait(&own->let_go, &own->lock);
    (void)pthread_mutex_unlock(&own->lock);
}

static void *run(void *arg)
{
    struct tls_peer *peer = arg;
    struct tls_peer_own *own = peer->own;
    struct pollfd fds[] = {{.fd = own->fd, .events = POLLIN},
                           {.fd = own->stop[0], .events = POLLIN}};
    while (poll(fds, 2, -1) > 0 && fds[1].revents == 0) {
        int conn = accept(own->fd, NULL, NULL);
        SSL *ssl = conn >= 0 ? SSL_new(own->ctx) : NULL;
        if (ssl != NULL && SSL_set_fd(ssl, conn) == 1 && SSL_accept(ssl) == 1 &&
            read_request(peer, ssl)) {
            atomic_fetch_add(&peer->requests, 1);
            wait_until_let_go(own);
            if (peer->answer.status != 0)
                answer(peer, ssl);
        }
        SSL_free(ssl);
        if (conn >= 0)
            (void)close(conn);
    }
    return NULL;
}

/* --- for the test --- */

struct tls_peer *tls_peer_start(void)
{
    struct tls_peer *peer = calloc(1, sizeof *peer);
    struct tls_peer_own *own = calloc(1, sizeof *own);
    int port;
    assert_non_null(peer);
    assert_non_null(own);
    peer->own = own;
    (void)signal(SIGPIPE, SIG_IGN); /* callers go when they like */
    prepare_tls(own);
    own->fd = loopback_listen(16, &port);
    (void)snprintf(own->url, sizeof own->url, "https://127.0.0.1:%d", port);
    peer->url = own->url;
    peer->host = own->url + 8;
    peer->ca_file = own->ca_file;
    assert_int_equal(pthread_mutex_init(&own->lock, NULL), 0);
    assert_int_equal(pthread_cond_init(&own->let_go, NULL), 0);
    assert_int_equal(pipe(own->stop), 0);
    assert_int_equal(pthread_create(&own->thread, NULL, run, peer), 0);
    return peer;
}

static void set_held(struct tls_peer_own *own, bool held)
{
    (void)pthread_mutex_lock(&own->lock);
    own->held = held;
    (void)pthread_cond_broadcast(&own->let_go);
    (void)pthread_mutex_unlock(&own->lock);
}

void tls_peer_hold(struct tls_peer *p)
{
    set_held(p->own, true);
}

void tls_peer_go_on(struct tls_peer *p)
{
    set_held(p->own, false);
}

void tls_peer_stop(struct tls_peer **pp)
{
    struct tls_peer *p = *pp;
    *pp = NULL;
    if (p == NULL)
        return;
    struct tls_peer_own *own = p->own;
    tls_peer_go_on(p);
    (void)close(own->stop[1]);
    (void)pthread_join(own->thread, NULL);
    (void)close(own->stop[0]);
    (void)close(own->fd);
    (void)unlink(own->ca_file);
    (void)pthread_cond_destroy(&own->let_go);
    (void)pthread_mutex_destroy(&own->lock);
    SSL_CTX_free(own->ctx);
    free(own);
    free(p);
}

const char *tls_peer_body(const struct tls_peer *p)
{
    const char *end = strstr(p->request, "\r\n\r\n");
    return end != NULL ? end + 4 : "";
}

const char *tls_peer_header(const struct tls_peer *p, const char *name)
{
    const char *end = strstr(p->request, "\r\n\r\n"),
               *at = strstr(p->request, pool_printf(sample.pool, "\r\n%s: ", name));
    if (at == NULL || at > end)
        return NULL;
    at += strlen(name) + 4;
    return pool_strndup(sample.pool, at, strcspn(at, "\r"));
}
