/* peer_relay: calls between code systems that we pass on, and those that others passed on to us
 * (interface 2.6). Uses trust, gated, peer_hop. */
#ifndef ZWM_NET_PEER_RELAY_H
#define ZWM_NET_PEER_RELAY_H

#include "core/base/work.h"
#include "core/net/http.h"

enum { PEER_VIA_MOST = 4 };

struct relay {
    /* in */
    const struct work *w;
    const char *target; /* system identifier, 9 digits */
    const char *method, *path, *content_type, *authorization, *via, *accept,
        *range; /* as they came; NULL: it did not come */
    const char *body;
    size_t body_len;
    const char *signing_string; /* of the request */
    bool (*sink)(void *arg, const void *data, size_t len);
    void *sink_arg;
    void (*head)(void *arg, const struct http_answer *a);
    /* out, in the pool of `w` */
    const char *hop;           /* the system called */
    struct http_answer answer; /* to pass back unchanged */
};
/* Passes the request on, body and Authorization as they came, with Zwm-Via, Zwm-Target and our
 * Zwm-Relay. Returns ERR_OK if an answer came, otherwise as peer_call. */
ERR_CHECK enum err peer_relay(struct relay *r);

/* Checks what a request that came through relays carries, by the trust list of `w`; without a list
 * no relay is believed. `via` and `relay` are its Zwm-Via and Zwm-Relay; both NULL: it came
 * directly. Returns ERR_LOOP if more than PEER_VIA_MOST systems stand in `via`, one of them twice,
 * or we ourselves; ERR_NOT_AUTHENTICATED if the form is wrong or `relay` is not signed by the last
 * of them, over this request and within the clock window; ERR_SYSTEM_SUSPENDED if that one is
 * suspended. Zwm-Relay is `system="ID",timestamp="…",signature="…"` over
 * HEX_SM3_OF_REQUEST_SIGNING_STRING\nVIA\nTIMESTAMP\n. */
ERR_CHECK enum err peer_check_via(const struct work *w, const char *via, const char *relay,
                                  const char *signing_string);

#endif
