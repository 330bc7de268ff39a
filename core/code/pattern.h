/* pattern: the regular expressions that tell another organisation's codes (business codes, R5.7),
 * on PCRE2. Uses base.
 *
 * A pattern always matches a whole text, whether it is written with ^ and $ or not. It is written
 * by an operator and then meets whatever a scanner reads, so two things stand between the two. When
 * it is saved, pattern_check proves that no text can cost more than a bounded number of steps, or
 * refuses it (pattern_cost.c says how). When it is used, PCRE2's own limits hold all the same. */
#ifndef ZWM_CODE_PATTERN_H
#define ZWM_CODE_PATTERN_H

#include <stdbool.h>
#include <stddef.h>

#include "core/base/err.h"
#include "core/base/pool.h"

enum {
    PATTERN_LEN_MAX = 200,     /* characters of a pattern */
    PATTERN_TEXT_MAX = 1024,   /* characters of a text that a pattern can match */
    PATTERN_STEPS_MAX = 50000, /* for the costliest text of that length */
};

struct pattern;

/* Checks a pattern before it is saved. ERR_BAD if it is no pattern, uses what is not allowed or may
 * cost more than PATTERN_STEPS_MAX; `*why_r` is then a text for the operator, in `p`. */
ERR_CHECK enum err pattern_check(struct pool *p, const char *pattern, const char **why_r);

/* Compiles a pattern for use; it lives as long as `p`, and threads may share it. ERR_BAD as above,
 * but cost is not looked at: that was done when it was saved. */
ERR_CHECK enum err pattern_compile(struct pool *p, const char *pattern, struct pattern **pattern_r,
                                   const char **why_r);

/* Whether the whole of `text` matches. Text that is no UTF-8 or longer than PATTERN_TEXT_MAX never
 * does. ERR_IO if a limit of PCRE2 was reached, which a pattern that was checked does not do. */
ERR_CHECK enum err pattern_match(const struct pattern *pattern, const char *text, size_t len,
                                 bool *matches_r);

#endif
