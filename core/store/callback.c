#include "core/store/callback.h"

#include <stdio.h>

#include "core/store/audit.h"

enum { DUE_COLUMNS = 6, LIST_COLUMNS = 8, PRUNE_STEP = 10000 };

enum err callback_insert(struct db *db, const struct callback_job *j)
{
    const struct db_param params[] = {
        DB_BYTES(j->request_no, 16), DB_STR(j->app_id),     DB_STR(j->url), DB_STR(j->body),
        DB_INT(j->created_at),       DB_INT(j->created_at),
    };
    return db_exec(db, STMT_CALLBACK_INSERT, params, NULL);
}

enum err callback_due(struct db *db, struct pool *p, int64_t now_sec, struct callback_job **list_r,
                      size_t *n_r)
{
    struct db_rows rows;
    enum err e = db_query(db, p, STMT_CALLBACK_DUE, (struct db_param[]){DB_INT(now_sec)}, &rows);
    if (e != ERR_OK)
        return e;
    struct callback_job *list = pool_alloc(p, (rows.n + 1) * sizeof *list);
    for (size_t i = 0; i < rows.n; i++) {
        const struct db_cell *c = &rows.cell[i * DUE_COLUMNS];
        list[i] = (struct callback_job){.id = c[0].i,
                                        .url = (const char *)c[1].p,
                                        .body = (const char *)c[2].p,
                                        .tries = c[3].i,
                                        .next_at = c[4].i,
                                        .created_at = c[5].i,
                                        .state = CALLBACK_WAITING};
    }
    *list_r = list;
    *n_r = rows.n;
    return ERR_OK;
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

enum err callback_list(struct admin *a, bool failed, struct callback_job **list_r, size_t *n_r)
{
    struct db_rows rows;
    enum err e =
        db_query(a->db, a->pool, STMT_CALLBACK_LIST, (struct db_param[]){DB_INT(failed)}, &rows);
    db_rollback(a->db);
    if (e != ERR_OK)
        return e;
    struct callback_job *list = pool_alloc(a->pool, (rows.n + 1) * sizeof *list);
    for (size_t i = 0; i < rows.n; i++) {
        const struct db_cell *c = &rows.cell[i * LIST_COLUMNS];
        list[i] = (struct callback_job){.id = c[0].i,
                                        .request_no = c[1].p,
                                        .app_id = (const char *)c[2].p,
                                        .url = (const char *)c[3].p,
                                        .tries = c[4].i,
                                        .next_at = c[5].i,
                                        .state = (enum callback_state)c[6].i,
                                        .last_error = c[7].null ? NULL : (const char *)c[7].p};
    }
    *list_r = list;
    *n_r = rows.n;
    return ERR_OK;
}

struct retrying {
    struct admin *a;
    int64_t id;
};

static enum err retry(struct db *db, void *arg)
{
    const struct retrying *r = arg;
    uint64_t affected = 0;
    char detail[48];
    enum err e = db_exec(db, STMT_CALLBACK_RETRY,
                         (struct db_param[]){DB_INT(r->a->now_sec), DB_INT(r->id)}, &affected);
    if (e == ERR_OK && affected == 0)
        return ERR_ABSENT;
    (void)snprintf(detail, sizeof detail, "{\"id\":%lld}", (long long)r->id);
    return e == ERR_OK
               ? audit_append(db, r->a->kr, r->a->pool, r->a->now_sec, "callback.retry", detail)
               : e;
}

enum err callback_retry(struct admin *a, int64_t id)
{
    struct retrying r = {a, id};
    return db_transact(a->db, retry, &r);
}

enum err callback_prune(struct db *db, int64_t before_sec)
{
    uint64_t affected = PRUNE_STEP;
    enum err e = ERR_OK;
    while (e == ERR_OK && affected == PRUNE_STEP) {
        e = db_exec(db, STMT_CALLBACK_PRUNE, (struct db_param[]){DB_INT(before_sec)}, &affected);
        if (e == ERR_OK)
            e = db_commit(db);
    }
    return e;
}
