/* Setting a database up: from nothing, again, from each older version, after a migration that was
 * cut off; what a program says to a version it does not know; and that no account may do more than
 * its statements need. */
#include "tests/act/act_sample.h"

#include <dirent.h>
#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/store/schema.h"

/* A database of its own beside the instance's, in the same server. */
static struct conf conf;
static char *said; /* by the last set-up */

static int new_database(void **state)
{
    static char name[32];
    if (sample_begin(state) != 0)
        return 1;
    (void)snprintf(name, sizeof name, "zwm_test_%.8s", sample_nonce());
    conf = sample.conf;
    conf.db_name = name;
    return 0;
}

static int drop_database(void **state)
{
    sample_sql("DROP DATABASE IF EXISTS %s", conf.db_name);
    return sample_end(state);
}

static enum err set_up(const char *sql_dir)
{
    char *text = NULL;
    size_t len = 0;
    FILE *out = open_memstream(&text, &len);
    assert_non_null(out);
    enum err e = schema_set_up(&conf, sql_dir, out);
    assert_int_equal(fclose(out), 0);
    said = pool_strdup(sample.pool, text);
    free(text);
    return e;
}

static enum err open_as(enum db_role role)
{
    struct db *db = NULL;
    enum err e = db_open(&conf, role, &db);
    db_close(&db);
    return e;
}

static int version(void)
{
    return (int)sample_number("SELECT MAX(number) FROM %s.schema_migration", conf.db_name);
}

/* The highest number of a file in sql/. */
static int newest(void)
{
    DIR *d = opendir("sql");
    int most = 0;
    assert_non_null(d);
    for (const struct dirent *e = readdir(d); e != NULL; e = readdir(d)) {
        int n = (int)strtol(e->d_name, NULL, 10);
        most = n > most ? n : most;
    }
    (void)closedir(d);
    return most;
}

/* A copy of sql/ up to a version, without grants for tables that are not there yet. */
static const char *sql_up_to(int last)
{
    char *dir = pool_printf(sample.pool, "%s/sql-%s", sample.conf.run_dir, sample_nonce());
    assert_int_equal(mkdir(dir, 0700), 0);
    assert_int_equal(mkdir(pool_printf(sample.pool, "%s/seed", dir), 0700), 0);
    DIR *d = opendir("sql");
    assert_non_null(d);
    for (const struct dirent *e = readdir(d); e != NULL; e = readdir(d)) {
        int n = (int)strtol(e->d_name, NULL, 10);
        char from[4096];
        assert_non_null(realpath(pool_printf(sample.pool, "sql/%s", e->d_name), from));
        if (n > 0 && n <= last)
            assert_int_equal(symlink(from, pool_printf(sample.pool, "%s/%s", dir, e->d_name)), 0);
    }
    (void)closedir(d);
    FILE *grants = fopen(pool_printf(sample.pool, "%s/grants.sql", dir), "we");
    assert_non_null(grants);
    assert_true(fputs("DO 1;\n", grants) >= 0);
    assert_int_equal(fclose(grants), 0);
    return dir;
}

static void from_nothing(void **state)
{
    (void)state;
    assert_int_equal(set_up("sql"), ERR_OK);
    assert_int_equal(version(), newest());
    assert_int_equal(sample_number("SELECT COUNT(*) FROM %s.schema_migration", conf.db_name),
                     newest());
    /* every statement of every role can be prepared by its account */
    for (size_t i = 0; i < DB_ROLES; i++)
        assert_int_equal(open_as((enum db_role)(1 << i)), ERR_OK);
    struct db *db;
    struct schema_state state_of = {0, 0};
    assert_int_equal(db_open(&conf, DB_STATUS, &db), ERR_OK);
    assert_int_equal(schema_state(db, &state_of), ERR_OK);
    assert_int_equal(state_of.number, newest());
    assert_int_equal(state_of.level, 4); /* what came later lets programs of 004 go on */
    db_close(&db);
}

