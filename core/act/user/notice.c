/* Telling apps that a person has logged out: each that took a ticket in the session and has
 * registered an address for it. In the queue of callbacks: tried again until delivered. */
#include <string.h>

#include "core/act/user/user.h"
#include "core/crypto/b64.h"
#include "core/store/callback.h"
#include "core/store/ticket.h"

char *user_id(const struct call *c, const char *app_id, const uint8_t subject_index[SM3_LEN])
{
    uint8_t index[SM3_LEN];
    const struct sm3_part parts[] = {{app_id, strlen(app_id)}, {subject_index, SM3_LEN}};
    keyring_index(c->w.kr, "user.id", parts, 2, index);
    return b64url_encode(c->w.pool, index, sizeof index);
}

enum err user_tell_logout(struct db *db, const struct call *c, const struct session *s)
{
    struct ticket_app *apps;
    size_t n;
    struct pool *p = c->w.pool;
    enum err e = ticket_list_apps(db, p, s->session_no, &apps, &n);
    for (size_t i = 0; e == ERR_OK && i < n; i++) {
        const struct callback_job job = {
            .request_no = s->session_no,
            .app_id = apps[i].app_id,
            .url = apps[i].logout_url,
            .body =
                pool_printf(p, "{\"event\":\"logout\",\"user_id\":\"%s\",\"at\":%lld}",
                            user_id(c, apps[i].app_id, s->subject_index), (long long)c->w.now_sec),
            .created_at = c->w.now_sec};
        e = callback_insert(db, &job);
    }
    return e;
}
