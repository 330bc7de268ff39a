#include "core/net/peer.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/base/clock.h"
#include "core/base/jsontext.h"
#include "core/base/log.h"
#include "core/base/rand.h"
#include "core/base/text.h"
#include "core/code/sysid.h"
#include "core/crypto/b64.h"
#include "core/wire/field.h"
#include "core/net/peer_gate.h"

enum { ANSWER_MAX = 4 << 20, HEADERS_MAX = 9 };

/* --- addresses --- */

bool peer_address_is_allowed(const char *address, bool allow_loopback)
{
    return allow_loopback || http_address_is_public(address);
}

/* A host whose last label is a number, decimal or 0x…, is an address in one of its many spellings
 * (WHATWG URL 3.5); only the plain ones are taken. */
static bool ends_in_number(const char *host)
{
    size_t len = strlen(host);
    while (len > 0 && host[len - 1] == '.')
        len--;
    size_t from = len;
    while (from > 0 && host[from - 1] != '.')
        from--;
    const char *label = host + from;
    size_t n = len - from;
    if (n >= 2 && label[0] == '0' && (label[1] | 0x20) == 'x')
        return strspn(label + 2, "0123456789abcdefABCDEF") >= n - 2;
    return n == 0 || strspn(label, "0123456789") >= n;
}

bool peer_url_is_allowed(const char *url, bool allow_loopback)
{
    char host[256];
    if (strncmp(url, "https://", 8) != 0)
        return false;
    const char *at = url + 8, *end = at + strcspn(at, "/?#");
    if (memchr(at, '@', (size_t)(end - at)) != NULL || memchr(at, '\\', (size_t)(end - at)) != NULL)
        return false;
    const char *host_end =
        *at == '[' ? memchr(at, ']', (size_t)(end - at)) : memchr(at, ':', (size_t)(end - at));
    at += *at == '[';
    if (host_end == NULL)
        host_end = end;
    size_t len = (size_t)(host_end - at);
    if (len == 0 || len >= sizeof host)
        return false;
    memcpy(host, at, len);
    host[len] = '\0';
    if (allow_loopback)
        return true;
    if (strcasecmp(host, "localhost") == 0 ||
        (len > 10 && strcasecmp(host + len - 10, ".localhost") == 0))
        return false;
    bool numeric = strchr(host, ':') != NULL || ends_in_number(host);
    return !numeric || http_address_is_public(host);
}

/* --- our own calls --- */

static void list_header(struct pool *p, const char **headers, size_t *n, const char *name,
                        const char *value)
{
    if (value != NULL && *n + 1 < HEADERS_MAX)
        headers[(*n)++] = pool_printf(p, "%s: %s", name, value);
    headers[*n] = NULL;
}

static enum err sign_call(struct pool *p, struct peer_call *c, const char *method)
{
    struct buf b;
    uint8_t raw[24], sig[SM2_SIG_LEN];
    char stamp[24];
    size_t len = c->body != NULL ? strlen(c->body) : 0;
    if (c->nonce == NULL) {
        rand_bytes(raw, sizeof raw);
        (void)snprintf(c->used_nonce, sizeof c->used_nonce, "%s",
                       b64url_encode(p, raw, sizeof raw));
    } else {
        (void)snprintf(c->used_nonce, sizeof c->used_nonce, "%s", c->nonce);
    }
    (void)snprintf(stamp, sizeof stamp, "%lld", (long long)c->now_sec);
    buf_init(&b, p);
    callsig_string(&b, method, c->path, stamp, c->used_nonce, c->body != NULL ? c->body : "", len);
    if (keyring_sign(c->kr, b.data, b.len, sig) != ERR_OK)
        return ERR_BUSY;
    c->request_string = b.data;
    c->authorization =
        pool_printf(p, "ZWM-SM2-SM3 app_id=\"%s\",timestamp=\"%s\",nonce=\"%s\",signature=\"%s\"",
                    c->conf->system, stamp, c->used_nonce, sm2_sig_to_text(sig, p));
    return ERR_OK;
}

