/* registry_int: what the files of registry share. */
#ifndef ZWM_ACT_REGISTRY_INT_H
#define ZWM_ACT_REGISTRY_INT_H

#include "core/act/registry/registry.h"

/* Keeps why something does not hold, for the caller's message. Returns ERR_BAD. */
ERR_CHECK static inline enum err registry_doubt(struct registry *r, const char *why)
{
    r->why = why;
    return ERR_BAD;
}

/* Whether a list of these dates may be in force here: not made in the future (beyond the clock
 * window of calls), and not valid for longer than the settings allow, since a list that is never
 * over cannot be taken back. Returns ERR_BAD, why in r->why. */
ERR_CHECK enum err registry_check_dates(struct registry *r, int64_t issued_at, int64_t expires_at);
/* Publishes the next version within the caller's transaction, which holds the change counter. */
ERR_CHECK enum err registry_publish_within(struct registry *r, struct db *db, int64_t *version_r);
/* The act's row in the operators' record; members that are NULL or 0 are left out. */
ERR_CHECK enum err registry_audit(struct registry *r, struct db *db, const char *action,
                                  const char *system, const char *application_no, int64_t version);

#endif
