#include "core/store/admin.h"

#include <json-c/json.h>
#include <string.h>

#include "core/base/jsontext.h"
#include "core/store/audit.h"

/* One statement that changes something, with its audit row. */
struct change {
    struct admin *a;
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
    struct db_rows rows;
    enum err e = ERR_OK;
    if (c->seq_at >= 0) {
        e = db_exec(db, STMT_CHANGE_NEXT, NULL, NULL);
        if (e == ERR_OK)
            e = db_query(db, c->a->pool, STMT_CHANGE_SEQ, NULL, &rows);
        if (e == ERR_OK)
            c->params[c->seq_at] = DB_INT(rows.cell[0].i);
    }
    if (e == ERR_OK)
        e = db_exec(db, c->stmt, c->params, &c->affected);
    if (e == ERR_OK && c->affected > 0 && c->key != NULL)
        e = db_exec(db, STMT_APP_KEY_KEEP,
                    (struct db_param[]){c->key[0], c->key[1], DB_INT(c->a->now_sec)}, NULL);
    if (e == ERR_OK && c->affected > 0)
        e = audit_append(db, c->a->kr, c->a->pool, c->a->now_sec, c->action, c->detail);
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

enum err admin_app_add(struct admin *a, const struct app_entry *app)
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
                                DB_INT(a->now_sec),
                                DB_INT(a->now_sec)};
    const struct db_param key[] = {DB_STR(app->app_id), DB_BYTES(app->spki, app->spki_len)};
    struct change c = {
        .a = a,
        .key = app->spki != NULL ? key : NULL,
        .stmt = STMT_APP_INSERT,
        .params = params,
        .seq_at = 9,
        .action = "app.add",
        .detail = detail(a->pool, "app_id", app->app_id, "kind", app_kind_name(app->kind))};
    return db_transact(a->db, apply, &c);
}

enum err admin_app_set_status(struct admin *a, const char *app_id, enum app_status status)
{
    struct db_param params[] = {DB_INT(status), DB_NULL, DB_INT(a->now_sec), DB_STR(app_id)};
    struct change c = {.a = a,
                       .stmt = STMT_APP_STATUS,
                       .params = params,
                       .seq_at = 1,
                       .action = status == APP_ACTIVE ? "app.resume" : "app.suspend",
                       .detail = detail(a->pool, "app_id", app_id, NULL, NULL)};
    enum err e = db_transact(a->db, apply, &c);
    return e == ERR_OK && c.affected == 0 ? ERR_ABSENT : e;
}

enum err admin_app_set_key(struct admin *a, const char *app_id, const uint8_t *spki, size_t len)
{
    struct db_param params[] = {DB_BYTES(spki, len), DB_NULL, DB_INT(a->now_sec), DB_STR(app_id)};
    const struct db_param key[] = {DB_STR(app_id), DB_BYTES(spki, len)};
    struct change c = {.a = a,
                       .key = key,
                       .stmt = STMT_APP_KEY,
                       .params = params,
                       .seq_at = 1,
                       .action = "app.key",
                       .detail = detail(a->pool, "app_id", app_id, NULL, NULL)};
    enum err e = db_transact(a->db, apply, &c);
    return e == ERR_OK && c.affected == 0 ? ERR_ABSENT : e;
}

enum err admin_app_keys(struct admin *a, const char *app_id, struct app_spki **list_r, size_t *n_r)
{
    struct db_rows rows;
    enum err e =
        db_query(a->db, a->pool, STMT_APP_KEYS, (struct db_param[]){DB_STR(app_id)}, &rows);
    db_rollback(a->db);
    if (e != ERR_OK)
        return e;
    struct app_spki *list = pool_alloc(a->pool, (rows.n + 1) * sizeof *list);
    for (size_t i = 0; i < rows.n; i++)
        list[i] = (struct app_spki){rows.cell[i].p, rows.cell[i].len};
    *list_r = list;
    *n_r = rows.n;
    return ERR_OK;
}

static const char *text(const struct db_cell *c)
{
    return c->null ? NULL : (const char *)c->p;
}

