/* sm2_sample: what the tests of sm2 share: the standard's example key, hexadecimal, OpenSSL's
 * command line. */
#ifndef ZWM_TESTS_SM2_SAMPLE_H
#define ZWM_TESTS_SM2_SAMPLE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/base/pool.h"
#include "core/base/text.h"
#include "core/crypto/b64.h"
#include "core/crypto/sm2.h"

/* GB/T 32918.5 A.2: a key that everyone has, and its signature of "message digest" */
#define SAMPLE_D    "3945208f7b2144b13f36e38ac6d39f95889393692860b51a42fb81ef4df7c5b8"
#define SAMPLE_X    "09f9df311e5421a150dd7d161e4bc5c672179fad1833fc076bb08ff356f35020"
#define SAMPLE_Y    "ccea490ce26775a52dc6ea718cc1aa600aed05fbf35e084a6632f6072da9ad13"
#define SAMPLE_R    "f5a03b0648d2c4630eeac513e1bb81a15944da3827d5b74143ac7eaceee720b3"
#define SAMPLE_S    "b1b6aa29df212fd8763182bc0d421ca1bb9038fd1f7f42d4840b69c485bbc1aa"
#define SAMPLE_MSG  "message digest"
#define SPKI_HEAD   "3059301306072a8648ce3d020106082a811ccf5501822d034200"
#define PKCS8_HEAD  "308187020100301306072a8648ce3d020106082a811ccf5501822d046d306b0201010420"
#define PKCS8_POINT "a144034200"
/* p and n of the curve */
#define CURVE_P "fffffffeffffffffffffffffffffffffffffffff00000000ffffffffffffffff"
#define CURVE_N "fffffffeffffffffffffffffffffffff7203df6b21c6052b53bbf40939d54123"

static inline uint8_t *sample_unhex(struct pool *p, const char *text, size_t *len_r)
{
    size_t len = strlen(text) / 2;
    uint8_t *out = pool_alloc(p, len + 1);

    assert_int_equal(hex_decode(text, strlen(text), out, len), ERR_OK);
    if (len_r != NULL)
        *len_r = len;
    return out;
}

static inline char *sample_hex(struct pool *p, const uint8_t *data, size_t len)
{
    char *text = pool_alloc(p, 2 * len + 1);

    hex_encode(data, len, text);
    return text;
}

/* PEM with the label and the DER, which is given in hexadecimal. */
static inline char *sample_pem(struct pool *p, const char *label, const char *der_hex)
{
    size_t len;
    uint8_t *der = sample_unhex(p, der_hex, &len);

    return pool_printf(p, "-----BEGIN %s-----\n%s\n-----END %s-----\n", label,
                       b64_encode(p, der, len), label);
}

static inline struct sm2_key *sample_key(struct pool *p)
{
    struct sm2_key *key;
    char *pem =
        sample_pem(p, "PRIVATE KEY", PKCS8_HEAD SAMPLE_D PKCS8_POINT "04" SAMPLE_X SAMPLE_Y);

    assert_int_equal(sm2_key_from_pem(pem, strlen(pem), NULL, &key), ERR_OK);
    return key;
}

/* What a shell command prints; it must succeed. */
static inline char *sample_shell(struct pool *p, const char *command, size_t *len_r)
{
    enum { OUT_MAX = 1 << 16 };
    char *out = pool_alloc(p, OUT_MAX);
    FILE *f = popen(command, "r"); /* NOLINT: the command is ours */
    size_t len;

    assert_non_null(f);
    len = fread(out, 1, OUT_MAX - 1, f);
    if (pclose(f) != 0)
        fail_msg("failed: %s", command);
    if (len_r != NULL)
        *len_r = len;
    return out;
}

#endif
