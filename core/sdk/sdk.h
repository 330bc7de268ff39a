/* sdk: for programs of others that call a code system, or are called by one. Installed as the
 * header `sdk.h` in a folder `zwm`; link with `pkg-config --libs zwm-sdk`. It needs libcrypto
 * (OpenSSL 3.0 or later) and nothing else.
 *
 *   open an envelope            zwm_open_envelope      docs/envelope.md
 *   sign a call                 zwm_sign_call          docs/signing.md
 *   check a receipt             zwm_check_receipt      docs/signing.md
 *   check a call that a code    zwm_check_out          docs/sdk.md
 *   system makes to you
 *
 * It sends nothing: use the HTTP client that you have. Every function that can fail returns an enum
 * zwm_error and writes its result only if that is ZWM_OK. What a function gives through a pointer
 * to a pointer belongs to the caller, who frees it with the function named there; every ..._free
 * takes NULL. Strings that are handed in are copied if they are kept. Text is UTF-8 and ends
 * with a NUL. Keys, trust and data may be read by several threads at once; zwm_trust_add and
 * ..._free must not run beside another use of the same object. The process ends with a line on
 * standard error if memory runs out. */
#ifndef ZWM_SDK_H
#define ZWM_SDK_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define ZWM_MUST_CHECK __attribute__((warn_unused_result))

/* The values stay as they are in later versions; new ones are added behind. */
enum zwm_error {
    ZWM_OK = 0,
    ZWM_ERROR_ARGUMENT = 1,   /* an argument is missing or misshapen */
    ZWM_ERROR_KEY = 2,        /* the text is no SM2 key, or the passphrase is wrong */
    ZWM_ERROR_ENVELOPE = 3,   /* it was altered, or sealed for another key */
    ZWM_ERROR_HEADER = 4,     /* the signature headers are missing or misshapen */
    ZWM_ERROR_SYSTEM = 5,     /* the code system that signed is none of those you trust */
    ZWM_ERROR_CLOCK = 6,      /* the time in the header is more than 300 seconds away */
    ZWM_ERROR_SIGNATURE = 7,  /* the signature does not verify */
    ZWM_ERROR_UNSUPPORTED = 8 /* this libcrypto was built or set up without SM2, SM3 or SM4 */
};

/* A sentence for people, in English, and the name that the other SDKs use too ("SIGNATURE"). Never
 * NULL; not to be freed. */
const char *zwm_error_text(enum zwm_error e);
const char *zwm_error_name(enum zwm_error e);

/* --- bytes that the SDK gives --- */

typedef struct zwm_data zwm_data;
/* The bytes, with a NUL behind them that is not counted; they live as long as `data`. */
const void *zwm_data_bytes(const zwm_data *data);
size_t zwm_data_len(const zwm_data *data);
/* Overwrites the bytes and frees them. */
void zwm_data_free(zwm_data *data);

/* --- your key --- */

typedef struct zwm_key zwm_key; /* an SM2 key pair */

/* Makes a key pair. Free it with zwm_key_free. */
ZWM_MUST_CHECK enum zwm_error zwm_key_make(zwm_key **key_r);
/* Reads a private key in PEM, PKCS#8 or SEC 1; `passphrase` is NULL if there is none. Free it
 * with zwm_key_free. */
ZWM_MUST_CHECK enum zwm_error zwm_key_read(const char *pem, const char *passphrase,
                                           zwm_key **key_r);
/* The private key as PKCS#8 PEM, encrypted if `passphrase` is not NULL. Free it with
 * zwm_data_free. */
ZWM_MUST_CHECK enum zwm_error zwm_key_private_pem(const zwm_key *key, const char *passphrase,
                                                  zwm_data **pem_r);
/* The public key as it is registered: base64 of the SubjectPublicKeyInfo. Free it with
 * zwm_data_free. */
ZWM_MUST_CHECK enum zwm_error zwm_key_public(const zwm_key *key, zwm_data **text_r);
void zwm_key_free(zwm_key *key);

/* --- the code systems that you trust --- */

typedef struct zwm_trust zwm_trust; /* public keys by the identifier of their code system */

/* Empty; never NULL. Free it with zwm_trust_free. */
zwm_trust *zwm_trust_new(void);
/* `system` has nine digits. `public_key` is base64 of the SubjectPublicKeyInfo (as in the trust
 * list), a PEM or the hexadecimal digits of 04|x|y. A second key of the same system takes the place
 * of the first. */
ZWM_MUST_CHECK enum zwm_error zwm_trust_add(zwm_trust *trust, const char *system,
                                            const char *public_key);
void zwm_trust_free(zwm_trust *trust);

/* --- calls that you make --- */

typedef struct zwm_call zwm_call; /* what was signed */

/* Signs a call with the time of this machine and a fresh nonce. `to` is the nine-digit identifier
 * of the code system that shall act, NULL for a code system that does not know it. `target` is the
 * path with the query. The `body_len` bytes at `body` must be sent exactly as they are; both are
 * NULL and 0 for a call without a body. Free it with zwm_call_free. */
ZWM_MUST_CHECK enum zwm_error zwm_sign_call(const zwm_key *key, const char *app_id, const char *to,
                                            const char *method, const char *target,
                                            const void *body, size_t body_len, zwm_call **call_r);
/* The value of the header `Authorization`; the string that was signed, which the receipt is checked
 * with; the nonce, by which you ask later what became of the call. They live as long as `call`. */
const char *zwm_call_authorization(const zwm_call *call);
const char *zwm_call_string(const zwm_call *call);
const char *zwm_call_nonce(const zwm_call *call);
void zwm_call_free(zwm_call *call);

/* Checks the receipt of an answer. `signing_string` is that of your own call (zwm_call_string).
 * `system`, `timestamp` and `signature` are the headers Zwm-System, Zwm-Timestamp and
 * Zwm-Signature, NULL if one did not come. The `body_len` bytes at `body` are the answer's as
 * they arrived. */
ZWM_MUST_CHECK enum zwm_error zwm_check_receipt(const zwm_trust *trust, const char *signing_string,
                                                int http_status, const char *system,
                                                const char *timestamp, const char *signature,
                                                const void *body, size_t body_len);

/* --- calls that a code system makes to you --- */

struct zwm_origin {
    char system[12];       /* the identifier of the code system, nine digits */
    char nonce[68];        /* 16 to 64 characters */
    int64_t timestamp_sec; /* since the Unix epoch, within 300 seconds of `now_sec` */
};

/* Checks a call to you with the header `Authorization: ZWM-SM2-SM3-OUT ...` (NULL if it did not
 * come). `url` is the whole address that you registered, with the query that arrived; `now_sec` is
 * time(NULL). Remember the nonces of the last ten minutes and refuse one that comes again. */
ZWM_MUST_CHECK enum zwm_error zwm_check_out(const zwm_trust *trust, const char *authorization,
                                            const char *method, const char *url, const void *body,
                                            size_t body_len, int64_t now_sec,
                                            struct zwm_origin *origin_r);

/* --- data that you fetched --- */

/* Opens an envelope; the four members are the texts that came in the answer. The data are checked
 * before any of them is decrypted. Free them with zwm_data_free. */
ZWM_MUST_CHECK enum zwm_error zwm_open_envelope(const zwm_key *key, const char *envelope_key,
                                                const char *iv, const char *ciphertext,
                                                const char *mac, zwm_data **data_r);

#ifdef __cplusplus
}
#endif

#endif
