/* turn: how many threads of this process may send a stream (a file, another system's file) at one
 * time. A slow reader holds its thread, so streams together hold no more than three quarters of
 * them. */
#ifndef ZWM_ACT_TURN_H
#define ZWM_ACT_TURN_H

#include <stdbool.h>

/* Takes one of the turns of a process with `threads` threads. Returns false if none is free. */
bool turn_take(int threads);
/* Gives back what turn_take took. */
void turn_give(void);

#endif
