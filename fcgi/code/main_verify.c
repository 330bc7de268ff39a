/* zwm-verify: POST /api/v1/code/verify and /api/v1/code/outcome. */
#include "core/act/outcome.h"
#include "core/act/relay.h"
#include "core/act/verify.h"
#include "fcgi/frame/frame.h"

static enum err run_verify(struct call *c, void *in)
{
    struct verify_out out;
    return answer_with(c, act_verify(c, in, &out), &out);
}

static enum err run_outcome(struct call *c, void *in)
{
    struct verify_out out;
    return answer_with(c, act_outcome(c, in, &out), &out);
}

int main(int argc, char **argv)
{
    static const struct handler handlers[] = {
        {.id = CALL_VERIFY, .run = run_verify, .pass_on = relay_pass},
        {.id = CALL_OUTCOME, .run = run_outcome, .pass_on = relay_pass}};
    return responder_main(argc, argv, RESPONDER_VERIFY, handlers,
                          sizeof handlers / sizeof handlers[0]);
}
