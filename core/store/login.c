#include "core/store/login.h"

#include <string.h>

#include "core/store/columns.h"

static struct row_context place(struct pool *p, const char *name, const void *row)
{
    const struct login_state *s = row;
    return row_context_key(p, pool_printf(p, "login_state.%s", name), s->state_hash, 32);
}

static const struct row_column of_state[] = {
    COL_SEALED(struct login_state, secrets),
    COL_TEXT(struct login_state, next_path),
    COL_INT(struct login_state, until),
};
const struct row_columns login_state_columns = ROW_COLUMNS(struct login_state, of_state, place);

enum err login_state_insert(struct db *db, const struct keyring *kr, struct pool *p,
                            const struct login_state *s)
{
    const struct db_param params[] = {
        DB_BYTES(s->state_hash, 32), DB_BYTES(s->browser_hash, 32),
        row_sealed(kr, p, place(p, "secrets", s), s->secrets, strlen(s->secrets)),
        DB_STR(s->next_path), DB_INT(s->until)};
    return db_exec(db, STMT_LOGIN_STATE_INSERT, params, NULL);
}

enum err login_state_take(struct db *db, const struct keyring *kr, struct pool *p,
                          struct login_state *s)
{
    uint64_t affected = 0;
    const struct db_param key[] = {DB_BYTES(s->state_hash, 32), DB_BYTES(s->browser_hash, 32)};
    enum err e = db_find(db, kr, p, STMT_LOGIN_STATE_FIND, key, DB_INTO(s));
    if (e == ERR_OK)
        e = db_exec(db, STMT_LOGIN_STATE_DELETE, key, &affected);
    return e == ERR_OK && affected != 1 ? ERR_ABSENT : e;
}

enum err logout_token_insert(struct db *db, const uint8_t jti_hash[32], int64_t until)
{
    return db_exec(db, STMT_LOGOUT_TOKEN_INSERT,
                   (struct db_param[]){DB_BYTES(jti_hash, 32), DB_INT(until)}, NULL);
}

enum err login_list(struct db *db, const struct keyring *kr, struct pool *p, const uint8_t *sub,
                    const uint8_t *sid, struct session **list_r, size_t *n_r)
{
    struct db_list list;
    enum err e = db_list(db, kr, p, sid != NULL ? STMT_SESSION_BY_SID : STMT_SESSION_BY_SUB,
                         (struct db_param[]){DB_BYTES(sid != NULL ? sid : sub, 32)},
                         sizeof(struct session), &list);
    *list_r = e == ERR_OK ? list.row : NULL;
    *n_r = e == ERR_OK ? list.n : 0;
    return e;
}

enum err login_prune(struct db *db, int64_t before_sec)
{
    enum err e = db_prune(db, STMT_LOGIN_STATE_PRUNE, before_sec);
    return e == ERR_OK ? db_prune(db, STMT_LOGOUT_TOKEN_PRUNE, before_sec) : e;
}
