#include "core/store/schema.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/buf.h"
#include "core/base/rand.h"
#include "core/base/text.h"
#include "core/store/columns.h"

enum { SQL_FILE_MAX = 16 << 20, PASSWORD_BYTES = 24 };

/* --- files --- */

static char *read_file(struct pool *p, const char *path)
{
    struct stat st;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    char *text = NULL;
    if (fd >= 0 && fstat(fd, &st) == 0 && st.st_size < SQL_FILE_MAX) {
        text = pool_alloc(p, (size_t)st.st_size + 1);
        if (read(fd, text, (size_t)st.st_size) != st.st_size)
            text = NULL;
    }
    if (fd >= 0)
        (void)close(fd);
    return text;
}

/* `every` stands in the file for @EVERY@; NULL: it does not. */
static enum err run_file(struct db *db, struct pool *p, const char *path, const char *every,
                         FILE *out)
{
    char *sql = read_file(p, path);
    if (sql == NULL) {
        (void)fprintf(out, "%s: %s\n", path, strerror(errno));
        return ERR_IO;
    }
    if (every != NULL)
        sql = buf_replace(p, sql, "@EVERY@", every);
    enum err e = db_script(db, sql, out);
    if (e != ERR_OK)
        (void)fprintf(out, "%s could not be applied\n", path);
    return e;
}

/* --- accounts --- */

/* The account's password; made if there is none yet. Only the digits are ours to print into SQL:
 * hexadecimal. */
static enum err account_password(const struct conf *conf, enum db_role role,
                                 char password[2 * PASSWORD_BYTES + 1])
{
    struct pool *p = pool_new(true);
    char *path = pool_printf(p, "%s/%s", conf->keys_dir, db_role_file(role)),
         *text = read_file(p, path);
    uint8_t raw[PASSWORD_BYTES];
    enum err e = ERR_OK;
    if (text != NULL && strlen(text) == 2 * PASSWORD_BYTES + 1 &&
        hex_decode(text, 2 * PASSWORD_BYTES, raw, sizeof raw) == ERR_OK) {
        memcpy(password, text, 2 * PASSWORD_BYTES);
        password[2 * PASSWORD_BYTES] = '\0';
    } else {
        rand_bytes(raw, sizeof raw);
        hex_encode(raw, sizeof raw, password);
        int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
        char *line = pool_printf(p, "%s\n", password);
        if (fd < 0 || write(fd, line, strlen(line)) != (ssize_t)strlen(line) || fsync(fd) != 0)
            e = ERR_IO;
        if (fd >= 0)
            (void)close(fd);
    }
    explicit_bzero(raw, sizeof raw);
    pool_destroy(&p);
    return e;
}

static enum err make_accounts(struct db *db, const struct conf *conf, FILE *out)
{
    struct pool *p = pool_new(true);
    enum err e = ERR_OK;
    for (size_t i = 0; e == ERR_OK && i < DB_ROLES; i++) {
        char password[2 * PASSWORD_BYTES + 1];
        const char *account = db_role_account((enum db_role)(1U << i));
        e = account_password(conf, (enum db_role)(1U << i), password);
        if (e == ERR_OK)
            e = db_script(db,
                          pool_printf(p,
                                      "CREATE USER IF NOT EXISTS '%s'@'localhost'; ALTER USER "
                                      "'%s'@'localhost' IDENTIFIED BY '%s'",
                                      account, account, password),
                          out);
        explicit_bzero(password, sizeof password);
    }
    pool_destroy(&p);
    return e;
}

/* What every role needs is granted to the whole list of accounts: a new role is in it at once. */
static enum err grant(struct db *db, struct pool *p, const char *sql_dir, FILE *out)
{
    struct buf every;
    buf_init(&every, p);
    for (size_t i = 0; i < DB_ROLES; i++)
        buf_printf(&every, "%s'%s'@'localhost'", i > 0 ? ", " : "",
                   db_role_account((enum db_role)(1U << i)));
    return run_file(db, p, pool_printf(p, "%s/grants.sql", sql_dir), every.data, out);
}

/* --- migrations --- */

static const struct row_column of_schema[] = {COL_INT(struct schema_state, number),
                                              COL_INT(struct schema_state, level)};
const struct row_columns schema_columns = ROW_COLUMNS(struct schema_state, of_schema, NULL);

enum err schema_state(struct db *db, struct schema_state *s_r)
{
    struct pool *p = pool_new(false);
    enum err e = db_find(db, NULL, p, STMT_SCHEMA_VERSION, NULL, DB_INTO(s_r));
    db_rollback(db);
    pool_destroy(&p);
    return e;
}

static int is_migration(const struct dirent *d)
{
    size_t len = strlen(d->d_name);
    return len > 8 && strspn(d->d_name, "0123456789") == 3 && d->d_name[3] == '_' &&
           strcmp(d->d_name + len - 4, ".sql") == 0;
}

static int is_sql(const struct dirent *d)
{
    size_t len = strlen(d->d_name);
    return len > 4 && strcmp(d->d_name + len - 4, ".sql") == 0;
}

