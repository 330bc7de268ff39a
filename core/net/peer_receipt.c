#include "core/net/peer_receipt.h"

#include <stdlib.h>
#include <string.h>

#include "core/wire/callsig.h"
#include "core/wire/field.h"

bool peer_receipt_holds(struct pool *p, const struct trust_system *system, int64_t now_sec,
                        const char *request_string, const struct http_answer *a)
{
    const char *by = http_header(a, "zwm-system"), *stamp = http_header(a, "zwm-timestamp"),
               *text = http_header(a, "zwm-signature");
    uint8_t sig[SM2_SIG_LEN];
    struct buf b;
    if (by == NULL || stamp == NULL || text == NULL || strcmp(by, system->system) != 0 ||
        !field_is_digits(stamp) || strlen(stamp) > TIMESTAMP_MAX ||
        sm2_sig_from_text(text, strlen(text), sig) != ERR_OK)
        return false;
    buf_init(&b, p);
    receipt_string(&b, request_string, strlen(request_string), a->status, strtoll(stamp, NULL, 10),
                   a->body, a->body_len);
    return trust_key_holds(system, now_sec, b.data, b.len, sig);
}
