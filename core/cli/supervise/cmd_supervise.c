/* zwm supervise: starts the processes of a responder on the socket that is descriptor 0
 * (spawn-fcgi) and keeps them running. Not for people: nginx/zwm-responder runs it.
 *
 * SIGTERM ends them all. SIGHUP replaces them, with the settings and the programs as they are then;
 * what became of it stands in run/NAME.state, which `zwm-responder reload` waits for. */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "core/base/log.h"
#include "core/base/responders.h"
#include "core/cli/cli.h"
#include "core/cli/supervise/supervise.h"

enum { READY_MS = 30000 };

/* --- what others may know --- */

static void write_state(const struct supervisor *s)
{
    static const char *const words[] = {"ok", "failed", "under way"};
    char path[4096];
    (void)snprintf(path, sizeof path, "%s.new", s->state_path);
    FILE *f = fopen(path, "we");
    if (f == NULL)
        return;
    (void)fprintf(f, "reloads %lld\nresult %s\nwhy %s\n", (long long)s->reloads, words[s->reload],
                  s->reload == RELOAD_FAILED ? s->reload_why : "");
    if (fclose(f) != 0 || rename(path, s->state_path) != 0)
        log_msg(LOG_ERROR, "supervise", "%s cannot be written", s->state_path);
}

/* --- reload --- */

static bool is_old(const struct child *c)
{
    return !c->successor && !c->leaving;
}

static bool is_successor(const struct child *c)
{
    return c->successor && !c->leaving;
}

static bool is_any(const struct child *c)
{
    return !c->leaving;
}

static void begin_reload(struct supervisor *s, struct cli *cli)
{
    struct conf conf;
    if (s->reload == RELOAD_UNDER_WAY)
        return;
    s->reloads++;
    s->reload = RELOAD_FAILED;
    s->reload_why = "the settings do not hold";
    if (cli_conf(cli, &conf) == CLI_OK) {
        s->reload = RELOAD_UNDER_WAY;
        s->reload_until_ms = now_ms() + READY_MS;
        s->wanted = (int)conf.processes;
        for (int i = 0; i < s->wanted; i++)
            child_start(s, true);
    }
    write_state(s);
}

static void end_successors(struct supervisor *s)
{
    child_tell(s, is_successor);
    for (int i = 0; i < s->n; i++)
        s->children[i].successor = false;
    log_msg(LOG_ERROR, "supervise", "reload of %s failed, the old processes stay: %s", s->name,
            s->reload_why);
    write_state(s);
}

/* The new ones are all ready: now the old ones may go. */
static void succeed(struct supervisor *s)
{
    child_tell(s, is_old);
    for (int i = 0; i < s->n; i++)
        s->children[i].successor = false;
    s->reload = RELOAD_OK;
    s->start_at_ms = s->ended_lately = 0;
    write_state(s);
}

static void go_on_with_reload(struct supervisor *s)
{
    int ready = 0, successors = 0;
    for (int i = 0; i < s->n; i++) {
        successors += is_successor(&s->children[i]);
        ready += is_successor(&s->children[i]) && s->children[i].ready;
    }
    if (s->reload == RELOAD_UNDER_WAY && now_ms() > s->reload_until_ms) {
        s->reload = RELOAD_FAILED;
        s->reload_why = "a new process was not ready in time";
    }
    if (s->reload == RELOAD_FAILED && successors > 0)
        end_successors(s);
    else if (s->reload == RELOAD_FAILED && s->reload_until_ms != 0)
        write_state(s);
    else if (s->reload == RELOAD_UNDER_WAY && ready >= s->wanted)
        succeed(s);
    if (s->reload != RELOAD_UNDER_WAY)
        s->reload_until_ms = 0;
}

/* --- the loop --- */

static int open_signals(void)
{
    sigset_t set;
    (void)sigemptyset(&set);
    (void)sigaddset(&set, SIGTERM);
    (void)sigaddset(&set, SIGINT);
    (void)sigaddset(&set, SIGHUP);
    (void)sigaddset(&set, SIGCHLD);
    (void)sigprocmask(SIG_BLOCK, &set, NULL);
    return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

/* How long nothing has to be done unless somebody says something; -1: for ever. */
static int quiet_ms(const struct supervisor *s)
{
    int64_t now = now_ms();
    if (s->reload == RELOAD_UNDER_WAY)
        return (int)(s->reload_until_ms > now ? s->reload_until_ms - now + 1 : 0);
    if (!s->ending && s->start_at_ms > now)
        return (int)(s->start_at_ms - now + 1);
    return -1;
}

static void wait_for_something(struct supervisor *s, int signals)
{
    struct pollfd fds[CHILDREN_MOST + 1] = {{.fd = signals, .events = POLLIN}};
    for (int i = 0; i < s->n; i++)
        fds[i + 1] = (struct pollfd){.fd = s->children[i].ready_fd, .events = POLLIN};
    if (poll(fds, (nfds_t)s->n + 1, quiet_ms(s)) <= 0)
        return;
    for (int i = 0; i < s->n; i++)
        if (fds[i + 1].revents != 0)
            child_hear(s, i);
}

static void take_signals(struct supervisor *s, struct cli *cli, int signals)
{
    struct signalfd_siginfo info;
    while (read(signals, &info, sizeof info) == (ssize_t)sizeof info) {
        if (info.ssi_signo == SIGHUP && !s->ending)
            begin_reload(s, cli);
        if (info.ssi_signo == SIGTERM || info.ssi_signo == SIGINT) {
            s->ending = true;
            child_tell(s, is_any);
        }
    }
}

static bool is_responder(const char *name)
{
    for (int r = 0; r < RESPONDER_MAX; r++)
        if (strcmp(responder_row((enum responder_id)r)->name, name) == 0)
            return true;
    return false;
}

int cmd_supervise(struct cli *cli, int argc, char **argv)
{
    static struct supervisor s;
    const char *operand[1], *bin = getenv("ZWM_BIN_DIR");
    size_t n;
    struct conf conf;
    int rc = cli_parse(cli, argc, argv, NULL, 0, operand, 1, &n);
    if (rc != CLI_OK)
        return rc;
    if (n == 0 || !is_responder(operand[0]))
        return cli_usage(cli, "which responder?");
    if (bin == NULL || *bin == '\0')
        return cli_fail(cli, "ZWM_BIN_DIR says where the programs are");
    rc = cli_conf(cli, &conf);
    if (rc != CLI_OK)
        return rc;
    s = (struct supervisor){.name = operand[0],
                            .program = pool_printf(cli->pool, "%s/zwm-%s", bin, operand[0]),
                            .state_path =
                                pool_printf(cli->pool, "%s/%s.state", conf.run_dir, operand[0]),
                            .wanted = (int)conf.processes};
    int signals = open_signals();
    if (signals < 0)
        return cli_fail(cli, "signalfd: %s", strerror(errno));
    write_state(&s);
    do {
        child_fill(&s);
        wait_for_something(&s, signals);
        take_signals(&s, cli, signals);
        child_reap(&s);
        go_on_with_reload(&s);
    } while (!s.ending || s.n > 0);
    return CLI_OK;
}
