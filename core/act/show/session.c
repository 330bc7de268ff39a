#include <string.h>

#include "core/act/show/show.h"
#include "core/act/subject.h"
#include "core/act/user/user.h"
#include "core/base/conf.h"
#include "core/base/form.h"
#include "core/base/rand.h"
#include "core/base/text.h"
#include "core/crypto/b64.h"
#include "core/net/push.h"
#include "core/store/authz.h"

/* --- open --- */

struct opening {
    struct call *c;
    const struct show_session_in *in;
    struct session s;
    uint8_t token_hash[SM3_LEN];
    enum err verdict;
};

char *show_new_secret(struct pool *p, uint8_t hash[SM3_LEN])
{
    uint8_t raw[32];
    rand_bytes(raw, sizeof raw);
    char *text = b64url_encode(p, raw, sizeof raw);
    sm3(text, strlen(text), hash);
    return text;
}

const char *show_origin_of(struct pool *p, const char *url)
{
    const char *host = strstr(url, "://");
    if (host == NULL || strpbrk(url, " \t\\@") != NULL)
        return NULL;
    host += 3;
    size_t len = strcspn(host, "/?#");
    return len > 0 ? pool_strndup(p, url, (size_t)(host - url) + len) : NULL;
}

static enum err check_origin(const struct opening *o, struct db *db, const char *origin)
{
    const struct call *c = o->c;
    bool yes = false;
    if (origin == NULL)
        return ERR_ORIGIN;
    enum err e = origin_is_of(db, c->w.pool, c->app->app_id, origin, &yes);
    return e == ERR_OK && !yes ? ERR_ORIGIN : e;
}

static enum err store(struct db *db, void *arg)
{
    struct opening *o = arg;
    struct call *c = o->c;
    enum err e = ERR_OK;
    if (o->in->embed_origin != NULL)
        e = check_origin(o, db, o->in->embed_origin);
    if (e == ERR_OK && o->in->return_url != NULL)
        e = check_origin(o, db, show_origin_of(c->w.pool, o->in->return_url));
    o->verdict = e;
    if (e != ERR_OK && e != ERR_ORIGIN)
        return e;
    if (e == ERR_OK)
        e = session_insert(db, c->w.kr, c->w.pool, &o->s);
    else
        e = ERR_OK;
    const struct callrec rec = call_record_of(c, o->verdict);
    return e == ERR_OK ? call_enter(db, c, &rec) : e;
}

static const char *channel_of(const struct call *c, const struct show_session_in *in)
{
    if (in->channel != NULL)
        return in->channel;
    return *c->app->channel != '\0' ? c->app->channel : "04"; /* a web portal */
}

static enum err check_rest(struct call *c, const struct show_session_in *in)
{
    if (in->channel != NULL && *c->app->channel != '\0' &&
        strcmp(in->channel, c->app->channel) != 0)
        return call_fault(c, ERR_FIELD_INVALID, "channel");
    if (in->scene != NULL && *in->scene != '\0')
        return call_fault(c, ERR_FIELD_INVALID, "scene"); /* there is none but the general one */
    return ERR_OK;
}

enum err act_show_session(struct call *c, const struct show_session_in *in,
                          struct show_session_out *out)
{
    struct opening o = {.c = c, .in = in};
    struct pool *p = c->w.pool;
    enum err e = subject_check(c, in->subject, code_type_row(CODE_ZWM1));
    if (e == ERR_OK)
        e = check_rest(c, in);
    if (e != ERR_OK)
        return e;
    char *token = show_new_secret(p, o.token_hash), *no = pool_alloc(p, 2 * SESSION_NO_LEN + 1);
    o.s = (struct session){.token_hash = o.token_hash,
                           .token_until = c->w.now_sec + c->w.conf->show_token_sec,
                           .kind = in->embed_origin != NULL ? SESSION_EMBEDDED : SESSION_TOKEN,
                           .app_id = c->app->app_id,
                           .subject = subject_text(c, in->subject),
                           .channel = channel_of(c, in),
                           .embed_origin = in->embed_origin,
                           .return_url = in->return_url,
                           .auth_at = c->w.now_sec,
                           .created_at = c->w.now_sec,
                           .ends_at = c->w.now_sec + c->w.conf->show_total_sec};
    rand_bytes(o.s.session_no, sizeof o.s.session_no);
    authz_subject_index(c->w.kr, in->subject->id_type, in->subject->id_no, o.s.subject_index);
    e = db_transact(c->w.db, store, &o);
    if (e != ERR_OK || o.verdict != ERR_OK)
        return e != ERR_OK ? e : o.verdict;
    hex_encode(o.s.session_no, SESSION_NO_LEN, no);
    *out = (struct show_session_out){.show_token = token,
                                     .show_url =
                                         pool_printf(p, "%s/show/#%s", c->w.conf->base_url, token),
                                     .session_no = no,
                                     .expires_at = {true, o.s.ends_at}};
    return ERR_OK;
}

