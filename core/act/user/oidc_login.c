/* The login at the identity provider: there and back.
 *
 * What is to come back is bound to the browser that went: by `state`, which serves once, and by a
 * cookie of its own. That cookie is SameSite=Lax, since the provider's site leads back; it opens
 * nothing by itself. */
#include <string.h>

#include "core/act/show/show.h"
#include "core/act/user/oidc.h"
#include "core/base/conf.h"
#include "core/base/form.h"
#include "core/base/log.h"
#include "core/crypto/b64.h"
#include "core/crypto/crypto_int.h"
#include "core/crypto/jose.h"
#include "core/store/login.h"

enum { LOGIN_SEC = 600, NEXT_MOST = 500, SECRET_MOST = 4096, HINT_MOST = 4096 };

#define COOKIE      "__Host-zwm-login"
#define COOKIE_RULE "; Path=/; Secure; HttpOnly; SameSite=Lax"

/* --- redirects --- */

static enum err lead_to(struct call *c, const char *url, const char *cookie, const char *session)
{
    struct pool *p = c->w.pool;
    const char *headers[5] = {pool_printf(p, "Location: %s", url), "Referrer-Policy: no-referrer"};
    size_t n = 2;
    if (cookie != NULL)
        headers[n++] = pool_printf(p, "Set-Cookie: %s", cookie);
    if (session != NULL)
        headers[n++] = pool_printf(p, "Set-Cookie: %s", session);
    c->out->head(c, 302, NULL, headers);
    return ERR_OK;
}

/* To the login page, with a word of ours that says what went wrong. */
static enum err lead_to_error(struct call *c, const char *word)
{
    return lead_to(c, pool_printf(c->w.pool, "%s/login/?error=%s", c->w.conf->base_url, word),
                   COOKIE "=" COOKIE_RULE "; Max-Age=0", NULL);
}

/* A page of ours that a login may lead to; all else is the show page. */
static const char *next_of(const char *wish)
{
    static const char show[] = "/show/", login[] = "/login/";
    if (wish == NULL || strlen(wish) > NEXT_MOST)
        return show;
    for (const char *s = wish; *s != '\0'; s++)
        if (*s <= 0x20 || *s >= 0x7f || *s == '\\')
            return show;
    bool is_login = strcmp(wish, login) == 0 || strncmp(wish, "/login/?", 8) == 0;
    return is_login ? wish : show;
}

/* --- there --- */

struct starting {
    const struct call *c;
    struct login_state s;
};

static enum err insert(struct db *db, void *arg)
{
    const struct starting *v = arg;
    return login_state_insert(db, v->c->w.kr, v->c->w.pool, &v->s);
}

static const char *address_there(struct call *c, const char *endpoint, const char *state,
                                 const char *nonce, const char *verifier)
{
    const struct conf *conf = c->w.conf;
    struct buf b;
    buf_init(&b, c->w.pool);
    buf_printf(&b, "%s%s", endpoint, strchr(endpoint, '?') != NULL ? "" : "?");
    form_put(&b, "response_type", "code");
    form_put(&b, "client_id", conf->oidc_client_id);
    form_put(&b, "redirect_uri", pool_printf(c->w.pool, "%s/login/back", conf->base_url));
    form_put(&b, "scope", conf->oidc_scope);
    form_put(&b, "state", state);
    form_put(&b, "nonce", nonce);
    form_put(&b, "code_challenge", jose_challenge(c->w.pool, verifier));
    form_put(&b, "code_challenge_method", "S256");
    return b.data;
}

