#include "core/act/turn.h"

#include <stdatomic.h>

static _Atomic int sending;

bool turn_take(int threads)
{
    int most = threads >= 4 ? threads - threads / 4 : threads > 1 ? threads - 1 : 1;
    if (atomic_fetch_add(&sending, 1) < most)
        return true;
    (void)atomic_fetch_sub(&sending, 1);
    return false;
}

void turn_give(void)
{
    (void)atomic_fetch_sub(&sending, 1);
}
