/* What `zwm doctor` looks at on the machine. */
#include <ctype.h>
#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <time.h>

#include "core/base/clock.h"
#include "core/base/responders.h"
#include "core/cli/doctor.h"
#include "core/crypto/cert.h"

enum { FREE_LEAST_MIB = 512, FREE_LEAST_FILES = 10000, CERT_WARN_DAYS = 30, PROC_TEXT_MAX = 65536 };

void doctor_check_places(struct doctor *d, const struct conf *c)
{
    const char *const places[] = {c->var_dir, c->spool_dir, c->log_dir, c->run_dir};
    unsigned long seen[sizeof places / sizeof places[0]] = {0};
    size_t n = 0;
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
        struct statvfs v;
        bool again = false;
        if (statvfs(places[i], &v) != 0)
            continue;
        for (size_t k = 0; k < n; k++)
            again = again || seen[k] == v.f_fsid;
        seen[n++] = v.f_fsid;
        if (again) /* the same file system */
            continue;
        unsigned long long mib = (unsigned long long)v.f_bavail * v.f_frsize >> 20,
                           files = (unsigned long long)v.f_favail;
        bool few = v.f_files > 0 && files < FREE_LEAST_FILES;
        doctor_say(d, mib < FREE_LEAST_MIB || few ? WARNING : FINE, "disk",
                   "%s: %llu MiB and %llu files free", places[i], mib, files);
    }
}

void doctor_check_certificate(struct doctor *d, const struct conf *c)
{
    const char *path = pool_printf(d->cli->pool, "%s/server.crt", c->tls_dir);
    int64_t end = 0;
    if (cert_end(path, &end) != ERR_OK) {
        doctor_say(d, FAILING, "certificate", "%s holds none that can be read", path);
        return;
    }
    /* Callers have the real time, whatever the clock of a test says. */
    int64_t days = (end - (int64_t)time(NULL)) / 86400;
    doctor_say(d,
               end <= time(NULL)       ? FAILING
               : days < CERT_WARN_DAYS ? WARNING
                                       : FINE,
               "certificate", "%s ends %s, in %lld days", path, cli_time(d->cli, end),
               (long long)days);
}

/* --- processes --- */

static char *read_proc(struct doctor *d, const char *pid, const char *name, size_t *len_r)
{
    FILE *f = fopen(pool_printf(d->cli->pool, "/proc/%s/%s", pid, name), "re");
    if (f == NULL)
        return NULL;
    char *text = pool_alloc(d->cli->pool, PROC_TEXT_MAX + 1);
    *len_r = fread(text, 1, PROC_TEXT_MAX, f);
    (void)fclose(f);
    return text;
}

/* Whether the process is one of this instance: by its environment, which only its user may read. */
static bool is_ours(struct doctor *d, const char *pid, const struct conf *c)
{
    size_t len = 0;
    char *env = read_proc(d, pid, "environ", &len);
    const char *want = pool_printf(d->cli->pool, "ZWM_VAR=%s", c->var_dir);
    for (const char *at = env; env != NULL && at < env + len; at += strlen(at) + 1)
        if (strcmp(at, want) == 0)
            return true;
    return false;
}

struct processes {
    int n, orphans;
};

/* A supervisor is a parent of the process that is not the first process of the machine. */
static bool has_parent(struct doctor *d, const char *pid)
{
    size_t len = 0;
    const char *status = read_proc(d, pid, "status", &len),
               *at = status != NULL ? strstr(status, "\nPPid:") : NULL;
    return at == NULL || strtol(at + sizeof "\nPPid:" - 1, NULL, 10) > 1;
}

static void count_processes(struct doctor *d, const struct conf *c,
                            struct processes list[RESPONDER_MAX])
{
    DIR *proc = opendir("/proc");
    for (const struct dirent *e; proc != NULL && (e = readdir(proc)) != NULL;) {
        size_t len = 0;
        if (!isdigit((unsigned char)e->d_name[0]))
            continue;
        char *comm = read_proc(d, e->d_name, "comm", &len);
        if (comm == NULL || strncmp(comm, "zwm-", 4) != 0)
            continue;
        comm[strcspn(comm, "\n")] = '\0';
        for (int r = 0; r < RESPONDER_MAX; r++)
            if (strcmp(comm + 4, responder_row((enum responder_id)r)->name) == 0 &&
                is_ours(d, e->d_name, c)) {
                list[r].n++;
                list[r].orphans += !has_parent(d, e->d_name);
            }
    }
    if (proc != NULL)
        (void)closedir(proc);
}

void doctor_check_processes(struct doctor *d, const struct conf *c)
{
    struct processes list[RESPONDER_MAX] = {{0}};
    int total = 0, bad = 0;
    count_processes(d, c, list);
    for (int r = 0; r < RESPONDER_MAX; r++) {
        const char *name = responder_row((enum responder_id)r)->name;
        total += list[r].n;
        bad += list[r].orphans;
        if (list[r].orphans > 0)
            doctor_say(
                d, FAILING, "supervisor",
                "%s: nobody starts its %d processes again when they end: their supervisor is "
                "gone; `make down` and `make up`, or restart its unit",
                name, list[r].orphans);
        else if (list[r].n > 0 && list[r].n < c->processes)
            doctor_say(d, WARNING, "processes", "%s: %d of %lld run", name, list[r].n,
                       (long long)c->processes);
    }
    if (total > 0 && bad == 0)
        doctor_say(d, FINE, "supervisor", "%d processes, each with a supervisor", total);
}
