/* pickup_int: what the two files of a pickup share. */
#ifndef ZWM_ACT_PICKUP_INT_H
#define ZWM_ACT_PICKUP_INT_H

#include "core/act/call.h"
#include "core/net/spool.h"
#include "core/store/authz.h"
#include "core/store/pickup.h"

struct picking {
    struct call *c;
    const struct pickup_in *in;
    uint8_t ticket_hash[32];
    enum err verdict; /* stands once the first transaction is committed */
    struct authz authz;
    struct info_service service;
    struct json_object *record;
    struct pickup entry;
    struct spool spool;
    const char *media_type;
    uint8_t digest[32];
    struct file_handle handle;  /* app_id NULL: none */
    struct fetch_requester who; /* who picks up: our own app, or an app of the system that calls */
    const struct sm2_key *seal_for; /* the key of that app */
    const char *detail;             /* JSON kept with the record */
    struct callrec rec;
};

/* Fetches the class from its service into k->spool; sets k->media_type and k->digest. Returns
 * ERR_SERVICE_UNAVAILABLE, ERR_NOT_FOUND or ERR_STORAGE. */
ERR_CHECK enum err pickup_fetch(struct picking *k);
/* The same for the class `identity`, which the code system answers itself. */
ERR_CHECK enum err pickup_identity(struct picking *k);

#endif
