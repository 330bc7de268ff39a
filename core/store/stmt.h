/* stmt: the statement catalogue (design 5). One row a statement: who may prepare it, whether it
 * writes, how many parameters and columns it has. Prepared at connect; a mismatch refuses to start.
 * Uses responders.def. */
#ifndef ZWM_STORE_STMT_H
#define ZWM_STORE_STMT_H

#include <stdbool.h>

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
