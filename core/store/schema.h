/* schema: making and migrating the database, partitions by day, retention. For the operator's
 * command only. */
#ifndef ZWM_STORE_SCHEMA_H
#define ZWM_STORE_SCHEMA_H

#include "core/store/db.h"

/* Makes the database and accounts (passwords in the keys directory, made if absent), applies the
 * migrations not applied yet (NNN_*.sql in `sql_dir`, in order), the seeds (seed/NAME.sql in
 * `sql_dir`) and the grants. The database's own system user must run it. It may be repeated. It
 * writes progress and failures to `out`. */
ERR_CHECK enum err schema_set_up(const struct conf *conf, const char *sql_dir, FILE *out);

struct retained {
    int partitions_made, partitions_dropped;
};
/* Makes the partitions of the days to come and drops those past their retention (R1.8): whole days,
 * so the size stays flat. `db` is an admin connection. */
ERR_CHECK enum err schema_retain(struct db *db, const struct conf *conf, int64_t now_sec,
                                 struct retained *r_r, FILE *err_out);

/* The highest migration applied. */
ERR_CHECK enum err schema_version(struct db *db, int *version_r);

#endif
