#include "fcgi/auth.h"

#include <string.h>
#include <unistd.h>

#include "core/base/clock.h"
#include "core/net/peer_relay.h"
#include "fcgi/call_work.h"

/* A failed authentication is answered no sooner than this after it was begun: above what a
 * signature check takes with and without tables, so that time does not tell whether the app exists.
 */
enum { FAIL_LEAST_US = 4000 };

static struct sm2_key *decoy; /* stands in for the key of an app that is unknown or has none */

bool auth_init(void)
{
    decoy = sm2_key_generate();
    if (decoy == NULL)
        return false;
    sm2_key_prepare(decoy);
    return true;
}

/* A code system that is no app here is known by the trust list (interface 2.1). Lives in the call's
 * pool; its keys are the list's, which the call holds. */
static const struct app *from_trust(const struct call *c, const struct trust_system **system_r)
{
    const struct trust_system *s = c->trust != NULL ? trust_find(c->trust, c->sig.app_id) : NULL;
    if (s == NULL)
        return NULL;
    struct app *a = pool_alloc(c->pool, sizeof *a);
    (void)snprintf(a->app_id, sizeof a->app_id, "%s", s->system);
    a->kind = APP_SYSTEM;
    a->status = APP_ACTIVE; /* a suspended system is told so by its own error */
    a->name = pool_strdup(c->pool, s->name);
    a->uscc = pool_strdup(c->pool, s->system);
    a->key = s->key;
    *system_r = s;
    return a;
}

static bool signature_is_right(const struct call *c, const struct app *app,
                               const struct trust_system *system)
{
    const struct sm2_key *key = app != NULL && app->key != NULL ? app->key : decoy;
    size_t len = strlen(c->signing_string);
    bool ok = system != NULL
                  ? trust_key_holds(system, c->now_sec, c->signing_string, len, c->sig.sig)
                  : sm2_verify(key, c->signing_string, len, c->sig.sig);
    return ok && c->sig.sig_shaped && key != decoy;
}

static enum err authenticate(struct call *c, const struct app *app,
                             const struct trust_system *system, const char *address)
{
    if (c->sig.scheme == CALLSIG_SM2)
        return signature_is_right(c, app, system) ? ERR_OK : ERR_NOT_AUTHENTICATED;
    if (app == NULL || app->allow_list == NULL)
        return ERR_NOT_AUTHENTICATED;
    return app_address_listed(app->allow_list, address) ? ERR_OK : ERR_ADDRESS;
}

static enum err admit(struct call *c, const struct app *app)
{
    int64_t rate = app->rate_per_sec > 0 ? app->rate_per_sec : c->conf->app_rate_per_sec;
    if (app->status != APP_ACTIVE)
        return ERR_APP_SUSPENDED;
    if (!shared_rate_take(c->shared, app->app_id, rate))
        return ERR_RATE;
    return c->row->callers & 1U << app->kind ? ERR_OK : ERR_NOT_GRANTED;
}

/* What holds for code systems only: suspended ones, and the way the call took. */
static enum err admit_system(const struct call *c, const struct trust_system *system)
{
    if (system != NULL && c->now_sec > c->trust->expires_at)
        return ERR_TRUST_EXPIRED;
    if (system != NULL && !system->active)
        return ERR_SYSTEM_SUSPENDED;
    return peer_check_via(call_work(c), c->via, c->relay, c->signing_string);
}

static enum err refuse_slowly(int64_t began_us)
{
    int64_t spent = clock_mono_us() - began_us;
    if (spent < FAIL_LEAST_US)
        (void)usleep((useconds_t)(FAIL_LEAST_US - spent));
    return ERR_NOT_AUTHENTICATED;
}

enum err auth_call(struct call *c, struct app_cache *apps, const char *header, const char *address)
{
    int64_t began_us = clock_mono_us();
    const struct trust_system *system = NULL;
    struct buf b;
    enum err e = callsig_parse(header, &c->sig);
    if (e != ERR_OK)
        return e;
    buf_init(&b, c->pool);
    callsig_string(&b, c->method, c->target, c->sig.timestamp, c->sig.nonce, c->body, c->body_len);
    c->signing_string = b.data;
    sm3(c->body, c->body_len, c->body_sm3);
    int64_t off = c->now_sec - c->sig.timestamp_sec;
    if (off > c->conf->call_window_sec || off < -c->conf->call_window_sec)
        return ERR_CLOCK;
    e = app_get(apps, c->db, c->sig.app_id, &c->registered);
    if (e != ERR_OK && e != ERR_ABSENT)
        return e;
    if (c->trust == NULL) /* the list may have come with the apps, at the first call of a process */
        c->trust = call_trust();
    const struct app *app = e == ERR_OK ? c->registered : from_trust(c, &system);
    e = authenticate(c, app, system, address);
    if (e == ERR_NOT_AUTHENTICATED)
        return refuse_slowly(began_us);
    if (c->registered != NULL)
        app_count_use(c->registered);
    c->app = app; /* also for the log of a refusal */
    c->receipt = c->receipt || app->kind == APP_SYSTEM;
    if (e == ERR_OK)
        e = admit(c, app);
    return e == ERR_OK && app->kind == APP_SYSTEM ? admit_system(c, system) : e;
}
