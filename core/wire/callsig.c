#include "core/wire/callsig.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/rand.h"
#include "core/base/text.h"
#include "core/crypto/sm3.h"
#include "core/wire/field.h"

enum { HEADER_MAX = 1024, FRESH_NONCE_LEN = 16 };

#define SCHEME_SM2       "ZWM-SM2-SM3"
#define SCHEME_ALLOWLIST "ZWM-ALLOWLIST"
#define SCHEME_OUT       "ZWM-SM2-SM3-OUT"

enum part { PART_APP_ID, PART_TIMESTAMP, PART_NONCE, PART_TO, PART_SIGNATURE, PART_MAX };

static const char *const part_names[] = {"app_id", "timestamp", "nonce", "to", "signature"};
_Static_assert(sizeof part_names / sizeof part_names[0] == PART_MAX, "one name a part");

struct value {
    const char *at; /* NULL: not given */
    size_t len;
};

static const char *skip_blanks(const char *s)
{
    return s + strspn(s, " \t");
}

/* The scheme, from `first` to `last`, with the blanks behind it; NULL if it is none of these. */
static const char *read_scheme(const char *s, enum callsig_scheme first, enum callsig_scheme last,
                               enum callsig_scheme *scheme_r)
{
    static const char *const names[] = {[CALLSIG_SM2] = SCHEME_SM2,
                                        [CALLSIG_ALLOWLIST] = SCHEME_ALLOWLIST,
                                        [CALLSIG_OUT] = SCHEME_OUT};

    for (int i = (int)first; i <= (int)last; i++) {
        size_t n = strlen(names[i]);
        if (strncmp(s, names[i], n) == 0 && (s[n] == ' ' || s[n] == '\t')) {
            *scheme_r = (enum callsig_scheme)i;
            return skip_blanks(s + n);
        }
    }
    return NULL;
}

/* One `name="value"`; returns what stands behind it, NULL if it is unknown, a second one or
 * misshapen. */
static const char *read_part(const char *s, struct value values[PART_MAX])
{
    const char *eq = strchr(s, '=');
    int i = 0;

    if (eq == NULL || eq[1] != '"')
        return NULL;
    while (i < PART_MAX && !(strlen(part_names[i]) == (size_t)(eq - s) &&
                             strncmp(s, part_names[i], (size_t)(eq - s)) == 0))
        i++;
    const char *close = strchr(eq + 2, '"');
    if (i == PART_MAX || close == NULL || values[i].at != NULL)
        return NULL;
    values[i] = (struct value){.at = eq + 2, .len = (size_t)(close - eq - 2)};
    return close + 1;
}

static bool read_parts(const char *s, struct value values[PART_MAX])
{
    for (;;) {
        s = read_part(s, values);
        if (s == NULL)
            return false;
        if (*s == '\0')
            return true;
        s = skip_blanks(s);
        if (*s != ',')
            return false;
        s = skip_blanks(s + 1);
    }
}

static bool copy_value(const struct value *v, char *out, size_t most)
{
    if (v->at == NULL || v->len > most)
        return false;
    memcpy(out, v->at, v->len);
    out[v->len] = '\0';
    return true;
}

/* Decimal seconds in their shortest form. */
static bool is_timestamp(const char *s)
{
    return field_is_digits(s) && (s[0] != '0' || s[1] == '\0');
}

/* Who the call is meant for: nine digits, or not said. */
static bool take_addressee(const struct value *v, struct callsig *c)
{
    if (v->at == NULL)
        return true;
    return c->scheme != CALLSIG_OUT && copy_value(v, c->to, ADDRESSEE_LEN) &&
           strlen(c->to) == ADDRESSEE_LEN && field_is_digits(c->to);
}

static enum err parse(const char *header, enum callsig_scheme first, enum callsig_scheme last,
                      struct callsig *c_r)
{
    struct value values[PART_MAX] = {{0}};
    struct callsig c = {0};
    const char *s;

    memset(c_r, 0, sizeof *c_r);
    if (header == NULL || strnlen(header, HEADER_MAX + 1) > HEADER_MAX)
        return ERR_NOT_AUTHENTICATED;
    s = read_scheme(header, first, last, &c.scheme);
    if (s == NULL || !read_parts(s, values))
        return ERR_NOT_AUTHENTICATED;
    if (!copy_value(&values[PART_APP_ID], c.app_id, APP_ID_MAX) || !field_is_app_id(c.app_id) ||
        !copy_value(&values[PART_TIMESTAMP], c.timestamp, TIMESTAMP_MAX) ||
        !is_timestamp(c.timestamp) || !copy_value(&values[PART_NONCE], c.nonce, NONCE_MAX) ||
        !field_is_nonce(c.nonce) || !take_addressee(&values[PART_TO], &c))
        return ERR_NOT_AUTHENTICATED;
    const struct value *sig = &values[PART_SIGNATURE];
    if ((sig->at != NULL) != (c.scheme != CALLSIG_ALLOWLIST))
        return ERR_NOT_AUTHENTICATED;
    c.timestamp_sec = strtoll(c.timestamp, NULL, 10); /* 12 digits at most */
    if (sig->at != NULL)
        c.sig_shaped = sm2_sig_from_text(sig->at, sig->len, c.sig) == ERR_OK;
    if (!c.sig_shaped)
        memset(c.sig, 0, sizeof c.sig);
    *c_r = c;
    return ERR_OK;
}