enum err act_login_start(struct call *c, const char *query)
{
    struct json_object *said;
    struct pool *p = c->w.pool;
    uint8_t state_hash[SM3_LEN], browser_hash[SM3_LEN], unused[SM3_LEN];
    if (*c->w.conf->oidc_issuer == '\0')
        return ERR_NO_INTERFACE;
    enum err e = oidc_discover(c, &said);
    const char *endpoint = e == ERR_OK ? oidc_address(c, said, "authorization_endpoint") : NULL;
    if (endpoint == NULL)
        return lead_to_error(c, "busy");
    const char *state = show_new_secret(p, state_hash), *browser = show_new_secret(p, browser_hash),
               *nonce = show_new_secret(p, unused), *verifier = show_new_secret(p, unused);
    struct starting v = {
        c,
        {.state_hash = state_hash,
         .browser_hash = browser_hash,
         .secrets = pool_printf(p, "{\"nonce\":\"%s\",\"verifier\":\"%s\"}", nonce, verifier),
         .next_path = next_of(form_get(p, query, "next")),
         .until = c->w.now_sec + LOGIN_SEC}};
    e = db_transact(c->w.db, insert, &v);
    if (e != ERR_OK)
        return lead_to_error(c, "busy");
    return lead_to(c, address_there(c, endpoint, state, nonce, verifier),
                   pool_printf(p, COOKIE "=%s" COOKIE_RULE "; Max-Age=%d", browser, LOGIN_SEC),
                   NULL);
}

/* --- and back --- */

struct taking {
    const struct call *c;
    struct login_state s;
};

static enum err take(struct db *db, void *arg)
{
    struct taking *v = arg;
    return login_state_take(db, v->c->w.kr, v->c->w.pool, &v->s);
}

/* The client's secret, from its file; NULL if there is none. */
static const char *read_secret(struct call *c)
{
    const char *path = c->w.conf->oidc_client_secret_file;
    FILE *f = *path != '\0' ? fopen(path, "re") : NULL;
    if (f == NULL)
        return NULL;
    char *text = pool_alloc(c->w.pool, SECRET_MOST);
    size_t len = fread(text, 1, SECRET_MOST - 1, f);
    (void)fclose(f);
    while (len > 0 && strchr("\r\n \t", text[len - 1]) != NULL)
        text[--len] = '\0';
    return text;
}

/* Authorization: Basic, both parts encoded as in a form (RFC 6749 2.3.1). */
static const char *basic(struct call *c, const char *secret)
{
    struct buf b;
    struct pool *p = c->w.pool;
    buf_init(&b, p);
    form_put(&b, "", c->w.conf->oidc_client_id);
    form_put(&b, "", secret);
    char *pair = pool_strdup(p, b.data + 1); /* =ID&=SECRET */
    char *at = strstr(pair, "&=");
    *at = ':';
    memmove(at + 1, at + 2, strlen(at + 2) + 1);
    return pool_printf(p, "Authorization: Basic %s", b64_encode(p, pair, strlen(pair)));
}

/* Exchanges the code for an ID token. */
static enum err redeem(struct call *c, const struct json_object *said, const char *code,
                       const char *verifier, const char **token_r)
{
    struct json_object *answer;
    struct buf b;
    struct pool *p = c->w.pool;
    const char *url = oidc_address(c, said, "token_endpoint"), *secret = read_secret(c);
    if (url == NULL || (secret == NULL && *c->w.conf->oidc_client_secret_file != '\0'))
        return ERR_BUSY;
    buf_init(&b, p);
    form_put(&b, "grant_type", "authorization_code");
    form_put(&b, "code", code);
    form_put(&b, "redirect_uri", pool_printf(p, "%s/login/back", c->w.conf->base_url));
    form_put(&b, "code_verifier", verifier);
    if (secret == NULL)
        form_put(&b, "client_id", c->w.conf->oidc_client_id);
    enum err e = oidc_ask(c, url, b.data, secret != NULL ? basic(c, secret) : NULL, &answer);
    *token_r = e == ERR_OK ? json_get_text(answer, "id_token", NULL) : NULL;
    return e == ERR_OK && *token_r == NULL ? ERR_BAD : e;
}

/* What the end of the session will need: JSON. */
static const char *keep_for_end(struct call *c, const char *end, const char *token)
{
    struct json_object *kept = json_own(c->w.pool, json_object_new_object());
    if (end != NULL)
        (void)json_object_object_add(kept, "end", json_object_new_string(end));
    if (c->w.conf->oidc_logout_hint && strlen(token) <= HINT_MOST)
        (void)json_object_object_add(kept, "hint", json_object_new_string(token));
    return json_to_text(c->w.pool, kept);
}

