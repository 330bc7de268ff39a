/* list: the subject sees who was given what, every use and every refused try (R1.9).
 *
 * Statements: AUTHZ_LIST, CALL_USES, CALL_INSERT. */
#include <string.h>

#include "core/act/authorize/authorize.h"
#include "core/act/subject.h"
#include "core/base/clock.h"
#include "core/base/text.h"
#include "core/code/record.h"

/* Uses answered in one list; the authorizations behind are left to be asked for when the newer ones
 * have gone. */
enum { USES_MOST = 5000 };

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
    enum err e = authz_list(db, c->w.kr, c->w.pool, l->subject_index, &l->list, &l->n);
    if (e != ERR_OK)
        return e;
    l->uses = pool_alloc(c->w.pool, (l->n + 1) * sizeof *l->uses);
    l->uses_n = pool_alloc(c->w.pool, (l->n + 1) * sizeof *l->uses_n);
    for (; e == ERR_OK && i < l->n && total < USES_MOST; i++) {
        /* The calls' own clocks may lie a little behind ours. */
        int32_t from = clock_day(l->list[i].issued_at - c->w.conf->call_window_sec);
        e = callrec_uses(db, c->w.kr, c->w.pool, l->list[i].sqbh, from, &l->uses[i], &l->uses_n[i]);
        total += l->uses_n[i];
    }
    l->n = i;
    if (e != ERR_OK)
        return e;
    struct callrec rec = call_record_of(c, ERR_OK);
    return call_enter(db, c, &rec);
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

/* Who, when, what for: of the detail kept, neither the scanner nor the device. A call that a code
 * system passed on is shown as its requester's. */
static struct auth_use describe(const struct call *c, const struct callrec_use *u,
                                const struct json_object *detail)
{
    const struct json_object *who = json_get(detail, "requester");
    bool named = json_get_text(who, "app_id", NULL) != NULL;
    return (struct auth_use){.at = {true, u->at_ms / 1000},
                             .interface = interface_of(u->call),
                             .app_id = named ? json_get_text(who, "app_id", NULL) : u->app_id,
                             .org_name = named ? json_get_text(who, "org_name", NULL) : u->app_name,
                             .system =
                                 named ? json_get_text(who, "system", NULL) : c->w.conf->system,
                             .purpose = json_get_text(detail, "purpose", NULL),
                             .class = json_get_text(detail, "class", NULL),
                             .error_code = err_row(u->error)->code};
}

static struct field_objects describe_uses(const struct call *c, const struct callrec_use *uses,
                                          size_t n)
{
    struct auth_use *v = pool_alloc(c->w.pool, (n + 1) * sizeof *v);
    for (size_t i = 0; i < n; i++) {
        const char *detail = uses[i].detail;
        v[i] = describe(c, &uses[i], detail != NULL ? json_parse(c->w.pool, detail) : NULL);
    }
    return (struct field_objects){v, n};
}

static struct auth_list_item describe_authz(const struct call *c, const struct authz *a,
                                            struct field_objects uses)
{
    struct pool *p = c->w.pool;
    const struct json_object *record = json_parse(p, a->record);
    char *sqbh = pool_alloc(p, SQBH_TEXT_LEN + 1);
    size_t n;
    const char **classes = json_get_strings(p, record, "xxlb", &n);
    hex_encode(a->sqbh, SQBH_LEN, sqbh);
    return (struct auth_list_item){.sqbh = sqbh,
                                   .code_type = authz_type_name((int)a->type),
                                   .state = state_of(a, c->w.now_sec),
                                   .issued_at = {true, a->issued_at},
                                   .deadline = {true, a->deadline},
                                   .xxlb = {classes, n},
                                   .czqx = json_get_text(record, "czqx", "1"),
                                   .uses = uses};
}

enum err act_auth_list(struct call *c, const struct auth_list_in *in, struct field_objects *out)
{
    struct listing l = {.c = c};
    enum err e = subject_check(c, in->subject, code_type_row(CODE_ZWM1));
    if (e != ERR_OK)
        return e;
    authz_subject_index(c->w.kr, in->subject->id_type, in->subject->id_no, l.subject_index);
    e = db_transact(c->w.db, read_list, &l);
    if (e != ERR_OK)
        return e;
    struct auth_list_item *items = pool_alloc(c->w.pool, (l.n + 1) * sizeof *items);
    for (size_t i = 0; i < l.n; i++)
        items[i] = describe_authz(c, &l.list[i], describe_uses(c, l.uses[i], l.uses_n[i]));
    *out = (struct field_objects){items, l.n};
    return ERR_OK;
}
