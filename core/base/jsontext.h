/* jsontext: what everybody does with a json-c object. Uses json-c and pool; used
 * wherever JSON is kept or taken apart outside core/wire. */
#ifndef ZWM_BASE_JSONTEXT_H
#define ZWM_BASE_JSONTEXT_H

#include <json-c/json.h>

#include "core/base/err.h"
#include "core/base/pool.h"

/* The text of member `name`, which lives as long as `o`; `otherwise` if `o` is no object (or
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

/* The levels that json_read allows. A rule of the greatest depth takes two levels for each
 * operation, so it fits with room. */
enum { JSON_READ_DEPTH = 1024 };

/* Parses any JSON (RFC 8259) of `len` bytes: a file that an operator names, a rule. Strict: UTF-8,
 * one value, at most JSON_READ_DEPTH levels, integers of at most 64 bits. Of a member given twice
 * the last one stands. Returns ERR_OK also for the value null, which json-c writes as NULL; ERR_BAD
 * if the text is no such JSON. The pool owns the object. Bodies of requests are read by
 * wire_parse_json, which is stricter. */
ERR_CHECK enum err json_read(struct pool *p, const char *text, size_t len,
                             struct json_object **value_r);

/* The whole of `o` in its shortest form, in `p`. */
char *json_to_text(struct pool *p, struct json_object *o);

#endif
