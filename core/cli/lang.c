#include "core/cli/lang.h"

#include <inttypes.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/base/buf.h"

struct message {
    const char *en, *zh;
};

static const struct message messages[] = {
#define MESSAGE(en, zh) {en, zh},
#include "core/cli/messages.def"
#undef MESSAGE
};

static const struct message placeholders[] = {
#define PLACEHOLDER(en, zh) {en, zh},
#include "core/cli/placeholders.def"
#undef PLACEHOLDER
};

enum {
    MESSAGES_N = sizeof messages / sizeof messages[0],
    PLACEHOLDERS_N = sizeof placeholders / sizeof placeholders[0]
};

/* A terminal that is not in UTF-8 could not show the Chinese. */
static bool is_chinese_locale(const char *locale)
{
    const char *charset = strchr(locale, '.');
    return strncmp(locale, "zh", 2) == 0 &&
           (charset == NULL || strncasecmp(charset, ".utf-8", 6) == 0 ||
            strncasecmp(charset, ".utf8", 5) == 0);
}

static enum lang lang_of_environment(void)
{
    static const char *const names[] = {"LC_ALL", "LC_MESSAGES", "LANG"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        const char *value = getenv(names[i]);
        if (value != NULL && *value != '\0')
            return is_chinese_locale(value) ? LANG_ZH : LANG_EN;
    }
    return LANG_EN;
}

bool lang_take(int *argc, char **argv, enum lang *lang_r)
{
    static const char option[] = "--lang";
    const size_t len = sizeof option - 1;
    const char *value = NULL;
    int n = 1, found = 0;
    bool over = false;
    for (int i = 1; i < *argc; i++) {
        over = over || strcmp(argv[i], "--") == 0;
        bool is_it = !over && strncmp(argv[i], option, len) == 0;
        if (is_it && argv[i][len] == '=')
            value = argv[i] + len + 1;
        else if (is_it && argv[i][len] == '\0')
            value = i + 1 < *argc ? argv[++i] : NULL;
        else {
            argv[n++] = argv[i];
            continue;
        }
        found++;
    }
    *argc = n;
    argv[n] = NULL;
    *lang_r = lang_of_environment();
    if (found == 0)
        return true;
    if (found > 1 || value == NULL || (strcmp(value, "zh") != 0 && strcmp(value, "en") != 0))
        return false;
    *lang_r = *value == 'z' ? LANG_ZH : LANG_EN;
    return true;
}

const char *lang_text(enum lang lang, const char *english)
{
    if (lang == LANG_ZH)
        for (size_t i = 0; i < MESSAGES_N; i++)
            if (strcmp(messages[i].en, english) == 0)
                return messages[i].zh;
    return english;
}

/* --- texts put together elsewhere --- */

/* A row with less text of its own fits by accident. */
enum { ARGUMENTS_MOST = 8, OWN_TEXT_LEAST = 8 };

struct span {
    const char *at;
    size_t len;
};

/* Returns the end of the conversion that begins at the `%`; *number_r: which argument it takes by
 * number (%2$s), else 0. */
static const char *conversion_end(const char *at, size_t *number_r)
{
    char *end;
    unsigned long number = strtoul(++at, &end, 10);
    *number_r = *end == '$' ? number : 0;
    at = *end == '$' ? end + 1 : at;
    at += strspn(at, "0123456789.*lz");
    return *at != '\0' ? at + 1 : at;
}

/* Whether `text` could be made by `fmt`; its arguments. Each is the shortest text that fits. */
static bool fits(const char *fmt, const char *text, struct span args[ARGUMENTS_MOST], size_t *n_r)
{
    size_t len = strcspn(fmt, "%"), own = len, number;
    *n_r = 0;
    if (strncmp(fmt, text, len) != 0)
        return false;
    for (fmt += len, text += len; *fmt == '%';) {
        fmt = conversion_end(fmt, &number);
        len = strcspn(fmt, "%");
        bool last = fmt[len] == '\0';
        size_t left = strlen(text);
        const char *next = !last        ? (len > 0 ? memmem(text, left, fmt, len) : NULL)
                           : left < len ? NULL
                                        : text + left - len;
        if (next == NULL || memcmp(next, fmt, len) != 0 || *n_r == ARGUMENTS_MOST)
            return false;
        args[(*n_r)++] = (struct span){text, (size_t)(next - text)};
        own += len;
        fmt += len;
        text = next + len;
    }
    return *text == '\0' && (own >= OWN_TEXT_LEAST || *n_r == 0);
}

static const char *fill(struct pool *p, const char *fmt, const struct span *args, size_t n)
{
    struct buf b;
    size_t next = 0, number;
    buf_init(&b, p);
    while (*fmt != '\0') {
        size_t len = strcspn(fmt, "%");
        buf_put(&b, fmt, len);
        fmt += len;
        if (*fmt == '\0')
            break;
        fmt = conversion_end(fmt, &number);
        size_t k = number > 0 ? number - 1 : next++;
        if (k < n)
            buf_put(&b, args[k].at, args[k].len);
    }
    return b.data;
}

const char *lang_said(struct pool *p, enum lang lang, const char *said)
{
    struct span args[ARGUMENTS_MOST];
    size_t n;
    for (size_t i = 0; lang == LANG_ZH && i < MESSAGES_N; i++)
        if (fits(messages[i].en, said, args, &n))
            return fill(p, messages[i].zh, args, n);
    return said;
}

/* --- usage --- */

static const char *placeholder(const char *word, size_t len)
{
    for (size_t i = 0; i < PLACEHOLDERS_N; i++)
        if (strlen(placeholders[i].en) == len && memcmp(placeholders[i].en, word, len) == 0)
            return placeholders[i].zh;
    return NULL;
}

const char *lang_usage(struct pool *p, enum lang lang, const char *usage)
{
    static const char capitals[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ_";
    if (lang == LANG_EN)
        return usage;
    struct buf b;
    buf_init(&b, p);
    for (const char *at = usage; *at != '\0';) {
        size_t len = strspn(at, capitals);
        const char *zh = placeholder(at, len);
        len = len == 0 ? 1 : len;
        if (zh != NULL)
            buf_puts(&b, zh);
        else
            buf_put(&b, at, len);
        at += len;
    }
    return b.data;
}
