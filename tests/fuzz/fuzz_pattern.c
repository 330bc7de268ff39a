/* Patterns of business codes. The input is a pattern, a line feed and choices. What the check lets
 * through must match the texts that the automaton read from it spells, so that both read it alike,
 * and must keep within PCRE2's limits on any text: on the rest of the input, and on a spelled text
 * again and again with a wrong end. */
#include <assert.h>
#include <string.h>

#include "core/base/buf.h"
#include "core/code/pattern_int.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

struct choices {
    const uint8_t *at, *end;
};

static size_t choose(struct choices *c, size_t n)
{
    return c->at < c->end ? *c->at++ % n : 0;
}

/* A member of the set; SET_BITS if it is empty. */
static size_t choose_member(struct choices *c, const struct set *s)
{
    size_t n = set_count(s), member = set_next(s, 0);

    for (size_t skip = n > 1 ? choose(c, n) : 0; skip > 0; skip--)
        member = set_next(s, member + 1);
    return member;
}

static void put_letter(struct choices *c, const struct alphabet *letters, size_t position,
                       struct buf *text)
{
    char utf8[4];
    struct set of = {0};

    for (size_t i = 0; i < letters->n; i++)
        if (set_has(&letters->matched_by[i], position))
            set_add(&of, i);
    size_t letter = choose_member(c, &of);
    if (letter < SET_BITS)
        buf_put(text, utf8, pattern_put_utf8(letters->cp[letter], utf8));
}

/* Spells a text; true if the pattern must match it. */
static bool spell(struct choices *c, const struct automaton *a, const struct alphabet *letters,
                  struct buf *text)
{
    size_t at = choose_member(c, &a->first), n = 0;

    if (at == SET_BITS)
        return a->nullable;
    for (;;) {
        size_t before = text->len;
        put_letter(c, letters, at, text);
        if (text->len == before)
            return false; /* nothing is matched there, as by [^\s\S] */
        bool end = set_has(&a->last, at);
        if (++n == PATTERN_TEXT_MAX || (end && (c->at == c->end || choose(c, 4) == 0)))
            return end;
        at = choose_member(c, &a->follow[at]);
        if (at == SET_BITS)
            return end;
    }
}

static void match(const struct pattern *pattern, const char *text, size_t len, bool must)
{
    bool matches;
    enum err e = pattern_match(pattern, text, len, &matches);
    assert(e == ERR_OK && (matches || !must));
}

static void pump(const struct pattern *pattern, struct pool *p, const struct buf *word)
{
    struct buf text;

    buf_init(&text, p);
    while (word->len > 0 && text.len + word->len <= PATTERN_TEXT_MAX)
        buf_put(&text, word->data, word->len);
    match(pattern, text.data, text.len, false);
    buf_putc(&text, '\n');
    match(pattern, text.data, text.len, false);
}

static void play(struct pool *p, const char *written, struct choices *c)
{
    struct automaton *a = pool_alloc(p, sizeof *a);
    struct alphabet *letters = pool_alloc(p, sizeof *letters);
    struct pattern *pattern;
    struct buf text;
    const char *why;

    if (pattern_check(p, written, &why) != ERR_OK) {
        assert(why != NULL);
        return;
    }
    enum err e = pattern_compile(p, written, &pattern, &why);
    assert(e == ERR_OK);
    e = pattern_read(p, written, a, &why);
    assert(e == ERR_OK);
    e = pattern_alphabet(p, written, a, letters, &why);
    assert(e == ERR_OK);
    match(pattern, (const char *)c->at, (size_t)(c->end - c->at), false);
    for (int i = 0; i < 4; i++) {
        buf_init(&text, p);
        bool must = spell(c, a, letters, &text);
        match(pattern, text.data, text.len, must);
        pump(pattern, p, &text);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    const uint8_t *line = len > 0 ? memchr(data, '\n', len) : NULL;
    size_t n = line != NULL ? (size_t)(line - data) : len;
    struct choices c = {data + n + (line != NULL), data + len};
    struct pool *p = pool_new(false);

    play(p, pool_strndup(p, (const char *)data, n), &c);
    pool_destroy(&p);
    return 0;
}
