/* peer_receipt: whether an answer is the word of the code system that it is said to be of
 * (interface 2.1). Uses trust, http, callsig. */
#ifndef ZWM_NET_PEER_RECEIPT_H
#define ZWM_NET_PEER_RECEIPT_H

#include "core/net/http.h"
#include "core/net/trust.h"

/* Returns true if the answer carries a receipt of `system` itself, under a key of it that counts at
 * `now_sec`, over our request (its signing string) and over this very status and body. `p` is for
 * what is needed meanwhile. */
bool peer_receipt_holds(struct pool *p, const struct trust_system *system, int64_t now_sec,
                        const char *request_string, const struct http_answer *a);

#endif
