#include "core/store/retain.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/buf.h"
#include "core/base/clock.h"
#include "core/store/columns.h"

enum { LOCK_WAIT_SEC = 2, LOCK_TRIES = 5, FILE_HANDLE_DAYS = 2 };

struct kept_table {
    const char *name;
    int64_t keep_days;
};
enum { TABLES_N = 5 };

static void tables_of(const struct conf *conf, struct kept_table out[TABLES_N])
{
    const struct kept_table tables[TABLES_N] = {{"authz", conf->retain_authz_days},
                                                {"call_record", conf->retain_call_days},
                                                {"pickup", conf->retain_call_days},
                                                {"evidence", conf->retain_call_days},
                                                {"file_handle", FILE_HANDLE_DAYS}};
    memcpy(out, tables, sizeof tables);
}

/* --- what there is --- */

struct days {
    int32_t *last; /* last day of each partition but pmax, in order */
    size_t n;
};

static enum err list_days(struct db *db, struct pool *p, const char *table, struct days *d)
{
    struct db_list list;
    enum err e = db_list(db, NULL, p, STMT_PARTITIONS, (struct db_param[]){DB_STR(table)},
                         sizeof(struct row_name), &list);
    const struct row_name *rows = list.row;
    db_rollback(db);
    if (e != ERR_OK)
        return e;
    *d = (struct days){pool_alloc(p, (list.n + 1) * sizeof *d->last), 0};
    for (size_t i = 0; i < list.n; i++)
        if (strcmp(rows[i].name, "pmax") != 0)
            d->last[d->n++] = (int32_t)strtol(rows[i].name + 1, NULL, 10);
    return ERR_OK;
}

/* Counts no further than `most` + 1. */
static enum err count(struct db *db, struct pool *p, const char *table, const char *partition,
                      int64_t most, int64_t *n_r)
{
    const char *n = NULL;
    enum err e = db_query_text(
        db, p,
        pool_printf(p, "SELECT COUNT(*) FROM (SELECT 1 FROM %s PARTITION (%s) LIMIT %lld) t", table,
                    partition, (long long)most + 1),
        &n);
    db_rollback(db);
    *n_r = n != NULL ? strtoll(n, NULL, 10) : 0;
    return e;
}

/* --- changes --- */

/* A change of partitions waits for the transactions that use the table, and everybody else waits
 * behind it. So it waits shortly, and tries again. */
static enum err alter(struct db *db, struct pool *p, const char *table, const char *what,
                      FILE *err_out)
{
    enum err e = ERR_BUSY;
    for (int i = 0; e != ERR_OK && i < LOCK_TRIES; i++)
        e = db_script(db,
                      pool_printf(p, "SET STATEMENT lock_wait_timeout = %d FOR ALTER TABLE %s %s",
                                  LOCK_WAIT_SEC, table, what),
                      i + 1 < LOCK_TRIES ? NULL : err_out);
    return e;
}

static void add_partition(struct buf *b, int32_t last, struct retained *r)
{
    buf_printf(b, "PARTITION p%d VALUES LESS THAN (%d), ", last, last + 1);
    r->partitions_made++;
}

struct retaining {
    struct db *db;
    struct pool *pool;
    const struct kept_table *table;
    int32_t today;
    bool copy;
    struct retained *r;
    FILE *err_out;
};

/* The days of the wide partition that ends with `last` and begins behind `before`. */
static enum err split_wide(const struct retaining *v, int32_t before, int32_t last)
{
    struct buf b;
    int64_t rows = 0;
    enum err e = count(v->db, v->pool, v->table->name, pool_printf(v->pool, "p%d", last), 0, &rows);
    if (e != ERR_OK || rows > 0)
        return e;
    buf_init(&b, v->pool);
    buf_printf(&b, "REORGANIZE PARTITION p%d INTO (", last);
    for (int32_t d = before + 1; d <= last; d++)
        add_partition(&b, d, v->r);
    b.data[b.len - 2] = ')'; /* the last comma */
    return alter(v->db, v->pool, v->table->name, b.data, v->err_out);
}

