#include "core/store/db.h"

#include <assert.h>
#include <errno.h>
#include <errmsg.h>
#include <mysql.h>
#include <mysqld_error.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/base/log.h"

enum {
    CELL_INLINE = 1024,
    COLUMNS_MAX = 16,
    PARAMS_MAX = 24,
    TRIES = 5,
    CONNECT_SEC = 3,
    IO_SEC = 15,
    ER_NOTHING_TO_DO = 45001 /* our own procedures' */
};

struct db {
    MYSQL *my; /* NULL: not connected */
    MYSQL_STMT *stmts[STMT_MAX];
    enum db_role role;
    bool in_tx, wrote;
    bool broken; /* the connection was lost inside a transaction, which has not been ended yet */
    char *socket, *name, *password;
};

static const struct {
    enum db_role role;
    const char *account, *file;
} accounts[] = {
    {DB_ISSUE, "zwm_issue", "db-issue"},    {DB_VERIFY, "zwm_verify", "db-verify"},
    {DB_PICKUP, "zwm_pickup", "db-pickup"}, {DB_SAMPLE, "zwm_sample", "db-sample"},
    {DB_STATUS, "zwm_status", "db-status"}, {DB_ADMIN, "zwm_admin", "db-admin"},
    {DB_ROUTE, "zwm_route", "db-route"},    {DB_AUTHORIZE, "zwm_authorize", "db-authorize"},
};

const char *db_role_account(enum db_role role)
{
    for (size_t i = 0; i < sizeof accounts / sizeof accounts[0]; i++)
        if (accounts[i].role == role)
            return accounts[i].account;
    return "root";
}

const char *db_role_file(enum db_role role)
{
    for (size_t i = 0; i < sizeof accounts / sizeof accounts[0]; i++)
        if (accounts[i].role == role)
            return accounts[i].file;
    return NULL;
}

struct db_param db_bytes(const void *p, size_t len)
{
    return p == NULL ? DB_NULL : (struct db_param){.type = DB_T_BYTES, .p = p, .len = len};
}

struct db_param db_str(const char *s)
{
    return s == NULL ? DB_NULL : db_bytes(s, strlen(s));
}

/* --- connection --- */

static void disconnect(struct db *db)
{
    for (int i = 0; i < STMT_MAX; i++) {
        if (db->stmts[i] != NULL)
            (void)mysql_stmt_close(db->stmts[i]);
        db->stmts[i] = NULL;
    }
    if (db->my != NULL)
        mysql_close(db->my);
    db->my = NULL;
    db->broken = db->in_tx;
    db->in_tx = db->wrote = false;
}

static bool is_lost(unsigned no)
{
    return no == CR_SERVER_GONE_ERROR || no == CR_SERVER_LOST || no == CR_CONN_HOST_ERROR ||
           no == CR_CONNECTION_ERROR || no == CR_SERVER_LOST_EXTENDED || no == ER_SERVER_SHUTDOWN ||
           no == ER_CONNECTION_KILLED || no == ER_NORMAL_SHUTDOWN ||
           no == CR_COMMANDS_OUT_OF_SYNC || no == CR_MALFORMED_PACKET;
}

static void log_failure(const char *what, unsigned no, const char *msg)
{
    struct log_line l;
    log_start(&l, LOG_ERROR, "storage");
    log_str(&l, "what", what);
    log_int(&l, "errno", no);
    /* A server's message may quote a value of the row ("Duplicate entry ..."), so only the client
     * library's own and the statement's name are logged. */
    log_str(&l, "msg", no >= CR_MIN_ERROR && no <= CR_MAX_ERROR ? msg : NULL);
    log_end(&l);
}

static enum err prepare(struct db *db, enum stmt s)
{
    const struct stmt_row *row = stmt_row(s);
    MYSQL_STMT *st = mysql_stmt_init(db->my);
    if (st == NULL)
        abort();
    db->stmts[s] = st;
    if (mysql_stmt_prepare(st, row->sql, strlen(row->sql)) != 0) {
        unsigned no = mysql_stmt_errno(st);
        log_msg(LOG_ERROR, "storage", "statement %s: %s", row->name, mysql_stmt_error(st));
        return is_lost(no) ? ERR_STORAGE : ERR_BAD;
    }
    if (mysql_stmt_param_count(st) != row->params || mysql_stmt_field_count(st) != row->columns ||
        row->params > PARAMS_MAX || row->columns > COLUMNS_MAX) {
        log_msg(LOG_ERROR, "storage",
                "statement %s: %lu parameters and %u columns do not fit the catalogue", row->name,
                mysql_stmt_param_count(st), mysql_stmt_field_count(st));
        return ERR_BAD;
    }
    return ERR_OK;
}

