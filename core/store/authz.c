#include "core/store/authz.h"

#include <string.h>

/* Where a sealed value belongs: column name and the row's digest. */
static size_t context(char out[64], const char *column, const uint8_t digest[32])
{
    size_t n = strlen(column);
    memcpy(out, column, n);
    memcpy(out + n, digest, 32);
    return n + 32;
}

static struct db_param sealed(const struct keyring *kr, struct pool *p, const char *column,
                              const uint8_t digest[32], const char *text)
{
    char ctx[64];
    uint8_t *out;
    size_t len;
    keyring_seal(kr, ctx, context(ctx, column, digest), text, strlen(text), p, &out, &len);
    return DB_BYTES(out, len);
}

static enum err unsealed(const struct keyring *kr, struct pool *p, const char *column,
                         const uint8_t digest[32], const struct db_cell *c, const char **text_r)
{
    char ctx[64];
    uint8_t *plain;
    size_t len;
    if (keyring_unseal(kr, ctx, context(ctx, column, digest), c->p, c->len, p, &plain, &len) !=
        ERR_OK)
        return ERR_STORAGE;
    *text_r = (const char *)plain;
    return ERR_OK;
}

const char *authz_type_name(int type)
{
    if (type == AUTHZ_TYPE_SCAN)
        return "SCAN";
    return type >= 0 && type < CODE_TYPE_MAX ? code_type_row((enum code_type)type)->name : "?";
}

void authz_subject_index(const struct keyring *kr, const char *id_type, const char *id_no,
                         uint8_t out[32])
{
    const struct sm3_part parts[] = {{id_type, strlen(id_type)}, {id_no, strlen(id_no)}};
    keyring_index(kr, "authz.subject", parts, 2, out);
}

enum err authz_insert(struct db *db, const struct keyring *kr, struct pool *p,
                      const struct authz *a)
{
    const struct db_param params[] = {
        DB_INT(a->day),
        DB_BYTES(a->digest, 32),
        DB_BYTES(a->sqbh, 16),
        DB_INT(a->type),
        DB_BYTES(a->code_hash, 32),
        DB_STR(a->channel),
        DB_STR(a->app_id),
        DB_BYTES(a->subject_index, 32),
        sealed(kr, p, "authz.subject", a->digest, a->subject),
        sealed(kr, p, "authz.record", a->digest, a->record),
        DB_INT(a->issued_at),
        DB_INT(a->deadline),
        DB_INT(a->single_use),
        DB_INT(a->state),
    };
    return db_exec(db, STMT_AUTHZ_INSERT, params, NULL);
}

enum err authz_find(struct db *db, const struct keyring *kr, struct pool *p, int32_t day,
                    const uint8_t digest[32], struct authz *a_r)
{
    struct db_rows rows;
    enum err e = db_query(db, p, STMT_AUTHZ_BY_DIGEST,
                          (struct db_param[]){DB_INT(day), DB_BYTES(digest, 32)}, &rows);
    if (e != ERR_OK)
        return e;
    if (rows.n == 0)
        return ERR_ABSENT;
    const struct db_cell *c = rows.cell;
    *a_r = (struct authz){.day = day,
                          .type = (enum code_type)c[1].i,
                          .channel = (const char *)c[3].p,
                          .deadline = c[6].i,
                          .single_use = c[7].i != 0,
                          .state = (enum authz_state)c[8].i,
                          .uses = c[9].i,
                          .app_id = (const char *)c[10].p,
                          .issued_at = c[11].i};
    memcpy(a_r->digest, digest, 32);
    memcpy(a_r->sqbh, c[0].p, 16);
    memcpy(a_r->code_hash, c[2].p, 32);
    e = unsealed(kr, p, "authz.subject", digest, &c[4], &a_r->subject);
    if (e == ERR_OK)
        e = unsealed(kr, p, "authz.record", digest, &c[5], &a_r->record);
    return e;
}

enum err authz_replace(struct db *db, struct pool *p, const uint8_t sqbh[16], const char *app_id,
                       const uint8_t subject_index[32])
{
    struct db_rows rows;
    enum err e =
        db_query(db, p, STMT_AUTHZ_BY_SQBH, (struct db_param[]){DB_BYTES(sqbh, 16)}, &rows);
    if (e != ERR_OK)
        return e;
    const struct db_cell *c = rows.cell;
    if (rows.n == 0 || strcmp((const char *)c[2].p, app_id) != 0)
        return ERR_AUTHZ_UNKNOWN;
    if (!crypto_equal(c[3].p, subject_index, 32))
        return ERR_AUTHZ_SUBJECT;
    return db_exec(db, STMT_AUTHZ_REPLACE,
                   (struct db_param[]){DB_INT(c[0].i), DB_BYTES(c[1].p, 32)}, NULL);
}

enum err authz_by_sqbh(struct db *db, struct pool *p, const uint8_t sqbh[16], struct authz_key *k_r)
{
    struct db_rows rows;
    enum err e =
        db_query(db, p, STMT_AUTHZ_BY_SQBH, (struct db_param[]){DB_BYTES(sqbh, 16)}, &rows);
    if (e != ERR_OK)
        return e;
    if (rows.n == 0)
        return ERR_ABSENT;
    const struct db_cell *c = rows.cell;
    *k_r = (struct authz_key){.day = (int32_t)c[0].i, .digest = c[1].p, .subject_index = c[3].p};
    return ERR_OK;
}

enum err authz_revoke(struct db *db, int32_t day, const uint8_t digest[32])
{
    return db_exec(db, STMT_AUTHZ_REVOKE, (struct db_param[]){DB_INT(day), DB_BYTES(digest, 32)},
                   NULL);
}

enum err authz_list(struct db *db, const struct keyring *kr, struct pool *p,
                    const uint8_t subject_index[32], struct authz **list_r, size_t *n_r)
{
    struct db_rows rows;
    enum err e =
        db_query(db, p, STMT_AUTHZ_LIST, (struct db_param[]){DB_BYTES(subject_index, 32)}, &rows);
    if (e != ERR_OK)
        return e;
    struct authz *list = pool_alloc(p, (rows.n + 1) * sizeof *list);
    for (size_t i = 0; e == ERR_OK && i < rows.n; i++) {
        const struct db_cell *c = &rows.cell[i * 10];
        list[i] = (struct authz){.day = (int32_t)c[0].i,
                                 .type = (enum code_type)c[3].i,
                                 .issued_at = c[5].i,
                                 .deadline = c[6].i,
                                 .single_use = c[7].i != 0,
                                 .state = (enum authz_state)c[8].i,
                                 .uses = c[9].i};
        memcpy(list[i].digest, c[1].p, 32);
        memcpy(list[i].sqbh, c[2].p, 16);
        e = unsealed(kr, p, "authz.record", list[i].digest, &c[4], &list[i].record);
    }
    *list_r = list;
    *n_r = rows.n;
    return e;
}
