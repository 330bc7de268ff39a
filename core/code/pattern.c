#include "core/code/pattern.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/text.h"
#include "core/code/pattern_int.h"

/* What PCRE2 counts as one step of matching is less than a step of ours but for groups, if it
 * counts their ends too. */
enum { MATCH_LIMIT = 4 * PATTERN_STEPS_MAX, DEPTH_LIMIT = MATCH_LIMIT, HEAP_LIMIT_KIB = 16384 };

struct pattern {
    pcre2_code *code;
    pcre2_match_context *limits;
};

static void free_pattern(void *arg)
{
    struct pattern *pattern = arg;

    pcre2_match_context_free(pattern->limits);
    pcre2_code_free(pattern->code);
}

enum err pattern_compile_raw(struct pool *p, const char *text, size_t len,
                             struct pattern **pattern_r, const char **why_r)
{
    const uint32_t options = PCRE2_ANCHORED | PCRE2_ENDANCHORED | PCRE2_UTF | PCRE2_NEVER_UCP |
                             PCRE2_NEVER_BACKSLASH_C | PCRE2_NO_AUTO_CAPTURE;
    int error;
    PCRE2_SIZE at;
    pcre2_compile_context *ctx = pcre2_compile_context_create(NULL);

    *pattern_r = NULL;
    if (ctx == NULL)
        abort();
    (void)pcre2_set_newline(ctx, PCRE2_NEWLINE_LF);
    pcre2_code *code = pcre2_compile((PCRE2_SPTR)text, len, options, &error, &at, ctx);
    pcre2_compile_context_free(ctx);
    if (code == NULL) {
        PCRE2_UCHAR said[160];
        (void)pcre2_get_error_message(error, said, sizeof said);
        *why_r = pool_printf(p, "at byte %zu: %s", (size_t)at, (const char *)said);
        return ERR_BAD;
    }
    struct pattern *pattern = pool_alloc(p, sizeof *pattern);
    *pattern = (struct pattern){code, pcre2_match_context_create(NULL)};
    if (pattern->limits == NULL)
        abort();
    (void)pcre2_set_match_limit(pattern->limits, MATCH_LIMIT);
    (void)pcre2_set_depth_limit(pattern->limits, DEPTH_LIMIT);
    (void)pcre2_set_heap_limit(pattern->limits, HEAP_LIMIT_KIB);
    pool_on_destroy(p, free_pattern, pattern);
    *pattern_r = pattern;
    return ERR_OK;
}

static enum err compile(struct pool *p, const char *text, struct pattern **pattern_r,
                        struct automaton *a, const char **why_r)
{
    size_t len = strlen(text);

    *pattern_r = NULL;
    *why_r = NULL;
    if (len == 0 || !utf8_is_valid(text, len))
        *why_r = len == 0 ? "the pattern is empty" : "the pattern is no UTF-8";
    else if (utf8_length(text) > PATTERN_LEN_MAX)
        *why_r = pool_printf(p, "the pattern has more than %d characters", PATTERN_LEN_MAX);
    if (*why_r != NULL)
        return ERR_BAD;
    enum err e = pattern_compile_raw(p, text, len, pattern_r, why_r);
    if (e == ERR_OK)
        e = pattern_read(p, text, a, why_r);
    if (e != ERR_OK)
        *pattern_r = NULL;
    return e;
}

enum err pattern_compile(struct pool *p, const char *text, struct pattern **pattern_r,
                         const char **why_r)
{
    return compile(p, text, pattern_r, pool_alloc(p, sizeof(struct automaton)), why_r);
}

enum err pattern_check(struct pool *p, const char *text, const char **why_r)
{
    struct automaton *a = pool_alloc(p, sizeof *a);
    struct alphabet *letters = pool_alloc(p, sizeof *letters);
    struct pattern *pattern;
    double steps;
    enum err e = compile(p, text, &pattern, a, why_r);

    if (e == ERR_OK)
        e = pattern_alphabet(p, text, a, letters, why_r);
    if (e == ERR_OK)
        e = pattern_cost(p, a, letters, &steps, why_r);
    return e;
}

enum err pattern_match(const struct pattern *pattern, const char *text, size_t len, bool *matches_r)
{
    *matches_r = false;
    /* A character has at most 4 bytes. PCRE2 is given no text that it would first have to doubt. */
    if (len > 4 * PATTERN_TEXT_MAX || !utf8_is_valid(text, len))
        return ERR_OK;
    size_t characters = 0;
    for (size_t i = 0; i < len; i++)
        characters += (text[i] & 0xc0) != 0x80;
    if (characters > PATTERN_TEXT_MAX)
        return ERR_OK;
    pcre2_match_data *data = pcre2_match_data_create(1, NULL);
    if (data == NULL)
        return ERR_IO;
    int rc = pcre2_match(pattern->code, (PCRE2_SPTR)text, len, 0, PCRE2_NO_UTF_CHECK, data,
                         pattern->limits);
    pcre2_match_data_free(data);
    *matches_r = rc >= 0;
    return rc >= 0 || rc == PCRE2_ERROR_NOMATCH ? ERR_OK : ERR_IO;
}
