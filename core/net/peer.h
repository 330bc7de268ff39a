/* peer: calls to other code systems (interface 2.1, 2.6): signed as an app whose app_id is our
 * identifier, receipts checked, bounded in number and time, with a circuit breaker a peer. Uses
 * trust, http, callsig.
 *
 * Who is believed: a result 100 and every 3xxx, 5xxx, 6xxx error count only with a receipt of the
 * target system itself, under its listed key, bound to our request. A relay can say 4xxx and 9xxx:
 * it can refuse, nothing more; whatever else it says is taken for ERR_SYSTEM_UNREACHABLE. */
#ifndef ZWM_NET_PEER_H
#define ZWM_NET_PEER_H

#include <json-c/json.h>

#include "core/base/conf.h"
#include "core/crypto/keyring.h"
#include "core/net/http.h"
#include "core/net/trust.h"
#include "core/wire/callsig.h"

enum { PEER_VIA_MOST = 4 };

struct peer_call {
    /* in */
    const struct conf *conf;
    const struct keyring *kr;
    struct http_client *http;
    const struct trust *trust;
    const char *target; /* system identifier, 9 digits */
    const char *path;   /* "/api/v1/code/verify" */
    const char *body;   /* JSON text; NULL: GET */
    const char *nonce;  /* our nonce; NULL: a fresh one */
    int64_t now_sec;
    const char *range;                                     /* Range header of a GET, NULL none */
    bool (*sink)(void *arg, const void *data, size_t len); /* of a GET's body; NULL: collected */
    void *sink_arg;
    void (*head)(void *arg,
                 const struct http_answer *a); /* called before the first piece; NULL: none */
    /* out */
    const char *hop; /* the system called */
    char used_nonce[NONCE_MAX + 1];
    const char *request_string, *authorization; /* for evidence */
    struct http_answer answer;                  /* body of the answer as it came */
    struct json_object *item;                   /* the item of a result 100; owned by the pool */
    enum err error;                             /* what the target answered: ERR_OK or its error */
    const char *msg;                            /* its message */
    bool in_progress;                           /* result 103 */
    bool sent;                                  /* false: the target cannot have seen the call */
};

/* ERR_OK: the target has answered and `error` is its word. Otherwise ERR_NO_ROUTE,
 * ERR_SYSTEM_SUSPENDED, ERR_SYSTEM_UNREACHABLE, ERR_LOOP, ERR_TRUST_EXPIRED: with `sent` set it may
 * yet have taken effect. */
ERR_CHECK enum err peer_call(struct pool *p, struct peer_call *c);

/* --- relaying --- */
struct relay {
    const struct conf *conf;
    const struct keyring *kr;
    struct http_client *http;
    const struct trust *trust;
    const char *target;
    const char *method, *path, *content_type, *authorization, *via,
        *accept; /* as they came; via NULL: none */
    const char *body;
    size_t body_len;
    const char *signing_string; /* of the request */
    int64_t now_sec;
    const char *range;
    bool (*sink)(void *arg, const void *data, size_t len);
    void *sink_arg;
    void (*head)(void *arg, const struct http_answer *a);
    /* out */
    const char *hop;
    struct http_answer answer; /* to pass back unchanged */
};
/* Passes the request on, body and Authorization as they came, with Zwm-Via, Zwm-Target and our
 * Zwm-Relay. ERR_OK: an answer came; else as peer_call. */
ERR_CHECK enum err peer_relay(struct pool *p, struct relay *r);

/* Checks what a request that came through relays carries: Via form, at most PEER_VIA_MOST, none
 * twice, not us (ERR_LOOP); Zwm-Relay under the listed key of the last of them, bound to the
 * request (ERR_NOT_AUTHENTICATED). `via` and `relay` NULL: it came directly. Zwm-Relay:
 * `system="ID",timestamp="…",signature="…"` over
 * HEX_SM3_OF_REQUEST_SIGNING_STRING\nVIA\nTIMESTAMP\n. */
ERR_CHECK enum err peer_check_via(const struct trust *t, const char *self, const char *via,
                                  const char *relay, const char *signing_string, int64_t now_sec,
                                  int64_t window_sec);

/* Whether an address text (IPv4 or IPv6) may be called: loopback, link-local, unspecified,
 * multicast only where allowed. */
bool peer_address_is_allowed(const char *address, bool allow_loopback);
/* https URL with a host, no user information; a literal address must be allowed. */
bool peer_url_is_allowed(const char *url, bool allow_loopback);

#endif
