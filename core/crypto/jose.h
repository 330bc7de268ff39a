/* jose: signed tokens of an identity provider (RFC 7515, 7517), on libcjose, and PKCE (RFC 7636).
 * Only signatures are looked at here; what a token claims is the caller's to judge. Uses b64. */
#ifndef ZWM_CRYPTO_JOSE_H
#define ZWM_CRYPTO_JOSE_H

#include "core/base/err.h"
#include "core/base/pool.h"

/* Checks a token in compact form against a set of keys (`jwks`, JSON text). Signatures by RSA and
 * ECDSA only, and only by a key of the token's own kind: never `none`, never a public key taken for
 * a shared secret. The claims (JSON text) go to *claims_r, in `p`. Returns ERR_ABSENT if the set
 * has no key of that name, so a newer set may have it; ERR_BAD if the token does not hold. */
ERR_CHECK enum err jose_verify(struct pool *p, const char *jwks, const char *token,
                               const char **claims_r);
/* Returns the S256 challenge of a PKCE verifier, in `p`. */
char *jose_challenge(struct pool *p, const char *verifier);

#endif
