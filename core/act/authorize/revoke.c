/* revoke: the subject takes back what was given (R1.9). The channel says who the subject is; any
 * channel that has identified it may ask.
 *
 * Statements: AUTHZ_BY_SQBH, AUTHZ_REVOKE, AUTHZ_TRIED, CALL_USES, CALL_INSERT; one transaction. */
#include <string.h>

#include "core/act/authorize/authorize.h"
#include "core/act/subject.h"
#include "core/base/text.h"
#include "core/code/record.h"

struct revoking {
    struct call *c;
    uint8_t sqbh[SQBH_LEN], subject_index[32];
    enum err verdict;
    int64_t revoked_at;
};

/* When it was revoked first: asking again changes nothing. */
static enum err first_time(struct db *db, struct revoking *r)
{
    const struct call *c = r->c;
    struct callrec_use *uses;
    size_t n;
    r->revoked_at = c->w.now_sec;
    enum err e = callrec_uses(db, c->w.kr, c->w.pool, r->sqbh, 0, &uses, &n);
    for (size_t i = 0; e == ERR_OK && i < n; i++)
        if (uses[i].call == CALL_AUTH_REVOKE && uses[i].error == ERR_OK)
            r->revoked_at = uses[i].at_ms / 1000; /* newest first */
    return e;
}

static enum err revoke(struct db *db, void *arg)
{
    struct revoking *r = arg;
    const struct call *c = r->c;
    struct authz_key key = {0, NULL, NULL};
    enum err e = authz_by_sqbh(db, c->w.pool, r->sqbh, &key);
    if (e != ERR_OK && e != ERR_ABSENT)
        return e;
    r->verdict = e == ERR_ABSENT                                          ? ERR_AUTHZ_UNKNOWN
                 : !crypto_equal(key.subject_index, r->subject_index, 32) ? ERR_AUTHZ_SUBJECT
                                                                          : ERR_OK;
    if (r->verdict == ERR_OK)
        e = authz_revoke(db, key.day, key.digest, c->w.now_sec);
    else
        e = key.digest != NULL ? authz_tried(db, key.day, key.digest, c->w.now_sec) : ERR_OK;
    if (e == ERR_OK && r->verdict == ERR_OK)
        e = first_time(db, r);
    if (e != ERR_OK)
        return e;
    struct callrec rec = call_record_of(c, r->verdict);
    rec.sqbh = r->sqbh;
    rec.authz_day = key.day;
    rec.digest = key.digest; /* so that the subject sees others' tries too */
    return call_enter(db, c, &rec);
}

enum err act_auth_revoke(struct call *c, const struct auth_revoke_in *in,
                         struct auth_revoke_out *out)
{
    struct revoking r = {.c = c};
    enum err e = subject_check(c, in->subject, code_type_row(CODE_ZWM1));
    if (e == ERR_OK)
        e = hex_decode(in->sqbh, SQBH_TEXT_LEN, r.sqbh, sizeof r.sqbh);
    if (e != ERR_OK)
        return e;
    authz_subject_index(c->w.kr, in->subject->id_type, in->subject->id_no, r.subject_index);
    e = db_transact(c->w.db, revoke, &r);
    if (e != ERR_OK || r.verdict != ERR_OK)
        return e != ERR_OK ? e : r.verdict;
    c->sqbh = in->sqbh;
    *out = (struct auth_revoke_out){.sqbh = in->sqbh, .revoked_at = {true, r.revoked_at}};
    return ERR_OK;
}
