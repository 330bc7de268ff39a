/* zwm-show: POST /api/v1/show/…, and the calls of the show page. */
#include <string.h>

#include "core/act/show/show.h"
#include "core/act/user/user.h"
#include "fcgi/frame/frame.h"

static enum err run_session(struct call *c, void *in)
{
    struct show_session_out out;
    return answer_with(c, act_show_session(c, in, &out), &out);
}

static enum err run_end(struct call *c, void *in)
{
    struct show_end_out out;
    return answer_with(c, act_show_end(c, in, &out), &out);
}

static enum err run_enter(struct call *c, void *in)
{
    struct show_state out;
    return answer_with(c, act_show_enter(c, in, &out), &out);
}

static enum err run_state(struct call *c, void *in)
{
    struct show_state out;
    (void)in;
    return answer_with(c, act_show_state(c, &out), &out);
}

static enum err run_code(struct call *c, void *in)
{
    struct show_code_out out;
    return answer_with(c, act_show_code(c, in, &out), &out);
}

static enum err run_choose(struct call *c, void *in)
{
    struct show_state out;
    return answer_with(c, act_show_choose(c, in, &out), &out);
}

static enum err run_hide(struct call *c, void *in)
{
    (void)in;
    return act_show_hide(c);
}

static enum err run_records(struct call *c, void *in)
{
    struct field_objects out = {NULL, 0};
    return answer_with_list(c, act_show_records(c, in, &out), &out);
}

static enum err run_revoke(struct call *c, void *in)
{
    struct auth_revoke_out out;
    return answer_with(c, act_show_revoke(c, in, &out), &out);
}

static enum err run_request(struct call *c, void *in)
{
    struct show_request_out out;
    return answer_with(c, act_show_request(c, in, &out), &out);
}

static enum err run_decide(struct call *c, void *in)
{
    struct auth_decide_out out;
    return answer_with(c, act_show_decide(c, in, &out), &out);
}

static enum err run_leave(struct call *c, void *in)
{
    struct show_leave_out out;
    (void)in;
    return answer_with(c, act_show_leave(c, &out), &out);
}

static enum err run_consents(struct call *c, void *in)
{
    struct field_objects out = {NULL, 0};
    (void)in;
    return answer_with_list(c, act_show_consents(c, &out), &out);
}

static enum err run_consent_revoke(struct call *c, void *in)
{
    return act_show_consent_revoke(c, in);
}

static enum err run_correct(struct call *c, void *in)
{
    struct show_correct_out out;
    return answer_with(c, act_show_correct(c, in, &out), &out);
}

static enum err run_listen(struct call *c, void *in)
{
    const char *path = c->row->path;
    (void)in;
    return act_show_listen(c, c->rq->target + (strchr(path, '{') - path));
}

static enum err run_frame(struct call *c, void *in)
{
    (void)in;
    return act_show_frame(c);
}

int main(int argc, char **argv)
{
    static const struct handler handlers[] = {
        {.id = CALL_SHOW_SESSION, .run = run_session},
        {.id = CALL_SHOW_END, .run = run_end},
        {.id = CALL_SHOW_ENTER, .run = run_enter, .no_auth = true},
        {.id = CALL_SHOW_STATE, .run = run_state, .session = session_auth},
        {.id = CALL_SHOW_CODE, .run = run_code, .session = session_auth},
        {.id = CALL_SHOW_CHOOSE, .run = run_choose, .session = session_auth},
        {.id = CALL_SHOW_HIDE, .run = run_hide, .session = session_auth},
        {.id = CALL_SHOW_RECORDS, .run = run_records, .session = session_auth},
        {.id = CALL_SHOW_REVOKE, .run = run_revoke, .session = session_auth},
        {.id = CALL_SHOW_REQUEST, .run = run_request, .session = session_auth},
        {.id = CALL_SHOW_DECIDE, .run = run_decide, .session = session_auth},
        {.id = CALL_SHOW_LEAVE, .run = run_leave, .session = session_auth},
        {.id = CALL_SHOW_CONSENTS, .run = run_consents, .session = session_auth},
        {.id = CALL_SHOW_CONSENT_REVOKE, .run = run_consent_revoke, .session = session_auth},
        {.id = CALL_SHOW_CORRECT, .run = run_correct, .session = session_auth},
        {.id = CALL_SHOW_LISTEN, .run = run_listen, .no_auth = true},
        {.id = CALL_EMBED_FRAME, .run = run_frame, .own_auth = true}};
    responder_background(show_tell_pages);
    return responder_main(argc, argv, RESPONDER_SHOW, handlers,
                          sizeof handlers / sizeof handlers[0]);
}
