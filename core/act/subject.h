/* subject: checks of a subject that a channel has identified which the field table cannot make
 * (interface 2.2; R1.10): numbers by their check digits, kinds that fit, an identification that is
 * good enough. */
#ifndef ZWM_ACT_SUBJECT_H
#define ZWM_ACT_SUBJECT_H

#include "core/code/codetype.h"
#include "core/act/call.h"

/* `row` sets the least assurance and whether the subject must be an enterprise. Returns
 * ERR_FIELD_INVALID or ERR_FIELD_MISSING and names the member of `subject` in c->detail. */
ERR_CHECK enum err subject_check(struct call *c, const struct subject *s,
                                 const struct code_type_row *row);

/* Returns the subject as JSON text for the store, in the call's pool. */
const char *subject_text(const struct call *c, const struct subject *s);

#endif
