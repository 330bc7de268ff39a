/* authorize_list: POST /api/v1/authorization/revoke and /list (R1.9): the subject sees who was
 * given what, every use and every refused try, and takes back what was given. The channel says who
 * the subject is; any channel that has identified it may ask.
 *
 * In:   auth_revoke_in, auth_list_in. Out: auth_revoke_out, auth_list_item (one item each).
 * Statements: AUTHZ_BY_SQBH, AUTHZ_REVOKE, AUTHZ_LIST, CALL_USES, CALL_INSERT. */
#include <string.h>

#include "core/base/clock.h"
#include "core/base/jsontext.h"
#include "core/base/text.h"
#include "core/code/record.h"
#include "fcgi/authorize.h"
#include "fcgi/subject.h"

/* Uses answered in one list; the authorizations behind are left to be asked for when the newer ones
 * have gone. */
enum { USES_MOST = 5000 };

/* --- revoke --- */

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
    r->revoked_at = c->now_sec;
    enum err e = callrec_uses(db, c->kr, c->pool, r->sqbh, 0, &uses, &n);
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
    enum err e = authz_by_sqbh(db, c->pool, r->sqbh, &key);
    if (e != ERR_OK && e != ERR_ABSENT)
        return e;
    r->verdict = e == ERR_ABSENT                                            ? ERR_AUTHZ_UNKNOWN
                 : !crypto_equal(key.subject_index, r->subject_index, 32) ? ERR_AUTHZ_SUBJECT
                                                                          : ERR_OK;
    e = r->verdict == ERR_OK ? authz_revoke(db, key.day, key.digest) : ERR_OK;
    if (e == ERR_OK && r->verdict == ERR_OK)
        e = first_time(db, r);
    if (e != ERR_OK)
        return e;
    struct callrec rec = call_record_of(c, r->verdict);
    rec.sqbh = r->sqbh;
    rec.authz_day = key.day;
    rec.digest = key.digest; /* so that the subject sees others' tries too */
    return callrec_insert(db, c->kr, c->pool, &rec, c->conf->call_window_sec);
}

enum err run_auth_revoke(struct call *c)
{
    const struct auth_revoke_in *in = c->in;
    struct revoking r = {.c = c};
    enum err e = subject_check(c, in->subject, code_type_row(CODE_ZWM1));
    if (e == ERR_OK)
        e = hex_decode(in->sqbh, SQBH_TEXT_LEN, r.sqbh, sizeof r.sqbh);
    if (e != ERR_OK)
        return e;
    authz_subject_index(c->kr, in->subject->id_type, in->subject->id_no, r.subject_index);
    e = db_transact(c->db, revoke, &r);
    if (e != ERR_OK || r.verdict != ERR_OK)
        return e != ERR_OK ? e : r.verdict;
    c->sqbh = in->sqbh;
    call_answer(c, &(struct auth_revoke_out){.sqbh = in->sqbh, .revoked_at = {true, r.revoked_at}});
    return ERR_OK;
}

/* --- list --- */

struct listing {
    struct call *c;
    uint8_t subject_index[32];
    struct authz *list;
    size_t n;
    struct callrec_use **uses; /* of each */
    size_t *uses_n;
};

static enum err read_list(struct db *db, void *arg)
{
    struct listing *l = arg;
    const struct call *c = l->c;
    size_t total = 0, i = 0;
    enum err e = authz_list(db, c->kr, c->pool, l->subject_index, &l->list, &l->n);
    if (e != ERR_OK)
        return e;
    l->uses = pool_alloc(c->pool, (l->n + 1) * sizeof *l->uses);
    l->uses_n = pool_alloc(c->pool, (l->n + 1) * sizeof *l->uses_n);
    for (; e == ERR_OK && i < l->n && total < USES_MOST; i++) {
        /* The calls' own clocks may lie a little behind ours. */
        int32_t from = clock_day(l->list[i].issued_at - c->conf->call_window_sec);
        e = callrec_uses(db, c->kr, c->pool, l->list[i].sqbh, from, &l->uses[i], &l->uses_n[i]);
        total += l->uses_n[i];
    }
    l->n = i;
    if (e != ERR_OK)
        return e;
    struct callrec rec = call_record_of(c, ERR_OK);
    return callrec_insert(db, c->kr, c->pool, &rec, c->conf->call_window_sec);
}

