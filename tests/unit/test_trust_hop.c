/* Who is next on the way: the rules of interface 2.6 written out for a small list, and properties
 * over the real divisions (sql/seed/division.sql) with systems registered at random. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/net/trust.h"

enum { VIA_MOST = 4, ROUNDS = 400, TARGETS = 60 };

/* --- the rules, by example --- */

#define DIRECT TRUST_DIRECT
#define RELAY  TRUST_RELAY

static struct trust_system small[] = {
    {.system = "100000001", .mode = DIRECT, .active = true},
    {.system = "222000001", .mode = DIRECT, .active = false},
    {.system = "222010001", .mode = RELAY, .active = true, .parent = "222000001"},
    {.system = "223010001", .mode = RELAY, .active = true, .parent = "223000001"}, /* not listed */
    {.system = "242000001", .mode = DIRECT, .active = true},
    {.system = "242000002", .mode = DIRECT, .active = true},
    {.system = "244000001", .mode = DIRECT, .active = true},
    {.system = "244010001", .mode = DIRECT, .active = false},
    {.system = "244020001", .mode = RELAY, .active = true, .parent = "244020002"},
    {.system = "244020002", .mode = RELAY, .active = true, .parent = "244020001"}, /* a loop */
    {.system = "251000001", .mode = DIRECT, .active = true},
    {.system = "251010001", .mode = RELAY, .active = true, .parent = "251000001"},
    {.system = "251010401", .mode = RELAY, .active = true, .parent = "251010001"},
    {.system = "251200001", .mode = DIRECT, .active = true, .parent = "251000001"},
    {.system = "300090101", .mode = RELAY, .active = true},
};
static const struct trust list = {
    .version = 1, .publisher = "100000001", .systems = small, .n = sizeof small / sizeof small[0]};

struct example {
    const char *self, *own_parent;
    enum trust_mode own_mode;
    const char *target;
    enum err err;
    const char *hop; /* NULL: self */
};

