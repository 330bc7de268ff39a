/* callback: third parties are told that a request of theirs has been decided: POST {request_no,
 * status, decided_at} to the address they gave, signed by the scheme
 * `OUT`. Nothing sensitive: what
 * was granted is asked for with status.
 *
 * Here is what one try is; callback_run.c says which job is tried when. A job is claimed before it
 * is sent, so that two processes do not send the same. Told at least once: a process that dies
 * after sending has its job sent again. Statements: CALLBACK_INSERT; CALLBACK_CLAIM, CALLBACK_END.
 */
#include "core/act/authorize/callback_int.h"

#include <string.h>

#include "core/base/clock.h"
#include "core/base/log.h"
#include "core/act/authorize/authorize.h"
#include "core/net/outgoing.h"
#include "core/net/peer_url.h"

enum { PAUSE_FIRST_SEC = 2, PAUSE_MOST_SEC = 300, LEASE_MORE_SEC = 5, ANSWER_MOST = 1 << 20 };

bool callback_url_is_allowed(const struct conf *conf, const char *url)
{
    for (const char *s = url; *s != '\0'; s++)
        if (*s <= 0x20 || *s >= 0x7f || *s == '#')
            return false; /* what is signed must be what is sent */
    return peer_url_is_allowed(url, conf->allow_loopback_routes != 0);
}

enum err callback_put(struct db *db, const struct call *c, const struct asked *a,
                      enum authreq_state state)
{
    if (a->row.callback == NULL)
        return ERR_OK;
    const struct auth_told told = {.request_no = a->no_text,
                                   .status = state == AUTHREQ_GRANTED ? "granted" : "refused",
                                   .decided_at = {true, c->w.now_sec}};
    const struct callback_job job = {.request_no = a->row.request_no,
                                     .app_id = a->row.app_id,
                                     .url = a->row.callback,
                                     .body = wire_text(c->w.pool, &auth_told_fields, &told),
                                     .created_at = c->w.now_sec};
    return callback_insert(db, &job);
}

/* --- one try --- */

static bool forget(void *arg, const void *data, size_t len)
{
    (void)arg;
    (void)data;
    (void)len;
    return true;
}

const char *callback_post(const struct sender *s, struct pool *p, const struct callback_job *j)
{
    struct http_answer a;
    struct outgoing o = {.rq = {.method = "POST",
                                .url = j->url,
                                .body = j->body,
                                .body_len = strlen(j->body),
                                .connect_ms = (long)s->conf->peer_connect_ms,
                                .total_ms = (long)s->conf->peer_total_ms,
                                .max_len = ANSWER_MOST,
                                .sink = forget,
                                .public_only = s->conf->allow_loopback_routes == 0},
                         .scheme = OUTGOING_OUT,
                         .key = keyring_system_key(s->kr),
                         .signer = s->conf->system,
                         .now_sec = clock_now_sec()};
    if (!callback_url_is_allowed(s->conf, j->url))
        return "address not allowed";
    if (outgoing_call(s->http, p, &o, &a) != ERR_OK)
        return pool_printf(p, "%.180s", a.failure);
    return a.status >= 200 && a.status < 300 ? NULL : pool_printf(p, "HTTP %d", a.status);
}

struct step {
    struct callback_job *job;
    int64_t until, next_at;
    enum callback_state state;
    const char *error;
    bool won;
};

static enum err claim(struct db *db, void *arg)
{
    struct step *s = arg;
    struct callback_job job = *s->job; /* untouched if this runs twice */
    enum err e = callback_claim(db, &job, s->until, &s->won);
    if (e == ERR_OK && s->won)
        *s->job = job;
    return e;
}

static enum err end(struct db *db, void *arg)
{
    const struct step *s = arg;
    return callback_end(db, s->job, s->state, s->next_at, s->error);
}

static int64_t pause_after(int64_t tries)
{
    int64_t pause = PAUSE_FIRST_SEC;
    for (int64_t i = 1; i < tries && pause < PAUSE_MOST_SEC; i++)
        pause *= 2;
    return pause < PAUSE_MOST_SEC ? pause : PAUSE_MOST_SEC;
}

static void log_try(const struct callback_job *j, const struct step *s)
{
    struct log_line l;
    log_start(&l, s->error == NULL ? LOG_INFO : LOG_WARN, "callback");
    log_int(&l, "id", j->id);
    log_int(&l, "tries", j->tries);
    log_str(&l, "msg", s->error != NULL ? s->error : "delivered");
    log_str(&l, "end", s->state == CALLBACK_GIVEN_UP ? "given up" : NULL);
    log_end(&l);
}

bool callback_begin(struct db *db, const struct conf *conf, struct callback_job *j)
{
    struct step step = {.job = j,
                        .until = clock_now_sec() + conf->peer_total_ms / 1000 + LEASE_MORE_SEC};
    return db_transact(db, claim, &step) == ERR_OK && step.won;
}

void callback_finish(struct db *db, const struct conf *conf, struct callback_job *j,
                     const char *error)
{
    struct step step = {.job = j, .error = error};
    step.next_at = clock_now_sec() + pause_after(j->tries);
    step.state = error == NULL                                               ? CALLBACK_DELIVERED
                 : step.next_at > j->created_at + conf->callback_give_up_sec ? CALLBACK_GIVEN_UP
                                                                             : CALLBACK_WAITING;
    if (db_transact(db, end, &step) != ERR_OK)
        log_msg(LOG_WARN, "callback", "how job %lld ended could not be entered", (long long)j->id);
    log_try(j, &step);
}
