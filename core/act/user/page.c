/* What a page of an app asks at its own address (interface-people 4). No cookie of ours goes to
 * such a page: it has a key of its own, made of the session's number and a MAC for that app, which
 * came to it with its first ticket. The key is good for pages of the app's origins, and tells them
 * nothing that a ticket would not. */
#include <string.h>

#include "core/act/show/show.h"
#include "core/act/user/user.h"
#include "core/base/form.h"
#include "core/crypto/tagged.h"
#include "core/net/push.h"

static enum err find_session(struct call *c, const char *app_id, const char *key)
{
    uint8_t no[TAGGED_NO_LEN];
    struct session *s = pool_alloc(c->w.pool, sizeof *s);
    if (key == NULL || tagged_read(c->w.kr, c->w.pool, "page", app_id, key, no) != ERR_OK)
        return ERR_SESSION;
    enum err e = session_by_no(c->w.db, c->w.kr, c->w.pool, no, s);
    db_rollback(c->w.db);
    if (e != ERR_OK)
        return e == ERR_ABSENT ? ERR_SESSION : e;
    c->session = s;
    return show_session_is_open(c, s) ? ERR_OK : ERR_SESSION;
}

static enum err end_session(struct db *db, void *arg)
{
    const struct call *c = arg;
    return show_end_session(db, c, c->session);
}

enum err act_user_page(struct call *c, const char *body, struct user_ticket_out *out)
{
    struct origin_app app = {.app_id = ""};
    struct pool *p = c->w.pool;
    const char *act = form_get(p, body, "act"), *origin = c->rq->origin;
    enum err e = user_app_of(c, origin, &app);
    db_rollback(c->w.db);
    if (e != ERR_OK)
        return e;
    c->reader = origin;
    e = find_session(c, app.app_id, form_get(p, body, "page"));
    if (e != ERR_OK)
        return e;
    if (act != NULL && strcmp(act, "ticket") == 0)
        return user_hand_out(c, &app, false, NULL, out);
    bool out_now = act != NULL && strcmp(act, "logout") == 0;
    if (!out_now && (act == NULL || strcmp(act, "state") != 0))
        return call_fault(c, ERR_FIELD_INVALID, "act");
    *out = (struct user_ticket_out){.state = out_now ? "out" : "in",
                                    .type = {true, user_type(c->session)},
                                    .dialect = app.dialect != NULL ? app.dialect : "json"};
    if (out_now)
        e = db_transact(c->w.db, end_session, c);
    if (out_now && e == ERR_OK)
        push_close(&c->w, c->session->session_no);
    return e;
}
