#include "core/crypto/jose.h"

#include <cjose/cjose.h>
#include <openssl/evp.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/jsontext.h"
#include "core/crypto/b64.h"

enum { TOKEN_MOST = 16384, RSA_LEAST_BITS = 2048, SHA256_LEN = 32 };

/* libcjose stands on jansson, which has functions of the same names as json-c: this file calls none
 * of them, and gives keys and gets headers as text. */

/* The algorithms that are let through, and the kind of key of each. libcjose would try whatever the
 * token says, with whatever key it is given. */
static const struct algorithm {
    const char *alg, *kty, *crv;
} algorithms[] = {
    {"RS256", "RSA", NULL},   {"RS384", "RSA", NULL},   {"RS512", "RSA", NULL},
    {"PS256", "RSA", NULL},   {"PS384", "RSA", NULL},   {"PS512", "RSA", NULL},
    {"ES256", "EC", "P-256"}, {"ES384", "EC", "P-384"}, {"ES512", "EC", "P-521"},
};

static const struct algorithm *find_algorithm(const char *alg)
{
    for (size_t i = 0; alg != NULL && i < sizeof algorithms / sizeof algorithms[0]; i++)
        if (strcmp(algorithms[i].alg, alg) == 0)
            return &algorithms[i];
    return NULL;
}

static bool is(const char *text, const char *wanted)
{
    return text != NULL && strcmp(text, wanted) == 0;
}

static bool fits(const struct json_object *key, const struct algorithm *a, const char *kid)
{
    const char *use = json_get_text(key, "use", "sig"), *alg = json_get_text(key, "alg", a->alg);
    return is(json_get_text(key, "kty", NULL), a->kty) &&
           (a->crv == NULL || is(json_get_text(key, "crv", NULL), a->crv)) && is(use, "sig") &&
           is(alg, a->alg) && (kid == NULL || is(json_get_text(key, "kid", NULL), kid));
}

/* The one key of the set that fits. Without a name in the token there must be only one. */
static const struct json_object *choose(const struct json_object *jwks, const struct algorithm *a,
                                        const char *kid, size_t *n_r)
{
    struct json_object *keys = json_get(jwks, "keys");
    const struct json_object *found = NULL;
    size_t n = json_object_is_type(keys, json_type_array) ? json_object_array_length(keys) : 0;
    *n_r = 0;
    for (size_t i = 0; i < n; i++) {
        const struct json_object *key = json_object_array_get_idx(keys, i);
        if (!fits(key, a, kid))
            continue;
        found = key;
        (*n_r)++;
    }
    return found;
}

/* A key of the public members alone. */
static cjose_jwk_t *import(struct pool *p, const struct json_object *key)
{
    static const char *const members[] = {"kty", "n", "e", "crv", "x", "y"};
    cjose_err err = {0};
    struct json_object *bare = json_own(p, json_object_new_object());
    for (size_t i = 0; i < sizeof members / sizeof members[0]; i++)
        if (json_get(key, members[i]) != NULL)
            (void)json_object_object_add(bare, members[i],
                                         json_object_get(json_get(key, members[i])));
    const char *text = json_to_text(p, bare);
    return cjose_jwk_import(text, strlen(text), &err);
}

static bool key_is_good(const cjose_jwk_t *jwk, const struct algorithm *a)
{
    cjose_err err = {0};
    bool rsa = is(a->kty, "RSA");
    cjose_jwk_kty_t kty = cjose_jwk_get_kty(jwk, &err);
    if (kty != (rsa ? CJOSE_JWK_KTY_RSA : CJOSE_JWK_KTY_EC))
        return false;
    return !rsa || cjose_jwk_get_keysize(jwk, &err) >= RSA_LEAST_BITS;
}

static enum err check(struct pool *p, cjose_jws_t *jws, const struct json_object *key,
                      const struct algorithm *a, const char **claims_r)
{
    cjose_err err = {0};
    uint8_t *plain = NULL;
    size_t len = 0;
    cjose_jwk_t *jwk = import(p, key);
    bool ok = jwk != NULL && key_is_good(jwk, a) && cjose_jws_verify(jws, jwk, &err) &&
              cjose_jws_get_plaintext(jws, &plain, &len, &err) && memchr(plain, '\0', len) == NULL;
    if (ok)
        *claims_r = pool_strndup(p, (const char *)plain, len);
    if (jwk != NULL)
        (void)cjose_jwk_release(jwk);
    return ok ? ERR_OK : ERR_BAD;
}

/* Whether the header has a member, of whatever kind. */
static bool header_has(cjose_header_t *header, const char *name)
{
    cjose_err err = {0};
    char *text = cjose_header_get_raw(header, name, &err);
    bool has = text != NULL;
    free(text);
    return has;
}

static enum err verify(struct pool *p, const struct json_object *jwks, cjose_jws_t *jws,
                       const char **claims_r)
{
    cjose_err err = {0};
    cjose_header_t *header = cjose_jws_get_protected(jws);
    const struct algorithm *a = find_algorithm(cjose_header_get(header, "alg", &err));
    const char *kid = cjose_header_get(header, "kid", &err);
    size_t n;
    /* An extension that must be understood is not. */
    if (a == NULL || header_has(header, "crit") || (kid == NULL && header_has(header, "kid")))
        return ERR_BAD;
    const struct json_object *key = choose(jwks, a, kid, &n);
    if (n == 0)
        return ERR_ABSENT;
    return n == 1 ? check(p, jws, key, a, claims_r) : ERR_BAD;
}

enum err jose_verify(struct pool *p, const char *jwks_text, const char *token,
                     const char **claims_r)
{
    cjose_err err = {0};
    struct json_object *jwks = NULL;
    if (strlen(token) > TOKEN_MOST || json_read(p, jwks_text, strlen(jwks_text), &jwks) != ERR_OK)
        return ERR_BAD;
    cjose_jws_t *jws = cjose_jws_import(token, strlen(token), &err);
    enum err e = jws != NULL ? verify(p, jwks, jws, claims_r) : ERR_BAD;
    if (jws != NULL)
        cjose_jws_release(jws);
    return e;
}

char *jose_challenge(struct pool *p, const char *verifier)
{
    uint8_t digest[SHA256_LEN];
    if (EVP_Digest(verifier, strlen(verifier), digest, NULL, EVP_sha256(), NULL) != 1)
        abort();
    return b64url_encode(p, digest, sizeof digest);
}
