/* log: one JSON object a line on standard error (the supervisor keeps the file), UTC, never a
 * sensitive value.
 *
 * A line is built with log_start, log_str / log_int, log_end and written with one write(2), so
 * lines of several threads and processes do not mix. Long values are cut, and a member that does
 * not fit into its line any more is left out: every line is JSON, whatever the members hold. */
#ifndef ZWM_BASE_LOG_H
#define ZWM_BASE_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum log_level { LOG_DEBUG, LOG_INFO, LOG_WARN, LOG_ERROR, LOG_FATAL };

struct log_line {
    size_t len;
    bool full; /* the member being written does not fit */
    char text[2048];
};

/* Lines below `least` are dropped; `program` goes into each. Call once at start. */
void log_init(const char *program, enum log_level least);

/* Starts a line: time, level, program, event. */
void log_start(struct log_line *l, enum log_level level, const char *event);
void log_str(struct log_line *l, const char *key, const char *value); /* NULL value: left out */
void log_int(struct log_line *l, const char *key, int64_t value);
void log_end(struct log_line *l);

/* A whole line with one text member `msg`. */
void log_msg(enum log_level level, const char *event, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

#endif
