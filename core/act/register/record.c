/* What the acts of registration have in common: refusals, the record, the rule for names. */
#include <stdarg.h>
#include <string.h>

#include "core/act/register/register_int.h"
#include "core/base/text.h"
#include "core/store/audit.h"
#include "core/wire/field.h"

enum { NAME_MAX_CP = 128 };

enum err register_refuse(const struct work *w, struct refusal *r, const char *field,
                         const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    *r = (struct refusal){field, pool_vprintf(w->pool, fmt, ap)};
    va_end(ap);
    return ERR_FIELD_INVALID;
}

enum err register_check_name(const struct work *w, const char *name, struct refusal *r)
{
    if (!utf8_is_valid(name, strlen(name)) || utf8_length(name) > NAME_MAX_CP ||
        !field_is_printable(name))
        return register_refuse(w, r, "name", "a name is 1 to %d characters", NAME_MAX_CP);
    if (!text_is_shown(name, ""))
        return register_refuse(w, r, "name",
                               "a name holds no control, direction, zero-width or private-use "
                               "characters");
    return ERR_OK;
}

/* Members of `o` that `other` has otherwise; with `other` NULL those that are anything. */
static struct json_object *differing(struct json_object *o, struct json_object *other)
{
    struct json_object *d = json_object_new_object();
    struct json_object_iterator it = json_object_iter_begin(o), end = json_object_iter_end(o);
    for (; !json_object_iter_equal(&it, &end); json_object_iter_next(&it)) {
        const char *name = json_object_iter_peek_name(&it);
        struct json_object *v = json_object_iter_peek_value(&it), *was = NULL;
        if (other == NULL
                ? v != NULL
                : !json_object_object_get_ex(other, name, &was) || json_object_equal(v, was) == 0)
            (void)json_object_object_add(d, name, json_object_get(v));
    }
    return d;
}

enum err register_record(const struct work *w, struct db *db, const char *action,
                         const char *id_name, const char *id, struct json_object *before,
                         struct json_object *after)
{
    struct json_object *o = json_own(w->pool, json_object_new_object());
    (void)json_object_object_add(o, id_name, json_object_new_string(id));
    if (before != NULL)
        (void)json_object_object_add(o, "before", differing(before, after));
    if (after != NULL)
        (void)json_object_object_add(o, "after", differing(after, before));
    return audit_append(db, w->kr, w->pool, w->now_sec, action, json_to_text(w->pool, o));
}
