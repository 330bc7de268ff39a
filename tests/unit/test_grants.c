/* grants: sql/grants.sql gives each role what the statements of the catalogue ask for, and a
 * responder nothing more. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "core/store/db.h"
#include "tests/unit/pool_state.h"

/* What one role may or must be able to do with one table or procedure; column "": with all of it.
 */
struct right {
    enum db_role role;
    const char *verb, *object, *column;
};
struct rights {
    struct pool *pool;
    size_t n;
    struct right items[1024];
};

static const char *word(struct pool *p, const char *at)
{
    return pool_strndup(
        p, at, strspn(at, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789"));
}

static void add(struct rights *r, unsigned roles, const char *verb, const char *object,
                const char *column)
{
    for (int bit = 0; bit < DB_ROLES; bit++)
        if (roles & 1U << bit) {
            assert_true(r->n < sizeof r->items / sizeof r->items[0]);
            r->items[r->n++] = (struct right){(enum db_role)(1U << bit), verb, object, column};
        }
}

static bool covers(const struct right *have, const struct right *want)
{
    return have->role == want->role && strcmp(have->verb, want->verb) == 0 &&
           strcmp(have->object, want->object) == 0 &&
           (*have->column == '\0' || strcmp(have->column, want->column) == 0);
}

static const struct right *find_cover(const struct rights *r, const struct right *want)
{
    for (size_t i = 0; i < r->n; i++)
        if (covers(&r->items[i], want))
            return &r->items[i];
    return NULL;
}

/* --- what the statements ask for --- */

/* The columns of "a = ?, b = f(a, ?) WHERE ...". */
static void need_columns(struct rights *r, unsigned roles, const char *table, const char *list)
{
    const char *end = strstr(list, " WHERE ");
    int depth = 0;
    bool first = true;
    for (const char *c = list; *c != '\0' && c != end; c++) {
        if (first && isalpha((unsigned char)*c)) {
            add(r, roles, "UPDATE", table, word(r->pool, c));
            first = false;
        }
        depth += (*c == '(') - (*c == ')');
        first = first || (*c == ',' && depth == 0);
    }
}

static void need_reading(struct rights *r, unsigned roles, const char *sql)
{
    static const char *const before[] = {" FROM ", " JOIN "};
    for (size_t k = 0; k < 2; k++)
        for (const char *at = sql; (at = strstr(at, before[k])) != NULL;) {
            at += strlen(before[k]);
            if (*at != '(' && strncmp(at, "information_schema.", 19) != 0)
                add(r, roles, "SELECT", word(r->pool, at), "");
        }
}

static void need_statement(struct rights *r, const struct stmt_row *row)
{
    static const char again[] = "ON DUPLICATE KEY UPDATE ";
    const char *into = strstr(row->sql, " INTO "), *more = strstr(row->sql, again);
    need_reading(r, row->roles, row->sql);
    if (strncmp(row->sql, "INSERT ", 7) == 0) {
        const char *table = word(r->pool, into + 6);
        add(r, row->roles, "INSERT", table, "");
        if (more != NULL)
            need_columns(r, row->roles, table, more + strlen(again));
    } else if (strncmp(row->sql, "UPDATE ", 7) == 0) {
        const char *table = word(r->pool, row->sql + 7);
        add(r, row->roles, "SELECT", table, "");
        need_columns(r, row->roles, table, strstr(row->sql, " SET ") + 5);
    } else if (strncmp(row->sql, "DELETE FROM ", 12) == 0) {
        add(r, row->roles, "DELETE", word(r->pool, row->sql + 12), "");
    } else if (strncmp(row->sql, "CALL ", 5) == 0) {
        add(r, row->roles, "EXECUTE", word(r->pool, row->sql + 5), "");
    } else {
        assert_memory_equal(row->sql, "SELECT ", 7);
    }
}

/* commit_call runs with the rights of its caller, and only zwm-verify has it mark a code as used.
 */
static const struct right inside_procedures[] = {
    {DB_VERIFY, "UPDATE", "authz", "uses"},
    {DB_VERIFY, "UPDATE", "authz", "used_at"},
};

/* --- what is granted --- */

static unsigned role_of_account(const char *account)
{
    for (int bit = 0; bit < DB_ROLES; bit++)
        if (strcmp(db_role_account((enum db_role)(1U << bit)), account) == 0)
            return 1U << bit;
    return 0;
}

/* The accounts of "'zwm_issue'@'localhost', ..." or of @EVERY@. */
static unsigned grantees(struct pool *p, const char *list, const char *end)
{
    if (strncmp(list, "@EVERY@", 7) == 0)
        return DB_ANY;
    unsigned roles = 0;
    for (const char *at = list; (at = strstr(at, "'zwm_")) != NULL && at < end; at++) {
        unsigned role = role_of_account(word(p, at + 1));
        if (role == 0)
            fail_msg("no role has the account %s", word(p, at + 1));
        roles |= role;
    }
    if (roles == 0)
        fail_msg("granted to nobody: %.*s", (int)(end - list), list);
    return roles;
}

/* "SELECT, UPDATE (a, b) ON t TO ..." up to the semicolon. */
static void read_grant(struct rights *r, const char *text, const char *end)
{
    const char *on = strstr(text, " ON "), *to = strstr(text, " TO ");
    assert_true(on != NULL && to != NULL && on < to && to < end);
    const char *object = on + 4;
    if (strncmp(object, "PROCEDURE ", 10) == 0)
        object += 10;
    object = word(r->pool, object);
    unsigned roles = grantees(r->pool, to + 4, end);
    const char *verb = "";
    bool columns = false;
    for (const char *at = text; at < on;) {
        const char *w = word(r->pool, at);
        if (*w != '\0' && columns)
            add(r, roles, verb, object, w);
        else if (*w != '\0') {
            verb = w;
            columns = strncmp(at + strlen(w), " (", 2) == 0;
            if (!columns)
                add(r, roles, verb, object, "");
        }
        at += *w != '\0' ? strlen(w) : 1;
        if (*at == ')')
            columns = false;
    }
}

static void read_grants(struct rights *r)
{
    char line[1024];
    FILE *f = fopen("sql/grants.sql", "re");
    assert_non_null(f);
    while (fgets(line, sizeof line, f) != NULL) {
        if (line[0] == '\n' || strncmp(line, "--", 2) == 0)
            continue;
        const char *end = strrchr(line, ';');
        if (end == NULL || strcmp(end, ";\n") != 0 || strncmp(line, "GRANT ", 6) != 0)
            fail_msg("not a GRANT on one line: %s", line);
        read_grant(r, pool_strdup(r->pool, line) + 6, end);
    }
    assert_int_equal(fclose(f), 0);
}

/* --- tests --- */

static void read_both(struct pool *p, struct rights *needed, struct rights *granted)
{
    needed->pool = granted->pool = p;
    needed->n = granted->n = 0;
    for (int s = 0; s < STMT_MAX; s++)
        need_statement(needed, stmt_row((enum stmt)s));
    for (size_t i = 0; i < sizeof inside_procedures / sizeof inside_procedures[0]; i++)
        needed->items[needed->n++] = inside_procedures[i];
    read_grants(granted);
    assert_true(needed->n > 100 && granted->n > 100);
}

static void complain(const char *what, const struct right *r, int *bad)
{
    print_error("%s %s %s: %s(%s)\n", db_role_account(r->role), what, r->object, r->verb,
                r->column);
    ++*bad;
}

static void test_each_role_has_what_it_needs(void **state)
{
    static struct rights needed, granted;
    int bad = 0;
    (void)state;
    read_both(pool, &needed, &granted);
    for (size_t i = 0; i < needed.n; i++)
        if (find_cover(&granted, &needed.items[i]) == NULL)
            complain("lacks a right on", &needed.items[i], &bad);
    assert_int_equal(bad, 0);
}

/* The operator's command also changes tables by text: it is left out. */
static void test_no_responder_has_more(void **state)
{
    static struct rights needed, granted;
    int bad = 0;
    (void)state;
    read_both(pool, &needed, &granted);
    for (size_t i = 0; i < granted.n; i++) {
        const struct right *g = &granted.items[i];
        if (g->role == DB_ADMIN)
            continue;
        bool used = false;
        for (size_t k = 0; k < needed.n && !used; k++)
            used = covers(g, &needed.items[k]);
        if (!used)
            complain("has a useless right on", g, &bad);
    }
    assert_int_equal(bad, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_each_role_has_what_it_needs, setup, teardown),
        cmocka_unit_test_setup_teardown(test_no_responder_has_more, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
