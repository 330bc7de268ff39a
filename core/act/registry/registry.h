/* registry: registering code systems, publishing the trust list (interface 2.6), and keeping up
 * with the one of the registry. If the setting registry_url is empty this system is the registry:
 * it keeps the routes, decides on applications and publishes; elsewhere it applies and fetches.
 * Uses trust, outgoing, store.
 *
 * Every act is one transaction: what it changes, its row in the operators' record, and the next
 * version of the list. It takes the change counter's lock first, so versions rise one by one. */
#ifndef ZWM_ACT_REGISTRY_H
#define ZWM_ACT_REGISTRY_H

#include "core/base/address.h"
#include "core/base/conf.h"
#include "core/base/work.h"
#include "core/net/trust.h"
#include "core/store/route.h"
#include "core/wire/calls.h"

struct registry {
    const struct work *w;
    const char *why; /* set by a function that returns ERR_BAD or ERR_IO; in the pool or static */
};

/* Whether this system publishes the list. */
bool registry_is_here(const struct conf *conf);
/* The key that lists must be signed with: our own if we are the registry, else the pinned one. Free
 * with sm2_key_free. Returns ERR_BAD if registry_key_file holds none. */
ERR_CHECK enum err registry_pinned_key(const struct conf *conf, const struct keyring *kr,
                                       struct sm2_key **key_r);
/* The list that was in force here at `at_sec` (0: the newest), under the key that this system
 * trusts now: as it was published in *row_r, read in *t_r, to be released with trust_release.
 * Returns ERR_ABSENT if there is none, ERR_BAD if it does not hold (why in r->why). Ends the
 * transaction that the connection is in. */
ERR_CHECK enum err registry_list(struct registry *r, int64_t at_sec, struct trust_row *row_r,
                                 struct trust **t_r);

/* --- applying, elsewhere (apply.c) --- */

struct registry_form {
    const char *url;           /* of the registry */
    const char *mode;          /* "direct" or "relay"; NULL: as in the settings */
    const char *parent;        /* NULL: as in the settings */
    const struct sm2_key *key; /* to be registered; NULL: our own */
    const char *invitation;    /* NULL: none */
    struct route_contact contact;
};
/* Applies for the registration of this system, signed with its own key. *no_r gets the number of
 * the application, in the pool. Returns ERR_IO if the call came to nothing, ERR_BAD if the registry
 * refuses or is not named in the settings; why in r->why. */
ERR_CHECK enum err registry_apply(struct registry *r, const struct registry_form *f,
                                  const char **no_r);

/* --- what an applicant sends, at the registry (registration.c) --- */

/* What the field table cannot say about a registration. Returns ERR_FIELD_INVALID with the field's
 * name in *field_r. `key_r` gets the key that it carries; free it with sm2_key_free. */
ERR_CHECK enum err registry_check(const struct conf *conf, const struct route_register_in *in,
                                  struct sm2_key **key_r, const char **field_r);
/* The key that a registration of `system` must be signed with: that on record, in DER. Returns
 * ERR_ABSENT if there is none: then it is the one that the registration carries. */
ERR_CHECK enum err registry_key_on_record(struct registry *r, const char *system,
                                          const uint8_t **der_r, size_t *len_r);
/* Whose signature came with a registration. */
struct registry_signer {
    const char *nonce;
    uint8_t key_sm3[SM3_LEN]; /* of the key in DER */
    bool by_record;           /* it is the key of an approved route */
    const char *address;      /* that the call came from; NULL: not known */
};
/* Keeps a registration that has been checked until it is decided on; `no_r` gets its number.
 * Returns ERR_AWAITING_APPROVAL if too many wait, ERR_NONCE_USED, ERR_FIELD_INVALID if the
 * invitation that came with it does not serve (any more, or for this system). */
ERR_CHECK enum err registry_register(struct registry *r, const struct route_register_in *in,
                                     const struct registry_signer *by,
                                     uint8_t no_r[APPLICATION_NO_LEN]);
/* The newest application of `system` that waits. Returns ERR_ABSENT if there is none,
 * ERR_DUPLICATE if several wait that are signed with different keys: somebody has to find out whose
 * they are. Ends the transaction that the connection is in. */
ERR_CHECK enum err registry_application_of(struct registry *r, const char *system,
                                           uint8_t no_r[APPLICATION_NO_LEN]);

/* --- acts of an administrator (approve.c, invite.c, suspend.c,
 * publish.c) --- */

/* Approves or refuses one application; publishes after an approval. Returns ERR_ABSENT if it is not
 * pending, ERR_BAD if it does not hold (why in r->why): signed by another key than the one on
 * record by now, a key or a parent that cannot be. `system_r` gets the system's identifier. */
ERR_CHECK enum err registry_decide(struct registry *r, const uint8_t no[APPLICATION_NO_LEN],
                                   bool approve, const char **system_r);
/* Makes an invitation to register, which serves once within `ttl_sec`: for `system`, or for any
 * (NULL). *code_r gets its code, in the pool; it is kept nowhere. */
ERR_CHECK enum err registry_invite(struct registry *r, const char *system, int64_t ttl_sec,
                                   const char **code_r);
/* Which applications are refused together. */
struct registry_sweep {
    int64_t older_than_sec;            /* that have waited for longer; 0: all */
    const struct address_range *range; /* that are from there; NULL: from anywhere */
};
/* Refuses all applications that wait and fit; *n_r gets how many. */
ERR_CHECK enum err registry_refuse_all(struct registry *r, const struct registry_sweep *sweep,
                                       int64_t *n_r);
enum registry_act { REGISTRY_SUSPEND, REGISTRY_RESUME, REGISTRY_WITHDRAW };
/* Suspends, resumes or withdraws a route, and publishes. Returns ERR_ABSENT if there is none such
 * to act on. */
ERR_CHECK enum err registry_act(struct registry *r, const char *system, enum registry_act act);
/* Publishes as asked by an operator. */
ERR_CHECK enum err registry_publish(struct registry *r, int64_t *version_r);

/* --- in the background (publish.c, fetch.c) --- */

/* Publishes if there is no list of ours or less than half of its time is left; *version_r 0: it was
 * not time. */
ERR_CHECK enum err registry_publish_if_due(struct registry *r, int64_t *version_r);
/* Fetches the registry's list and keeps it if it is newer. Returns ERR_BAD if it is refused (a
 * wrong signature or publisher, an older version, another content under the same version, an
 * expired list), ERR_IO if it cannot be had; why in r->why. *version_r: the newer one kept now; 0:
 * there was none. */
ERR_CHECK enum err registry_fetch(struct registry *r, const struct sm2_key *pinned,
                                  int64_t *version_r);

#endif
