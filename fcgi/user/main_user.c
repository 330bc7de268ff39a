/* zwm-user: the login at our own address, user tickets and who their holders are. */
#include <string.h>

#include "core/act/user/oidc.h"
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

static const char *query_of(const struct call *c)
{
    const char *mark = strchr(c->rq->target, '?');
    return mark != NULL ? mark + 1 : "";
}

static enum err run_start(struct call *c, void *in)
{
    (void)in;
    return act_login_start(c, query_of(c));
}

static enum err run_back(struct call *c, void *in)
{
    (void)in;
    return act_login_back(c, query_of(c));
}

static enum err run_backchannel(struct call *c, void *in)
{
    (void)in;
    return act_login_backchannel(c, c->rq->body);
}

static enum err run_ticket(struct call *c, void *in)
{
    struct user_ticket_out out;
    return answer_with(c, act_user_ticket(c, in, &out), &out);
}

static enum err run_consent(struct call *c, void *in)
{
    struct user_ticket_out out;
    return answer_with(c, act_user_consent(c, in, &out), &out);
}

static enum err run_page(struct call *c, void *in)
{
    struct user_ticket_out out;
    (void)in;
    return answer_with(c, act_user_page(c, c->rq->body, &out), &out);
}

static enum err run_info(struct call *c, void *in)
{
    struct user_info_out out;
    return answer_with(c, act_user_info(c, in, &out), &out);
}

int main(int argc, char **argv)
{
    static const struct handler handlers[] = {
        {.id = CALL_LOGIN_WHO, .run = run_who, .session = session_if_any},
        {.id = CALL_LOGIN_SAMPLE, .run = run_sample, .session = session_if_any},
        {.id = CALL_LOGIN_START, .run = run_start, .own_auth = true},
        {.id = CALL_LOGIN_BACK, .run = run_back, .own_auth = true},
        {.id = CALL_LOGIN_BACKCHANNEL, .run = run_backchannel, .own_auth = true},
        {.id = CALL_USER_TICKET, .run = run_ticket, .session = session_auth},
        {.id = CALL_USER_CONSENT, .run = run_consent, .session = session_auth},
        {.id = CALL_USER_PAGE, .run = run_page, .own_auth = true},
        {.id = CALL_USER_INFO, .run = run_info}};
    return responder_main(argc, argv, RESPONDER_USER, handlers,
                          sizeof handlers / sizeof handlers[0]);
}
