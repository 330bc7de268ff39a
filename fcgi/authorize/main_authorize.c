/* zwm-authorize: POST /api/v1/authorization/…, and in the background the callbacks to third
 * parties. */
#include "core/act/authorize/authorize.h"
#include "core/act/relay.h"
#include "fcgi/frame/frame.h"

static enum err run_request(struct call *c, void *in)
{
    struct auth_request_out out;
    return answer_with(c, act_auth_request(c, in, &out), &out);
}

static enum err run_detail(struct call *c, void *in)
{
    struct auth_detail_out out;
    return answer_with(c, act_auth_detail(c, in, &out), &out);
}

static enum err run_decide(struct call *c, void *in)
{
    struct auth_decide_out out;
    return answer_with(c, act_auth_decide(c, in, &out), &out);
}

static enum err run_status(struct call *c, void *in)
{
    struct auth_grant out;
    enum err e = act_auth_status(c, in, &out);
    return c->in_progress ? e : answer_with(c, e, &out);
}

static enum err run_revoke(struct call *c, void *in)
{
    struct auth_revoke_out out;
    return answer_with(c, act_auth_revoke(c, in, &out), &out);
}

static enum err run_list(struct call *c, void *in)
{
    struct field_objects out = {NULL, 0};
    return answer_with_list(c, act_auth_list(c, in, &out), &out);
}

int main(int argc, char **argv)
{
    static const struct handler handlers[] = {
        {.id = CALL_AUTH_REQUEST, .run = run_request},
        {.id = CALL_AUTH_DETAIL, .run = run_detail, .pass_on = relay_pass},
        {.id = CALL_AUTH_DECIDE, .run = run_decide, .pass_on = relay_pass},
        {.id = CALL_AUTH_STATUS, .run = run_status},
        {.id = CALL_AUTH_REVOKE, .run = run_revoke},
        {.id = CALL_AUTH_LIST, .run = run_list}};
    responder_background(callback_run);
    return responder_main(argc, argv, RESPONDER_AUTHORIZE, handlers,
                          sizeof handlers / sizeof handlers[0]);
}