static void again(void **state)
{
    (void)state;
    assert_int_equal(set_up("sql"), ERR_OK);
    sample_sql("INSERT INTO %s.change_counter VALUES (2, 77)", conf.db_name);
    assert_int_equal(set_up("sql"), ERR_OK);
    assert_null(strstr(said, "applying"));
    assert_int_equal(version(), newest());
    assert_int_equal(sample_number("SELECT seq FROM %s.change_counter WHERE id = 2", conf.db_name),
                     77);
    assert_int_equal(open_as(DB_VERIFY), ERR_OK);
    /* a migration of a newer program, which lets this one go on */
    sample_sql("INSERT INTO %s.schema_migration VALUES (%d, 0)", conf.db_name, SCHEMA_MOST + 1);
    for (size_t i = 0; i < DB_ROLES; i++)
        assert_int_equal(open_as((enum db_role)(1 << i)), ERR_OK);
    /* a level that this program does not know */
    sample_sql("INSERT INTO %s.schema_version VALUES (%d, 0)", conf.db_name, SCHEMA_MOST + 1);
    for (size_t i = 0; i < DB_ROLES; i++)
        assert_int_equal(open_as((enum db_role)(1 << i)), ERR_BAD);
}

/* Codes of the second 50, by their digests: 1 never used, 2 revoked, 3 given by scanning, 4 used,
 * 5 refused, 6 tried by who may not revoke it. */
static void enter_authorizations(void)
{
    for (int i = 1; i <= 6; i++) {
        sample_sql("INSERT INTO %s.authz (day, digest, sqbh, code_type, code_hash, channel, app_id,"
                   " subject_index, subject, record, issued_at, deadline, single_use, state, uses,"
                   " used_at) VALUES (0, CHAR(%d), CHAR(%d), %d, '', '01', 'OLD', '', '', '', 50,"
                   " 110, 1, %d, %d, %s)",
                   conf.db_name, i, i, i == 3 ? 100 : 0, i == 2 ? 3 : 1, i == 4,
                   i == 4 ? "50" : "NULL");
        sample_sql(
            "INSERT INTO %s.call_record (day, app_id, nonce, interface, at_ms, request_id,"
            " error, sqbh, authz_day, authz_digest) VALUES (0, 'OLD', 'nonce-%d', %d, %d, '',"
            " 0, CHAR(%d), 0, CHAR(%d))",
            conf.db_name, i,
            i == 1   ? 1
            : i == 6 ? 13
                     : 2,
            i == 6 ? 7999 : 70000, i, i);
    }
}

/* Step by step, with what was in the tables before. */
static void from_each_older_version(void **state)
{
    (void)state;
    for (int from = 1; from < newest(); from++) {
        sample_sql("DROP DATABASE IF EXISTS %s", conf.db_name);
        assert_int_equal(set_up(sql_up_to(from)), ERR_OK);
        assert_int_equal(version(), from);
        assert_int_equal(open_as(DB_STATUS), ERR_BAD); /* this program refuses to start on it */
        sample_sql(
            "INSERT INTO %s.app (app_id, kind, name, uscc, public_key, status, seq,"
            " created_at, updated_at) VALUES ('OLD', 2, '示例', '91999999MA0000001N', X'3059',"
            " 1, 1, 1234567890, 2), ('LISTED', 2, '示例', '91999999MA0000001N', NULL, 1, 1, 1,"
            " 2)",
            conf.db_name);
        enter_authorizations();
        assert_int_equal(set_up("sql"), ERR_OK);
        assert_int_equal(version(), newest());
        assert_int_equal(sample_number("SELECT COUNT(*) FROM %s.app", conf.db_name), 2);
        /* 008 marks what something has happened with before it */
        if (from < 8)
            assert_string_equal(
                sample_value(
                    "SELECT GROUP_CONCAT(COALESCE(used_at, '-') ORDER BY digest) FROM %s.authz",
                    conf.db_name),
                "-,50,50,50,70,7");
        if (from < 4) { /* 004 keeps the keys that stand */
            assert_int_equal(sample_number("SELECT since FROM %s.app_key WHERE app_id = 'OLD' AND"
                                           " public_key = X'3059'",
                                           conf.db_name),
                             1234567890);
            assert_int_equal(sample_number("SELECT COUNT(*) FROM %s.app_key", conf.db_name), 1);
        }
        for (size_t i = 0; i < DB_ROLES; i++)
            assert_int_equal(open_as((enum db_role)(1 << i)), ERR_OK);
    }
}

/* DDL cannot be taken back: what was cut off is not begun a second time, and nothing behind it. */
static void cut_off(void **state)
{
    (void)state;
    assert_int_equal(set_up(sql_up_to(2)), ERR_OK);
    sample_sql("INSERT INTO %s.schema_migration VALUES (-3, 0)", conf.db_name);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(set_up("sql"), ERR_STORAGE);
        assert_non_null(strstr(said, "migration 003 was cut off"));
        assert_int_equal(version(), 2);
        assert_int_equal(open_as(DB_VERIFY), ERR_BAD);
    }
}

