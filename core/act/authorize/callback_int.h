/* callback_int: one try of a callback, for the threads that make them. Private to the callbacks. */
#ifndef ZWM_ACT_CALLBACK_INT_H
#define ZWM_ACT_CALLBACK_INT_H

#include "core/act/authorize/authorize.h"
#include "core/net/http.h"
#include "core/store/callback.h"

/* What a thread that sends has at hand. */
struct sender {
    const struct conf *conf;
    struct keyring *kr;
    struct http_client *http;
};

/* Takes a job that is due, so that nobody else sends it meanwhile. Returns false if another process
 * has it, or the store fails. */
bool callback_begin(struct db *db, const struct conf *conf, struct callback_job *j);
/* Sends it. Returns NULL if it was delivered, or else why not, in `p`. */
const char *callback_post(const struct sender *s, struct pool *p, const struct callback_job *j);
/* Enters how the try ended (`error` as callback_post returned it) and when the next one is due. */
void callback_finish(struct db *db, const struct conf *conf, struct callback_job *j,
                     const char *error);

#endif
