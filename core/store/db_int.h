/* db_int: the inside of a connection, for db.c (statements and transactions), db_read.c
 * (results) and db_conn.c (connecting, schema, scripts). */
#ifndef ZWM_STORE_DB_INT_H
#define ZWM_STORE_DB_INT_H

#include <mysql.h>

#include "core/store/db.h"

enum { COLUMNS_MAX = 24, PARAMS_MAX = 24 };

struct db {
    MYSQL *my; /* NULL: not connected */
    MYSQL_STMT *stmts[STMT_MAX];
    enum db_role role;
    bool in_tx, wrote;
    bool broken; /* the connection was lost inside a transaction, which has not been ended yet */
    char *socket, *name, *password;
};

/* Connects if there is no connection. Returns ERR_STORAGE if none can be had, or if half a
 * transaction was lost with the last one. */
ERR_CHECK enum err db_connected(struct db *db);
void db_disconnect(struct db *db);
/* Whether the error number says that the connection is gone. */
bool db_is_lost(unsigned no);
/* Runs a statement that is prepared; its result is then to be read. Errors as of db_failure. */
ERR_CHECK enum err db_execute(struct db *db, enum stmt s, const struct db_param *params);
/* Every failure of a statement ends here: it is logged and undone, or its connection closed.
 * ERR_DUPLICATE and ERR_ABSENT leave the transaction as it is; ERR_BUSY and ERR_STORAGE end it. */
ERR_CHECK enum err db_failure(struct db *db, enum stmt s);
/* Compares the result of a prepared statement with its table of columns. NULL: it fits; else what
 * does not, in `p`. */
const char *db_result_misfit(MYSQL_STMT *st, enum stmt s, struct pool *p);
void db_log_failure(const char *what, unsigned no, const char *msg);

#endif