/* Days and wide partitions out of pmax, behind `last`. */
static enum err split_pmax(const struct retaining *v, int32_t last)
{
    const int32_t daily = v->today + RETAIN_DAYS_AHEAD,
                  wide = daily + RETAIN_WIDE * RETAIN_WIDE_AHEAD;
    struct buf b;
    int64_t rows = 0;
    enum err e = ERR_OK;
    if (last + RETAIN_WIDE > wide)
        return ERR_OK;
    e = count(v->db, v->pool, v->table->name, "pmax", RETAIN_COPY_MOST, &rows);
    if (e != ERR_OK)
        return e;
    if (rows > RETAIN_COPY_MOST && !v->copy)
        return ERR_BUSY;
    buf_init(&b, v->pool);
    buf_puts(&b, "REORGANIZE PARTITION pmax INTO (");
    while (last < daily)
        add_partition(&b, ++last, v->r);
    for (; last + RETAIN_WIDE <= wide; last += RETAIN_WIDE)
        add_partition(&b, last + RETAIN_WIDE, v->r);
    buf_puts(&b, "PARTITION pmax VALUES LESS THAN MAXVALUE)");
    return alter(v->db, v->pool, v->table->name, b.data, v->err_out);
}

/* One partition a statement: the server may wait for a second before it lets a file go, and nobody
 * can use the table until the statement ends. */
static enum err drop_old(const struct retaining *v, const struct days *d)
{
    enum err e = ERR_OK;
    for (size_t i = 0; e == ERR_OK && i < d->n; i++)
        if (d->last[i] + v->table->keep_days < v->today) {
            e = alter(v->db, v->pool, v->table->name,
                      pool_printf(v->pool, "DROP PARTITION p%d", d->last[i]), v->err_out);
            if (e == ERR_OK)
                v->r->partitions_dropped++;
        }
    return e;
}

static enum err retain_table(const struct retaining *v)
{
    struct days d;
    const int32_t daily = v->today + RETAIN_DAYS_AHEAD;
    enum err e = list_days(v->db, v->pool, v->table->name, &d);
    if (e == ERR_OK)
        e = drop_old(v, &d);
    for (size_t i = 1; e == ERR_OK && i < d.n; i++)
        if (d.last[i] - d.last[i - 1] > 1 && d.last[i] >= v->today && d.last[i - 1] < daily)
            e = split_wide(v, d.last[i - 1], d.last[i]);
    return e == ERR_OK ? split_pmax(v, d.n > 0 ? d.last[d.n - 1] : v->today - 2) : e;
}

enum err retain_run(struct db *db, const struct conf *conf, int64_t now_sec, bool copy,
                    struct retained *r_r, FILE *err_out)
{
    struct kept_table tables[TABLES_N];
    enum err e = ERR_OK, held = ERR_OK;
    *r_r = (struct retained){0, 0};
    tables_of(conf, tables);
    for (size_t i = 0; e == ERR_OK && i < TABLES_N; i++) {
        struct pool *p = pool_new(false);
        e = retain_table(&(const struct retaining){.db = db,
                                                   .pool = p,
                                                   .table = &tables[i],
                                                   .today = clock_day(now_sec),
                                                   .copy = copy,
                                                   .r = r_r,
                                                   .err_out = err_out});
        if (e == ERR_BUSY) { /* the other tables can be done */
            (void)fprintf(err_out, "%s: rows stand in pmax\n", tables[i].name);
            held = e;
            e = ERR_OK;
        }
        pool_destroy(&p);
    }
    return e == ERR_OK ? held : e;
}

/* --- how it stands --- */

static enum err look_at(struct db *db, struct pool *p, int32_t today, struct retain_state *s)
{
    struct days d;
    enum err e = list_days(db, p, s->table, &d);
    if (e == ERR_OK)
        e = count(db, p, s->table, "pmax", RETAIN_COPY_MOST, &s->in_pmax);
    if (e != ERR_OK || d.n == 0)
        return e;
    s->first = d.last[0];
    s->last = d.last[d.n - 1];
    s->daily_until = today - 1;
    for (size_t i = 0; i < d.n; i++)
        if (d.last[i] == s->daily_until + 1 && (i == 0 || d.last[i - 1] == s->daily_until))
            s->daily_until = d.last[i];
    return ERR_OK;
}

enum err retain_look(struct db *db, struct pool *p, const struct conf *conf, int64_t now_sec,
                     struct retain_state **list_r, size_t *n_r)
{
    struct kept_table tables[TABLES_N];
    struct retain_state *list = pool_alloc(p, sizeof *list * TABLES_N);
    enum err e = ERR_OK;
    tables_of(conf, tables);
    for (size_t i = 0; e == ERR_OK && i < TABLES_N; i++) {
        list[i] = (struct retain_state){.table = tables[i].name, .keep_days = tables[i].keep_days};
        e = look_at(db, p, clock_day(now_sec), &list[i]);
    }
    *list_r = list;
    *n_r = TABLES_N;
    return e;
}
