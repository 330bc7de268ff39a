/* crypto_int: what the files of core/crypto share: algorithms fetched once, what each thread keeps,
 * how a broken libcrypto ends the process. Not for use outside this directory. */
#ifndef ZWM_CRYPTO_CRYPTO_INT_H
#define ZWM_CRYPTO_CRYPTO_INT_H

#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/err.h"

/* Algorithms, fetched at first use and kept for the life of the process: a fetch a call is what
 * makes EVP slow. */
struct crypto_algs {
    EVP_MD *sm3;
    EVP_MAC_CTX *hmac; /* HMAC with SM3, no key yet: to be copied */
    EVP_CIPHER *sm4_cbc, *sm4_ctr;
};
const struct crypto_algs *crypto_algs(void);

/* Scratch of the calling thread; freed when the thread ends. Holds public data only. */
struct crypto_thread {
    EVP_MD_CTX *md;
    BN_CTX *bn;
    EC_POINT *sum, *term;
};
struct crypto_thread *crypto_thread(void);

/* libcrypto refused what it cannot refuse (out of memory, algorithm missing): logs `what` and ends
 * the process. */
void crypto_fail(const char *what) __attribute__((noreturn));
/* Ends the process unless `ok`. */
#define CRYPTO_NEED(ok, what)                                                                      \
    do {                                                                                           \
        if (!(ok))                                                                                 \
            crypto_fail(what);                                                                     \
    } while (0)

/* Where input was refused: forgets libcrypto's error entries, which libcurl on the same thread
 * would take for its own. Returns `e`. */
enum err crypto_refuse(enum err e);

/* Strict base64 into `out` of B64_RAW_MAX(text_len) bytes. */
#define B64_RAW_MAX(text_len) ((text_len) / 4 * 3)
ERR_CHECK enum err b64_decode_into(const char *text, size_t text_len, uint8_t *out, size_t *len_r);

#endif
