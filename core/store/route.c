#include "core/store/route.h"

#include <string.h>

#include "core/base/text.h"

static const char *text(const struct db_cell *c)
{
    return c->null ? NULL : (const char *)c->p;
}

/* --- routes --- */

enum { ROUTE_COLUMNS = 11 };

static void read_route(const struct db_cell *c, struct route *r)
{
    *r = (struct route){.system = text(&c[0]),
                        .name = text(&c[1]),
                        .base_url = text(&c[2]),
                        .key = c[3].p,
                        .key_len = c[3].len,
                        .previous_key = c[4].null ? NULL : c[4].p,
                        .previous_key_len = c[4].len,
                        .previous_until = c[5].null ? 0 : c[5].i,
                        .code_types = text(&c[6]),
                        .mode = (enum route_mode)c[7].i,
                        .parent = text(&c[8]),
                        .status = (enum route_status)c[9].i,
                        .updated_at = c[10].i};
}

enum err route_find(struct db *db, struct pool *p, const char *system, struct route *r_r)
{
    struct db_rows rows;
    enum err e = db_query(db, p, STMT_ROUTE_FIND, (struct db_param[]){DB_STR(system)}, &rows);
    if (e != ERR_OK)
        return e;
    if (rows.n == 0)
        return ERR_ABSENT;
    read_route(rows.cell, r_r);
    return ERR_OK;
}

enum err route_list(struct db *db, struct pool *p, struct route **list_r, size_t *n_r)
{
    struct db_rows rows;
    enum err e = db_query(db, p, STMT_ROUTE_LIST, NULL, &rows);
    if (e != ERR_OK)
        return e;
    *list_r = pool_alloc(p, (rows.n + 1) * sizeof **list_r);
    *n_r = rows.n;
    for (size_t i = 0; i < rows.n; i++)
        read_route(&rows.cell[i * ROUTE_COLUMNS], &(*list_r)[i]);
    return ERR_OK;
}

static struct db_param sealed(const struct keyring *kr, struct pool *p, const char *context,
                              const char *plain)
{
    uint8_t *out;
    size_t len;
    if (plain == NULL)
        return DB_NULL;
    keyring_seal(kr, context, strlen(context), plain, strlen(plain), p, &out, &len);
    return DB_BYTES(out, len);
}

enum err route_put(struct db *db, const struct keyring *kr, struct pool *p, const struct route *r)
{
    const struct db_param params[] = {
        DB_STR(r->system),
        DB_STR(r->name),
        DB_STR(r->base_url),
        DB_BYTES(r->key, r->key_len),
        DB_BYTES(r->previous_key, r->previous_key_len),
        r->previous_key != NULL ? DB_INT(r->previous_until) : DB_NULL,
        DB_STR(r->code_types),
        DB_INT(r->mode),
        DB_STR(r->parent),
        sealed(kr, p, pool_printf(p, "route.contact|%s", r->system), r->contact),
        DB_INT(r->status),
        DB_INT(r->updated_at)};
    return db_exec(db, STMT_ROUTE_UPSERT, params, NULL);
}

enum err route_set_status(struct db *db, const char *system, enum route_status status,
                          int64_t now_sec)
{
    uint64_t n = 0;
    enum err e = db_exec(
        db, STMT_ROUTE_STATUS,
        (struct db_param[]){DB_INT(status), DB_INT(now_sec), DB_STR(system), DB_INT(status)}, &n);
    return e == ERR_OK && n == 0 ? ERR_ABSENT : e;
}

/* --- applications --- */

enum { APPLICATION_COLUMNS = 7 };

static char *body_context(struct pool *p, const uint8_t no[APPLICATION_NO_LEN])
{
    char hex[2 * APPLICATION_NO_LEN + 1];
    hex_encode(no, APPLICATION_NO_LEN, hex);
    return pool_printf(p, "route_application.body|%s", hex);
}

enum err application_insert(struct db *db, const struct keyring *kr, struct pool *p,
                            const struct application *a)
{
    const struct db_param params[] = {DB_BYTES(a->no, APPLICATION_NO_LEN),
                                      DB_STR(a->system),
                                      DB_STR(a->nonce),
                                      sealed(kr, p, body_context(p, a->no), a->body),
                                      DB_BYTES(a->signed_by, 32),
                                      DB_INT(a->status),
                                      DB_INT(a->at)};
    enum err e = db_exec(db, STMT_APPLICATION_INSERT, params, NULL);
    return e == ERR_DUPLICATE ? ERR_NONCE_USED : e;
}

