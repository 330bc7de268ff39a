/* issue: a channel app asks for a code for a subject that it has identified (interface 2.2; R1.3 to
 * R1.6, R1.10).
 *
 * Statements: AUTHZ_BY_SQBH, AUTHZ_REPLACE (a refresh), AUTHZ_INSERT, CALL_COMMIT; one transaction.
 * Steps: check what the field table cannot, build the authorization record, lay out and sign the
 * code, store. */
#include "core/act/issue.h"

#include <string.h>

#include "core/act/subject.h"
#include "core/base/clock.h"
#include "core/base/text.h"
#include "core/code/code.h"
#include "core/code/idno.h"
#include "core/code/record.h"
#include "core/code/sysid.h"
#include "core/store/authz.h"

struct issuing {
    struct call *c;
    const struct issue_in *in;
    enum code_type type;
    const struct code_type_row *row;
    struct json_object *record;
    char sqbh[SQBH_TEXT_LEN + 1], text[CODE_TEXT_MAX + 1];
    struct code code;
    struct authz authz;
};

/* What the field table cannot say, besides the subject. */
static enum err check_rest(struct issuing *is)
{
    const struct issue_in *in = is->in;
    if (*is->c->app->channel != '\0' && strcmp(is->c->app->channel, in->channel) != 0)
        return call_fault(is->c, ERR_FIELD_INVALID, "channel");
    if (in->validity_sec.set && in->validity_sec.v > is->row->validity_max_sec)
        return call_fault(is->c, ERR_FIELD_INVALID, "validity_sec");
    enum err e = call_check_distinct(is->c, &in->xxlb, "xxlb");
    if (e != ERR_OK)
        return e;
    if (in->xxsy != NULL && json_object_object_get_ex(in->xxsy, "sqbh", NULL))
        return call_fault(is->c, ERR_FIELD_INVALID, "xxsy.sqbh");
    const struct bsqzt *b = in->bsqzt;
    if (b != NULL && b->zjhm != NULL && b->zjlx != NULL && !idno_is_valid(b->zjlx, b->zjhm, 0))
        return call_fault(is->c, ERR_FIELD_INVALID, "bsqzt.zjhm");
    return ERR_OK;
}

static enum err build_record(struct issuing *is, int64_t deadline)
{
    const struct issue_in *in = is->in;
    struct pool *p = is->c->w.pool;
    struct buf jcs;
    record_new_sqbh(is->sqbh);
    is->record = json_own(
        p, record_build(&(struct record_in){
               .subject_name = in->subject->name,
               .subject_number = in->subject->id_no,
               .issued_sec = is->c->w.now_sec,
               .deadline_sec = deadline,
               .bsqzt = in->bsqzt != NULL ? wire_object(p, &bsqzt_fields, in->bsqzt) : NULL,
               .xxlb = json_strings(p, in->xxlb.v, in->xxlb.n),
               .xxsy = in->xxsy,
               .czqx = in->czqx,
               .sqbh = is->sqbh}));
    buf_init(&jcs, p);
    enum err e = record_digest(is->record, &jcs, is->code.digest);
    is->authz.record = jcs.data;
    return e == ERR_OK ? ERR_OK : call_fault(is->c, ERR_FIELD_INVALID, "xxsy");
}

/* A: who, in a way that two codes of one person cannot be linked (ZWM1), or the enterprise's number
 * hashed (QYM1). */
static void make_identity(struct issuing *is)
{
    const struct subject *s = is->in->subject;
    const struct sm3_part parts[] = {
        {is->sqbh, SQBH_TEXT_LEN}, {s->id_type, strlen(s->id_type)}, {s->id_no, strlen(s->id_no)}};
    if (is->row->identity == CODE_ID_PSEUDONYM)
        keyring_pseudonym(is->c->w.kr, parts, 3, is->code.identity);
    else
        sm3(s->id_no, strlen(s->id_no), is->code.identity);
}

