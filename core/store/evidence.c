#include "core/store/evidence.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/rand.h"

static size_t context(char out[64], const uint8_t id[16])
{
    static const char column[] = "evidence.answer";
    memcpy(out, column, sizeof column - 1);
    memcpy(out + sizeof column - 1, id, 16);
    return sizeof column - 1 + 16;
}

enum err evidence_insert(struct db *db, const struct keyring *kr, struct pool *p,
                         const struct evidence *v)
{
    uint8_t id[16], *sealed;
    char ctx[64];
    size_t len;
    rand_bytes(id, sizeof id);
    keyring_seal(kr, ctx, context(ctx, id), v->answer, v->answer_len, p, &sealed, &len);
    const struct db_param params[] = {
        DB_INT(v->at_ms / 86400000),
        DB_BYTES(id, 16),
        DB_INT(v->at_ms),
        DB_BYTES(v->sqbh, 16),
        DB_INT(v->role),
        DB_STR(v->peer),
        DB_STR(v->request_string),
        DB_STR(v->authorization),
        DB_INT(v->status),
        DB_BYTES(sealed, len),
        DB_STR(v->receipt_system),
        v->receipt_time != NULL ? DB_INT(strtoll(v->receipt_time, NULL, 10)) : DB_NULL,
        DB_STR(v->receipt_signature),
        DB_BYTES(v->ticket_hash, 32),
    };
    return db_exec(db, STMT_EVIDENCE_INSERT, params, NULL);
}

static const char *text(const struct db_cell *c)
{
    return c->null ? NULL : (const char *)c->p;
}

static enum err read_calls(struct db *db, struct pool *p, const uint8_t sqbh[16],
                           struct evidence_call **list_r, size_t *n_r)
{
    struct db_rows rows;
    enum err e =
        db_query(db, p, STMT_EVIDENCE_CALLS, (struct db_param[]){DB_BYTES(sqbh, 16)}, &rows);
    if (e != ERR_OK)
        return e;
    struct evidence_call *list = pool_alloc(p, (rows.n + 1) * sizeof *list);
    for (size_t i = 0; i < rows.n; i++) {
        const struct db_cell *c = &rows.cell[i * 10];
        list[i] = (struct evidence_call){.app_id = text(&c[0]),
                                         .nonce = text(&c[1]),
                                         .interface = (int)c[2].i,
                                         .error = (int)c[3].i,
                                         .at_ms = c[4].i,
                                         .sent_at = c[5].i,
                                         .body_sm3 = c[6].null ? NULL : c[6].p,
                                         .signature = c[7].null ? NULL : c[7].p,
                                         .peer = text(&c[8]),
                                         .query = text(&c[9])};
    }
    *list_r = list;
    *n_r = rows.n;
    return ERR_OK;
}

enum err evidence_by_sqbh(struct db *db, const struct keyring *kr, struct pool *p,
                          const uint8_t sqbh[16], struct evidence **list_r, size_t *n_r,
                          struct evidence_call **calls_r, size_t *calls_n_r)
{
    struct db_rows rows;
    char ctx[64];
    enum err e = read_calls(db, p, sqbh, calls_r, calls_n_r);
    if (e == ERR_OK)
        e = db_query(db, p, STMT_EVIDENCE_BY_SQBH,
                     (struct db_param[]){DB_BYTES(sqbh, 16), DB_BYTES(sqbh, 16)}, &rows);
    if (e != ERR_OK)
        return e;
    struct evidence *list = pool_alloc(p, (rows.n + 1) * sizeof *list);
    for (size_t i = 0; i < rows.n; i++) {
        const struct db_cell *c = &rows.cell[i * 11];
        uint8_t *plain;
        size_t len;
        if (keyring_unseal(kr, ctx, context(ctx, c[0].p), c[7].p, c[7].len, p, &plain, &len) !=
            ERR_OK)
            return ERR_STORAGE;
        list[i] = (struct evidence){
            .at_ms = c[1].i,
            .sqbh = sqbh,
            .role = (enum evidence_role)c[2].i,
            .peer = text(&c[3]),
            .request_string = text(&c[4]),
            .authorization = text(&c[5]),
            .status = (int)c[6].i,
            .answer = (const char *)plain,
            .answer_len = len,
            .receipt_system = text(&c[8]),
            .receipt_time = c[9].null ? NULL : pool_printf(p, "%lld", (long long)c[9].i),
            .receipt_signature = text(&c[10])};
    }
    *list_r = list;
    *n_r = rows.n;
    return ERR_OK;
}
