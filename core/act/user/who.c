/* Who is logged in, and for which app a login is wanted. */
#include <string.h>

#include "core/act/show/show.h"
#include "core/act/user/user.h"
#include "core/base/conf.h"

enum err user_app_of(struct call *c, const char *origin, struct origin_app *app_r)
{
    bool one = false;
    if (origin == NULL)
        return ERR_ORIGIN;
    enum err e = origin_find_app(c->w.db, c->w.pool, origin, app_r, &one);
    return e == ERR_OK && !one ? ERR_ORIGIN : e;
}

char *user_back_to(struct pool *p, const char *return_url, const char *fragment)
{
    return pool_printf(p, "%.*s#%s", (int)strcspn(return_url, "#"), return_url, fragment);
}

static enum err describe_app(struct call *c, const char *return_url, struct login_who_out *out)
{
    struct origin_app app = {.app_id = ""};
    struct pool *p = c->w.pool;
    enum err e = user_app_of(c, show_origin_of(p, return_url), &app);
    db_rollback(c->w.db);
    if (e != ERR_OK)
        return e == ERR_ORIGIN ? ERR_OK : e; /* the page says that it cannot lead back */
    out->app = pool_alloc(p, sizeof *out->app);
    *out->app = (struct login_app){.app_id = app.app_id, .org_name = app.name};
    out->cancel_url = user_back_to(
        p, return_url,
        pool_printf(p, "zwm-cancelled&dialect=%s", app.dialect != NULL ? app.dialect : "json"));
    return ERR_OK;
}

enum err act_login_who(struct call *c, const struct login_who_in *in, struct login_who_out *out)
{
    const struct conf *conf = c->w.conf;
    *out = (struct login_who_out){.logged_in = c->session != NULL ? FIELD_TRUE : FIELD_FALSE,
                                  .sample = conf->sample_login ? FIELD_TRUE : FIELD_FALSE,
                                  .oidc = *conf->oidc_issuer != '\0' ? FIELD_TRUE : FIELD_FALSE,
                                  .system_name = conf->system_name,
                                  .people = sample_people(c)};
    if (c->session != NULL) {
        out->csrf = c->csrf;
        out->person = show_masked(c, c->session->subject);
    }
    return in->return_url != NULL ? describe_app(c, in->return_url, out) : ERR_OK;
}
