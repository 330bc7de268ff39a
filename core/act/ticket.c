#include "core/act/ticket.h"

#include <string.h>

#include "core/crypto/b64.h"

char *ticket_make(const struct call *c, const char *app_id, const char *nonce,
                  const uint8_t digest[SM3_LEN], uint8_t hash[SM3_LEN])
{
    uint8_t secret[SM3_LEN];
    const struct sm3_part parts[] = {
        {app_id, strlen(app_id)}, {nonce, strlen(nonce)}, {digest, SM3_LEN}};
    keyring_derive(c->w.kr, "ticket", parts, 3, secret);
    char *ticket = pool_printf(c->w.pool, "%s.%s", c->w.conf->system,
                               b64url_encode(c->w.pool, secret, sizeof secret));
    sm3(ticket, strlen(ticket), hash);
    return ticket;
}
