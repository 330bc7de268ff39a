/* list: the subject sees who was given what, every use and every refused try (R1.9).
 *
 * Statements: those of a page, CALL_INSERT. */
#include <string.h>

#include "core/act/authorize/list_int.h"
#include "core/act/subject.h"
#include "core/base/text.h"
#include "core/code/record.h"

struct listing {
    struct call *c;
    struct list_question q;
    struct list_place from;
    size_t most;
    struct list_page page;
};

static enum err read_list(struct db *db, void *arg)
{
    struct listing *l = arg;
    const struct call *c = l->c;
    enum err e = list_page_read(db, c, &l->q, &l->from, l->most, &l->page);
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
    struct listing l = {.c = c,
                        .q = {.kind = in->kind != NULL ? in->kind : "all", .since = in->since.v},
                        .from = list_place_start(),
                        .most = in->limit.set ? (size_t)in->limit.v : AUTH_LIST_USUAL};
    enum err e = subject_check(c, in->subject, code_type_row(CODE_ZWM1));
    if (e != ERR_OK)
        return e;
    authz_subject_index(c->w.kr, in->subject->id_type, in->subject->id_no, l.q.subject_index);
    if (in->cursor != NULL)
        e = list_cursor_read(c, &l.q, in->cursor, &l.from);
    if (e == ERR_OK)
        e = db_transact(c->w.db, read_list, &l);
    if (e != ERR_OK)
        return e;
    const struct list_page *page = &l.page;
    struct auth_list_item *items = pool_alloc(c->w.pool, (page->n + 1) * sizeof *items);
    for (size_t i = 0; i < page->n; i++) {
        const struct list_entry *at = &page->entries[i];
        items[i] = describe_authz(c, &at->authz, describe_uses(c, at->uses, at->uses_n));
    }
    c->next_cursor = page->more ? list_cursor_write(c, &l.q, &page->ended) : NULL;
    *out = (struct field_objects){items, page->n};
    return ERR_OK;
}
