/* gated: one HTTP call within the gate of the party that it is for (peer_gate). Uses http,
 * peer_gate. */
#ifndef ZWM_NET_GATED_H
#define ZWM_NET_GATED_H

#include "core/net/http.h"

/* As http_call, in a turn of `party`: a code system's identifier or the name of a service. With
 * rq->head the turn ends when the answer begins, because how long the reader takes is not the
 * party's affair. Returns ERR_IO also if the gate lets nobody in: nothing was sent then. */
ERR_CHECK enum err gated_call(const char *party, struct http_client *http, struct pool *p,
                              const struct http_request *rq, struct http_answer *a_r);

#endif
