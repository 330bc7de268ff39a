/* zwm-pickup: POST /api/v1/data/pickup and GET /api/v1/data/file/HANDLE. */
#include <string.h>

#include "core/act/file.h"
#include "core/act/pickup.h"
#include "core/act/relay.h"
#include "fcgi/frame/frame.h"

static enum err run_pickup(struct call *c, void *in)
{
    struct pickup_out out;
    return answer_with(c, act_pickup(c, in, &out), &out);
}

static enum err run_file(struct call *c, void *in)
{
    const char *path = c->row->path;
    (void)in;
    return act_file(c, c->rq->target + (strchr(path, '{') - path));
}

int main(int argc, char **argv)
{
    static const struct handler handlers[] = {
        {.id = CALL_PICKUP, .run = run_pickup, .pass_on = relay_pass},
        {.id = CALL_FILE, .run = run_file, .pass_on = relay_pass, .no_auth = true}};
    return responder_main(argc, argv, RESPONDER_PICKUP, handlers,
                          sizeof handlers / sizeof handlers[0]);
}
