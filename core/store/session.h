/* session: the sessions of people in which codes are shown (interface-people 1). Tokens and keys
 * are stored as SM3 only. All within the caller's transaction. */
#ifndef ZWM_STORE_SESSION_H
#define ZWM_STORE_SESSION_H

#include <stdbool.h>

#include "core/crypto/keyring.h"
#include "core/store/db.h"

enum session_kind {
    SESSION_EMBEDDED = 1, /* in a frame on a page of the app; the page holds its key in memory */
    SESSION_TOKEN = 2,    /* at our address, opened with a show token */
    SESSION_LOGIN = 3     /* at our address, after a login there */
};
enum session_state { SESSION_OPEN = 1, SESSION_ENDED = 2 };
enum { SESSION_NO_LEN = 16, SESSION_SEEN_STEP_SEC = 30 };

struct session {
    uint8_t session_no[SESSION_NO_LEN];
    const uint8_t *token_hash, *key_hash; /* 32 bytes each, for insert; NULL: none */
    int64_t token_until;
    enum session_kind kind;
    const char *app_id;
    const char *subject; /* JSON, sealed in the table */
    uint8_t subject_index[32];
    const char *acting; /* JSON, sealed in the table; NULL: for himself */
    const char *channel;
    const char *embed_origin, *return_url, *scene; /* NULL: none */
    const char *classes;                           /* JSON list; NULL: not chosen yet */
    const uint8_t *shown_sqbh;                     /* 16 bytes; NULL: no code is on show */
    int32_t shown_day;
    const uint8_t *shown_digest; /* 32 bytes; with shown_sqbh */
    int64_t auth_at, created_at, seen_at, ends_at;
    enum session_state state;
    const char *enterprises; /* JSON list, sealed in the table; NULL: none */
    const char *login;       /* JSON, sealed in the table: what ends it at the identity provider */
    const uint8_t *login_sub, *login_sid; /* 32 bytes each, for insert; NULL: none */
};

ERR_CHECK enum err session_insert(struct db *db, const struct keyring *kr, struct pool *p,
                                  const struct session *s);
/* Finds a session. Returns ERR_ABSENT if there is none. The caller looks at state and times. */
ERR_CHECK enum err session_by_key(struct db *db, const struct keyring *kr, struct pool *p,
                                  const uint8_t key_hash[32], struct session *s_r);
ERR_CHECK enum err session_by_token(struct db *db, const struct keyring *kr, struct pool *p,
                                    const uint8_t token_hash[32], struct session *s_r);
ERR_CHECK enum err session_by_no(struct db *db, const struct keyring *kr, struct pool *p,
                                 const uint8_t no[SESSION_NO_LEN], struct session *s_r);
/* Locks a session until the transaction ends, so that nobody else ends it or changes its code on
 * show, and reads what it is now: `state` and `shown_sqbh`, and nothing else. Returns ERR_ABSENT if
 * there is none. */
ERR_CHECK enum err session_hold(struct db *db, struct pool *p, const uint8_t no[SESSION_NO_LEN],
                                struct session *held_r);
/* Uses the token up and gives the session its key. `won_r` false: somebody else was faster. */
ERR_CHECK enum err session_open(struct db *db, const uint8_t token_hash[32],
                                const uint8_t key_hash[32], int64_t now_sec, bool *won_r);
/* Notes that it was used. */
ERR_CHECK enum err session_seen(struct db *db, const uint8_t no[SESSION_NO_LEN], int64_t now_sec);
/* Ends it, at once and for good. */
ERR_CHECK enum err session_end(struct db *db, const uint8_t no[SESSION_NO_LEN]);
/* The code on show; sqbh NULL: none any more. */
ERR_CHECK enum err session_show(struct db *db, const uint8_t no[SESSION_NO_LEN],
                                const uint8_t *sqbh, int32_t day, const uint8_t *digest);
/* What the person has chosen: the classes (JSON list) and for whom he acts (JSON; NULL: himself).
 */
ERR_CHECK enum err session_choose(struct db *db, const struct keyring *kr, struct pool *p,
                                  const uint8_t no[SESSION_NO_LEN], const char *classes,
                                  const char *acting);

/* A session whose code on show was used, and whose page does not know it yet. */
struct session_used {
    uint8_t session_no[SESSION_NO_LEN];
    uint8_t shown_digest[32];
};
enum { SESSION_USED_MOST = 1000 };
/* Some of them, at most SESSION_USED_MOST, of sessions used since `since_sec`; the list lives in
 * `p`. */
ERR_CHECK enum err session_list_used(struct db *db, struct pool *p, int64_t since_sec,
                                     struct session_used **list_r, size_t *n_r);
/* Notes that the page was told; nothing if another code is on show by now. */
ERR_CHECK enum err session_told(struct db *db, const struct session_used *u);

/* Removes those that ended before `before_sec`, as operator. */
ERR_CHECK enum err session_prune(struct db *db, int64_t before_sec);

/* --- origins --- */
/* Whether `origin` is one of the app's. */
ERR_CHECK enum err origin_is_of(struct db *db, struct pool *p, const char *app_id,
                                const char *origin, bool *yes_r);
/* Whether `origin` is one of an active channel app: its pages may frame a code. */
ERR_CHECK enum err origin_may_frame(struct db *db, struct pool *p, const char *origin, bool *yes_r);
/* Returns ERR_ABSENT if there is no such app. */
ERR_CHECK enum err origin_app_exists(struct db *db, struct pool *p, const char *app_id);
/* The third party that has registered an origin. */
struct origin_app {
    const char *app_id, *name;
    const char *dialect; /* of the JSSDK; NULL: json */
};
/* Finds it; only active ones count. *one_r is false if there is none, or more than one. */
ERR_CHECK enum err origin_find_app(struct db *db, struct pool *p, const char *origin,
                                   struct origin_app *app_r, bool *one_r);
/* Columns of the app that its pages need; NULL: none. */
ERR_CHECK enum err app_set_dialect(struct db *db, const char *app_id, const char *dialect);
ERR_CHECK enum err app_set_logout_url(struct db *db, const char *app_id, const char *url);
ERR_CHECK enum err origin_clear(struct db *db, const char *app_id);
/* Returns ERR_DUPLICATE if it is one of the app's already. */
ERR_CHECK enum err origin_add(struct db *db, const char *app_id, const char *origin);
ERR_CHECK enum err origin_list(struct db *db, struct pool *p, const char *app_id,
                               const char ***list_r, size_t *n_r);

#endif
