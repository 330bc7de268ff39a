#include "core/act/pages.h"

#include <string.h>

#include "core/base/conf.h"
#include "core/base/jsontext.h"
#include "core/net/peer_url.h"
#include "core/store/audit.h"
#include "core/store/session.h"

enum { ORIGIN_MAX = 255, URL_MAX = 512 };

static bool is_port(const char *s)
{
    size_t len = strlen(s);
    return len >= 1 && len <= 5 && *s != '0' && strspn(s, "0123456789") == len;
}

static bool is_loopback(const char *host, size_t len)
{
    static const char *const names[] = {"127.0.0.1", "localhost", "[::1]"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (strlen(names[i]) == len && strncmp(names[i], host, len) == 0)
            return true;
    return false;
}

bool pages_is_origin(const char *text, bool allow_loopback)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyz0123456789.-";
    bool http = strncmp(text, "http://", 7) == 0;
    if ((!http && strncmp(text, "https://", 8) != 0) || strlen(text) > ORIGIN_MAX)
        return false;
    const char *host = strstr(text, "://") + 3;
    size_t len = *host == '[' ? strcspn(host, "]") + 1 : strspn(host, letters);
    if (len == 0 || (*host == '[' && strspn(host + 1, "0123456789abcdef:") != len - 2))
        return false;
    if (host[len] != '\0' && (host[len] != ':' || !is_port(host + len + 1)))
        return false;
    return !http || (allow_loopback && is_loopback(host, len));
}

struct setting {
    const struct work *w;
    const char *app_id;
    const char *const *origins;
    size_t n;
};

static enum err put(struct db *db, void *arg)
{
    const struct setting *v = arg;
    struct pool *p = v->w->pool;
    enum err e = origin_app_exists(db, p, v->app_id);
    if (e == ERR_OK)
        e = origin_clear(db, v->app_id);
    for (size_t i = 0; e == ERR_OK && i < v->n; i++)
        e = origin_add(db, v->app_id, v->origins[i]);
    if (e != ERR_OK)
        return e == ERR_DUPLICATE ? ERR_FIELD_INVALID : e;
    struct json_object *o = json_own(p, json_object_new_object());
    (void)json_object_object_add(o, "app_id", json_object_new_string(v->app_id));
    (void)json_object_object_add(o, "origins", json_object_get(json_strings(p, v->origins, v->n)));
    return audit_append(db, v->w->kr, p, v->w->now_sec, "app.origins", json_to_text(p, o));
}

enum err act_app_set_origins(const struct work *w, const char *app_id, const char *const *origins,
                             size_t n, const char **wrong_r)
{
    struct setting v = {w, app_id, origins, n};
    *wrong_r = NULL;
    for (size_t i = 0; i < n; i++)
        if (!pages_is_origin(origins[i], w->conf->allow_loopback_routes != 0)) {
            *wrong_r = origins[i];
            return ERR_FIELD_INVALID;
        }
    return db_transact(w->db, put, &v);
}

enum err act_app_origins(const struct work *w, const char *app_id, const char ***origins_r,
                         size_t *n_r)
{
    enum err e = origin_list(w->db, w->pool, app_id, origins_r, n_r);
    db_rollback(w->db);
    return e;
}

/* --- one column of the app --- */

struct changing {
    const struct work *w;
    const char *app_id, *value, *action;
    enum err (*set)(struct db *db, const char *app_id, const char *value);
};

static enum err change(struct db *db, void *arg)
{
    const struct changing *v = arg;
    struct pool *p = v->w->pool;
    enum err e = origin_app_exists(db, p, v->app_id);
    if (e == ERR_OK)
        e = v->set(db, v->app_id, v->value);
    if (e != ERR_OK)
        return e;
    struct json_object *o = json_own(p, json_object_new_object());
    (void)json_object_object_add(o, "app_id", json_object_new_string(v->app_id));
    (void)json_object_object_add(o, "value",
                                 v->value != NULL ? json_object_new_string(v->value) : NULL);
    return audit_append(db, v->w->kr, p, v->w->now_sec, v->action, json_to_text(p, o));
}

enum err act_app_set_dialect(const struct work *w, const char *app_id, const char *dialect)
{
    static const char *const words[] = {"json", "mob", "shandong", "gansu"};
    bool known = false;
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        known = known || strcmp(words[i], dialect) == 0;
    struct changing v = {w, app_id, dialect, "app.dialect", app_set_dialect};
    return known ? db_transact(w->db, change, &v) : ERR_FIELD_INVALID;
}

enum err act_app_set_logout_url(const struct work *w, const char *app_id, const char *url)
{
    struct changing v = {w, app_id, *url != '\0' ? url : NULL, "app.logout_url",
                         app_set_logout_url};
    if (strlen(url) > URL_MAX)
        return ERR_FIELD_INVALID;
    for (const char *s = url; *s != '\0'; s++)
        if (*s <= 0x20 || *s >= 0x7f || *s == '#')
            return ERR_FIELD_INVALID; /* what is signed must be what is sent */
    if (*url != '\0' && !peer_url_is_allowed(url, w->conf->allow_loopback_routes != 0))
        return ERR_FIELD_INVALID;
    return db_transact(w->db, change, &v);
}
