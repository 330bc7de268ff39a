#include "core/wire/calls.h"

#include <assert.h>

#include "core/base/shared.h"
#include "core/wire/calls/rows.h"

/* A name of calls.def without a row does not link; a number given twice is an initializer given
 * twice, which the compiler refuses; a number left out is caught below. */
static const struct call_row *const rows[] = {
#define CALL(name, number) [CALL_##name] = &call_row_##name,
#include "core/wire/calls.def"
#undef CALL
};

enum {
#define CALL(name, number) PLACE_##name,
#include "core/wire/calls.def"
#undef CALL
    CALLS_N
};

_Static_assert(sizeof rows / sizeof rows[0] == CALLS_N, "calls.def leaves a number out");
_Static_assert((int)CALL_MAX == (int)CALLS_N, "calls.def is not in the order of its numbers");
_Static_assert((int)SHARED_IFACES >= (int)CALL_MAX, "shared counters: an interface has no place");

const struct call_row *call_row(enum call_id id)
{
    assert((int)id >= 0 && id < CALL_MAX);
    return rows[id];
}
