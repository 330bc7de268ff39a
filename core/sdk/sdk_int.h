/* sdk_int: what the files of core/sdk share. Uses base, crypto, wire (callsig and check). */
#ifndef ZWM_SDK_SDK_INT_H
#define ZWM_SDK_SDK_INT_H

#include <stdbool.h>

#include "core/base/pool.h"
#include "core/crypto/sm2.h"
#include "core/sdk/sdk.h"

enum { SYSTEM_ID_LEN = 9 };

struct zwm_key {
    struct sm2_key *sm2;
};

/* Takes the pool over; `bytes` live in it. */
zwm_data *sdk_data_new(struct pool *p, const void *bytes, size_t len);

/* The key of a system, NULL if it is not trusted. It stays the trust's. */
const struct sm2_key *sdk_trust_find(const zwm_trust *trust, const char *system);

/* Text that may go into a line to be signed: visible ASCII, at least one character. Anything else
 * could end the line and begin another. */
bool sdk_is_visible(const char *s);
bool sdk_is_method(const char *s);    /* 1 to 16 capital letters */
bool sdk_is_system_id(const char *s); /* nine digits */
bool sdk_is_timestamp(const char *s); /* decimal, in its shortest form, at most twelve digits */
bool sdk_is_body(const void *body, size_t len);

/* ZWM_OK if `signature` is base64 of a strict DER signature of the text, else
 * ZWM_ERROR_SIGNATURE. */
enum zwm_error sdk_verify(const struct sm2_key *key, const char *text, size_t len,
                          const char *signature);

#endif
