#include "core/store/admin.h"

#include <json-c/json.h>
#include <string.h>

#include "core/base/jsontext.h"
#include "core/store/audit.h"
#include "core/store/columns.h"

/* --- columns --- */

static const struct row_column of_app[] = {
    COL_TEXT(struct app_entry, app_id),         COL_INT(struct app_entry, kind),
    COL_TEXT(struct app_entry, name),           COL_TEXT(struct app_entry, uscc),
    COL_BLOB(struct app_entry, spki, spki_len), COL_TEXT(struct app_entry, channel),
    COL_TEXT(struct app_entry, allow_list),     COL_INT(struct app_entry, rate_per_sec),
    COL_INT(struct app_entry, status),          COL_INT(struct app_entry, updated_at),
};
const struct row_columns app_columns = ROW_COLUMNS(struct app_entry, of_app, NULL);

static const struct row_column of_spki[] = {COL_BLOB(struct app_spki, der, len)};
const struct row_columns app_spki_columns = ROW_COLUMNS(struct app_spki, of_spki, NULL);

static const struct row_column of_class[] = {
    COL_TEXT(struct class_entry, class),    COL_TEXT(struct class_entry, name),
    COL_TEXT(struct class_entry, kind),     COL_TEXT(struct class_entry, service_id),
    COL_TEXT(struct class_entry, base_url),
};
const struct row_columns class_columns = ROW_COLUMNS(struct class_entry, of_class, NULL);

/* --- changes --- */

/* One statement that changes something, with its audit row. */
struct change {
    const struct work *w;
    enum stmt stmt;
    struct db_param *params;
    int seq_at; /* parameter that takes the change counter; -1: the table is not cached */
    const char *action, *detail;
    const struct db_param *key; /* app_id and public key to be kept for good; NULL: none */
    uint64_t affected;
};

static enum err apply(struct db *db, void *arg)
{
    struct change *c = arg;
    struct row_number seq;
    enum err e = ERR_OK;
    if (c->seq_at >= 0) {
        e = db_exec(db, STMT_CHANGE_NEXT, NULL, NULL);
        if (e == ERR_OK)
            e = db_find(db, NULL, c->w->pool, STMT_CHANGE_SEQ, NULL, DB_INTO(&seq));
        if (e == ERR_OK)
            c->params[c->seq_at] = DB_INT(seq.n);
    }
    if (e == ERR_OK)
        e = db_exec(db, c->stmt, c->params, &c->affected);
    if (e == ERR_OK && c->affected > 0 && c->key != NULL)
        e = db_exec(db, STMT_APP_KEY_KEEP,
                    (struct db_param[]){c->key[0], c->key[1], DB_INT(c->w->now_sec)}, NULL);
    if (e == ERR_OK && c->affected > 0)
        e = audit_append(db, c->w->kr, c->w->pool, c->w->now_sec, c->action, c->detail);
    return e;
}

static char *detail(struct pool *p, const char *name, const char *value, const char *name2,
                    const char *value2)
{
    struct json_object *o = json_object_new_object();
    (void)json_object_object_add(o, name, json_object_new_string(value));
    if (name2 != NULL)
        (void)json_object_object_add(o, name2, json_object_new_string(value2));
    char *r = json_to_text(p, o);
    json_object_put(o);
    return r;
}

enum err admin_app_add(const struct work *w, const struct app_entry *app)
{
    struct db_param params[] = {DB_STR(app->app_id),
                                DB_INT(app->kind),
                                DB_STR(app->name),
                                DB_STR(app->uscc),
                                DB_BYTES(app->spki, app->spki_len),
                                DB_STR(app->channel),
                                DB_STR(app->allow_list),
                                app->rate_per_sec > 0 ? DB_INT(app->rate_per_sec) : DB_NULL,
                                DB_INT(app->status),
                                DB_NULL,
                                DB_INT(w->now_sec),
                                DB_INT(w->now_sec)};
    const struct db_param key[] = {DB_STR(app->app_id), DB_BYTES(app->spki, app->spki_len)};
    struct change c = {
        .w = w,
        .key = app->spki != NULL ? key : NULL,
        .stmt = STMT_APP_INSERT,
        .params = params,
        .seq_at = 9,
        .action = "app.add",
        .detail = detail(w->pool, "app_id", app->app_id, "kind", app_kind_name(app->kind))};
    return db_transact(w->db, apply, &c);
}

