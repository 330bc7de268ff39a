#include "core/store/callback.h"

#include <stdio.h>

#include "core/store/audit.h"
#include "core/store/columns.h"

static const struct row_column of_due[] = {
    COL_INT(struct callback_job, id),      COL_TEXT(struct callback_job, url),
    COL_TEXT(struct callback_job, body),   COL_INT(struct callback_job, tries),
    COL_INT(struct callback_job, next_at), COL_INT(struct callback_job, created_at),
    COL_INT(struct callback_job, state),
};
const struct row_columns callback_due_columns = ROW_COLUMNS(struct callback_job, of_due, NULL);

static const struct row_column of_list[] = {
    COL_INT(struct callback_job, id),      COL_BYTES(struct callback_job, request_no, 16),
    COL_TEXT(struct callback_job, app_id), COL_TEXT(struct callback_job, url),
    COL_INT(struct callback_job, tries),   COL_INT(struct callback_job, next_at),
    COL_INT(struct callback_job, state),   COL_TEXT(struct callback_job, last_error),
};
const struct row_columns callback_list_columns = ROW_COLUMNS(struct callback_job, of_list, NULL);

enum err callback_insert(struct db *db, const struct callback_job *j)
{
    const struct db_param params[] = {
        DB_BYTES(j->request_no, 16), DB_STR(j->app_id),     DB_STR(j->url), DB_STR(j->body),
        DB_INT(j->created_at),       DB_INT(j->created_at),
    };
    return db_exec(db, STMT_CALLBACK_INSERT, params, NULL);
}

static enum err names(struct db *db, struct pool *p, enum stmt s, const struct db_param *params,
                      const char ***list_r, size_t *n_r)
{
    struct db_list list;
    enum err e = db_list(db, NULL, p, s, params, sizeof(struct row_name), &list);
    const struct row_name *rows = list.row;
    *n_r = e == ERR_OK ? list.n : 0;
    *list_r = pool_alloc(p, (*n_r + 1) * sizeof **list_r);
    for (size_t i = 0; i < *n_r; i++)
        (*list_r)[i] = rows[i].name;
    return e;
}

enum err callback_apps(struct db *db, struct pool *p, const char ***list_r, size_t *n_r)
{
    return names(db, p, STMT_CALLBACK_APPS, NULL, list_r, n_r);
}

enum err callback_hosts(struct db *db, struct pool *p, const char *app_id, int64_t now_sec,
                        const char ***list_r, size_t *n_r)
{
    return names(db, p, STMT_CALLBACK_HOSTS, (struct db_param[]){DB_STR(app_id), DB_INT(now_sec)},
                 list_r, n_r);
}

enum err callback_due(struct db *db, struct pool *p, const char *app_id, const char *host,
                      int64_t now_sec, struct callback_job **list_r, size_t *n_r)
{
    struct db_list list;
    enum err e = db_list(db, NULL, p, STMT_CALLBACK_DUE,
                         (struct db_param[]){DB_STR(app_id), DB_STR(host), DB_INT(now_sec)},
                         sizeof(struct callback_job), &list);
    *list_r = list.row;
    *n_r = list.n;
    return e;
}

enum err callback_claim(struct db *db, struct callback_job *j, int64_t until_sec, bool *won_r)
{
    uint64_t affected = 0;
    enum err e = db_exec(db, STMT_CALLBACK_CLAIM,
                         (struct db_param[]){DB_INT(until_sec), DB_INT(j->id), DB_INT(j->next_at)},
                         &affected);
    *won_r = e == ERR_OK && affected == 1;
    if (*won_r) {
        j->next_at = until_sec;
        j->tries++;
    }
    return e;
}

enum err callback_end(struct db *db, const struct callback_job *j, enum callback_state state,
                      int64_t next_at, const char *last_error)
{
    return db_exec(db, STMT_CALLBACK_END,
                   (struct db_param[]){DB_INT(state), DB_INT(next_at), DB_STR(last_error),
                                       DB_INT(j->id), DB_INT(j->next_at)},
                   NULL);
}

enum err callback_list(const struct work *w, bool failed, struct callback_job **list_r, size_t *n_r)
{
    struct db_list list;
    enum err e = db_list(w->db, NULL, w->pool, STMT_CALLBACK_LIST,
                         (struct db_param[]){DB_INT(failed)}, sizeof(struct callback_job), &list);
    db_rollback(w->db);
    *list_r = list.row;
    *n_r = list.n;
    return e;
}

struct retrying {
    const struct work *w;
    int64_t id;
};

static enum err retry(struct db *db, void *arg)
{
    const struct retrying *r = arg;
    uint64_t affected = 0;
    char detail[48];
    enum err e = db_exec(db, STMT_CALLBACK_RETRY,
                         (struct db_param[]){DB_INT(r->w->now_sec), DB_INT(r->id)}, &affected);
    if (e == ERR_OK && affected == 0)
        return ERR_ABSENT;
    (void)snprintf(detail, sizeof detail, "{\"id\":%lld}", (long long)r->id);
    return e == ERR_OK
               ? audit_append(db, r->w->kr, r->w->pool, r->w->now_sec, "callback.retry", detail)
               : e;
}

enum err callback_retry(const struct work *w, int64_t id)
{
    struct retrying r = {w, id};
    return db_transact(w->db, retry, &r);
}

enum err callback_prune(struct db *db, int64_t before_sec)
{
    return db_prune(db, STMT_CALLBACK_PRUNE, before_sec);
}
