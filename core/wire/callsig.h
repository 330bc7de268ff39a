/* callsig: call signatures and receipts (interface 2.1). Text and bytes only: the clock, apps and
 * nonces are elsewhere. Uses base, crypto. */
#ifndef ZWM_WIRE_CALLSIG_H
#define ZWM_WIRE_CALLSIG_H

#include <stdint.h>

#include "core/base/buf.h"
#include "core/base/err.h"
#include "core/crypto/sm2.h"

enum { APP_ID_MAX = 32, NONCE_MAX = 64, TIMESTAMP_MAX = 12 };

enum callsig_scheme { CALLSIG_SM2, CALLSIG_ALLOWLIST };

struct callsig {
    enum callsig_scheme scheme;
    char app_id[APP_ID_MAX + 1];
    char timestamp[TIMESTAMP_MAX + 1]; /* as sent */
    int64_t timestamp_sec;
    char nonce[NONCE_MAX + 1];
    bool sig_shaped; /* the signature was base64 of a strict DER signature; if not, it cannot verify
                      */
    uint8_t sig[SM2_SIG_LEN]; /* CALLSIG_SM2 */
};

/* Reads an Authorization header: `ZWM-SM2-SM3 app_id="…",timestamp="…",nonce="…",signature="…"` or
 * `ZWM-ALLOWLIST` with the first three. Any order, optional blanks around commas, each exactly
 * once, nothing else; at most 1024 bytes. ERR_NOT_AUTHENTICATED otherwise (NULL included). A
 * signature that is no DER is no parse error: see sig_shaped. */
ERR_CHECK enum err callsig_parse(const char *header, struct callsig *c_r);

/* The signing string `METHOD\nTARGET\nTIMESTAMP\nNONCE\nHEX_SM3_OF_BODY\n`. */
void callsig_string(struct buf *b, const char *method, const char *target, const char *timestamp,
                    const char *nonce, const void *body, size_t body_len);

/* A call to be signed, and what signing it gives. Everything is borrowed until then. */
struct callsig_out {
    /* in */
    const struct sm2_key *key; /* with its private half */
    const char *app_id;        /* whose key it is */
    const char *method, *target;
    const void *body; /* NULL: none */
    size_t body_len;
    const char *nonce; /* NULL: a fresh one */
    int64_t now_sec;   /* its timestamp, since the Unix epoch */
    /* out, in the pool */
    const char *header;             /* the value of Authorization */
    const char *string;             /* what is signed */
    char used_nonce[NONCE_MAX + 1]; /* `nonce`, or the fresh one */
};
/* Signs a call, for those who make one. Returns ERR_BAD if the app_id or the nonce has a form that
 * no receiver takes, ERR_BUSY if the key cannot sign; `header` is then NULL. */
ERR_CHECK enum err callsig_sign(struct pool *p, struct callsig_out *c);

/* The receipt's string
 * `HEX_SM3_OF_REQUEST_SIGNING_STRING\nHTTP_STATUS\nTIMESTAMP\nHEX_SM3_OF_ANSWER_BODY\n`. */
void receipt_string(struct buf *b, const char *request_string, size_t request_string_len,
                    int http_status, int64_t timestamp_sec, const void *body, size_t body_len);

#endif
