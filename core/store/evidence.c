#include "core/store/evidence.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/rand.h"
#include "core/crypto/sm3.h"
#include "core/store/columns.h"

/* --- columns --- */

static struct row_context place(struct pool *p, const uint8_t id[16])
{
    return row_context_key(p, "evidence.answer", id, 16);
}

static struct row_context place_of(struct pool *p, const char *name, const void *row)
{
    (void)name; /* one column is sealed */
    return place(p, ((const struct evidence *)row)->id);
}

static const struct row_column of_evidence[] = {
    COL_ARRAY(struct evidence, id),
    COL_INT(struct evidence, at_ms),
    COL_INT(struct evidence, role),
    COL_TEXT(struct evidence, peer),
    COL_TEXT(struct evidence, request_string),
    COL_TEXT(struct evidence, authorization),
    COL_INT(struct evidence, status),
    COL_SEALED_BLOB(struct evidence, answer, answer_len),
    COL_BYTES(struct evidence, answer_sm3, 32),
    COL_INT(struct evidence, answer_size),
    COL_TEXT(struct evidence, receipt_system),
    COL_TEXT(struct evidence, receipt_time),
    COL_TEXT(struct evidence, receipt_signature),
};
const struct row_columns evidence_columns = ROW_COLUMNS(struct evidence, of_evidence, place_of);

static const struct row_column of_call[] = {
    COL_TEXT(struct evidence_call, app_id),        COL_TEXT(struct evidence_call, nonce),
    COL_INT(struct evidence_call, interface),      COL_INT(struct evidence_call, error),
    COL_INT(struct evidence_call, at_ms),          COL_INT(struct evidence_call, sent_at),
    COL_BYTES(struct evidence_call, body_sm3, 32), COL_BYTES(struct evidence_call, signature, 64),
    COL_TEXT(struct evidence_call, peer),          COL_TEXT(struct evidence_call, query),
};
const struct row_columns evidence_call_columns = ROW_COLUMNS(struct evidence_call, of_call, NULL);

/* --- functions --- */

enum err evidence_insert(struct db *db, const struct keyring *kr, struct pool *p,
                         const struct evidence *v)
{
    uint8_t id[16], digest[SM3_LEN];
    size_t kept = v->answer_len < EVIDENCE_EXCERPT_MAX ? v->answer_len : EVIDENCE_EXCERPT_MAX;
    rand_bytes(id, sizeof id);
    sm3(v->answer, v->answer_len, digest);
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
        row_sealed(kr, p, place(p, id), v->answer, kept),
        DB_BYTES(digest, SM3_LEN),
        DB_INT((int64_t)v->answer_len),
        DB_STR(v->receipt_system),
        v->receipt_time != NULL ? DB_INT(strtoll(v->receipt_time, NULL, 10)) : DB_NULL,
        DB_STR(v->receipt_signature),
        DB_BYTES(v->ticket_hash, 32),
    };
    return db_exec(db, STMT_EVIDENCE_INSERT, params, NULL);
}

enum err evidence_by_sqbh(struct db *db, const struct keyring *kr, struct pool *p,
                          const uint8_t sqbh[16], struct evidence **list_r, size_t *n_r,
                          struct evidence_call **calls_r, size_t *calls_n_r)
{
    struct db_list calls = {NULL, 0}, list = {NULL, 0};
    enum err e = db_list(db, NULL, p, STMT_EVIDENCE_CALLS, (struct db_param[]){DB_BYTES(sqbh, 16)},
                         sizeof(struct evidence_call), &calls);
    if (e == ERR_OK)
        e = db_list(db, kr, p, STMT_EVIDENCE_BY_SQBH,
                    (struct db_param[]){DB_BYTES(sqbh, 16), DB_BYTES(sqbh, 16)},
                    sizeof(struct evidence), &list);
    *calls_r = calls.row;
    *calls_n_r = calls.n;
    *list_r = list.row;
    *n_r = list.n;
    for (size_t i = 0; i < list.n; i++)
        (*list_r)[i].sqbh = sqbh;
    return e;
}
