/* relay: a call of a code system that is meant for another one is passed on unchanged (interface
 * 2.6), and what is kept of calls between systems as evidence. */
#ifndef ZWM_ACT_RELAY_H
#define ZWM_ACT_RELAY_H

#include "core/act/call.h"
#include "core/net/peer.h"
#include "core/store/evidence.h"

/* Passes c on to `target` (9 digits), which it is addressed to. Its nonce is used up here first, so
 * that what somebody has seen of it is not passed on again: ERR_NONCE_USED. Kept are the record of
 * the call and, of an answer that bears a receipt of `target`, the evidence. Writes the answer as
 * it came, receipt included: then c->begun is set. An error is ours to answer. */
ERR_CHECK enum err relay_pass(struct call *c, const char *target);

/* Keeps what was signed and answered, in a transaction of its own. A failure is logged only: the
 * call itself is over. */
void relay_keep_evidence(struct call *c, const struct evidence *v);
/* Returns what there is to keep of our own call, once it was sent. `sqbh` and `ticket_hash` may be
 * NULL. Borrows all. */
struct evidence relay_evidence(const struct call *c, const struct peer_call *pc,
                               const uint8_t *sqbh, const uint8_t *ticket_hash);

/* Head and sink of a peer call or relay whose body is streamed to the caller; the argument is the
 * call. */
bool relay_stream_write(void *call, const void *data, size_t len);
void relay_stream_head(void *call, const struct http_answer *a);

#endif