enum err admin_app_set_status(const struct work *w, const char *app_id, enum app_status status)
{
    struct db_param params[] = {DB_INT(status), DB_NULL, DB_INT(w->now_sec), DB_STR(app_id)};
    struct change c = {.w = w,
                       .stmt = STMT_APP_STATUS,
                       .params = params,
                       .seq_at = 1,
                       .action = status == APP_ACTIVE ? "app.resume" : "app.suspend",
                       .detail = detail(w->pool, "app_id", app_id, NULL, NULL)};
    enum err e = db_transact(w->db, apply, &c);
    return e == ERR_OK && c.affected == 0 ? ERR_ABSENT : e;
}

enum err admin_app_set_key(const struct work *w, const char *app_id, const uint8_t *spki,
                           size_t len)
{
    struct db_param params[] = {DB_BYTES(spki, len), DB_NULL, DB_INT(w->now_sec), DB_STR(app_id)};
    const struct db_param key[] = {DB_STR(app_id), DB_BYTES(spki, len)};
    struct change c = {.w = w,
                       .key = key,
                       .stmt = STMT_APP_KEY,
                       .params = params,
                       .seq_at = 1,
                       .action = "app.key",
                       .detail = detail(w->pool, "app_id", app_id, NULL, NULL)};
    enum err e = db_transact(w->db, apply, &c);
    return e == ERR_OK && c.affected == 0 ? ERR_ABSENT : e;
}

enum err admin_app_keys(const struct work *w, const char *app_id, struct app_spki **list_r,
                        size_t *n_r)
{
    struct db_list list;
    enum err e = db_list(w->db, NULL, w->pool, STMT_APP_KEYS, (struct db_param[]){DB_STR(app_id)},
                         sizeof(struct app_spki), &list);
    db_rollback(w->db);
    *list_r = list.row;
    *n_r = list.n;
    return e;
}

enum err admin_app_list(const struct work *w, struct app_entry **list_r, size_t *n_r)
{
    struct db_list list;
    enum err e =
        db_list(w->db, NULL, w->pool, STMT_APP_LIST, NULL, sizeof(struct app_entry), &list);
    db_rollback(w->db);
    *list_r = list.row;
    *n_r = list.n;
    return e;
}

enum err admin_service_put(const struct work *w, const char *service_id, const char *name,
                           const char *base_url)
{
    struct db_param params[] = {DB_STR(service_id), DB_STR(name), DB_STR(base_url),
                                DB_INT(w->now_sec)};
    struct change c = {.w = w,
                       .stmt = STMT_SERVICE_UPSERT,
                       .params = params,
                       .seq_at = -1,
                       .action = "service.put",
                       .detail = detail(w->pool, "service_id", service_id, "base_url", base_url)};
    return db_transact(w->db, apply, &c);
}

enum err admin_class_put(const struct work *w, const char *class, const char *name,
                         const char *kind, const char *service_id)
{
    struct db_param params[] = {DB_STR(class), DB_STR(name), DB_STR(kind), DB_STR(service_id)};
    struct change c = {.w = w,
                       .stmt = STMT_CLASS_UPSERT,
                       .params = params,
                       .seq_at = -1,
                       .action = "class.put",
                       .detail = detail(w->pool, "class", class, "service_id", service_id)};
    return db_transact(w->db, apply, &c);
}

enum err admin_class_list(const struct work *w, struct class_entry **list_r, size_t *n_r)
{
    struct db_list list;
    enum err e =
        db_list(w->db, NULL, w->pool, STMT_CLASS_LIST, NULL, sizeof(struct class_entry), &list);
    db_rollback(w->db);
    *list_r = list.row;
    *n_r = list.n;
    return e;
}

enum err admin_place_name(const struct work *w, const char *code, const char **name_r)
{
    struct row_name row;
    enum stmt s = strlen(code) == 6 ? STMT_DIVISION_NAME : STMT_DEPARTMENT_NAME;
    enum err e = db_find(w->db, NULL, w->pool, s, (struct db_param[]){DB_STR(code)}, DB_INTO(&row));
    db_rollback(w->db);
    if (e == ERR_OK)
        *name_r = row.name;
    return e;
}

enum err admin_is_durable(const struct work *w, bool *durable_r)
{
    struct row_number flush;
    enum err e = db_find(w->db, NULL, w->pool, STMT_DURABILITY, NULL, DB_INTO(&flush));
    db_rollback(w->db);
    if (e == ERR_OK)
        *durable_r = flush.n == 1;
    return e;
}

enum err admin_sample_licence_put(const struct work *w, const char *class, const char *number,
                                  const char *licence_no, const char *data, const char *file_name)
{
    struct db_param params[] = {DB_STR(class), DB_STR(number), DB_STR(licence_no), DB_STR(data),
                                DB_STR(file_name)};
    enum err e = db_exec(w->db, STMT_LICENCE_UPSERT, params, NULL);
    return e == ERR_OK ? db_commit(w->db) : e;
}
