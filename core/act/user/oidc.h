/* oidc: OpenID Connect as a relying party (interface-people 3): authorization code with PKCE, state
 * and nonce; discovery; keys by jwks_uri; logout from both sides.
 *
 *   oidc.c         what the identity provider says of itself, and its keys, kept for a while
 *   oidc_token.c   tokens: what they must say, and who the person is by them
 *   oidc_login.c   GET /login/start and /login/back
 *   oidc_logout.c  the end of sessions, from our side and from the provider's
 *
 * Uses http, jose. */
#ifndef ZWM_ACT_OIDC_H
#define ZWM_ACT_OIDC_H

#include "core/act/user/user.h"

/* --- the provider --- */

/* Returns what the provider says of itself (OpenID Connect Discovery), which the call's pool owns.
 * Returns ERR_BUSY, logged, if it cannot be had. */
ERR_CHECK enum err oidc_discover(struct call *c, struct json_object **said_r);
/* Returns an address that it names there; NULL if it names none that may be called. */
const char *oidc_address(const struct call *c, const struct json_object *said, const char *name);
/* Returns its keys as JSON text. `newer`: not those kept, because a token is signed with another;
 * asked for at most once in ten seconds. ERR_BUSY if they cannot be had. */
ERR_CHECK enum err oidc_keys(struct call *c, const struct json_object *said, bool newer,
                             const char **jwks_r);
/* Makes an HTTP call to the provider: a form to post, or NULL to get. `auth`: an Authorization
 * header line, or NULL. Returns ERR_BAD, logged, if it refuses the form; ERR_BUSY, logged, if it
 * does not answer 200 with a JSON object. */
ERR_CHECK enum err oidc_ask(struct call *c, const char *url, const char *form, const char *auth,
                            struct json_object **answer_r);

/* --- tokens --- */

/* Checks who signed a token, for whom it is and when (iss, aud, azp, iat, exp). Returns its claims;
 * ERR_BAD, logged, if it does not hold; ERR_BUSY. */
ERR_CHECK enum err oidc_claims(struct call *c, const struct json_object *said, const char *token,
                               struct json_object **claims_r);
/* Reads the person out of the claims of an ID token, by the settings oidc_claim_.... Returns
 * ERR_BAD, logged, if they name nobody whom a code can be issued for. */
ERR_CHECK enum err oidc_person(struct call *c, const struct json_object *claims,
                               struct subject *who_r);
/* The indexes of the provider's name of the person and of its session. False if the claim `name`
 * (sub, sid) is absent. */
bool oidc_index(const struct call *c, const struct json_object *claims, const char *name,
                uint8_t index[SM3_LEN]);

/* --- the calls --- */

/* Leads the browser to the provider. `query`: next=PATH. */
ERR_CHECK enum err act_login_start(struct call *c, const char *query);
/* The browser comes back from the provider; leads it on. */
ERR_CHECK enum err act_login_back(struct call *c, const char *query);
/* A logout token of the provider, in the form `body`. Returns ERR_FIELD_INVALID if it does not hold
 * or was obeyed before. */
ERR_CHECK enum err act_login_backchannel(struct call *c, const char *body);

#endif
