#include "core/store/route.h"

#include <string.h>

#include "core/base/text.h"
#include "core/store/columns.h"

/* --- routes --- */

static const struct row_column of_route[] = {
    COL_TEXT(struct route, system),
    COL_TEXT(struct route, name),
    COL_TEXT(struct route, base_url),
    COL_BLOB(struct route, key, key_len),
    COL_BLOB(struct route, previous_key, previous_key_len),
    COL_INT(struct route, previous_until),
    COL_TEXT(struct route, code_types),
    COL_INT(struct route, mode),
    COL_TEXT(struct route, parent),
    COL_INT(struct route, status),
    COL_INT(struct route, updated_at),
};
const struct row_columns route_columns = ROW_COLUMNS(struct route, of_route, NULL);

enum err route_find(struct db *db, struct pool *p, const char *system, struct route *r_r)
{
    *r_r = (struct route){0};
    return db_find(db, NULL, p, STMT_ROUTE_FIND, (struct db_param[]){DB_STR(system)}, DB_INTO(r_r));
}

enum err route_list(struct db *db, struct pool *p, struct route **list_r, size_t *n_r)
{
    struct db_list list;
    enum err e = db_list(db, NULL, p, STMT_ROUTE_LIST, NULL, sizeof(struct route), &list);
    *list_r = list.row;
    *n_r = list.n;
    return e;
}

static struct db_param sealed(const struct keyring *kr, struct pool *p, const char *place,
                              const char *text)
{
    return text == NULL ? DB_NULL : row_sealed(kr, p, row_context_text(place), text, strlen(text));
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

static char *body_place(struct pool *p, const uint8_t no[APPLICATION_NO_LEN])
{
    char hex[2 * APPLICATION_NO_LEN + 1];
    hex_encode(no, APPLICATION_NO_LEN, hex);
    return pool_printf(p, "route_application.body|%s", hex);
}

static struct row_context place_of(struct pool *p, const char *name, const void *row)
{
    (void)name; /* one column is sealed */
    return row_context_text(body_place(p, ((const struct application *)row)->no));
}

static const struct row_column of_application[] = {
    COL_ARRAY(struct application, no),        COL_TEXT(struct application, system),
    COL_TEXT(struct application, nonce),      COL_SEALED(struct application, body),
    COL_ARRAY(struct application, signed_by), COL_INT(struct application, status),
    COL_INT(struct application, at),          COL_BLOB(struct application, prefix, prefix_len),
    COL_FLAG(struct application, invited),
};
const struct row_columns application_columns =
    ROW_COLUMNS(struct application, of_application, place_of);

static const struct row_column of_counts[] = {
    COL_INT(struct application_counts, all),
    COL_INT(struct application_counts, of_system),
    COL_INT(struct application_counts, of_key),
    COL_INT(struct application_counts, of_address),
};
const struct row_columns application_count_columns =
    ROW_COLUMNS(struct application_counts, of_counts, NULL);

enum err application_insert(struct db *db, const struct keyring *kr, struct pool *p,
                            const struct application *a)
{
    const struct db_param params[] = {DB_BYTES(a->no, APPLICATION_NO_LEN),
                                      DB_STR(a->system),
                                      DB_STR(a->nonce),
                                      sealed(kr, p, body_place(p, a->no), a->body),
                                      DB_BYTES(a->signed_by, 32),
                                      DB_INT(a->status),
                                      DB_INT(a->at),
                                      DB_BYTES(a->prefix, a->prefix_len),
                                      DB_INT(a->invited)};
    enum err e = db_exec(db, STMT_APPLICATION_INSERT, params, NULL);
    return e == ERR_DUPLICATE ? ERR_NONCE_USED : e;
}

enum err application_count(struct db *db, struct pool *p, const struct application *a,
                           int64_t from_sec, struct application_counts *c_r)
{
    return db_find(db, NULL, p, STMT_APPLICATION_COUNT,
                   (struct db_param[]){DB_STR(a->system), DB_STR(a->system),
                                       DB_BYTES(a->signed_by, 32),
                                       DB_BYTES(a->prefix, a->prefix_len), DB_INT(from_sec)},
                   DB_INTO(c_r));
}

enum err application_prune(struct db *db, int64_t before_sec)
{
    return db_prune(db, STMT_APPLICATION_PRUNE, before_sec);
}

/* --- invitations --- */

enum err invitation_insert(struct db *db, const uint8_t code_hash[32], const char *system,
                           int64_t now_sec, int64_t expires_at)
{
    return db_exec(db, STMT_INVITATION_INSERT,
                   (struct db_param[]){DB_BYTES(code_hash, 32), DB_STR(system), DB_INT(now_sec),
                                       DB_INT(expires_at)},
                   NULL);
}

enum err invitation_claim(struct db *db, const uint8_t code_hash[32], const char *system,
                          int64_t now_sec)
{
    uint64_t n = 0;
    enum err e = db_exec(db, STMT_INVITATION_CLAIM,
                         (struct db_param[]){DB_INT(now_sec), DB_BYTES(code_hash, 32),
                                             DB_INT(now_sec), DB_STR(system)},
                         &n);
    return e == ERR_OK && n == 0 ? ERR_ABSENT : e;
}

enum err invitation_prune(struct db *db, int64_t before_sec)
{
    return db_prune(db, STMT_INVITATION_PRUNE, before_sec);
}

enum err application_find(struct db *db, const struct keyring *kr, struct pool *p,
                          const uint8_t no[APPLICATION_NO_LEN], struct application *a_r)
{
    return db_find(db, kr, p, STMT_APPLICATION_FIND,
                   (struct db_param[]){DB_BYTES(no, APPLICATION_NO_LEN)}, DB_INTO(a_r));
}

enum err application_pending(struct db *db, const struct keyring *kr, struct pool *p,
                             struct application **list_r, size_t *n_r)
{
    struct db_list list;
    enum err e =
        db_list(db, kr, p, STMT_APPLICATION_PENDING, NULL, sizeof(struct application), &list);
    *list_r = list.row;
    *n_r = list.n;
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

static const struct row_column of_trust_row[] = {
    COL_INT(struct trust_row, version),         COL_TEXT(struct trust_row, publisher),
    COL_INT(struct trust_row, issued_at),       COL_INT(struct trust_row, expires_at),
    COL_BLOB(struct trust_row, body, body_len),
};
const struct row_columns trust_row_columns = ROW_COLUMNS(struct trust_row, of_trust_row, NULL);

static enum err trust_row_read(struct db *db, struct pool *p, enum stmt s, int64_t param,
                               struct trust_row *r_r)
{
    return db_find(db, NULL, p, s, (struct db_param[]){DB_INT(param)}, DB_INTO(r_r));
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
