#include "core/wire/serves.h"

#include <assert.h>

#define SERVES(CALL, traits) {CALL_##CALL, (traits)},
static const struct serve *const lists[] = {
#define RESPONDER(name, NAME, need, doc, ...) (const struct serve[]){__VA_ARGS__{CALL_VOID, 0}},
#include "core/base/responders.def"
#undef RESPONDER
};
#undef SERVES

_Static_assert(sizeof lists / sizeof lists[0] == RESPONDER_MAX, "one list a responder");

const struct serve *serves(enum responder_id r)
{
    assert((int)r >= 0 && r < RESPONDER_MAX);
    return lists[r];
}
