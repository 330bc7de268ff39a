#include "core/store/session.h"

#include <string.h>

#include "core/store/columns.h"

/* --- columns --- */

static struct row_context place(struct pool *p, const char *name, const uint8_t *no)
{
    return row_context_key(p, pool_printf(p, "person_session.%s", name), no, SESSION_NO_LEN);
}

static struct row_context place_of(struct pool *p, const char *name, const void *row)
{
    return place(p, name, ((const struct session *)row)->session_no);
}

static const struct row_column of_session[] = {
    COL_ARRAY(struct session, session_no),
    COL_INT(struct session, token_until),
    COL_INT(struct session, kind),
    COL_TEXT(struct session, app_id),
    COL_SEALED(struct session, subject),
    COL_ARRAY(struct session, subject_index),
    COL_SEALED(struct session, acting),
    COL_TEXT(struct session, channel),
    COL_TEXT(struct session, embed_origin),
    COL_TEXT(struct session, return_url),
    COL_TEXT(struct session, scene),
    COL_TEXT(struct session, classes),
    COL_BYTES(struct session, shown_sqbh, 16),
    COL_INT(struct session, shown_day),
    COL_BYTES(struct session, shown_digest, 32),
    COL_INT(struct session, auth_at),
    COL_INT(struct session, created_at),
    COL_INT(struct session, seen_at),
    COL_INT(struct session, ends_at),
    COL_INT(struct session, state),
    COL_SEALED(struct session, enterprises),
    COL_SEALED(struct session, login),
};
const struct row_columns session_columns = ROW_COLUMNS(struct session, of_session, place_of);

static const struct row_column of_held[] = {
    COL_INT(struct session, state),
    COL_BYTES(struct session, shown_sqbh, 16),
};
const struct row_columns session_held_columns = ROW_COLUMNS(struct session, of_held, NULL);

static const struct row_column of_used[] = {
    COL_ARRAY(struct session_used, session_no),
    COL_ARRAY(struct session_used, shown_digest),
};
const struct row_columns session_used_columns = ROW_COLUMNS(struct session_used, of_used, NULL);

static const struct row_column of_origin_app[] = {
    COL_TEXT(struct origin_app, app_id),
    COL_TEXT(struct origin_app, name),
    COL_TEXT(struct origin_app, dialect),
};
const struct row_columns origin_app_columns = ROW_COLUMNS(struct origin_app, of_origin_app, NULL);

/* --- functions --- */

static struct db_param sealed(const struct keyring *kr, struct pool *p, const char *name,
                              const uint8_t *no, const char *text)
{
    return row_sealed(kr, p, place(p, name, no), text, text != NULL ? strlen(text) : 0);
}

enum err session_insert(struct db *db, const struct keyring *kr, struct pool *p,
                        const struct session *s)
{
    const struct db_param params[] = {
        DB_BYTES(s->session_no, SESSION_NO_LEN),
        DB_BYTES(s->token_hash, 32),
        s->token_hash != NULL ? DB_INT(s->token_until) : DB_NULL,
        DB_BYTES(s->key_hash, 32),
        DB_INT(s->kind),
        DB_STR(s->app_id),
        sealed(kr, p, "subject", s->session_no, s->subject),
        DB_BYTES(s->subject_index, 32),
        sealed(kr, p, "acting", s->session_no, s->acting),
        DB_STR(s->channel),
        DB_STR(s->embed_origin),
        DB_STR(s->return_url),
        DB_STR(s->scene),
        DB_INT(s->auth_at),
        DB_INT(s->created_at),
        DB_INT(s->created_at),
        DB_INT(s->ends_at),
        sealed(kr, p, "enterprises", s->session_no, s->enterprises),
        sealed(kr, p, "login", s->session_no, s->login),
        DB_BYTES(s->login_sub, 32),
        DB_BYTES(s->login_sid, 32),
    };
    return db_exec(db, STMT_SESSION_INSERT, params, NULL);
}

static enum err find(struct db *db, const struct keyring *kr, struct pool *p, enum stmt s,
                     struct db_param key, struct session *s_r)
{
    *s_r = (struct session){.token_hash = NULL};
    return db_find(db, kr, p, s, &key, DB_INTO(s_r));
}

enum err session_by_key(struct db *db, const struct keyring *kr, struct pool *p,
                        const uint8_t key_hash[32], struct session *s_r)
{
    return find(db, kr, p, STMT_SESSION_BY_KEY, DB_BYTES(key_hash, 32), s_r);
}

enum err session_by_token(struct db *db, const struct keyring *kr, struct pool *p,
                          const uint8_t token_hash[32], struct session *s_r)
{
    return find(db, kr, p, STMT_SESSION_BY_TOKEN, DB_BYTES(token_hash, 32), s_r);
}

enum err session_by_no(struct db *db, const struct keyring *kr, struct pool *p,
                       const uint8_t no[SESSION_NO_LEN], struct session *s_r)
{
    return find(db, kr, p, STMT_SESSION_BY_NO, DB_BYTES(no, SESSION_NO_LEN), s_r);
}

enum err session_hold(struct db *db, struct pool *p, const uint8_t no[SESSION_NO_LEN],
                      struct session *held_r)
{
    return find(db, NULL, p, STMT_SESSION_HOLD, DB_BYTES(no, SESSION_NO_LEN), held_r);
}

enum err session_open(struct db *db, const uint8_t token_hash[32], const uint8_t key_hash[32],
                      int64_t now_sec, bool *won_r)
{
    uint64_t affected = 0;
    enum err e = db_exec(db, STMT_SESSION_OPEN,
                         (struct db_param[]){DB_BYTES(key_hash, 32), DB_INT(now_sec),
                                             DB_BYTES(token_hash, 32), DB_INT(now_sec)},
                         &affected);
    *won_r = affected == 1;
    return e;
}

