/* relay: a call of a code system that is meant for another one is passed on unchanged
 * (interface 2.6). */
#ifndef ZWM_FCGI_RELAY_H
#define ZWM_FCGI_RELAY_H

#include "core/net/peer.h"
#include "core/store/evidence.h"
#include "fcgi/responder.h"

/* Passes c on to `target` and writes the answer as it came, receipt included. An error: ours to
 * answer. */
ERR_CHECK enum err relay_pass(struct call *c, const char *target);

/* Keeps what was signed and answered, in a transaction of its own. A failure is logged: the call
 * itself is over. */
void relay_keep_evidence(struct call *c, const struct evidence *v);
/* What there is to keep of our own call, once it was sent. `sqbh` and `ticket_hash` may be NULL;
 * borrows all. */
struct evidence relay_evidence(const struct call *c, const struct peer_call *pc,
                               const uint8_t *sqbh, const uint8_t *ticket_hash);

/* Streams the body of a GET to the caller: sink and head of a peer call or relay. */
struct relay_stream {
    struct call *c;
    int64_t sent;
};
bool relay_stream_write(void *stream, const void *data, size_t len);
void relay_stream_head(void *stream, const struct http_answer *a);

#endif
