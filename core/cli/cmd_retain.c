/* zwm retain: the daily job. Partitions of the days to come, those past their retention dropped,
 * spool files that no handle can reach any more and requests for authorization past their time
 * removed. */
#include <dirent.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "core/base/clock.h"
#include "core/cli/open.h"
#include "core/store/authreq.h"
#include "core/store/callback.h"
#include "core/store/login.h"
#include "core/store/retain.h"
#include "core/store/route.h"
#include "core/store/session.h"
#include "core/store/ticket.h"

/* By the file's own time, which is the machine's: not shifted for tests. */
static int sweep_spool(struct cli *cli, const struct conf *conf)
{
    int removed = 0;
    DIR *d = opendir(conf->spool_dir);
    if (d == NULL)
        return 0;
    for (const struct dirent *f; (f = readdir(d)) != NULL;) {
        struct stat st;
        const char *path = pool_printf(cli->pool, "%s/%s", conf->spool_dir, f->d_name);
        if (stat(path, &st) == 0 && S_ISREG(st.st_mode) &&
            st.st_mtime + conf->handle_ttl_sec + 3600 < time(NULL) && unlink(path) == 0)
            removed++;
    }
    (void)closedir(d);
    return removed;
}

int cmd_retain(struct cli *cli, int argc, char **argv)
{
    struct instance i;
    struct retained r;
    bool copy = false;
    const struct cli_opt opts[] = {{"copy", NULL, &copy, false}};
    int rc = cli_parse(cli, argc, argv, opts, 1, NULL, 0, NULL);
    if (rc == CLI_OK)
        rc = cli_open(cli, &i);
    if (rc != CLI_OK)
        return rc;
    enum err held = retain_run(i.db, &i.conf, clock_now_sec(), copy, &r, stderr);
    if (held != ERR_OK && held != ERR_BUSY)
        return cli_fail(cli, "the partitions could not be changed");
    int64_t before = clock_now_sec() - i.conf.retain_authz_days * 86400;
    /* A nonce is never accepted again after the clock window, so what is left of it may go too. */
    int64_t applied = clock_now_sec() - i.conf.application_ttl_sec;
    if (application_prune(i.db, applied) != ERR_OK || invitation_prune(i.db, before) != ERR_OK)
        return cli_fail(cli, "old applications could not be removed");
    if (authreq_prune(i.db, before) != ERR_OK || callback_prune(i.db, before) != ERR_OK ||
        session_prune(i.db, clock_now_sec() - 86400) != ERR_OK ||
        login_prune(i.db, clock_now_sec() - 86400) != ERR_OK ||
        ticket_prune(i.db, clock_now_sec() - 86400) != ERR_OK)
        return cli_fail(cli, "old requests and sessions could not be removed");
    int swept = sweep_spool(cli, &i.conf);
    if (cli->json) {
        struct json_object *o = json_object_new_object();
        (void)json_object_object_add(o, "partitions_made", json_object_new_int(r.partitions_made));
        (void)json_object_object_add(o, "partitions_dropped",
                                     json_object_new_int(r.partitions_dropped));
        (void)json_object_object_add(o, "spool_files_removed", json_object_new_int(swept));
        cli_print_json(o);
    } else {
        (void)printf("partitions made: %d, dropped: %d; spool files removed: %d\n",
                     r.partitions_made, r.partitions_dropped, swept);
    }
    if (held == ERR_BUSY)
        return cli_fail(cli,
                        "rows stand in the last partition, and moving them would hold up every "
                        "caller: `zwm retain --copy` does it, in a quiet hour");
    return CLI_OK;
}
