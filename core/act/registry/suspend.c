/* What an administrator does to a route that stands: suspend, resume, withdraw. */
#include "core/act/registry/registry_int.h"

struct acting {
    struct registry *r;
    const char *system;
    enum registry_act act;
};

static enum err act_on(struct db *db, void *arg)
{
    static const struct {
        const char *action;
        enum route_status from, to;
    } acts[] = {[REGISTRY_SUSPEND] = {"route.suspend", ROUTE_ACTIVE, ROUTE_SUSPENDED},
                [REGISTRY_RESUME] = {"route.resume", ROUTE_SUSPENDED, ROUTE_ACTIVE},
                [REGISTRY_WITHDRAW] = {"route.withdraw", ROUTE_ACTIVE, ROUTE_WITHDRAWN}};
    const struct acting *v = arg;
    struct registry *r = v->r;
    struct route route;
    int64_t version = 0;
    enum err e = change_next(db);
    if (e == ERR_OK)
        e = route_find(db, r->w->pool, v->system, &route);
    if (e == ERR_OK && route.status != acts[v->act].from &&
        (v->act != REGISTRY_WITHDRAW || route.status == ROUTE_WITHDRAWN))
        e = ERR_ABSENT;
    if (e == ERR_OK)
        e = route_set_status(db, v->system, acts[v->act].to, r->w->now_sec);
    if (e == ERR_OK)
        e = registry_publish_within(r, db, &version);
    if (e == ERR_OK)
        e = registry_audit(r, db, acts[v->act].action, v->system, NULL, version);
    return e;
}

enum err registry_act(struct registry *r, const char *system, enum registry_act act)
{
    struct acting v = {r, system, act};
    return db_transact(r->w->db, act_on, &v);
}
