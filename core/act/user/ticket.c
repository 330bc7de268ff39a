/* User tickets: an app's page gets one in a person's session; the app exchanges it for who the
 * person is (interface-people 4). */
#include <string.h>

#include "core/act/show/show.h"
#include "core/act/user/user.h"
#include "core/crypto/envelope.h"
#include "core/crypto/tagged.h"
#include "core/store/ticket.h"

enum { TICKET_SEC = 60, TYPE_PERSON = 1, TYPE_ENTERPRISE = 2 };

static const char *shown_subject(const struct session *s)
{
    return s->acting != NULL ? s->acting : s->subject;
}

int user_type(const struct session *s)
{
    return s->acting != NULL ? TYPE_ENTERPRISE : TYPE_PERSON;
}

/* --- for the page --- */

struct wanting {
    struct call *c;
    struct origin_app app;
    const char *ticket;
    uint8_t ticket_hash[SM3_LEN];
    bool agrees, given;
};

static enum err take_ticket(struct db *db, void *arg)
{
    struct wanting *v = arg;
    const struct call *c = v->c;
    const struct session *s = c->session;
    enum err e = ERR_OK;
    if (v->agrees)
        e = consent_give(db, s->subject_index, v->app.app_id, c->w.now_sec);
    if (e == ERR_OK)
        e = consent_is_given(db, c->w.pool, s->subject_index, v->app.app_id, &v->given);
    if (e != ERR_OK || !v->given)
        return e;
    struct user_ticket t = {
        .ticket_hash = v->ticket_hash, .app_id = v->app.app_id, .until = c->w.now_sec + TICKET_SEC};
    memcpy(t.session_no, s->session_no, SESSION_NO_LEN);
    return ticket_insert(db, &t);
}

/* What is handed over, in words. */
static struct field_strings what_of(struct call *c)
{
    static const char *const person[] = {"姓名", "证件类型和号码", "联系电话（如有）"},
                             *const enterprise[] = {"企业名称", "统一社会信用代码",
                                                    "经办人姓名和证件号码"};
    const bool acts = c->session->acting != NULL;
    const char **v = pool_memdup(c->w.pool, acts ? enterprise : person, sizeof person);
    return (struct field_strings){v, sizeof person / sizeof person[0]};
}

/* Finds the app whose page stands at the origin, or at the address, that the page gives. */
static enum err find_app(struct call *c, const char *origin, const char *return_url,
                         struct origin_app *app)
{
    if ((origin != NULL) == (return_url != NULL))
        return call_fault(c, origin != NULL ? ERR_FIELD_INVALID : ERR_FIELD_MISSING, "origin");
    /* A frame of another site shows codes only. */
    if (c->session->kind == SESSION_EMBEDDED)
        return ERR_STATE_REFUSES;
    enum err e =
        user_app_of(c, origin != NULL ? origin : show_origin_of(c->w.pool, return_url), app);
    db_rollback(c->w.db);
    return e;
}

static const char *dialect_of(const struct origin_app *app)
{
    return app->dialect != NULL ? app->dialect : "json";
}

enum err user_hand_out(struct call *c, const struct origin_app *app, bool agrees,
                       const char *return_url, struct user_ticket_out *out)
{
    struct wanting wanting = {.c = c, .app = *app, .agrees = agrees}, *v = &wanting;
    struct pool *p = c->w.pool;
    int type = user_type(c->session);
    v->ticket = show_new_secret(p, v->ticket_hash);
    enum err e = db_transact(c->w.db, take_ticket, v);
    *out = (struct user_ticket_out){.state = v->given ? "ticket" : "consent",
                                    .app_id = v->app.app_id,
                                    .org_name = v->app.name,
                                    .dialect = dialect_of(&v->app),
                                    .type = {true, type},
                                    .what = what_of(c)};
    if (e != ERR_OK || !v->given)
        return e;
    out->ticket = v->ticket;
    if (return_url != NULL)
        out->next =
            user_back_to(p, return_url,
                         pool_printf(p, "zwm-ticket=%s&type=%d&dialect=%s&page=%s", v->ticket, type,
                                     dialect_of(&v->app), user_page_key(c, v->app.app_id)));
    return ERR_OK;
}

enum err act_user_ticket(struct call *c, const struct user_ticket_in *in,
                         struct user_ticket_out *out)
{
    struct origin_app app = {.app_id = ""};
    enum err e = find_app(c, in->origin, in->return_url, &app);
    return e == ERR_OK ? user_hand_out(c, &app, false, in->return_url, out) : e;
}