/* Who calls whom next, in the order of the rules of interface 2.6. */
static const struct example examples[] = {
    /* self */
    {"251000001", "", DIRECT, "251000001", ERR_OK, NULL},
    {"251000009", "", RELAY, "251000009", ERR_OK, NULL}, /* not even listed */
    /* the exact identifier */
    {"251000001", "", DIRECT, "244000001", ERR_OK, "244000001"},
    {"251000001", "100000001", DIRECT, "244000001", ERR_OK, "244000001"},
    {"251000001", "", DIRECT, "100000001", ERR_OK, "100000001"},
    {"244000001", "", DIRECT, "251200001", ERR_OK, "251200001"},
    {"244000001", "", DIRECT, "242000002", ERR_OK, "242000002"},
    {"251000001", "", DIRECT, "244010001", ERR_SYSTEM_SUSPENDED, NULL},
    {"251000001", "", DIRECT, "222000001", ERR_SYSTEM_SUSPENDED, NULL},
    /* one that docks by relay: through the systems above it */
    {"244000001", "", DIRECT, "251010001", ERR_OK, "251000001"},
    {"244000001", "", DIRECT, "251010401", ERR_OK, "251000001"},
    {"251000001", "", DIRECT, "251010401", ERR_OK, "251010001"},
    {"251010001", "251000001", DIRECT, "251010401", ERR_OK, "251010401"},
    {"244000001", "", DIRECT, "300090101", ERR_OK, "100000001"},
    {"100000001", "", DIRECT, "300090101", ERR_OK, "300090101"},
    {"244000001", "", DIRECT, "222010001", ERR_SYSTEM_SUSPENDED, NULL},
    {"244000001", "", DIRECT, "223010001", ERR_NO_ROUTE, NULL},
    {"251000001", "", DIRECT, "244020001", ERR_NO_ROUTE, NULL},
    /* we dock by relay: through the system above us, but to those below */
    {"251010001", "251000001", RELAY, "244000001", ERR_OK, "251000001"},
    {"251010001", "251000001", RELAY, "251000001", ERR_OK, "251000001"},
    {"251010001", "251000001", RELAY, "251010401", ERR_OK, "251010401"},
    {"251010401", "251010001", RELAY, "300090101", ERR_OK, "251010001"},
    {"251010401", "251010001", RELAY, "299999901", ERR_OK, "251010001"},
    {"300090101", "", RELAY, "251000001", ERR_OK, "100000001"}, /* the publisher */
    {"300090101", "100000001", RELAY, "251010401", ERR_OK, "100000001"},
    {"251010001", "251000001", RELAY, "244010001", ERR_SYSTEM_SUSPENDED, NULL},
    {"222010001", "222000001", RELAY, "244000001", ERR_SYSTEM_SUSPENDED, NULL},
    {"223010001", "223000001", RELAY, "244000001", ERR_NO_ROUTE, NULL},
    {"251000001", "251000001", RELAY, "244000001", ERR_NO_ROUTE, NULL}, /* its own parent */
    {"100000001", "", RELAY, "251000001", ERR_OK, "251000001"},         /* has nobody above it */
    {"251000001", "100000001", RELAY, "251010401", ERR_OK, "251010001"},
    {"251000001", "100000001", RELAY, "251200001", ERR_OK, "251200001"},
    /* not listed: county, city, province */
    {"244000001", "", DIRECT, "251010501", ERR_OK, "251000001"}, /* through 251010001 */
    {"251000001", "", DIRECT, "251010501", ERR_OK, "251010001"},
    {"244000001", "", DIRECT, "251200101", ERR_OK, "251200001"},
    {"244000001", "", DIRECT, "251300001", ERR_OK, "251000001"},
    {"244000001", "", DIRECT, "251302301", ERR_OK, "251000001"},
    {"251000001", "", DIRECT, "244010101", ERR_OK, "244000001"}, /* its city is suspended */
    {"251000001", "", DIRECT, "242900401", ERR_OK, "242000001"}, /* 429000 is no division */
    {"251000001", "", DIRECT, "242010001", ERR_OK, "242000001"}, /* lowest serial */
    {"242000001", "", DIRECT, "242010001", ERR_NO_ROUTE, NULL},
    {"242000002", "", DIRECT, "242010001", ERR_OK, "242000001"},
    {"251000001", "100000001", DIRECT, "251300001", ERR_NO_ROUTE, NULL}, /* ours, unknown */
    {"251000001", "100000001", RELAY, "251300001", ERR_NO_ROUTE, NULL},
    {"251000001", "", DIRECT, "251000002", ERR_NO_ROUTE, NULL}, /* a province has no region above */
    /* not listed, no region: the system above us, then nobody */
    {"251000001", "100000001", DIRECT, "300000101", ERR_OK, "100000001"},
    {"251000001", "100000001", DIRECT, "265000001", ERR_OK, "100000001"},
    {"100000001", "", DIRECT, "300000101", ERR_NO_ROUTE, NULL},
    {"251000001", "", DIRECT, "300000101", ERR_NO_ROUTE, NULL},
    {"251000001", "222000001", DIRECT, "300000101", ERR_SYSTEM_SUSPENDED, NULL},
    {"251000001", "223000001", DIRECT, "300000101", ERR_NO_ROUTE, NULL},
    {"251000001", "251000001", DIRECT, "300000101", ERR_NO_ROUTE, NULL},
    /* no identifiers at all */
    {"251000001", "100000001", DIRECT, "", ERR_NO_ROUTE, NULL},
    {"251000001", "100000001", DIRECT, "25101000", ERR_NO_ROUTE, NULL},
    {"251000001", "100000001", DIRECT, "951010001", ERR_NO_ROUTE, NULL},
    {"251000001", "100000001", DIRECT, "251010000", ERR_NO_ROUTE, NULL},
};

