/* passing: codes, tickets and files of other code systems, on behalf of our own third parties
 * (interface 2.3, 2.4, 2.6).
 *
 * A call is entered as uncertain (ERR_UNCERTAIN, with the peer and the nonce of our call to it)
 * before it is passed on, and what came of it afterwards. So whatever is lost or killed in between,
 * `outcome` can ask the issuing system, and a single-use code is never lost to a lost answer. */
#ifndef ZWM_ACT_PASSING_H
#define ZWM_ACT_PASSING_H

#include "core/act/call.h"
#include "core/code/codetype.h"
#include "core/net/peer.h"
#include "core/store/evidence.h"
#include "core/store/pickup.h"

/* Has the system `target` verify the code of `in`. `detail` is the JSON kept with the record;
 * `type` gives the message of an expired code. */
ERR_CHECK enum err pass_verify(struct call *c, const struct verify_in *in, const char *detail,
                               const char *target, enum code_type type, struct verify_out *out_r);
/* Asks what became of an earlier verify call `nonce` that was passed on and whose end is not known.
 */
ERR_CHECK enum err pass_outcome(struct call *c, const char *nonce,
                                const struct callrec_found *found, struct verify_out *out_r);

/* Picks up with a ticket of another system. */
ERR_CHECK enum err pass_pickup(struct call *c, const struct pickup_in *in,
                               const uint8_t ticket_hash[SM3_LEN], struct pickup_out *out_r);
/* Streams a file that another system holds under the same handle. */
ERR_CHECK enum err pass_file(struct call *c, const struct file_handle *h);

/* --- what verify and pickup share --- */
struct passing {
    struct call *c;
    struct callrec rec;
    int32_t day;
    struct file_handle handle; /* of a file to be fetched later; app_id NULL: none */
    struct evidence evidence;  /* of our call; peer NULL: its answer has no receipt */
};
/* Enters the call as uncertain, before it is passed on. */
ERR_CHECK enum err passing_begin(struct passing *k, const char *target, const char *detail);
/* Enters how it ended, with k->handle and k->evidence. */
ERR_CHECK enum err passing_end(struct passing *k);

#endif
