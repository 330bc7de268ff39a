/* issue: see issue.c. */
#ifndef ZWM_ACT_ISSUE_H
#define ZWM_ACT_ISSUE_H

#include "core/act/call.h"

/* Issues a code for the subject of `in`, which the channel app c->app has identified. The code and
 * its authorization record are durable when this returns ERR_OK; `out_r` lives in the call's pool.
 * Returns 1xxx and names the field if the input cannot be, ERR_AUTHZ_UNKNOWN or ERR_AUTHZ_SUBJECT
 * if the authorization to be replaced is not this app's or not this subject's. Needs the statements
 * of DB_ISSUE. */
ERR_CHECK enum err act_issue(struct call *c, const struct issue_in *in, struct issue_out *out_r);

#endif
