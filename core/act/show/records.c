/* What the person's data was used for, and taking back what was given. */
#include <string.h>

#include "core/act/authorize/authorize.h"
#include "core/act/show/show.h"

static struct field_objects describe_uses(struct call *c, const struct show_known *known,
                                          const struct auth_list_item *item)
{
    const struct auth_use *uses = item->uses.v;
    struct show_use *v = pool_alloc(c->w.pool, (item->uses.n + 1) * sizeof *v);
    for (size_t i = 0; i < item->uses.n; i++) {
        const char *class = uses[i].class, *name = uses[i].org_name;
        v[i] = (struct show_use){
            .at = uses[i].at,
            .interface = uses[i].interface,
            .org_name = name != NULL ? name : uses[i].app_id,
            .system = uses[i].system,
            .purpose = uses[i].purpose,
            .class_name =
                class != NULL ? show_name_classes(c, known, &class, 1, FIELD_TRUE)->name : NULL,
            .error_code = uses[i].error_code};
    }
    return (struct field_objects){v, item->uses.n};
}

enum err act_show_records(struct call *c, const struct show_records_in *in,
                          struct field_objects *out)
{
    struct call as = show_call_as(c, CALL_AUTH_LIST);
    struct auth_list_in asked = {
        .since = in->since, .kind = in->kind, .limit = in->limit, .cursor = in->cursor};
    struct field_objects list = {NULL, 0};
    enum err e = show_subject(c, &asked.subject);
    if (e == ERR_OK)
        e = act_auth_list(&as, &asked, &list);
    if (e != ERR_OK)
        return e;
    c->next_cursor = as.next_cursor;
    const struct auth_list_item *items = list.v;
    const struct show_known known = show_known_classes(c);
    struct show_record *v = pool_alloc(c->w.pool, (list.n + 1) * sizeof *v);
    for (size_t i = 0; i < list.n; i++)
        v[i] = (struct show_record){
            .sqbh = items[i].sqbh,
            .code_type = items[i].code_type,
            .state = items[i].state,
            .issued_at = items[i].issued_at,
            .deadline = items[i].deadline,
            .classes = {show_name_classes(c, &known, items[i].xxlb.v, items[i].xxlb.n, FIELD_TRUE),
                        items[i].xxlb.n},
            .uses = describe_uses(c, &known, &items[i])};
    *out = (struct field_objects){v, list.n};
    return ERR_OK;
}

enum err act_show_revoke(struct call *c, const struct show_revoke_in *in,
                         struct auth_revoke_out *out)
{
    struct call as = show_call_as(c, CALL_AUTH_REVOKE);
    struct auth_revoke_in asked = {.sqbh = in->sqbh};
    enum err e = show_subject(c, &asked.subject);
    return e == ERR_OK ? act_auth_revoke(&as, &asked, out) : e;
}
