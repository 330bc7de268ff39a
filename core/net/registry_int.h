/* registry_int: what the files of registry share. */
#ifndef ZWM_NET_REGISTRY_INT_H
#define ZWM_NET_REGISTRY_INT_H

#include "core/net/registry.h"

/* Publishes the next version within the caller's transaction, which holds the change counter. */
ERR_CHECK enum err registry_publish_within(struct registry *r, struct db *db, int64_t *version_r);
/* The act's row in the operators' record; members that are NULL or 0 are left out. */
ERR_CHECK enum err registry_audit(struct registry *r, struct db *db, const char *action,
                                  const char *system, const char *application_no, int64_t version);

#endif
