/* rand: bytes from the kernel's secure generator (getrandom(2)). Cannot fail: a machine without it
 * cannot run us. */
#ifndef ZWM_BASE_RAND_H
#define ZWM_BASE_RAND_H

#include <stddef.h>

void rand_bytes(void *out, size_t len);

#endif