enum err session_seen(struct db *db, const uint8_t no[SESSION_NO_LEN], int64_t now_sec)
{
    return db_exec(db, STMT_SESSION_SEEN,
                   (struct db_param[]){DB_INT(now_sec), DB_BYTES(no, SESSION_NO_LEN)}, NULL);
}

enum err session_end(struct db *db, const uint8_t no[SESSION_NO_LEN])
{
    return db_exec(db, STMT_SESSION_END, (struct db_param[]){DB_BYTES(no, SESSION_NO_LEN)}, NULL);
}

enum err session_show(struct db *db, const uint8_t no[SESSION_NO_LEN], const uint8_t *sqbh,
                      int32_t day, const uint8_t *digest)
{
    const struct db_param params[] = {DB_BYTES(sqbh, 16), sqbh != NULL ? DB_INT(day) : DB_NULL,
                                      DB_BYTES(digest, 32), DB_BYTES(no, SESSION_NO_LEN)};
    return db_exec(db, STMT_SESSION_SHOW, params, NULL);
}

enum err session_choose(struct db *db, const struct keyring *kr, struct pool *p,
                        const uint8_t no[SESSION_NO_LEN], const char *classes, const char *acting)
{
    const struct db_param params[] = {DB_STR(classes), sealed(kr, p, "acting", no, acting),
                                      DB_BYTES(no, SESSION_NO_LEN)};
    return db_exec(db, STMT_SESSION_CHOOSE, params, NULL);
}

enum err session_list_used(struct db *db, struct pool *p, int64_t since_sec,
                           struct session_used **list_r, size_t *n_r)
{
    struct db_list list;
    enum err e = db_list(db, NULL, p, STMT_SESSION_USED, (struct db_param[]){DB_INT(since_sec)},
                         sizeof(struct session_used), &list);
    *list_r = e == ERR_OK ? list.row : NULL;
    *n_r = e == ERR_OK ? list.n : 0;
    return e;
}

enum err session_told(struct db *db, const struct session_used *u)
{
    return db_exec(
        db, STMT_SESSION_TOLD,
        (struct db_param[]){DB_BYTES(u->session_no, SESSION_NO_LEN), DB_BYTES(u->shown_digest, 32)},
        NULL);
}

enum err session_prune(struct db *db, int64_t before_sec)
{
    return db_prune(db, STMT_SESSION_PRUNE, before_sec);
}

/* --- origins --- */

enum err origin_is_of(struct db *db, struct pool *p, const char *app_id, const char *origin,
                      bool *yes_r)
{
    struct row_number n;
    enum err e = db_find(db, NULL, p, STMT_ORIGIN_COUNT,
                         (struct db_param[]){DB_STR(app_id), DB_STR(origin)}, DB_INTO(&n));
    *yes_r = e == ERR_OK && n.n > 0;
    return e;
}

enum err origin_find_app(struct db *db, struct pool *p, const char *origin, struct origin_app *app,
                         bool *one_r)
{
    struct db_list list;
    enum err e = db_list(db, NULL, p, STMT_ORIGIN_APP, (struct db_param[]){DB_STR(origin)},
                         sizeof *app, &list);
    *one_r = e == ERR_OK && list.n == 1;
    if (*one_r)
        *app = *(const struct origin_app *)list.row;
    return e;
}

enum err origin_may_frame(struct db *db, struct pool *p, const char *origin, bool *yes_r)
{
    struct row_number n;
    enum err e =
        db_find(db, NULL, p, STMT_ORIGIN_FRAMES, (struct db_param[]){DB_STR(origin)}, DB_INTO(&n));
    *yes_r = e == ERR_OK && n.n > 0;
    return e;
}

enum err origin_app_exists(struct db *db, struct pool *p, const char *app_id)
{
    struct row_number n;
    enum err e =
        db_find(db, NULL, p, STMT_APP_COUNT, (struct db_param[]){DB_STR(app_id)}, DB_INTO(&n));
    return e == ERR_OK && n.n == 0 ? ERR_ABSENT : e;
}

enum err app_set_dialect(struct db *db, const char *app_id, const char *dialect)
{
    return db_exec(db, STMT_APP_DIALECT, (struct db_param[]){DB_STR(dialect), DB_STR(app_id)},
                   NULL);
}

enum err app_set_logout_url(struct db *db, const char *app_id, const char *url)
{
    return db_exec(db, STMT_APP_LOGOUT_URL, (struct db_param[]){DB_STR(url), DB_STR(app_id)}, NULL);
}

enum err origin_clear(struct db *db, const char *app_id)
{
    return db_exec(db, STMT_ORIGIN_CLEAR, (struct db_param[]){DB_STR(app_id)}, NULL);
}

enum err origin_add(struct db *db, const char *app_id, const char *origin)
{
    return db_exec(db, STMT_ORIGIN_ADD, (struct db_param[]){DB_STR(app_id), DB_STR(origin)}, NULL);
}

enum err origin_list(struct db *db, struct pool *p, const char *app_id, const char ***list_r,
                     size_t *n_r)
{
    struct db_list list;
    enum err e = db_list(db, NULL, p, STMT_ORIGIN_LIST, (struct db_param[]){DB_STR(app_id)},
                         sizeof(struct row_name), &list);
    if (e != ERR_OK)
        return e;
    const struct row_name *rows = list.row;
    *list_r = pool_alloc(p, (list.n + 1) * sizeof **list_r);
    for (size_t i = 0; i < list.n; i++)
        (*list_r)[i] = rows[i].name;
    *n_r = list.n;
    return ERR_OK;
}
