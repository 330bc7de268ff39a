/* Calls of our own pages, in a person's session (interface-people 1, 2).
 *
 * A page at our own address has the session's key in a cookie that only the browser sees; each of
 * its calls carries a token beside it, which another site cannot know. A page in a frame of another
 * site keeps the key in memory and sends it in a header: it works without cookies, and another site
 * can neither read nor send it. */
#include <string.h>

#include "core/act/show/show.h"
#include "core/base/rand.h"
#include "core/crypto/b64.h"
#include "core/crypto/crypto_int.h"
#include "fcgi/frame/served.h"

static bool same_text(const char *a, const char *b)
{
    return strlen(a) == strlen(b) && crypto_equal(a, b, strlen(a));
}

bool session_is_our_page(const struct served *s)
{
    const char *base = s->c.w.conf->base_url;
    if (s->fetch_site != NULL && strcmp(s->fetch_site, "same-origin") != 0)
        return false;
    return s->rq.origin == NULL || strcmp(s->rq.origin, base) == 0;
}

/* A page's call is entered as its channel app's, with a nonce of ours. */
static void sign_as_app(struct call *c)
{
    uint8_t raw[24];
    rand_bytes(raw, sizeof raw);
    c->sig = (struct callsig){.scheme = CALLSIG_ALLOWLIST, .timestamp_sec = c->w.now_sec};
    (void)snprintf(c->sig.app_id, sizeof c->sig.app_id, "%s", c->app->app_id);
    (void)snprintf(c->sig.nonce, sizeof c->sig.nonce, "page-%s",
                   b64url_encode(c->w.pool, raw, sizeof raw));
}

static enum err find_session(struct served *s, const char *key, struct session *found)
{
    enum err e = key != NULL ? show_session_use(&s->c, key, found) : ERR_SESSION;
    /* A key is good for the way that it was given for, and for no other. */
    if (e == ERR_OK && (found->kind == SESSION_EMBEDDED) != (s->session_key != NULL))
        e = ERR_SESSION;
    return e;
}

/* Makes the call one of the session `key`, and of the app that has identified the person. */
static enum err take_session(struct served *s, const char *key)
{
    struct call *c = &s->c;
    struct session *found = pool_alloc(c->w.pool, sizeof *found);
    enum err e = find_session(s, key, found);
    if (e != ERR_OK)
        return e;
    e = app_get(s->apps, c->w.db, found->app_id, &s->registered);
    if (e == ERR_ABSENT || (e == ERR_OK && s->registered->status != APP_ACTIVE))
        return ERR_SESSION;
    if (e != ERR_OK)
        return e;
    c->app = s->registered;
    c->session = found;
    c->csrf = show_csrf(c, key);
    sign_as_app(c);
    return ERR_OK;
}

enum err session_auth(struct call *c)
{
    struct served *s = served_of(c);
    const char *key = s->session_key != NULL ? s->session_key : call_cookie(&s->c, SHOW_COOKIE);
    if (key == NULL)
        return ERR_SESSION;
    if (s->session_key == NULL && (s->csrf == NULL || !same_text(s->csrf, show_csrf(c, key))))
        return ERR_SESSION;
    return take_session(s, key);
}

enum err session_if_any(struct call *c)
{
    struct served *s = served_of(c);
    s->session_key = NULL;
    enum err e = take_session(s, call_cookie(&s->c, SHOW_COOKIE));
    return e == ERR_SESSION ? ERR_OK : e;
}

void session_write_cookie(const struct served *s)
{
    const char *key = s->c.cookie;
    if (key == NULL)
        return;
    FCGX_FPrintF(s->fcgx->out, "Set-Cookie: %s\r\n", show_cookie(s->c.w.pool, key));
}
