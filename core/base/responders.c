#include "core/base/responders.h"

#include <assert.h>
#include <stdio.h>

enum need { NEEDED, OPTIONAL };

static const struct responder_row rows[] = {
#define RESPONDER(name, NAME, need, doc, ...) {#name, (need) == OPTIONAL, doc},
#include "core/base/responders.def"
#undef RESPONDER
};

_Static_assert(sizeof rows / sizeof rows[0] == RESPONDER_MAX, "one row a responder");

const struct responder_row *responder_row(enum responder_id r)
{
    assert((int)r >= 0 && r < RESPONDER_MAX);
    return &rows[r];
}

bool responder_wanted(enum responder_id r, const struct conf *c)
{
    char setting[64];
    const struct responder_row *row = responder_row(r);
    (void)snprintf(setting, sizeof setting, "%s_service", row->name);
    return !row->optional || conf_int(c, setting) == 1;
}
