/* Reading a pattern as an automaton. What is read here is the part of PCRE2's language that
 * business codes need; the rest is refused, so that no pattern means one thing here and another
 * there. */
#include <string.h>

#include "core/base/text.h"
#include "core/code/pattern_int.h"

enum { NESTED_MAX = 16 };

struct reading {
    struct pool *pool;
    const char **why_r;
    const char *pattern, *at; /* ends with NUL */
    struct automaton *a;
    unsigned nested; /* groups open */
};

/* A part of the pattern, as positions. */
struct piece {
    bool nullable;
    struct set first, last;
};

static enum err refuse(struct reading *r, const char *at, const char *why)
{
    size_t n = 1;
    for (const char *s = r->pattern; s < at; s++)
        n += (*s & 0xc0) != 0x80;
    *r->why_r = pool_printf(r->pool, "at character %zu: %s", n, why);
    return ERR_BAD;
}

static size_t character_len(const char *s)
{
    uint32_t cp;
    return utf8_next(s, strlen(s), &cp);
}

static const char no_escape[] =
    "of \\ and a letter or digit only \\d \\w \\s \\D \\W \\S are allowed";

/* Skips `\` and what it stands for. */
static enum err read_escape(struct reading *r)
{
    char c = r->at[1];
    bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');

    if (c == '\0' || (letter && strchr("dwsDWS", c) == NULL))
        return refuse(r, r->at, no_escape);
    r->at += 1 + character_len(r->at + 1);
    return ERR_OK;
}

/* Skips `[...]`. */
static enum err read_class(struct reading *r)
{
    const char *start = r->at++;

    if (*r->at == '^')
        r->at++;
    if (*r->at == ']')
        return refuse(r, r->at, "write \\] for a bracket within brackets");
    while (*r->at != ']') {
        enum err e = ERR_OK;
        if (*r->at == '\0')
            return refuse(r, start, "the bracket is not closed");
        if (*r->at == '\\') {
            e = read_escape(r);
        } else if (*r->at == '[') {
            const char *end = r->at[1] == ':' ? strstr(r->at + 2, ":]") : NULL;
            if (end == NULL)
                return refuse(r, r->at, "write \\[ for a bracket within brackets");
            r->at = end + 2;
        } else {
            r->at += character_len(r->at);
        }
        if (e != ERR_OK)
            return e;
    }
    r->at++;
    return ERR_OK;
}

/* --- pieces --- */

static void connect(struct automaton *a, const struct set *from, const struct set *to)
{
    for (size_t i = set_next(from, 0); i < SET_BITS; i = set_next(from, i + 1))
        set_join(&a->follow[i], to);
}

static bool is_connected(const struct automaton *a, const struct set *from, const struct set *to)
{
    for (size_t i = set_next(from, 0); i < SET_BITS; i = set_next(from, i + 1)) {
        const struct set common = set_common(&a->follow[i], to);
        if (set_count(&common) > 0)
            return true;
    }
    return false;
}

/* `a` becomes `a` and then `b`. */
static void append(struct reading *r, struct piece *a, const struct piece *b)
{
    connect(r->a, &a->last, &b->first);
    if (a->nullable)
        set_join(&a->first, &b->first);
    if (!b->nullable)
        a->last = b->last;
    else
        set_join(&a->last, &b->last);
    a->nullable = a->nullable && b->nullable;
}

/* The characters from `start` to here as an atom at a new position. */
static enum err add_position(struct reading *r, const char *start, struct piece *out)
{
    struct automaton *a = r->a;
    size_t len = (size_t)(r->at - start), atom = 0;

    if (a->positions_n == POSITIONS_MAX)
        return refuse(r, start,
                      "with its repetitions spelled out the pattern has more than 512 places");
    while (atom < a->atoms_n &&
           (a->atoms[atom].len != len || memcmp(a->atoms[atom].at, start, len) != 0))
        atom++;
    if (atom == a->atoms_n)
        a->atoms[a->atoms_n++] = (struct atom){start, len};
    *out = (struct piece){0};
    a->atom_of[a->positions_n] = (uint16_t)atom;
    set_add(&out->first, a->positions_n);
    set_add(&out->last, a->positions_n);
    a->positions_n++;
    return ERR_OK;
}

static enum err read_choice(struct reading *r, struct piece *out);

/* Behind `(`. */
static enum err read_group(struct reading *r, struct piece *out)
{
    const char *start = r->at - 1;

    if (*r->at == '*' || (*r->at == '?' && r->at[1] != ':'))
        return refuse(r, start, "of groups only ( and (?: are allowed");
    if (*r->at == '?')
        r->at += 2;
    if (++r->nested > NESTED_MAX)
        return refuse(r, start, "more than 16 groups within each other");
    enum err e = read_choice(r, out);
    r->nested--;
    if (e != ERR_OK)
        return e;
    if (*r->at != ')')
        return refuse(r, start, "the group is not closed");
    r->at++;
    return ERR_OK;
}

static enum err read_atom(struct reading *r, struct piece *out)
{
    const char *start = r->at;
    enum err e = ERR_OK;

