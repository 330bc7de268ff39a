/* admin: the rows of apps that an operator registers, and what else the operator's command asks the
 * store. The rules stand in core/act/register. What changes something runs in the caller's
 * transaction and moves the change counter, so that every process sees it within a second. */
#ifndef ZWM_STORE_ADMIN_H
#define ZWM_STORE_ADMIN_H

#include "core/base/work.h"
#include "core/store/app.h"
#include "core/store/db.h"

/* Enters the app and its key. ERR_DUPLICATE: the app_id is taken. */
ERR_CHECK enum err app_insert(struct db *db, struct pool *p, const struct app_entry *app,
                              int64_t now_sec);
/* Writes everything but the kind; a key that is new is kept for good. */
ERR_CHECK enum err app_update(struct db *db, struct pool *p, const struct app_entry *app,
                              int64_t now_sec);
/* The row, locked until the end of the transaction. ERR_ABSENT. */
ERR_CHECK enum err app_find(struct db *db, struct pool *p, const char *app_id,
                            struct app_entry *app_r);
/* The app_id of an app other than `app_id` that has or had this key (DER SubjectPublicKeyInfo);
 * ERR_ABSENT: none. */
ERR_CHECK enum err app_key_other(struct db *db, struct pool *p, const char *app_id,
                                 const uint8_t *spki, size_t len, const char **other_r);

/* Every key that the app has had, newest first; an empty list if it has had none. Ends the
 * transaction. */
struct app_spki {
    const uint8_t *der; /* SubjectPublicKeyInfo */
    size_t len;
    int64_t since; /* seconds */
};
ERR_CHECK enum err admin_app_keys(const struct work *w, const char *app_id,
                                  struct app_spki **list_r, size_t *n_r);
/* All of them, the removed too, by app_id. Ends the transaction. */
ERR_CHECK enum err admin_app_list(const struct work *w, struct app_entry **list_r, size_t *n_r);

/* Name of a division (six digits) or department (three digits); ERR_ABSENT. */
ERR_CHECK enum err admin_place_name(const struct work *w, const char *code, const char **name_r);

/* Whether a commit is on the disk before it is answered (innodb_flush_log_at_trx_commit = 1). */
ERR_CHECK enum err admin_is_durable(const struct work *w, bool *durable_r);

/* How many connections the database admits, and how many there were at once since it started. */
struct admin_connections {
    int64_t most, used_most;
};
ERR_CHECK enum err admin_connections(const struct work *w, struct admin_connections *c_r);

/* A licence of the sample information service. */
ERR_CHECK enum err admin_sample_licence_put(const struct work *w, const char *class,
                                            const char *number, const char *licence_no,
                                            const char *data, const char *file_name);

#endif
