/* status: GET /healthz and GET /metrics, on the local status port only (nginx sees to that). No
 * authentication.
 *
 * /healthz: 200 and {"status":"ok"} while the database answers and the socket of every other
 * responder accepts; else 503, naming what does not. /metrics: Prometheus text; counts by interface
 * and error code, never an identifier. Statements: SCHEMA_VERSION. */
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "core/base/responders.h"
#include "core/store/schema.h"
#include "fcgi/frame/frame.h"

static bool socket_accepts(const char *path)
{
    struct sockaddr_un a = {.sun_family = AF_UNIX};
    if (strlen(path) >= sizeof a.sun_path)
        return false;
    memcpy(a.sun_path, path, strlen(path));
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    bool ok = fd >= 0 && connect(fd, (const struct sockaddr *)&a, sizeof a) == 0;
    if (fd >= 0)
        (void)close(fd);
    return ok;
}

static enum err run_health(struct call *c, void *in)
{
    int version;
    struct buf b;
    (void)in;
    buf_init(&b, c->w.pool);
    if (schema_version(c->w.db, &version) != ERR_OK)
        buf_puts(&b, "\"database\"");
    for (int r = 0; r < RESPONDER_MAX; r++) {
        const char *name = responder_row((enum responder_id)r)->name;
        if (r != RESPONDER_STATUS && responder_wanted((enum responder_id)r, c->w.conf) &&
            !socket_accepts(pool_printf(c->w.pool, "%s/%s.sock", c->w.conf->run_dir, name)))
            buf_printf(&b, "%s\"%s\"", b.len > 0 ? "," : "", name);
    }
    char *text =
        b.len == 0 ? pool_strdup(c->w.pool, "{\"status\":\"ok\"}\n")
                   : pool_printf(c->w.pool, "{\"status\":\"failing\",\"failing\":[%s]}\n", b.data);
    return answer_with_text(c, b.len == 0 ? 200 : 503, "application/json", text, strlen(text));
}

static enum err run_metrics(struct call *c, void *in)
{
    const char *names[SHARED_IFACES] = {NULL};
    struct buf b;
    (void)in;
    for (int i = 1; i < CALL_MAX; i++)
        names[i] = call_row((enum call_id)i)->name;
    buf_init(&b, c->w.pool);
    shared_write_metrics(responder_shared(), names, &b);
    return answer_with_text(c, 200, "text/plain; version=0.0.4", b.data, b.len);
}

int main(int argc, char **argv)
{
    static const struct handler handlers[] = {
        {.id = CALL_HEALTH, .run = run_health, .no_auth = true},
        {.id = CALL_METRICS, .run = run_metrics, .no_auth = true}};
    return responder_main(argc, argv, RESPONDER_STATUS, handlers,
                          sizeof handlers / sizeof handlers[0]);
}
