/* A bound of what a pattern can cost, before it is let near a text.
 *
 * A matcher that goes back and tries again goes, in the worst case, along every run of the
 * automaton over every beginning of the text. So the cost of a text is the number of runs over its
 * first character, over its first two and so on, each with the choices at its end. The texts of a
 * length are too many to try, but those that can be at the same set of positions can be treated as
 * one: the greatest number of runs that any of them has to each position is kept. What comes out is
 * never less than the cost of the costliest text, and is exact if each set is reached in one way.
 *
 * `(a|aa)+` multiplies its runs with each character, `.*a.*b.*` has as many as the text has places:
 * such patterns pass the bound and are refused. `\d{4}-?\d+` has one run. */
#include <string.h>

#include "core/code/pattern_int.h"

/* Sets of positions, and their members in all; patterns with more are refused. So are those for
 * which more additions than WORK_MAX would have to be made. */
enum { STATES_MAX = 2048, MEMBERS_MAX = 65536, WORK_MAX = 20000000, SLOTS = 2 * STATES_MAX };

/* What texts can be at. */
struct state {
    struct set at;
    double *runs, *next; /* to each member of `at`: of the texts of this length, of one more */
    bool active, next_active;
    size_t targets_n;
    uint16_t *targets; /* states that one more character leads to */
};

struct costing {
    struct pool *pool;
    const struct automaton *a;
    const struct set *letters[SET_BITS];
    size_t letters_n;
    size_t choices[POSITIONS_MAX]; /* what there is to try behind a position */
    struct state states[STATES_MAX];
    size_t states_n, members_n, work;
    uint16_t slots[SLOTS]; /* states by hash, counted from 1 */
    double runs[POSITIONS_MAX];
};

static const struct set none;

static bool is_empty(const struct set *s)
{
    return set_next(s, 0) == SET_BITS;
}

/* --- the states --- */

static size_t hash(const struct set *s)
{
    uint64_t h = 0;
    for (size_t i = 0; i < SET_BITS / 64; i++)
        h = (h ^ s->word[i]) * UINT64_C(0x9e3779b97f4a7c15) ^ h >> 29;
    return (size_t)(h >> 32) % SLOTS;
}

/* The state of a set, made if there is none; STATES_MAX if there is no room. */
static size_t state_of(struct costing *c, const struct set *at)
{
    size_t slot = hash(at), n = set_count(at);

    for (; c->slots[slot] != 0; slot = (slot + 1) % SLOTS)
        if (memcmp(&c->states[c->slots[slot] - 1].at, at, sizeof *at) == 0)
            return c->slots[slot] - 1U;
    if (c->states_n == STATES_MAX || c->members_n + n > MEMBERS_MAX)
        return STATES_MAX;
    c->members_n += n;
    struct state *s = &c->states[c->states_n];
    s->at = *at;
    s->runs = pool_alloc(c->pool, n * sizeof *s->runs);
    s->next = pool_alloc(c->pool, n * sizeof *s->next);
    c->slots[slot] = (uint16_t)++c->states_n;
    return c->states_n - 1;
}

/* The states that one of the positions in `from` and a letter lead to, each once. A state's runs do
 * not depend on the letter. */
static bool find_targets(struct costing *c, const struct set *from, struct state *s)
{
    uint16_t found[SET_BITS];

    for (size_t l = 0; l < c->letters_n; l++) {
        const struct set at = set_common(from, c->letters[l]);
        if (is_empty(&at))
            continue;
        size_t t = state_of(c, &at), i = 0;
        if (t == STATES_MAX)
            return false;
        while (i < s->targets_n && found[i] != t)
            i++;
        if (i == s->targets_n)
            found[s->targets_n++] = (uint16_t)t;
        c->work += 4 + i;
    }
    s->targets = pool_memdup(c->pool, found, s->targets_n * sizeof *found);
    return true;
}

/* All states, `start` being before the first character. */
static bool find_states(struct costing *c, struct state *start)
{
    if (!find_targets(c, &c->a->first, start))
        return false;
    for (size_t i = 0; i < c->states_n; i++) {
        struct set follow = none;
        for (size_t p = set_next(&c->states[i].at, 0); p < SET_BITS;
             p = set_next(&c->states[i].at, p + 1))
            set_join(&follow, &c->a->follow[p]);
        if (!find_targets(c, &follow, &c->states[i]) || c->work > WORK_MAX)
            return false;
    }
    return true;
}