/* The level that a migration brings the schema to: its own number, or what its line
 * `-- beside: NNN` says: programs that know level NNN go on working with it. */
static int level_of(const char *sql, int number)
{
    static const char mark[] = "\n-- beside: ";
    const char *at = strstr(sql, mark);
    return at != NULL ? (int)strtol(at + sizeof mark - 1, NULL, 10) : number;
}

/* DDL commits by itself, so a migration cut off halfway cannot be undone: the number is entered as
 * `-N` before and `N` after it, and a half one is refused with its number. The level rises first:
 * programs that do not know it must not come in any more. */
static enum err apply(struct db *db, struct pool *p, const char *path, int number, FILE *out)
{
    char *sql = read_file(p, path);
    if (sql == NULL) {
        (void)fprintf(out, "%s: %s\n", path, strerror(errno));
        return ERR_IO;
    }
    enum err e = db_script(
        db, pool_printf(p, "INSERT INTO schema_migration VALUES (%d, UNIX_TIMESTAMP())", -number),
        out);
    if (e != ERR_OK) {
        (void)fprintf(
            out,
            "migration %03d was cut off in an earlier run: restore the database from its backup\n",
            number);
        return e;
    }
    e = db_script(db,
                  pool_printf(p, "INSERT IGNORE INTO schema_version VALUES (%d, UNIX_TIMESTAMP())",
                              level_of(sql, number)),
                  out);
    if (e == ERR_OK)
        e = run_file(db, p, path, NULL, out);
    if (e == ERR_OK)
        e = db_script(db,
                      pool_printf(p, "UPDATE schema_migration SET number = %d WHERE number = %d",
                                  number, -number),
                      out);
    return e;
}

static enum err migrate(struct db *db, struct pool *p, const char *sql_dir, FILE *out)
{
    struct dirent **names = NULL;
    const char *applied = NULL;
    int n = scandir(sql_dir, &names, is_migration, alphasort);
    enum err e = ERR_IO;
    if (n >= 0)
        e = db_query_text(db, p, "SELECT MAX(number) FROM schema_migration", &applied);
    const long done = applied != NULL ? strtol(applied, NULL, 10) : 0;
    for (int i = 0; i < n; i++) {
        int number = (int)strtol(names[i]->d_name, NULL, 10);
        if (e == ERR_OK && number > done) {
            (void)fprintf(out, "  applying %s\n", names[i]->d_name);
            e = apply(db, p, pool_printf(p, "%s/%s", sql_dir, names[i]->d_name), number, out);
        }
        free(names[i]);
    }
    free(names);
    return e;
}

static enum err seed(struct db *db, struct pool *p, const char *sql_dir, FILE *out)
{
    struct dirent **names = NULL;
    char *dir = pool_printf(p, "%s/seed", sql_dir);
    int n = scandir(dir, &names, is_sql, alphasort);
    enum err e = n < 0 ? ERR_IO : ERR_OK;
    for (int i = 0; i < n; i++) {
        if (e == ERR_OK)
            e = run_file(db, p, pool_printf(p, "%s/%s", dir, names[i]->d_name), NULL, out);
        free(names[i]);
    }
    free(names);
    return e;
}

/* schema_version had the migrations too once: what it says is taken over, once. */
static const char bookkeeping[] =
    "CREATE TABLE IF NOT EXISTS schema_version (version INT NOT NULL COMMENT 'level: a program "
    "that "
    "does not know it must not run', applied_at BIGINT NOT NULL COMMENT 'seconds', PRIMARY KEY "
    "(version)) ENGINE = InnoDB; "
    "CREATE TABLE IF NOT EXISTS schema_migration (number INT NOT NULL COMMENT 'migration applied; "
    "negative: begun and not ended', applied_at BIGINT NOT NULL COMMENT 'seconds', PRIMARY KEY "
    "(number)) ENGINE = InnoDB; "
    "INSERT INTO schema_migration SELECT version, applied_at FROM schema_version WHERE NOT EXISTS "
    "(SELECT 1 FROM schema_migration)";

enum err schema_set_up(const struct conf *conf, const char *sql_dir, FILE *out)
{
    struct pool *p = pool_new(false);
    struct db *db = NULL;
    enum err e = db_open_root(conf, false, &db, out);
    if (e == ERR_OK)
        e = db_script(
            db,
            pool_printf(
                p, "CREATE DATABASE IF NOT EXISTS `%s` CHARACTER SET utf8mb4 COLLATE utf8mb4_bin",
                conf->db_name),
            out);
    db_close(&db);
    if (e == ERR_OK)
        e = db_open_root(conf, true, &db, out);
    if (e == ERR_OK)
        e = db_script(db, bookkeeping, out);
    if (e == ERR_OK)
        e = migrate(db, p, sql_dir, out);
    if (e == ERR_OK)
        e = seed(db, p, sql_dir, out);
    if (e == ERR_OK)
        e = make_accounts(db, conf, out);
    if (e == ERR_OK)
        e = grant(db, p, sql_dir, out);
    db_close(&db);
    pool_destroy(&p);
    return e;
}
