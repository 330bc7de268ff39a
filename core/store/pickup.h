/* pickup: each time something is picked up, and the one-time handles of large files
 * (interface 2.4). */
#ifndef ZWM_STORE_PICKUP_H
#define ZWM_STORE_PICKUP_H

#include <stdbool.h>

#include "core/store/db.h"

enum pickup_state { PICKUP_BEGUN = 1, PICKUP_SERVED = 2, PICKUP_FAILED = 3 };
enum { PICKUP_MOST = 3 }; /* times a ticket serves one class */

struct pickup {
    int32_t day; /* of the ticket */
    const uint8_t *ticket_hash;
    const char *class, *app_id;
    int64_t at_ms;
    bool as_file;
    int64_t attempt; /* set by pickup_begin */
};

/* Enters a try. Returns ERR_PICKED_UP if the ticket has served this class PICKUP_MOST times (tries
 * under way count, failed ones do not), ERR_BUSY if another try came between: then run the
 * transaction again. */
ERR_CHECK enum err pickup_begin(struct db *db, struct pool *p, struct pickup *u);
/* Says how the try ended; sm3 NULL if it failed. */
ERR_CHECK enum err pickup_end(struct db *db, const struct pickup *u, enum pickup_state state,
                              int64_t size, const uint8_t *sm3);

struct info_service {
    const char *service_id, *name, *base_url;
    bool active;
};
/* Who holds a class; ERR_ABSENT. */
ERR_CHECK enum err info_class_service(struct db *db, struct pool *p, const char *class,
                                      struct info_service *s_r);

struct file_handle {
    int32_t day;
    uint8_t hash[32]; /* SM3 of the handle */
    const char *app_id, *media_type;
    int64_t size, claimed, expires_at;
    int32_t authz_day;           /* with authz_digest: whose revocation ends it */
    const uint8_t *authz_digest; /* 32 bytes; NULL: of another system */
    const char *peer;            /* the system that holds the file; NULL: this one */
    bool revoked;                /* found: the authorization was revoked since */
};
ERR_CHECK enum err file_handle_insert(struct db *db, const struct file_handle *h);
ERR_CHECK enum err file_handle_find(struct db *db, struct pool *p, const uint8_t hash[32],
                                    int64_t now_sec, struct file_handle *h_r);
/* Takes `len` bytes of what the handle may still send; false: it is used up. */
ERR_CHECK enum err file_handle_claim(struct db *db, const struct file_handle *h, int64_t len,
                                     bool *won_r);
/* Gives back what was claimed and not sent. */
ERR_CHECK enum err file_handle_give_back(struct db *db, const struct file_handle *h, int64_t len);

#endif
