/* subject: what the field table cannot check of a subject that a channel has identified (interface
 * 2.2; R1.10): numbers by their check digits, kinds that fit, identification good enough. */
#ifndef ZWM_FCGI_SUBJECT_H
#define ZWM_FCGI_SUBJECT_H

#include "core/code/codetype.h"
#include "fcgi/responder.h"

/* Gives `e` and names the field at fault. */
ERR_CHECK enum err call_fault(struct call *c, enum err e, const char *field);

/* `row` sets the least assurance and whether it must be an enterprise. ERR_FIELD_INVALID or
 * ERR_FIELD_MISSING, the member of `subject` named. */
ERR_CHECK enum err subject_check(struct call *c, const struct subject *s,
                                 const struct code_type_row *row);

/* As JSON text for the store, in the call's pool. */
const char *subject_text(const struct call *c, const struct subject *s);

#endif
