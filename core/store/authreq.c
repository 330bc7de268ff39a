#include "core/store/authreq.h"

#include <string.h>

enum { PRUNE_STEP = 10000 }; /* as the statement says */

enum err authreq_insert(struct db *db, const struct authreq *r)
{
    const struct db_param params[] = {
        DB_BYTES(r->request_no, 16),
        DB_BYTES(r->code_hash, 32),
        DB_STR(r->app_id),
        DB_STR(r->purpose),
        DB_STR(r->xxlb),
        DB_INT(r->czqx),
        DB_STR(r->item_code),
        DB_STR(r->region),
        DB_STR(r->callback),
        DB_INT(r->created_at),
        DB_INT(r->expires_at),
    };
    return db_exec(db, STMT_AUTHREQ_INSERT, params, NULL);
}

/* Where a sealed answer belongs. */
static size_t context(char out[64], const uint8_t request_no[16])
{
    static const char column[] = "auth_request.grant";
    memcpy(out, column, sizeof column - 1);
    memcpy(out + sizeof column - 1, request_no, 16);
    return sizeof column - 1 + 16;
}

static const char *text(const struct db_cell *c)
{
    return c->null ? NULL : (const char *)c->p;
}

static enum err find(struct db *db, const struct keyring *kr, struct pool *p, enum stmt s,
                     struct db_param key, struct authreq *r)
{
    struct db_rows rows;
    char ctx[64];
    uint8_t *plain;
    size_t len;
    enum err e = db_query(db, p, s, &key, &rows);
    if (e != ERR_OK)
        return e;
    if (rows.n == 0)
        return ERR_ABSENT;
    const struct db_cell *c = rows.cell;
    *r = (struct authreq){.app_id = text(&c[1]),
                          .purpose = text(&c[2]),
                          .xxlb = text(&c[3]),
                          .czqx = (unsigned)c[4].i,
                          .item_code = text(&c[5]),
                          .region = text(&c[6]),
                          .callback = text(&c[7]),
                          .expires_at = c[8].i,
                          .state = (enum authreq_state)c[9].i,
                          .app_name = text(&c[11]),
                          .app_uscc = text(&c[12]),
                          .app_key = c[13].null ? NULL : c[13].p,
                          .app_key_len = c[13].null ? 0 : c[13].len,
                          .app_active = c[14].i == 1};
    memcpy(r->request_no, c[0].p, 16);
    if (c[10].null)
        return ERR_OK;
    if (keyring_unseal(kr, ctx, context(ctx, r->request_no), c[10].p, c[10].len, p, &plain, &len) !=
        ERR_OK)
        return ERR_STORAGE;
    r->grant_answer = (const char *)plain;
    return ERR_OK;
}

enum err authreq_by_code(struct db *db, const struct keyring *kr, struct pool *p,
                         const uint8_t code_hash[32], struct authreq *r)
{
    return find(db, kr, p, STMT_AUTHREQ_BY_CODE, DB_BYTES(code_hash, 32), r);
}

enum err authreq_by_no(struct db *db, const struct keyring *kr, struct pool *p,
                       const uint8_t request_no[16], struct authreq *r)
{
    return find(db, kr, p, STMT_AUTHREQ_BY_NO, DB_BYTES(request_no, 16), r);
}

enum err authreq_decide(struct db *db, const struct keyring *kr, struct pool *p,
                        const uint8_t request_no[16], enum authreq_state state,
                        const char *grant_answer, int64_t now_sec, bool *won_r)
{
    char ctx[64];
    uint8_t *sealed = NULL;
    size_t len = 0;
    uint64_t affected = 0;
    if (grant_answer != NULL)
        keyring_seal(kr, ctx, context(ctx, request_no), grant_answer, strlen(grant_answer), p,
                     &sealed, &len);
    enum err e = db_exec(db, STMT_AUTHREQ_DECIDE,
                         (struct db_param[]){DB_INT(state), DB_INT(now_sec), DB_BYTES(sealed, len),
                                             DB_BYTES(request_no, 16), DB_INT(now_sec)},
                         &affected);
    *won_r = affected == 1;
    return e;
}

enum err authreq_prune(struct db *db, int64_t before_sec)
{
    uint64_t affected = PRUNE_STEP;
    enum err e = ERR_OK;
    while (e == ERR_OK && affected == PRUNE_STEP) {
        e = db_exec(db, STMT_AUTHREQ_PRUNE, (struct db_param[]){DB_INT(before_sec)}, &affected);
        if (e == ERR_OK)
            e = db_commit(db);
    }
    return e;
}
