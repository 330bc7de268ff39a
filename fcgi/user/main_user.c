/* zwm-user: the login at our own address, user tickets and who their holders are. */
#include "core/act/user/user.h"
#include "fcgi/frame/frame.h"

static enum err run_who(struct call *c, void *in)
{
    struct login_who_out out;
    return answer_with(c, act_login_who(c, in, &out), &out);
}

static enum err run_sample(struct call *c, void *in)
{
    struct login_sample_out out;
    return answer_with(c, act_login_sample(c, in, &out), &out);
}

int main(int argc, char **argv)
{
    static const struct handler handlers[] = {
        {.id = CALL_LOGIN_WHO, .run = run_who, .session = session_if_any},
        {.id = CALL_LOGIN_SAMPLE, .run = run_sample, .session = session_if_any}};
    return responder_main(argc, argv, RESPONDER_USER, handlers,
                          sizeof handlers / sizeof handlers[0]);
}
