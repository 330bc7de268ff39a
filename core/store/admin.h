/* admin: what an operator registers: apps, information services and classes. Each change is one
 * transaction with its audit row and, for cached tables, the change counter. */
#ifndef ZWM_STORE_ADMIN_H
#define ZWM_STORE_ADMIN_H

#include "core/base/work.h"
#include "core/store/app.h"
#include "core/store/db.h"

/* Registers an app. Returns ERR_DUPLICATE if the app_id is taken. */
ERR_CHECK enum err admin_app_add(const struct work *w, const struct app_entry *app);
/* Returns ERR_ABSENT if there is no such app. */
ERR_CHECK enum err admin_app_set_status(const struct work *w, const char *app_id,
                                        enum app_status status);
ERR_CHECK enum err admin_app_set_key(const struct work *w, const char *app_id, const uint8_t *spki,
                                     size_t len);
/* Every key that the app has had, DER SubjectPublicKeyInfo, newest first; an empty list if it has
 * had none. */
struct app_spki {
    const uint8_t *der;
    size_t len;
};
ERR_CHECK enum err admin_app_keys(const struct work *w, const char *app_id,
                                  struct app_spki **list_r, size_t *n_r);
ERR_CHECK enum err admin_app_list(const struct work *w, struct app_entry **list_r, size_t *n_r);

/* Adds or changes. */
ERR_CHECK enum err admin_service_put(const struct work *w, const char *service_id, const char *name,
                                     const char *base_url);
ERR_CHECK enum err admin_class_put(const struct work *w, const char *class, const char *name,
                                   const char *kind, const char *service_id);
struct class_entry {
    const char *class, *name, *kind, *service_id, *base_url;
};
ERR_CHECK enum err admin_class_list(const struct work *w, struct class_entry **list_r, size_t *n_r);

/* Name of a division (six digits) or department (three digits); ERR_ABSENT. */
ERR_CHECK enum err admin_place_name(const struct work *w, const char *code, const char **name_r);

/* Whether a commit is on the disk before it is answered (innodb_flush_log_at_trx_commit = 1). */
ERR_CHECK enum err admin_is_durable(const struct work *w, bool *durable_r);

/* A licence of the sample information service. */
ERR_CHECK enum err admin_sample_licence_put(const struct work *w, const char *class,
                                            const char *number, const char *licence_no,
                                            const char *data, const char *file_name);

#endif
