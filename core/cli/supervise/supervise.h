/* supervise: the processes of one responder, which share its socket (`zwm supervise`). Private to
 * core/cli/supervise.
 *
 * One that ends is started again, for ever. If many end in a short time the next start waits, at
 * most PAUSE_MOST_MS: a program that aborts again and again costs little and is back within seconds
 * once the cause is gone. On a reload new processes are started beside the old ones; these are told
 * to leave when all of the new ones have said that they are ready, and stay if one is not. */
#ifndef ZWM_CLI_SUPERVISE_H
#define ZWM_CLI_SUPERVISE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

enum { PROCESSES_MOST = 64, CHILDREN_MOST = 4 * PROCESSES_MOST };

struct child {
    pid_t pid;
    int ready_fd;   /* a byte comes when it is ready; -1 afterwards */
    bool ready;     /* it has said so */
    bool leaving;   /* it was told to end */
    bool successor; /* started by a reload that is not over */
};

enum reload { RELOAD_OK, RELOAD_FAILED, RELOAD_UNDER_WAY };

struct supervisor {
    const char *name, *program, *state_path;
    int wanted; /* processes that shall run */
    int n;
    struct child children[CHILDREN_MOST];
    bool ending; /* none is started any more */
    /* Processes that have ended unasked, one forgotten each FORGET_MS, in thousandths. */
    int64_t ended_lately, forgotten_at_ms;
    int64_t start_at_ms; /* no start before */
    enum reload reload;
    int64_t reloads, reload_until_ms;
    const char *reload_why; /* set if it has failed */
};

/* --- child.c --- */
/* Milliseconds of a clock that only counts. */
int64_t now_ms(void);
/* Starts one process of the responder, unless CHILDREN_MOST are there. */
void child_start(struct supervisor *s, bool successor);
/* Sends SIGTERM to those for which `which` says yes. */
void child_tell(struct supervisor *s, bool (*which)(const struct child *));
/* Takes notice of those that have ended, and puts off the next start if they are many. */
void child_reap(struct supervisor *s);
/* Starts what is missing, if it is time. */
void child_fill(struct supervisor *s);
/* Reads the word of the child at `i`, whose ready_fd can be read. */
void child_hear(struct supervisor *s, int i);

#endif