static const char *state_of(const struct authz *a, int64_t now_sec)
{
    if (a->state == AUTHZ_REVOKED)
        return "revoked";
    if (a->state == AUTHZ_REPLACED)
        return "replaced";
    if (a->single_use && a->uses > 0)
        return "used";
    return now_sec > a->deadline ? "expired" : "active";
}

static const char *interface_of(enum call_id id)
{
    switch ((int)id) {
    case CALL_VERIFY:
        return "verify";
    case CALL_PICKUP:
        return "pickup";
    case CALL_AUTH_DECIDE:
        return "grant";
    default:
        return "revoke";
    }
}

static void put(void *o)
{
    json_object_put(o);
}

/* Until the call is over. */
static void keep(struct pool *p, struct json_object *o)
{
    if (o != NULL)
        pool_on_destroy(p, put, o);
}

/* Who, when, what for: of the detail kept, neither the scanner nor the device. A call that a code
 * system passed on is shown as its requester's. */
static struct auth_use describe(const struct call *c, const struct callrec_use *u,
                                struct json_object *detail)
{
    struct json_object *who = NULL;
    if (detail != NULL)
        (void)json_object_object_get_ex(detail, "requester", &who);
    bool named = json_get_text(who, "app_id", NULL) != NULL;
    return (struct auth_use){.at = {true, u->at_ms / 1000},
                             .interface = interface_of(u->call),
                             .app_id = named ? json_get_text(who, "app_id", NULL) : u->app_id,
                             .org_name = named ? json_get_text(who, "org_name", NULL) : u->app_name,
                             .system = named ? json_get_text(who, "system", NULL) : c->conf->system,
                             .purpose = json_get_text(detail, "purpose", NULL),
                             .class = json_get_text(detail, "class", NULL),
                             .error_code = err_row(u->error)->code};
}

static struct field_objects describe_uses(const struct call *c, const struct callrec_use *uses,
                                          size_t n)
{
    struct auth_use *v = pool_alloc(c->pool, (n + 1) * sizeof *v);
    for (size_t i = 0; i < n; i++) {
        struct json_object *detail =
            uses[i].detail != NULL ? json_tokener_parse(uses[i].detail) : NULL;
        keep(c->pool, detail);
        v[i] = describe(c, &uses[i], detail);
    }
    return (struct field_objects){v, n};
}

static struct json_object *describe_authz(const struct call *c, const struct authz *a,
                                          struct field_objects uses)
{
    struct json_object *record = json_tokener_parse(a->record), *list = NULL;
    char sqbh[SQBH_TEXT_LEN + 1];
    keep(c->pool, record);
    const char *czqx = json_get_text(record, "czqx", NULL);
    size_t n = record != NULL && json_object_object_get_ex(record, "xxlb", &list)
                   ? json_object_array_length(list)
                   : 0;
    const char **classes = pool_alloc(c->pool, (n + 1) * sizeof *classes);
    for (size_t i = 0; i < n; i++)
        classes[i] = json_object_get_string(json_object_array_get_idx(list, i));
    hex_encode(a->sqbh, SQBH_LEN, sqbh);
    return wire_object(c->row->out,
                       &(struct auth_list_item){.sqbh = sqbh,
                                                .code_type = authz_type_name((int)a->type),
                                                .state = state_of(a, c->now_sec),
                                                .issued_at = {true, a->issued_at},
                                                .deadline = {true, a->deadline},
                                                .xxlb = {classes, n},
                                                .czqx = czqx != NULL ? czqx : "1",
                                                .uses = uses});
}

enum err run_auth_list(struct call *c)
{
    const struct auth_list_in *in = c->in;
    struct listing l = {.c = c};
    enum err e = subject_check(c, in->subject, code_type_row(CODE_ZWM1));
    if (e != ERR_OK)
        return e;
    authz_subject_index(c->kr, in->subject->id_type, in->subject->id_no, l.subject_index);
    e = db_transact(c->db, read_list, &l);
    if (e != ERR_OK)
        return e;
    c->item = json_object_new_array();
    for (size_t i = 0; i < l.n; i++)
        (void)json_object_array_add(
            c->item, describe_authz(c, &l.list[i], describe_uses(c, l.uses[i], l.uses_n[i])));
    return ERR_OK;
}
