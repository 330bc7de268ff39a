/* zwm doctor: is this installation sound? One line a check; exit 1 if one fails. */
#include <stdarg.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "core/base/clock.h"
#include "core/cli/client.h"
#include "core/cli/doctor.h"
#include "core/cli/open.h"
#include "core/code/sysid.h"
#include "core/store/audit.h"

static void check_dirs(struct doctor *d, const struct conf *c)
{
    const char *const dirs[] = {c->var_dir, c->keys_dir, c->spool_dir, c->log_dir};
    for (size_t i = 0; i < sizeof dirs / sizeof dirs[0]; i++) {
        struct stat st;
        if (stat(dirs[i], &st) != 0)
            doctor_say(d, FAILING, "directory", "%s does not exist", dirs[i]);
        else if ((st.st_mode & 077) != 0)
            doctor_say(d, FAILING, "directory",
                       "%s may be entered by others than its owner (mode %03o, wanted 700)",
                       dirs[i], st.st_mode & 0777);
    }
    doctor_check_places(d, c);
}

static void check_settings(struct doctor *d, const struct conf *c)
{
    struct sysid id;
    if (sysid_parse(c->system, &id) != ERR_OK)
        doctor_say(d, FAILING, "settings",
                   "system must be a system identifier of 9 digits, is \"%s\"", c->system);
    else
        doctor_say(d, FINE, "settings", "code system %s %s", c->system, c->system_name);
    if (*c->clock_offset_file != '\0')
        doctor_say(d, WARNING, "settings",
                   "clock_offset_file is set: the clock can be shifted; for tests only");
}

/* What other systems' codes are checked by. */
static void check_trust(struct doctor *d, struct instance *i)
{
    const char *registry = i->conf.registry_url;
    struct trust *t = cli_trust(d->cli, i);
    if (t == NULL && *registry == '\0') {
        doctor_say(d, FINE, "trust list", "none: this code system stands alone");
        return;
    }
    if (t == NULL) {
        doctor_say(d, FAILING, "trust list", "none under the pinned key of the registry at %s",
                   registry);
        return;
    }
    int64_t left = t->expires_at - clock_now_sec(), whole = t->expires_at - t->issued_at;
    const struct trust_system *self = trust_find(t, i->conf.system);
    if (left < 0)
        doctor_say(d, FAILING, "trust list",
                   "version %lld expired %lld s ago: other systems' codes get %s",
                   (long long)t->version, (long long)-left, err_row(ERR_TRUST_EXPIRED)->code);
    else
        doctor_say(d, left < whole / 4 ? WARNING : FINE, "trust list",
                   "version %lld, %zu systems, good for %lld s more", (long long)t->version, t->n,
                   (long long)left);
    if (self == NULL || !self->active)
        doctor_say(d, WARNING, "trust list", "this system is %s: others do not take its codes",
                   self == NULL ? cli_text(d->cli, "not on it") : cli_text(d->cli, "suspended"));
    trust_release(&t);
}

static void check_store(struct doctor *d, struct instance *i)
{
    struct audit_check r;
    const char *name = NULL;
    bool durable = false;
    struct sysid id;
    if (admin_is_durable(&i->work, &durable) != ERR_OK)
        doctor_say(d, FAILING, "durability", "innodb_flush_log_at_trx_commit cannot be read");
    else if (!durable)
        doctor_say(d, FAILING, "durability",
                   "innodb_flush_log_at_trx_commit is not 1: what was answered can be lost");
    else
        doctor_say(d, FINE, "durability", "a commit is on the disk before it is answered");
    if (audit_verify(i->db, i->kr, &r) != ERR_OK)
        doctor_say(d, FAILING, "audit", "cannot be read");
    else if (r.bad_seq != 0)
        doctor_say(d, FAILING, "audit", "altered from row %lld on", (long long)r.bad_seq);
    else
        doctor_say(d, FINE, "audit", "%lld acts, unchanged", (long long)r.rows);
    if (sysid_parse(i->conf.system, &id) != ERR_OK || id.cls == SYSID_NATIONAL)
        return;
    const char *code = id.cls == SYSID_REGIONAL ? id.platform : id.platform + 3;
    if (admin_place_name(&i->work, code, &name) == ERR_OK)
        doctor_say(d, FINE, "identifier", "%s is %s", code, name);
    else
        doctor_say(d, WARNING, "identifier", "%s is no %s that this system knows", code,
                   id.cls == SYSID_REGIONAL ? cli_text(d->cli, "division of GB/T 2260")
                                            : cli_text(d->cli, "department of GB/T 4657"));
}

static void check_http(struct doctor *d, const struct conf *c)
{
    struct http_client *http = http_client_new(c->service_ca_file);
    struct http_answer a;
    struct http_request rq = {.method = "GET",
                              .url = pool_printf(d->cli->pool, "http://127.0.0.1:%lld/healthz",
                                                 (long long)c->status_port),
                              .connect_ms = 1000,
                              .total_ms = 5000,
                              .max_len = 65536};
    if (http_call(http, d->cli->pool, &rq, &a) != ERR_OK)
        doctor_say(d, FAILING, "health", "%s: %s", rq.url, a.failure);
    else
        doctor_say(d, a.status == 200 ? FINE : FAILING, "health", "%s: HTTP %d %.*s", rq.url,
                   a.status, (int)strcspn(a.body, "\n"), a.body);
    rq.url = pool_printf(d->cli->pool, "%s/api/v1/code/verify", c->base_url);
    if (http_call(http, d->cli->pool, &rq, &a) != ERR_OK)
        doctor_say(d, FAILING, "https", "%s: %s", rq.url, a.failure);
    else /* GET is not allowed there: 405 says that a responder has looked at it */
        doctor_say(d, a.status == 405 ? FINE : FAILING, "https", "%s: HTTP %d", rq.url, a.status);
    http_client_free(&http);
}

int cmd_doctor(struct cli *cli, int argc, char **argv)
{
    struct doctor d = {.cli = cli};
    struct instance i;
    int rc = cli_parse(cli, argc, argv, NULL, 0, NULL, 0, NULL);
    if (rc == CLI_OK)
        rc = cli_open_keys(cli, &i);
    if (rc != CLI_OK)
        return rc;
    d.items = json_object_new_array();
    check_settings(&d, &i.conf);
    check_dirs(&d, &i.conf);
    doctor_check_certificate(&d, &i.conf);
    doctor_say(&d, FINE, "keys", "open, and closed to others");
    enum err e = cli_open_store(cli, &i);
    if (e == ERR_OK) {
        doctor_say(&d, FINE, "database", "answers, schema fits");
        check_store(&d, &i);
        doctor_check_connections(&d, &i);
        doctor_check_partitions(&d, &i);
        check_trust(&d, &i);
    } else {
        doctor_say(&d, FAILING, "database",
                   e == ERR_STORAGE ? "does not answer on %s" : "on %s does not fit this program",
                   i.conf.db_socket);
    }
    check_http(&d, &i.conf);
    doctor_check_processes(&d, &i.conf);
    if (cli->json) {
        struct json_object *o = json_object_new_object();
        (void)json_object_object_add(o, "items", d.items);
        (void)json_object_object_add(o, "failed", json_object_new_int(d.failed));
        cli_print_json(o);
    } else {
        json_object_put(d.items);
    }
    return d.failed == 0 ? CLI_OK : CLI_FAILED;
}