/* By a program that kept everything in schema_version. */
static void from_before_levels(void **state)
{
    (void)state;
    assert_int_equal(set_up(sql_up_to(4)), ERR_OK);
    sample_sql("DROP TABLE %s.schema_migration", conf.db_name);
    assert_int_equal(sample_number("SELECT COUNT(*) FROM %s.schema_version", conf.db_name), 4);
    assert_int_equal(set_up("sql"), ERR_OK);
    assert_int_equal(version(), newest());
    /* what a program of 004 asks, to see whether it may run */
    assert_int_equal(sample_number("SELECT MAX(version) FROM %s.schema_version", conf.db_name), 4);
    assert_int_equal(open_as(DB_VERIFY), ERR_OK);
    /* half of one, by such a program */
    sample_sql("DROP TABLE %s.schema_migration; DELETE FROM %s.schema_version WHERE version = 4;"
               " INSERT INTO %s.schema_version VALUES (-4, 0)",
               conf.db_name, conf.db_name, conf.db_name);
    assert_int_equal(set_up("sql"), ERR_STORAGE);
    assert_non_null(strstr(said, "migration 004 was cut off"));
}

/* A migration that says nothing shuts out programs that do not know it, before it begins. */
static void levels(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int level;
    } cases[] = {{"CREATE TABLE t1 (a INT COMMENT 'x');\n", 2},
                 {"-- 002: x\n-- beside: 001\nCREATE TABLE t2 (a INT COMMENT 'x');\n", 1},
                 {"-- 002: -- beside: 001\nCREATE TABLE t3 (a INT COMMENT 'x');\n", 2},
                 {"CREATE TABLE half (a INT);\nCREATE TABLE half (a INT);\n", 2}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        sample_sql("DROP DATABASE IF EXISTS %s", conf.db_name);
        const char *dir = sql_up_to(1);
        FILE *f = fopen(pool_printf(sample.pool, "%s/002_x.sql", dir), "we");
        assert_non_null(f);
        assert_true(fputs(cases[i].text, f) >= 0);
        assert_int_equal(fclose(f), 0);
        enum err e = set_up(dir);
        assert_int_equal(e, i == 3 ? ERR_STORAGE : ERR_OK);
        assert_int_equal(sample_number("SELECT MAX(version) FROM %s.schema_version", conf.db_name),
                         cases[i].level);
    }
}

static void faulty_migration(void **state)
{
    (void)state;
    const char *dir = sql_up_to(1);
    FILE *f = fopen(pool_printf(sample.pool, "%s/002_bad.sql", dir), "we");
    assert_non_null(f);
    assert_true(fputs("CREATE TABLE half (a INT);\nCREATE TABLE half (b INT);\n", f) >= 0);
    assert_int_equal(fclose(f), 0);
    assert_int_equal(set_up(dir), ERR_STORAGE);
    assert_non_null(strstr(said, "002_bad.sql could not be applied"));
    assert_int_equal(version(), 1);
    assert_int_equal(set_up("sql"), ERR_STORAGE); /* it is half there, whatever the file says now */
    assert_non_null(strstr(said, "migration 002 was cut off"));
}

static void no_such_directory(void **state)
{
    (void)state;
    assert_int_equal(set_up("/nonexistent/sql"), ERR_IO);
}

static void not_for_this_program(void **state)
{
    (void)state;
    assert_int_equal(open_as(DB_VERIFY), ERR_BAD); /* no such database */
    assert_int_equal(set_up("sql"), ERR_OK);
    /* a column is gone: a statement does not fit */
    sample_sql("ALTER TABLE %s.authz DROP COLUMN channel", conf.db_name);
    assert_int_equal(open_as(DB_ISSUE), ERR_BAD);
    assert_int_equal(open_as(DB_STATUS), ERR_OK);
    /* a grant is gone */
    sample_sql("REVOKE SELECT ON %s.trust_list FROM 'zwm_status'@'localhost'", conf.db_name);
    assert_int_equal(open_as(DB_STATUS), ERR_BAD);
}

