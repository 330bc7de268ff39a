/* Errors, bytes given to the caller, and the shapes that are asked of arguments. */
#include <string.h>

#include "core/sdk/sdk_int.h"
#include "core/wire/callsig.h"
#include "core/wire/field.h"

struct zwm_data {
    struct pool *pool; /* holds this struct too */
    const void *bytes;
    size_t len;
};

static const struct {
    const char *name, *text;
} errors[] = {
    [ZWM_OK] = {"OK", "done"},
    [ZWM_ERROR_ARGUMENT] = {"ARGUMENT", "an argument is missing or misshapen"},
    [ZWM_ERROR_KEY] = {"KEY", "this is no SM2 key, or not the half that is needed"},
    [ZWM_ERROR_ENVELOPE] = {"ENVELOPE",
                            "the envelope does not open: it was altered, or sealed for another "
                            "key"},
    [ZWM_ERROR_HEADER] = {"HEADER", "the signature headers are missing or misshapen"},
    [ZWM_ERROR_SYSTEM] = {"SYSTEM", "the code system that signed is none of those you trust"},
    [ZWM_ERROR_CLOCK] = {"CLOCK", "the time in the header is more than 300 seconds away"},
    [ZWM_ERROR_SIGNATURE] = {"SIGNATURE", "the signature does not verify"},
    [ZWM_ERROR_UNSUPPORTED] = {"UNSUPPORTED", "this libcrypto has no SM2, SM3 or SM4"},
};

static size_t error_index(enum zwm_error e)
{
    return (size_t)e < sizeof errors / sizeof errors[0] ? (size_t)e : (size_t)ZWM_ERROR_ARGUMENT;
}

const char *zwm_error_text(enum zwm_error e)
{
    return errors[error_index(e)].text;
}

const char *zwm_error_name(enum zwm_error e)
{
    return errors[error_index(e)].name;
}

zwm_data *sdk_data_new(struct pool *p, const void *bytes, size_t len)
{
    zwm_data *d = pool_alloc(p, sizeof *d);

    *d = (zwm_data){.pool = p, .bytes = bytes, .len = len};
    return d;
}

const void *zwm_data_bytes(const zwm_data *data)
{
    return data->bytes;
}

size_t zwm_data_len(const zwm_data *data)
{
    return data->len;
}

void zwm_data_free(zwm_data *data)
{
    if (data == NULL)
        return;
    struct pool *p = data->pool;
    pool_destroy(&p);
}

bool sdk_is_visible(const char *s)
{
    if (s == NULL || *s == '\0')
        return false;
    for (; *s != '\0'; s++)
        if (*s < 0x21 || *s > 0x7e)
            return false;
    return true;
}

bool sdk_is_method(const char *s)
{
    enum { METHOD_MAX = 16 };
    size_t n = s == NULL ? 0 : strspn(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZ");

    return n >= 1 && n <= METHOD_MAX && s[n] == '\0';
}

bool sdk_is_system_id(const char *s)
{
    return s != NULL && strnlen(s, SYSTEM_ID_LEN + 1) == SYSTEM_ID_LEN && field_is_digits(s);
}

bool sdk_is_timestamp(const char *s)
{
    return s != NULL && strnlen(s, TIMESTAMP_MAX + 1) <= TIMESTAMP_MAX && field_is_digits(s) &&
           (s[0] != '0' || s[1] == '\0');
}

bool sdk_is_body(const void *body, size_t len)
{
    return body != NULL || len == 0;
}

enum zwm_error sdk_verify(const struct sm2_key *key, const char *text, size_t len,
                          const char *signature)
{
    uint8_t sig[SM2_SIG_LEN];

    if (sm2_sig_from_text(signature, strlen(signature), sig) != ERR_OK ||
        !sm2_verify(key, text, len, sig))
        return ZWM_ERROR_SIGNATURE;
    return ZWM_OK;
}
