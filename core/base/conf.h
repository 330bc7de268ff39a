/* conf: settings of one instance, one table. Read from VAR/zwm.conf: lines `name = value`, `#`
 * comments. Unknown names, names set twice, wrong values and values out of bounds are refused with
 * the line named: a typing error must not become a default. Uses err, pool. */
#ifndef ZWM_BASE_CONF_H
#define ZWM_BASE_CONF_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "core/base/err.h"
#include "core/base/pool.h"

/* The rows of conf.def are its members. Empty path defaults are filled in from the instance
 * directory. */
struct conf {
    const char *var_dir; /* the instance directory, absolute */
#define SETTING_STR(name, dflt, doc)           const char *name;
#define SETTING_WORD(name, dflt, words, doc)   const char *name;
#define SETTING_INT(name, dflt, min, max, doc) int64_t name;
#include "core/base/conf.def"
#undef SETTING_STR
#undef SETTING_WORD
#undef SETTING_INT
};

/* The instance directory: $ZWM_VAR, else `var` in the working directory; absolute, in `p`. */
char *conf_var_dir(struct pool *p);

/* Loads VAR/zwm.conf; the strings live in `p`. Returns ERR_ABSENT if the file cannot be opened and
 * ERR_BAD if it is refused or cannot be read to its end. What is wrong is said on `err_out` (NULL:
 * nowhere). */
ERR_CHECK enum err conf_load(struct pool *p, const char *var_dir, struct conf *c_r, FILE *err_out);

/* Returns a setting that is a number by its name, 0 if there is no such setting. */
int64_t conf_int(const struct conf *c, const char *name);

/* Whether there is a setting of this name (of `len` bytes). */
bool conf_has(const char *name, size_t len);

/* Every setting with its default and meaning, as commented lines; `with` names values to set
 * (NULL-ended pairs). `chinese`: the meanings are those of conf_zh.def. */
void conf_write_template(FILE *out, const char *const *with, bool chinese);
/* As a Markdown table, for docs/operations.md or, in Chinese, docs/zh/operations.md. */
void conf_write_markdown(FILE *out, bool chinese);

#endif