static enum err make_code(struct issuing *is, int64_t deadline)
{
    struct code *code = &is->code;
    struct sysid id;
    if (sysid_parse(is->c->w.conf->system, &id) != ERR_OK)
        return ERR_BUSY;
    code->type = is->type;
    code->deadline = (uint32_t)deadline;
    memcpy(code->system, is->row->system_len == SYSID_LEN ? id.text : id.platform,
           is->row->system_len + 1);
    if (is->row->channel_len > 0)
        memcpy(code->channel, is->in->channel, 3);
    make_identity(is);
    code_pack(code);
    if (keyring_sign(is->c->w.kr, code->bytes, code_signed_len(code), code->sig) != ERR_OK)
        return ERR_BUSY;
    code_encode(code, is->text);
    return ERR_OK;
}

static void fill_authz(struct issuing *is, int64_t deadline)
{
    struct authz *a = &is->authz;
    const struct issue_in *in = is->in;
    a->subject = subject_text(is->c, in->subject);
    a->day = clock_day(deadline);
    a->type = is->type;
    memcpy(a->digest, is->code.digest, 32);
    sm3(is->code.bytes, is->code.len, a->code_hash);
    a->channel = in->channel;
    a->app_id = is->c->app->app_id;
    authz_subject_index(is->c->w.kr, in->subject->id_type, in->subject->id_no, a->subject_index);
    a->issued_at = is->c->w.now_sec;
    a->deadline = deadline;
    a->single_use =
        in->single_use != FIELD_ABSENT ? in->single_use == FIELD_TRUE : is->row->single_use;
    a->state = AUTHZ_ACTIVE;
}

static enum err store(struct db *db, void *arg)
{
    const struct issuing *is = arg;
    const struct call *c = is->c;
    uint8_t old[SQBH_LEN];
    enum err e = ERR_OK;
    if (is->in->replaces != NULL) {
        e = hex_decode(is->in->replaces, SQBH_TEXT_LEN, old, SQBH_LEN);
        if (e == ERR_OK)
            e = authz_replace(db, c->w.pool, old, c->app->app_id, is->authz.subject_index);
    }
    if (e == ERR_OK)
        e = authz_insert(db, c->w.kr, c->w.pool, &is->authz);
    if (e != ERR_OK)
        return e;
    struct callrec rec = call_record_of(c, ERR_OK);
    rec.sqbh = is->authz.sqbh;
    rec.authz_day = is->authz.day;
    rec.digest = is->authz.digest;
    return callrec_commit(db, c->w.kr, c->w.pool, &rec, c->w.conf->call_window_sec, NULL);
}

static enum err issue(struct issuing *is, struct issue_out *out)
{
    struct call *c = is->c;
    enum err e = subject_check(c, is->in->subject, is->row);
    if (e == ERR_OK)
        e = check_rest(is);
    if (e != ERR_OK)
        return e;
    int64_t validity =
        is->in->validity_sec.set ? is->in->validity_sec.v : is->row->validity_max_sec;
    int64_t deadline = c->w.now_sec + validity;
    e = build_record(is, deadline);
    if (e == ERR_OK)
        e = make_code(is, deadline);
    if (e == ERR_OK)
        e = hex_decode(is->sqbh, SQBH_TEXT_LEN, is->authz.sqbh, SQBH_LEN);
    if (e != ERR_OK)
        return e;
    fill_authz(is, deadline);
    e = db_transact(c->w.db, store, is);
    if (e == ERR_AUTHZ_UNKNOWN || e == ERR_AUTHZ_SUBJECT)
        return call_refuse(c, e);
    if (e != ERR_OK)
        return e;
    c->sqbh = pool_strdup(c->w.pool, is->sqbh);
    *out =
        (struct issue_out){.code = pool_strdup(c->w.pool, is->text),
                           .sqbh = c->sqbh,
                           .issued_at = {true, c->w.now_sec},
                           .deadline = {true, deadline},
                           /* A display asks again while the old code can still be scanned. */
                           .refresh_after_sec = {true, validity > 5 ? validity * 5 / 6 : validity},
                           .record = is->record};
    return ERR_OK;
}

enum err act_issue(struct call *c, const struct issue_in *in, struct issue_out *out)
{
    struct issuing is = {.c = c, .in = in, .type = CODE_ZWM1};
    if (in->code_type != NULL &&
        code_type_by_name(in->code_type, strlen(in->code_type), &is.type) != ERR_OK)
        return call_fault(c, ERR_FIELD_INVALID, "code_type");
    is.row = code_type_row(is.type);
    return issue(&is, out);
}
