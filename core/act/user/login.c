/* A login becomes a session. */
#include "core/act/user/user.h"

#include <string.h>

#include "core/act/show/show.h"
#include "core/act/subject.h"
#include "core/base/log.h"
#include "core/base/rand.h"
#include "core/net/push.h"
#include "core/store/authz.h"

enum { ENTERPRISES_MOST = 20 };

struct opening {
    const struct call *c;
    struct session s;
};

static enum err open_session(struct db *db, void *arg)
{
    const struct opening *o = arg;
    const struct call *c = o->c;
    enum err e = ERR_OK;
    if (c->session != NULL)
        e = show_end_session(db, c, c->session);
    return e == ERR_OK ? session_insert(db, c->w.kr, c->w.pool, &o->s) : e;
}

enum err user_log_in(struct call *c, const struct login *l, const char **csrf_r)
{
    struct opening o = {.c = c};
    uint8_t key_hash[SM3_LEN];
    char *key = show_new_secret(c->w.pool, key_hash);
    o.s = (struct session){.key_hash = key_hash,
                           .kind = SESSION_LOGIN,
                           .app_id = SHOW_OWN_APP,
                           .subject = subject_text(c, l->who),
                           .channel = SHOW_OWN_CHANNEL,
                           .auth_at = c->w.now_sec,
                           .created_at = c->w.now_sec,
                           .ends_at = c->w.now_sec + c->w.conf->show_total_sec,
                           .enterprises = l->enterprises,
                           .login = l->end,
                           .login_sub = l->sub,
                           .login_sid = l->sid};
    rand_bytes(o.s.session_no, sizeof o.s.session_no);
    authz_subject_index(c->w.kr, l->who->id_type, l->who->id_no, o.s.subject_index);
    enum err e = db_transact(c->w.db, open_session, &o);
    if (e != ERR_OK)
        return e;
    if (c->session != NULL)
        push_close(&c->w, c->session->session_no);
    c->cookie = key;
    *csrf_r = show_csrf(c, key);
    return ERR_OK;
}

/* --- enterprises --- */

static const char *as_subject(struct call *c, const struct json_object *o,
                              const struct subject *who)
{
    struct agent agent = {who->name, who->id_type, who->id_no};
    const struct subject s = {.type = "enterprise",
                              .name = json_get_text(o, "name", ""),
                              .id_type = json_get_text(o, "id_type", "98"),
                              .id_no = json_get_text(o, "id_no", ""),
                              .agent = &agent,
                              .assurance = who->assurance};
    const char *text = subject_text(c, &s), *detail = c->detail;
    struct subject read;
    enum err e =
        wire_decode_object(c->w.pool, json_parse(c->w.pool, text), &subject_fields, &read, NULL);
    if (e == ERR_OK)
        e = subject_check(c, &read, code_type_row(CODE_QYM1));
    c->detail = detail;
    return e == ERR_OK ? text : NULL;
}

const char *user_enterprises(struct call *c, struct json_object *list, const struct subject *who)
{
    struct json_object *kept = json_own(c->w.pool, json_object_new_array());
    size_t n = json_object_is_type(list, json_type_array) ? json_object_array_length(list) : 0;
    for (size_t i = 0; i < n && json_object_array_length(kept) < ENTERPRISES_MOST; i++) {
        const char *text = as_subject(c, json_object_array_get_idx(list, i), who);
        if (text != NULL)
            (void)json_object_array_add(kept, json_object_get(json_parse(c->w.pool, text)));
        else
            log_msg(LOG_WARN, "login", "an enterprise of the person does not hold: left out");
    }
    return json_object_array_length(kept) > 0 ? json_to_text(c->w.pool, kept) : NULL;
}
