/* pattern_int: what the files of pattern share: a pattern read as an automaton of positions.
 *
 * Each place of a pattern where a character is matched is a position; repetitions with a count are
 * spelled out. A run of the automaton over a text is one way in which a matcher can go along it. */
#ifndef ZWM_CODE_PATTERN_INT_H
#define ZWM_CODE_PATTERN_INT_H

#include <stdint.h>

#include "core/code/pattern.h"

enum { SET_BITS = 512 };

/* A set of small numbers. */
struct set {
    uint64_t word[SET_BITS / 64];
};

static inline void set_add(struct set *s, size_t i)
{
    s->word[i / 64] |= UINT64_C(1) << (i % 64);
}

static inline bool set_has(const struct set *s, size_t i)
{
    return (s->word[i / 64] >> (i % 64) & 1) != 0;
}

static inline void set_join(struct set *s, const struct set *other)
{
    for (size_t i = 0; i < SET_BITS / 64; i++)
        s->word[i] |= other->word[i];
}

static inline struct set set_common(const struct set *a, const struct set *b)
{
    struct set s;
    for (size_t i = 0; i < SET_BITS / 64; i++)
        s.word[i] = a->word[i] & b->word[i];
    return s;
}

static inline size_t set_count(const struct set *s)
{
    size_t n = 0;
    for (size_t i = 0; i < SET_BITS / 64; i++)
        n += (size_t)__builtin_popcountll(s->word[i]);
    return n;
}

/* The least member that is not below `i`; SET_BITS if there is none. */
static inline size_t set_next(const struct set *s, size_t i)
{
    for (; i < SET_BITS; i = (i / 64 + 1) * 64) {
        uint64_t rest = s->word[i / 64] >> (i % 64);
        if (rest != 0)
            return i + (size_t)__builtin_ctzll(rest);
    }
    return SET_BITS;
}

enum { POSITIONS_MAX = SET_BITS };

/* A part of the pattern that matches one character: `a`, `\d`, `[^-]`. */
struct atom {
    const char *at; /* within the pattern */
    size_t len;
};

struct automaton {
    size_t positions_n, atoms_n;
    uint16_t atom_of[POSITIONS_MAX];
    struct set follow[POSITIONS_MAX];
    struct set first, last; /* positions where a text can begin and end */
    bool nullable;          /* the empty text matches */
    struct atom atoms[PATTERN_LEN_MAX];
};

/* Reads a pattern that PCRE2 has compiled. ERR_BAD and `*why_r` if something in it is not allowed.
 */
ERR_CHECK enum err pattern_read(struct pool *p, const char *pattern, struct automaton *a,
                                const char **why_r);

/* Compiles as patterns are compiled, without a look at what is allowed; a code of PCRE2 in `p`. */
ERR_CHECK enum err pattern_compile_raw(struct pool *p, const char *pattern, size_t len,
                                       struct pattern **pattern_r, const char **why_r);

/* Enough characters to tell the atoms of a pattern apart: every character that is not among them is
 * matched by the same atoms as one of them. */
struct alphabet {
    size_t n;
    uint32_t cp[SET_BITS];
    struct set matched_by[SET_BITS]; /* positions */
};
ERR_CHECK enum err pattern_alphabet(struct pool *p, const char *pattern, const struct automaton *a,
                                    struct alphabet *letters, const char **why_r);
/* Writes a code point in UTF-8; returns its bytes. */
size_t pattern_put_utf8(uint32_t cp, char out[4]);

/* The bound itself. ERR_BAD and `*why_r` if it is above PATTERN_STEPS_MAX or cannot be told. */
ERR_CHECK enum err pattern_cost(struct pool *p, const struct automaton *a,
                                const struct alphabet *letters, double *steps_r,
                                const char **why_r);

#endif
