/* stmt: numbers in SQL are the numbers of the enumerators, also in the migrations, which no program
 * writes any more. Runs from the root of the repository. */
#include "tests/unit/sm2_sample.h"

#include <ctype.h>

#include "core/base/log.h"
#include "core/store/app.h"
#include "core/store/authreq.h"
#include "core/store/authz.h"
#include "core/store/callback.h"
#include "core/store/evidence.h"
#include "core/store/pickup.h"
#include "core/store/route.h"
#include "core/store/service.h"
#include "core/store/stmt.h"

static struct pool *pool;

static int setup(void **state)
{
    (void)state;
    pool = pool_new(false);
    log_init("test", LOG_FATAL);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    pool_destroy(&pool);
    return 0;
}

static void test_every_statement_is_made(void **state)
{
    (void)state;
    for (int s = 0; s < STMT_MAX; s++) {
        const char *text = stmt_text((enum stmt)s, pool);
        assert_non_null(text);
        assert_null(strpbrk(text, "{}"));
        unsigned params = 0;
        for (const char *at = text; *at != '\0'; at++)
            params += *at == '?';
        assert_int_equal(params, stmt_row((enum stmt)s)->params);
    }
}

/* The numbers are those of the comments in sql/, not of the program. */
static void test_enumerators_become_numbers(void **state)
{
    (void)state;
    assert_string_equal(stmt_text(STMT_AUTHZ_REPLACE, pool),
                        "UPDATE authz SET state = 2 WHERE day = ? AND digest = ? AND state = 1"
                        " AND (single_use = 0 OR uses = 0)");
    assert_string_equal(
        stmt_text(STMT_AUTHZ_REVOKE, pool),
        "UPDATE authz SET state = 3, used_at = COALESCE(used_at, ?) WHERE day = ? AND digest = ?");
    assert_string_equal(stmt_text(STMT_CALLBACK_PRUNE, pool),
                        "DELETE FROM callback_job WHERE created_at < ? AND state <> 1 LIMIT 10000");
    assert_non_null(
        strstr(stmt_text(STMT_CALL_USES, pool), "c.interface IN (2, 4, 11, 13) ORDER BY"));
}

/* No number is written by hand beside a column whose values have names. */
static void test_no_bare_number(void **state)
{
    static const char *const column[] = {"state", "status", "interface", "kind", "role", "mode"};
    (void)state;
    for (int s = 0; s < STMT_MAX; s++)
        for (size_t i = 0; i < sizeof column / sizeof column[0]; i++)
            for (const char *at = strstr(stmt_row((enum stmt)s)->sql, column[i]); at != NULL;
                 at = strstr(at, column[i])) {
                at += strlen(column[i]);
                size_t blank = strspn(at, " =<>!(IN");
                if (blank > 0 && isdigit((unsigned char)at[blank]))
                    fail_msg("%s: a number behind %s", stmt_row((enum stmt)s)->name, column[i]);
            }
}

/* --- sql/ --- */

/* The lines of a table, or of a procedure, from its CREATE on. */
static const char *sql_of(const char *file, const char *what)
{
    const char *text = sample_shell(pool, pool_printf(pool, "cat sql/%s", file), NULL);
    const char *at = strstr(text, what);
    assert_non_null(at);
    return at;
}

static void assert_comment(const char *file, const char *table, const char *column,
                           const char *values)
{
    const char *at = sql_of(file, pool_printf(pool, "CREATE TABLE %s (", table));
    at = strstr(at, pool_printf(pool, "\n    %s ", column));
    assert_non_null(at);
    const char *line = pool_strndup(pool, at + 1, strcspn(at + 1, "\n"));
    if (strstr(line, pool_printf(pool, "COMMENT '%s", values)) == NULL)
        fail_msg("%s.%s: \"%s\" is not what its comment says: %s", table, column, values, line);
}

static void test_comments_of_the_first_migration(void **state)
{
    static const char file[] = "001_code_system.sql";
    (void)state;
    assert_comment(file, "app", "kind",
                   pool_printf(pool, "%d channel, %d third-party, %d system, %d service'",
                               APP_CHANNEL, APP_THIRD_PARTY, APP_SYSTEM, APP_SERVICE));
    assert_comment(file, "app", "status",
                   pool_printf(pool, "%d active, %d suspended'", APP_ACTIVE, APP_SUSPENDED));
    assert_comment(
        file, "info_service", "status",
        pool_printf(pool, "%d active, %d suspended'", SERVICE_ACTIVE, SERVICE_SUSPENDED));
    assert_comment(file, "authz", "state",
                   pool_printf(pool, "%d active, %d replaced, %d revoked'", AUTHZ_ACTIVE,
                               AUTHZ_REPLACED, AUTHZ_REVOKED));
    assert_comment(file, "pickup", "state",
                   pool_printf(pool, "%d begun, %d served, %d failed", PICKUP_BEGUN, PICKUP_SERVED,
                               PICKUP_FAILED));
}

static void test_comments_of_the_second_migration(void **state)
{
    static const char file[] = "002_federation.sql";
    (void)state;
    assert_comment(file, "route", "mode",
                   pool_printf(pool, "%d direct, %d relay", ROUTE_DIRECT, ROUTE_RELAY));
    assert_comment(file, "route", "status",
                   pool_printf(pool, "%d active, %d suspended, %d withdrawn'", ROUTE_ACTIVE,
                               ROUTE_SUSPENDED, ROUTE_WITHDRAWN));
    assert_comment(file, "route_application", "status",
                   pool_printf(pool, "%d pending, %d approved, %d refused'", APPLICATION_PENDING,
                               APPLICATION_APPROVED, APPLICATION_REFUSED));
    assert_comment(file, "auth_request", "state",
                   pool_printf(pool, "%d open, %d granted, %d refused'", AUTHREQ_OPEN,
                               AUTHREQ_GRANTED, AUTHREQ_REFUSED));
    assert_comment(file, "callback_job", "state",
                   pool_printf(pool, "%d waiting, %d delivered, %d given up'", CALLBACK_WAITING,
                               CALLBACK_DELIVERED, CALLBACK_GIVEN_UP));
    assert_comment(file, "evidence", "role",
                   pool_printf(pool, "%d our own call to another system, %d passed on as a relay'",
                               EVIDENCE_CALL, EVIDENCE_RELAY));
}

/* commit_call marks a code used under the same conditions as AUTHZ_REPLACE ends one, and says that
 * it could not by the number that db_exec_commit knows. */
static void test_procedure(void **state)
{
    (void)state;
    const char *body = sql_of("003_commit_call.sql", "CREATE PROCEDURE commit_call(");
    assert_non_null(strstr(body, pool_printf(pool,
                                             "WHERE day = p_claim_day AND digest = p_claim_digest"
                                             " AND state = %d AND (single_use = 0 OR uses = 0);",
                                             AUTHZ_ACTIVE)));
    assert_non_null(strstr(body, pool_printf(pool, "SET MYSQL_ERRNO = %d,", DB_NOTHING_TO_DO)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_statement_is_made),
        cmocka_unit_test(test_enumerators_become_numbers),
        cmocka_unit_test(test_no_bare_number),
        cmocka_unit_test(test_comments_of_the_first_migration),
        cmocka_unit_test(test_comments_of_the_second_migration),
        cmocka_unit_test(test_procedure),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
