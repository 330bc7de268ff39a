/* callrec_sample: what the tests of call records share: a record, entered in a transaction of its
 * own or as the last act of one, and read back. */
#ifndef ZWM_TESTS_CALLREC_SAMPLE_H
#define ZWM_TESTS_CALLREC_SAMPLE_H

#include "tests/act/act_sample.h"

#include "core/store/callrec.h"

enum { WINDOW = 300, MIDNIGHT = SAMPLE_NOON + 20 * 3600 /* UTC: 2031-03-05 00:00 */, RACERS = 8 };

static inline struct callrec record_of(const char *app_id, const char *nonce, int64_t at_sec)
{
    return (struct callrec){.call = CALL_VERIFY,
                            .app_id = app_id,
                            .nonce = nonce,
                            .timestamp_sec = at_sec,
                            .at_ms = at_sec * 1000,
                            .request_id = sample_bytes(16)};
}

static inline enum err insert(const struct callrec *r)
{
    struct db *db = sample_db(DB_VERIFY);
    enum err e = callrec_insert(db, sample.kr, sample.pool, r, WINDOW);
    if (e == ERR_OK)
        e = db_commit(db);
    db_rollback(db);
    return e;
}

/* As acts do: something is read before, so that the connection is known to stand. */
static inline enum err commit(const struct callrec *r, const struct callrec_claim *claim)
{
    struct db *db = sample_db(DB_VERIFY);
    struct callrec_found f;
    enum err e = callrec_by_nonce(db, sample.kr, sample.pool, "nobody", "none", 0, &f);
    assert_int_equal(e, ERR_ABSENT);
    e = callrec_commit(db, sample.kr, sample.pool, r, WINDOW, claim);
    db_rollback(db);
    return e;
}

static inline enum err by_nonce(const char *app_id, const char *nonce, int64_t now_sec,
                                struct callrec_found *f)
{
    struct db *db = sample_db(DB_VERIFY);
    enum err e = callrec_by_nonce(db, sample.kr, sample.pool, app_id, nonce, now_sec, f);
    db_rollback(db);
    return e;
}

static inline int64_t rows_of(const char *nonce)
{
    return sample_number("SELECT COUNT(*) FROM call_record WHERE nonce = '%s'", nonce);
}

#endif
