/* route: approved routes of the systems registered here, applications for them, and trust lists
 * (interface 2.6). Rows only: what an application may change and how a list is made is
 * core/act/registry's. All within the caller's transaction. */
#ifndef ZWM_STORE_ROUTE_H
#define ZWM_STORE_ROUTE_H

#include <stdbool.h>

#include "core/crypto/keyring.h"
#include "core/store/db.h"

enum route_status { ROUTE_ACTIVE = 2, ROUTE_SUSPENDED = 3, ROUTE_WITHDRAWN = 4 };
/* How a system is called: directly, or through its parent. core/net/trust.c checks that enum
 * trust_mode has the same values. */
enum route_mode { ROUTE_DIRECT = 1, ROUTE_RELAY = 2 };

struct route {
    const char *system, *name, *base_url;
    const uint8_t *key; /* DER SubjectPublicKeyInfo */
    size_t key_len;
    const uint8_t *previous_key; /* NULL: none */
    size_t previous_key_len;
    int64_t previous_until;
    const char *code_types; /* comma separated */
    enum route_mode mode;
    const char *parent;  /* NULL: the publisher */
    const char *contact; /* JSON, sealed in the table; only for route_put */
    enum route_status status;
    int64_t updated_at;
};

/* ERR_ABSENT. */
ERR_CHECK enum err route_find(struct db *db, struct pool *p, const char *system, struct route *r_r);
/* Of every status, by identifier. */
ERR_CHECK enum err route_list(struct db *db, struct pool *p, struct route **list_r, size_t *n_r);
/* Adds, or puts all members in the place of those that stand. */
ERR_CHECK enum err route_put(struct db *db, const struct keyring *kr, struct pool *p,
                             const struct route *r);
/* Returns ERR_ABSENT if there is no such route, or if it has this status already. */
ERR_CHECK enum err route_set_status(struct db *db, const char *system, enum route_status status,
                                    int64_t now_sec);

enum { APPLICATION_NO_LEN = 16 };
enum application_status {
    APPLICATION_PENDING = 1,
    APPLICATION_APPROVED = 2,
    APPLICATION_REFUSED = 3
};

struct application {
    uint8_t no[APPLICATION_NO_LEN];
    const char *system, *nonce;
    const char *body;      /* JSON of the registration, sealed in the table */
    uint8_t signed_by[32]; /* SM3 of the key (DER) whose signature came with it */
    enum application_status status;
    int64_t at;
    const uint8_t *prefix; /* the applicant's neighbourhood (address.h); NULL: not known */
    size_t prefix_len;
    bool invited;
};

/* Enters an application. Returns ERR_NONCE_USED if the system's nonce was already used. */
ERR_CHECK enum err application_insert(struct db *db, const struct keyring *kr, struct pool *p,
                                      const struct application *a);
/* Those pending that came at or after a time. `of_address`: uninvited, from one neighbourhood. */
struct application_counts {
    int64_t all, of_system, of_key, of_address;
};
/* Counts those beside which `a` stands. */
ERR_CHECK enum err application_count(struct db *db, struct pool *p, const struct application *a,
                                     int64_t from_sec, struct application_counts *c_r);
/* Removes applications from before `before_sec`, decided or not; commits. */
ERR_CHECK enum err application_prune(struct db *db, int64_t before_sec);

/* Enters an invitation by the SM3 of its code; `system` NULL: to apply for any. */
ERR_CHECK enum err invitation_insert(struct db *db, const uint8_t code_hash[32], const char *system,
                                     int64_t now_sec, int64_t expires_at);
/* Uses an invitation up. Returns ERR_ABSENT if there is none such that serves now, for `system`. */
ERR_CHECK enum err invitation_claim(struct db *db, const uint8_t code_hash[32], const char *system,
                                    int64_t now_sec);
/* Removes invitations that ended before `before_sec`; commits. */
ERR_CHECK enum err invitation_prune(struct db *db, int64_t before_sec);
/* ERR_ABSENT. */
ERR_CHECK enum err application_find(struct db *db, const struct keyring *kr, struct pool *p,
                                    const uint8_t no[APPLICATION_NO_LEN], struct application *a_r);
/* Those pending, newest first. */
ERR_CHECK enum err application_pending(struct db *db, const struct keyring *kr, struct pool *p,
                                       struct application **list_r, size_t *n_r);
/* Enters a decision. Returns ERR_ABSENT if the application is not pending. */
ERR_CHECK enum err application_decide(struct db *db, const uint8_t no[APPLICATION_NO_LEN],
                                      enum application_status status, int64_t now_sec);

struct trust_row {
    int64_t version;
    const char *publisher;
    int64_t issued_at, expires_at;
    const char *body; /* as published */
    size_t body_len;
};
/* The highest version above `newer_than`; ERR_ABSENT. */
ERR_CHECK enum err trust_row_latest(struct db *db, struct pool *p, int64_t newer_than,
                                    struct trust_row *r_r);
/* The list that was in force at `at_sec`; ERR_ABSENT. */
ERR_CHECK enum err trust_row_at(struct db *db, struct pool *p, int64_t at_sec,
                                struct trust_row *r_r);
/* Enters a list. Returns ERR_DUPLICATE if there is one of this version. */
ERR_CHECK enum err trust_row_insert(struct db *db, const struct trust_row *r, int64_t now_sec);
/* Lists of other publishers go, and those that expired before `expired_before`. */
ERR_CHECK enum err trust_row_prune(struct db *db, const char *publisher, int64_t expired_before);

/* Takes the row lock that orders all changes of cached tables, and tells caches to look. */
ERR_CHECK enum err change_next(struct db *db);

#endif
