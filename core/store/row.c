#include "core/store/row.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "core/base/log.h"
#include "core/crypto/keyring.h"
#include "core/store/columns.h"
#include "core/store/db.h"

bool row_is_number(enum row_kind k)
{
    return k <= ROW_ERROR;
}
_Static_assert(ROW_INT32 == 0 && ROW_ERROR + 1 == ROW_TEXT, "the kinds that are numbers are first");

bool row_columns_fit(const struct row_columns *t, const struct row_result *results, unsigned n,
                     struct pool *p, const char **why_r)
{
    if (n != t->n) {
        *why_r = pool_printf(p, "%u columns instead of %u", n, t->n);
        return false;
    }
    for (unsigned i = 0; i < n; i++) {
        const struct row_column *c = &t->column[i];
        if (strcmp(results[i].name, c->name) != 0) {
            *why_r =
                pool_printf(p, "column %u is %s instead of %s", i + 1, results[i].name, c->name);
            return false;
        }
        if (results[i].number != row_is_number(c->kind)) {
            *why_r = pool_printf(p, "column %s holds %s instead of %s", c->name,
                                 results[i].number ? "numbers" : "bytes",
                                 row_is_number(c->kind) ? "numbers" : "bytes");
            return false;
        }
    }
    return true;
}

/* --- members --- */

static enum err error_of(int64_t code)
{
    char text[24] = "";
    if (code != 0)
        (void)snprintf(text, sizeof text, "%lld", (long long)code);
    return err_from_code(text);
}

static bool put_number(const struct row_column *c, int64_t i, uint8_t *member)
{
    const int32_t narrow = (int32_t)i;
    const bool flag = i != 0;
    const enum err e = c->kind == ROW_ERROR ? error_of(i) : ERR_OK;
    switch (c->kind) {
    case ROW_INT32:
        memcpy(member, &narrow, sizeof narrow);
        return narrow == i;
    case ROW_INT64:
        memcpy(member, &i, sizeof i);
        return true;
    case ROW_FLAG:
        memcpy(member, &flag, sizeof flag);
        return true;
    default:
        memcpy(member, &e, sizeof e);
        return true;
    }
}

static void put_len(const struct row_column *c, size_t len, uint8_t *row)
{
    if (c->len_offset != ROW_NO_LEN)
        memcpy(row + c->len_offset, &len, sizeof len);
}

static bool put_bytes(const struct row_column *c, const struct row_cell *cell, struct pool *p,
                      uint8_t *row)
{
    const void *at = NULL;
    if (c->kind == ROW_ARRAY) {
        memset(row + c->offset, 0, c->size);
        if (cell->null)
            return true;
        if (cell->len == c->size)
            memcpy(row + c->offset, cell->p, c->size);
        return cell->len == c->size;
    }
    if (!cell->null)
        at = cell->kept ? cell->p : (const void *)pool_strndup(p, (const char *)cell->p, cell->len);
    memcpy(row + c->offset, &at, sizeof at);
    put_len(c, cell->null ? 0 : cell->len, row);
    return cell->null || c->kind != ROW_BYTES || cell->len == c->size;
}

static bool put_sealed(const struct row_columns *t, const struct row_column *c,
                       const struct row_cell *cell, const struct keyring *kr, struct pool *p,
                       uint8_t *row)
{
    uint8_t *plain = NULL;
    size_t len = 0;
    bool opens = true;
    assert(kr != NULL && t->context != NULL);
    if (!cell->null) {
        struct row_context ctx = t->context(p, c->name, row);
        opens = keyring_unseal(kr, ctx.p, ctx.len, cell->p, cell->len, p, &plain, &len) == ERR_OK;
    }
    memcpy(row + c->offset, &plain, sizeof plain);
    put_len(c, len, row);
    return opens;
}

enum err row_read(const struct row_columns *t, const struct row_cell *cells,
                  const struct keyring *kr, struct pool *p, void *row)
{
    /* Sealed ones last: the place that they are bound to is told by the others. */
    for (int sealed = 0; sealed < 2; sealed++)
        for (unsigned i = 0; i < t->n; i++) {
            const struct row_column *c = &t->column[i];
            bool fits;
            if ((c->kind == ROW_SEALED) != (sealed == 1))
                continue;
            if (row_is_number(c->kind))
                fits = put_number(c, cells[i].null ? 0 : cells[i].i, (uint8_t *)row + c->offset);
            else if (sealed)
                fits = put_sealed(t, c, &cells[i], kr, p, row);
            else
                fits = put_bytes(c, &cells[i], p, row);
            if (!fits) {
                log_msg(LOG_ERROR, "storage", "column %s: %s", c->name,
                        sealed ? "the sealed value does not open" : "the value does not fit");
                return ERR_STORAGE;
            }
        }
    return ERR_OK;
}

/* --- sealing --- */

struct db_param row_sealed(const struct keyring *kr, struct pool *p, struct row_context place,
                           const void *plain, size_t len)
{
    uint8_t *out;
    size_t out_len;
    if (plain == NULL)
        return DB_NULL;
    keyring_seal(kr, place.p, place.len, plain, len, p, &out, &out_len);
    return DB_BYTES(out, out_len);
}

struct row_context row_context_text(const char *text)
{
    return (struct row_context){text, strlen(text)};
}

struct row_context row_context_key(struct pool *p, const char *name, const void *key, size_t len)
{
    size_t n = strlen(name);
    uint8_t *out = pool_alloc(p, n + len);
    memcpy(out, name, n);
    memcpy(out + n, key, len);
    return (struct row_context){out, n + len};
}

/* --- tables that belong to nobody --- */

const struct row_columns no_columns = {0};

static const struct row_column number_column[] = {COL_INT(struct row_number, n)};
const struct row_columns number_columns = ROW_COLUMNS(struct row_number, number_column, NULL);

static const struct row_column name_column[] = {COL_TEXT(struct row_name, name)};
const struct row_columns name_columns = ROW_COLUMNS(struct row_name, name_column, NULL);
