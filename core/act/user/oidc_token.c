/* Tokens of the identity provider: what they must say, and who the person is by them. */
#include <string.h>

#include "core/act/subject.h"
#include "core/act/user/oidc.h"
#include "core/base/conf.h"
#include "core/base/log.h"
#include "core/crypto/jose.h"

enum { SKEW_SEC = 60, AGE_MOST_SEC = 600 };

static enum err refuse(const char *why)
{
    log_msg(LOG_WARN, "oidc", "a token of the identity provider was refused: %s", why);
    return ERR_BAD;
}

static bool is_text(const struct json_object *o, const char *wanted)
{
    return json_object_is_type(o, json_type_string) &&
           strcmp(json_object_get_string((struct json_object *)(uintptr_t)o), wanted) == 0;
}

/* The audience is us; where it is others too, we are the party that it was issued to. */
static bool is_for_us(const struct json_object *claims, const char *client_id)
{
    struct json_object *aud = json_get(claims, "aud"), *azp = json_get(claims, "azp");
    if (azp != NULL && !is_text(azp, client_id))
        return false;
    if (!json_object_is_type(aud, json_type_array))
        return is_text(aud, client_id);
    size_t n = json_object_array_length(aud);
    bool ours = false;
    for (size_t i = 0; i < n; i++)
        ours = ours || is_text(json_object_array_get_idx(aud, i), client_id);
    return ours && (n == 1 || azp != NULL);
}

static bool get_time(const struct json_object *claims, const char *name, int64_t *at_r)
{
    const struct json_object *o = json_get(claims, name);
    if (!json_object_is_type(o, json_type_int) && !json_object_is_type(o, json_type_double))
        return false;
    *at_r = json_object_get_int64(o);
    return true;
}

static enum err check(const struct call *c, const struct json_object *claims)
{
    const struct conf *conf = c->w.conf;
    int64_t now = c->w.now_sec, iat, exp;
    if (!is_text(json_get(claims, "iss"), conf->oidc_issuer))
        return refuse("another issuer");
    if (!is_for_us(claims, conf->oidc_client_id))
        return refuse("another audience");
    if (!get_time(claims, "iat", &iat) || iat > now + SKEW_SEC || iat < now - AGE_MOST_SEC)
        return refuse("issued too long ago, or in the future");
    if (json_get(claims, "exp") != NULL && (!get_time(claims, "exp", &exp) || exp < now - SKEW_SEC))
        return refuse("expired");
    return ERR_OK;
}

enum err oidc_claims(struct call *c, const struct json_object *said, const char *token,
                     struct json_object **claims_r)
{
    const char *jwks, *text = NULL;
    enum err e = oidc_keys(c, said, false, &jwks);
    if (e == ERR_OK)
        e = jose_verify(c->w.pool, jwks, token, &text);
    if (e == ERR_ABSENT) { /* the provider may have new keys */
        e = oidc_keys(c, said, true, &jwks);
        if (e == ERR_OK)
            e = jose_verify(c->w.pool, jwks, token, &text);
    }
    if (e != ERR_OK)
        return e == ERR_BUSY ? e : refuse("not signed by the identity provider");
    if (json_read(c->w.pool, text, strlen(text), claims_r) != ERR_OK ||
        !json_object_is_type(*claims_r, json_type_object))
        return refuse("no JSON object");
    return check(c, *claims_r);
}

/* --- the person --- */

static int64_t assurance_of(const struct json_object *claims, const char *name)
{
    struct json_object *o = json_get(claims, name);
    return o != NULL ? json_object_get_int64(o) : 0; /* of text too; 0 if it is no number */
}

enum err oidc_person(struct call *c, const struct json_object *claims, struct subject *who)
{
    const struct conf *conf = c->w.conf;
    const char *detail = c->detail;
    const struct subject said = {
        .type = "person",
        .name = json_get_text(claims, conf->oidc_claim_name, ""),
        .id_type = json_get_text(claims, conf->oidc_claim_id_type, "111"),
        .id_no = json_get_text(claims, conf->oidc_claim_id_no, ""),
        .phone = json_get_text(claims, conf->oidc_claim_phone, NULL),
        .assurance = {true, assurance_of(claims, conf->oidc_claim_assurance)}};
    struct wire_fault fault = {NULL};
    enum err e = wire_decode_object(c->w.pool, json_parse(c->w.pool, subject_text(c, &said)),
                                    &subject_fields, who, &fault);
    if (e == ERR_OK && (e = subject_check(c, who, code_type_row(CODE_ZWM1))) != ERR_OK)
        fault.path = c->detail;
    c->detail = detail;
    if (e == ERR_OK)
        return ERR_OK;
    log_msg(LOG_WARN, "oidc", "a person cannot log in: the claim for `%s` is missing or wrong",
            fault.path != NULL ? fault.path : "?");
    return ERR_BAD;
}

bool oidc_index(const struct call *c, const struct json_object *claims, const char *name,
                uint8_t index[SM3_LEN])
{
    const char *value = json_get_text(claims, name, NULL), *issuer = c->w.conf->oidc_issuer;
    if (value == NULL || *value == '\0')
        return false;
    const struct sm3_part parts[] = {
        {name, strlen(name)}, {issuer, strlen(issuer)}, {value, strlen(value)}};
    keyring_index(c->w.kr, "login", parts, 3, index);
    return true;
}
