/* For whom a page asks, and as which interface. */
#include "core/act/show/show.h"

enum err show_subject(struct call *c, struct subject **s_r)
{
    const struct session *s = c->session;
    struct json_object *o = json_parse(c->w.pool, s->acting != NULL ? s->acting : s->subject);
    *s_r = pool_alloc(c->w.pool, sizeof **s_r);
    return wire_decode_object(c->w.pool, o, &subject_fields, *s_r, NULL) == ERR_OK ? ERR_OK
                                                                                   : ERR_STORAGE;
}

struct call show_call_as(const struct call *c, enum call_id id)
{
    struct call as = *c;
    as.row = call_row(id);
    as.item = NULL;
    return as;
}