/* --- end --- */

enum err show_end_session(struct db *db, const struct call *c, const struct session *s)
{
    struct session held;
    enum err e = session_hold(db, c->w.pool, s->session_no, &held);
    if (e != ERR_OK || held.state != SESSION_OPEN)
        return e == ERR_ABSENT ? ERR_OK : e; /* somebody else has ended it */
    e = show_kill_code(db, c, &held);
    if (e == ERR_OK)
        e = user_tell_logout(db, c, s);
    return e == ERR_OK ? session_end(db, s->session_no) : e;
}

struct ending {
    struct call *c;
    uint8_t no[SESSION_NO_LEN];
    enum err verdict;
    bool by_app; /* a channel asks; its call is entered */
};

static enum err end(struct db *db, void *arg)
{
    struct ending *v = arg;
    struct call *c = v->c;
    struct session s;
    enum err e = session_by_no(db, c->w.kr, c->w.pool, v->no, &s);
    if (e != ERR_OK && e != ERR_ABSENT)
        return e;
    bool ours = e == ERR_OK && s.state == SESSION_OPEN && strcmp(s.app_id, c->app->app_id) == 0;
    v->verdict = ours ? ERR_OK : ERR_SESSION;
    e = ours ? show_end_session(db, c, &s) : ERR_OK;
    if (e != ERR_OK || !v->by_app)
        return e;
    const struct callrec rec = call_record_of(c, v->verdict);
    return call_enter(db, c, &rec);
}

enum err act_show_end(struct call *c, const struct show_end_in *in, struct show_end_out *out)
{
    struct ending v = {.c = c, .by_app = true};
    enum err e = hex_decode(in->session_no, strlen(in->session_no), v.no, sizeof v.no);
    if (e == ERR_OK)
        e = db_transact(c->w.db, end, &v);
    if (e != ERR_OK || v.verdict != ERR_OK)
        return e != ERR_OK ? e : v.verdict;
    push_close(&c->w, v.no);
    *out = (struct show_end_out){.session_no = in->session_no, .ended_at = {true, c->w.now_sec}};
    return ERR_OK;
}

const char *show_cookie(struct pool *p, const char *key)
{
    return pool_printf(p, "%s=%s; Path=/; Secure; HttpOnly; SameSite=Strict%s", SHOW_COOKIE, key,
                       *key == '\0' ? "; Max-Age=0" : "");
}

/* RP-Initiated Logout. The ID token goes with it only if oidc_logout_hint wants so: it puts the
 * person's name into an address. */
static const char *provider_end(const struct call *c, const char *login)
{
    struct buf b;
    const struct conf *conf = c->w.conf;
    const struct json_object *kept = login != NULL ? json_parse(c->w.pool, login) : NULL;
    const char *end = json_get_text(kept, "end", NULL), *hint = json_get_text(kept, "hint", NULL);
    if (end == NULL)
        return NULL;
    buf_init(&b, c->w.pool);
    buf_printf(&b, "%s%s", end, strchr(end, '?') != NULL ? "" : "?");
    form_put(&b, "client_id", conf->oidc_client_id);
    form_put(&b, "post_logout_redirect_uri", pool_printf(c->w.pool, "%s/login/", conf->base_url));
    if (hint != NULL)
        form_put(&b, "id_token_hint", hint);
    return b.data;
}

enum err act_show_leave(struct call *c, struct show_leave_out *out)
{
    struct ending v = {.c = c};
    memcpy(v.no, c->session->session_no, sizeof v.no);
    enum err e = db_transact(c->w.db, end, &v);
    if (e == ERR_OK)
        push_close(&c->w, v.no);
    c->cookie = ""; /* taken away */
    *out = (struct show_leave_out){.next = provider_end(c, c->session->login)};
    return e;
}

