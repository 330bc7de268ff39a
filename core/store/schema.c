#include "core/store/schema.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/buf.h"
#include "core/base/clock.h"
#include "core/base/rand.h"
#include "core/base/text.h"
#include "core/store/columns.h"

enum { DAYS_AHEAD = 10, SQL_FILE_MAX = 16 << 20, PASSWORD_BYTES = 24 };

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

enum err schema_version(struct db *db, int *version_r)
{
    struct pool *p = pool_new(false);
    struct row_number version;
    enum err e = db_find(db, NULL, p, STMT_SCHEMA_VERSION, NULL, DB_INTO(&version));
    db_rollback(db);
    if (e == ERR_OK)
        *version_r = (int)version.n;
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

/* DDL commits by itself, so a migration cut off halfway cannot be undone: the version is entered as
 * `-N` before and `N` after it, and a half one is refused with its number. */
static enum err apply(struct db *db, struct pool *p, const char *path, int version, FILE *out)
{
    enum err e = db_script(
        db, pool_printf(p, "INSERT INTO schema_version VALUES (%d, UNIX_TIMESTAMP())", -version),
        out);
    if (e != ERR_OK) {
        (void)fprintf(
            out,
            "migration %03d was cut off in an earlier run: restore the database from its backup\n",
            version);
        return e;
    }
    e = run_file(db, p, path, NULL, out);
    if (e == ERR_OK)
        e = db_script(db,
                      pool_printf(p, "UPDATE schema_version SET version = %d WHERE version = %d",
                                  version, -version),
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
        e = db_query_text(db, p, "SELECT MAX(version) FROM schema_version", &applied);
    const long done = applied != NULL ? strtol(applied, NULL, 10) : 0;
    for (int i = 0; i < n; i++) {
        int version = (int)strtol(names[i]->d_name, NULL, 10);
        if (e == ERR_OK && version > done) {
            (void)fprintf(out, "  applying %s\n", names[i]->d_name);
            e = apply(db, p, pool_printf(p, "%s/%s", sql_dir, names[i]->d_name), version, out);
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
        e = db_script(db,
                      "CREATE TABLE IF NOT EXISTS schema_version (version INT NOT NULL COMMENT "
                      "'migration applied; negative: begun and "
                      "not ended', applied_at BIGINT NOT NULL COMMENT 'seconds', PRIMARY KEY "
                      "(version)) ENGINE = InnoDB",
                      out);
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

/* --- partitions --- */

struct kept_table {
    const char *name;
    int64_t keep_days;
};

/* Partition pDAY holds the rows of one day; pmax, always empty, catches what no job made room for.
 */
static enum err list_days(struct db *db, struct pool *p, const char *table, int32_t **days_r,
                          size_t *n_r)
{
    struct db_list list;
    enum err e = db_list(db, NULL, p, STMT_PARTITIONS, (struct db_param[]){DB_STR(table)},
                         sizeof(struct row_name), &list);
    const struct row_name *rows = list.row;
    db_rollback(db);
    if (e != ERR_OK)
        return e;
    *days_r = pool_alloc(p, (list.n + 1) * sizeof **days_r);
    *n_r = 0;
    for (size_t i = 0; i < list.n; i++)
        if (strcmp(rows[i].name, "pmax") != 0)
            (*days_r)[(*n_r)++] = (int32_t)strtol(rows[i].name + 1, NULL, 10);
    return ERR_OK;
}

static enum err retain_table(struct db *db, const struct kept_table *t, int32_t today,
                             struct retained *r, FILE *err_out)
{
    struct pool *p = pool_new(false);
    int32_t *days = NULL, last = today - 2;
    size_t n = 0;
    struct buf drop, make;
    enum err e = list_days(db, p, t->name, &days, &n);
    buf_init(&drop, p);
    buf_init(&make, p);
    for (size_t i = 0; i < n; i++) {
        if (days[i] > last)
            last = days[i];
        if (days[i] + t->keep_days >= today)
            continue;
        buf_printf(&drop, "%sp%d", drop.len > 0 ? ", " : "", days[i]);
        r->partitions_dropped++;
    }
    for (int32_t d = last + 1; d <= today + DAYS_AHEAD; d++) {
        buf_printf(&make, "PARTITION p%d VALUES LESS THAN (%d), ", d, d + 1);
        r->partitions_made++;
    }
    if (e == ERR_OK && make.len > 0)
        e = db_script(db,
                      pool_printf(p,
                                  "ALTER TABLE %s REORGANIZE PARTITION pmax INTO (%sPARTITION pmax "
                                  "VALUES LESS THAN MAXVALUE)",
                                  t->name, make.data),
                      err_out);
    if (e == ERR_OK && drop.len > 0)
        e = db_script(db, pool_printf(p, "ALTER TABLE %s DROP PARTITION %s", t->name, drop.data),
                      err_out);
    pool_destroy(&p);
    return e;
}

enum err schema_retain(struct db *db, const struct conf *conf, int64_t now_sec,
                       struct retained *r_r, FILE *err_out)
{
    const struct kept_table tables[] = {{"authz", conf->retain_authz_days},
                                        {"call_record", conf->retain_call_days},
                                        {"pickup", conf->retain_call_days},
                                        {"evidence", conf->retain_call_days},
                                        {"file_handle", 2}};
    enum err e = ERR_OK;
    *r_r = (struct retained){0, 0};
    for (size_t i = 0; e == ERR_OK && i < sizeof tables / sizeof tables[0]; i++)
        e = retain_table(db, &tables[i], clock_day(now_sec), r_r, err_out);
    return e;
}
