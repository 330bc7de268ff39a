#include "core/store/service.h"

#include "core/store/columns.h"

static const struct row_column of_service[] = {
    COL_TEXT(struct service_entry, service_id), COL_TEXT(struct service_entry, name),
    COL_TEXT(struct service_entry, base_url),   COL_INT(struct service_entry, status),
    COL_INT(struct service_entry, classes),
};
const struct row_columns service_columns = ROW_COLUMNS(struct service_entry, of_service, NULL);

static const struct row_column of_class[] = {
    COL_TEXT(struct class_entry, class),    COL_TEXT(struct class_entry, name),
    COL_TEXT(struct class_entry, kind),     COL_TEXT(struct class_entry, service_id),
    COL_TEXT(struct class_entry, base_url),
};
const struct row_columns class_columns = ROW_COLUMNS(struct class_entry, of_class, NULL);

enum err service_insert(struct db *db, const struct service_entry *s, int64_t now_sec)
{
    const struct db_param params[] = {DB_STR(s->service_id), DB_STR(s->name), DB_STR(s->base_url),
                                      DB_INT(now_sec)};
    return db_exec(db, STMT_SERVICE_INSERT, params, NULL);
}

enum err service_update(struct db *db, const struct service_entry *s)
{
    const struct db_param params[] = {DB_STR(s->name), DB_STR(s->base_url), DB_INT(s->status),
                                      DB_STR(s->service_id)};
    return db_exec(db, STMT_SERVICE_UPDATE, params, NULL);
}

enum err service_delete(struct db *db, const char *service_id)
{
    return db_exec(db, STMT_SERVICE_DELETE, (struct db_param[]){DB_STR(service_id)}, NULL);
}

enum err service_find(struct db *db, struct pool *p, const char *service_id,
                      struct service_entry *s_r)
{
    *s_r = (struct service_entry){.service_id = NULL};
    return db_find(db, NULL, p, STMT_SERVICE_FIND, (struct db_param[]){DB_STR(service_id)},
                   DB_INTO(s_r));
}

enum err class_insert(struct db *db, const struct class_entry *c)
{
    const struct db_param params[] = {DB_STR(c->class), DB_STR(c->name), DB_STR(c->kind),
                                      DB_STR(c->service_id)};
    return db_exec(db, STMT_CLASS_INSERT, params, NULL);
}

enum err class_update(struct db *db, const struct class_entry *c)
{
    const struct db_param params[] = {DB_STR(c->name), DB_STR(c->kind), DB_STR(c->service_id),
                                      DB_STR(c->class)};
    return db_exec(db, STMT_CLASS_UPDATE, params, NULL);
}

enum err class_delete(struct db *db, const char *class)
{
    return db_exec(db, STMT_CLASS_DELETE, (struct db_param[]){DB_STR(class)}, NULL);
}

enum err class_find(struct db *db, struct pool *p, const char *class, struct class_entry *c_r)
{
    *c_r = (struct class_entry){.class = NULL};
    return db_find(db, NULL, p, STMT_CLASS_FIND, (struct db_param[]){DB_STR(class)}, DB_INTO(c_r));
}

enum err service_list(const struct work *w, struct service_entry **list_r, size_t *n_r)
{
    struct db_list list;
    enum err e =
        db_list(w->db, NULL, w->pool, STMT_SERVICE_LIST, NULL, sizeof(struct service_entry), &list);
    db_rollback(w->db);
    *list_r = list.row;
    *n_r = list.n;
    return e;
}

enum err class_list(const struct work *w, struct class_entry **list_r, size_t *n_r)
{
    struct db_list list;
    enum err e =
        db_list(w->db, NULL, w->pool, STMT_CLASS_LIST, NULL, sizeof(struct class_entry), &list);
    db_rollback(w->db);
    *list_r = list.row;
    *n_r = list.n;
    return e;
}
