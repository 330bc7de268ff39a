/* ticket: what pickup is asked with (interface 2.3, 2.4): our identifier, `.`, 43 characters of
 * base64url. Derived from what it was given for, so it need not be stored: the SM3 of it is. */
#ifndef ZWM_ACT_TICKET_H
#define ZWM_ACT_TICKET_H

#include "core/act/call.h"

enum { TICKET_SECRET_LEN = 43, TICKET_LEN = 9 + 1 + TICKET_SECRET_LEN };

/* Makes the ticket that belongs to the call record of (app_id, nonce) and to the authorization with
 * this digest, in the call's pool. hash_r gets the SM3 of the ticket. */
char *ticket_make(const struct call *c, const char *app_id, const char *nonce,
                  const uint8_t digest[SM3_LEN], uint8_t hash_r[SM3_LEN]);

#endif