/* --- enter --- */

const char *show_csrf(const struct call *c, const char *key)
{
    static const char label[] = "csrf";
    uint8_t secret[SM3_LEN];
    const struct sm3_part parts[] = {{label, sizeof label - 1}, {key, strlen(key)}};
    keyring_derive(c->w.kr, "ticket", parts, 2, secret);
    return b64url_encode(c->w.pool, secret, sizeof secret);
}

struct entering {
    struct call *c;
    uint8_t token_hash[SM3_LEN], key_hash[SM3_LEN];
    const char *origin; /* of the page around the frame; NULL: no frame */
    struct session s;
    bool won;
};

/* A session for a frame opens in a frame on the page that it was made for, and nowhere else: who
 * steals its token can use it on no page of his own. */
static bool is_at_its_place(const struct session *s, const char *origin)
{
    if (s->kind != SESSION_EMBEDDED)
        return origin == NULL;
    return origin != NULL && strcmp(origin, s->embed_origin) == 0;
}

static enum err enter(struct db *db, void *arg)
{
    struct entering *v = arg;
    const struct call *c = v->c;
    enum err e = session_by_token(db, c->w.kr, c->w.pool, v->token_hash, &v->s);
    v->won = false;
    if (e == ERR_OK && is_at_its_place(&v->s, v->origin))
        e = session_open(db, v->token_hash, v->key_hash, c->w.now_sec, &v->won);
    return e == ERR_ABSENT ? ERR_OK : e;
}

enum err act_show_enter(struct call *c, const struct show_enter_in *in, struct show_state *out)
{
    struct entering v = {.c = c, .origin = in->origin};
    sm3(in->token, strlen(in->token), v.token_hash);
    char *key = show_new_secret(c->w.pool, v.key_hash);
    enum err e = db_transact(c->w.db, enter, &v);
    if (e != ERR_OK || !v.won)
        return e != ERR_OK ? e : ERR_SHOW_TOKEN;
    v.s.seen_at = c->w.now_sec;
    c->session = pool_memdup(c->w.pool, &v.s, sizeof v.s);
    e = act_show_state(c, out);
    if (e != ERR_OK)
        return e;
    out->csrf = show_csrf(c, key);
    if (v.s.kind == SESSION_EMBEDDED)
        out->key = key;
    else
        c->cookie = key;
    return ERR_OK;
}

/* --- use --- */

struct touching {
    const struct call *c;
    const struct session *s;
};

static enum err touch(struct db *db, void *arg)
{
    const struct touching *t = arg;
    return session_seen(db, t->s->session_no, t->c->w.now_sec);
}

bool show_session_is_open(const struct call *c, const struct session *s)
{
    return s->state == SESSION_OPEN && c->w.now_sec <= s->ends_at &&
           c->w.now_sec - s->seen_at <= c->w.conf->show_idle_sec;
}

enum err act_show_listen(struct call *c, const char *channel)
{
    uint8_t no[SESSION_NO_LEN];
    struct session s;
    if (push_channel_read(c->w.kr, c->w.pool, channel, no) != ERR_OK)
        return ERR_SESSION;
    enum err e = session_by_no(c->w.db, c->w.kr, c->w.pool, no, &s);
    db_rollback(c->w.db);
    if (e != ERR_OK)
        return e == ERR_ABSENT ? ERR_SESSION : e;
    return show_session_is_open(c, &s) ? ERR_OK : ERR_SESSION;
}

enum err show_session_use(struct call *c, const char *key, struct session *s)
{
    uint8_t hash[SM3_LEN];
    if (strlen(key) != SHOW_KEY_LEN)
        return ERR_SESSION;
    sm3(key, SHOW_KEY_LEN, hash);
    enum err e = session_by_key(c->w.db, c->w.kr, c->w.pool, hash, s);
    db_rollback(c->w.db);
    if (e != ERR_OK)
        return e == ERR_ABSENT ? ERR_SESSION : e;
    if (!show_session_is_open(c, s))
        return ERR_SESSION;
    if (c->w.now_sec - s->seen_at < SESSION_SEEN_STEP_SEC)
        return ERR_OK;
    struct touching t = {c, s};
    return db_transact(c->w.db, touch, &t);
}
