#include "core/store/callrec.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/clock.h"

static struct db_param sealed(const struct keyring *kr, struct pool *p, const char *column,
                              const char *app_id, const char *nonce, const char *text)
{
    if (text == NULL)
        return DB_NULL;
    char *context = pool_printf(p, "call_record.%s|%s|%s", column, app_id, nonce);
    uint8_t *out;
    size_t len;
    keyring_seal(kr, context, strlen(context), text, strlen(text), p, &out, &len);
    return DB_BYTES(out, len);
}

static enum err unseal_text(const struct keyring *kr, struct pool *p, const char *column,
                            const char *app_id, const char *nonce, const struct db_cell *c,
                            const char **text_r)
{
    char *context = pool_printf(p, "call_record.%s|%s|%s", column, app_id, nonce);
    uint8_t *plain;
    size_t len;
    *text_r = NULL;
    if (c->null)
        return ERR_OK;
    if (keyring_unseal(kr, context, strlen(context), c->p, c->len, p, &plain, &len) != ERR_OK)
        return ERR_STORAGE;
    *text_r = (const char *)plain;
    return ERR_OK;
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
        sealed(kr, p, "detail", r->app_id, r->nonce, r->detail),
        sealed(kr, p, "answer", r->app_id, r->nonce, r->answer),
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
    struct db_rows rows;
    int32_t day = clock_day(now_sec);
    enum err e = db_query(
        db, p, STMT_CALL_BY_NONCE,
        (struct db_param[]){DB_INT(day - 1), DB_INT(day + 1), DB_STR(app_id), DB_STR(nonce)},
        &rows);
    if (e != ERR_OK)
        return e;
    if (rows.n == 0)
        return ERR_ABSENT;
    const struct db_cell *c = rows.cell;
    char code[8] = "";
    if (c[2].i != 0)
        (void)snprintf(code, sizeof code, "%d", (int)c[2].i);
    *f_r = (struct callrec_found){.call = (enum call_id)c[0].i,
                                  .at_ms = c[1].i,
                                  .error = err_from_code(code),
                                  .day = (int32_t)c[4].i,
                                  .peer = c[5].null ? NULL : (const char *)c[5].p,
                                  .peer_nonce = c[6].null ? NULL : (const char *)c[6].p};
    return unseal_text(kr, p, "answer", app_id, nonce, &c[3], &f_r->answer);
}

enum err callrec_end(struct db *db, const struct keyring *kr, struct pool *p, int32_t day,
                     const struct callrec *r)
{
    const struct db_param params[] = {
        DB_INT(strtol(err_row(r->error)->code, NULL, 10)),
        DB_BYTES(r->sqbh, 16),
        sealed(kr, p, "answer", r->app_id, r->nonce, r->answer),
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
    struct db_rows rows;
    /* A day of grace behind the time of a ticket, so that an old one is told to be expired and not
     * unknown. */
    int32_t from = clock_day(now_sec - ttl_sec) - 1, to = clock_day(now_sec) + 1;
    enum err e = db_query(db, p, STMT_CALL_BY_TICKET,
                          (struct db_param[]){DB_INT(from), DB_INT(to), DB_BYTES(hash, 32)}, &rows);
    if (e != ERR_OK)
        return e;
    if (rows.n == 0)
        return ERR_ABSENT;
    const struct db_cell *c = rows.cell;
    *t_r = (struct callrec_ticket){.day = (int32_t)c[0].i,
                                   .app_id = (const char *)c[1].p,
                                   .expires = c[2].i,
                                   .authz_day = (int32_t)c[3].i,
                                   .digest = c[4].null ? NULL : c[4].p,
                                   .peer = c[7].null ? NULL : (const char *)c[7].p,
                                   .sqbh = c[8].null ? NULL : c[8].p};
    return unseal_text(kr, p, "detail", t_r->app_id, (const char *)c[5].p, &c[6], &t_r->detail);
}

static enum err error_of(int64_t code)
{
    char text[8] = "";
    if (code != 0)
        (void)snprintf(text, sizeof text, "%d", (int)code);
    return err_from_code(text);
}

enum err callrec_uses(struct db *db, const struct keyring *kr, struct pool *p,
                      const uint8_t sqbh[16], int32_t from_day, struct callrec_use **list_r,
                      size_t *n_r)
{
    struct db_rows rows;
    enum err e = db_query(db, p, STMT_CALL_USES,
                          (struct db_param[]){DB_BYTES(sqbh, 16), DB_INT(from_day)}, &rows);
    if (e != ERR_OK)
        return e;
    struct callrec_use *list = pool_alloc(p, (rows.n + 1) * sizeof *list);
    for (size_t i = 0; e == ERR_OK && i < rows.n; i++) {
        const struct db_cell *c = &rows.cell[i * 7];
        list[i] = (struct callrec_use){.call = (enum call_id)c[0].i,
                                       .at_ms = c[1].i,
                                       .error = error_of(c[2].i),
                                       .app_id = (const char *)c[3].p,
                                       .app_name = c[6].null ? NULL : (const char *)c[6].p};
        e = unseal_text(kr, p, "detail", list[i].app_id, (const char *)c[4].p, &c[5],
                        &list[i].detail);
    }
    *list_r = list;
    *n_r = rows.n;
    return e;
}