/* Leaves out letters that are matched by the same positions as one before, or by none. */
static size_t distinct_letters(const struct alphabet *letters, const struct set **of)
{
    size_t n = 0;

    for (size_t i = 0; i < letters->n; i++) {
        const struct set *s = &letters->matched_by[i];
        size_t seen = 0;
        while (seen < n && memcmp(of[seen], s, sizeof *s) != 0)
            seen++;
        if (seen == n && !is_empty(s))
            of[n++] = s;
    }
    return n;
}

/* --- the runs --- */

/* Adds the texts of `s` and one more character that leads to `t`. */
static void lead(struct costing *c, const struct state *s, struct state *t)
{
    size_t i = 0;

    for (size_t p = set_next(&s->at, 0); p < SET_BITS; p = set_next(&s->at, p + 1)) {
        const struct set to = set_common(&c->a->follow[p], &t->at);
        double runs = s->runs[i++];
        for (size_t q = set_next(&to, 0); q < SET_BITS; q = set_next(&to, q + 1)) {
            c->runs[q] += runs;
            c->work++;
        }
        c->work++;
    }
    i = 0;
    for (size_t q = set_next(&t->at, 0); q < SET_BITS; q = set_next(&t->at, q + 1)) {
        if (c->runs[q] > t->next[i])
            t->next[i] = c->runs[q];
        c->runs[q] = 0;
        i++;
    }
    t->next_active = true;
}

/* What the costliest text of this length costs at its end. */
static double layer_cost(const struct costing *c)
{
    double most = 0;

    for (size_t i = 0; i < c->states_n; i++) {
        const struct state *s = &c->states[i];
        double cost = 0;
        size_t member = 0;
        if (!s->active)
            continue;
        for (size_t q = set_next(&s->at, 0); q < SET_BITS; q = set_next(&s->at, q + 1))
            cost += s->runs[member++] * (1 + (double)c->choices[q]);
        most = cost > most ? cost : most;
    }
    return most;
}

/* From the texts of a length to those of one more. `*same_r` if these have the same runs, and so
 * have all longer ones. False if that is too much work. */
static bool advance(struct costing *c, bool *same_r)
{
    *same_r = true;
    for (size_t i = 0; i < c->states_n && c->work <= WORK_MAX; i++)
        for (size_t t = 0; c->states[i].active && t < c->states[i].targets_n; t++)
            lead(c, &c->states[i], &c->states[c->states[i].targets[t]]);
    for (size_t i = 0; i < c->states_n; i++) {
        struct state *s = &c->states[i];
        double *was = s->runs;
        size_t size = set_count(&s->at) * sizeof *s->runs;
        *same_r = *same_r && s->active == s->next_active && memcmp(s->runs, s->next, size) == 0;
        s->active = s->next_active;
        s->next_active = false;
        s->runs = s->next;
        s->next = was;
        memset(s->next, 0, size);
    }
    return c->work <= WORK_MAX;
}

static bool begin(struct costing *c)
{
    struct state start = {.at = none};

    if (!find_states(c, &start))
        return false;
    for (size_t i = 0; i < start.targets_n; i++) {
        struct state *s = &c->states[start.targets[i]];
        size_t n = set_count(&s->at);
        s->active = true;
        for (size_t member = 0; member < n; member++)
            s->runs[member] = 1;
    }
    return true;
}

enum err pattern_cost(struct pool *p, const struct automaton *a, const struct alphabet *letters,
                      double *steps_r, const char **why_r)
{
    struct costing *c = pool_alloc(p, sizeof *c);

    c->pool = p;
    c->a = a;
    c->letters_n = distinct_letters(letters, c->letters);
    for (size_t i = 0; i < a->positions_n; i++)
        c->choices[i] = set_count(&a->follow[i]);
    *steps_r = 1 + (double)set_count(&a->first);
    bool told = begin(c), same = false;
    for (int length = 1; told && length <= PATTERN_TEXT_MAX; length++) {
        double cost = layer_cost(c);
        *steps_r += same ? cost * (PATTERN_TEXT_MAX - length + 1) : cost;
        if (*steps_r > PATTERN_STEPS_MAX) {
            *why_r = pool_printf(p,
                                 "there are too many ways to match one text: one of %d characters "
                                 "can cost more than %d steps",
                                 same ? PATTERN_TEXT_MAX : length, PATTERN_STEPS_MAX);
            return ERR_BAD;
        }
        if (same)
            break;
        told = advance(c, &same);
    }
    if (!told)
        *why_r = "the pattern is too involved: what it can cost cannot be told";
    return told ? ERR_OK : ERR_BAD;
}
