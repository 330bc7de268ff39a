#include <stdlib.h>
#include <string.h>

#include "core/base/clock.h"
#include "core/base/rand.h"
#include "core/base/text.h"
#include "core/code/mask.h"
#include "core/code/record.h"
#include "core/act/authorize/authorize.h"
#include "core/act/subject.h"
#include "core/act/ticket.h"

/* Addressed to who asked, for what was granted, with the permissions asked for. */
static struct json_object *build_record(const struct call *c, const struct asked *a,
                                        const struct auth_decide_in *in, const struct grant *g)
{
    struct pool *p = c->w.pool;
    const struct bsqzt to = {
        .bsqztlx = "0", .bsqzxm = a->requester.org_name, .zjlx = "98", .zjhm = a->requester.uscc};
    return json_own(
        p, record_build(&(struct record_in){.subject_name = in->subject->name,
                                            .subject_number = in->subject->id_no,
                                            .issued_sec = c->w.now_sec,
                                            .deadline_sec = g->authz.deadline,
                                            .bsqzt = wire_object(p, &bsqzt_fields, &to),
                                            .xxlb = json_strings(p, in->xxlb.v, in->xxlb.n),
                                            .czqx = a->czqx,
                                            .sqbh = g->sqbh}));
}

static void fill_authz(const struct call *c, const struct subject *s, struct authz *z)
{
    z->day = clock_day(z->deadline);
    z->type = (enum code_type)AUTHZ_TYPE_SCAN;
    rand_bytes(z->code_hash, sizeof z->code_hash); /* there is no code: none shall match */
    z->channel = *c->app->channel != '\0' ? c->app->channel : "99";
    z->app_id = c->app->app_id;
    authz_subject_index(c->w.kr, s->id_type, s->id_no, z->subject_index);
    z->subject = subject_text(c, s);
    z->issued_at = c->w.now_sec;
    z->single_use = false;
    z->state = AUTHZ_ACTIVE;
}

/* As verify keeps it, so that pickup finds whom to seal for. */
static const char *make_detail(const struct call *c, const struct asked *a)
{
    struct pool *p = c->w.pool;
    struct json_object *o = json_own(p, json_object_new_object());
    (void)json_object_object_add(o, "purpose", json_object_new_string(a->purpose));
    (void)json_object_object_add(o, "requester",
                                 json_object_get(wire_object(p, &requester_fields, &a->requester)));
    return json_to_text(p, o);
}

/* Who the subject is, the requester learns by the class `identity` alone, sealed for it (GB/T
 * 35273: no more than was granted). */
static struct json_object *masked_record(struct pool *p, struct json_object *record,
                                         const struct masked_subject *m)
{
    struct json_object *copy = NULL;
    if (json_object_deep_copy(record, &copy, NULL) != 0)
        abort(); /* out of memory */
    struct json_object *sqzt = json_get(json_own(p, copy), "sqzt");
    if (sqzt != NULL) {
        (void)json_object_object_add(sqzt, "sqztmc", json_object_new_string(m->name));
        (void)json_object_object_add(sqzt, "sqztdm", json_object_new_string(m->id_no));
    }
    return copy;
}

static const char *make_answer(const struct call *c, const struct auth_decide_in *in,
                               const struct grant *g, const char *ticket,
                               struct json_object *record)
{
    struct masked_subject masked = {.type = in->subject->type,
                                    .name = mask_name(c->w.pool, in->subject->name),
                                    .id_no = mask_number(c->w.pool, in->subject->id_no)};
    return wire_text(c->w.pool, call_row(CALL_AUTH_STATUS)->out,
                     &(struct auth_grant){.sqbh = g->sqbh,
                                          .ticket = ticket,
                                          .ticket_expires = {true, g->ticket_expires},
                                          .record = masked_record(c->w.pool, record, &masked),
                                          .subject = &masked,
                                          .xxlb = in->xxlb});
}

enum err grant_make(struct call *c, const struct asked *a, const struct auth_decide_in *in,
                    const char *ticket_app, bool nonce_of_request, struct grant *g)
{
    struct buf jcs;
    *g = (struct grant){.ticket_app = ticket_app, .detail = make_detail(c, a)};
    record_new_sqbh(g->sqbh);
    enum err e = hex_decode(g->sqbh, SQBH_TEXT_LEN, g->authz.sqbh, SQBH_LEN);
    if (e != ERR_OK)
        return e;
    g->ticket_expires = g->authz.deadline = c->w.now_sec + c->w.conf->ticket_ttl_sec;
    fill_authz(c, in->subject, &g->authz);
    struct json_object *record = build_record(c, a, in, g);
    buf_init(&jcs, c->w.pool);
    e = record_digest(record, &jcs, g->authz.digest);
    g->authz.record = jcs.data;
    g->nonce =
        pool_printf(c->w.pool, "grant-%s", nonce_of_request ? a->no_text : (const char *)g->sqbh);
    const char *ticket = ticket_make(c, g->ticket_app, g->nonce, g->authz.digest, g->ticket_hash);
    g->answer = make_answer(c, in, g, ticket, record);
    return e;
}

struct callrec grant_record(const struct call *c, const char *app_id, const char *nonce)
{
    return (struct callrec){.call = CALL_AUTH_DECIDE,
                            .app_id = app_id,
                            .nonce = nonce,
                            .timestamp_sec = c->w.now_sec,
                            .at_ms = c->w.now_ms,
                            .request_id = c->request_id_bytes,
                            .error = ERR_OK};
}

enum err grant_insert(struct db *db, const struct call *c, const struct grant *g)
{
    struct callrec rec = grant_record(c, g->ticket_app, g->nonce);
    rec.sqbh = g->authz.sqbh;
    rec.authz_day = g->authz.day;
    rec.digest = g->authz.digest;
    rec.detail = g->detail;
    rec.ticket_hash = g->ticket_hash;
    rec.ticket_expires = g->ticket_expires;
    enum err e = authz_insert(db, c->w.kr, c->w.pool, &g->authz);
    if (e == ERR_OK)
        e = call_enter(db, c, &rec);
    return e == ERR_NONCE_USED ? ERR_AUTHZ_DECIDED : e;
}