static void by_example(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof examples / sizeof examples[0]; i++) {
        const struct example *r = &examples[i];
        const struct trust_system *hop = &small[0];
        enum err e = trust_next_hop(&list, r->self, r->own_parent, r->own_mode, r->target, &hop);
        if (e != r->err || (hop != NULL) != (r->hop != NULL) ||
            (hop != NULL && strcmp(hop->system, r->hop) != 0))
            fail_msg("%s to %s: %s %s", r->self, r->target, err_name(e),
                     hop != NULL ? hop->system : "-");
    }
}

static void empty_list(void **state)
{
    (void)state;
    static const struct trust none = {.publisher = "100000001"};
    const struct trust_system *hop = &small[0];
    assert_int_equal(trust_next_hop(&none, "251000001", "100000001", DIRECT, "244000001", &hop),
                     ERR_NO_ROUTE);
    assert_null(hop);
    assert_int_equal(trust_next_hop(&none, "251000001", "", RELAY, "244000001", &hop),
                     ERR_NO_ROUTE);
    assert_int_equal(trust_next_hop(&none, "251000001", "", RELAY, "251000001", &hop), ERR_OK);
    assert_null(hop);
}

/* --- the real divisions --- */

static struct division {
    char code[7];
    int level;
    char parent[7]; /* "" none */
} divisions[4096];
static size_t divisions_n;

static int read_divisions(void **state)
{
    char line[512];
    FILE *f = fopen("sql/seed/division.sql", "re");
    (void)state;
    while (f != NULL && fgets(line, sizeof line, f) != NULL) {
        struct division d = {.level = 0};
        const char *name_end = strncmp(line, "('", 2) == 0 ? strstr(line + 10, "',") : NULL;
        if (name_end == NULL)
            continue;
        memcpy(d.code, line + 2, 6);
        d.level = name_end[2] - '0';
        if (name_end[4] == '\'')
            memcpy(d.parent, name_end + 5, 6);
        divisions[divisions_n++] = d;
    }
    if (f != NULL)
        (void)fclose(f);
    return 0;
}

static const struct division *division(const char *code)
{
    for (size_t i = 0; i < divisions_n; i++)
        if (strcmp(divisions[i].code, code) == 0)
            return &divisions[i];
    return NULL;
}

static uint64_t seed = 88172645463325252U;
static unsigned below(unsigned n)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return (unsigned)((seed >> 11) % n);
}

/* --- a random world --- */

enum { WORLD_MOST = 160 };
static struct trust_system systems[WORLD_MOST];
static struct trust world = {.version = 1, .publisher = "100000001", .systems = systems};

static struct trust_system *add(const char *id)
{
    for (size_t i = 0; i < world.n; i++)
        if (strcmp(systems[i].system, id) == 0)
            return NULL;
    if (world.n == WORLD_MOST)
        return NULL;
    struct trust_system *s = &systems[world.n++];
    *s = (struct trust_system){.mode = below(2) ? DIRECT : RELAY, .active = below(12) != 0};
    memcpy(s->system, id, sizeof s->system);
    return s;
}

static int by_id(const void *a, const void *b)
{
    return strcmp(((const struct trust_system *)a)->system,
                  ((const struct trust_system *)b)->system);
}

/* An active or suspended system of the division above, if one is there: its natural parent. */
static void give_parent(struct trust_system *s, const char *division_code)
{
    const struct division *d = division(division_code);
    while (d != NULL && *d->parent != '\0') {
        for (size_t i = 0; i < world.n; i++)
            if (systems[i].system[0] == '2' && memcmp(systems[i].system + 1, d->parent, 6) == 0) {
                memcpy(s->parent, systems[i].system, sizeof s->parent);
                return;
            }
        d = division(d->parent);
    }
}

static void random_id(char id[10], const struct division *d)
{
    (void)snprintf(id, 10, "2%s%02u", d->code, below(8) == 0 ? 2 : 1);
}

