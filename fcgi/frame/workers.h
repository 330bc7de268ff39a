/* workers: the threads that serve requests, in the order of their arrival. Private to fcgi/frame.
 *
 * nginx makes a connection a request (fastcgi_keep_conn off): the socket's backlog is the one
 * queue, and the kernel gives its head to a thread that waits in accept. A kept connection would
 * bind a thread to an idle caller while others wait (decision 0014).
 *
 * The wait is bounded. nginx says when it sent a request (REQUEST_SENT); one that has waited longer
 * than `queue_ms` is refused as soon as it is read, and nothing of it is done. If no thread has
 * come free for that long, as when the database hangs, a thread in reserve reads what waits and
 * refuses it: so a call that nobody has looked at is told so, and is never "uncertain". */
#ifndef ZWM_FCGI_WORKERS_H
#define ZWM_FCGI_WORKERS_H

#include <fcgiapp.h>
#include <stdbool.h>
#include <stdint.h>

enum { WORKERS_MAX = 256 };

struct workers {
    int n;                    /* threads, not counting the one in reserve */
    int64_t queue_ms;         /* longest wait */
    void *(*open)(void);      /* what a thread works with */
    void (*close)(void *own); /* frees it */
    void (*serve)(void *own, FCGX_Request *r, bool in_time); /* writes the whole answer */
};

/* Starts the threads on standard input, all signals blocked. Ends the process if it cannot. `w`
 * must live as long as they do. */
void workers_start(const struct workers *w);
/* Ends them: no new request is taken, those in hand are finished. Returns when all have ended. */
void workers_stop(void);

#endif
