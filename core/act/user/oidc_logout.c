/* The end of sessions from the identity provider's side (OpenID Connect Back-Channel Logout). */
#include <string.h>

#include "core/act/show/show.h"
#include "core/act/user/oidc.h"
#include "core/base/conf.h"
#include "core/base/form.h"
#include "core/net/push.h"
#include "core/store/login.h"

enum { KEEP_SEC = 3600 }; /* longer than a token is obeyed */

#define LOGOUT_EVENT "http://schemas.openid.net/event/backchannel-logout"

struct logging_out {
    struct call *c;
    const uint8_t *sub, *sid;
    uint8_t jti_hash[SM3_LEN];
    struct session *list;
    size_t n;
};

static enum err log_out(struct db *db, void *arg)
{
    struct logging_out *v = arg;
    const struct call *c = v->c;
    enum err e = logout_token_insert(db, v->jti_hash, c->w.now_sec + KEEP_SEC);
    if (e == ERR_OK)
        e = login_list(db, c->w.kr, c->w.pool, v->sub, v->sid, &v->list, &v->n);
    for (size_t i = 0; e == ERR_OK && i < v->n; i++)
        e = show_end_session(db, c, &v->list[i]);
    return e;
}

/* A logout token says so, names a session or a person, and could never be an ID token. */
static bool is_logout(const struct json_object *claims)
{
    return json_object_is_type(json_get(json_get(claims, "events"), LOGOUT_EVENT),
                               json_type_object) &&
           json_get(claims, "nonce") == NULL && *json_get_text(claims, "jti", "") != '\0';
}

enum err act_login_backchannel(struct call *c, const char *body)
{
    struct json_object *said, *claims;
    struct logging_out v = {.c = c};
    uint8_t sub[SM3_LEN], sid[SM3_LEN];
    const char *token = form_get(c->w.pool, body, "logout_token");
    if (*c->w.conf->oidc_issuer == '\0')
        return ERR_NO_INTERFACE;
    if (token == NULL)
        return call_fault(c, ERR_FIELD_MISSING, "logout_token");
    enum err e = oidc_discover(c, &said);
    if (e == ERR_OK)
        e = oidc_claims(c, said, token, &claims);
    if (e == ERR_BUSY)
        return e;
    if (e != ERR_OK || !is_logout(claims))
        return call_fault(c, ERR_FIELD_INVALID, "logout_token");
    v.sub = oidc_index(c, claims, "sub", sub) ? sub : NULL;
    v.sid = oidc_index(c, claims, "sid", sid) ? sid : NULL;
    if (v.sub == NULL && v.sid == NULL)
        return call_fault(c, ERR_FIELD_INVALID, "logout_token");
    const char *jti = json_get_text(claims, "jti", "");
    sm3(jti, strlen(jti), v.jti_hash);
    e = db_transact(c->w.db, log_out, &v);
    if (e == ERR_DUPLICATE)
        return call_fault(c, ERR_FIELD_INVALID, "logout_token");
    for (size_t i = 0; e == ERR_OK && i < v.n; i++)
        push_close(&c->w, v.list[i].session_no);
    return e;
}
