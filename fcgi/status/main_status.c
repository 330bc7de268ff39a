/* zwm-status: GET /healthz and GET /metrics. */
#include "fcgi/status/look.h"
#include "fcgi/status/status.h"

int main(int argc, char **argv)
{
    static const struct handler handlers[] = {
        {.id = CALL_HEALTH, .run = status_health, .quiet = true, .no_auth = true},
        {.id = CALL_METRICS, .run = status_metrics, .quiet = true, .no_auth = true}};
    responder_background(look_run);
    return responder_main(argc, argv, RESPONDER_STATUS, handlers,
                          sizeof handlers / sizeof handlers[0]);
}
