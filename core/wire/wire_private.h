/* What the files of core/wire share: where in a document we are, and the two readers behind
 * wire_decode. */
#ifndef ZWM_WIRE_WIRE_PRIVATE_H
#define ZWM_WIRE_WIRE_PRIVATE_H

#include "core/wire/field.h"

/* One step from the outermost object to a value; steps live on the stack of whoever descends. */
struct wire_step {
    const struct wire_step *up; /* NULL: a member of the outermost object */
    const char *name;           /* NULL: an item, and `index` counts */
    size_t index;               /* from 0 */
};

/* `subject.id_no`, `xxlb[2]`; NULL for a NULL step. Long names are cut and control characters shown
 * as `?`, since the text goes into the answer. */
const char *wire_path(struct pool *p, const struct wire_step *at);

/* Notes the path (fault may be NULL) and returns `e`. */
ERR_CHECK enum err wire_fail(struct pool *p, struct wire_fault *fault, const struct wire_step *at,
                             enum err e);

/* A body as a json-c tree, put when the pool goes. NULL with ERR_OK is the JSON value null. */
ERR_CHECK enum err wire_read_json(struct pool *p, const char *text, size_t len,
                                  struct json_object **value_r, struct wire_fault *fault);
ERR_CHECK enum err wire_read_xml(struct pool *p, const char *text, size_t len,
                                 const struct fields *table, struct json_object **value_r,
                                 struct wire_fault *fault);

/* The row called `name`; NULL if there is none. */
const struct field *wire_row(const struct fields *table, const char *name);

#endif
