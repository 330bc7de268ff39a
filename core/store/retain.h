/* retain: the partitions of the tables that are kept by day (R1.8). For the operator's command
 * only.
 *
 * A partition pDAY holds what is of DAY and of the days before it that have no partition of their
 * own; pmax, the last, catches what nothing else takes. Days to come have one each for
 * RETAIN_DAYS_AHEAD, then one for RETAIN_WIDE days each for about a year. Each daily run makes days
 * out of the next wide partition while that is still empty, which moves nothing. A run that comes
 * late by weeks finds rows in a wide partition: it is left as it is, and goes as a whole when its
 * last day is past its time. So neither are rows copied nor callers held up. Only a run that is
 * late by a year finds rows in pmax; then the operator is told. */
#ifndef ZWM_STORE_RETAIN_H
#define ZWM_STORE_RETAIN_H

#include <stdbool.h>
#include <stdio.h>

#include "core/base/conf.h"
#include "core/store/db.h"

enum {
    RETAIN_DAYS_AHEAD = 14,
    RETAIN_WIDE = 30,       /* days of a wide partition */
    RETAIN_WIDE_AHEAD = 12, /* wide ones behind the days */
    RETAIN_COPY_MOST = 1000 /* rows that may be copied while callers wait */
};

struct retained {
    int partitions_made, partitions_dropped;
};
/* Makes the partitions of the days to come and drops those past their time. `db` is an admin
 * connection. Waits at most some seconds for the locks of a table. With `copy`, rows that stand in
 * pmax are moved however many there are, and writers wait as long.
 * ERR_BUSY: pmax holds more than RETAIN_COPY_MOST rows and `copy` is false; everything else has
 * been done. */
ERR_CHECK enum err retain_run(struct db *db, const struct conf *conf, int64_t now_sec, bool copy,
                              struct retained *r_r, FILE *err_out);

/* How one table stands. */
struct retain_state {
    const char *table;
    int64_t keep_days;
    int32_t first, last; /* last days of the first and last partition but pmax; 0: none */
    int32_t daily_until; /* up to this day each day to come has a partition of its own */
    int64_t in_pmax;     /* rows there, counted up to RETAIN_COPY_MOST + 1 */
};
/* The tables, in `p`. */
ERR_CHECK enum err retain_look(struct db *db, struct pool *p, const struct conf *conf,
                               int64_t now_sec, struct retain_state **list_r, size_t *n_r);

#endif