/* The receipt of the target itself, under its listed key, over our request and this very answer. */
static bool receipt_holds(struct pool *p, const struct peer_call *c,
                          const struct trust_system *target)
{
    const char *system = http_header(&c->answer, "zwm-system"),
               *stamp = http_header(&c->answer, "zwm-timestamp"),
               *text = http_header(&c->answer, "zwm-signature");
    uint8_t sig[SM2_SIG_LEN];
    struct buf b;
    if (system == NULL || stamp == NULL || text == NULL || strcmp(system, c->target) != 0 ||
        !field_is_digits(stamp) || strlen(stamp) > TIMESTAMP_MAX ||
        sm2_sig_from_text(text, strlen(text), sig) != ERR_OK)
        return false;
    buf_init(&b, p);
    receipt_string(&b, c->request_string, strlen(c->request_string), c->answer.status,
                   strtoll(stamp, NULL, 10), c->answer.body, c->answer.body_len);
    return trust_key_holds(target, c->now_sec, b.data, b.len, sig);
}

static enum err read_answer(struct pool *p, struct peer_call *c, const struct trust_system *target)
{
    struct json_object *whole = NULL, *o = NULL, *items = NULL;
    struct wire_fault fault;
    bool believed = receipt_holds(p, c, target);
    if (wire_parse_json(p, c->answer.body, c->answer.body_len, &whole, &fault) != ERR_OK ||
        !json_object_object_get_ex(whole, "process_response", &o))
        return ERR_SYSTEM_UNREACHABLE;
    const char *code = json_get_text(o, "error_code", ""),
               *result = json_get_text(o, "result_code", "");
    c->error = err_from_code(code);
    c->msg = json_get_text(o, "error_msg", "");
    c->in_progress = strcmp(result, "103") == 0;
    bool done = strcmp(result, "100") == 0 || c->in_progress;
    if (done != (*code == '\0') || c->error >= ERR_WIRE_MAX)
        return ERR_SYSTEM_UNREACHABLE;
    if (believed && (done || *code == '3' || *code == '5' || *code == '6')) {
        if (done && json_object_object_get_ex(o, "items", &items))
            c->item = json_object_array_get_idx(items, 0);
        return ERR_OK;
    }
    /* What anybody on the way may say: that it does not go on. */
    return *code == '4' ? c->error : ERR_SYSTEM_UNREACHABLE;
}

static void log_peer(const struct peer_call *c, enum err e)
{
    struct log_line l;
    log_start(&l, LOG_WARN, "peer_failed");
    log_str(&l, "target", c->target);
    log_str(&l, "hop", c->hop);
    log_str(&l, "path", c->body != NULL ? c->path : "file");
    log_str(&l, "error", err_row(e)->code);
    log_int(&l, "status", c->answer.status);
    log_str(&l, "msg", c->answer.failure);
    log_end(&l);
}

static enum trust_mode own_mode(const struct conf *conf)
{
    return strcmp(conf->mode, "relay") == 0 ? TRUST_RELAY : TRUST_DIRECT;
}

static enum err find_hop(const struct trust *t, const struct conf *conf, const char *target,
                         int64_t now_sec, const struct trust_system **hop_r)
{
    if (t == NULL)
        return ERR_NO_ROUTE;
    if (now_sec > t->expires_at)
        return ERR_TRUST_EXPIRED;
    enum err e = trust_next_hop(t, conf->system, conf->parent, own_mode(conf), target, hop_r);
    return e == ERR_OK && *hop_r == NULL ? ERR_NO_ROUTE : e;
}

/* A stream in its gate until it begins: how long the reader takes is not the system's affair. */
struct gated {
    const char *system;
    const struct http_request *rq;
    bool left;
};

static void leave_at_head(void *arg, const struct http_answer *a)
{
    struct gated *g = arg;
    peer_gate_leave(g->system, true);
    g->left = true;
    g->rq->head(g->rq->sink_arg, a);
}

static bool pass_on(void *arg, const void *data, size_t len)
{
    const struct gated *g = arg;
    return g->rq->sink(g->rq->sink_arg, data, len);
}

/* One HTTP call of a hop, within its gate. */
static enum err call_hop(struct http_client *http, struct pool *p, const char *system,
                         const struct http_request *rq, struct http_answer *a, bool *sent_r)
{
    if (!peer_gate_enter(system)) {
        a->failure = "not tried: it has failed lately, or enough calls wait for it";
        return ERR_SYSTEM_UNREACHABLE;
    }
    struct gated g = {system, rq, false};
    struct http_request stream = *rq;
    if (rq->head != NULL) {
        stream.head = leave_at_head;
        stream.sink = pass_on;
        stream.sink_arg = &g;
    }
    enum err e = http_call(http, p, &stream, a);
    if (!g.left)
        peer_gate_leave(system, e == ERR_OK);
    *sent_r = e == ERR_OK || a->connected;
    return e == ERR_OK ? ERR_OK : ERR_SYSTEM_UNREACHABLE;
}

