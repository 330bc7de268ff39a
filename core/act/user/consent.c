/* What a person has agreed to, and taking it back; notes of correction (「我的」). */
#include <string.h>

#include "core/act/show/show.h"
#include "core/act/user/user.h"
#include "core/base/rand.h"
#include "core/base/text.h"
#include "core/code/record.h"
#include "core/store/authz.h"
#include "core/store/ticket.h"

enum err act_show_consents(struct call *c, struct field_objects *out)
{
    static const char *const what[] = {"姓名", "证件类型和号码", "联系电话（如有）"};
    struct consent *list;
    size_t n;
    struct pool *p = c->w.pool;
    enum err e = consent_list(c->w.db, p, c->session->subject_index, &list, &n);
    db_rollback(c->w.db);
    struct show_consent *v = pool_alloc(p, (n + 1) * sizeof *v);
    for (size_t i = 0; i < n; i++)
        v[i] = (struct show_consent){
            .app_id = list[i].app_id,
            .org_name = list[i].name != NULL ? list[i].name : list[i].app_id,
            .given_at = {true, list[i].given_at},
            .what = {pool_memdup(p, what, sizeof what), sizeof what / sizeof what[0]}};
    *out = (struct field_objects){v, n};
    return e;
}

struct revoking {
    const struct call *c;
    const char *app_id;
};

static enum err revoke(struct db *db, void *arg)
{
    const struct revoking *v = arg;
    return consent_revoke(db, v->c->session->subject_index, v->app_id);
}

enum err act_show_consent_revoke(struct call *c, const struct show_consent_revoke_in *in)
{
    struct revoking v = {c, in->app_id};
    enum err e = db_transact(c->w.db, revoke, &v);
    return e == ERR_ABSENT ? call_fault(c, ERR_FIELD_INVALID, "app_id") : e;
}

/* --- notes of correction --- */

struct correcting {
    struct call *c;
    uint8_t sqbh[SQBH_LEN];
    struct correction n;
};

static enum err correct(struct db *db, void *arg)
{
    const struct correcting *v = arg;
    const struct call *c = v->c;
    struct authz_key key;
    enum err e = authz_by_sqbh(db, c->w.pool, v->sqbh, &key);
    if (e != ERR_OK)
        return e == ERR_ABSENT ? ERR_AUTHZ_UNKNOWN : e;
    if (memcmp(key.subject_index, v->n.subject_index, sizeof v->n.subject_index) != 0)
        return ERR_AUTHZ_SUBJECT;
    return correction_insert(db, c->w.kr, c->w.pool, &v->n);
}

enum err act_show_correct(struct call *c, const struct show_correct_in *in,
                          struct show_correct_out *out)
{
    struct subject *who;
    struct correcting v = {.c = c};
    char *no = pool_alloc(c->w.pool, 2 * sizeof v.n.correction_no + 1);
    enum err e = show_subject(c, &who);
    if (e == ERR_OK)
        e = hex_decode(in->sqbh, SQBH_TEXT_LEN, v.sqbh, SQBH_LEN);
    if (e != ERR_OK)
        return e;
    v.n = (struct correction){
        .sqbh = v.sqbh, .class = in->class, .note = in->note, .at = c->w.now_sec};
    rand_bytes(v.n.correction_no, sizeof v.n.correction_no);
    authz_subject_index(c->w.kr, who->id_type, who->id_no, v.n.subject_index);
    e = db_transact(c->w.db, correct, &v);
    hex_encode(v.n.correction_no, sizeof v.n.correction_no, no);
    *out = (struct show_correct_out){.correction_no = no};
    return e;
}
