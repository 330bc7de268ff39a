#include "core/cli/screen.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/base/text.h"

struct guard {
    FILE *to;
    char cut[4]; /* the beginning of a character whose end has not been written yet */
    size_t cut_len;
    uint32_t before; /* the character written last */
};

static struct guard guards[2];

static void put_escape(FILE *to, uint32_t cp)
{
    if (cp > 0xffff) {
        cp -= 0x10000;
        (void)fprintf(to, "\\u%04x", 0xd800 + (unsigned)(cp >> 10));
        cp = 0xdc00 + (cp & 0x3ff);
    }
    (void)fprintf(to, "\\u%04x", (unsigned)cp);
}

/* How many bytes the character that begins with `first` has. */
static size_t length_of(unsigned char first)
{
    if (first < 0xc2 || first > 0xf4)
        return 1;
    return first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
}

/* Writes the first character of `s`; returns its bytes, or 0 if its end is not there yet. */
static size_t put_one(struct guard *g, const char *s, size_t len)
{
    uint32_t cp = 0;
    size_t n = utf8_next(s, len, &cp);
    if (n > 0) {
        if (text_code_point_follows(g->before, cp) || cp == '\n' || cp == '\t')
            (void)fwrite(s, 1, n, g->to);
        else
            put_escape(g->to, cp);
        g->before = cp;
        return n;
    }
    size_t want = length_of((unsigned char)*s);
    if (len < want && want <= sizeof g->cut) {
        size_t tail = 1;
        while (tail < len && ((unsigned char)s[tail] & 0xc0) == 0x80)
            tail++;
        if (tail == len)
            return 0;
    }
    put_escape(g->to, 0xfffd);
    return 1;
}

static ssize_t write_guarded(void *cookie, const char *data, size_t size)
{
    struct guard *g = cookie;
    size_t at = 0;
    char joined[2 * sizeof g->cut];
    while (g->cut_len > 0 && at < size) { /* one byte at a time until the character is whole */
        memcpy(joined, g->cut, g->cut_len);
        joined[g->cut_len] = data[at++];
        size_t len = g->cut_len + 1, n = put_one(g, joined, len);
        g->cut_len = len - n;
        if (n == 0 || g->cut_len > 0)
            memcpy(g->cut, joined + n, g->cut_len);
    }
    while (at < size) {
        size_t n = put_one(g, data + at, size - at);
        if (n == 0) {
            g->cut_len = size - at;
            memcpy(g->cut, data + at, g->cut_len);
            break;
        }
        at += n;
    }
    return fflush(g->to) == 0 ? (ssize_t)size : 0;
}

static FILE *guarded(struct guard *g, FILE *to, int buffering)
{
    g->to = to;
    FILE *f = fopencookie(g, "w", (cookie_io_functions_t){.write = write_guarded});
    if (f == NULL)
        abort();
    (void)setvbuf(f, NULL, buffering, BUFSIZ);
    return f;
}

void screen_guard(void)
{
    stdout = guarded(&guards[0], stdout, isatty(STDOUT_FILENO) == 1 ? _IOLBF : _IOFBF);
    stderr = guarded(&guards[1], stderr, _IONBF);
}

/* What stands before it is written first. */
static bool write_unguarded(const void *data, size_t len)
{
    FILE *to = guards[0].to != NULL ? guards[0].to : stdout;
    return fflush(stdout) == 0 && fwrite(data, 1, len, to) == len && fflush(to) == 0;
}

void screen_write_bytes(const void *data, size_t len)
{
    if (isatty(STDOUT_FILENO) == 1)
        (void)fwrite(data, 1, len, stdout);
    else
        (void)write_unguarded(data, len);
}

bool screen_write_drawing(const void *data, size_t len)
{
    return write_unguarded(data, len);
}