    switch (*start) {
    case '(':
        r->at++;
        return read_group(r, out);
    case '*':
    case '+':
    case '?':
        return refuse(r, start,
                      "a repetition of nothing, or of a repetition (or a possessive one)");
    case '{':
        return refuse(r, start, "write \\{ for a brace, and a repetition as {2}, {2,} or {2,5}");
    case '^':
    case '$':
        return refuse(r, start,
                      "^ stands at the beginning and $ at the end only: a pattern always "
                      "matches the whole text");
    case '[':
        e = read_class(r);
        break;
    case '\\':
        e = read_escape(r);
        break;
    default:
        r->at += character_len(start);
    }
    return e == ERR_OK ? add_position(r, start, out) : e;
}

/* --- repetitions --- */

enum { FOREVER = -1 };

/* Reads a number of at most four digits; -1 if there is none. */
static int read_number(const char **at)
{
    int n = -1;
    for (int i = 0; i < 4 && **at >= '0' && **at <= '9'; i++)
        n = (n < 0 ? 0 : n * 10) + (*(*at)++ - '0');
    return n;
}

/* A repetition that begins here, if one does; the least and the most otherwise stay 1. */
static enum err read_repetition(struct reading *r, int *least, int *most)
{
    const char *start = r->at;

    *least = *most = 1;
    if (*start == '\0' || strchr("*+?{", *start) == NULL)
        return ERR_OK;
    r->at++;
    if (*start == '{') {
        *least = *most = read_number(&r->at);
        if (*least >= 0 && *r->at == ',') {
            r->at++;
            *most = *r->at == '}' ? FOREVER : read_number(&r->at);
            if (*most < 0 && *r->at != '}')
                *least = -1;
        }
        if (*least < 0 || *r->at != '}')
            return refuse(r, start,
                          "write \\{ for a brace, and a repetition as {2}, {2,} or {2,5}");
        r->at++;
        if (*most == 0)
            return refuse(r, start, "a repetition of zero times");
    } else {
        *least = *start == '+' ? 1 : 0;
        *most = *start == '?' ? 1 : FOREVER;
    }
    if (*r->at == '?') /* as few as possible: the same texts match */
        r->at++;
    return ERR_OK;
}

/* Puts copies of the item that begins at `start`, of which `out` is the first, behind each other:
 * `least` of them, then up to `most` optional ones. The last one repeats if there is no most. */
static enum err repeat(struct reading *r, const char *start, int least, int most, struct piece *out)
{
    const char *behind = r->at;
    struct piece copy = *out;
    int copies = most == FOREVER ? (least > 1 ? least : 1) : most;

    for (int i = 2; i <= copies; i++) {
        struct piece before = copy;
        r->at = start;
        enum err e = read_atom(r, &copy);
        if (e != ERR_OK)
            return e;
        connect(r->a, &before.last, &copy.first);
        if (i <= least)
            out->last = copy.last;
        else
            set_join(&out->last, &copy.last);
    }
    out->nullable = least == 0;
    r->at = behind;
    if (most != FOREVER)
        return ERR_OK;
    /* `(a+)+`: from one `a` to the next there are two ways, within the inner repetition or by the
     * outer one. A set of positions to follow could not say so. */
    if (is_connected(r->a, &copy.last, &copy.first))
        return refuse(r, start, "a repetition of a repetition, as in (a+)+");
    connect(r->a, &copy.last, &copy.first);
    return ERR_OK;
}

static enum err read_item(struct reading *r, struct piece *out)
{
    const char *start = r->at;
    int least, most;
    enum err e = read_atom(r, out);

    if (e != ERR_OK)
        return e;
    const char *sign = r->at;
    e = read_repetition(r, &least, &most);
    if (e != ERR_OK || (least == 1 && most == 1))
        return e;
    /* Such a piece can be left out in more than one way, each of which a matcher would try. */
    if (out->nullable)
        return refuse(r, sign, "a repetition of what can be empty");
    return repeat(r, start, least, most, out);
}

static enum err read_sequence(struct reading *r, struct piece *out)
{
    *out = (struct piece){.nullable = true};
    while (*r->at != '\0' && *r->at != '|' && *r->at != ')') {
        struct piece item = {0};
        if (*r->at == '$' && r->at[1] == '\0' && r->nested == 0) {
            r->at++;
            break;
        }
        enum err e = read_item(r, &item);
        if (e != ERR_OK)
            return e;
        append(r, out, &item);
    }
    return ERR_OK;
}

static enum err read_choice(struct reading *r, struct piece *out)
{
    enum err e = read_sequence(r, out);

    while (e == ERR_OK && *r->at == '|') {
        struct piece other = {0};
        const char *bar = r->at++;
        e = read_sequence(r, &other);
        if (e == ERR_OK && out->nullable && other.nullable)
            return refuse(r, bar, "more than one alternative can be empty");
        if (e != ERR_OK)
            return e;
        out->nullable = out->nullable || other.nullable;
        set_join(&out->first, &other.first);
        set_join(&out->last, &other.last);
    }
    return e;
}

enum err pattern_read(struct pool *p, const char *pattern, struct automaton *a, const char **why_r)
{
    struct reading r = {.pool = p, .why_r = why_r, .pattern = pattern, .at = pattern, .a = a};
    struct piece whole = {0};

    if (*r.at == '^')
        r.at++;
    enum err e = read_choice(&r, &whole);
    if (e != ERR_OK)
        return e;
    if (*r.at != '\0')
        return refuse(&r, r.at, "a group is closed that was not opened");
    a->first = whole.first;
    a->last = whole.last;
    a->nullable = whole.nullable;
    return ERR_OK;
}
