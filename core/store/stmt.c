#include "core/store/stmt.h"

#include <assert.h>
#include <string.h>

#include "core/base/buf.h"
#include "core/base/log.h"
#include "core/store/app.h"
#include "core/store/audit.h"
#include "core/store/authreq.h"
#include "core/store/authz.h"
#include "core/store/callback.h"
#include "core/store/callrec.h"
#include "core/store/columns.h"
#include "core/store/pickup.h"
#include "core/store/route.h"
#include "core/store/service.h"
#include "core/store/session.h"

static const struct stmt_row rows[] = {
#define STMT(name, roles, params, columns, sql) {#name, roles, params, &(columns), sql},
#include "core/store/stmt.def"
#undef STMT
};

_Static_assert(sizeof rows / sizeof rows[0] == STMT_MAX, "one row a statement");

const struct stmt_row *stmt_row(enum stmt s)
{
    assert((int)s >= 0 && s < STMT_MAX);
    return &rows[s];
}

/* The enumerators that statements name. */
static const struct enumerator {
    const char *name;
    int value;
} enumerators[] = {
#define NAMED(e) #e, e
    {NAMED(APPLICATION_PENDING)}, {NAMED(APP_ACTIVE)},         {NAMED(AUDIT_PAGE)},
    {NAMED(AUTHREQ_OPEN)},        {NAMED(AUTHZ_ACTIVE)},       {NAMED(AUTHZ_REPLACED)},
    {NAMED(AUTHZ_REVOKED)},       {NAMED(CALLBACK_DELIVERED)}, {NAMED(CALLBACK_DUE_MOST)},
    {NAMED(CALLBACK_HOSTS_MOST)}, {NAMED(CALLBACK_LIST_MOST)}, {NAMED(CALLBACK_WAITING)},
    {NAMED(CALL_AUTH_DECIDE)},    {NAMED(CALL_AUTH_REVOKE)},   {NAMED(CALL_PICKUP)},
    {NAMED(CALL_VERIFY)},         {NAMED(CALL_VOID)},          {NAMED(DB_PRUNE_STEP)},
    {NAMED(PICKUP_BEGUN)},        {NAMED(PICKUP_FAILED)},      {NAMED(SERVICE_ACTIVE)},
    {NAMED(SESSION_ENDED)},       {NAMED(SESSION_OPEN)},       {NAMED(SESSION_USED_MOST)},
    {NAMED(APP_THIRD_PARTY)},     {NAMED(APP_CHANNEL)},
#undef NAMED
};

static const struct enumerator *find_enumerator(const char *name, size_t len)
{
    for (size_t i = 0; i < sizeof enumerators / sizeof enumerators[0]; i++)
        if (strlen(enumerators[i].name) == len && strncmp(enumerators[i].name, name, len) == 0)
            return &enumerators[i];
    return NULL;
}

const char *stmt_text(enum stmt s, struct pool *p)
{
    struct buf b;
    buf_init(&b, p);
    for (const char *at = stmt_row(s)->sql; *at != '\0';) {
        size_t plain = strcspn(at, "{");
        buf_put(&b, at, plain);
        at += plain;
        if (*at == '\0')
            break;
        size_t len = strcspn(at + 1, "}");
        const struct enumerator *e = find_enumerator(at + 1, len);
        if (e == NULL || at[1 + len] != '}') {
            log_msg(LOG_ERROR, "storage", "statement %s: no enumerator %.*s", stmt_row(s)->name,
                    (int)len, at + 1);
            return NULL;
        }
        buf_printf(&b, "%d", e->value);
        at += len + 2;
    }
    return b.data;
}
