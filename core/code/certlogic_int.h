/* certlogic_int: what the files of certlogic share: the table of operators, the place in an
 * expression for messages, date-times. */
#ifndef ZWM_CODE_CERTLOGIC_INT_H
#define ZWM_CODE_CERTLOGIC_INT_H

#include "core/code/certlogic.h"

/* A place in an expression, for messages: the operand or item `index` below `up`. */
struct certlogic_place {
    const struct certlogic_place *up; /* NULL for the whole expression */
    const char *op;                   /* the operator above; NULL if an array is above */
    size_t index;
    unsigned depth; /* of operations and arrays above, and this one; 1 for the whole */
};

/* Sets `*why_r` to "`op`: text (at place)", without the operator if `op` is NULL. Returns ERR_BAD.
 */
enum err certlogic_fail(struct pool *p, const char **why_r, const struct certlogic_place *at,
                        const char *op, const char *fmt, ...) __attribute__((format(printf, 5, 6)));

/* One evaluation. */
struct certlogic_run {
    struct pool *pool;
    const char **why_r;
    unsigned steps; /* taken so far */
};

/* One operation being evaluated. */
struct certlogic_call {
    struct certlogic_run *run;
    const struct certlogic_place *at;
    const struct certlogic_op *op;
    struct json_object *operands; /* an array of at least op->least items */
    size_t n;
    const struct certlogic_value *data;
};

enum { CERTLOGIC_ANY = 0xff };

struct certlogic_op {
    const char *name;
    unsigned char least, most; /* operands; CERTLOGIC_ANY for no most */
    bool surplus;              /* an evaluation takes no notice of operands past `most` */
    unsigned char expressions; /* so many operands are expressions, the others literals */
    enum err (*run)(const struct certlogic_call *c, struct certlogic_value *v_r);
};

/* NULL if there is no such operator. `var` is not in the table: its form is another one. */
const struct certlogic_op *certlogic_op_find(const char *name);
/* "takes 2 or 3 operands, not 1". */
enum err certlogic_fail_count(struct pool *p, const char **why_r, const struct certlogic_place *at,
                              const struct certlogic_op *op, size_t n);
/* The operator and operands of an operation, `at` for messages. ERR_BAD if `o`, which is an object,
 * is no operation. */
ERR_CHECK enum err certlogic_take_apart(struct pool *p, const char **why_r,
                                        const struct certlogic_place *at, struct json_object *o,
                                        const char **name_r, struct json_object **operands_r);

/* The literal operands of plusTime (amount, unit) and extractFromUVCI (index). */
ERR_CHECK enum err certlogic_literals(struct pool *p, const char **why_r,
                                      const struct certlogic_place *at,
                                      const struct certlogic_op *op, struct json_object *operands);

/* A value of the data. */
struct certlogic_value certlogic_value_of(struct json_object *o);
bool certlogic_is_integer(const struct certlogic_value *v);
/* The CertLogic of `===`: strings and numbers by content, arrays, objects and date-times only if
 * they are the same one. */
bool certlogic_same(const struct certlogic_value *a, const struct certlogic_value *b);
/* "a string", "an integer", ... for messages. */
const char *certlogic_kind_name(const struct certlogic_value *v);
/* Follows a path of `var`. Adds to `*walked` the bytes of strings that it went along. */
struct certlogic_value certlogic_access(struct pool *p, const char *path, size_t len,
                                        const struct certlogic_value *data, size_t *walked);
/* Whether a part of a path (between points) begins like an index and is none in its shortest form:
 * "2nd", "007". One implementation reads a name there, another an index. */
bool certlogic_part_is_ambiguous(const char *part, size_t len);

/* Date-times: milliseconds since the Unix epoch, UTC, proleptic Gregorian calendar. */
enum certlogic_unit { UNIT_YEAR, UNIT_MONTH, UNIT_DAY, UNIT_HOUR, UNIT_MAX };
/* UNIT_MAX if it is none. */
enum certlogic_unit certlogic_unit_by_name(const char *name);
/* `YYYY`, `YYYY-MM` (their last day) or `YYYY-MM-DD`; with `time` also the forms with a time.
 * ERR_ABSENT if the text has none of these forms, ERR_BAD if there is no such date or time. */
ERR_CHECK enum err certlogic_date_parse(const char *s, size_t len, bool time, int64_t *ms_r);
/* ERR_BAD if the result is beyond 100,000,000 days from the epoch, JavaScript's bound. */
ERR_CHECK enum err certlogic_date_add(int64_t ms, double amount, enum certlogic_unit unit,
                                      int64_t *ms_r);
enum { CERTLOGIC_DATE_TEXT = 32 };
/* `YYYY-MM-DDThh:mm:ss.sssZ`; six digits and a sign for years outside 0 to 9999. */
void certlogic_date_text(int64_t ms, char out[CERTLOGIC_DATE_TEXT]);

#endif
