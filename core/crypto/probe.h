/* probe: does this libcrypto have what we need? Uses base. */
#ifndef ZWM_CRYPTO_PROBE_H
#define ZWM_CRYPTO_PROBE_H

#include <stdbool.h>

/* True if SM2, SM3, HMAC, SM4-CBC and SM4-CTR are there. The other functions of core/crypto end the
 * process if one is missing; a library that lives in other people's programs asks first. Looked
 * up once a process. */
bool crypto_probe(void);

#endif
