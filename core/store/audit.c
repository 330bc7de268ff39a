#include "core/store/audit.h"

#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

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
    struct db_rows rows;
    uint8_t prev[SM3_LEN] = {0}, hash[SM3_LEN];
    int64_t seq = 1;
    const struct passwd *pw = getpwuid(getuid());
    const char *actor = pw != NULL ? pw->pw_name : "?";
    enum err e = db_query(db, p, STMT_AUDIT_LAST, NULL, &rows);
    if (e != ERR_OK)
        return e;
    if (rows.n == 1) {
        seq = rows.cell[0].i + 1;
        memcpy(prev, rows.cell[1].p, SM3_LEN);
    }
    row_hash(kr, prev, seq, now_sec, actor, action, detail, hash);
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
    struct db_rows rows = {0};
    /* A row before the first is none of the chain either. */
    int64_t after = r->rows > 0 ? *seq : INT64_MIN;
    enum err e = db_query(db, p, STMT_AUDIT_FROM, (struct db_param[]){DB_INT(after)}, &rows);
    for (size_t i = 0; e == ERR_OK && i < rows.n && r->bad_seq == 0; i++) {
        const struct db_cell *c = &rows.cell[i * 6];
        uint8_t hash[SM3_LEN];
        row_hash(kr, prev, c[0].i, c[1].i, (const char *)c[2].p, (const char *)c[3].p,
                 (const char *)c[4].p, hash);
        if (c[0].i != *seq + 1 || c[5].len != SM3_LEN || !crypto_equal(hash, c[5].p, SM3_LEN))
            r->bad_seq = c[0].i > 0 ? c[0].i : 1;
        *seq = c[0].i;
        memcpy(prev, hash, SM3_LEN);
        r->rows++;
    }
    *n_r = rows.n;
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
