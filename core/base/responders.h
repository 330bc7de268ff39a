/* responders: the table of responders, one row each (responders.def). Which calls a responder
 * serves is told by core/wire/serves.h. Uses conf. */
#ifndef ZWM_BASE_RESPONDERS_H
#define ZWM_BASE_RESPONDERS_H

#include <stdbool.h>

#include "core/base/conf.h"

enum responder_id {
#define RESPONDER(name, NAME, need, doc, ...) RESPONDER_##NAME,
#include "core/base/responders.def"
#undef RESPONDER
    RESPONDER_MAX
};

struct responder_row {
    const char *name; /* "issue": the program is zwm-issue, the socket issue.sock */
    bool optional;    /* an operator may leave it out */
    const char *doc;  /* what it does, for people */
};

/* Returns the row of a responder; it is never NULL and lives as long as the program. */
const struct responder_row *responder_row(enum responder_id r);

/* Whether an instance with these settings has the responder: every one that is needed, and an
 * optional one if its setting NAME_service is 1. */
bool responder_wanted(enum responder_id r, const struct conf *c);

#endif
