#include "core/net/peer_relay.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/code/sysid.h"
#include "core/crypto/keyring.h"
#include "core/crypto/sm3.h"
#include "core/net/gated.h"
#include "core/net/peer_hop.h"
#include "core/wire/callsig.h"

struct via {
    char ids[PEER_VIA_MOST][SYSID_LEN + 1];
    size_t n;
};

/* Takes `Zwm-Via` apart: identifiers separated by a comma and blanks. */
static enum err read_via(const char *text, struct via *v)
{
    v->n = 0;
    while (text != NULL && *text != '\0') {
        struct sysid id;
        size_t len = strcspn(text, ", ");
        char one[SYSID_LEN + 1];
        if (len != SYSID_LEN)
            return ERR_NOT_AUTHENTICATED;
        memcpy(one, text, SYSID_LEN);
        one[SYSID_LEN] = '\0';
        if (sysid_parse(one, &id) != ERR_OK)
            return ERR_NOT_AUTHENTICATED;
        for (size_t i = 0; i < v->n; i++)
            if (strcmp(v->ids[i], one) == 0)
                return ERR_LOOP;
        if (v->n == PEER_VIA_MOST)
            return ERR_LOOP;
        memcpy(v->ids[v->n++], one, sizeof one);
        text += len;
        text += strspn(text, ", ");
    }
    return ERR_OK;
}

static bool passed(const struct via *v, const char *system)
{
    for (size_t i = 0; i < v->n; i++)
        if (strcmp(v->ids[i], system) == 0)
            return true;
    return false;
}

static void relay_string(struct buf *b, const char *signing_string, const char *via,
                         const char *stamp)
{
    char hex[2 * SM3_LEN + 1];
    sm3_hex(signing_string, strlen(signing_string), hex);
    buf_printf(b, "%s\n%s\n%s\n", hex, via, stamp);
}

/* --- what came through relays --- */

enum err peer_check_via(const struct work *w, const char *via, const char *relay,
                        const char *signing_string)
{
    char system[SYSID_LEN + 1], stamp[TIMESTAMP_MAX + 1], sig_text[128];
    uint8_t sig[SM2_SIG_LEN];
    struct via v;
    int end = 0;
    if (via == NULL && relay == NULL)
        return ERR_OK;
    enum err e = read_via(via, &v);
    if (e == ERR_OK && passed(&v, w->conf->system))
        e = ERR_LOOP;
    if (e != ERR_OK)
        return e;
    if (v.n == 0 || relay == NULL || w->trust == NULL ||
        sscanf(relay,
               "system=\"%9[0-9]\",timestamp=\"%12[0-9]\",signature=\"%127[A-Za-z0-9+/=]\"%n",
               system, stamp, sig_text, &end) != 3 ||
        end == 0 || relay[end] != '\0' || strcmp(system, v.ids[v.n - 1]) != 0)
        return ERR_NOT_AUTHENTICATED;
    int64_t off = w->now_sec - strtoll(stamp, NULL, 10), window_sec = w->conf->call_window_sec;
    const struct trust_system *last = trust_find(w->trust, system);
    if (last == NULL || off > window_sec || off < -window_sec ||
        sm2_sig_from_text(sig_text, strlen(sig_text), sig) != ERR_OK)
        return ERR_NOT_AUTHENTICATED;
    if (!last->active)
        return ERR_SYSTEM_SUSPENDED;
    struct buf b;
    buf_init(&b, w->pool);
    relay_string(&b, signing_string, via, stamp);
    return trust_key_holds(last, w->now_sec, b.data, b.len, sig) ? ERR_OK : ERR_NOT_AUTHENTICATED;
}

/* --- what we pass on --- */

static enum err relay_headers(const struct relay *r, const struct via *v, struct http_headers *h)
{
    const struct work *w = r->w;
    const char *self = w->conf->system;
    uint8_t sig[SM2_SIG_LEN];
    struct buf b;
    if (v->n == PEER_VIA_MOST)
        return ERR_LOOP;
    const char *via = v->n > 0 ? pool_printf(w->pool, "%s, %s", r->via, self) : self,
               *stamp = pool_printf(w->pool, "%lld", (long long)w->now_sec);
    buf_init(&b, w->pool);
    relay_string(&b, r->signing_string, via, stamp);
    if (keyring_sign(w->kr, b.data, b.len, sig) != ERR_OK)
        return ERR_BUSY;
    http_headers_add(w->pool, h, "Authorization", r->authorization);
    http_headers_add(w->pool, h, "Content-Type", r->content_type);
    http_headers_add(w->pool, h, "Accept", r->accept);
    http_headers_add(w->pool, h, "Zwm-Receipt", "required");
    http_headers_add(w->pool, h, "Zwm-Target", r->target);
    http_headers_add(w->pool, h, "Zwm-Via", via);
    http_headers_add(w->pool, h, "Zwm-Relay",
                     pool_printf(w->pool, "system=\"%s\",timestamp=\"%s\",signature=\"%s\"", self,
                                 stamp, sm2_sig_to_text(sig, w->pool)));
    http_headers_add(w->pool, h, "Range", r->range);
    return ERR_OK;
}

enum err peer_relay(struct relay *r)
{
    const struct work *w = r->w;
    const struct trust_system *hop = NULL;
    struct http_headers headers = {.n = 0};
    struct via v = {.n = 0};
    r->answer = (struct http_answer){.content_type = ""};
    enum err e = peer_hop_find(w, r->target, &hop);
    if (e == ERR_OK)
        e = read_via(r->via, &v);
    if (e == ERR_OK)
        e = relay_headers(r, &v, &headers);
    if (e == ERR_OK && passed(&v, hop->system))
        e = ERR_LOOP; /* not back to where it has been */
    if (e != ERR_OK)
        return e;
    r->hop = hop->system;
    struct http_request rq = peer_hop_request(w, hop, r->path, r->sink != NULL);
    if (r->sink ==
        NULL) /* less than the caller's patience, so that it hears our word and not silence */
        rq.total_ms = rq.total_ms * 3 / 4;
    rq.method = r->method;
    rq.headers = headers.lines;
    rq.body = r->body;
    rq.body_len = r->body_len;
    rq.sink = r->sink;
    rq.sink_arg = r->sink_arg;
    rq.head = r->head;
    e = gated_call(hop->system, w->http, w->pool, &rq, &r->answer);
    return e == ERR_OK ? ERR_OK : ERR_SYSTEM_UNREACHABLE;
}
