/* sm3: the SM3 hash (GB/T 32905) and HMAC-SM3 (GB/T 15852.2), on OpenSSL. Uses base. */
#ifndef ZWM_CRYPTO_SM3_H
#define ZWM_CRYPTO_SM3_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { SM3_LEN = 32 };

void sm3(const void *data, size_t len, uint8_t out[SM3_LEN]);
/* Lower-case hexadecimal, NUL-terminated. */
void sm3_hex(const void *data, size_t len, char out[2 * SM3_LEN + 1]);

/* Streaming, for what does not fit in memory. sm3_final frees the state and sets *ctx to NULL;
 * sm3_abort only frees. */
struct sm3_ctx;
struct sm3_ctx *sm3_new(void);
void sm3_update(struct sm3_ctx *ctx, const void *data, size_t len);
void sm3_final(struct sm3_ctx **ctx, uint8_t out[SM3_LEN]);
void sm3_abort(struct sm3_ctx **ctx);

/* HMAC-SM3 over the concatenation of `n` parts. */
struct sm3_part {
    const void *data;
    size_t len;
};
void hmac_sm3(const uint8_t *key, size_t key_len, const struct sm3_part *parts, size_t n,
              uint8_t out[SM3_LEN]);

/* Constant-time comparison of equal lengths. */
bool crypto_equal(const void *a, const void *b, size_t len);

#endif
