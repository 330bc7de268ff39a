/* callback: decisions that third parties are told of (interface 2.5), a job each, tried again until
 * delivered or given up. */
#ifndef ZWM_STORE_CALLBACK_H
#define ZWM_STORE_CALLBACK_H

#include <stdbool.h>

#include "core/base/work.h"
#include "core/store/db.h"

enum callback_state { CALLBACK_WAITING = 1, CALLBACK_DELIVERED = 2, CALLBACK_GIVEN_UP = 3 };

struct callback_job {
    int64_t id;
    const uint8_t *request_no; /* 16 bytes */
    const char *app_id, *url, *body;
    int64_t tries; /* made so far */
    int64_t next_at, created_at;
    enum callback_state state;
    const char *last_error; /* NULL: none */
};

/* In the transaction of the decision; due at created_at. */
ERR_CHECK enum err callback_insert(struct db *db, const struct callback_job *j);
enum { CALLBACK_HOSTS_MOST = 16, CALLBACK_DUE_MOST = 2, CALLBACK_LIST_MOST = 1000 };
/* The apps that have jobs waiting, due or not, in order of their identifiers. */
ERR_CHECK enum err callback_apps(struct db *db, struct pool *p, const char ***list_r, size_t *n_r);
/* The hosts (with a port, if the address has one) for which an app has jobs due, the one that waits
 * longest first, at most CALLBACK_HOSTS_MOST. */
ERR_CHECK enum err callback_hosts(struct db *db, struct pool *p, const char *app_id,
                                  int64_t now_sec, const char ***list_r, size_t *n_r);
/* Jobs of an app for a host that are due, the one that waits longest first, at most
 * CALLBACK_DUE_MOST. */
ERR_CHECK enum err callback_due(struct db *db, struct pool *p, const char *app_id, const char *host,
                                int64_t now_sec, struct callback_job **list_r, size_t *n_r);
/* Takes a job until `until_sec`, so that nobody else sends it meanwhile; then it is due again,
 * should we die. `won_r` false: another process has it. On success j->next_at and j->tries are
 * brought up to date. */
ERR_CHECK enum err callback_claim(struct db *db, struct callback_job *j, int64_t until_sec,
                                  bool *won_r);
/* How the try of a claimed job ended. */
ERR_CHECK enum err callback_end(struct db *db, const struct callback_job *j,
                                enum callback_state state, int64_t next_at, const char *last_error);

/* For operators: newest first, at most CALLBACK_LIST_MOST; `failed`: only those not delivered after
 * a try. */
ERR_CHECK enum err callback_list(const struct work *w, bool failed, struct callback_job **list_r,
                                 size_t *n_r);
/* Makes it due now, with its audit row. Returns ERR_ABSENT if there is no such job or
 * it was delivered. */
ERR_CHECK enum err callback_retry(const struct work *w, int64_t id);
/* Removes those put down before `before_sec` and no longer waiting. */
ERR_CHECK enum err callback_prune(struct db *db, int64_t before_sec);

#endif
