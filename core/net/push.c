#include "core/net/push.h"

#include <string.h>

#include "core/base/conf.h"
#include "core/base/log.h"
#include "core/crypto/b64.h"
#include "core/crypto/crypto_int.h"
#include "core/net/http.h"

enum { MAC_LEN = 16, CONNECT_MS = 500, TOTAL_MS = 1000, ANSWER_MOST = 65536 };

static void make_mac(const struct keyring *kr, const uint8_t *no, uint8_t mac[SM3_LEN])
{
    static const char label[] = "events";
    const struct sm3_part parts[] = {{label, sizeof label - 1}, {no, PUSH_SESSION_LEN}};
    keyring_derive(kr, "ticket", parts, 2, mac);
}

char *push_channel(const struct keyring *kr, struct pool *p, const uint8_t no[PUSH_SESSION_LEN])
{
    uint8_t raw[PUSH_SESSION_LEN + SM3_LEN];
    memcpy(raw, no, PUSH_SESSION_LEN);
    make_mac(kr, no, raw + PUSH_SESSION_LEN);
    return b64url_encode(p, raw, PUSH_SESSION_LEN + MAC_LEN);
}

/* Returns the text in the other alphabet of RFC 4648, with its padding. */
static const char *as_base64(struct pool *p, const char *channel)
{
    char *text = pool_printf(p, "%s=", channel);
    for (char *at = text; *at != '\0'; at++)
        if (*at == '-' || *at == '+')
            *at = *at == '-' ? '+' : '!';
        else if (*at == '_' || *at == '/')
            *at = *at == '_' ? '/' : '!';
    return text;
}

enum err push_channel_read(const struct keyring *kr, struct pool *p, const char *channel,
                           uint8_t no[PUSH_SESSION_LEN])
{
    uint8_t *raw, mac[SM3_LEN];
    size_t len = 0;
    if (strlen(channel) != PUSH_CHANNEL_LEN)
        return ERR_BAD;
    enum err e = b64_decode(p, as_base64(p, channel), PUSH_CHANNEL_LEN + 1, &raw, &len);
    if (e != ERR_OK || len != PUSH_SESSION_LEN + MAC_LEN)
        return ERR_BAD;
    make_mac(kr, raw, mac);
    if (!crypto_equal(mac, raw + PUSH_SESSION_LEN, MAC_LEN))
        return ERR_BAD;
    memcpy(no, raw, PUSH_SESSION_LEN);
    return ERR_OK;
}

/* nginx's server for publishers stands on a unix socket in the run directory, which only we enter.
 */
static bool send(const struct work *w, const uint8_t *no, const char *method, const char *body)
{
    struct http_answer a;
    static const char *const headers[] = {"Content-Type: application/json", NULL};
    const char *channel = push_channel(w->kr, w->pool, no);
    const struct http_request rq = {.method = method,
                                    .url = pool_printf(w->pool, "http://push/%s", channel),
                                    .headers = headers,
                                    .body = body,
                                    .body_len = body != NULL ? strlen(body) : 0,
                                    .connect_ms = CONNECT_MS,
                                    .total_ms = TOTAL_MS,
                                    .max_len = ANSWER_MOST,
                                    .unix_socket =
                                        pool_printf(w->pool, "%s/push.sock", w->conf->run_dir)};
    enum err e = http_call(w->http, w->pool, &rq, &a);
    if (e == ERR_OK && a.status < 300)
        return true;
    if (e == ERR_OK && a.status == 404 && body == NULL)
        return true; /* nobody listened */
    if (e == ERR_OK)
        log_msg(LOG_WARN, "push", "nginx did not take a message: HTTP %d", a.status);
    else
        log_msg(LOG_WARN, "push", "nginx did not take a message: %s", a.failure);
    return false;
}

bool push_tell(const struct work *w, const uint8_t no[PUSH_SESSION_LEN], const char *what)
{
    return send(w, no, "POST", pool_printf(w->pool, "{\"what\":\"%s\"}", what));
}

void push_close(const struct work *w, const uint8_t no[PUSH_SESSION_LEN])
{
    if (push_tell(w, no, "ended"))
        (void)send(w, no, "DELETE", NULL);
}
