/* form: application/x-www-form-urlencoded (URL Standard 5): queries and bodies of forms. Uses pool
 * and buf. */
#ifndef ZWM_BASE_FORM_H
#define ZWM_BASE_FORM_H

#include "core/base/buf.h"

/* Returns the value of `name` in `text`, decoded, in `p`. Returns NULL if it is absent, stands
 * there twice, or is no form (a wrong percent sign, a NUL). `text` may be NULL. */
const char *form_get(struct pool *p, const char *text, const char *name);
/* Adds name=value, encoded, behind an `&` unless `b` is empty or ends with a `?`. */
void form_put(struct buf *b, const char *name, const char *value);

#endif
