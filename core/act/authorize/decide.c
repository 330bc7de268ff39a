/* decide: a channel says what the subject has decided; a code system says what a subject of its own
 * has.
 *
 * Statements: AUTHREQ_BY_CODE, AUTHREQ_DECIDE, AUTHZ_INSERT, CALL_INSERT (the ticket's and the
 * call's own), CALLBACK_INSERT; one transaction. The conditional AUTHREQ_DECIDE lets one decision
 * win. Order of checks: shape of the code, fields, route, known, decided, expired, classes. */
#include <string.h>

#include "core/base/jsontext.h"
#include "core/base/text.h"
#include "core/code/record.h"
#include "core/act/authorize/authorize.h"
#include "core/act/subject.h"

struct deciding {
    struct call *c;
    const struct auth_decide_in *in;
    struct request_code code;
    bool granting;
    struct asked asked;
    struct grant grant;
    const char *sqbh; /* NULL: refused */
};

static enum err record_call(struct db *db, const struct deciding *d, const uint8_t *sqbh)
{
    struct callrec rec = call_record_of(d->c, ERR_OK);
    rec.sqbh = sqbh;
    return call_enter(db, d->c, &rec);
}

/* The one decision: ERR_BUSY if another came between, so that it is looked at again. */
static enum err settle(struct db *db, const struct deciding *d, const char *answer)
{
    bool won = false;
    enum authreq_state state = d->granting ? AUTHREQ_GRANTED : AUTHREQ_REFUSED;
    enum err e = authreq_decide(db, d->c->w.kr, d->c->w.pool, d->asked.no, state, answer,
                                d->c->w.now_sec, &won);
    if (e == ERR_OK && !won)
        return ERR_BUSY;
    return e == ERR_OK ? callback_put(db, d->c, &d->asked, state) : e;
}

/* --- a channel, a request made here --- */

static enum err decide_here(struct db *db, void *arg)
{
    struct deciding *d = arg;
    struct call *c = d->c;
    enum err e = asked_find(db, c, d->code.hash, &d->asked);
    if (e == ERR_OK && d->granting)
        e = asked_covers(c, &d->asked, &d->in->xxlb, "xxlb");
    if (e == ERR_OK && d->granting)
        e = grant_make(c, &d->asked, d->in, d->asked.requester.app_id, true, &d->grant);
    if (e == ERR_OK)
        e = settle(db, d, d->granting ? d->grant.answer : NULL);
    if (e == ERR_OK && d->granting)
        e = grant_insert(db, c, &d->grant);
    if (e != ERR_OK)
        return e;
    d->sqbh = d->granting ? d->grant.sqbh : NULL;
    return record_call(db, d, d->granting ? d->grant.authz.sqbh : NULL);
}

static enum err check_channel(struct call *c, const struct auth_decide_in *in, bool granting)
{
    if (in->grant != NULL)
        return call_fault(c, ERR_FIELD_UNKNOWN, "grant");
    if (in->subject == NULL)
        return call_fault(c, ERR_FIELD_MISSING, "subject");
    if (granting && in->xxlb.v == NULL)
        return call_fault(c, ERR_FIELD_MISSING, "xxlb");
    return subject_check(c, in->subject, code_type_row(CODE_ZWM1));
}

/* --- a code system, about the grant that its subject has given --- */

static bool same(const char *a, const char *b)
{
    return a != NULL && b != NULL && strcmp(a, b) == 0;
}

/* The same decision once more, by a system that has not had our answer. */
static bool is_repeated(const struct deciding *d)
{
    const struct authreq *r = &d->asked.row;
    if (!d->granting)
        return r->state == AUTHREQ_REFUSED;
    if (r->state != AUTHREQ_GRANTED || r->grant_answer == NULL)
        return false;
    const struct json_object *o = json_parse(d->c->w.pool, r->grant_answer);
    return same(json_get_text(o, "sqbh", NULL), d->in->grant->sqbh) &&
           same(json_get_text(o, "ticket", NULL), d->in->grant->ticket);
}

