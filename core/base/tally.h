/* tally: how calls ended, by the name of the app that made them and of the information service that
 * was asked, in a mapped file below the run directory, for /metrics. Lock-free; a process may die
 * at any point. Losing the file loses counts only. Uses err.
 *
 * The number of names is bounded, so that what reads /metrics is too: those that come when
 * TALLY_NAMES of a kind are there are counted together as "(others)". */
#ifndef ZWM_BASE_TALLY_H
#define ZWM_BASE_TALLY_H

#include "core/base/buf.h"
#include "core/base/err.h"

struct tally;

enum tally_kind { TALLY_APP, TALLY_SERVICE, TALLY_KINDS };
enum { TALLY_NAMES = 256, TALLY_NAME_LEN = 64 };

/* Maps the file below `run_dir`, made if absent; it stays mapped as long as the process lives.
 * ERR_IO: it cannot be had. */
ERR_CHECK enum err tally_open(const char *run_dir, struct tally **t_r);
/* One call of `name` ended with `e`. `t` or `name` NULL: nothing is counted. */
void tally_count(struct tally *t, enum tally_kind kind, const char *name, enum err e);
/* Prometheus text exposition: done, refused (the caller's fault) and failed (ours, or a service's),
 * by name. */
void tally_write_metrics(const struct tally *t, struct buf *b);

#endif
