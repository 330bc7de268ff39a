/* stmt: the statement catalogue (design 5). One row a statement: who may prepare it, how many
 * parameters it has, what its result looks like. Prepared at connect; a mismatch refuses to start.
 * Uses responders.def. */
#ifndef ZWM_STORE_STMT_H
#define ZWM_STORE_STMT_H

#include <stdbool.h>

#include "core/base/pool.h"
#include "core/base/responders.h"

/* The place of each role's bit. */
enum db_role_bit {
#define ROLE(name, NAME) DB_BIT_##NAME,
#include "core/store/roles.def"
#undef ROLE
    DB_ROLES
};
_Static_assert(DB_ROLES < 31, "a bit for each role in an int");

/* Database roles, one account each: DB_ISSUE and so on. They are bits, so that a row of the
 * catalogue can name several; DB_ANY is all of them. */
enum db_role {
#define ROLE(name, NAME) DB_##NAME = 1 << DB_BIT_##NAME,
#include "core/store/roles.def"
#undef ROLE
    DB_ANY = (1 << DB_ROLES) - 1
};

/* The role of a responder: roles.def begins with their rows, in the same order. */
static inline enum db_role db_role_of(enum responder_id r)
{
    return (enum db_role)(1 << r);
}

enum stmt {
#define STMT(name, roles, params, columns, sql) STMT_##name,
#include "core/store/stmt.def"
#undef STMT
    STMT_MAX
};

struct row_columns;

struct stmt_row {
    const char *name;
    unsigned roles;
    unsigned params;
    const struct row_columns *columns; /* those of no_columns: it writes */
    const char *sql;                   /* with {NAME} for the number of enumerator NAME */
};

const struct stmt_row *stmt_row(enum stmt s);
/* The statement as the database gets it, in `p`: enumerators are numbers. NULL, logged, if it names
 * one that stmt.c does not have. */
const char *stmt_text(enum stmt s, struct pool *p);

#endif