/* A family is dense: a few provinces, so that relations between systems are common. */
static const struct division *random_division(unsigned provinces)
{
    static const char *const dense[] = {"11", "42", "51", "46", "65", "44"};
    for (;;) {
        const struct division *d = &divisions[below((unsigned)divisions_n)];
        for (unsigned i = 0; i < provinces; i++)
            if (strncmp(d->code, dense[i], 2) == 0)
                return d;
    }
}

static void make_world(void)
{
    char id[10];
    unsigned provinces = 1 + below(6), n = below(WORLD_MOST - 10);
    world.n = 0;
    struct trust_system *top = add("100000001");
    top->active = true;
    for (unsigned i = 0; i < n; i++) {
        random_id(id, random_division(provinces));
        (void)add(id);
    }
    for (unsigned i = 0; i < 4; i++) {
        (void)snprintf(id, sizeof id, "3000%03u01", 1 + below(30));
        (void)add(id);
    }
    for (size_t i = 0; i < world.n; i++) {
        char code[7] = "";
        memcpy(code, systems[i].system + 1, 6);
        if (systems[i].system[0] == '2' && below(4) != 0)
            give_parent(&systems[i], code);
    }
    qsort(systems, world.n, sizeof *systems, by_id);
}

/* --- the properties --- */

struct walk {
    const char *at[16];
    size_t n; /* systems on the way, the first included */
    enum err err;
};

static const char *parent_of(const struct trust_system *s)
{
    if (*s->parent != '\0')
        return s->parent;
    return strcmp(s->system, world.publisher) == 0 ? "" : world.publisher;
}

/* As a call goes: each system decides with its own settings; a via of more than four is refused. */
static struct walk walk(const struct trust_system *from, const char *target)
{
    struct walk w = {.at = {from->system}, .n = 1, .err = ERR_OK};
    const struct trust_system *s = from, *hop;
    for (;;) {
        w.err = trust_next_hop(&world, s->system, parent_of(s), s->mode, target, &hop);
        if (w.err != ERR_OK || hop == NULL)
            return w;
        /* from the second hop on the one that passes on is a via */
        if (w.n - 1 == VIA_MOST) {
            w.err = ERR_LOOP;
            return w;
        }
        for (size_t i = 0; i < w.n; i++)
            if (strcmp(w.at[i], hop->system) == 0)
                fail_msg("%s to %s: back at %s", from->system, target, hop->system);
        assert_true(hop->active);
        assert_ptr_equal(trust_find(&world, hop->system), hop);
        w.at[w.n++] = hop->system;
        s = hop;
    }
}

/* The one that should get a target that is not listed, by the table of divisions and not by
 * prefix: NULL none. */
static const struct trust_system *expected_ancestor(const char *target)
{
    char code[7] = "";
    memcpy(code, target + 1, 6);
    const struct division *d = target[0] == '2' ? division(code) : NULL;
    while (d != NULL && *d->parent != '\0') {
        for (size_t i = 0; i < world.n; i++)
            if (systems[i].active && systems[i].system[0] == '2' &&
                memcmp(systems[i].system + 1, d->parent, 6) == 0)
                return &systems[i];
        d = division(d->parent);
    }
    return NULL;
}

static void check_walk(const struct trust_system *from, const char *target)
{
    const struct trust_system *exact = trust_find(&world, target),
                              *goal = exact != NULL ? exact : expected_ancestor(target);
    struct walk w = walk(from, target);
    const char *end = w.at[w.n - 1];
    if (w.err == ERR_OK) { /* only the target itself says that it is there */
        assert_string_equal(end, target);
        return;
    }
    assert_true(w.err == ERR_NO_ROUTE || w.err == ERR_SYSTEM_SUSPENDED || w.err == ERR_LOOP);
    if (exact != NULL && !exact->active)
        assert_int_equal(w.err, ERR_SYSTEM_SUSPENDED);
    /* Not listed: it ends at the region's system, which does not know it, unless the way there is
     * barred. */
    if (exact == NULL && goal != NULL && w.err == ERR_NO_ROUTE)
        assert_string_equal(end, goal->system);
    if (w.err == ERR_LOOP)
        assert_int_equal(w.n, VIA_MOST + 1);
}