enum err callsig_parse(const char *header, struct callsig *c_r)
{
    return parse(header, CALLSIG_SM2, CALLSIG_ALLOWLIST, c_r);
}

enum err callsig_parse_out(const char *header, struct callsig *c_r)
{
    return parse(header, CALLSIG_OUT, CALLSIG_OUT, c_r);
}

void callsig_string(struct buf *b, const char *method, const char *target, const char *timestamp,
                    const char *nonce, const void *body, size_t body_len, const char *to)
{
    char digest[2 * SM3_LEN + 1];

    sm3_hex(body, body_len, digest);
    buf_printf(b, "%s\n%s\n%s\n%s\n%s\n", method, target, timestamp, nonce, digest);
    if (to != NULL && *to != '\0')
        buf_printf(b, "%s\n", to);
}

void callsig_string_out(struct buf *b, const char *method, const char *url, const char *timestamp,
                        const char *nonce, const void *body, size_t body_len)
{
    buf_puts(b, "OUT\n");
    callsig_string(b, method, url, timestamp, nonce, body, body_len, NULL);
}

static void signing_string(struct buf *b, const struct callsig_out *c, const char *timestamp)
{
    const void *body = c->body != NULL ? c->body : "";

    if (c->scheme == CALLSIG_OUT)
        callsig_string_out(b, c->method, c->target, timestamp, c->used_nonce, body, c->body_len);
    else
        callsig_string(b, c->method, c->target, timestamp, c->used_nonce, body, c->body_len, c->to);
}

enum err callsig_sign(struct pool *p, struct callsig_out *c)
{
    uint8_t fresh[FRESH_NONCE_LEN], sig[SM2_SIG_LEN];
    char made[2 * FRESH_NONCE_LEN + 1];
    struct buf b;
    bool to = c->to != NULL && *c->to != '\0';

    c->header = NULL;
    c->string = NULL;
    rand_bytes(fresh, sizeof fresh);
    hex_encode(fresh, sizeof fresh, made);
    const char *nonce = c->nonce != NULL ? c->nonce : made;
    if (!field_is_app_id(c->app_id) || !field_is_nonce(nonce) ||
        (to &&
         (c->scheme == CALLSIG_OUT || strlen(c->to) != ADDRESSEE_LEN || !field_is_digits(c->to))))
        return ERR_BAD;
    (void)snprintf(c->used_nonce, sizeof c->used_nonce, "%s", nonce);
    const char *timestamp = pool_printf(p, "%lld", (long long)c->now_sec);
    buf_init(&b, p);
    signing_string(&b, c, timestamp);
    if (sm2_sign(c->key, b.data, b.len, sig) != ERR_OK)
        return ERR_BUSY;
    c->string = b.data;
    c->header =
        pool_printf(p, "%s app_id=\"%s\",timestamp=\"%s\",nonce=\"%s\"%s,signature=\"%s\"",
                    c->scheme == CALLSIG_OUT ? SCHEME_OUT : SCHEME_SM2, c->app_id, timestamp, nonce,
                    to ? pool_printf(p, ",to=\"%s\"", c->to) : "", sm2_sig_to_text(sig, p));
    return ERR_OK;
}

void receipt_string_of(struct buf *b, const char *request_string, size_t request_string_len,
                       int http_status, int64_t timestamp_sec, const uint8_t answer_sm3[SM3_LEN])
{
    char request[2 * SM3_LEN + 1], answer[2 * SM3_LEN + 1];

    sm3_hex(request_string, request_string_len, request);
    hex_encode(answer_sm3, SM3_LEN, answer);
    buf_printf(b, "%s\n%d\n%lld\n%s\n", request, http_status, (long long)timestamp_sec, answer);
}

void receipt_string(struct buf *b, const char *request_string, size_t request_string_len,
                    int http_status, int64_t timestamp_sec, const void *body, size_t body_len)
{
    uint8_t answer[SM3_LEN];

    sm3(body, body_len, answer);
    receipt_string_of(b, request_string, request_string_len, http_status, timestamp_sec, answer);
}
