#include "core/base/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "core/base/clock.h"
#include "core/base/text.h"

static const char *program_name = "zwm";
static enum log_level least_level = LOG_INFO;
static const char *const level_names[] = {"debug", "info", "warn", "error", "fatal"};

enum { VALUE_MAX = 300, TAIL = 8 };

void log_init(const char *program, enum log_level least)
{
    program_name = program;
    least_level = least;
}

static void put(struct log_line *l, const char *s, size_t len)
{
    if (l->len == 0 || l->full)
        return;
    l->full = l->len + len + TAIL > sizeof l->text;
    if (l->full)
        return;
    memcpy(l->text + l->len, s, len);
    l->len += len;
}

static void put_json(struct log_line *l, const char *s)
{
    size_t left = strlen(s), done = 0;
    put(l, "\"", 1);
    while (left > 0 && done < VALUE_MAX) {
        uint32_t cp;
        char esc[8];
        size_t n = utf8_next(s, left, &cp);
        if (n == 0) {
            put(l, "?", 1);
            n = 1;
        } else if (cp == '"' || cp == '\\') {
            esc[0] = '\\';
            esc[1] = (char)cp;
            put(l, esc, 2);
        } else if (cp < 0x20 || cp == 0x7f) {
            (void)snprintf(esc, sizeof esc, "\\u%04x", (unsigned)cp);
            put(l, esc, 6);
        } else {
            put(l, s, n);
        }
        s += n;
        left -= n;
        done += n;
    }
    put(l, "\"", 1);
}

void log_start(struct log_line *l, enum log_level level, const char *event)
{
    l->len = 0;
    l->full = false;
    if (level < least_level)
        return;
    int64_t ms = clock_now_ms();
    time_t t = (time_t)(ms / 1000);
    struct tm tm;
    (void)gmtime_r(&t, &tm);
    char stamp[32];
    (void)strftime(stamp, sizeof stamp, "%Y-%m-%dT%H:%M:%S", &tm);
    int n = snprintf(l->text, sizeof l->text,
                     "{\"time\":\"%s.%03dZ\",\"level\":\"%s\",\"program\":\"%s\",\"event\":", stamp,
                     (int)(ms % 1000), level_names[level], program_name);
    l->len = n > 0 ? (size_t)n : 0;
    put_json(l, event);
}

/* Takes back the member begun at `before` if it did not fit: half of it would be no JSON. */
static void end_member(struct log_line *l, size_t before)
{
    if (l->full)
        l->len = before;
    l->full = false;
}

void log_str(struct log_line *l, const char *key, const char *value)
{
    size_t before = l->len;
    if (value == NULL)
        return;
    put(l, ",", 1);
    put_json(l, key);
    put(l, ":", 1);
    put_json(l, value);
    end_member(l, before);
}

void log_int(struct log_line *l, const char *key, int64_t value)
{
    char num[32];
    size_t before = l->len;
    int n = snprintf(num, sizeof num, ":%lld", (long long)value);
    put(l, ",", 1);
    put_json(l, key);
    put(l, num, (size_t)n);
    end_member(l, before);
}

void log_end(struct log_line *l)
{
    if (l->len == 0)
        return;
    l->text[l->len++] = '}';
    l->text[l->len++] = '\n';
    ssize_t n = write(STDERR_FILENO, l->text, l->len);
    (void)n; /* nothing can be done about a log that cannot be written */
}

void log_msg(enum log_level level, const char *event, const char *fmt, ...)
{
    char msg[512];
    va_list ap;
    va_start(ap, fmt);
    (void)vsnprintf(msg, sizeof msg, fmt, ap);
    va_end(ap);
    struct log_line l;
    log_start(&l, level, event);
    log_str(&l, "msg", msg);
    log_end(&l);
}
