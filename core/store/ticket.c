#include "core/store/ticket.h"

#include <string.h>

#include "core/store/columns.h"

/* --- columns --- */

static const struct row_column of_ticket[] = {
    COL_ARRAY(struct user_ticket, session_no),
    COL_TEXT(struct user_ticket, app_id),
    COL_INT(struct user_ticket, until),
    COL_INT(struct user_ticket, used_at),
};
const struct row_columns ticket_columns = ROW_COLUMNS(struct user_ticket, of_ticket, NULL);

static const struct row_column of_app[] = {
    COL_TEXT(struct ticket_app, app_id),
    COL_TEXT(struct ticket_app, logout_url),
};
const struct row_columns ticket_app_columns = ROW_COLUMNS(struct ticket_app, of_app, NULL);

static const struct row_column of_consent[] = {
    COL_TEXT(struct consent, app_id),
    COL_TEXT(struct consent, name),
    COL_INT(struct consent, given_at),
};
const struct row_columns consent_columns = ROW_COLUMNS(struct consent, of_consent, NULL);

/* --- tickets --- */

enum err ticket_insert(struct db *db, const struct user_ticket *t)
{
    const struct db_param params[] = {DB_BYTES(t->ticket_hash, 32),
                                      DB_BYTES(t->session_no, SESSION_NO_LEN), DB_STR(t->app_id),
                                      DB_INT(t->until)};
    return db_exec(db, STMT_TICKET_INSERT, params, NULL);
}

enum err ticket_find(struct db *db, struct pool *p, const uint8_t ticket_hash[32],
                     struct user_ticket *t)
{
    *t = (struct user_ticket){.ticket_hash = ticket_hash};
    return db_find(db, NULL, p, STMT_TICKET_FIND, (struct db_param[]){DB_BYTES(ticket_hash, 32)},
                   DB_INTO(t));
}

enum err ticket_use(struct db *db, const uint8_t ticket_hash[32], int64_t now_sec, bool *won_r)
{
    uint64_t affected = 0;
    enum err e =
        db_exec(db, STMT_TICKET_USE,
                (struct db_param[]){DB_INT(now_sec), DB_BYTES(ticket_hash, 32)}, &affected);
    *won_r = e == ERR_OK && affected == 1;
    return e;
}

enum err ticket_drop_unused(struct db *db, const uint8_t session_no[SESSION_NO_LEN])
{
    return db_exec(db, STMT_TICKET_DROP, (struct db_param[]){DB_BYTES(session_no, SESSION_NO_LEN)},
                   NULL);
}

enum err ticket_prune(struct db *db, int64_t before_sec)
{
    return db_prune(db, STMT_TICKET_PRUNE, before_sec);
}

enum err ticket_list_apps(struct db *db, struct pool *p, const uint8_t session_no[SESSION_NO_LEN],
                          struct ticket_app **list_r, size_t *n_r)
{
    struct db_list list;
    enum err e = db_list(db, NULL, p, STMT_TICKET_APPS,
                         (struct db_param[]){DB_BYTES(session_no, SESSION_NO_LEN)},
                         sizeof(struct ticket_app), &list);
    *list_r = e == ERR_OK ? list.row : NULL;
    *n_r = e == ERR_OK ? list.n : 0;
    return e;
}

/* --- consents --- */

enum err consent_is_given(struct db *db, struct pool *p, const uint8_t subject_index[32],
                          const char *app_id, bool *yes_r)
{
    struct row_number n;
    enum err e =
        db_find(db, NULL, p, STMT_CONSENT_COUNT,
                (struct db_param[]){DB_BYTES(subject_index, 32), DB_STR(app_id)}, DB_INTO(&n));
    *yes_r = e == ERR_OK && n.n > 0;
    return e;
}

enum err consent_give(struct db *db, const uint8_t subject_index[32], const char *app_id,
                      int64_t now_sec)
{
    enum err e = db_exec(
        db, STMT_CONSENT_INSERT,
        (struct db_param[]){DB_BYTES(subject_index, 32), DB_STR(app_id), DB_INT(now_sec)}, NULL);
    return e == ERR_DUPLICATE ? ERR_OK : e;
}

enum err consent_list(struct db *db, struct pool *p, const uint8_t subject_index[32],
                      struct consent **list_r, size_t *n_r)
{
    struct db_list list;
    enum err e =
        db_list(db, NULL, p, STMT_CONSENT_LIST, (struct db_param[]){DB_BYTES(subject_index, 32)},
                sizeof(struct consent), &list);
    *list_r = e == ERR_OK ? list.row : NULL;
    *n_r = e == ERR_OK ? list.n : 0;
    return e;
}

enum err consent_revoke(struct db *db, const uint8_t subject_index[32], const char *app_id)
{
    uint64_t affected = 0;
    enum err e =
        db_exec(db, STMT_CONSENT_DELETE,
                (struct db_param[]){DB_BYTES(subject_index, 32), DB_STR(app_id)}, &affected);
    return e == ERR_OK && affected == 0 ? ERR_ABSENT : e;
}

/* --- notes of correction --- */

enum err correction_insert(struct db *db, const struct keyring *kr, struct pool *p,
                           const struct correction *n)
{
    const struct row_context place =
        row_context_key(p, "correction_note.note", n->correction_no, sizeof n->correction_no);
    const struct db_param params[] = {DB_BYTES(n->correction_no, 16),
                                      DB_BYTES(n->subject_index, 32),
                                      DB_BYTES(n->sqbh, 16),
                                      DB_STR(n->class),
                                      row_sealed(kr, p, place, n->note, strlen(n->note)),
                                      DB_INT(n->at)};
    return db_exec(db, STMT_CORRECTION_INSERT, params, NULL);
}