static enum err open_session(struct db *db, const char *account, const char *schema)
{
    static const char session[] =
        "SET SESSION autocommit = 0, SESSION sql_mode = 'TRADITIONAL,NO_ENGINE_SUBSTITUTION',"
        " SESSION tx_isolation = 'READ-COMMITTED', SESSION innodb_lock_wait_timeout = 5, SESSION "
        "time_zone = '+00:00'";
    unsigned connect_sec = CONNECT_SEC, io_sec = IO_SEC;
    my_bool no = 0;

    db->my = mysql_init(NULL);
    if (db->my == NULL)
        abort();
    (void)mysql_options(db->my, MYSQL_OPT_CONNECT_TIMEOUT, &connect_sec);
    (void)mysql_options(db->my, MYSQL_OPT_READ_TIMEOUT, &io_sec);
    (void)mysql_options(db->my, MYSQL_OPT_WRITE_TIMEOUT, &io_sec);
    (void)mysql_options(db->my, MYSQL_OPT_RECONNECT, &no);
    (void)mysql_options(db->my, MYSQL_SET_CHARSET_NAME, "utf8mb4");
    unsigned long flags = account == NULL ? CLIENT_MULTI_STATEMENTS
                                          : CLIENT_MULTI_STATEMENTS * (db->role == DB_ADMIN);
    if (mysql_real_connect(db->my, NULL, account, db->password, schema, 0, db->socket, flags) ==
            NULL ||
        mysql_query(db->my, session) != 0) {
        unsigned e = mysql_errno(db->my);
        log_failure("connect", e, mysql_error(db->my));
        disconnect(db);
        return e == ER_ACCESS_DENIED_ERROR || e == ER_BAD_DB_ERROR || e == ER_DBACCESS_DENIED_ERROR
                   ? ERR_BAD
                   : ERR_STORAGE;
    }
    return ERR_OK;
}

static enum err connect_and_prepare(struct db *db)
{
    enum err e = open_session(db, db_role_account(db->role), db->name);
    for (int s = 0; e == ERR_OK && s < STMT_MAX; s++)
        if (stmt_row((enum stmt)s)->roles & (unsigned)db->role)
            e = prepare(db, (enum stmt)s);
    if (e != ERR_OK)
        disconnect(db);
    return e;
}

static enum err check_schema(struct db *db)
{
    struct pool *p = pool_new(false);
    struct db_rows r;
    enum err e = db_query(db, p, STMT_SCHEMA_VERSION, NULL, &r);
    db_rollback(db);
    if (e == ERR_OK && r.n != 1)
        e = ERR_BAD;
    if (e == ERR_OK && (r.cell[0].i < SCHEMA_LEAST || r.cell[0].i > SCHEMA_MOST)) {
        log_msg(LOG_ERROR, "storage",
                "schema version %lld, this program knows %d to %d: run `zwm init`",
                (long long)r.cell[0].i, SCHEMA_LEAST, SCHEMA_MOST);
        e = ERR_BAD;
    }
    pool_destroy(&p);
    return e;
}

static char *read_password(const struct conf *conf, const char *file)
{
    struct pool *p = pool_new(true);
    char *path = pool_printf(p, "%s/%s", conf->keys_dir, file);
    char line[128] = "";
    FILE *f = fopen(path, "re");
    if (f == NULL || fgets(line, sizeof line, f) == NULL)
        log_msg(LOG_ERROR, "storage", "password file %s cannot be read", file);
    if (f != NULL)
        (void)fclose(f);
    line[strcspn(line, "\n")] = '\0';
    pool_destroy(&p);
    char *r = *line != '\0' ? strdup(line) : NULL;
    explicit_bzero(line, sizeof line);
    return r;
}

static pthread_once_t library_once = PTHREAD_ONCE_INIT;
static void library_start(void)
{
    (void)mysql_library_init(0, NULL, NULL);
}

static struct db *db_new(const struct conf *conf, enum db_role role)
{
    (void)pthread_once(&library_once, library_start);
    struct db *db = calloc(1, sizeof *db);
    if (db == NULL)
        abort();
    db->role = role;
    db->socket = strdup(conf->db_socket);
    db->name = strdup(conf->db_name);
    return db;
}

enum err db_open(const struct conf *conf, enum db_role role, struct db **db_r)
{
    struct db *db = db_new(conf, role);
    db->password = read_password(conf, db_role_file(role));
    enum err e = db->password != NULL ? connect_and_prepare(db) : ERR_BAD;
    if (e == ERR_OK)
        e = check_schema(db);
    if (e != ERR_OK && e != ERR_STORAGE) {
        db_close(&db);
        return e;
    }
    *db_r = db;
    return e;
}

