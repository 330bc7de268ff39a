/* tagged: names that hold a number of ours and a MAC of it, so that nobody can make one up, and one
 * is checked without a look at a table. Uses keyring and b64. */
#ifndef ZWM_CRYPTO_TAGGED_H
#define ZWM_CRYPTO_TAGGED_H

#include "core/crypto/keyring.h"

enum { TAGGED_NO_LEN = 16, TAGGED_LEN = 43 };

/* Returns the name of `no`, TAGGED_LEN characters of base64url, in `p`. A name that was made for
 * one `label` and one `holder` (an app; "": nobody's) is good for no other. */
char *tagged_make(const struct keyring *kr, struct pool *p, const char *label, const char *holder,
                  const uint8_t no[TAGGED_NO_LEN]);
/* Reads the number out of a name. Returns ERR_BAD if we have not made it for that label and holder.
 */
ERR_CHECK enum err tagged_read(const struct keyring *kr, struct pool *p, const char *label,
                               const char *holder, const char *name, uint8_t no_r[TAGGED_NO_LEN]);

#endif
