/* peer: a subject of ours decides on a request made in another code system.
 *
 * The authorization is made and kept here, the decision takes effect there: first ours in one
 * transaction, with the nonce of the channel's call entered as uncertain; then the other system is
 * told; then the call's end is entered. What it refuses is revoked here at once. */
#include <string.h>

#include "core/base/clock.h"
#include "core/act/authorize/authorize.h"
#include "core/act/subject.h"

struct passing {
    struct call *c;
    const struct auth_decide_in *in;
    const struct request_code *code;
    bool granting;
    struct asked asked;
    struct grant grant;
    enum err end; /* how the call ended */
};

static const uint8_t *sqbh_of(const struct passing *k)
{
    return k->granting ? k->grant.authz.sqbh : NULL;
}

/* --- ours --- */

static enum err begin(struct db *db, void *arg)
{
    const struct passing *k = arg;
    const struct call *c = k->c;
    struct callrec rec = call_record_of(c, ERR_UNCERTAIN);
    rec.sqbh = sqbh_of(k);
    rec.peer = k->code->system;
    enum err e = k->granting ? grant_insert(db, c, &k->grant) : ERR_OK;
    return e == ERR_OK ? call_enter(db, c, &rec) : e;
}

static enum err finish(struct db *db, void *arg)
{
    const struct passing *k = arg;
    const struct call *c = k->c;
    struct callrec rec = call_record_of(c, k->end);
    rec.sqbh = sqbh_of(k);
    enum err e = callrec_end(db, c->w.kr, c->w.pool, clock_day(rec.timestamp_sec), &rec);
    if (e == ERR_OK && k->end != ERR_OK && k->granting)
        e = authz_revoke(db, k->grant.authz.day, k->grant.authz.digest, k->c->w.now_sec);
    return e;
}

/* --- theirs --- */

static const char *make_body(const struct passing *k)
{
    struct pool *p = k->c->w.pool;
    struct json_object *o = json_own(p, json_object_new_object());
    (void)json_object_object_add(o, "request_code", json_object_new_string(k->code->text));
    (void)json_object_object_add(o, "decision", json_object_new_string(k->in->decision));
    if (k->granting)
        (void)json_object_object_add(o, "grant", json_tokener_parse(k->grant.answer));
    return json_to_text(p, o);
}

/* ERR_UNCERTAIN: it may have taken effect there. A lost answer is asked for once more: the same
 * decision said twice is one. */
static enum err tell(const struct passing *k)
{
    const char *body = make_body(k);
    bool reached = false;
    for (int i = 0; i < 2; i++) {
        struct peer_call pc;
        enum err e =
            authorize_call_peer(k->c, CALL_AUTH_DECIDE, k->code->system, body, sqbh_of(k), &pc);
        reached = reached || pc.sent;
        if (e == ERR_OK && (pc.error == ERR_OK || authorize_is_refusal(pc.error)))
            return pc.error;
        if (e == ERR_OK)
            return ERR_SYSTEM_UNREACHABLE; /* refused for what we are, not for what we said */
        if (!reached)
            return e;
    }
    return ERR_UNCERTAIN;
}

enum err decide_at_peer(struct call *c, const struct auth_decide_in *in,
                        const struct request_code *rc, struct auth_decide_out *out)
{
    struct passing k = {.c = c, .in = in, .code = rc};
    k.granting = strcmp(in->decision, "grant") == 0;
    /* Also before a refusal: one that was decided before is told so. */
    enum err e = asked_of_peer(c, rc, &k.asked);
    if (e != ERR_OK)
        return authorize_is_refusal(e) ? call_refuse(c, e) : e;
    if (k.granting) {
        e = asked_covers(c, &k.asked, &in->xxlb, "xxlb");
        if (e == ERR_OK)
            e = grant_make(c, &k.asked, in, rc->system, false, &k.grant);
    }
    if (e == ERR_OK)
        e = db_transact(c->w.db, begin, &k);
    if (e != ERR_OK)
        return e;
    c->sqbh = k.granting ? pool_strdup(c->w.pool, k.grant.sqbh) : NULL;
    k.end = tell(&k);
    if (k.end == ERR_UNCERTAIN)
        return k.end; /* the authorization stays: its ticket may be in use */
    e = db_transact(c->w.db, finish, &k);
    if (k.end != ERR_OK)
        return k.end;
    if (e != ERR_OK)
        return ERR_UNCERTAIN; /* decided there, and not entered here */
    *out = (struct auth_decide_out){.sqbh = c->sqbh};
    return ERR_OK;
}
