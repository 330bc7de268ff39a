/* verify: see verify.c. */
#ifndef ZWM_ACT_VERIFY_H
#define ZWM_ACT_VERIFY_H

#include "core/act/call.h"

/* Verifies the code of `in` for c->app, here or at the system that issued it, and marks it used if
 * it serves once. When this returns ERR_OK or a 3xxx error, the record of it is durable; `out_r`
 * lives in the call's pool. ERR_OK with c->begun: another system's answer was passed on. Returns
 * ERR_UNCERTAIN if it may or may not have taken effect: act_outcome tells. Needs the statements of
 * DB_VERIFY. */
ERR_CHECK enum err act_verify(struct call *c, const struct verify_in *in, struct verify_out *out_r);

#endif
