/* lang: the language that `zwm` speaks to people. English texts are the keys of one table
 * (messages.def), so a call site writes English and a text without Chinese stays English. What
 * programs read (--json, exit codes, option names) is the same in both languages. Uses pool. */
#ifndef ZWM_CLI_LANG_H
#define ZWM_CLI_LANG_H

#include <stdbool.h>

#include "core/base/pool.h"

enum lang { LANG_EN, LANG_ZH };

/* Takes `--lang zh|en` out of the arguments before a `--`. Without it the first of LC_ALL,
 * LC_MESSAGES and LANG that is set decides: one that begins with zh, in UTF-8, means Chinese.
 * Returns false if the option has no value, another value, or stands there twice; *lang_r is then
 * what the environment says. */
bool lang_take(int *argc, char **argv, enum lang *lang_r);

/* Returns the Chinese for `english` if `lang` asks for it and the table has it; else `english`
 * itself. Static or the caller's. */
const char *lang_text(enum lang lang, const char *english) __attribute__((format_arg(2)));

/* The same for a text that another part of the program has put together already: a row of the table
 * whose English it fits gives the Chinese, with what stood for the conversions. In `p`, static, or
 * `said` itself. */
const char *lang_said(struct pool *p, enum lang lang, const char *said);

/* Returns `usage` with its placeholders (FILE, NAME) in the language; words to be typed as they are
 * stay. In `p`, or `usage` itself. */
const char *lang_usage(struct pool *p, enum lang lang, const char *usage);

#endif
