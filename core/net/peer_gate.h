/* peer_gate: how many threads of this process may wait for one code system or information service,
 * and a circuit breaker: a system that is down is answered for at once and tried again by itself.
 * Thread-safe; uses base.
 */
#ifndef ZWM_NET_PEER_GATE_H
#define ZWM_NET_PEER_GATE_H

#include <stdbool.h>
#include <stdint.h>

struct gate;

/* A place in the gate of one party. It is kept until it is left, whatever becomes of the others. */
struct peer_turn {
    struct gate *gate; /* NULL: left */
    int64_t entered_us;
};

/* False: do not call it now. True: call peer_gate_leave afterwards; a thread is in one gate at a
 * time. Names count up to 127 bytes. A system has about half of the turns at most, so that one that
 * hangs leaves the others theirs. A caller that finds none free waits for one, at most a second:
 * any number if the system answers quickly as a rule, a few otherwise, nobody once nothing has come
 * for a second. So one that hangs or is slow holds a bounded part of the threads, and one that is
 * merely busy refuses nobody. */
bool peer_gate_enter(const char *system, struct peer_turn *turn_r);
/* Gives the turn back; a second time does nothing. `answered` false: no answer came, or not the
 * whole of it. What fails at the caller's own side is not the system's failure. */
void peer_gate_leave(struct peer_turn *turn, bool answered);
/* Sets the bounds from the threads of the process; once, before use. */
void peer_gate_init(int threads);

#endif
