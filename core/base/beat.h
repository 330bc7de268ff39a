/* beat: the sign of life of each process of a node, in a mapped file below the run directory. A
 * process writes its own place there; whoever wants to know reads all of them, without asking
 * anybody. Uses err.
 *
 * A place is held by a lock that the kernel takes away when the process ends, so a process that was
 * killed is gone from the list at once, and its process id may be another's without harm. One that
 * was stopped, or whose machine hangs, keeps its place and gets old. */
#ifndef ZWM_BASE_BEAT_H
#define ZWM_BASE_BEAT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/err.h"

struct beats;

struct beat {
    int64_t at_us; /* of the last sign, monotonic clock; set by beats_tell */
    int64_t pid;   /* set by beats_join */
    int64_t kind;  /* what it is; the caller's numbers */
    int64_t threads;
    int64_t busy;   /* threads with a call in hand */
    int64_t stuck;  /* of those: with one call for a long time */
    int64_t orphan; /* 1: whoever had started it is gone */
};

enum { BEATS_MOST = 512 };

/* Maps the file, made if absent. ERR_IO: it cannot be had. Close with beats_close. */
ERR_CHECK enum err beats_open(const char *run_dir, struct beats **b_r);
/* Gives the place back and closes. */
void beats_close(struct beats **b);
/* Takes a place for this process until it ends. ERR_BUSY: none is free. */
ERR_CHECK enum err beats_join(struct beats *b);
/* Writes this process's place; call it a few times a second. */
void beats_tell(struct beats *b, const struct beat *own);
/* Reads the places of the processes that live into `list`; returns their number. */
size_t beats_read(struct beats *b, struct beat list[BEATS_MOST]);

#endif
