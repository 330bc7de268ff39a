/* zwm init: makes an instance (directories, settings, keys, database, sample data), or brings it up
 * to date. Whatever stands already stays as it is. MariaDB must be running on the instance's
 * socket. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/act/show/show.h"
#include "core/base/clock.h"
#include "core/cli/open.h"
#include "core/code/sysid.h"
#include "core/act/register/register.h"
#include "core/store/retain.h"
#include "core/store/schema.h"

struct wishes {
    const char *port, *system, *name, *set;
    bool test_clock;
};

static int make_dir(struct cli *cli, const char *path)
{
    if (mkdir(path, 0700) == 0 || errno == EEXIST)
        return CLI_OK;
    return cli_fail(cli, "%s: %s", path, strerror(errno));
}

static int make_dirs(struct cli *cli, const char *var)
{
    static const char *const subs[] = {"run", "log", "spool", "tls", "sample", "db"};
    int rc = make_dir(cli, var);
    for (size_t i = 0; rc == CLI_OK && i < sizeof subs / sizeof subs[0]; i++)
        rc = make_dir(cli, pool_printf(cli->pool, "%s/%s", var, subs[i]));
    return rc;
}

enum { SETTINGS_MOST = 64 };

/* "NAME=VALUE,..." into name and value pairs behind those that stand, NULL at the end. */
static int take_settings(struct cli *cli, const char *text, const char **with, size_t n)
{
    for (const char *at = text; at != NULL && *at != '\0';) {
        size_t len = strcspn(at, ","), name_len = strcspn(at, "=,");
        if (name_len == len || !conf_has(at, name_len))
            return cli_fail(cli, "--set: no setting `%.*s`; `zwm config show` lists them", (int)len,
                            at);
        if (n + 2 >= SETTINGS_MOST)
            return cli_fail(cli, "--set: too many");
        with[n++] = pool_strndup(cli->pool, at, name_len);
        with[n++] = pool_strndup(cli->pool, at + name_len + 1, len - name_len - 1);
        at = at[len] == ',' ? at + len + 1 : NULL;
    }
    with[n] = NULL;
    return CLI_OK;
}

static int write_conf(struct cli *cli, const char *var, const struct wishes *w)
{
    const char *path = pool_printf(cli->pool, "%s/zwm.conf", var),
               *port = w->port != NULL ? w->port : "8443";
    struct sysid id;
    char *end;
    long number = strtol(port, &end, 10);
    const char *system = w->system != NULL ? w->system : "251000001";
    if (*end != '\0' || number < 1 || number > 65534)
        return cli_fail(
            cli,
            "--port must be a number from 1 to 65534 (the next port serves /healthz and /metrics)");
    if (sysid_parse(system, &id) != ERR_OK)
        return cli_fail(cli, "--system must be a system identifier of 9 digits: class 1 to 3, six "
                             "digits, serial 01 to 99");
    const char *with[SETTINGS_MOST] = {"system",
                                       system,
                                       "system_name",
                                       w->name != NULL ? w->name : "示例政务服务码系统",
                                       "base_url",
                                       pool_printf(cli->pool, "https://127.0.0.1:%ld", number),
                                       "listen_port",
                                       pool_printf(cli->pool, "%ld", number),
                                       "status_port",
                                       pool_printf(cli->pool, "%ld", number + 1),
                                       w->test_clock ? "clock_offset_file" : "",
                                       pool_printf(cli->pool, "%s/run/clock", var)};
    int rc = take_settings(cli, w->set, with, 12);
    if (rc != CLI_OK)
        return rc;
    FILE *f = fopen(path, "wxe");
    if (f == NULL)
        return cli_fail(cli, "%s: %s", path, strerror(errno));
    conf_write_template(f, with, cli->lang == LANG_ZH);
    return fclose(f) == 0 ? CLI_OK : cli_fail(cli, "%s: %s", path, strerror(errno));
}

/* What the system itself is known as. It calls its own information services, and they know it as an
 * app like any other. */
static int register_self(struct cli *cli, struct instance *i)
{
    uint8_t *spki;
    size_t len;
    sm2_key_spki(keyring_system_key(i->kr), cli->pool, &spki, &len);
    const struct app_entry self = {.app_id = i->conf.system,
                                   .kind = APP_SYSTEM,
                                   .name = *i->conf.system_name != '\0' ? i->conf.system_name
                                                                        : i->conf.system,
                                   .uscc = i->conf.system,
                                   .spki = spki,
                                   .spki_len = len,
                                   .status = APP_ACTIVE};
    /* The app of those who log in at our own address. It has no key, so nobody calls as it. */
    const struct app_entry pages = {.app_id = SHOW_OWN_APP,
                                    .kind = APP_CHANNEL,
                                    .name = self.name,
                                    .uscc = i->conf.system,
                                    .channel = SHOW_OWN_CHANNEL,
                                    .status = APP_ACTIVE};
    struct refusal r = {NULL, NULL};
    enum err e = act_app_add(&i->work, &self, &r);
    if (e == ERR_FIELD_INVALID)
        return cli_fail(cli, "system_name: %s", cli_said(cli, r.why));
    if (e == ERR_OK || e == ERR_DUPLICATE)
        e = act_app_add_own(&i->work, &pages);
    return e == ERR_OK || e == ERR_DUPLICATE ? CLI_OK : cli_store_failed(cli, e);
}

static int set_up(struct cli *cli, const struct conf *conf)
{
    struct instance i;
    struct retained r;
    enum err e = schema_set_up(conf, pool_printf(cli->pool, "%s/sql", cli_share_dir(cli)), stderr);
    if (e != ERR_OK)
        return cli_fail(cli, "the database could not be set up");
    int rc = cli_open(cli, &i);
    if (rc == CLI_OK &&
        retain_run(i.db, &i.conf, clock_now_sec(), false, &r, stderr) == ERR_STORAGE)
        rc = cli_fail(cli, "the partitions could not be made");
    if (rc == CLI_OK)
        rc = register_self(cli, &i);
    if (rc == CLI_OK && i.conf.sample_login)
        rc = sample_people_make(cli, &i.conf);
    return rc == CLI_OK && i.conf.sample_service ? sample_data_make(cli, &i) : rc;
}

int cmd_init(struct cli *cli, int argc, char **argv)
{
    struct wishes w = {.test_clock = false};
    const struct cli_opt opts[] = {{"port", &w.port, NULL, false},
                                   {"system", &w.system, NULL, false},
                                   {"name", &w.name, NULL, false},
                                   {"set", &w.set, NULL, false},
                                   {"test-clock", NULL, &w.test_clock, false}};
    struct conf conf;
    int rc = cli_parse(cli, argc, argv, opts, sizeof opts / sizeof opts[0], NULL, 0, NULL);
    if (rc != CLI_OK)
        return rc;
    char *var = conf_var_dir(cli->pool);
    rc = make_dirs(cli, var);
    enum err e = rc == CLI_OK ? conf_load(cli->pool, var, &conf, NULL) : ERR_IO;
    if (rc == CLI_OK && e == ERR_ABSENT)
        rc = write_conf(cli, var, &w);
    if (rc == CLI_OK)
        rc = cli_conf(cli, &conf);
    if (rc != CLI_OK)
        return rc;
    /* Keys that stand are kept; whether they open is seen below. */
    if (access(pool_printf(cli->pool, "%s/system.key", conf.keys_dir), F_OK) != 0 &&
        keyring_create(conf.keys_dir) != ERR_OK)
        return cli_fail(cli, "keys could not be made in %s", conf.keys_dir);
    return set_up(cli, &conf);
}
