/* act_sample: what the programs here share: the instance that tests/run-act has made, a clock in
 * the test's hand, invented people and apps, several threads at once.
 *
 * All programs use one database one after the other, so none may count on a table being empty, and
 * what a test breaks it mends. */
#ifndef ZWM_TESTS_ACT_SAMPLE_H
#define ZWM_TESTS_ACT_SAMPLE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/base/clock.h"
#include "core/base/work.h"
#include "core/crypto/keyring.h"
#include "core/store/app.h"
#include "core/wire/calls.h"

struct sample {
    struct conf conf;
    struct keyring *kr;
    struct pool *pool;       /* of the test that runs */
    int64_t now_sec, now_ms; /* the moment that the test has chosen */
};
extern struct sample sample;

/* A program's only group: every test gets a new pool, the same noon, and no open transaction. */
#define SAMPLE_TEST(fn)         cmocka_unit_test_setup_teardown(fn, sample_begin, sample_end)
#define SAMPLE_RUN(name, tests) cmocka_run_group_tests_name(name, tests, sample_open, sample_close)
int sample_open(void **state);
int sample_close(void **state);
int sample_begin(void **state);
int sample_end(void **state);

enum { SAMPLE_DAY = 86400, SAMPLE_NOON = 1930363200 /* 2031-03-04 12:00:00 in Beijing */ };
void sample_set_clock(int64_t sec);

/* --- the store --- */

/* The program's connection of this role. */
struct db *sample_db(enum db_role role);
/* One more, for the caller to close. */
struct db *sample_db_new(enum db_role role);
/* Statements as the database's own user, who may do what no role may. They must succeed. */
void sample_sql(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* The first value of a query as the database's own user; NULL where it is NULL or there is no row.
 */
const char *sample_value(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
int64_t sample_number(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* Whether the account of `role` may do this, beside what its statements do. If so it has been done.
 */
bool sample_may(enum db_role role, const char *sql);
/* Whether a transaction waits for a lock of another. Asserts nothing, so that it can be asked in
 * one thread of a race. */
bool sample_somebody_waits(void);
/* X'...' with the bytes, for these. */
const char *sample_hex(const uint8_t *data, size_t len);

/* What an act takes, as of now, with the connection of `role`. */
struct work sample_work(enum db_role role);

/* --- invented ones --- */

uint8_t *sample_bytes(size_t len); /* random */
const char *sample_nonce(void);
/* Numbers with valid check digits (GB 11643, GB 32100) that nobody has: another one each time. */
const char *sample_id_no(void);
const char *sample_uscc(void);

struct sample_app {
    struct app app; /* as an act finds it in its call */
    struct sm2_key *key;
};
/* Registers an app with a new key. `channel`: NULL for any. */
const struct sample_app *sample_app_new(enum app_kind kind, const char *channel);

/* Gives the app another key, with a proof; the one before it is accepted for `overlap_sec` more. */
void sample_rekey(const struct sample_app *a, const struct sm2_key *key, int64_t overlap_sec);

/* --- several at once --- */

enum { SAMPLE_RACE_MOST = 16 };
/* Runs fn(i, db, arg) in `n` threads at the same moment, each with a connection of its own as
 * `role`; what they return stands in `results`. They must not assert. */
void sample_race(int n, enum db_role role, enum err (*fn)(int i, struct db *db, void *arg),
                 void *arg, enum err results[SAMPLE_RACE_MOST]);
int sample_count(const enum err *results, int n, enum err e);

#endif
