/* trust: the trust list (interface 2.6) in memory, and who is next on the way to a system.
 * Immutable once read, shared by reference. Uses base, crypto, code, wire, store.
 *
 * A published list is JSON: {version, issued_at, expires_at, publisher, systems[], signature};
 * times are integer seconds; signature is base64 DER SM2 by the publisher over the JCS form of the
 * rest. A systems item: {system, name, base_url, public_key, previous_public_key?, previous_until?,
 * code_types[], mode: direct|relay, parent?, status: active|suspended}. The publisher is an item
 * itself. */
#ifndef ZWM_NET_TRUST_H
#define ZWM_NET_TRUST_H

#include <json-c/json.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "core/base/err.h"
#include "core/base/pool.h"
#include "core/code/codetype.h"
#include "core/crypto/sm2.h"
#include "core/store/app.h"

/* The values of enum route_mode of the store; trust.c checks that they agree. */
enum trust_mode { TRUST_DIRECT = 1, TRUST_RELAY = 2 };
/* Parents above parents that are followed; more is a loop or a list nobody can have meant. */
enum { TRUST_CLIMB_MOST = 8 };
/* Bytes of the text of a list, at most. */
enum { TRUST_LIST_MAX = 8 << 20 };

struct trust_system {
    char system[10], parent[10]; /* parent "": the publisher */
    const char *name, *base_url;
    const char **code_types; /* names; a newer system may issue types unknown here */
    size_t code_types_n;
    enum trust_mode mode;
    bool active;                        /* false: suspended */
    struct sm2_key *key, *previous_key; /* previous may be NULL */
    int64_t previous_until;
};

struct trust {
    int64_t version, issued_at, expires_at;
    char publisher[10];
    struct trust_system *systems; /* ordered by identifier */
    size_t n;
    struct pool *pool;
    _Atomic int refs;
};

/* Reads and checks a list: the signature under `publisher_key`, then form, identifiers (each once),
 * https addresses (http never), keys, and that the publisher is an active item with that very key.
 * Members it does not know are let through: they are signed, and a newer publisher may have more.
 * Expiry and rollback are the caller's. ERR_BAD; why in *why_r, static text. Release with
 * trust_release. */
ERR_CHECK enum err trust_read(const char *text, size_t len, const struct sm2_key *publisher_key,
                              struct trust **t_r, const char **why_r);
struct trust *trust_hold(struct trust *t);
void trust_release(struct trust **t);

/* Returns NULL if the system is not listed. */
const struct trust_system *trust_find(const struct trust *t, const char *system);
/* Returns the system of a 6-digit platform identifier (QYM1), of several the one with the lowest
 * serial; NULL if there is none. */
const struct trust_system *trust_find_platform(const struct trust *t, const char *platform);

/* Whether `s` is listed as one that issues codes of the type. */
bool trust_issues(const struct trust_system *s, enum code_type type);

/* Whether a key of `s` that counts at `now_sec` made the signature: the listed one or, in the
 * overlap after a change of key, the one before it. */
bool trust_key_holds(const struct trust_system *s, int64_t now_sec, const void *msg, size_t len,
                     const uint8_t sig[SM2_SIG_LEN]);

/* Whose turn is it on the way from `self` to `target` (9 digits; resolution of interface 2.6):
 * self; the exact identifier; the regional parent by GB/T 2260 prefix; the parent. `own_parent` is
 * the system above self ("" none), `own_mode` how self docks. Pure. ERR_OK and *hop_r: the listed
 * system to call next (may be the target itself); *hop_r NULL: self is the target. ERR_NO_ROUTE,
 * ERR_SYSTEM_SUSPENDED (target or hop). */
ERR_CHECK enum err trust_next_hop(const struct trust *t, const char *self, const char *own_parent,
                                  enum trust_mode own_mode, const char *target,
                                  const struct trust_system **hop_r);

/* Builds and signs a list text from items (array, borrowed), in `p`. */
ERR_CHECK enum err trust_sign(struct pool *p, const struct sm2_key *key, const char *publisher,
                              int64_t version, int64_t issued_at, int64_t expires_at,
                              struct json_object *items, char **text_r);

/* The list in force, kept by a process: read from the store, looked at again with the app cache's
 * rhythm. */
struct trust_cache;
/* publisher_key: the registry's pinned key, or the system's own if it is the registry (see
 * registry_pinned_key); borrowed for the life of the process. NULL: there is never a list. */
struct trust_cache *trust_cache_new(const struct sm2_key *publisher_key);
/* Reads the highest version of the store if it is newer. Called by the cache keeper thread. */
ERR_CHECK enum err trust_cache_refresh(struct trust_cache *c, struct db *db);
/* The list in force, held for the caller; NULL if there is none yet. */
struct trust *trust_cache_get(struct trust_cache *c);

#endif