/* The ticket is the other system's: the record says for whom it is and where to redeem it. */
static enum err keep_ticket(struct db *db, const struct deciding *d, const uint8_t *sqbh)
{
    const struct call *c = d->c;
    const struct auth_grant *g = d->in->grant;
    uint8_t hash[SM3_LEN];
    sm3(g->ticket, strlen(g->ticket), hash);
    struct callrec rec =
        grant_record(c, d->asked.row.app_id, pool_printf(c->w.pool, "grant-%s", d->asked.no_text));
    rec.sqbh = sqbh;
    rec.ticket_hash = hash;
    rec.ticket_expires = g->ticket_expires.v;
    rec.peer = c->app->app_id;
    enum err e = call_enter(db, c, &rec);
    return e == ERR_NONCE_USED ? ERR_AUTHZ_DECIDED : e;
}

static enum err take_grant(struct db *db, struct deciding *d, uint8_t sqbh[SQBH_LEN])
{
    struct call *c = d->c;
    const struct auth_grant *g = d->in->grant;
    enum err e = asked_covers(c, &d->asked, &g->xxlb, "grant.xxlb");
    if (e != ERR_OK)
        return e;
    e = settle(db, d, wire_text(c->w.pool, call_row(CALL_AUTH_STATUS)->out, g));
    return e == ERR_OK ? keep_ticket(db, d, sqbh) : e;
}

static enum err decide_for_system(struct db *db, void *arg)
{
    struct deciding *d = arg;
    uint8_t sqbh[SQBH_LEN];
    enum err e = ERR_OK;
    if (d->granting)
        e = hex_decode(d->in->grant->sqbh, SQBH_TEXT_LEN, sqbh, sizeof sqbh);
    if (e != ERR_OK)
        return e;
    e = asked_find(db, d->c, d->code.hash, &d->asked);
    if (e == ERR_OK)
        e = d->granting ? take_grant(db, d, sqbh) : settle(db, d, NULL);
    else if (e == ERR_AUTHZ_DECIDED && is_repeated(d))
        e = ERR_OK;
    if (e != ERR_OK)
        return e;
    d->sqbh = d->granting ? d->in->grant->sqbh : NULL;
    return record_call(db, d, d->granting ? sqbh : NULL);
}

static enum err check_system(struct call *c, const struct auth_decide_in *in, bool granting)
{
    const struct auth_grant *g = in->grant;
    if (in->subject != NULL)
        return call_fault(c, ERR_FIELD_UNKNOWN, "subject");
    if (in->xxlb.v != NULL)
        return call_fault(c, ERR_FIELD_UNKNOWN, "xxlb");
    if (granting != (g != NULL))
        return call_fault(c, granting ? ERR_FIELD_MISSING : ERR_FIELD_UNKNOWN, "grant");
    if (!granting)
        return ERR_OK;
    if (strncmp(g->ticket, c->app->app_id, SYSID_LEN) != 0 || g->ticket[SYSID_LEN] != '.')
        return call_fault(c, ERR_FIELD_INVALID, "grant.ticket");
    if (g->ticket_expires.v < c->w.now_sec)
        return call_fault(c, ERR_FIELD_INVALID, "grant.ticket_expires");
    return same(json_get_text(json_get(g->record, "xxsy"), "sqbh", NULL), g->sqbh)
               ? ERR_OK
               : call_fault(c, ERR_FIELD_INVALID, "grant.record");
}

/* --- both --- */

enum err act_auth_decide(struct call *c, const struct auth_decide_in *in,
                         struct auth_decide_out *out)
{
    struct deciding d = {.c = c, .in = in};
    bool system = c->app->kind == APP_SYSTEM;
    d.granting = strcmp(in->decision, "grant") == 0;
    enum err e = request_code_read(c->w.pool, in->request_code, &d.code);
    if (e != ERR_OK)
        return call_refuse(c, e);
    e = system ? check_system(c, in, d.granting) : check_channel(c, in, d.granting);
    if (e != ERR_OK)
        return e;
    if (strcmp(d.code.system, c->w.conf->system) != 0)
        return system ? call_refuse(c, ERR_NO_ROUTE) : decide_at_peer(c, in, &d.code, out);
    e = db_transact(c->w.db, system ? decide_for_system : decide_here, &d);
    if (authorize_is_refusal(e))
        return call_refuse(c, e);
    if (e != ERR_OK)
        return e;
    c->sqbh = d.sqbh != NULL ? pool_strdup(c->w.pool, d.sqbh) : NULL;
    *out = (struct auth_decide_out){.sqbh = c->sqbh};
    return ERR_OK;
}
