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
#include "fcgi/responder.h"

_Static_assert(CALL_MAX <= (int)SHARED_IFACES, "a counter for each call");

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

static enum err run_health(struct call *c)
{
    struct db_rows rows;
    struct buf b;
    buf_init(&b, c->pool);
    if (db_query(c->db, c->pool, STMT_SCHEMA_VERSION, NULL, &rows) != ERR_OK)
        buf_puts(&b, "\"database\"");
    for (int r = 0; r < RESPONDER_MAX; r++) {
        const char *name = responder_row((enum responder_id)r)->name;
        if (r != RESPONDER_STATUS &&
            !socket_accepts(pool_printf(c->pool, "%s/%s.sock", c->conf->run_dir, name)))
            buf_printf(&b, "%s\"%s\"", b.len > 0 ? "," : "", name);
    }
    char *text = b.len == 0
                     ? pool_strdup(c->pool, "{\"status\":\"ok\"}\n")
                     : pool_printf(c->pool, "{\"status\":\"failing\",\"failing\":[%s]}\n", b.data);
    call_write_text(c, b.len == 0 ? 200 : 503, "application/json", text, strlen(text));
    return ERR_OK;
}

static enum err run_metrics(struct call *c)
{
    const char *names[SHARED_IFACES] = {NULL};
    struct buf b;
    for (int i = 1; i < CALL_MAX; i++)
        names[i] = call_row((enum call_id)i)->name;
    buf_init(&b, c->pool);
    shared_write_metrics(c->shared, names, &b);
    call_write_text(c, 200, "text/plain; version=0.0.4", b.data, b.len);
    return ERR_OK;
}

int main(int argc, char **argv)
{
    static const struct handler handlers[] = {
        {.id = CALL_HEALTH, .raw = run_health, .no_auth = true},
        {.id = CALL_METRICS, .raw = run_metrics, .no_auth = true}};
    return responder_main(argc, argv, "zwm-status", DB_STATUS, handlers,
                          sizeof handlers / sizeof handlers[0]);
}
