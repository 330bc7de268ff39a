/* pages: what an operator registers of an app's pages (interface-people 1, 4): the origins that
 * they stand at, the dialect of the JSSDK, the address that is told of a logout. Each act is one
 * transaction with its row in the operators' record. Used by the command and by the console. */
#ifndef ZWM_ACT_PAGES_H
#define ZWM_ACT_PAGES_H

#include <stdbool.h>
#include <stddef.h>

#include "core/base/err.h"
#include "core/base/work.h"

/* Whether `text` is an origin: scheme, host and port, nothing else, in lower case; https, or http
 * on loopback if `allow_loopback`. */
bool pages_is_origin(const char *text, bool allow_loopback);

/* Puts `n` origins in the place of those that the app has. Returns ERR_FIELD_INVALID and the first
 * that is none in *wrong_r, ERR_ABSENT if there is no such app. */
ERR_CHECK enum err act_app_set_origins(const struct work *w, const char *app_id,
                                       const char *const *origins, size_t n, const char **wrong_r);
ERR_CHECK enum err act_app_origins(const struct work *w, const char *app_id,
                                   const char ***origins_r, size_t *n_r);

/* Sets the dialect of the JSSDK: json, mob, shandong or gansu. Returns ERR_FIELD_INVALID for
 * another word, ERR_ABSENT if there is no such app. */
ERR_CHECK enum err act_app_set_dialect(const struct work *w, const char *app_id,
                                       const char *dialect);
/* Sets the address that is told when a person logs out; "" takes it away. Returns ERR_FIELD_INVALID
 * if it may not be called, ERR_ABSENT if there is no such app. */
ERR_CHECK enum err act_app_set_logout_url(const struct work *w, const char *app_id,
                                          const char *url);

#endif
