#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/base/clock.h"
#include "core/base/log.h"
#include "core/cli/supervise/supervise.h"

/* So many ends at once put nothing off; each one more doubles the pause. */
enum { FREE_ENDS = 8, FORGET_MS = 2000, PAUSE_FIRST_MS = 100, PAUSE_MOST_MS = 5000 };

int64_t now_ms(void)
{
    return clock_mono_us() / 1000;
}

/* In the new process: only async-signal-safe functions. */
static void become(const struct supervisor *s, char *const env[])
{
    sigset_t none;
    (void)sigemptyset(&none);
    (void)sigprocmask(SIG_SETMASK, &none, NULL);
    char *const argv[] = {(char *)(uintptr_t)s->program, NULL};
    (void)execve(s->program, argv, env);
    _exit(127);
}

/* This process's environment, and by which descriptor the new one says that it is ready. */
static char **environment(char *ready)
{
    size_t n = 0, k = 0;
    while (environ[n] != NULL)
        n++;
    char **env = calloc(n + 2, sizeof *env);
    if (env == NULL)
        abort();
    for (size_t i = 0; i < n; i++)
        if (strncmp(environ[i], "ZWM_READY_FD=", 13) != 0)
            env[k++] = environ[i];
    env[k] = ready;
    return env;
}

void child_start(struct supervisor *s, bool successor)
{
    int fds[2];
    char ready[32];
    if (s->n == CHILDREN_MOST || pipe2(fds, O_CLOEXEC | O_NONBLOCK) != 0)
        return;
    (void)snprintf(ready, sizeof ready, "ZWM_READY_FD=%d", fds[1]);
    char **env = environment(ready);
    pid_t pid = fork();
    if (pid == 0) {
        (void)fcntl(fds[1], F_SETFD, 0);
        become(s, env);
    }
    free(env);
    (void)close(fds[1]);
    if (pid < 0) {
        log_msg(LOG_ERROR, "supervise", "no process can be started: %s", strerror(errno));
        (void)close(fds[0]);
        s->start_at_ms = now_ms() + PAUSE_MOST_MS;
        return;
    }
    s->children[s->n++] = (struct child){.pid = pid, .ready_fd = fds[0], .successor = successor};
}

void child_tell(struct supervisor *s, bool (*which)(const struct child *))
{
    for (int i = 0; i < s->n; i++)
        if (which(&s->children[i])) {
            s->children[i].leaving = true;
            (void)kill(s->children[i].pid, SIGTERM);
        }
}

/* One that has ended unasked: the more there were lately, the longer the next start waits. */
static void put_off(struct supervisor *s)
{
    int64_t now = now_ms(), forgotten = (now - s->forgotten_at_ms) * 1000 / FORGET_MS;
    s->ended_lately = s->ended_lately > forgotten ? s->ended_lately - forgotten : 0;
    s->ended_lately += 1000;
    s->forgotten_at_ms = now;
    int64_t over = s->ended_lately / 1000 - FREE_ENDS, pause = PAUSE_FIRST_MS;
    if (over <= 0)
        return;
    while (--over > 0 && pause < PAUSE_MOST_MS)
        pause *= 2;
    s->start_at_ms = now + (pause < PAUSE_MOST_MS ? pause : PAUSE_MOST_MS);
    log_msg(LOG_WARN, "supervise",
            "processes of %s end again and again: the next start is held back", s->name);
}

static void take_out(struct supervisor *s, pid_t pid, int status)
{
    for (int i = 0; i < s->n; i++) {
        struct child *c = &s->children[i];
        if (c->pid != pid)
            continue;
        if (c->ready_fd >= 0)
            (void)close(c->ready_fd);
        if (c->successor && s->reload == RELOAD_UNDER_WAY) {
            s->reload = RELOAD_FAILED;
            s->reload_why = "a new process ended before it was ready";
        } else if (!c->leaving) {
            put_off(s);
        }
        if (!c->leaving)
            log_msg(LOG_ERROR, "supervise", "process %d of %s ended, %s %d", (int)pid, s->name,
                    WIFSIGNALED(status) ? "signal" : "code",
                    WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
        *c = s->children[--s->n];
        return;
    }
}

void child_reap(struct supervisor *s)
{
    int status;
    for (pid_t pid; (pid = waitpid(-1, &status, WNOHANG)) > 0;)
        take_out(s, pid, status);
}

void child_fill(struct supervisor *s)
{
    int staying = 0;
    for (int i = 0; i < s->n; i++)
        staying += !s->children[i].leaving && !s->children[i].successor;
    if (!s->ending && now_ms() >= s->start_at_ms)
        for (; staying < s->wanted; staying++)
            child_start(s, false);
}

void child_hear(struct supervisor *s, int i)
{
    struct child *c = &s->children[i];
    char byte;
    ssize_t n = read(c->ready_fd, &byte, 1);
    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    c->ready = n == 1; /* else it has ended or soon will: child_reap takes notice */
    (void)close(c->ready_fd);
    c->ready_fd = -1;
}
