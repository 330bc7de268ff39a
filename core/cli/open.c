#include "core/cli/open.h"

#include <string.h>
#include <time.h>

#include "core/act/registry/registry.h"
#include "core/base/clock.h"
#include "core/store/route.h"

/* The instance is the caller's and gone by the time the pool goes: these get what it pointed to. */
static void close_keys(void *arg)
{
    struct keyring *kr = arg;
    keyring_free(&kr);
}

static void close_db(void *arg)
{
    struct db *db = arg;
    db_close(&db);
}

int cli_open_keys(struct cli *cli, struct instance *i)
{
    *i = (struct instance){.kr = NULL};
    int rc = cli_conf(cli, &i->conf);
    if (rc != CLI_OK)
        return rc;
    if (keyring_open(i->conf.keys_dir, &i->kr) != ERR_OK)
        return cli_fail(cli, "the keys in %s cannot be opened", i->conf.keys_dir);
    pool_on_destroy(cli->pool, close_keys, i->kr);
    if (*i->conf.clock_offset_file != '\0' &&
        clock_use_offset_file(i->conf.clock_offset_file) != ERR_OK)
        return cli_fail(cli, "%s cannot be used", i->conf.clock_offset_file);
    return CLI_OK;
}

enum err cli_open_store(struct cli *cli, struct instance *i)
{
    enum err e = db_open(&i->conf, DB_ADMIN, &i->db);
    pool_on_destroy(cli->pool, close_db, i->db);
    if (e == ERR_OK)
        i->work = cli_work(cli, i);
    return e;
}

int cli_open(struct cli *cli, struct instance *i)
{
    int rc = cli_open_keys(cli, i);
    if (rc != CLI_OK)
        return rc;
    enum err e = cli_open_store(cli, i);
    if (e != ERR_OK)
        return cli_fail(cli,
                        e == ERR_STORAGE
                            ? "the database does not answer on %s; `make up` starts it"
                            : "the database on %s does not fit this program; run `zwm init`",
                        i->conf.db_socket);
    return CLI_OK;
}

int cli_store_failed(const struct cli *cli, enum err e)
{
    return cli_fail(cli, "the database failed (%s)", err_name(e));
}

struct work cli_work(struct cli *cli, const struct instance *i)
{
    int64_t now_ms = clock_now_ms();
    return (struct work){.pool = cli->pool,
                         .conf = &i->conf,
                         .kr = i->kr,
                         .db = i->db,
                         .now_ms = now_ms,
                         .now_sec = now_ms / 1000};
}

struct trust *cli_trust_at(struct cli *cli, const struct instance *i, int64_t at_sec)
{
    const struct work w = cli_work(cli, i);
    struct registry r = {.w = &w};
    struct trust_row row;
    struct trust *t = NULL;
    return registry_list(&r, at_sec, &row, &t) == ERR_OK ? t : NULL;
}

struct trust *cli_trust(struct cli *cli, const struct instance *i)
{
    return cli_trust_at(cli, i, 0);
}

int cli_load_key(struct cli *cli, const char *path, const char *passphrase_file,
                 struct sm2_key **key_r)
{
    size_t len;
    char *passphrase = NULL, *pem = cli_read_file(cli, path, 16384, &len);
    if (pem == NULL)
        return CLI_FAILED;
    if (passphrase_file != NULL) {
        passphrase = cli_read_file(cli, passphrase_file, 1024, NULL);
        if (passphrase == NULL)
            return CLI_FAILED;
        passphrase[strcspn(passphrase, "\r\n")] = '\0';
    }
    if (sm2_key_from_pem(pem, len, passphrase, key_r) != ERR_OK)
        return cli_fail(cli, "%s holds no SM2 private key in PEM%s", path,
                        passphrase_file == NULL
                            ? cli_text(cli, " (--passphrase-file opens an encrypted one)")
                            : cli_text(cli, " that this passphrase opens"));
    return CLI_OK;
}

const char *cli_time(struct cli *cli, int64_t at_sec)
{
    char *text = pool_alloc(cli->pool, 32);
    time_t t = (time_t)at_sec;
    struct tm tm;
    (void)strftime(text, 32, "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&t, &tm));
    return text;
}
