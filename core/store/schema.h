/* schema: making and migrating the database, and how far it has come. */
#ifndef ZWM_STORE_SCHEMA_H
#define ZWM_STORE_SCHEMA_H

#include "core/store/db.h"

/* Makes the database and accounts (passwords in the keys directory, made if absent), applies the
 * migrations not applied yet (NNN_*.sql in `sql_dir`, in order), the seeds (seed/NAME.sql in
 * `sql_dir`) and the grants. The database's own system user must run it. It may be repeated. It
 * writes progress and failures to `out`. */
ERR_CHECK enum err schema_set_up(const struct conf *conf, const char *sql_dir, FILE *out);

/* Where the schema stands. A program runs if it finds the migrations that it needs (SCHEMA_LEAST)
 * and knows the level (SCHEMA_MOST). A migration raises the level only if programs of the level
 * before cannot go on beside it; so old and new processes run side by side over most of them. */
struct schema_state {
    int64_t number; /* of the last migration applied */
    int64_t level;
};
ERR_CHECK enum err schema_state(struct db *db, struct schema_state *s_r);

#endif
