/* outgoing: one HTTP call that we sign: to an information service, to the callback address of a
 * third party, to another code system, or from the command line. Uses http, callsig. */
#ifndef ZWM_NET_OUTGOING_H
#define ZWM_NET_OUTGOING_H

#include "core/net/http.h"
#include "core/wire/callsig.h"

/* How a call is signed. */
enum outgoing_scheme {
    OUTGOING_CALL, /* ZWM-SM2-SM3 (interface 2.1): the receiver knows us as an app or a system */
    OUTGOING_OUT /* ZWM-SM2-SM3-OUT: the receiver is no code system, but a service or a third party
                  */
};

struct outgoing {
    /* in */
    struct http_request rq;   /* method, url, body, limits, sink; `headers` is set by signing */
    const char *const *more;  /* further "Name: value" lines, NULL-ended; NULL: none */
    const char *content_type; /* of the body; NULL: application/json */
    enum outgoing_scheme scheme;
    const struct sm2_key *key; /* with its private half */
    const char *signer;        /* whose key it is: app_id or system identifier */
    const char *to;     /* of OUTGOING_CALL: the code system that shall act; NULL: not said */
    const char *target; /* of OUTGOING_CALL: the request target signed; NULL: that of rq.url */
    const char *nonce;  /* NULL: a fresh one */
    int64_t now_sec;    /* the timestamp of the call, since the Unix epoch */
    /* out, in the pool */
    const char *authorization; /* the header's value */
    const char *string;        /* what is signed */
};

/* Signs the call and sets rq.headers: Authorization, the Content-Type of a body, and `more`. rq can
 * then be sent by http_call or gated_call. Returns ERR_BUSY if it cannot be signed. */
ERR_CHECK enum err outgoing_sign(struct pool *p, struct outgoing *o);
/* Signs and sends. Returns ERR_BUSY if it cannot be signed, with `failure` set as for ERR_IO;
 * otherwise as http_call. */
ERR_CHECK enum err outgoing_call(struct http_client *http, struct pool *p, struct outgoing *o,
                                 struct http_answer *a_r);

#endif