/* Where nobody docks by relay there is no way but the straight one. */
static void check_direct(const struct trust_system *from, const char *target)
{
    const struct trust_system *exact = trust_find(&world, target), *hop = NULL,
                              *goal = exact != NULL ? exact : expected_ancestor(target);
    enum err e = trust_next_hop(&world, from->system, parent_of(from), DIRECT, target, &hop);
    if (goal == NULL || goal == from || goal->mode != DIRECT || strcmp(from->system, target) == 0)
        return;
    assert_int_equal(e, goal->active ? ERR_OK : ERR_SYSTEM_SUSPENDED);
    if (goal->active)
        assert_ptr_equal(hop, goal);
}

static void random_target(char id[10])
{
    unsigned kind = below(4);
    if (kind == 0 && world.n > 0)
        memcpy(id, systems[below((unsigned)world.n)].system, 10);
    else if (kind == 1)
        (void)snprintf(id, 10, "3000%03u01", 1 + below(40));
    else
        random_id(id, random_division(6));
}

static void on_the_real_tree(void **state)
{
    (void)state;
    assert_in_range(divisions_n, 3000, 4000);
    unsigned arrived = 0, refused = 0;
    for (int i = 0; i < ROUNDS; i++) {
        make_world();
        for (int k = 0; k < TARGETS; k++) {
            char target[10];
            const struct trust_system *from = &systems[below((unsigned)world.n)];
            random_target(target);
            check_walk(from, target);
            check_direct(from, target);
            if (walk(from, target).err == ERR_OK)
                arrived++;
            else
                refused++;
        }
    }
    /* both happened often: the properties were about something */
    assert_in_range(arrived, ROUNDS * TARGETS / 10, ROUNDS * TARGETS);
    assert_in_range(refused, ROUNDS * TARGETS / 10, ROUNDS * TARGETS);
}

/* Every division of the table, from a far province: to the nearest system above it. */
static void every_division(void **state)
{
    (void)state;
    static const char *const ids[] = {"100000001", "211000001", "242000001", "246000001",
                                      "251000001", "251010001", "251010401", "265000001"};
    world.n = 0;
    for (size_t i = 0; i < sizeof ids / sizeof ids[0]; i++) {
        struct trust_system *s = add(ids[i]);
        s->mode = DIRECT;
        s->active = true;
    }
    qsort(systems, world.n, sizeof *systems, by_id);
    for (size_t i = 0; i < divisions_n; i++) {
        char target[10];
        const struct trust_system *hop = NULL, *want;
        (void)snprintf(target, sizeof target, "2%s77", divisions[i].code);
        want = expected_ancestor(target);
        enum err e = trust_next_hop(&world, "300090101", "", DIRECT, target, &hop);
        assert_int_equal(e, want != NULL ? ERR_OK : ERR_NO_ROUTE);
        assert_ptr_equal(hop, want);
    }
}

/* Systems without a relay in a valid tree are reached from everywhere. */
static void all_active_all_reached(void **state)
{
    (void)state;
    for (int i = 0; i < ROUNDS / 4; i++) {
        make_world();
        for (size_t k = 0; k < world.n; k++)
            systems[k].active = true;
        for (int k = 0; k < TARGETS; k++) {
            const struct trust_system *from = &systems[below((unsigned)world.n)],
                                      *to = &systems[below((unsigned)world.n)];
            struct walk w = walk(from, to->system);
            if (w.err != ERR_OK && w.err != ERR_LOOP)
                fail_msg("%s to %s: %s", from->system, to->system, err_name(w.err));
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(by_example),
        cmocka_unit_test(empty_list),
        cmocka_unit_test(on_the_real_tree),
        cmocka_unit_test(every_division),
        cmocka_unit_test(all_active_all_reached),
    };
    return cmocka_run_group_tests(tests, read_divisions, NULL);
}
