/* peer_gate: how many threads of this process may wait for one code system or information service,
 * and a circuit breaker: a system that is down is answered for at once and tried again by itself.
 * Thread-safe; uses base.
 */
#ifndef ZWM_NET_PEER_GATE_H
#define ZWM_NET_PEER_GATE_H

#include <stdbool.h>

/* False: do not call it now. True: call peer_gate_leave afterwards. While a system keeps answering,
 * a caller waits for its turn, at most a second; once nothing has come from it for a second,
 * further callers are turned away at once. So a system that hangs holds a bounded part of the
 * threads, and one that is merely busy refuses nobody. */
bool peer_gate_enter(const char *system);
/* `answered` false: no whole answer came. */
void peer_gate_leave(const char *system, bool answered);
/* Sets the bounds from the threads of the process; once, before use. */
void peer_gate_init(int threads);

#endif
