/* pulse: this process's sign of life (core/base/beat.h), written by a thread of its own, with how
 * many of its threads are busy and how many stick in one call. Private to fcgi/frame, but for
 * pulse_beats. */
#ifndef ZWM_FCGI_PULSE_H
#define ZWM_FCGI_PULSE_H

#include <stdbool.h>

#include "core/base/beat.h"
#include "core/base/responders.h"

/* Starts the thread; all signals must be blocked. Returns false if the file cannot be had. */
bool pulse_start(const struct conf *conf, enum responder_id id);
/* The calling thread has a call in hand from now on, or no more. */
void pulse_call_begins(void);
void pulse_call_ends(void);
/* The signs of all processes of the node. */
struct beats *pulse_beats(void);

#endif
