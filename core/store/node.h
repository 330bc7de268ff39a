/* node: what the store says of itself, for /healthz and /metrics. */
#ifndef ZWM_STORE_NODE_H
#define ZWM_STORE_NODE_H

#include "core/store/db.h"

struct node_state {
    const char *datadir; /* MariaDB's directory */
    int64_t read_only;   /* 1: it takes no writes */
    int64_t connections, connections_most;
    int64_t callbacks_waiting; /* decisions that third parties have not been told of yet */
};
/* Strings live in `p`. Ends the transaction. */
ERR_CHECK enum err node_look(struct db *db, struct pool *p, struct node_state *s_r);

#endif
