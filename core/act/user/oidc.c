/* What the identity provider says of itself, and its keys. A process keeps both for a while. */
#include "core/act/user/oidc.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/clock.h"
#include "core/base/conf.h"
#include "core/base/log.h"
#include "core/net/http.h"

enum {
    ANSWER_MOST = 262144,
    KEEP_SEC = 3600,
    KEEP_KEYS_SEC = 300,
    AGAIN_SEC = 10,
    CONNECT_MS = 2000,
    TOTAL_MS = 5000
};

struct kept {
    char *text; /* JSON; NULL: nothing yet */
    int64_t at_us;
};
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct kept discovery, keys;

/* --- HTTP --- */

static bool starts_with(const char *text, const char *prefix)
{
    return strncmp(text, prefix, strlen(prefix)) == 0;
}

/* https, or this machine where tests allow it. */
static bool may_be_called(const struct call *c, const char *url)
{
    for (const char *s = url; *s != '\0'; s++)
        if (*s <= 0x20 || *s >= 0x7f || strchr("\"'<>\\#@", *s) != NULL)
            return false;
    return starts_with(url, "https://") ||
           (c->w.conf->allow_loopback_routes && starts_with(url, "http://127.0.0.1:"));
}

enum err oidc_ask(struct call *c, const char *url, const char *form, const char *auth,
                  struct json_object **answer_r)
{
    struct http_answer a;
    struct http_headers h = {.n = 0};
    const struct conf *conf = c->w.conf;
    http_headers_add_line(&h, "Accept: application/json");
    if (form != NULL)
        http_headers_add_line(&h, "Content-Type: application/x-www-form-urlencoded");
    if (auth != NULL)
        http_headers_add_line(&h, auth);
    const struct http_request rq = {.method = form != NULL ? "POST" : "GET",
                                    .url = url,
                                    .headers = h.lines,
                                    .body = form,
                                    .body_len = form != NULL ? strlen(form) : 0,
                                    .connect_ms = CONNECT_MS,
                                    .total_ms = TOTAL_MS,
                                    .max_len = ANSWER_MOST,
                                    .public_only = conf->allow_loopback_routes == 0,
                                    .ca_file = conf->oidc_ca_file};
    enum err e = http_call(c->w.http, c->w.pool, &rq, &a);
    if (e != ERR_OK) {
        log_msg(LOG_WARN, "oidc", "the identity provider does not answer: %s", a.failure);
        return ERR_BUSY;
    }
    *answer_r = NULL;
    if (a.status == 200 && json_read(c->w.pool, a.body, a.body_len, answer_r) == ERR_OK &&
        json_object_is_type(*answer_r, json_type_object))
        return ERR_OK;
    log_msg(LOG_WARN, "oidc", "the identity provider answers HTTP %d, or no JSON object", a.status);
    return form != NULL && a.status / 100 == 4 ? ERR_BAD : ERR_BUSY;
}

/* --- what is kept --- */

/* Returns a copy of what is kept, in the pool; NULL if it is older than `most_sec`. */
static const char *look(struct pool *p, const struct kept *k, int64_t most_sec)
{
    (void)pthread_mutex_lock(&lock);
    bool fresh = k->text != NULL && clock_mono_us() - k->at_us < most_sec * 1000000;
    const char *text = fresh ? pool_strdup(p, k->text) : NULL;
    (void)pthread_mutex_unlock(&lock);
    return text;
}

static void keep(struct kept *k, const char *text)
{
    (void)pthread_mutex_lock(&lock);
    free(k->text);
    k->text = strdup(text);
    k->at_us = clock_mono_us();
    (void)pthread_mutex_unlock(&lock);
}

enum err oidc_discover(struct call *c, struct json_object **said)
{
    const char *issuer = c->w.conf->oidc_issuer;
    size_t len = strlen(issuer);
    const char *text = look(c->w.pool, &discovery, KEEP_SEC);
    if (text != NULL) {
        *said = json_parse(c->w.pool, text);
        return ERR_OK;
    }
    if (len == 0 || !may_be_called(c, issuer))
        return ERR_BUSY;
    if (issuer[len - 1] == '/')
        len--;
    enum err e = oidc_ask(
        c, pool_printf(c->w.pool, "%.*s/.well-known/openid-configuration", (int)len, issuer), NULL,
        NULL, said);
    if (e != ERR_OK)
        return e;
    if (strcmp(json_get_text(*said, "issuer", ""), issuer) != 0) {
        log_msg(LOG_WARN, "oidc", "the identity provider calls itself otherwise than oidc_issuer");
        return ERR_BUSY;
    }
    keep(&discovery, json_to_text(c->w.pool, *said));
    return ERR_OK;
}

const char *oidc_address(const struct call *c, const struct json_object *said, const char *name)
{
    const char *url = json_get_text(said, name, NULL);
    return url != NULL && may_be_called(c, url) ? url : NULL;
}

enum err oidc_keys(struct call *c, const struct json_object *said, bool newer, const char **jwks_r)
{
    struct json_object *set = NULL;
    const char *url = oidc_address(c, said, "jwks_uri");
    *jwks_r = look(c->w.pool, &keys, newer ? AGAIN_SEC : KEEP_KEYS_SEC);
    if (*jwks_r != NULL)
        return ERR_OK;
    enum err e = url != NULL ? oidc_ask(c, url, NULL, NULL, &set) : ERR_BUSY;
    if (e != ERR_OK)
        return e;
    *jwks_r = json_to_text(c->w.pool, set);
    keep(&keys, *jwks_r);
    return ERR_OK;
}
