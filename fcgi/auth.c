#include "fcgi/auth.h"

#include <string.h>
#include <unistd.h>

#include "core/base/clock.h"

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

static bool signature_is_right(const struct call *c, const struct app *app)
{
    const struct sm2_key *key = app != NULL && app->key != NULL ? app->key : decoy;
    bool ok = sm2_verify(key, c->signing_string, strlen(c->signing_string), c->sig.sig);
    return ok && c->sig.sig_shaped && key != decoy;
}

static enum err authenticate(struct call *c, const struct app *app, const char *address)
{
    if (c->sig.scheme == CALLSIG_SM2)
        return signature_is_right(c, app) ? ERR_OK : ERR_NOT_AUTHENTICATED;
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

enum err auth_call(struct call *c, struct app_cache *apps, const char *header, const char *address)
{
    int64_t began_us = clock_mono_us();
    const struct app *app = NULL;
    struct buf b;
    enum err e = callsig_parse(header, &c->sig);
    if (e != ERR_OK)
        return e;
    buf_init(&b, c->pool);
    callsig_string(&b, c->method, c->target, c->sig.timestamp, c->sig.nonce, c->body, c->body_len);
    c->signing_string = b.data;
    int64_t off = c->now_sec - c->sig.timestamp_sec;
    if (off > c->conf->call_window_sec || off < -c->conf->call_window_sec)
        return ERR_CLOCK;
    e = app_get(apps, c->db, c->sig.app_id, &app);
    if (e != ERR_OK && e != ERR_NONE)
        return e;
    e = authenticate(c, app, address);
    if (e == ERR_NOT_AUTHENTICATED) {
        app_put(app);
        int64_t spent = clock_mono_us() - began_us;
        if (spent < FAIL_LEAST_US)
            (void)usleep((useconds_t)(FAIL_LEAST_US - spent));
        return e;
    }
    c->app = app; /* also for the log of a refusal */
    c->receipt = c->receipt || app->kind == APP_SYSTEM;
    return e == ERR_OK ? admit(c, app) : e;
}