enum err peer_call(struct pool *p, struct peer_call *c)
{
    const struct trust_system *hop = NULL,
                              *target = c->trust != NULL ? trust_find(c->trust, c->target) : NULL;
    const char *headers[HEADERS_MAX], *method = c->body != NULL ? "POST" : "GET";
    size_t n = 0;
    c->sent = false;
    c->answer = (struct http_answer){.content_type = ""};
    enum err e = find_hop(c->trust, c->conf, c->target, c->now_sec, &hop);
    if (e == ERR_OK && target == NULL)
        e = ERR_NO_ROUTE; /* its receipt could not be checked */
    if (e == ERR_OK)
        e = sign_call(p, c, method);
    if (e != ERR_OK)
        return e;
    c->hop = hop->system;
    list_header(p, headers, &n, "Authorization", c->authorization);
    list_header(p, headers, &n, "Zwm-Receipt", "required");
    list_header(p, headers, &n, "Zwm-Target", c->target);
    list_header(p, headers, &n, "Content-Type", c->body != NULL ? "application/json" : NULL);
    list_header(p, headers, &n, "Range", c->range);
    const struct http_request rq = {
        .method = method,
        .url = pool_printf(p, "%s%s", hop->base_url, c->path),
        .headers = headers,
        .body = c->body,
        .body_len = c->body != NULL ? strlen(c->body) : 0,
        .connect_ms = (long)c->conf->peer_connect_ms,
        .total_ms = (long)(c->sink != NULL ? c->conf->service_total_ms : c->conf->peer_total_ms),
        .max_len = c->sink != NULL ? (uint64_t)c->conf->file_max_mib << 20 : ANSWER_MAX,
        .sink = c->sink,
        .sink_arg = c->sink_arg,
        .head = c->head,
        .public_only = c->conf->allow_loopback_routes == 0};
    e = call_hop(c->http, p, hop->system, &rq, &c->answer, &c->sent);
    if (e == ERR_OK && c->sink == NULL)
        e = read_answer(p, c, target);
    if (e != ERR_OK)
        log_peer(c, e);
    return e;
}

/* --- relaying --- */

/* Takes `Zwm-Via` apart: identifiers separated by a comma and blanks. */
static enum err read_via(const char *via, char ids[PEER_VIA_MOST][SYSID_LEN + 1], size_t *n_r)
{
    *n_r = 0;
    while (via != NULL && *via != '\0') {
        struct sysid id;
        size_t len = strcspn(via, ", ");
        char text[SYSID_LEN + 1];
        if (len != SYSID_LEN)
            return ERR_NOT_AUTHENTICATED;
        memcpy(text, via, SYSID_LEN);
        text[SYSID_LEN] = '\0';
        if (sysid_parse(text, &id) != ERR_OK)
            return ERR_NOT_AUTHENTICATED;
        for (size_t i = 0; i < *n_r; i++)
            if (strcmp(ids[i], text) == 0)
                return ERR_LOOP;
        if (*n_r == PEER_VIA_MOST)
            return ERR_LOOP;
        memcpy(ids[(*n_r)++], text, sizeof text);
        via += len;
        via += strspn(via, ", ");
    }
    return ERR_OK;
}

static void relay_string(struct buf *b, const char *signing_string, const char *via,
                         const char *stamp)
{
    char hex[2 * SM3_LEN + 1];
    sm3_hex(signing_string, strlen(signing_string), hex);
    buf_printf(b, "%s\n%s\n%s\n", hex, via, stamp);
}

