/* The letters that a pattern tells apart, and which of its positions match them. PCRE2 itself is
 * asked about each atom, so that nothing here has to know what a class holds. */
#include <string.h>

#include "core/base/text.h"
#include "core/code/pattern_int.h"

size_t pattern_put_utf8(uint32_t cp, char out[4])
{
    static const unsigned char lead[] = {0, 0, 0xc0, 0xe0, 0xf0};
    size_t n = cp < 0x80 ? 1 : cp < 0x800 ? 2 : cp < 0x10000 ? 3 : 4;

    for (size_t i = n; i-- > 1; cp >>= 6)
        out[i] = (char)(0x80 | (cp & 0x3f));
    out[0] = (char)(lead[n] | cp);
    return n;
}

static void add_letter(struct alphabet *letters, uint32_t cp)
{
    if ((cp >= 0xd800 && cp <= 0xdfff) || cp == 0 || cp > 0x10ffff || letters->n == SET_BITS)
        return;
    for (size_t i = 0; i < letters->n; i++)
        if (letters->cp[i] == cp)
            return;
    letters->cp[letters->n++] = cp;
}

/* ASCII, some of the rest, and of what the pattern names beyond ASCII each character and its
 * neighbours: within a range or outside it, no atom tells others apart. */
static void choose_letters(const char *pattern, struct alphabet *letters)
{
    static const uint32_t some[] = {0x80, 0xff, 0x100, 0x3000, 0x4e2d, 0xffff, 0x1f600, 0x10ffff};
    size_t len = strlen(pattern), n;
    uint32_t cp;

    letters->n = 0;
    for (cp = 1; cp < 0x80; cp++)
        add_letter(letters, cp);
    for (const char *s = pattern; (n = utf8_next(s, len, &cp)) > 0; s += n, len -= n)
        for (uint32_t c = cp - 1; cp >= 0x80 && c <= cp + 1; c++)
            add_letter(letters, c);
    for (size_t i = 0; i < sizeof some / sizeof some[0]; i++)
        add_letter(letters, some[i]);
}

enum err pattern_alphabet(struct pool *p, const char *pattern, const struct automaton *a,
                          struct alphabet *letters, const char **why_r)
{
    choose_letters(pattern, letters);
    memset(letters->matched_by, 0, sizeof letters->matched_by);
    for (size_t atom = 0; atom < a->atoms_n; atom++) {
        struct pattern *one;
        struct set positions = {0};
        enum err e = pattern_compile_raw(p, a->atoms[atom].at, a->atoms[atom].len, &one, why_r);
        if (e != ERR_OK)
            return e;
        for (size_t i = 0; i < a->positions_n; i++)
            if (a->atom_of[i] == atom)
                set_add(&positions, i);
        for (size_t i = 0; i < letters->n; i++) {
            char text[4];
            bool matches;
            e = pattern_match(one, text, pattern_put_utf8(letters->cp[i], text), &matches);
            if (e != ERR_OK)
                return e;
            if (matches)
                set_join(&letters->matched_by[i], &positions);
        }
    }
    return ERR_OK;
}
