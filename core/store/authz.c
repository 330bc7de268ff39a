#include "core/store/authz.h"

#include <string.h>

#include "core/base/clock.h"
#include "core/store/columns.h"

/* --- columns --- */

static struct row_context place(struct pool *p, const char *name, const uint8_t digest[32])
{
    return row_context_key(p, pool_printf(p, "authz.%s", name), digest, 32);
}

static struct row_context place_of(struct pool *p, const char *name, const void *row)
{
    return place(p, name, ((const struct authz *)row)->digest);
}

/* The caller knows the digest and sets it before. */
static const struct row_column of_authz[] = {
    COL_ARRAY(struct authz, sqbh),      COL_INT(struct authz, type),
    COL_ARRAY(struct authz, code_hash), COL_TEXT(struct authz, channel),
    COL_SEALED(struct authz, subject),  COL_SEALED(struct authz, record),
    COL_INT(struct authz, deadline),    COL_FLAG(struct authz, single_use),
    COL_INT(struct authz, state),       COL_INT(struct authz, uses),
    COL_TEXT(struct authz, app_id),     COL_INT(struct authz, issued_at),
};
const struct row_columns authz_columns = ROW_COLUMNS(struct authz, of_authz, place_of);

static const struct row_column of_list[] = {
    COL_INT(struct authz, day),       COL_ARRAY(struct authz, digest),
    COL_ARRAY(struct authz, sqbh),    COL_INT(struct authz, type),
    COL_SEALED(struct authz, record), COL_INT(struct authz, issued_at),
    COL_INT(struct authz, deadline),  COL_FLAG(struct authz, single_use),
    COL_INT(struct authz, state),     COL_INT(struct authz, uses),
    COL_FLAG(struct authz, touched),
};
const struct row_columns authz_list_columns = ROW_COLUMNS(struct authz, of_list, place_of);

static const struct row_column of_key[] = {
    COL_INT(struct authz, day),
    COL_ARRAY(struct authz, digest),
    COL_TEXT(struct authz, app_id),
    COL_ARRAY(struct authz, subject_index),
};
const struct row_columns authz_key_columns = ROW_COLUMNS(struct authz, of_key, NULL);

/* --- functions --- */

static struct db_param sealed(const struct keyring *kr, struct pool *p, const char *name,
                              const uint8_t digest[32], const char *text)
{
    return row_sealed(kr, p, place(p, name, digest), text, strlen(text));
}

const char *authz_type_name(int type)
{
    if (type == AUTHZ_TYPE_SCAN)
        return "SCAN";
    return type >= 0 && type < CODE_TYPE_MAX ? code_type_row((enum code_type)type)->name : "?";
}

void authz_subject_index(const struct keyring *kr, const char *id_type, const char *id_no,
                         uint8_t out[32])
{
    const struct sm3_part parts[] = {{id_type, strlen(id_type)}, {id_no, strlen(id_no)}};
    keyring_index(kr, "authz.subject", parts, 2, out);
}

enum err authz_insert(struct db *db, const struct keyring *kr, struct pool *p,
                      const struct authz *a)
{
    const struct db_param params[] = {
        DB_INT(a->day),
        DB_BYTES(a->digest, 32),
        DB_BYTES(a->sqbh, 16),
        DB_INT(a->type),
        DB_BYTES(a->code_hash, 32),
        DB_STR(a->channel),
        DB_STR(a->app_id),
        DB_BYTES(a->subject_index, 32),
        sealed(kr, p, "subject", a->digest, a->subject),
        sealed(kr, p, "record", a->digest, a->record),
        DB_INT(a->issued_at),
        DB_INT(a->deadline),
        DB_INT(a->single_use),
        DB_INT(a->state),
        (int)a->type == AUTHZ_TYPE_SCAN ? DB_INT(a->issued_at) : DB_NULL, /* given is used */
    };
    return db_exec(db, STMT_AUTHZ_INSERT, params, NULL);
}

enum err authz_find(struct db *db, const struct keyring *kr, struct pool *p, int32_t day,
                    const uint8_t digest[32], struct authz *a_r)
{
    *a_r = (struct authz){.day = day};
    memcpy(a_r->digest, digest, 32);
    return db_find(db, kr, p, STMT_AUTHZ_BY_DIGEST,
                   (struct db_param[]){DB_INT(day), DB_BYTES(digest, 32)}, DB_INTO(a_r));
}

