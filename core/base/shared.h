/* shared: what the processes of one node hold in common, in a mapped file below the run directory:
 * counters for /metrics and the rate limit of each app. Lock-free; a process may die at any point.
 * Losing the file loses counts only. Uses err. */
#ifndef ZWM_BASE_SHARED_H
#define ZWM_BASE_SHARED_H

#include <stdbool.h>
#include <stdint.h>

#include "core/base/buf.h"
#include "core/base/err.h"

struct shared;

/* Interfaces are counted by index: 0 to SHARED_IFACES - 1. */
enum { SHARED_IFACES = 192 };

/* Maps the file below `run_dir`, made if absent; it stays mapped as long as the process lives. A
 * file of another length is brought to the right one. Returns ERR_IO if it cannot be had. */
ERR_CHECK enum err shared_open(const char *run_dir, struct shared **s_r);

/* One call of interface `iface` ended with `e` after `us` microseconds. */
void shared_count(struct shared *s, unsigned iface, enum err e, int64_t us);

/* Calls of interface `iface` (below SHARED_IFACES) that have ended with `e`. */
uint64_t shared_calls(const struct shared *s, unsigned iface, enum err e);

/* The limit of how often `name` may call: `per_sec`, 1 to 1000000 (a second's worth may come at
 * once), by the generic cell rate algorithm; `now_us` is of the monotonic clock. Asking is apart
 * from counting, because whether a call counts is known only once its nonce has been entered: until
 * then as many may be let in beyond the limit as are served at one time, and what is too much is
 * owed (a minute at most). A name has a bucket of its own, found by a fingerprint of 64 bits. If
 * thousands of names call within one second and there is no bucket left, the name has no limit. */
bool shared_rate_allows(struct shared *s, const char *name, int64_t per_sec, int64_t now_us);
/* Counts one call of `name`. */
void shared_rate_count(struct shared *s, const char *name, int64_t per_sec, int64_t now_us);

/* Prometheus text exposition of the counters; `names[i]` is the interface of index i, NULL if
 * there is none. */
void shared_write_metrics(const struct shared *s, const char *const names[SHARED_IFACES],
                          struct buf *b);

#endif
