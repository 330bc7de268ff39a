#include "core/act/subject.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/clock.h"
#include "core/base/jsontext.h"
#include "core/code/idno.h"

/* YYYYMMDD */
static long today(int64_t now_sec)
{
    char stamp[CLOCK_STAMP_LEN + 1];
    clock_cst_stamp(now_sec, stamp);
    return (long)(strtoll(stamp, NULL, 10) / 1000000);
}

enum err subject_check(struct call *c, const struct subject *s, const struct code_type_row *row)
{
    bool enterprise = strcmp(s->type, "enterprise") == 0;
    long day = today(c->w.now_sec);
    const char *other = enterprise ? IDNO_TYPE_RESIDENT : IDNO_TYPE_USCC;
    if (row->enterprise_only && !enterprise)
        return call_fault(c, ERR_FIELD_INVALID, "subject.type");
    if (strcmp(s->id_type, other) == 0)
        return call_fault(c, ERR_FIELD_INVALID, "subject.id_type");
    if (!idno_is_valid(s->id_type, s->id_no, day))
        return call_fault(c, ERR_FIELD_INVALID, "subject.id_no");
    if (row->enterprise_only && s->agent == NULL)
        return call_fault(c, ERR_FIELD_MISSING, "subject.agent");
    if (s->agent != NULL && !enterprise)
        return call_fault(c, ERR_FIELD_INVALID, "subject.agent");
    if (s->agent != NULL && !idno_is_valid(s->agent->id_type, s->agent->id_no, day))
        return call_fault(c, ERR_FIELD_INVALID, "subject.agent.id_no");
    if (s->assurance.v < row->assurance_least)
        return call_fault(c, ERR_FIELD_INVALID, "subject.assurance");
    return ERR_OK;
}

const char *subject_text(const struct call *c, const struct subject *s)
{
    return wire_text(c->w.pool, &subject_fields, s);
}
