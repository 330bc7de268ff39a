/* certlogic: evaluates expressions of CertLogic, the language of the fusion rules (R5.6), over any
 * JSON. Uses base and json-c. docs/rules.md tells operators and bounds.
 *
 * An expression comes from an operator, its data from whoever presents a code: both may be any JSON
 * at all. The work for one evaluation is bounded in depth and in steps, so that no rule and no data
 * can hold a responder up. What is wrong is told as a text that names the operator and the place,
 * as in "`<`: operand 2 is a string, not an integer (at /if/0)". */
#ifndef ZWM_CODE_CERTLOGIC_H
#define ZWM_CODE_CERTLOGIC_H

#include <json-c/json.h>
#include <stdbool.h>
#include <stdint.h>

#include "core/base/err.h"
#include "core/base/pool.h"

enum {
    CERTLOGIC_DEPTH_MAX = 32,    /* operations and arrays within each other */
    CERTLOGIC_STEPS_MAX = 10000, /* for one evaluation, and once more for writing its value down */
};

enum certlogic_kind {
    CERTLOGIC_NULL,
    CERTLOGIC_BOOLEAN,
    CERTLOGIC_NUMBER,
    CERTLOGIC_STRING,
    CERTLOGIC_DATE,  /* made by plusTime and dccDateOfBirth only */
    CERTLOGIC_JSON,  /* an array or an object of the data */
    CERTLOGIC_LIST,  /* an array that the expression has made */
    CERTLOGIC_FRAME, /* the data within a reduce: accumulator and current */
};

/* A value is copied freely. What it points to belongs to the data, to the expression or to the pool
 * of the evaluation, and lives as long as all three do. */
struct certlogic_value {
    enum certlogic_kind kind;
    union {
        bool boolean;
        double number; /* as in JavaScript: integers are exact up to 2^53 */
        struct {
            const char *at; /* UTF-8, not terminated */
            size_t len;
        } string;
        const int64_t *date_ms; /* milliseconds since the Unix epoch, UTC */
        struct json_object *json;
        const struct certlogic_list *list;
        const struct certlogic_frame *frame;
    };
};

struct certlogic_list {
    size_t n;
    struct certlogic_value items[];
};

struct certlogic_frame {
    struct certlogic_value accumulator, current;
};

/* Evaluates `when` over `data`; both may be NULL, which is the JSON null. Allocates from `p` only.
 * ERR_BAD if the expression is wrong, does not suit the data or passes a bound; `*why_r` is then a
 * text for the person who writes the rule, in `p`. */
ERR_CHECK enum err certlogic_evaluate(struct pool *p, struct json_object *when,
                                      struct json_object *data, struct certlogic_value *value_r,
                                      const char **why_r);

/* How a value counts as a condition. A date-time is neither true nor false. */
enum certlogic_truth { CERTLOGIC_FALSY, CERTLOGIC_TRUTHY, CERTLOGIC_NEITHER };
enum certlogic_truth certlogic_truth(const struct certlogic_value *v);

/* The value as JSON, owned by `p`; it shares the arrays and objects of the data. NULL for null. A
 * date-time becomes text, `YYYY-MM-DDThh:mm:ss.sssZ`. ERR_BAD if a value that the expression has
 * made is too large (CERTLOGIC_STEPS_MAX items) or too deep to be written down, `*why_r` as above.
 */
ERR_CHECK enum err certlogic_json(struct pool *p, const struct certlogic_value *v,
                                  struct json_object **json_r, const char **why_r);

/* Checks an expression before it is saved: shape, operators, numbers of operands, depth, paths,
 * units and indices. Stricter than the evaluation: what an evaluation would never reach is checked
 * too, operands too many are refused, and so is a path that implementations read in different ways.
 * ERR_BAD and the first thing wrong in `*why_r`. */
ERR_CHECK enum err certlogic_check(struct pool *p, struct json_object *when, const char **why_r);

#endif