static void passwords(void **state)
{
    (void)state;
    struct conf other = sample.conf;
    struct db *db = NULL;
    other.keys_dir = pool_printf(sample.pool, "%s/keys-%s", sample.conf.run_dir, sample_nonce());
    assert_int_equal(mkdir(other.keys_dir, 0700), 0);
    assert_int_equal(db_open(&other, DB_STATUS, &db), ERR_BAD); /* none */
    FILE *f = fopen(pool_printf(sample.pool, "%s/db-status", other.keys_dir), "we");
    assert_non_null(f);
    assert_true(fputs("000000000000000000000000000000000000000000000000\n", f) >= 0);
    assert_int_equal(fclose(f), 0);
    assert_int_equal(db_open(&other, DB_STATUS, &db), ERR_BAD); /* a wrong one */
    assert_null(db);
    other = sample.conf;
    other.db_socket = "/nonexistent/mariadb.sock"; /* away: it may come */
    assert_int_equal(db_open(&other, DB_STATUS, &db), ERR_STORAGE);
    assert_non_null(db);
    db_close(&db);
}

/* --- least privileges --- */

static void no_more_than_needed(void **state)
{
    (void)state;
    static const struct {
        enum db_role role;
        const char *sql;
    } rows[] = {
        {DB_VERIFY, "UPDATE authz SET state = 1"},
        {DB_VERIFY, "UPDATE authz SET deadline = 2147483647"},
        {DB_VERIFY, "DELETE FROM authz"},
        {DB_VERIFY, "INSERT INTO authz (day) VALUES (1)"},
        {DB_VERIFY, "DELETE FROM call_record"},
        {DB_VERIFY, "UPDATE call_record SET app_id = 'x'"},
        {DB_VERIFY, "UPDATE app SET status = 1"},
        {DB_VERIFY, "SELECT 1 FROM audit"},
        {DB_ISSUE, "SELECT 1 FROM call_record"},
        {DB_ISSUE, "UPDATE authz SET uses = 0"},
        {DB_ISSUE, "DELETE FROM authz"},
        {DB_PICKUP, "UPDATE authz SET state = 1"},
        {DB_PICKUP, "DELETE FROM pickup"},
        {DB_PICKUP, "UPDATE info_service SET base_url = 'x'"},
        {DB_SAMPLE, "SELECT 1 FROM authz"},
        {DB_STATUS, "SELECT 1 FROM authz"},
        {DB_STATUS, "UPDATE change_counter SET seq = 0"},
        {DB_AUTHORIZE, "UPDATE authz SET uses = 0"},
        {DB_AUTHORIZE, "DELETE FROM auth_request"},
        {DB_ROUTE, "UPDATE route SET status = 2"},
        {DB_ROUTE, "UPDATE route_application SET status = 2"},
        {DB_ADMIN, "UPDATE audit SET detail = ''"},
        {DB_ADMIN, "DELETE FROM audit"},
        {DB_ADMIN, "UPDATE authz SET state = 1"},
        {DB_ADMIN, "UPDATE call_record SET error = 0"},
        {DB_ADMIN, "DELETE FROM app"},
        {DB_ADMIN, "CREATE TABLE more (a INT)"},
        {DB_ADMIN, "GRANT SELECT ON authz TO 'zwm_status'@'localhost'"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        assert_true(sample_may(rows[i].role, "SELECT 1 FROM schema_version"));
        if (sample_may(rows[i].role, rows[i].sql))
            fail_msg("%s may: %s", db_role_account(rows[i].role), rows[i].sql);
    }
    /* none of it happened */
    assert_int_equal(sample_number("SELECT COUNT(*) FROM information_schema.TABLES WHERE"
                                   " TABLE_SCHEMA = '%s' AND TABLE_NAME = 'more'",
                                   sample.conf.db_name),
                     0);
}

#define IN_NEW_DATABASE(fn) cmocka_unit_test_setup_teardown(fn, new_database, drop_database)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_NEW_DATABASE(from_nothing),
        IN_NEW_DATABASE(again),
        IN_NEW_DATABASE(from_each_older_version),
        IN_NEW_DATABASE(cut_off),
        IN_NEW_DATABASE(from_before_levels),
        IN_NEW_DATABASE(levels),
        IN_NEW_DATABASE(faulty_migration),
        IN_NEW_DATABASE(no_such_directory),
        IN_NEW_DATABASE(not_for_this_program),
        SAMPLE_TEST(passwords),
        SAMPLE_TEST(no_more_than_needed),
    };
    return SAMPLE_RUN("migrations", tests);
}
