/* stmt: the statement catalogue (design 5). One row a statement: who may prepare it, whether it
 * writes, how many parameters and columns it has. Prepared at connect; a mismatch refuses to start.
 * Uses nothing. */
#ifndef ZWM_STORE_STMT_H
#define ZWM_STORE_STMT_H

#include <stdbool.h>

/* Database roles, one account each; also a bit mask in the catalogue. */
enum db_role {
    DB_ISSUE = 1,
    DB_VERIFY = 2,
    DB_PICKUP = 4,
    DB_SAMPLE = 8,
    DB_STATUS = 16,
    DB_ADMIN = 32,
    DB_ROUTE = 64,
    DB_AUTHORIZE = 128,
    DB_ANY = 255
};

enum stmt {
#define STMT(name, roles, writes, params, columns, sql) STMT_##name,
#include "core/store/stmt.def"
#undef STMT
    STMT_MAX
};

struct stmt_row {
    const char *name;
    unsigned roles;
    bool writes;
    unsigned params, columns;
    const char *sql;
};

const struct stmt_row *stmt_row(enum stmt s);

#endif
