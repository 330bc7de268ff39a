/* db: one MariaDB connection with its prepared statements (design 5). The only place, with the rest
 * of store/, that knows libmariadb. A connection belongs to one thread.
 *
 * Autocommit is off: the first statement opens a transaction; db_commit or db_rollback ends it, and
 * no call may leave one open. Isolation is READ COMMITTED. What a lost connection means:
 *   - reads before any write of the transaction: reconnected, prepared again, tried once more;
 *   - a write: the server has rolled it back, ERR_STORAGE;
 *   - the commit itself: nobody knows, ERR_UNCERTAIN (9003).
 * Deadlocks and lock time-outs roll back and give ERR_BUSY: run the transaction again (db_transact
 * does). */
#ifndef ZWM_STORE_DB_H
#define ZWM_STORE_DB_H

#include <stdint.h>
#include <stdio.h>

#include "core/base/conf.h"
#include "core/base/err.h"
#include "core/base/pool.h"
#include "core/store/stmt.h"

/* The migration that this build needs, and the highest level of the schema that it knows
 * (schema.h).
 */
enum { SCHEMA_LEAST = 10, SCHEMA_MOST = 10 };

enum {
    DB_PRUNE_STEP = 10000,    /* rows that one statement of a clean-up takes at most */
    DB_NOTHING_TO_DO = 45001, /* error number by which our procedures say so */
};

struct db;
struct keyring;

enum db_type { DB_T_NULL, DB_T_INT, DB_T_BYTES };
struct db_param {
    enum db_type type;
    int64_t i;
    const void *p;
    size_t len;
};
#define DB_INT(v)        ((struct db_param){.type = DB_T_INT, .i = (v)})
#define DB_BYTES(ptr, n) db_bytes((ptr), (n)) /* NULL pointer: SQL NULL */
#define DB_STR(s)        db_str(s)
#define DB_NULL          ((struct db_param){.type = DB_T_NULL})
struct db_param db_bytes(const void *p, size_t len);
struct db_param db_str(const char *s);

/* Connects as the account of `role` (password from VAR/keys/db-ROLE) and prepares its statements.
 * If the database cannot be reached now: ERR_STORAGE and a db that connects at its first use, so
 * that a responder survives MariaDB's restarts. ERR_BAD, logged: the schema version is out of
 * range, or the role may not run one of its statements, or a statement's result is not as its table
 * of columns says: refuse to start. */
ERR_CHECK enum err db_open(const struct conf *conf, enum db_role role, struct db **db_r);
void db_close(struct db **db);

/* Reads the first row of a statement's result into the struct of its table of columns (stmt.def);
 * pointers lead into `p`. Members without a column stay as they are; sealed columns are opened with
 * `kr`, which may be NULL if there are none. `params` must have as many members as the catalogue
 * says. Returns ERR_ABSENT if there is no row; the struct is then as it was. */
ERR_CHECK enum err db_find(struct db *db, const struct keyring *kr, struct pool *p, enum stmt s,
                           const struct db_param *params, void *row, size_t size);
#define DB_INTO(row) (row), sizeof *(row) /* the last two arguments of db_find */

/* Every row, in an array in `p` of structs of `size` bytes; never NULL after ERR_OK. Members
 * without a column are zero. */
struct db_list {
    void *row;
    size_t n;
};
ERR_CHECK enum err db_list(struct db *db, const struct keyring *kr, struct pool *p, enum stmt s,
                           const struct db_param *params, size_t size, struct db_list *list_r);

/* Runs a statement that writes. Returns ERR_DUPLICATE if a unique key stands already; the
 * transaction goes on. `affected_r` gets the number of rows and may be NULL. */
ERR_CHECK enum err db_exec(struct db *db, enum stmt s, const struct db_param *params,
                           uint64_t *affected_r);
/* A statement that commits by itself: the last of a transaction and not its first, so that the
 * connection is known to stand. ERR_DUPLICATE as above; ERR_ABSENT if the statement says that
 * there is nothing to be done any more. Then nothing is committed: roll back. */
ERR_CHECK enum err db_exec_commit(struct db *db, enum stmt s, const struct db_param *params);
ERR_CHECK enum err db_commit(struct db *db);
void db_rollback(struct db *db);
/* Runs a statement that deletes at most DB_PRUNE_STEP rows older than `before_sec` until nothing is
 * left to delete; commits after each. */
ERR_CHECK enum err db_prune(struct db *db, enum stmt s, int64_t before_sec);
/* Runs `fn(db, arg)` and commits if it gives ERR_OK, else rolls back; again (at most 5 times) while
 * it gives ERR_BUSY, and once if the connection was lost before the commit was sent. So `fn`
 * must be able to run twice. */
ERR_CHECK enum err db_transact(struct db *db, enum err (*fn)(struct db *, void *), void *arg);

/* Text statements, for migrations and partitions only (admin): may hold several, separated by `;`.
 * The message of a failure goes to `err_out`. DDL commits by itself. */
ERR_CHECK enum err db_script(struct db *db, const char *sql, FILE *err_out);

/* The first value of a text query, for migrations only: in `p`, NULL if there is no row or it is
 * NULL. Returns ERR_STORAGE if the query fails. */
ERR_CHECK enum err db_query_text(struct db *db, struct pool *p, const char *sql,
                                 const char **value_r);

/* Connects to the server as its own operating-system user over the socket, for `zwm init`; no
 * statements prepared. */
ERR_CHECK enum err db_open_root(const struct conf *conf, bool with_schema, struct db **db_r,
                                FILE *err_out);

/* Name of a role's account ("zwm_issue") and of its password file below the keys directory
 * ("db-issue"). */
const char *db_role_account(enum db_role role);
const char *db_role_file(enum db_role role);

#endif
