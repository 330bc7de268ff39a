/* outcome: see outcome.c. */
#ifndef ZWM_ACT_OUTCOME_H
#define ZWM_ACT_OUTCOME_H

#include "core/act/call.h"

/* Tells what became of the verify call of c->app with the nonce of `in`, for outcome_ttl_sec
 * seconds: the same result or the same error (c->msg too). Returns ERR_CODE_UNKNOWN if no such call
 * took effect; that nonce then never will. Asks the issuing system if the call was passed on and
 * its end is not known; ERR_UNCERTAIN if that system does not tell. */
ERR_CHECK enum err act_outcome(struct call *c, const struct outcome_in *in,
                               struct verify_out *out_r);

#endif
