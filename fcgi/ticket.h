/* ticket: what pickup is asked with (interface 2.3, 2.4): our identifier, `.`, 43 characters of
 * base64url. Derived from what it was given for, so it need not be stored: the SM3 of it is. */
#ifndef ZWM_FCGI_TICKET_H
#define ZWM_FCGI_TICKET_H

#include "fcgi/responder.h"

enum { TICKET_SECRET_LEN = 43, TICKET_LEN = 9 + 1 + TICKET_SECRET_LEN };

/* For the call record of (app_id, nonce) and the authorization with this digest. In the call's
 * pool; hash_r gets its SM3. */
char *ticket_make(const struct call *c, const char *app_id, const char *nonce,
                  const uint8_t digest[SM3_LEN], uint8_t hash_r[SM3_LEN]);

#endif
