#include <stdlib.h>
#include <string.h>

#include "core/base/clock.h"
#include "core/base/jsontext.h"
#include "core/base/rand.h"
#include "core/base/text.h"
#include "core/code/mask.h"
#include "core/code/record.h"
#include "fcgi/authorize.h"
#include "fcgi/subject.h"
#include "fcgi/ticket.h"

/* Addressed to who asked, for what was granted, with the permissions asked for. */
static struct json_object *build_record(const struct call *c, const struct asked *a,
                                        const struct auth_decide_in *in, const struct grant *g)
{
    const struct bsqzt to = {
        .bsqztlx = "0", .bsqzxm = a->requester.org_name, .zjlx = "98", .zjhm = a->requester.uscc};
    struct json_object *bsqzt = wire_object(&bsqzt_fields, &to), *xxlb = json_object_new_array();
    for (size_t i = 0; i < in->xxlb.n; i++)
        (void)json_object_array_add(xxlb, json_object_new_string(in->xxlb.v[i]));
    struct json_object *record =
        record_build(&(struct record_in){.subject_name = in->subject->name,
                                         .subject_number = in->subject->id_no,
                                         .issued_sec = c->now_sec,
                                         .deadline_sec = g->authz.deadline,
                                         .bsqzt = bsqzt,
                                         .xxlb = xxlb,
                                         .czqx = a->czqx,
                                         .sqbh = g->sqbh});
    json_object_put(bsqzt);
    json_object_put(xxlb);
    return record;
}

static void fill_authz(const struct call *c, const struct subject *s, struct authz *z)
{
    z->day = clock_day(z->deadline);
    z->type = (enum code_type)AUTHZ_TYPE_SCAN;
    rand_bytes(z->code_hash, sizeof z->code_hash); /* there is no code: none shall match */
    z->channel = *c->app->channel != '\0' ? c->app->channel : "99";
    z->app_id = c->app->app_id;
    authz_subject_index(c->kr, s->id_type, s->id_no, z->subject_index);
    z->subject = subject_text(c, s);
    z->issued_at = c->now_sec;
    z->single_use = false;
    z->state = AUTHZ_ACTIVE;
}

/* As verify keeps it, so that pickup finds whom to seal for. */
static const char *make_detail(const struct call *c, const struct asked *a)
{
    struct json_object *o = json_object_new_object();
    (void)json_object_object_add(o, "purpose", json_object_new_string(a->purpose));
    (void)json_object_object_add(o, "requester", wire_object(&requester_fields, &a->requester));
    const char *text = json_to_text(c->pool, o);
    json_object_put(o);
    return text;
}

/* Who the subject is, the requester learns by the class `identity` alone, sealed for it (GB/T
 * 35273: no more than was granted). */
static struct json_object *masked_record(struct json_object *record, const struct masked_subject *m)
{
    struct json_object *copy = NULL, *sqzt = NULL;
    if (json_object_deep_copy(record, &copy, NULL) != 0)
        abort(); /* out of memory */
    if (json_object_object_get_ex(copy, "sqzt", &sqzt)) {
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
                                    .name = mask_name(c->pool, in->subject->name),
                                    .id_no = mask_number(c->pool, in->subject->id_no)};
    struct json_object *shown = masked_record(record, &masked);
    struct json_object *o =
        wire_object(call_row(CALL_AUTH_STATUS)->out,
                    &(struct auth_grant){.sqbh = g->sqbh,
                                         .ticket = ticket,
                                         .ticket_expires = {true, g->ticket_expires},
                                         .record = shown,
                                         .subject = &masked,
                                         .xxlb = in->xxlb});
    const char *text = json_to_text(c->pool, o);
    json_object_put(o);
    json_object_put(shown);
    return text;
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
    g->ticket_expires = g->authz.deadline = c->now_sec + c->conf->ticket_ttl_sec;
    fill_authz(c, in->subject, &g->authz);
    struct json_object *record = build_record(c, a, in, g);
    buf_init(&jcs, c->pool);
    e = record_digest(record, &jcs, g->authz.digest);
    g->authz.record = jcs.data;
    g->nonce =
        pool_printf(c->pool, "grant-%s", nonce_of_request ? a->no_text : (const char *)g->sqbh);
    const char *ticket = ticket_make(c, g->ticket_app, g->nonce, g->authz.digest, g->ticket_hash);
    g->answer = make_answer(c, in, g, ticket, record);
    json_object_put(record);
    return e;
}

struct callrec grant_record(const struct call *c, const char *app_id, const char *nonce)
{
    return (struct callrec){.call = CALL_AUTH_DECIDE,
                            .app_id = app_id,
                            .nonce = nonce,
                            .timestamp_sec = c->now_sec,
                            .at_ms = c->now_ms,
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
    enum err e = authz_insert(db, c->kr, c->pool, &g->authz);
    if (e == ERR_OK)
        e = callrec_insert(db, c->kr, c->pool, &rec, c->conf->call_window_sec);
    return e == ERR_NONCE_USED ? ERR_AUTHZ_DECIDED : e;
}