enum err admin_app_list(struct admin *a, struct app_entry **list_r, size_t *n_r)
{
    struct db_rows rows;
    enum err e = db_query(a->db, a->pool, STMT_APP_LIST, NULL, &rows);
    db_rollback(a->db);
    if (e != ERR_OK)
        return e;
    struct app_entry *list = pool_alloc(a->pool, (rows.n + 1) * sizeof *list);
    for (size_t i = 0; i < rows.n; i++) {
        const struct db_cell *c = &rows.cell[i * 10];
        list[i] = (struct app_entry){.app_id = text(&c[0]),
                                     .kind = (enum app_kind)c[1].i,
                                     .name = text(&c[2]),
                                     .uscc = text(&c[3]),
                                     .spki = c[4].null ? NULL : c[4].p,
                                     .spki_len = c[4].len,
                                     .channel = text(&c[5]),
                                     .allow_list = text(&c[6]),
                                     .rate_per_sec = c[7].null ? 0 : c[7].i,
                                     .status = (enum app_status)c[8].i,
                                     .updated_at = c[9].i};
    }
    *list_r = list;
    *n_r = rows.n;
    return ERR_OK;
}

enum err admin_service_put(struct admin *a, const char *service_id, const char *name,
                           const char *base_url)
{
    struct db_param params[] = {DB_STR(service_id), DB_STR(name), DB_STR(base_url),
                                DB_INT(a->now_sec)};
    struct change c = {.a = a,
                       .stmt = STMT_SERVICE_UPSERT,
                       .params = params,
                       .seq_at = -1,
                       .action = "service.put",
                       .detail = detail(a->pool, "service_id", service_id, "base_url", base_url)};
    return db_transact(a->db, apply, &c);
}

enum err admin_class_put(struct admin *a, const char *class, const char *name, const char *kind,
                         const char *service_id)
{
    struct db_param params[] = {DB_STR(class), DB_STR(name), DB_STR(kind), DB_STR(service_id)};
    struct change c = {.a = a,
                       .stmt = STMT_CLASS_UPSERT,
                       .params = params,
                       .seq_at = -1,
                       .action = "class.put",
                       .detail = detail(a->pool, "class", class, "service_id", service_id)};
    return db_transact(a->db, apply, &c);
}

enum err admin_class_list(struct admin *a, struct class_entry **list_r, size_t *n_r)
{
    struct db_rows rows;
    enum err e = db_query(a->db, a->pool, STMT_CLASS_LIST, NULL, &rows);
    db_rollback(a->db);
    if (e != ERR_OK)
        return e;
    struct class_entry *list = pool_alloc(a->pool, (rows.n + 1) * sizeof *list);
    for (size_t i = 0; i < rows.n; i++) {
        const struct db_cell *c = &rows.cell[i * 5];
        list[i] =
            (struct class_entry){text(&c[0]), text(&c[1]), text(&c[2]), text(&c[3]), text(&c[4])};
    }
    *list_r = list;
    *n_r = rows.n;
    return ERR_OK;
}

enum err admin_place_name(struct admin *a, const char *code, const char **name_r)
{
    struct db_rows rows;
    enum stmt s = strlen(code) == 6 ? STMT_DIVISION_NAME : STMT_DEPARTMENT_NAME;
    enum err e = db_query(a->db, a->pool, s, (struct db_param[]){DB_STR(code)}, &rows);
    db_rollback(a->db);
    if (e != ERR_OK)
        return e;
    if (rows.n == 0)
        return ERR_ABSENT;
    *name_r = text(&rows.cell[0]);
    return ERR_OK;
}

enum err admin_is_durable(struct admin *a, bool *durable_r)
{
    struct db_rows rows;
    enum err e = db_query(a->db, a->pool, STMT_DURABILITY, NULL, &rows);
    db_rollback(a->db);
    if (e == ERR_OK)
        *durable_r = rows.cell[0].i == 1;
    return e;
}

enum err admin_sample_licence_put(struct admin *a, const char *class, const char *number,
                                  const char *licence_no, const char *data, const char *file_name)
{
    struct db_param params[] = {DB_STR(class), DB_STR(number), DB_STR(licence_no), DB_STR(data),
                                DB_STR(file_name)};
    enum err e = db_exec(a->db, STMT_LICENCE_UPSERT, params, NULL);
    return e == ERR_OK ? db_commit(a->db) : e;
}