enum err peer_check_via(const struct trust *t, const char *self, const char *via, const char *relay,
                        const char *signing_string, int64_t now_sec, int64_t window_sec)
{
    char ids[PEER_VIA_MOST][SYSID_LEN + 1], system[SYSID_LEN + 1], stamp[TIMESTAMP_MAX + 1],
        sig_text[128];
    uint8_t sig[SM2_SIG_LEN];
    size_t n;
    int end = 0;
    if (via == NULL && relay == NULL)
        return ERR_OK;
    enum err e = read_via(via, ids, &n);
    if (e != ERR_OK)
        return e;
    for (size_t i = 0; i < n; i++)
        if (strcmp(ids[i], self) == 0)
            return ERR_LOOP;
    if (n == 0 || relay == NULL || t == NULL ||
        sscanf(relay,
               "system=\"%9[0-9]\",timestamp=\"%12[0-9]\",signature=\"%127[A-Za-z0-9+/=]\"%n",
               system, stamp, sig_text, &end) != 3 ||
        end == 0 || relay[end] != '\0' || strcmp(system, ids[n - 1]) != 0)
        return ERR_NOT_AUTHENTICATED;
    int64_t off = now_sec - strtoll(stamp, NULL, 10);
    const struct trust_system *last = trust_find(t, system);
    if (last == NULL || off > window_sec || off < -window_sec ||
        sm2_sig_from_text(sig_text, strlen(sig_text), sig) != ERR_OK)
        return ERR_NOT_AUTHENTICATED;
    if (!last->active)
        return ERR_SYSTEM_SUSPENDED;
    struct pool *p = pool_new(false);
    struct buf b;
    buf_init(&b, p);
    relay_string(&b, signing_string, via, stamp);
    bool ok = trust_key_holds(last, now_sec, b.data, b.len, sig);
    pool_destroy(&p);
    return ok ? ERR_OK : ERR_NOT_AUTHENTICATED;
}

static enum err relay_headers(struct pool *p, const struct relay *r, const char **headers)
{
    char ids[PEER_VIA_MOST][SYSID_LEN + 1], stamp[24];
    uint8_t sig[SM2_SIG_LEN];
    size_t n_via, n = 0;
    struct buf b;
    enum err e = read_via(r->via, ids, &n_via);
    if (e != ERR_OK)
        return e;
    if (n_via == PEER_VIA_MOST)
        return ERR_LOOP;
    const char *via =
        n_via > 0 ? pool_printf(p, "%s, %s", r->via, r->conf->system) : r->conf->system;
    (void)snprintf(stamp, sizeof stamp, "%lld", (long long)r->now_sec);
    buf_init(&b, p);
    relay_string(&b, r->signing_string, via, stamp);
    if (keyring_sign(r->kr, b.data, b.len, sig) != ERR_OK)
        return ERR_BUSY;
    list_header(p, headers, &n, "Authorization", r->authorization);
    list_header(p, headers, &n, "Content-Type", r->content_type);
    list_header(p, headers, &n, "Accept", r->accept);
    list_header(p, headers, &n, "Zwm-Receipt", "required");
    list_header(p, headers, &n, "Zwm-Target", r->target);
    list_header(p, headers, &n, "Zwm-Via", via);
    list_header(p, headers, &n, "Zwm-Relay",
                pool_printf(p, "system=\"%s\",timestamp=\"%s\",signature=\"%s\"", r->conf->system,
                            stamp, sm2_sig_to_text(sig, p)));
    list_header(p, headers, &n, "Range", r->range);
    return ERR_OK;
}

enum err peer_relay(struct pool *p, struct relay *r)
{
    const struct trust_system *hop = NULL;
    const char *headers[HEADERS_MAX];
    char ids[PEER_VIA_MOST][SYSID_LEN + 1];
    size_t n = 0;
    bool sent = false;
    r->answer = (struct http_answer){.content_type = ""};
    enum err e = find_hop(r->trust, r->conf, r->target, r->now_sec, &hop);
    if (e == ERR_OK)
        e = relay_headers(p, r, headers);
    if (e == ERR_OK)
        e = read_via(r->via, ids, &n);
    /* Not back to where it has been. */
    for (size_t i = 0; e == ERR_OK && i < n; i++)
        if (strcmp(ids[i], hop->system) == 0)
            e = ERR_LOOP;
    if (e != ERR_OK)
        return e;
    r->hop = hop->system;
    const struct http_request rq = {
        .method = r->method,
        .url = pool_printf(p, "%s%s", hop->base_url, r->path),
        .headers = headers,
        .body = r->body,
        .body_len = r->body_len,
        .connect_ms = (long)r->conf->peer_connect_ms,
        /* Less than the caller's own patience, so that it hears our word and not silence. */
        .total_ms =
            (long)(r->sink != NULL ? r->conf->service_total_ms : r->conf->peer_total_ms * 3 / 4),
        .max_len = r->sink != NULL ? (uint64_t)r->conf->file_max_mib << 20 : ANSWER_MAX,
        .sink = r->sink,
        .sink_arg = r->sink_arg,
        .head = r->head,
        .public_only = r->conf->allow_loopback_routes == 0};
    return call_hop(r->http, p, hop->system, &rq, &r->answer, &sent);
}
