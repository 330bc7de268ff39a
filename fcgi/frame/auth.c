#include "fcgi/frame/served.h"

#include <string.h>

#include "core/base/clock.h"

#include "core/net/peer_relay.h"

/* They stand in for the key of an app that is unknown or has none, so that the time of a refusal
 * does not tell whether the app exists. Keys of apps that call often are prepared and take less
 * time, so an unknown app gets one or the other: always the same one, by its name. */
static struct sm2_key *decoys[2];

bool auth_init(void)
{
    for (int i = 0; i < 2; i++) {
        decoys[i] = sm2_key_generate();
        if (decoys[i] == NULL)
            return false;
    }
    sm2_key_prepare(decoys[1]);
    return true;
}

static const struct sm2_key *decoy_for(const struct call *c)
{
    uint8_t index[SM3_LEN];
    const struct sm3_part name = {c->sig.app_id, strlen(c->sig.app_id)};
    keyring_index(c->w.kr, "auth.decoy", &name, 1, index);
    return decoys[index[0] & 1];
}

/* A code system that is no app here is known by the trust list (interface 2.1). Lives in the call's
 * pool; its keys are the list's, which the call holds. */
static const struct app *from_trust(const struct call *c, const struct trust_system **system_r)
{
    const struct trust_system *s =
        c->w.trust != NULL ? trust_find(c->w.trust, c->sig.app_id) : NULL;
    if (s == NULL)
        return NULL;
    struct app *a = pool_alloc(c->w.pool, sizeof *a);
    (void)snprintf(a->app_id, sizeof a->app_id, "%s", s->system);
    a->kind = APP_SYSTEM;
    a->status = APP_ACTIVE; /* a suspended system is told so by its own error */
    a->name = pool_strdup(c->w.pool, s->name);
    a->uscc = pool_strdup(c->w.pool, s->system);
    a->key = s->key;
    *system_r = s;
    return a;
}

static bool signature_is_right(const struct call *c, const struct app *app,
                               const struct trust_system *system)
{
    size_t len = strlen(c->signing_string);
    bool known = app != NULL && app->key != NULL;
    bool ok = system != NULL
                  ? trust_key_holds(system, c->w.now_sec, c->signing_string, len, c->sig.sig)
              : known ? app_signature_holds(app, c->w.now_sec, c->signing_string, len, c->sig.sig)
                      : sm2_verify(decoy_for(c), c->signing_string, len, c->sig.sig);
    return ok && c->sig.sig_shaped && known;
}

/* A signature made for one place is worth nothing at another (interface 2.1). A code system names
 * the system that shall act: us, or another that we pass its call on to. Others may name us. A call
 * to an information service is signed for its address instead. */
static bool is_addressed(const struct call *c, const struct app *app)
{
    bool system = app != NULL && app->kind == APP_SYSTEM;
    const char *to = c->sig.to, *target = c->rq->target_system;
    if (c->row->service)
        return true;
    if (*to == '\0')
        return !system;
    if (system && target != NULL && strcmp(to, target) != 0)
        return false;
    return strcmp(to, c->w.conf->system) == 0 || (system && c->row->relayed);
}

static enum err authenticate(const struct call *c, const struct app *app,
                             const struct trust_system *system, const char *address)
{
    if (c->sig.scheme != CALLSIG_ALLOWLIST)
        return signature_is_right(c, app, system) && is_addressed(c, app) ? ERR_OK
                                                                          : ERR_NOT_AUTHENTICATED;
    if (app == NULL || app->allow_list == NULL || !is_addressed(c, app))
        return ERR_NOT_AUTHENTICATED;
    return app_address_listed(app->allow_list, address) ? ERR_OK : ERR_ADDRESS;
}

static int64_t rate_of(const struct served *s, const struct app *app)
{
    return app->rate_per_sec > 0 ? app->rate_per_sec : s->c.w.conf->app_rate_per_sec;
}

static enum err admit(const struct served *s, const struct app *app)
{
    const struct call *c = &s->c;
    if (app->status != APP_ACTIVE)
        return ERR_APP_SUSPENDED;
    if (!shared_rate_allows(s->shared, app->app_id, rate_of(s, app), clock_mono_us()))
        return ERR_RATE;
    return c->row->callers & 1U << app->kind ? ERR_OK : ERR_NOT_GRANTED;
}

/* What holds for code systems only: suspended ones, and the way the call took. One that is
 * registered here by hand obeys the list where it stands on it. We ourselves call our services. */
static enum err admit_system(const struct call *c)
{
    const struct trust_system *system =
        c->w.trust != NULL && strcmp(c->app->app_id, c->w.conf->system) != 0
            ? trust_find(c->w.trust, c->app->app_id)
            : NULL;
    if (system != NULL && c->w.now_sec > c->w.trust->expires_at)
        return ERR_TRUST_EXPIRED;
    if (system != NULL && !system->active)
        return ERR_SYSTEM_SUSPENDED;
    return peer_check_via(&c->w, c->rq->via, c->rq->relay, c->signing_string);
}

/* Reads the header and makes what was signed of the request. */
static enum err read_call(struct served *s)
{
    struct call *c = &s->c;
    enum err e = c->row->service ? callsig_parse_out(s->rq.authorization, &c->sig)
                                 : callsig_parse(s->rq.authorization, &c->sig);
    if (e != ERR_OK)
        return e;
    s->c.signing_string = call_signing_string(c);
    sm3(s->rq.body, s->rq.body_len, c->body_sm3);
    int64_t off = c->w.now_sec - c->sig.timestamp_sec;
    return off > c->w.conf->call_window_sec || off < -c->w.conf->call_window_sec ? ERR_CLOCK
                                                                                 : ERR_OK;
}

enum err auth_call(struct served *s)
{
    struct call *c = &s->c;
    const struct trust_system *system = NULL;
    enum err e = read_call(s);
    if (e != ERR_OK)
        return e;
    e = app_get(s->apps, c->w.db, c->sig.app_id, &s->registered);
    if (e != ERR_OK && e != ERR_ABSENT)
        return e;
    if (s->trust == NULL) /* the list may have come with the apps, at the first call of a process */
        c->w.trust = s->trust = responder_trust();
    const struct app *app = e == ERR_OK ? s->registered : from_trust(c, &system);
    e = authenticate(c, app, system, s->rq.address);
    if (e == ERR_NOT_AUTHENTICATED)
        return e;
    if (s->registered != NULL)
        app_count_use(s->registered);
    c->app = app; /* also for the log of a refusal */
    c->receipt = c->receipt || app->kind == APP_SYSTEM;
    if (e == ERR_OK)
        e = admit(s, app);
    if (e == ERR_OK && app->kind == APP_SYSTEM)
        e = admit_system(c);
    s->rate_per_sec = e == ERR_OK ? rate_of(s, app) : 0;
    return e;
}
