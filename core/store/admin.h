/* admin: what an operator registers: apps, information services and classes. Each change is one
 * transaction with its audit row and, for cached tables, the change counter. */
#ifndef ZWM_STORE_ADMIN_H
#define ZWM_STORE_ADMIN_H

#include "core/crypto/keyring.h"
#include "core/store/app.h"
#include "core/store/db.h"

struct admin {
    struct db *db;
    const struct keyring *kr;
    struct pool *pool;
    int64_t now_sec;
};

struct app_entry {
    const char *app_id;
    enum app_kind kind;
    const char *name, *uscc;
    const uint8_t *spki; /* NULL: allow-list only */
    size_t spki_len;
    const char *channel, *allow_list; /* NULL: none */
    int64_t rate_per_sec;             /* 0: the setting */
    enum app_status status;
    int64_t updated_at; /* in lists */
};

/* ERR_DUPLICATE: the app_id is taken. */
ERR_CHECK enum err admin_app_add(struct admin *a, const struct app_entry *app);
/* ERR_ABSENT: no such app. */
ERR_CHECK enum err admin_app_set_status(struct admin *a, const char *app_id,
                                        enum app_status status);
ERR_CHECK enum err admin_app_set_key(struct admin *a, const char *app_id, const uint8_t *spki,
                                     size_t len);
/* Every key that the app has had, DER SubjectPublicKeyInfo, newest first; none where it has had
 * none. */
struct app_spki {
    const uint8_t *der;
    size_t len;
};
ERR_CHECK enum err admin_app_keys(struct admin *a, const char *app_id, struct app_spki **list_r,
                                  size_t *n_r);
ERR_CHECK enum err admin_app_list(struct admin *a, struct app_entry **list_r, size_t *n_r);

/* Adds or changes. */
ERR_CHECK enum err admin_service_put(struct admin *a, const char *service_id, const char *name,
                                     const char *base_url);
ERR_CHECK enum err admin_class_put(struct admin *a, const char *class, const char *name,
                                   const char *kind, const char *service_id);
struct class_entry {
    const char *class, *name, *kind, *service_id, *base_url;
};
ERR_CHECK enum err admin_class_list(struct admin *a, struct class_entry **list_r, size_t *n_r);

/* Name of a division (six digits) or department (three digits); ERR_ABSENT. */
ERR_CHECK enum err admin_place_name(struct admin *a, const char *code, const char **name_r);

/* Whether a commit is on the disk before it is answered (innodb_flush_log_at_trx_commit = 1). */
ERR_CHECK enum err admin_is_durable(struct admin *a, bool *durable_r);

/* A licence of the sample information service. */
ERR_CHECK enum err admin_sample_licence_put(struct admin *a, const char *class, const char *number,
                                            const char *licence_no, const char *data,
                                            const char *file_name);

#endif
