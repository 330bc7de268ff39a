#include "core/store/callrec.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/clock.h"
#include "core/store/columns.h"

/* --- columns --- */

static struct row_context place(struct pool *p, const char *name, const char *app_id,
                                const char *nonce)
{
    return row_context_text(pool_printf(p, "call_record.%s|%s|%s", name, app_id, nonce));
}

static struct row_context place_of_found(struct pool *p, const char *name, const void *row)
{
    const struct callrec_found *f = row;
    return place(p, name, f->app_id, f->nonce);
}

/* The caller knows app_id and nonce and sets them before. */
static const struct row_column of_found[] = {
    COL_INT(struct callrec_found, call),        COL_INT(struct callrec_found, at_ms),
    COL_ERROR(struct callrec_found, error),     COL_SEALED(struct callrec_found, answer),
    COL_INT(struct callrec_found, day),         COL_TEXT(struct callrec_found, peer),
    COL_TEXT(struct callrec_found, peer_nonce),
};
const struct row_columns callrec_found_columns =
    ROW_COLUMNS(struct callrec_found, of_found, place_of_found);

static struct row_context place_of_ticket(struct pool *p, const char *name, const void *row)
{
    const struct callrec_ticket *t = row;
    return place(p, name, t->app_id, t->nonce);
}

static const struct row_column of_ticket[] = {
    COL_INT(struct callrec_ticket, day),        COL_TEXT(struct callrec_ticket, app_id),
    COL_TEXT(struct callrec_ticket, nonce),     COL_INT(struct callrec_ticket, expires),
    COL_INT(struct callrec_ticket, authz_day),  COL_BYTES(struct callrec_ticket, digest, 32),
    COL_TEXT(struct callrec_ticket, peer),      COL_SEALED(struct callrec_ticket, detail),
    COL_BYTES(struct callrec_ticket, sqbh, 16), COL_SEALED(struct callrec_ticket, answer),
};
const struct row_columns callrec_ticket_columns =
    ROW_COLUMNS(struct callrec_ticket, of_ticket, place_of_ticket);

static struct row_context place_of_use(struct pool *p, const char *name, const void *row)
{
    const struct callrec_use *u = row;
    return place(p, name, u->app_id, u->nonce);
}

static const struct row_column of_use[] = {
    COL_INT(struct callrec_use, call),      COL_INT(struct callrec_use, at_ms),
    COL_ERROR(struct callrec_use, error),   COL_TEXT(struct callrec_use, app_id),
    COL_TEXT(struct callrec_use, nonce),    COL_ARRAY(struct callrec_use, request_id),
    COL_TEXT(struct callrec_use, app_name), COL_SEALED(struct callrec_use, detail),
};
const struct row_columns callrec_use_columns =
    ROW_COLUMNS(struct callrec_use, of_use, place_of_use);

/* --- functions --- */

static struct db_param sealed(const struct keyring *kr, struct pool *p, const char *name,
                              const struct callrec *r, const char *text)
{
    return text == NULL
               ? DB_NULL
               : row_sealed(kr, p, place(p, name, r->app_id, r->nonce), text, strlen(text));
}

enum { COLUMNS = 20, COLUMN_DAY = 0, COLUMN_CALL = 3, COLUMN_SQBH = 7, CLAIM = 3 };

static void fill(struct db_param params[COLUMNS], const struct keyring *kr, struct pool *p,
                 const struct callrec *r)
{
    const struct db_param all[COLUMNS] = {
        DB_INT(clock_day(r->timestamp_sec)),
        DB_STR(r->app_id),
        DB_STR(r->nonce),
        DB_INT(r->call),
        DB_INT(r->at_ms),
        DB_BYTES(r->request_id, 16),
        DB_INT(strtol(err_row(r->error)->code, NULL, 10)),
        DB_BYTES(r->sqbh, 16),
        r->digest != NULL ? DB_INT(r->authz_day) : DB_NULL,
        DB_BYTES(r->digest, 32),
        sealed(kr, p, "detail", r, r->detail),
        sealed(kr, p, "answer", r, r->answer),
        DB_BYTES(r->ticket_hash, 32),
        r->ticket_hash != NULL ? DB_INT(r->ticket_expires) : DB_NULL,
        DB_STR(r->peer),
        DB_STR(r->peer_nonce),
        DB_BYTES(r->body_sm3, 32),
        DB_BYTES(r->signature, 64),
        DB_INT(r->timestamp_sec),
        DB_STR(r->query),
    };
    memcpy(params, all, sizeof all);
}