enum err application_count(struct db *db, struct pool *p, const char *system,
                           const uint8_t signed_by[32], struct application_counts *c_r)
{
    struct db_rows rows;
    enum err e = db_query(
        db, p, STMT_APPLICATION_COUNT,
        (struct db_param[]){DB_STR(system), DB_STR(system), DB_BYTES(signed_by, 32)}, &rows);
    if (e == ERR_OK)
        *c_r = (struct application_counts){rows.cell[0].i, rows.cell[1].i, rows.cell[2].i};
    return e;
}

static enum err read_application(const struct keyring *kr, struct pool *p, const struct db_cell *c,
                                 struct application *a)
{
    uint8_t *plain;
    size_t len;
    *a = (struct application){.system = text(&c[1]),
                              .nonce = text(&c[2]),
                              .status = (enum application_status)c[5].i,
                              .at = c[6].i};
    memcpy(a->no, c[0].p, sizeof a->no);
    memcpy(a->signed_by, c[4].p, sizeof a->signed_by);
    char *context = body_context(p, a->no);
    if (keyring_unseal(kr, context, strlen(context), c[3].p, c[3].len, p, &plain, &len) != ERR_OK)
        return ERR_STORAGE;
    a->body = (const char *)plain;
    return ERR_OK;
}

enum err application_find(struct db *db, const struct keyring *kr, struct pool *p,
                          const uint8_t no[APPLICATION_NO_LEN], struct application *a_r)
{
    struct db_rows rows;
    enum err e = db_query(db, p, STMT_APPLICATION_FIND,
                          (struct db_param[]){DB_BYTES(no, APPLICATION_NO_LEN)}, &rows);
    if (e != ERR_OK)
        return e;
    return rows.n == 0 ? ERR_ABSENT : read_application(kr, p, rows.cell, a_r);
}

enum err application_pending(struct db *db, const struct keyring *kr, struct pool *p,
                             struct application **list_r, size_t *n_r)
{
    struct db_rows rows;
    enum err e = db_query(db, p, STMT_APPLICATION_PENDING, NULL, &rows);
    if (e != ERR_OK)
        return e;
    *list_r = pool_alloc(p, (rows.n + 1) * sizeof **list_r);
    *n_r = rows.n;
    for (size_t i = 0; e == ERR_OK && i < rows.n; i++)
        e = read_application(kr, p, &rows.cell[i * APPLICATION_COLUMNS], &(*list_r)[i]);
    return e;
}

enum err application_decide(struct db *db, const uint8_t no[APPLICATION_NO_LEN],
                            enum application_status status, int64_t now_sec)
{
    uint64_t n = 0;
    enum err e = db_exec(
        db, STMT_APPLICATION_DECIDE,
        (struct db_param[]){DB_INT(status), DB_INT(now_sec), DB_BYTES(no, APPLICATION_NO_LEN)}, &n);
    return e == ERR_OK && n == 0 ? ERR_ABSENT : e;
}

/* --- trust lists --- */

static enum err trust_row_read(struct db *db, struct pool *p, enum stmt s, int64_t param,
                               struct trust_row *r_r)
{
    struct db_rows rows;
    enum err e = db_query(db, p, s, (struct db_param[]){DB_INT(param)}, &rows);
    if (e != ERR_OK)
        return e;
    if (rows.n == 0)
        return ERR_ABSENT;
    const struct db_cell *c = rows.cell;
    *r_r = (struct trust_row){.version = c[0].i,
                              .publisher = text(&c[1]),
                              .issued_at = c[2].i,
                              .expires_at = c[3].i,
                              .body = text(&c[4]),
                              .body_len = c[4].len};
    return ERR_OK;
}

enum err trust_row_latest(struct db *db, struct pool *p, int64_t newer_than, struct trust_row *r_r)
{
    return trust_row_read(db, p, STMT_TRUST_LATEST, newer_than, r_r);
}

enum err trust_row_at(struct db *db, struct pool *p, int64_t at_sec, struct trust_row *r_r)
{
    return trust_row_read(db, p, STMT_TRUST_AT, at_sec, r_r);
}

enum err trust_row_insert(struct db *db, const struct trust_row *r, int64_t now_sec)
{
    return db_exec(db, STMT_TRUST_INSERT,
                   (struct db_param[]){DB_INT(r->version), DB_STR(r->publisher),
                                       DB_INT(r->issued_at), DB_INT(r->expires_at),
                                       DB_BYTES(r->body, r->body_len), DB_INT(now_sec)},
                   NULL);
}

enum err trust_row_prune(struct db *db, const char *publisher, int64_t expired_before)
{
    return db_exec(db, STMT_TRUST_PRUNE,
                   (struct db_param[]){DB_STR(publisher), DB_INT(expired_before)}, NULL);
}

enum err change_next(struct db *db)
{
    return db_exec(db, STMT_CHANGE_NEXT, NULL, NULL);
}
