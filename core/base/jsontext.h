/* jsontext: what everybody does with a json-c object. Uses json-c and pool; used
 * wherever JSON is kept or taken apart outside core/wire. */
#ifndef ZWM_BASE_JSONTEXT_H
#define ZWM_BASE_JSONTEXT_H

#include <json-c/json.h>

#include "core/base/pool.h"

/* The text of member `name`, which lives as long as `o`; `otherwise` where `o` is no object (or
 * NULL) or the member is no string. */
const char *json_get_text(const struct json_object *o, const char *name, const char *otherwise);

/* Gives the reference that the caller holds to the pool: it is put when the pool goes. Returns `o`;
 * NULL is allowed. Every object made for one call is owned in this way, so nothing is put by hand.
 */
struct json_object *json_own(struct pool *p, struct json_object *o);

/* Returns member `name`, which `o` owns; NULL if `o` is no object (or NULL) or has no such member.
 */
struct json_object *json_get(const struct json_object *o, const char *name);

/* Returns the strings of the list `name`, in `p`, and their number in *n_r; an absent list has
 * none. The strings live as long as `o`. */
const char **json_get_strings(struct pool *p, const struct json_object *o, const char *name,
                              size_t *n_r);

/* Returns a list of `n` strings, which the pool owns. */
struct json_object *json_strings(struct pool *p, const char *const *v, size_t n);

/* Parses text that we have written ourselves (a column of the store). NULL if it is no JSON. The
 * pool owns the object. Text of others is read by wire_parse_json. */
struct json_object *json_parse(struct pool *p, const char *text);

/* The whole of `o` in its shortest form, in `p`. */
char *json_to_text(struct pool *p, struct json_object *o);

#endif
