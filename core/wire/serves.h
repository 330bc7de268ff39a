/* serves: which calls each responder serves, and what is special about a call on its way through
 * nginx. The facts stand in core/base/responders.def. Uses calls and responders. */
#ifndef ZWM_WIRE_SERVES_H
#define ZWM_WIRE_SERVES_H

#include "core/base/responders.h"
#include "core/wire/calls.h"

/* Traits of a call, as bits. */
enum {
    SERVE_LOCAL = 1,   /* only on the status port, for the operator of this machine */
    SERVE_ASKS = 2,    /* the answer may have to wait for an information service */
    SERVE_LARGE = 4,   /* the answer may have one or two MiB; nginx keeps it in memory */
    SERVE_STREAM = 8,  /* the answer may have any size; nginx passes it on as it comes */
    SERVE_SECRET = 16, /* what follows the path's prefix is a secret; no log may hold it */
    SERVE_EVENTS = 32, /* nginx serves the stream of events of that channel (nchan) if the responder
                          says that it may be listened to */
};

struct serve {
    enum call_id call;
    unsigned traits;
};

/* Returns the calls that a responder serves; the last item has the call CALL_VOID and is not one
 * of them. The list lives as long as the program. */
const struct serve *serves(enum responder_id r);

#endif
