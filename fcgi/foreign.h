/* foreign: codes, tickets and files of other code systems, on behalf of our own third parties
 * (interface 2.3, 2.4, 2.6).
 *
 * A call is entered as uncertain (ERR_UNCERTAIN, with the peer and the nonce of our call to it)
 * before it is passed on, and what came of it afterwards. So whatever is lost or killed in between,
 * `outcome` can ask the issuing system, and a single-use code is never lost to a lost answer. */
#ifndef ZWM_FCGI_FOREIGN_H
#define ZWM_FCGI_FOREIGN_H

#include "core/code/code.h"
#include "core/net/peer.h"
#include "core/store/pickup.h"
#include "fcgi/responder.h"

/* Whether another listed system with our platform identifier made `code`. */
bool foreign_is_sisters(const struct call *c, const struct code *code);
/* The system that issued `code`, by its identifier or platform identifier; of several with that
 * platform identifier the one whose signature it bears. NULL where the trust list has none. */
const char *foreign_issuer(const struct call *c, const struct code *code);
/* Whether the code bears the signature of `issuer` under its listed key, or the one before it
 * during the overlap. Also true where the route there will be refused anyway: that comes first. */
bool foreign_is_signed(const struct call *c, const struct code *code, const char *issuer);

ERR_CHECK enum err foreign_verify(struct call *c, const struct verify_in *in, const char *detail,
                                  const char *target, enum code_type type);
/* Of an earlier verify call `nonce` that was passed on and whose end is not known. */
ERR_CHECK enum err foreign_outcome(struct call *c, const char *nonce,
                                   const struct callrec_found *found);

ERR_CHECK enum err foreign_pickup(struct call *c, const struct pickup_in *in,
                                  const uint8_t ticket_hash[SM3_LEN]);
/* Streams a file that another system holds under the same handle. */
ERR_CHECK enum err foreign_file(struct call *c, const struct file_handle *h);

#endif
