/* registry: publishing the trust list (interface 2.6), and keeping up with the one of the registry.
 * Where the setting registry_url is empty this system is the registry: it keeps the routes, decides
 * on applications and publishes; elsewhere it fetches. Uses trust, http, store.
 *
 * Every act is one transaction: what it changes, its row in the operators' record, and the next
 * version of the list. It takes the change counter's lock first, so versions rise one by one. */
#ifndef ZWM_NET_REGISTRY_H
#define ZWM_NET_REGISTRY_H

#include "core/base/conf.h"
#include "core/net/http.h"
#include "core/net/trust.h"
#include "core/store/route.h"
#include "core/wire/calls.h"

struct registry {
    struct db *db;
    const struct keyring *kr;
    struct pool *pool;
    const struct conf *conf;
    int64_t now_sec;
    const char *why; /* set where a function gives ERR_BAD; in the pool or static */
};

/* Whether this system publishes the list. */
bool registry_is_here(const struct conf *conf);
/* The key that lists must be signed with: our own where we are the registry, else the pinned one.
 * Free with sm2_key_free. ERR_BAD: registry_key_file holds none. */
ERR_CHECK enum err registry_pinned_key(const struct conf *conf, const struct keyring *kr,
                                       struct sm2_key **key_r);

/* --- what an applicant sends --- */

/* What the field table cannot say about a registration. ERR_FIELD_INVALID and the field's name in
 * *field_r. `key_r` gets the key (free it). */
ERR_CHECK enum err registry_check(const struct conf *conf, const struct route_register_in *in,
                                  struct sm2_key **key_r, const char **field_r);
/* The key a registration of `system` must be signed with: that on record; ERR_ABSENT: there is
 * none, so the one it carries. In DER. */
ERR_CHECK enum err registry_key_on_record(struct registry *r, const char *system,
                                          const uint8_t **der_r, size_t *len_r);

/* --- acts of an administrator --- */

enum registry_act { REGISTRY_SUSPEND, REGISTRY_RESUME, REGISTRY_WITHDRAW };

/* Approves or refuses one application; publishes after an approval. ERR_ABSENT: it is not pending;
 * ERR_BAD: it does not hold (why in r->why): signed by another key than the one on record by now, a
 * key or a parent that cannot be. `system_r` gets the system's identifier. */
ERR_CHECK enum err registry_decide(struct registry *r, const uint8_t no[APPLICATION_NO_LEN],
                                   bool approve, const char **system_r);
/* Suspends, resumes or withdraws a route, and publishes. ERR_ABSENT: there is none such to act on.
 */
ERR_CHECK enum err registry_act(struct registry *r, const char *system, enum registry_act act);
/* Publishes as asked by an operator. */
ERR_CHECK enum err registry_publish(struct registry *r, int64_t *version_r);

/* --- in the background --- */

/* Publishes where there is no list of ours or less than half of its time is left; *version_r 0: it
 * was not time. */
ERR_CHECK enum err registry_publish_if_due(struct registry *r, int64_t *version_r);
/* Fetches the registry's list and keeps it where it is newer. ERR_BAD: refused (a wrong signature
 * or publisher, an older version, another content under the same version, an expired list);
 * ERR_IO: it cannot be had; why in r->why. *version_r: the newer one kept now; 0: there was none.
 */
ERR_CHECK enum err registry_fetch(struct registry *r, struct http_client *http,
                                  const struct sm2_key *pinned, int64_t *version_r);

#endif
