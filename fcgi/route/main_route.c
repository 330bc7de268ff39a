/* zwm-route: POST /api/v1/route/register and /api/v1/route/query, GET /api/v1/route/list, and in
 * the background the trust list. */
#include "core/act/registry/route.h"
#include "core/act/relay.h"
#include "core/store/route.h"
#include "fcgi/frame/frame.h"

static enum err run_register(struct call *c, void *in)
{
    struct route_register_out out;
    return answer_with(c, act_route_register(c, in, &out), &out);
}

static enum err run_query(struct call *c, void *in)
{
    struct route_query_out out;
    return answer_with(c, act_route_query(c, in, &out), &out);
}

/* The list as published. Statement: TRUST_LATEST. */
static enum err run_list(struct call *c, void *in)
{
    struct trust_row row;
    (void)in;
    enum err e = trust_row_latest(c->w.db, c->w.pool, 0, &row);
    if (e != ERR_OK)
        return e == ERR_ABSENT ? ERR_NO_ROUTE : e;
    return answer_with_text(c, 200, "application/json", row.body, row.body_len);
}

int main(int argc, char **argv)
{
    static const struct handler handlers[] = {
        {.id = CALL_ROUTE_REGISTER, .run = run_register, .own_auth = true},
        {.id = CALL_ROUTE_QUERY, .run = run_query, .pass_on = relay_pass},
        {.id = CALL_ROUTE_LIST, .run = run_list, .own_auth = true}};
    responder_background(route_keep_list);
    return responder_main(argc, argv, RESPONDER_ROUTE, handlers,
                          sizeof handlers / sizeof handlers[0]);
}
