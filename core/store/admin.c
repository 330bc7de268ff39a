#include "core/store/admin.h"

#include <string.h>

#include "core/store/columns.h"

/* --- columns --- */

static const struct row_column of_app[] = {
    COL_TEXT(struct app_entry, app_id),
    COL_INT(struct app_entry, kind),
    COL_TEXT(struct app_entry, name),
    COL_TEXT(struct app_entry, uscc),
    COL_BLOB(struct app_entry, spki, spki_len),
    COL_TEXT(struct app_entry, channel),
    COL_TEXT(struct app_entry, allow_list),
    COL_INT(struct app_entry, rate_per_sec),
    COL_INT(struct app_entry, status),
    COL_INT(struct app_entry, updated_at),
    COL_BLOB(struct app_entry, previous, previous_len),
    COL_INT(struct app_entry, previous_until),
};
const struct row_columns app_columns = ROW_COLUMNS(struct app_entry, of_app, NULL);

static const struct row_column of_spki[] = {COL_BLOB(struct app_spki, der, len),
                                            COL_INT(struct app_spki, since)};
const struct row_columns app_spki_columns = ROW_COLUMNS(struct app_spki, of_spki, NULL);

static const struct row_column of_connections[] = {
    COL_INT(struct admin_connections, most),
    COL_INT(struct admin_connections, used_most),
};
const struct row_columns connections_columns =
    ROW_COLUMNS(struct admin_connections, of_connections, NULL);

/* --- changes --- */

static enum err next_change(struct db *db, struct pool *p, int64_t *seq_r)
{
    struct row_number seq;
    enum err e = db_exec(db, STMT_CHANGE_NEXT, NULL, NULL);
    if (e == ERR_OK)
        e = db_find(db, NULL, p, STMT_CHANGE_SEQ, NULL, DB_INTO(&seq));
    if (e == ERR_OK)
        *seq_r = seq.n;
    return e;
}

static enum err keep_key(struct db *db, const struct app_entry *app, int64_t now_sec)
{
    if (app->spki == NULL)
        return ERR_OK;
    return db_exec(db, STMT_APP_KEY_KEEP,
                   (struct db_param[]){DB_STR(app->app_id), DB_BYTES(app->spki, app->spki_len),
                                       DB_INT(now_sec)},
                   NULL);
}

static struct db_param positive(int64_t n)
{
    return n > 0 ? DB_INT(n) : DB_NULL;
}

enum err app_insert(struct db *db, struct pool *p, const struct app_entry *app, int64_t now_sec)
{
    int64_t seq = 0;
    enum err e = next_change(db, p, &seq);
    const struct db_param params[] = {DB_STR(app->app_id),
                                      DB_INT(app->kind),
                                      DB_STR(app->name),
                                      DB_STR(app->uscc),
                                      DB_BYTES(app->spki, app->spki_len),
                                      DB_STR(app->channel),
                                      DB_STR(app->allow_list),
                                      positive(app->rate_per_sec),
                                      DB_INT(app->status),
                                      DB_INT(seq),
                                      DB_INT(now_sec),
                                      DB_INT(now_sec)};
    if (e == ERR_OK)
        e = db_exec(db, STMT_APP_INSERT, params, NULL);
    return e == ERR_OK ? keep_key(db, app, now_sec) : e;
}

enum err app_update(struct db *db, struct pool *p, const struct app_entry *app, int64_t now_sec)
{
    int64_t seq = 0;
    enum err e = next_change(db, p, &seq);
    const struct db_param params[] = {DB_STR(app->name),
                                      DB_STR(app->uscc),
                                      DB_BYTES(app->spki, app->spki_len),
                                      DB_STR(app->channel),
                                      DB_STR(app->allow_list),
                                      positive(app->rate_per_sec),
                                      DB_INT(app->status),
                                      DB_BYTES(app->previous, app->previous_len),
                                      positive(app->previous_until),
                                      DB_INT(seq),
                                      DB_INT(now_sec),
                                      DB_STR(app->app_id)};
    if (e == ERR_OK)
        e = db_exec(db, STMT_APP_UPDATE, params, NULL);
    return e == ERR_OK ? keep_key(db, app, now_sec) : e;
}

enum err app_find(struct db *db, struct pool *p, const char *app_id, struct app_entry *app_r)
{
    *app_r = (struct app_entry){.app_id = NULL};
    return db_find(db, NULL, p, STMT_APP_FIND, (struct db_param[]){DB_STR(app_id)}, DB_INTO(app_r));
}

enum err app_key_other(struct db *db, struct pool *p, const char *app_id, const uint8_t *spki,
                       size_t len, const char **other_r)
{
    struct row_name row = {NULL};
    enum err e = db_find(db, NULL, p, STMT_APP_KEY_OTHER,
                         (struct db_param[]){DB_BYTES(spki, len), DB_STR(app_id)}, DB_INTO(&row));
    *other_r = row.name;
    return e;
}

/* --- reading --- */

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

enum err admin_connections(const struct work *w, struct admin_connections *c_r)
{
    enum err e = db_find(w->db, NULL, w->pool, STMT_CONNECTIONS, NULL, DB_INTO(c_r));
    db_rollback(w->db);
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