enum err db_open_root(const struct conf *conf, bool with_schema, struct db **db_r, FILE *err_out)
{
    struct db *db = db_new(conf, DB_ADMIN);
    enum err e = open_session(db, NULL, with_schema ? db->name : NULL);
    if (e != ERR_OK) {
        if (err_out != NULL)
            (void)fprintf(err_out, "cannot connect to MariaDB on %s as its own system user\n",
                          conf->db_socket);
        db_close(&db);
        return e;
    }
    *db_r = db;
    return ERR_OK;
}

void db_close(struct db **dbp)
{
    struct db *db = *dbp;
    if (db == NULL)
        return;
    disconnect(db);
    free(db->socket);
    free(db->name);
    if (db->password != NULL) {
        explicit_bzero(db->password, strlen(db->password));
        free(db->password);
    }
    free(db);
    *dbp = NULL;
}

/* --- statements --- */

/* Every failure of a statement ends here: what it means for the transaction. */
static enum err failure(struct db *db, enum stmt s)
{
    unsigned no = mysql_stmt_errno(db->stmts[s]);
    if (no == ER_DUP_ENTRY)
        return ERR_DUPLICATE;
    if (no == ER_NOTHING_TO_DO)
        return ERR_NONE;
    if (no == ER_LOCK_DEADLOCK || no == ER_LOCK_WAIT_TIMEOUT) {
        db_rollback(db);
        return ERR_BUSY;
    }
    log_failure(stmt_row(s)->name, no, mysql_stmt_error(db->stmts[s]));
    if (is_lost(no))
        disconnect(db);
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

static enum err execute(struct db *db, enum stmt s, const struct db_param *params)
{
    MYSQL_BIND bind[PARAMS_MAX];
    MYSQL_STMT *st = db->stmts[s];

    assert(st != NULL);
    bind_params(s, params, bind);
    if (stmt_row(s)->params > 0 && mysql_stmt_bind_param(st, bind))
        return failure(db, s);
    /* Before it: a statement that fails has begun the transaction too, and a duplicate key keeps
     * its lock until the end of it. */
    db->in_tx = true;
    if (mysql_stmt_execute(st) != 0)
        return failure(db, s);
    return ERR_OK;
}

struct columns {
    MYSQL_BIND bind[COLUMNS_MAX];
    unsigned long len[COLUMNS_MAX];
    my_bool null[COLUMNS_MAX];
    long long num[COLUMNS_MAX];
    char text[COLUMNS_MAX][CELL_INLINE];
};

static bool bind_columns(MYSQL_STMT *st, struct columns *c)
{
    MYSQL_RES *meta = mysql_stmt_result_metadata(st);
    unsigned n = mysql_num_fields(meta);
    for (unsigned i = 0; i < n; i++) {
        const MYSQL_FIELD *f = mysql_fetch_field_direct(meta, i);
        c->bind[i] = (MYSQL_BIND){.length = &c->len[i], .is_null = &c->null[i]};
        bool number = (IS_NUM(f->type) && f->type != MYSQL_TYPE_NULL);
        c->bind[i].buffer_type = number ? MYSQL_TYPE_LONGLONG : MYSQL_TYPE_BLOB;
        c->bind[i].buffer = number ? (void *)&c->num[i] : (void *)c->text[i];
        c->bind[i].buffer_length = number ? sizeof c->num[i] : CELL_INLINE;
    }
    mysql_free_result(meta);
    return mysql_stmt_bind_result(st, c->bind) == 0;
}

static bool fetch_cell(MYSQL_STMT *st, struct pool *p, struct columns *c, unsigned i,
                       struct db_cell *cell)
{
    *cell = (struct db_cell){.null = c->null[i] != 0};
    if (cell->null)
        return true;
    if (c->bind[i].buffer_type == MYSQL_TYPE_LONGLONG) {
        cell->i = c->num[i];
        return true;
    }
    cell->len = c->len[i];
    if (cell->len <= CELL_INLINE) {
        cell->p = (uint8_t *)pool_strndup(p, c->text[i], cell->len);
        return true;
    }
    uint8_t *whole = pool_alloc(p, cell->len + 1);
    MYSQL_BIND b = {.buffer_type = MYSQL_TYPE_BLOB,
                    .buffer = whole,
                    .buffer_length = cell->len,
                    .length = &c->len[i]};
    cell->p = whole;
    return mysql_stmt_fetch_column(st, &b, i, 0) == 0;
}

static enum err fetch_rows(struct db *db, struct pool *p, enum stmt s, struct db_rows *r)
{
    MYSQL_STMT *st = db->stmts[s];
    unsigned cols = stmt_row(s)->columns;
    struct columns c;
    size_t cap = 0;

