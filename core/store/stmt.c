#include "core/store/stmt.h"

#include <assert.h>

static const struct stmt_row rows[] = {
#define STMT(name, roles, writes, params, columns, sql)                                            \
    {#name, roles, writes, params, columns, sql},
#include "core/store/stmt.def"
#undef STMT
};

_Static_assert(sizeof rows / sizeof rows[0] == STMT_MAX, "one row a statement");

const struct stmt_row *stmt_row(enum stmt s)
{
    assert((int)s >= 0 && s < STMT_MAX);
    return &rows[s];
}