/* Near midnight the nonce is kept from being used under the other day too. */
static enum err insert_other_day(struct db *db, const struct db_param filled[COLUMNS],
                                 const struct callrec *r, int64_t window_sec)
{
    const int64_t margin = CALLREC_MIDNIGHT_SEC(window_sec);
    int32_t day = clock_day(r->timestamp_sec), before = clock_day(r->timestamp_sec - margin),
            after = clock_day(r->timestamp_sec + margin);
    int32_t other = before != day ? before : after;
    struct db_param params[COLUMNS];
    if (other == day)
        return ERR_OK;
    memcpy(params, filled, sizeof params);
    params[COLUMN_DAY] = DB_INT(other);
    params[COLUMN_CALL] = DB_INT(CALL_VOID);
    for (size_t i = COLUMN_SQBH; i < COLUMNS; i++)
        params[i] = DB_NULL;
    return db_exec(db, STMT_CALL_INSERT, params, NULL);
}

enum err callrec_insert(struct db *db, const struct keyring *kr, struct pool *p,
                        const struct callrec *r, int64_t window_sec)
{
    struct db_param params[COLUMNS];
    fill(params, kr, p, r);
    enum err e = insert_other_day(db, params, r, window_sec);
    if (e == ERR_OK)
        e = db_exec(db, STMT_CALL_INSERT, params, NULL);
    return e == ERR_DUPLICATE ? ERR_NONCE_USED : e;
}

enum err callrec_commit(struct db *db, const struct keyring *kr, struct pool *p,
                        const struct callrec *r, int64_t window_sec,
                        const struct callrec_claim *claim)
{
    struct db_param params[CLAIM + COLUMNS] = {DB_NULL, DB_NULL, DB_NULL};
    if (claim != NULL) {
        params[0] = DB_INT(claim->day);
        params[1] = DB_BYTES(claim->digest, 32);
        params[2] = DB_INT(claim->at_sec);
    }
    fill(params + CLAIM, kr, p, r);
    enum err e = insert_other_day(db, params + CLAIM, r, window_sec);
    if (e == ERR_OK)
        e = db_exec_commit(db, STMT_CALL_COMMIT, params);
    return e == ERR_DUPLICATE ? ERR_NONCE_USED : e;
}

enum err callrec_by_nonce(struct db *db, const struct keyring *kr, struct pool *p,
                          const char *app_id, const char *nonce, int64_t now_sec,
                          struct callrec_found *f_r)
{
    int32_t day = clock_day(now_sec);
    *f_r = (struct callrec_found){.app_id = app_id, .nonce = nonce};
    return db_find(
        db, kr, p, STMT_CALL_BY_NONCE,
        (struct db_param[]){DB_INT(day - 1), DB_INT(day + 1), DB_STR(app_id), DB_STR(nonce)},
        DB_INTO(f_r));
}

enum err callrec_end(struct db *db, const struct keyring *kr, struct pool *p, int32_t day,
                     const struct callrec *r)
{
    const struct db_param params[] = {
        DB_INT(strtol(err_row(r->error)->code, NULL, 10)),
        DB_BYTES(r->sqbh, 16),
        sealed(kr, p, "answer", r, r->answer),
        DB_BYTES(r->ticket_hash, 32),
        r->ticket_hash != NULL ? DB_INT(r->ticket_expires) : DB_NULL,
        DB_INT(day),
        DB_STR(r->app_id),
        DB_STR(r->nonce),
    };
    return db_exec(db, STMT_CALL_END, params, NULL);
}

enum err callrec_by_ticket(struct db *db, const struct keyring *kr, struct pool *p,
                           const uint8_t hash[32], int64_t now_sec, int64_t ttl_sec,
                           struct callrec_ticket *t_r)
{
    /* A day of grace behind the time of a ticket, so that an old one is told to be expired and not
     * unknown. */
    int32_t from = clock_day(now_sec - ttl_sec) - 1, to = clock_day(now_sec) + 1;
    return db_find(db, kr, p, STMT_CALL_BY_TICKET,
                   (struct db_param[]){DB_INT(from), DB_INT(to), DB_BYTES(hash, 32)}, DB_INTO(t_r));
}

enum err callrec_uses_page(struct db *db, const struct keyring *kr, struct pool *p,
                           const uint8_t sqbh[16], int32_t from_day,
                           const struct callrec_place *behind, size_t most,
                           struct callrec_use **list_r, size_t *n_r)
{
    static const struct callrec_place newest = {.at_ms = INT64_MAX};
    const struct callrec_place *b = behind != NULL ? behind : &newest;
    struct db_list list;
    enum err e = db_list(db, kr, p, STMT_CALL_USES,
                         (struct db_param[]){DB_BYTES(sqbh, 16), DB_INT(from_day), DB_INT(b->at_ms),
                                             DB_INT(b->at_ms), DB_BYTES(b->request_id, 16),
                                             DB_INT((int64_t)most)},
                         sizeof(struct callrec_use), &list);
    *list_r = list.row;
    *n_r = e == ERR_OK ? list.n : 0;
    return e;
}

enum err callrec_uses(struct db *db, const struct keyring *kr, struct pool *p,
                      const uint8_t sqbh[16], int32_t from_day, struct callrec_use **list_r,
                      size_t *n_r)
{
    return callrec_uses_page(db, kr, p, sqbh, from_day, NULL, CALLREC_USES_MOST, list_r, n_r);
}