    *r = (struct db_rows){0};
    if (!bind_columns(st, &c))
        return failure(db, s);
    for (;;) {
        int rc = mysql_stmt_fetch(st);
        if (rc == MYSQL_NO_DATA)
            break;
        if (rc == 1)
            return failure(db, s);
        if (r->n == cap) {
            cap = cap == 0 ? 1 : cap * 4;
            struct db_cell *more = pool_alloc(p, cap * cols * sizeof *more);
            if (r->n > 0)
                memcpy(more, r->cell, r->n * cols * sizeof *more);
            r->cell = more;
        }
        for (unsigned i = 0; i < cols; i++)
            if (!fetch_cell(st, p, &c, i, &r->cell[r->n * cols + i]))
                return failure(db, s);
        r->n++;
    }
    (void)mysql_stmt_free_result(st);
    return ERR_OK;
}

static enum err connected(struct db *db)
{
    if (db->my != NULL)
        return ERR_OK;
    /* Half a transaction is gone: its other half must not run alone on a new connection. */
    if (db->broken)
        return ERR_STORAGE;
    return connect_and_prepare(db) == ERR_OK ? ERR_OK : ERR_STORAGE;
}

enum err db_query(struct db *db, struct pool *p, enum stmt s, const struct db_param *params,
                  struct db_rows *r)
{
    bool may_retry = !db->wrote && !db->broken;
    enum err e = connected(db);
    if (e == ERR_OK) {
        e = execute(db, s, params);
        if (e == ERR_OK)
            e = fetch_rows(db, p, s, r);
    }
    /* Lost before anything was written: nothing can have happened twice. */
    if (e == ERR_STORAGE && may_retry && db->my == NULL) {
        db->broken = false;
        e = connected(db);
        if (e == ERR_OK)
            e = execute(db, s, params);
        if (e == ERR_OK)
            e = fetch_rows(db, p, s, r);
    }
    return e == ERR_DUPLICATE ? ERR_STORAGE : e;
}

enum err db_exec(struct db *db, enum stmt s, const struct db_param *params, uint64_t *affected_r)
{
    enum err e = connected(db);
    if (e != ERR_OK)
        return e;
    assert(stmt_row(s)->writes);
    e = execute(db, s, params);
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
    enum err e = execute(db, s, params);
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
    log_failure("commit", no, mysql_error(db->my));
    if (no == ER_LOCK_DEADLOCK)
        return ERR_BUSY; /* certification failure of a cluster: rolled back */
    disconnect(db);      /* in_tx is false: the transaction is over, whichever way it went */
    return wrote ? ERR_UNCERTAIN : ERR_STORAGE;
}

void db_rollback(struct db *db)
{
    if (db->my != NULL && db->in_tx && mysql_rollback(db->my) != 0)
        disconnect(db); /* the server rolls back what it lost */
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

enum err db_script(struct db *db, const char *sql, FILE *err_out)
{
    enum err e = connected(db);
    if (e != ERR_OK)
        return e;
    int rc = mysql_real_query(db->my, sql, strlen(sql));
    for (;;) {
        MYSQL_RES *res = rc == 0 ? mysql_store_result(db->my) : NULL;
        if (res != NULL)
            mysql_free_result(res);
        if (rc != 0 || !mysql_more_results(db->my))
            break;
        rc = mysql_next_result(db->my);
    }
    if (rc == 0 && mysql_commit(db->my) == 0)
        return ERR_OK;
    if (err_out != NULL)
        (void)fprintf(err_out, "%s\n", mysql_error(db->my));
    disconnect(db);
    return ERR_STORAGE;
}

enum err db_query_text(struct db *db, struct pool *p, const char *sql, struct db_rows *r)
{
    if (connected(db) != ERR_OK || mysql_real_query(db->my, sql, strlen(sql)) != 0)
        return ERR_STORAGE;
    MYSQL_RES *res = mysql_store_result(db->my);
    if (res == NULL)
        return ERR_STORAGE;
    unsigned cols = mysql_num_fields(res);
    *r = (struct db_rows){.n = (size_t)mysql_num_rows(res)};
    r->cell = pool_alloc(p, (r->n * cols + 1) * sizeof *r->cell);
    for (size_t i = 0; i < r->n; i++) {
        MYSQL_ROW row = mysql_fetch_row(res);
        const unsigned long *len = mysql_fetch_lengths(res);
        for (unsigned k = 0; k < cols; k++) {
            struct db_cell *c = &r->cell[i * cols + k];
            c->null = row[k] == NULL;
            c->len = c->null ? 0 : len[k];
            c->p = (uint8_t *)pool_strndup(p, c->null ? "" : row[k], c->len);
        }
    }
    mysql_free_result(res);
    return mysql_commit(db->my) == 0 ? ERR_OK : ERR_STORAGE;
}