enum err authz_hold(struct db *db, struct pool *p, int32_t day, const uint8_t digest[32],
                    enum authz_state *state_r)
{
    struct row_number state;
    enum err e = db_find(db, NULL, p, STMT_AUTHZ_STATE_HELD,
                         (struct db_param[]){DB_INT(day), DB_BYTES(digest, 32)}, DB_INTO(&state));
    if (e == ERR_OK)
        *state_r = (enum authz_state)state.n;
    return e;
}

static enum err find_key(struct db *db, struct pool *p, const uint8_t sqbh[16], struct authz *a_r)
{
    return db_find(db, NULL, p, STMT_AUTHZ_BY_SQBH, (struct db_param[]){DB_BYTES(sqbh, 16)},
                   DB_INTO(a_r));
}

enum err authz_end_unused(struct db *db, int32_t day, const uint8_t digest[32])
{
    return db_exec(db, STMT_AUTHZ_REPLACE, (struct db_param[]){DB_INT(day), DB_BYTES(digest, 32)},
                   NULL);
}

enum err authz_replace(struct db *db, struct pool *p, const uint8_t sqbh[16], const char *app_id,
                       const uint8_t subject_index[32])
{
    struct authz a;
    enum err e = find_key(db, p, sqbh, &a);
    if (e == ERR_ABSENT || (e == ERR_OK && strcmp(a.app_id, app_id) != 0))
        return ERR_AUTHZ_UNKNOWN;
    if (e != ERR_OK)
        return e;
    if (!crypto_equal(a.subject_index, subject_index, 32))
        return ERR_AUTHZ_SUBJECT;
    return db_exec(db, STMT_AUTHZ_REPLACE,
                   (struct db_param[]){DB_INT(a.day), DB_BYTES(a.digest, 32)}, NULL);
}

enum err authz_by_sqbh(struct db *db, struct pool *p, const uint8_t sqbh[16], struct authz_key *k_r)
{
    struct authz *a = pool_alloc(p, sizeof *a);
    enum err e = find_key(db, p, sqbh, a);
    if (e == ERR_OK)
        *k_r = (struct authz_key){a->day, a->digest, a->subject_index};
    return e;
}

enum err authz_revoke(struct db *db, int32_t day, const uint8_t digest[32], int64_t at_sec)
{
    return db_exec(db, STMT_AUTHZ_REVOKE,
                   (struct db_param[]){DB_INT(at_sec), DB_INT(day), DB_BYTES(digest, 32)}, NULL);
}

enum err authz_tried(struct db *db, int32_t day, const uint8_t digest[32], int64_t at_sec)
{
    return db_exec(db, STMT_AUTHZ_TRIED,
                   (struct db_param[]){DB_INT(at_sec), DB_INT(day), DB_BYTES(digest, 32)}, NULL);
}

enum err authz_page(struct db *db, const struct keyring *kr, struct pool *p,
                    const struct authz_page *page, struct authz **list_r, size_t *n_r)
{
    static const enum stmt statements[] = {[AUTHZ_USED] = STMT_AUTHZ_PAGE_USED,
                                           [AUTHZ_OPEN] = STMT_AUTHZ_PAGE_OPEN,
                                           [AUTHZ_OPEN_UNUSED] = STMT_AUTHZ_PAGE_OPEN,
                                           [AUTHZ_OVER] = STMT_AUTHZ_PAGE_OVER};
    bool open = page->which == AUTHZ_OPEN || page->which == AUTHZ_OPEN_UNUSED;
    /* A row's day is that of its deadline: those of days before the bound need not be looked at. */
    int64_t from = open ? page->now_sec : page->since;
    struct db_param params[9] = {DB_BYTES(page->subject_index, 32),
                                 DB_INT(clock_day(from)),
                                 DB_INT(page->since),
                                 DB_INT(page->before_at),
                                 DB_INT(page->before_at),
                                 DB_BYTES(page->before_sqbh, 16)};
    size_t n = 6;
    if (page->which != AUTHZ_USED)
        params[n++] = DB_INT(page->now_sec);
    if (open)
        params[n++] = DB_INT(page->which == AUTHZ_OPEN_UNUSED);
    params[n] = DB_INT((int64_t)page->most);
    struct db_list list;
    enum err e = db_list(db, kr, p, statements[page->which], params, sizeof(struct authz), &list);
    *list_r = list.row;
    *n_r = e == ERR_OK ? list.n : 0;
    return e;
}
