#include "core/store/db_int.h"

#include <assert.h>
#include <string.h>

#include "core/store/row.h"

/* What is longer than CELL_INLINE is fetched again, into memory of its own length. */
enum { CELL_INLINE = 1024, LIST_FIRST = 8, LIST_GROWTH = 4 };

static bool is_number(const MYSQL_FIELD *f)
{
    return IS_NUM(f->type) && f->type != MYSQL_TYPE_NULL;
}

const char *db_result_misfit(MYSQL_STMT *st, enum stmt s, struct pool *p)
{
    struct row_result results[COLUMNS_MAX];
    unsigned n = mysql_stmt_field_count(st);
    const char *why = NULL;
    MYSQL_RES *meta;
    if (n > COLUMNS_MAX)
        return pool_printf(p, "%u columns are more than %d", n, COLUMNS_MAX);
    meta = mysql_stmt_result_metadata(st);
    if (n > 0 && meta == NULL)
        return "the server does not describe its result";
    for (unsigned i = 0; i < n; i++) {
        const MYSQL_FIELD *f = mysql_fetch_field_direct(meta, i);
        results[i] = (struct row_result){.name = f->name, .number = is_number(f)};
    }
    (void)row_columns_fit(stmt_row(s)->columns, results, n, p, &why);
    if (meta != NULL)
        mysql_free_result(meta);
    return why;
}

/* Where a row is fetched to. */
struct fetched {
    MYSQL_BIND bind[COLUMNS_MAX];
    unsigned long len[COLUMNS_MAX];
    my_bool null[COLUMNS_MAX];
    long long num[COLUMNS_MAX];
    char bytes[COLUMNS_MAX][CELL_INLINE];
};

static bool bind_columns(MYSQL_STMT *st, const struct row_columns *t, struct fetched *f)
{
    for (unsigned i = 0; i < t->n; i++) {
        bool number = row_is_number(t->column[i].kind);
        f->bind[i] = (MYSQL_BIND){.length = &f->len[i], .is_null = &f->null[i]};
        f->bind[i].buffer_type = number ? MYSQL_TYPE_LONGLONG : MYSQL_TYPE_BLOB;
        f->bind[i].buffer = number ? (void *)&f->num[i] : (void *)f->bytes[i];
        f->bind[i].buffer_length = number ? sizeof f->num[i] : CELL_INLINE;
    }
    return mysql_stmt_bind_result(st, f->bind) == 0;
}

static bool take_cell(MYSQL_STMT *st, struct pool *p, struct fetched *f, unsigned i,
                      struct row_cell *cell)
{
    *cell = (struct row_cell){.null = f->null[i] != 0};
    if (cell->null)
        return true;
    if (f->bind[i].buffer_type == MYSQL_TYPE_LONGLONG) {
        cell->i = f->num[i];
        return true;
    }
    cell->len = f->len[i];
    cell->p = (const uint8_t *)f->bytes[i];
    if (cell->len <= CELL_INLINE)
        return true;
    uint8_t *whole = pool_alloc(p, cell->len + 1);
    MYSQL_BIND b = {.buffer_type = MYSQL_TYPE_BLOB,
                    .buffer = whole,
                    .buffer_length = cell->len,
                    .length = &f->len[i]};
    cell->p = whole;
    cell->kept = true;
    return mysql_stmt_fetch_column(st, &b, i, 0) == 0;
}

static bool take_cells(MYSQL_STMT *st, struct pool *p, unsigned n, struct fetched *f,
                       struct row_cell *cells)
{
    for (unsigned i = 0; i < n; i++)
        if (!take_cell(st, p, f, i, &cells[i]))
            return false;
    return true;
}

/* Where rows go: into one struct, or into an array that grows. */
struct target {
    const struct keyring *kr;
    struct pool *p;
    uint8_t *row;
    size_t size, n, room;
    bool grows;
};

static void *next_row(struct target *t)
{
    if (t->n == t->room && t->grows) {
        t->room *= LIST_GROWTH;
        uint8_t *more = pool_alloc(t->p, t->room * t->size);
        memcpy(more, t->row, t->n * t->size);
        t->row = more;
    }
    return t->row + t->n++ * t->size;
}

/* Reads the whole result, so that a failure at its end shows; keeps what the target has room for.
 */
static enum err fetch_rows(struct db *db, enum stmt s, struct target *t)
{
    const struct row_columns *columns = stmt_row(s)->columns;
    MYSQL_STMT *st = db->stmts[s];
    struct row_cell cells[COLUMNS_MAX];
    struct fetched f;
    enum err e = ERR_OK;

    if (!bind_columns(st, columns, &f))
        return db_failure(db, s);
    while (e == ERR_OK) {
        int rc = mysql_stmt_fetch(st);
        if (rc == MYSQL_NO_DATA)
            break;
        if (rc == 0 || rc == MYSQL_DATA_TRUNCATED) {
            if (t->n == t->room && !t->grows)
                continue;
            rc = take_cells(st, t->p, columns->n, &f, cells) ? 0 : 1;
        }
        if (rc != 0)
            return db_failure(db, s);
        e = row_read(columns, cells, t->kr, t->p, next_row(t));
    }
    (void)mysql_stmt_free_result(st);
    return e;
}

static enum err run(struct db *db, enum stmt s, const struct db_param *params, struct target *t)
{
    enum err e = db_connected(db);
    t->n = 0;
    if (e == ERR_OK)
        e = db_execute(db, s, params);
    if (e == ERR_OK)
        e = fetch_rows(db, s, t);
    return e;
}

static enum err query(struct db *db, enum stmt s, const struct db_param *params, struct target *t)
{
    bool may_retry = !db->wrote && !db->broken;
    assert(stmt_row(s)->columns->n > 0 && stmt_row(s)->columns->size == t->size);
    enum err e = run(db, s, params, t);
    /* Lost before anything was written: nothing can have happened twice. */
    if (e == ERR_STORAGE && may_retry && db->my == NULL) {
        db->broken = false;
        e = run(db, s, params, t);
    }
    return e == ERR_DUPLICATE ? ERR_STORAGE : e;
}

enum err db_find(struct db *db, const struct keyring *kr, struct pool *p, enum stmt s,
                 const struct db_param *params, void *row, size_t size)
{
    struct target t = {.kr = kr, .p = p, .row = row, .size = size, .room = 1};
    enum err e = query(db, s, params, &t);
    return e == ERR_OK && t.n == 0 ? ERR_ABSENT : e;
}

enum err db_list(struct db *db, const struct keyring *kr, struct pool *p, enum stmt s,
                 const struct db_param *params, size_t size, struct db_list *list_r)
{
    struct target t = {.kr = kr, .p = p, .size = size, .room = LIST_FIRST, .grows = true};
    t.row = pool_alloc(p, t.room * size);
    enum err e = query(db, s, params, &t);
    *list_r = (struct db_list){t.row, t.n};
    return e;
}
