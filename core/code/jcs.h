/* jcs: RFC 8785 canonical form of a json-c value, for digests and signatures. Uses base.
 * Numbers: integers within +-(2^53 - 1) only; others are ERR_BAD (none of our objects has any). */
#ifndef ZWM_CODE_JCS_H
#define ZWM_CODE_JCS_H

#include <json-c/json.h>

#include "core/base/buf.h"
#include "core/base/err.h"

/* Appends the canonical form to `b`: members sorted by UTF-16 code units, no white space,
 * ECMAScript string escapes. */
ERR_CHECK enum err jcs_write(struct buf *b, struct json_object *value);

#endif
