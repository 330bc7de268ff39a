#include "core/store/audit.h"

#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "core/store/columns.h"

static const struct row_column of_row[] = {
    COL_INT(struct audit_row, seq),     COL_INT(struct audit_row, at),
    COL_TEXT(struct audit_row, actor),  COL_TEXT(struct audit_row, action),
    COL_TEXT(struct audit_row, detail), COL_BYTES(struct audit_row, hash, SM3_LEN),
};
const struct row_columns audit_columns = ROW_COLUMNS(struct audit_row, of_row, NULL);

static const struct row_column of_last[] = {
    COL_INT(struct audit_row, seq),
    COL_BYTES(struct audit_row, hash, SM3_LEN),
};
const struct row_columns audit_last_columns = ROW_COLUMNS(struct audit_row, of_last, NULL);

static void row_hash(const struct keyring *kr, const uint8_t prev[SM3_LEN], int64_t seq, int64_t at,
                     const char *actor, const char *action, const char *detail,
                     uint8_t out[SM3_LEN])
{
    char head[64];
    int n = snprintf(head, sizeof head, "%lld|%lld", (long long)seq, (long long)at);
    const struct sm3_part parts[] = {{prev, SM3_LEN},
                                     {head, (size_t)n},
                                     {actor, strlen(actor)},
                                     {action, strlen(action)},
                                     {detail, strlen(detail)}};
    keyring_derive(kr, "audit", parts, sizeof parts / sizeof parts[0], out);
}

enum err audit_append(struct db *db, const struct keyring *kr, struct pool *p, int64_t now_sec,
                      const char *action, const char *detail)
{
    static const uint8_t none[SM3_LEN] = {0};
    struct audit_row last = {.seq = 0, .hash = none};
    uint8_t hash[SM3_LEN];
    const struct passwd *pw = getpwuid(getuid());
    const char *actor = pw != NULL ? pw->pw_name : "?";
    enum err e = db_find(db, NULL, p, STMT_AUDIT_LAST, NULL, DB_INTO(&last));
    if (e != ERR_OK && e != ERR_ABSENT)
        return e;
    const int64_t seq = last.seq + 1;
    row_hash(kr, last.hash, seq, now_sec, actor, action, detail, hash);
    e = db_exec(db, STMT_AUDIT_INSERT,
                (struct db_param[]){DB_INT(seq), DB_INT(now_sec), DB_STR(actor), DB_STR(action),
                                    DB_STR(detail), DB_BYTES(hash, SM3_LEN)},
                NULL);
    return e == ERR_DUPLICATE ? ERR_BUSY : e;
}

/* One page of rows; `*seq` and `prev` move on. */
static enum err verify_page(struct db *db, const struct keyring *kr, int64_t *seq,
                            uint8_t prev[SM3_LEN], struct audit_check *r, size_t *n_r)
{
    struct pool *p = pool_new(false);
    struct db_list list;
    /* A row before the first is none of the chain either. */
    int64_t after = r->rows > 0 ? *seq : INT64_MIN;
    enum err e = db_list(db, NULL, p, STMT_AUDIT_FROM, (struct db_param[]){DB_INT(after)},
                         sizeof(struct audit_row), &list);
    const struct audit_row *rows = list.row;
    for (size_t i = 0; e == ERR_OK && i < list.n && r->bad_seq == 0; i++) {
        const struct audit_row *row = &rows[i];
        uint8_t hash[SM3_LEN];
        row_hash(kr, prev, row->seq, row->at, row->actor, row->action, row->detail, hash);
        if (row->seq != *seq + 1 || !crypto_equal(hash, row->hash, SM3_LEN))
            r->bad_seq = row->seq > 0 ? row->seq : 1;
        *seq = row->seq;
        memcpy(prev, hash, SM3_LEN);
        r->rows++;
    }
    *n_r = list.n;
    pool_destroy(&p);
    return e;
}

enum err audit_verify(struct db *db, const struct keyring *kr, struct audit_check *r)
{
    uint8_t prev[SM3_LEN] = {0};
    int64_t seq = 0;
    size_t n = 1;
    enum err e = ERR_OK;
    *r = (struct audit_check){0, 0};
    while (e == ERR_OK && n > 0 && r->bad_seq == 0)
        e = verify_page(db, kr, &seq, prev, r, &n);
    db_rollback(db);
    return e;
}

enum err audit_recent(struct db *db, struct pool *p, int64_t since_sec, const char *action,
                      int64_t limit, struct audit_row **list_r, size_t *n_r)
{
    struct db_list list;
    const struct db_param params[] = {DB_INT(since_sec), DB_STR(action), DB_STR(action),
                                      DB_STR(action), DB_INT(limit)};
    enum err e = db_list(db, NULL, p, STMT_AUDIT_RECENT, params, sizeof(struct audit_row), &list);
    db_rollback(db);
    *list_r = list.row;
    *n_r = list.n;
    return e;
}
