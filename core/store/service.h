/* service: the rows of information services and classes that an operator registers. The rules stand
 * in core/act/register. Everything but the lists runs in the caller's transaction; nothing of it is
 * cached, so a change is in force with its commit. */
#ifndef ZWM_STORE_SERVICE_H
#define ZWM_STORE_SERVICE_H

#include "core/base/work.h"
#include "core/store/db.h"

enum service_status { SERVICE_ACTIVE = 1, SERVICE_SUSPENDED = 2 };

struct service_entry {
    const char *service_id, *name, *base_url;
    enum service_status status;
    int64_t classes; /* how many it holds; when read */
};

struct class_entry {
    const char *class, *name, *kind, *service_id;
    const char *base_url; /* of the service; when read */
};

/* ERR_DUPLICATE: the identifier is taken. */
ERR_CHECK enum err service_insert(struct db *db, const struct service_entry *s, int64_t now_sec);
ERR_CHECK enum err service_update(struct db *db, const struct service_entry *s);
/* The service must hold no class. */
ERR_CHECK enum err service_delete(struct db *db, const char *service_id);
/* The row, locked until the end of the transaction. ERR_ABSENT. */
ERR_CHECK enum err service_find(struct db *db, struct pool *p, const char *service_id,
                                struct service_entry *s_r);

/* The service must be registered. ERR_DUPLICATE: the class is taken. */
ERR_CHECK enum err class_insert(struct db *db, const struct class_entry *c);
ERR_CHECK enum err class_update(struct db *db, const struct class_entry *c);
ERR_CHECK enum err class_delete(struct db *db, const char *class);
/* The row, locked until the end of the transaction. ERR_ABSENT. */
ERR_CHECK enum err class_find(struct db *db, struct pool *p, const char *class,
                              struct class_entry *c_r);

/* All of them, in order. They end the transaction. */
ERR_CHECK enum err service_list(const struct work *w, struct service_entry **list_r, size_t *n_r);
ERR_CHECK enum err class_list(const struct work *w, struct class_entry **list_r, size_t *n_r);

#endif
