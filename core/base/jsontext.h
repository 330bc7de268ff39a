/* jsontext: the two things that everybody does with a json-c object. Uses json-c and pool; used
 * wherever JSON is kept or taken apart outside core/wire. */
#ifndef ZWM_BASE_JSONTEXT_H
#define ZWM_BASE_JSONTEXT_H

#include <json-c/json.h>

#include "core/base/pool.h"

/* The text of member `name`, which lives as long as `o`; `otherwise` where `o` is no object (or
 * NULL) or the member is no string. */
const char *json_get_text(const struct json_object *o, const char *name, const char *otherwise);

/* The whole of `o` in its shortest form, in `p`. */
char *json_to_text(struct pool *p, struct json_object *o);

#endif
