/* zwm-issue: POST /api/v1/code/issue. */
#include "core/act/issue.h"
#include "fcgi/frame/frame.h"

static enum err run_issue(struct call *c, void *in)
{
    struct issue_out out;
    return answer_with(c, act_issue(c, in, &out), &out);
}

int main(int argc, char **argv)
{
    static const struct handler handlers[] = {{.id = CALL_ISSUE, .run = run_issue}};
    return responder_main(argc, argv, RESPONDER_ISSUE, handlers,
                          sizeof handlers / sizeof handlers[0]);
}
