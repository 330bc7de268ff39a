#include "core/act/code_way.h"

#include <string.h>

#include "core/code/sysid.h"
#include "core/net/trust.h"

static bool bears_signature(const struct call *c, const struct code *code,
                            const struct trust_system *s)
{
    return trust_key_holds(s, c->w.now_sec, code->bytes, code_signed_len(code), code->sig);
}

/* Returns the other listed system with the code's platform identifier whose signature it bears;
 * NULL if there is none. */
static const struct trust_system *find_signer(const struct call *c, const struct code *code)
{
    const struct trust *t = c->w.trust;
    for (size_t i = 0; t != NULL && i < t->n; i++) {
        const struct trust_system *s = &t->systems[i];
        if (strcmp(s->system, c->w.conf->system) != 0 &&
            strncmp(s->system + 1, code->system, SYSID_PLATFORM_LEN) == 0 &&
            bears_signature(c, code, s))
            return s;
    }
    return NULL;
}

/* Whether the identifier in the code is ours; of a platform identifier, its part of ours. */
static bool names_us(const struct call *c, const struct code *code, bool whole)
{
    const char *self = c->w.conf->system;
    return whole ? strcmp(code->system, self) == 0
                 : strncmp(code->system, self + 1, SYSID_PLATFORM_LEN) == 0;
}

/* Whether a call to `s` would be made at all: else its refusal comes first. */
static bool is_callable(const struct call *c, const struct trust_system *s)
{
    return s != NULL && s->active && c->w.now_sec <= c->w.trust->expires_at;
}

enum code_way code_way_of(const struct call *c, const struct code *code, const char **issuer_r)
{
    const struct trust *t = c->w.trust;
    bool whole = code_type_row(code->type)->system_len == SYSID_LEN;
    const struct trust_system *signer = whole ? NULL : find_signer(c, code), *s = signer;
    if (signer == NULL && names_us(c, code, whole))
        return WAY_OURS;
    if (t == NULL || c->app->kind == APP_SYSTEM)
        return WAY_NO_ROUTE;
    if (s == NULL)
        s = whole ? trust_find(t, code->system) : trust_find_platform(t, code->system);
    if (s == NULL && !whole)
        return WAY_NO_ROUTE;
    *issuer_r = s != NULL ? s->system : code->system;
    if (!is_callable(c, s))
        return WAY_ASK;
    /* Of a platform identifier it is known by now whether a system there has signed it. */
    if (signer == NULL && !whole)
        return WAY_FORGED;
    if (!trust_issues(s, code->type))
        return WAY_TYPE;
    return signer != NULL || bears_signature(c, code, s) ? WAY_ASK : WAY_FORGED;
}
