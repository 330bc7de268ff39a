#include "core/store/db_int.h"

#include <assert.h>
#include <errmsg.h>
#include <mysqld_error.h>
#include <string.h>

#include "core/store/row.h"

enum { TRIES = 5 };

struct db_param db_bytes(const void *p, size_t len)
{
    return p == NULL ? DB_NULL : (struct db_param){.type = DB_T_BYTES, .p = p, .len = len};
}

struct db_param db_str(const char *s)
{
    return s == NULL ? DB_NULL : db_bytes(s, strlen(s));
}

/* --- statements --- */

enum err db_failure(struct db *db, enum stmt s)
{
    unsigned no = mysql_stmt_errno(db->stmts[s]);
    if (no == ER_DUP_ENTRY)
        return ERR_DUPLICATE;
    if (no == DB_NOTHING_TO_DO)
        return ERR_ABSENT;
    if (no == ER_LOCK_DEADLOCK || no == ER_LOCK_WAIT_TIMEOUT) {
        db_rollback(db);
        return ERR_BUSY;
    }
    db_log_failure(stmt_row(s)->name, no, mysql_stmt_error(db->stmts[s]));
    if (db_is_lost(no))
        db_disconnect(db);
    else
        db_rollback(db);
    return ERR_STORAGE;
}

static void bind_params(enum stmt s, const struct db_param *params, MYSQL_BIND *bind)
{
    for (unsigned i = 0; i < stmt_row(s)->params; i++) {
        const struct db_param *q = &params[i];
        bind[i] = (MYSQL_BIND){0};
        switch (q->type) {
        case DB_T_NULL:
            bind[i].buffer_type = MYSQL_TYPE_NULL;
            break;
        case DB_T_INT:
            bind[i].buffer_type = MYSQL_TYPE_LONGLONG;
            bind[i].buffer = (void *)(uintptr_t)&q->i;
            break;
        case DB_T_BYTES:
            bind[i].buffer_type = MYSQL_TYPE_STRING;
            bind[i].buffer = (void *)(uintptr_t)q->p;
            bind[i].buffer_length = q->len;
            bind[i].length_value = q->len;
            bind[i].length = &bind[i].length_value;
            break;
        }
    }
}

enum err db_execute(struct db *db, enum stmt s, const struct db_param *params)
{
    MYSQL_BIND bind[PARAMS_MAX];
    MYSQL_STMT *st = db->stmts[s];

    assert(st != NULL);
    bind_params(s, params, bind);
    if (stmt_row(s)->params > 0 && mysql_stmt_bind_param(st, bind))
        return db_failure(db, s);
    /* Before it: a statement that fails has begun the transaction too, and a duplicate key keeps
     * its lock until the end of it. */
    db->in_tx = true;
    if (mysql_stmt_execute(st) != 0)
        return db_failure(db, s);
    return ERR_OK;
}

enum err db_exec(struct db *db, enum stmt s, const struct db_param *params, uint64_t *affected_r)
{
    enum err e = db_connected(db);
    if (e != ERR_OK)
        return e;
    assert(stmt_row(s)->columns->n == 0);
    e = db_execute(db, s, params);
    if (e != ERR_OK)
        return e;
    db->wrote = true;
    if (affected_r != NULL)
        *affected_r = mysql_stmt_affected_rows(db->stmts[s]);
    return ERR_OK;
}

enum err db_exec_commit(struct db *db, enum stmt s, const struct db_param *params)
{
    if (db->my == NULL)
        return ERR_STORAGE;
    enum err e = db_execute(db, s, params);
    /* Lost with its connection: it may have been the answer that was. */
    if (e == ERR_STORAGE && db->my == NULL) {
        db->broken = false; /* the transaction is over, whichever way it went */
        return ERR_UNCERTAIN;
    }
    if (e == ERR_OK)
        db->in_tx = db->wrote = false;
    return e;
}

enum err db_commit(struct db *db)
{
    if (db->broken)
        return ERR_STORAGE;
    if (!db->in_tx)
        return ERR_OK;
    bool wrote = db->wrote;
    db->in_tx = db->wrote = false;
    if (mysql_commit(db->my) == 0)
        return ERR_OK;
    unsigned no = mysql_errno(db->my);
    db_log_failure("commit", no, mysql_error(db->my));
    if (no == ER_LOCK_DEADLOCK)
        return ERR_BUSY; /* certification failure of a cluster: rolled back */
    db_disconnect(db);   /* in_tx is false: the transaction is over, whichever way it went */
    return wrote ? ERR_UNCERTAIN : ERR_STORAGE;
}

enum err db_prune(struct db *db, enum stmt s, int64_t before_sec)
{
    uint64_t affected = DB_PRUNE_STEP;
    enum err e = ERR_OK;
    while (e == ERR_OK && affected == DB_PRUNE_STEP) {
        e = db_exec(db, s, (struct db_param[]){DB_INT(before_sec)}, &affected);
        if (e == ERR_OK)
            e = db_commit(db);
    }
    return e;
}

void db_rollback(struct db *db)
{
    if (db->my != NULL && db->in_tx && mysql_rollback(db->my) != 0)
        db_disconnect(db); /* the server rolls back what it lost */
    db->in_tx = db->wrote = db->broken = false;
}

enum err db_transact(struct db *db, enum err (*fn)(struct db *, void *), void *arg)
{
    enum err e = ERR_BUSY;
    bool again = true;
    for (int i = 0; i < TRIES && again; i++) {
        e = fn(db, arg);
        bool lost = e == ERR_STORAGE && db->my == NULL;
        if (e == ERR_OK)
            e = db_commit(db);
        else
            db_rollback(db);
        /* Lost before the commit was sent: the server has undone it, so once more is safe. */
        again = e == ERR_BUSY || (lost && i == 0);
    }
    return e;
}
