/* b64: RFC 4648 Base64 (padded, strict) and Base64url (unpadded), on OpenSSL's codec. Uses base. */
#ifndef ZWM_CRYPTO_B64_H
#define ZWM_CRYPTO_B64_H

#include <stdint.h>

#include "core/base/err.h"
#include "core/base/pool.h"

/* Text in `p`. */
char *b64_encode(struct pool *p, const void *data, size_t len);
char *b64url_encode(struct pool *p, const void *data, size_t len);
/* Strict: right length and padding, no white space, pad bits zero. ERR_BAD otherwise. Bytes in `p`.
 */
ERR_CHECK enum err b64_decode(struct pool *p, const char *text, size_t text_len, uint8_t **out_r,
                              size_t *len_r);

#endif
