#include "core/net/push.h"

#include <string.h>

#include "core/base/conf.h"
#include "core/base/log.h"
#include "core/crypto/tagged.h"
#include "core/net/http.h"

enum { CONNECT_MS = 500, TOTAL_MS = 1000, ANSWER_MOST = 65536 };

char *push_channel(const struct keyring *kr, struct pool *p, const uint8_t no[PUSH_SESSION_LEN])
{
    return tagged_make(kr, p, "events", "", no);
}

enum err push_channel_read(const struct keyring *kr, struct pool *p, const char *channel,
                           uint8_t no[PUSH_SESSION_LEN])
{
    return tagged_read(kr, p, "events", "", channel, no);
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
