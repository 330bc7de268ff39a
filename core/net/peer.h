/* peer: our own calls to other code systems (interface 2.1, 2.6): signed as an app whose app_id is
 * our identifier, receipts checked, bounded in number and time, with a circuit breaker for each
 * system. Uses trust, gated, outgoing, peer_hop, peer_receipt. Calls that we pass on: peer_relay.
 *
 * Who is believed: a result 100 and every 3xxx, 5xxx, 6xxx error count only with a receipt of the
 * target system itself, under its listed key, bound to our request. A relay can say 4xxx and 9xxx:
 * it can refuse, nothing more; whatever else it says is taken for ERR_SYSTEM_UNREACHABLE. */
#ifndef ZWM_NET_PEER_H
#define ZWM_NET_PEER_H

#include <json-c/json.h>

#include "core/base/work.h"
#include "core/net/http.h"
#include "core/wire/calls.h"

struct peer_call {
    /* in */
    const struct work *w;
    const char *target;                                    /* system identifier, 9 digits */
    const char *path;                                      /* "/api/v1/code/verify" */
    const char *body;                                      /* JSON text; NULL: GET */
    const char *nonce;                                     /* our nonce; NULL: a fresh one */
    const char *range;                                     /* Range header of a GET; NULL: none */
    bool (*sink)(void *arg, const void *data, size_t len); /* of a GET's body; NULL: collected */
    void *sink_arg;
    void (*head)(void *arg,
                 const struct http_answer *a); /* called before the first piece; NULL: none */
    /* out, in the pool of `w` */
    const char *hop;                            /* the system called */
    const char *request_string, *authorization; /* for evidence */
    struct http_answer answer;                  /* body of the answer as it came */
    struct json_object *item;                   /* the item of a result 100 */
    enum err error;                             /* what the target answered: ERR_OK or its error */
    const char *msg;                            /* its message */
    bool in_progress;                           /* result 103 */
    bool believed;                              /* the answer has a valid receipt of the target */
    bool sent;                                  /* false: the target cannot have seen the call */
};

/* Returns ERR_OK if the target has answered: `error` is its word. Otherwise ERR_NO_ROUTE,
 * ERR_SYSTEM_SUSPENDED, ERR_SYSTEM_UNREACHABLE, ERR_LOOP, ERR_TRUST_EXPIRED, ERR_BUSY: if `sent` is
 * set it may yet have taken effect. */
ERR_CHECK enum err peer_call(struct peer_call *c);

/* One question to another code system: POSTs `body` (JSON text, borrowed) to the interface `id` of
 * `target`, both borrowed by *c_r. `nonce` NULL: a fresh one. Returns as peer_call, with everything
 * that came of it in *c_r. */
ERR_CHECK enum err peer_ask(const struct work *w, enum call_id id, const char *target,
                            const char *body, const char *nonce, struct peer_call *c_r);

#endif
