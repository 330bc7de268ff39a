#include "core/store/node.h"

#include "core/store/columns.h"

static const struct row_column of_state[] = {
    COL_TEXT(struct node_state, datadir),          COL_INT(struct node_state, read_only),
    COL_INT(struct node_state, connections),       COL_INT(struct node_state, connections_most),
    COL_INT(struct node_state, callbacks_waiting),
};
const struct row_columns node_state_columns = ROW_COLUMNS(struct node_state, of_state, NULL);

enum err node_look(struct db *db, struct pool *p, struct node_state *s_r)
{
    enum err e = db_find(db, NULL, p, STMT_NODE_STATE, NULL, DB_INTO(s_r));
    db_rollback(db);
    return e;
}
