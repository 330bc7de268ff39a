#include "core/store/db_int.h"

#include <errmsg.h>
#include <mysqld_error.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/log.h"
#include "core/store/schema.h"
#include "core/store/columns.h"

/* A call may wait for a lock (5 s) and no longer: whoever waits for a database that hangs waits for
 * nothing. The operator's command may run a long statement. */
enum { CONNECT_SEC = 2, IO_SEC = 7, IO_ADMIN_SEC = 600 };

static const struct {
    enum db_role role;
    const char *account, *file;
} accounts[] = {
#define ROLE(name, NAME) {DB_##NAME, "zwm_" #name, "db-" #name},
#include "core/store/roles.def"
#undef ROLE
};
_Static_assert(sizeof accounts / sizeof accounts[0] == DB_ROLES, "one account a role");

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

/* --- one connection --- */

void db_disconnect(struct db *db)
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

bool db_is_lost(unsigned no)
{
    return no == CR_SERVER_GONE_ERROR || no == CR_SERVER_LOST || no == CR_CONN_HOST_ERROR ||
           no == CR_CONNECTION_ERROR || no == CR_SERVER_LOST_EXTENDED || no == ER_SERVER_SHUTDOWN ||
           no == ER_CONNECTION_KILLED || no == ER_NORMAL_SHUTDOWN ||
           no == CR_COMMANDS_OUT_OF_SYNC || no == CR_MALFORMED_PACKET;
}

void db_log_failure(const char *what, unsigned no, const char *msg)
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

static enum err refuse(enum stmt s, const char *why)
{
    log_msg(LOG_ERROR, "storage", "statement %s: %s", stmt_row(s)->name, why);
    return ERR_BAD;
}

static enum err prepare(struct db *db, struct pool *p, enum stmt s)
{
    const struct stmt_row *row = stmt_row(s);
    const char *sql = stmt_text(s, p), *misfit;
    MYSQL_STMT *st = mysql_stmt_init(db->my);
    if (st == NULL)
        abort();
    db->stmts[s] = st;
    if (sql == NULL)
        return ERR_BAD;
    if (mysql_stmt_prepare(st, sql, strlen(sql)) != 0) {
        unsigned no = mysql_stmt_errno(st);
        (void)refuse(s, mysql_stmt_error(st));
        return db_is_lost(no) ? ERR_STORAGE : ERR_BAD;
    }
    if (mysql_stmt_param_count(st) != row->params || row->params > PARAMS_MAX)
        return refuse(s, pool_printf(p, "%lu parameters instead of %u", mysql_stmt_param_count(st),
                                     row->params));
    misfit = db_result_misfit(st, s, p);
    return misfit != NULL ? refuse(s, misfit) : ERR_OK;
}

static enum err open_session(struct db *db, const char *account, const char *schema)
{
    static const char session[] =
        "SET SESSION autocommit = 0, SESSION sql_mode = 'TRADITIONAL,NO_ENGINE_SUBSTITUTION',"
        " SESSION tx_isolation = 'READ-COMMITTED', SESSION innodb_lock_wait_timeout = 5, SESSION "
        "time_zone = '+00:00'";
    unsigned connect_sec = CONNECT_SEC, io_sec = db->role == DB_ADMIN ? IO_ADMIN_SEC : IO_SEC;
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
        db_log_failure("connect", e, mysql_error(db->my));
        db_disconnect(db);
        return e == ER_ACCESS_DENIED_ERROR || e == ER_BAD_DB_ERROR || e == ER_DBACCESS_DENIED_ERROR
                   ? ERR_BAD
                   : ERR_STORAGE;
    }
    return ERR_OK;
}

static enum err connect_and_prepare(struct db *db)
{
    struct pool *p = pool_new(false);
    enum err e = open_session(db, db_role_account(db->role), db->name);
    for (int s = 0; e == ERR_OK && s < STMT_MAX; s++)
        if (stmt_row((enum stmt)s)->roles & (unsigned)db->role)
            e = prepare(db, p, (enum stmt)s);
    if (e != ERR_OK)
        db_disconnect(db);
    pool_destroy(&p);
    return e;
}

enum err db_connected(struct db *db)
{
    if (db->my != NULL)
        return ERR_OK;
    /* Half a transaction is gone: its other half must not run alone on a new connection. */
    if (db->broken)
        return ERR_STORAGE;
    return connect_and_prepare(db) == ERR_OK ? ERR_OK : ERR_STORAGE;
}

static enum err check_schema(struct db *db)
{
    struct schema_state s;
    enum err e = schema_state(db, &s);
    if (e == ERR_ABSENT)
        e = ERR_BAD;
    if (e == ERR_OK && (s.number < SCHEMA_LEAST || s.level > SCHEMA_MOST)) {
        log_msg(LOG_ERROR, "storage",
                "the schema has migration %lld and level %lld, this program needs migration %d and "
                "knows level %d: %s",
                (long long)s.number, (long long)s.level, SCHEMA_LEAST, SCHEMA_MOST,
                s.number < SCHEMA_LEAST ? "run `zwm init`" : "it is too old");
        e = ERR_BAD;
    }
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
    db_disconnect(db);
    free(db->socket);
    free(db->name);
    if (db->password != NULL) {
        explicit_bzero(db->password, strlen(db->password));
        free(db->password);
    }
    free(db);
    *dbp = NULL;
}

/* --- as the database's own user --- */

enum err db_script(struct db *db, const char *sql, FILE *err_out)
{
    enum err e = db_connected(db);
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
    db_disconnect(db);
    return ERR_STORAGE;
}

enum err db_query_text(struct db *db, struct pool *p, const char *sql, const char **value_r)
{
    if (db_connected(db) != ERR_OK || mysql_real_query(db->my, sql, strlen(sql)) != 0)
        return ERR_STORAGE;
    MYSQL_RES *res = mysql_store_result(db->my);
    if (res == NULL)
        return ERR_STORAGE;
    MYSQL_ROW row = mysql_fetch_row(res);
    const unsigned long *len = mysql_fetch_lengths(res);
    *value_r = row != NULL && row[0] != NULL ? pool_strndup(p, row[0], len[0]) : NULL;
    mysql_free_result(res);
    return mysql_commit(db->my) == 0 ? ERR_OK : ERR_STORAGE;
}