enum err act_user_consent(struct call *c, const struct user_consent_in *in,
                          struct user_ticket_out *out)
{
    struct origin_app app = {.app_id = ""};
    enum err e = find_app(c, in->origin, in->return_url, &app);
    if (e == ERR_OK && strcmp(app.app_id, in->app_id) != 0)
        e = ERR_ORIGIN; /* agreed about another app than the one that gets it */
    if (e != ERR_OK)
        return e;
    if (strcmp(in->decision, "grant") == 0)
        return user_hand_out(c, &app, true, in->return_url, out);
    *out = (struct user_ticket_out){.state = "refused",
                                    .app_id = app.app_id,
                                    .org_name = app.name,
                                    .dialect = dialect_of(&app)};
    if (in->return_url != NULL)
        out->next =
            user_back_to(c->w.pool, in->return_url,
                         pool_printf(c->w.pool, "zwm-refused&dialect=%s", dialect_of(&app)));
    return ERR_OK;
}

char *user_page_key(struct call *c, const char *app_id)
{
    return tagged_make(c->w.kr, c->w.pool, "page", app_id, c->session->session_no);
}

/* --- for the app --- */

struct exchanging {
    struct call *c;
    uint8_t ticket_hash[SM3_LEN];
    struct session s;
    enum err verdict;
};

/* Whether the ticket is this app's, and still good. It is not spent by asking. */
static enum err look_at(struct db *db, struct exchanging *v, bool *good_r)
{
    struct user_ticket t;
    const struct call *c = v->c;
    bool agreed = false;
    *good_r = false;
    enum err e = ticket_find(db, c->w.pool, v->ticket_hash, &t);
    if (e != ERR_OK)
        return e == ERR_ABSENT ? ERR_OK : e;
    if (strcmp(t.app_id, c->app->app_id) != 0 || t.used_at != 0 || c->w.now_sec > t.until)
        return ERR_OK;
    e = session_by_no(db, c->w.kr, c->w.pool, t.session_no, &v->s);
    if (e != ERR_OK)
        return e == ERR_ABSENT ? ERR_OK : e;
    if (!show_session_is_open(c, &v->s))
        return ERR_OK;
    e = consent_is_given(db, c->w.pool, v->s.subject_index, c->app->app_id, &agreed);
    *good_r = agreed;
    return e;
}

static enum err exchange(struct db *db, void *arg)
{
    struct exchanging *v = arg;
    bool good = false;
    enum err e = look_at(db, v, &good);
    if (e == ERR_OK && good)
        e = ticket_use(db, v->ticket_hash, v->c->w.now_sec, &good);
    v->verdict = good ? ERR_OK : ERR_USER_TICKET;
    const struct callrec rec = call_record_of(v->c, v->verdict);
    return e == ERR_OK ? call_enter(db, v->c, &rec) : e;
}

/* What the app is told of the person, or of the enterprise and its agent. */
static const char *told(struct call *c, const struct json_object *subject)
{
    static const char *const members[] = {"name", "id_type", "id_no", "phone", "agent"};
    struct json_object *o = json_own(c->w.pool, json_object_new_object());
    for (size_t i = 0; i < sizeof members / sizeof members[0]; i++)
        if (json_get(subject, members[i]) != NULL)
            (void)json_object_object_add(o, members[i],
                                         json_object_get(json_get(subject, members[i])));
    return json_to_text(c->w.pool, o);
}

enum err act_user_info(struct call *c, const struct user_info_in *in, struct user_info_out *out)
{
    struct exchanging v = {.c = c};
    struct envelope env;
    struct pool *p = c->w.pool;
    if (c->app->key == NULL)
        return call_refuse(c, ERR_OPERATION); /* known by its address alone: no key to seal for */
    sm3(in->ticket, strlen(in->ticket), v.ticket_hash);
    enum err e = db_transact(c->w.db, exchange, &v);
    if (e != ERR_OK || v.verdict != ERR_OK)
        return e != ERR_OK ? e : v.verdict;
    const struct json_object *subject = json_parse(p, shown_subject(&v.s));
    const char *text = told(c, subject);
    if (envelope_seal(c->app->key, text, strlen(text), p, &env) != ERR_OK)
        return ERR_BUSY;
    struct envelope_out *sealed = pool_alloc(p, sizeof *sealed);
    *sealed = (struct envelope_out){env.key, env.iv, env.ciphertext, env.mac};
    *out = (struct user_info_out){
        .user_id = user_id(c, c->app->app_id, v.s.subject_index),
        .type = {true, user_type(&v.s)},
        .assurance = {true, json_object_get_int64(json_get(subject, "assurance"))},
        .envelope = sealed};
    return ERR_OK;
}
