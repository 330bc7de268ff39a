/* callsig: call signatures and receipts (interface 2.1). Text and bytes only: the clock, apps and
 * nonces are elsewhere. Uses base, crypto. */
#ifndef ZWM_WIRE_CALLSIG_H
#define ZWM_WIRE_CALLSIG_H

#include <stdint.h>

#include "core/base/buf.h"
#include "core/base/err.h"
#include "core/crypto/sm2.h"
#include "core/crypto/sm3.h"

enum { APP_ID_MAX = 32, NONCE_MAX = 64, TIMESTAMP_MAX = 12, ADDRESSEE_LEN = 9 };

enum callsig_scheme {
    CALLSIG_SM2,
    CALLSIG_ALLOWLIST,
    CALLSIG_OUT /* of a code system to somebody who is none: never a call of an interface */
};

struct callsig {
    enum callsig_scheme scheme;
    char app_id[APP_ID_MAX + 1];
    char timestamp[TIMESTAMP_MAX + 1]; /* as sent */
    int64_t timestamp_sec;
    char nonce[NONCE_MAX + 1];
    char to[ADDRESSEE_LEN + 1]; /* the code system that shall act; "": the caller has not said */
    bool sig_shaped; /* the signature was base64 of a strict DER signature; if not, it cannot verify
                      */
    uint8_t sig[SM2_SIG_LEN]; /* CALLSIG_SM2, CALLSIG_OUT */
};

/* Reads an Authorization header: `ZWM-SM2-SM3 app_id="…",timestamp="…",nonce="…",signature="…"` or
 * `ZWM-ALLOWLIST` with the first three; either may have `to="…"`, nine digits. Any order, optional
 * blanks around commas, each exactly once, nothing else; at most 1024 bytes. ERR_NOT_AUTHENTICATED
 * otherwise (NULL included). A signature that is no DER is no parse error: see sig_shaped. */
ERR_CHECK enum err callsig_parse(const char *header, struct callsig *c_r);
/* The same for `ZWM-SM2-SM3-OUT`, which has no `to`. */
ERR_CHECK enum err callsig_parse_out(const char *header, struct callsig *c_r);

/* The signing string `METHOD\nTARGET\nTIMESTAMP\nNONCE\nHEX_SM3_OF_BODY\n` and, if `to` is neither
 * NULL nor empty, `TO\n`. */
void callsig_string(struct buf *b, const char *method, const char *target, const char *timestamp,
                    const char *nonce, const void *body, size_t body_len, const char *to);
/* What ZWM-SM2-SM3-OUT signs: `OUT\nMETHOD\nURL\nTIMESTAMP\nNONCE\nHEX_SM3_OF_BODY\n`; `url` as
 * http_url_full has it. */
void callsig_string_out(struct buf *b, const char *method, const char *url, const char *timestamp,
                        const char *nonce, const void *body, size_t body_len);

/* A call to be signed, and what signing it gives. Everything is borrowed until then. */
struct callsig_out {
    /* in */
    enum callsig_scheme scheme;  /* CALLSIG_SM2 or CALLSIG_OUT */
    const struct sm2_key *key;   /* with its private half */
    const char *app_id;          /* whose key it is */
    const char *method, *target; /* of CALLSIG_OUT the target is the full URL */
    const char *to; /* the code system that shall act; NULL or "": not said. Not for CALLSIG_OUT */
    const void *body; /* NULL: none */
    size_t body_len;
    const char *nonce; /* NULL: a fresh one */
    int64_t now_sec;   /* its timestamp, since the Unix epoch */
    /* out, in the pool */
    const char *header;             /* the value of Authorization */
    const char *string;             /* what is signed */
    char used_nonce[NONCE_MAX + 1]; /* `nonce`, or the fresh one */
};
/* Signs a call, for those who make one. Returns ERR_BAD if app_id, nonce or `to` has a form that no
 * receiver takes, ERR_BUSY if the key cannot sign; `header` is then NULL. */
ERR_CHECK enum err callsig_sign(struct pool *p, struct callsig_out *c);

/* The receipt's string
 * `HEX_SM3_OF_REQUEST_SIGNING_STRING\nHTTP_STATUS\nTIMESTAMP\nHEX_SM3_OF_ANSWER_BODY\n`. */
void receipt_string(struct buf *b, const char *request_string, size_t request_string_len,
                    int http_status, int64_t timestamp_sec, const void *body, size_t body_len);
/* The same from the SM3 of the answer's body. */
void receipt_string_of(struct buf *b, const char *request_string, size_t request_string_len,
                       int http_status, int64_t timestamp_sec, const uint8_t answer_sm3[SM3_LEN]);

#endif
