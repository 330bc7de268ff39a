/* cert: what an operator must know of a TLS certificate. Nothing here makes or checks one. */
#ifndef ZWM_CRYPTO_CERT_H
#define ZWM_CRYPTO_CERT_H

#include <stdint.h>

#include "core/base/err.h"

/* When the first certificate of a PEM file ends, in seconds since the Unix epoch. ERR_IO: the file
 * cannot be read; ERR_BAD: it holds no certificate. */
ERR_CHECK enum err cert_end(const char *path, int64_t *end_sec_r);

#endif
