/* register_int: what the files of this folder share. Private to it. */
#ifndef ZWM_ACT_REGISTER_REGISTER_INT_H
#define ZWM_ACT_REGISTER_REGISTER_INT_H

#include "core/act/register/register.h"

/* Fills `r` in; returns ERR_FIELD_INVALID. */
enum err register_refuse(const struct work *w, struct refusal *r, const char *field,
                         const char *fmt, ...) __attribute__((format(printf, 4, 5)));

/* A name that people are shown: 1 to 128 characters, not blank, nothing hidden in it. */
ERR_CHECK enum err register_check_name(const struct work *w, const char *name, struct refusal *r);

/* Enters the act `action` on what `id_name` = `id` names: of `before` and `after` (NULL: it was or
 * is not there) the members that differ. In the caller's transaction. */
ERR_CHECK enum err register_record(const struct work *w, struct db *db, const char *action,
                                   const char *id_name, const char *id, struct json_object *before,
                                   struct json_object *after);

/* Checks an address that fetch is called below, and a new service. */
ERR_CHECK enum err register_check_service(const struct work *w, const struct service_entry *s,
                                          struct refusal *r);
/* Enters a service that is checked, with its record. ERR_DUPLICATE. */
ERR_CHECK enum err register_enter_service(const struct work *w, struct db *db,
                                          const struct service_entry *s);

#endif
