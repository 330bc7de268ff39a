#include "core/store/authreq.h"

#include <string.h>

#include "core/store/columns.h"

/* --- columns --- */

static struct row_context place(struct pool *p, const uint8_t request_no[16])
{
    return row_context_key(p, "auth_request.grant", request_no, 16);
}

static struct row_context place_of(struct pool *p, const char *name, const void *row)
{
    (void)name; /* one column is sealed */
    return place(p, ((const struct authreq *)row)->request_no);
}

static const struct row_column of_authreq[] = {
    COL_ARRAY(struct authreq, request_no),
    COL_TEXT(struct authreq, app_id),
    COL_TEXT(struct authreq, purpose),
    COL_TEXT(struct authreq, xxlb),
    COL_INT(struct authreq, czqx),
    COL_TEXT(struct authreq, item_code),
    COL_TEXT(struct authreq, region),
    COL_TEXT(struct authreq, callback),
    COL_INT(struct authreq, expires_at),
    COL_INT(struct authreq, state),
    COL_SEALED(struct authreq, grant_answer),
    COL_TEXT(struct authreq, app_name),
    COL_TEXT(struct authreq, app_uscc),
    COL_BLOB(struct authreq, app_key, app_key_len),
    COL_FLAG(struct authreq, app_active),
};
const struct row_columns authreq_columns = ROW_COLUMNS(struct authreq, of_authreq, place_of);

/* --- functions --- */

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

static enum err find(struct db *db, const struct keyring *kr, struct pool *p, enum stmt s,
                     struct db_param key, struct authreq *r)
{
    *r = (struct authreq){0};
    return db_find(db, kr, p, s, &key, DB_INTO(r));
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
    uint64_t affected = 0;
    struct db_param sealed = DB_NULL;
    if (grant_answer != NULL)
        sealed = row_sealed(kr, p, place(p, request_no), grant_answer, strlen(grant_answer));
    enum err e = db_exec(db, STMT_AUTHREQ_DECIDE,
                         (struct db_param[]){DB_INT(state), DB_INT(now_sec), sealed,
                                             DB_BYTES(request_no, 16), DB_INT(now_sec)},
                         &affected);
    *won_r = affected == 1;
    return e;
}

enum err authreq_prune(struct db *db, int64_t before_sec)
{
    return db_prune(db, STMT_AUTHREQ_PRUNE, before_sec);
}
