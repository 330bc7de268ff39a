/* Calls in both directions: signing, receipts, calls of a code system. The strings are those of
 * core/wire/callsig. */
#include <stdlib.h>
#include <string.h>

#include "core/base/clock.h"
#include "core/base/rand.h"
#include "core/base/text.h"
#include "core/crypto/envelope.h"
#include "core/sdk/sdk_int.h"
#include "core/wire/callsig.h"
#include "core/wire/field.h"

enum { FRESH_NONCE_LEN = 16, WINDOW_SEC = 300 };

#define SCHEME "ZWM-SM2-SM3"

struct zwm_call {
    struct pool *pool; /* holds this struct too */
    const char *authorization, *string, *nonce;
};

static bool is_app_id(const char *s)
{
    return s != NULL && strnlen(s, APP_ID_MAX + 1) <= APP_ID_MAX && field_is_app_id(s);
}

/* ` name="value",` if there is a value. */
static const char *part(struct pool *p, const char *name, const char *value)
{
    return value == NULL ? "" : pool_printf(p, "%s=\"%s\",", name, value);
}

enum zwm_error zwm_sign_call(const zwm_key *key, const char *app_id, const char *to,
                             const char *method, const char *target, const void *body,
                             size_t body_len, zwm_call **call_r)
{
    uint8_t fresh[FRESH_NONCE_LEN], sig[SM2_SIG_LEN];
    struct buf b;

    if (key == NULL || call_r == NULL || !is_app_id(app_id) || !sdk_is_method(method) ||
        (to != NULL && !sdk_is_system_id(to)) || !sdk_is_visible(target) || target[0] != '/' ||
        !sdk_is_body(body, body_len))
        return ZWM_ERROR_ARGUMENT;
    struct pool *p = pool_new(false);
    char *nonce = pool_alloc(p, 2 * FRESH_NONCE_LEN + 1);
    const char *timestamp = pool_printf(p, "%lld", (long long)clock_now_sec());
    rand_bytes(fresh, sizeof fresh);
    hex_encode(fresh, sizeof fresh, nonce);
    buf_init(&b, p);
    callsig_string(&b, method, target, timestamp, nonce, body, body_len, to);
    if (sm2_sign(key->sm2, b.data, b.len, sig) != ERR_OK) {
        pool_destroy(&p);
        return ZWM_ERROR_KEY;
    }
    zwm_call *c = pool_alloc(p, sizeof *c);
    *c = (zwm_call){
        .pool = p,
        .authorization =
            pool_printf(p, SCHEME " %s%s%s%ssignature=\"%s\"", part(p, "app_id", app_id),
                        part(p, "timestamp", timestamp), part(p, "nonce", nonce), part(p, "to", to),
                        sm2_sig_to_text(sig, p)),
        .string = b.data,
        .nonce = nonce,
    };
    *call_r = c;
    return ZWM_OK;
}

const char *zwm_call_authorization(const zwm_call *call)
{
    return call->authorization;
}

const char *zwm_call_string(const zwm_call *call)
{
    return call->string;
}

const char *zwm_call_nonce(const zwm_call *call)
{
    return call->nonce;
}

void zwm_call_free(zwm_call *call)
{
    if (call == NULL)
        return;
    struct pool *p = call->pool;
    pool_destroy(&p);
}

enum zwm_error zwm_check_receipt(const zwm_trust *trust, const char *signing_string,
                                 int http_status, const char *system, const char *timestamp,
                                 const char *signature, const void *body, size_t body_len)
{
    struct buf b;

    if (trust == NULL || signing_string == NULL || *signing_string == '\0' || http_status < 100 ||
        http_status > 599 || !sdk_is_body(body, body_len))
        return ZWM_ERROR_ARGUMENT;
    if (!sdk_is_system_id(system) || !sdk_is_timestamp(timestamp) || signature == NULL)
        return ZWM_ERROR_HEADER;
    const struct sm2_key *key = sdk_trust_find(trust, system);
    if (key == NULL)
        return ZWM_ERROR_SYSTEM;
    struct pool *p = pool_new(false);
    buf_init(&b, p);
    receipt_string(&b, signing_string, strlen(signing_string), http_status,
                   strtoll(timestamp, NULL, 10), body, body_len);
    enum zwm_error e = sdk_verify(key, b.data, b.len, signature);
    pool_destroy(&p);
    return e;
}

static enum zwm_error check_out(struct pool *p, const zwm_trust *trust, const char *authorization,
                                const char *method, const char *url, const void *body,
                                size_t body_len, int64_t now_sec, struct callsig *c_r)
{
    struct buf b;

    if (callsig_parse_out(authorization, c_r) != ERR_OK)
        return ZWM_ERROR_HEADER;
    const struct sm2_key *key = sdk_trust_find(trust, c_r->app_id);
    if (key == NULL)
        return ZWM_ERROR_SYSTEM;
    if (now_sec < c_r->timestamp_sec - WINDOW_SEC || now_sec > c_r->timestamp_sec + WINDOW_SEC)
        return ZWM_ERROR_CLOCK;
    buf_init(&b, p);
    callsig_string_out(&b, method, url, c_r->timestamp, c_r->nonce, body, body_len);
    return c_r->sig_shaped && sm2_verify(key, b.data, b.len, c_r->sig) ? ZWM_OK
                                                                       : ZWM_ERROR_SIGNATURE;
}

enum zwm_error zwm_check_out(const zwm_trust *trust, const char *authorization, const char *method,
                             const char *url, const void *body, size_t body_len, int64_t now_sec,
                             struct zwm_origin *origin_r)
{
    struct callsig c;

    if (trust == NULL || origin_r == NULL || !sdk_is_method(method) || !sdk_is_visible(url) ||
        (strncmp(url, "https://", 8) != 0 && strncmp(url, "http://", 7) != 0) ||
        !sdk_is_body(body, body_len))
        return ZWM_ERROR_ARGUMENT;
    struct pool *p = pool_new(false);
    enum zwm_error e = check_out(p, trust, authorization, method, url, body, body_len, now_sec, &c);
    pool_destroy(&p);
    if (e != ZWM_OK)
        return e;
    *origin_r = (struct zwm_origin){.timestamp_sec = c.timestamp_sec};
    memcpy(origin_r->system, c.app_id, SYSTEM_ID_LEN); /* it was found in the trust */
    memcpy(origin_r->nonce, c.nonce, strlen(c.nonce));
    return ZWM_OK;
}

enum zwm_error zwm_open_envelope(const zwm_key *key, const char *envelope_key, const char *iv,
                                 const char *ciphertext, const char *mac, zwm_data **data_r)
{
    const struct envelope env = {
        .key = envelope_key, .iv = iv, .ciphertext = ciphertext, .mac = mac};
    uint8_t *plain;
    size_t len;

    if (key == NULL || data_r == NULL)
        return ZWM_ERROR_ARGUMENT;
    struct pool *p = pool_new(true);
    if (envelope_open(key->sm2, &env, p, &plain, &len) != ERR_OK) {
        pool_destroy(&p);
        return ZWM_ERROR_ENVELOPE;
    }
    plain[len] = '\0';
    *data_r = sdk_data_new(p, plain, len);
    return ZWM_OK;
}