static enum err log_in(struct call *c, const struct json_object *said,
                       const struct json_object *claims, const char *token)
{
    struct subject who;
    uint8_t sub[SM3_LEN], sid[SM3_LEN];
    const char *csrf, *end = oidc_address(c, said, "end_session_endpoint");
    enum err e = oidc_person(c, claims, &who);
    if (e != ERR_OK)
        return e;
    const struct login l = {.who = &who,
                            .enterprises = user_enterprises(
                                c, json_get(claims, c->w.conf->oidc_claim_enterprises), &who),
                            .end = keep_for_end(c, end, token),
                            .sub = oidc_index(c, claims, "sub", sub) ? sub : NULL,
                            .sid = oidc_index(c, claims, "sid", sid) ? sid : NULL};
    return l.sub != NULL ? user_log_in(c, &l, &csrf) : ERR_BAD;
}

static enum err complete(struct call *c, const char *query, const struct login_state *s)
{
    struct json_object *said, *claims;
    const char *token;
    struct pool *p = c->w.pool;
    const char *code = form_get(p, query, "code"), *iss = form_get(p, query, "iss");
    const struct json_object *secrets = json_parse(p, s->secrets);
    if (code == NULL || c->w.now_sec > s->until)
        return ERR_BAD;
    enum err e = oidc_discover(c, &said);
    if (e != ERR_OK)
        return e;
    /* RFC 9207: an answer of another provider is none of this one. */
    bool says =
        json_object_get_boolean(json_get(said, "authorization_response_iss_parameter_supported"));
    if ((iss == NULL && says) || (iss != NULL && strcmp(iss, c->w.conf->oidc_issuer) != 0))
        return ERR_BAD;
    e = redeem(c, said, code, json_get_text(secrets, "verifier", ""), &token);
    if (e == ERR_OK)
        e = oidc_claims(c, said, token, &claims);
    if (e != ERR_OK)
        return e;
    const char *nonce = json_get_text(claims, "nonce", ""),
               *wanted = json_get_text(secrets, "nonce", "");
    if (strlen(nonce) != strlen(wanted) || !crypto_equal(nonce, wanted, strlen(wanted)) ||
        json_get(claims, "exp") == NULL) {
        log_msg(LOG_WARN, "oidc", "an ID token of another login, or one that never expires");
        return ERR_BAD;
    }
    return log_in(c, said, claims, token);
}

enum err act_login_back(struct call *c, const char *query)
{
    struct pool *p = c->w.pool;
    uint8_t state_hash[SM3_LEN], browser_hash[SM3_LEN];
    const char *state = form_get(p, query, "state"), *browser = call_cookie(c, COOKIE);
    if (*c->w.conf->oidc_issuer == '\0')
        return ERR_NO_INTERFACE;
    if (state == NULL || browser == NULL)
        return lead_to_error(c, "failed");
    sm3(state, strlen(state), state_hash);
    sm3(browser, strlen(browser), browser_hash);
    struct taking v = {c, {.state_hash = state_hash, .browser_hash = browser_hash}};
    enum err e = db_transact(c->w.db, take, &v);
    if (e != ERR_OK)
        return lead_to_error(c, e == ERR_ABSENT ? "failed" : "busy");
    const char *error = form_get(p, query, "error");
    if (error != NULL)
        return lead_to_error(c, strcmp(error, "access_denied") == 0 ? "cancelled" : "failed");
    e = complete(c, query, &v.s);
    if (e != ERR_OK)
        return lead_to_error(c, e == ERR_BUSY || e == ERR_STORAGE ? "busy" : "failed");
    return lead_to(c, pool_printf(p, "%s%s", c->w.conf->base_url, v.s.next_path),
                   COOKIE "=" COOKIE_RULE "; Max-Age=0", show_cookie(p, c->cookie));
}
