/* Information services: register, edit, suspend, remove, show. */
#include <string.h>

#include "core/act/register/register_int.h"
#include "core/wire/field.h"

enum { URL_MAX = 512 };

struct json_object *act_service_object(struct pool *p, const struct service_entry *s)
{
    struct json_object *o = json_own(p, json_object_new_object());
    (void)json_object_object_add(o, "service", json_object_new_string(s->service_id));
    (void)json_object_object_add(o, "name", json_object_new_string(s->name));
    (void)json_object_object_add(o, "base_url", json_object_new_string(s->base_url));
    (void)json_object_object_add(
        o, "status",
        json_object_new_string(s->status == SERVICE_SUSPENDED ? "suspended" : "active"));
    (void)json_object_object_add(o, "classes", json_object_new_int64(s->classes));
    return o;
}

/* http:// is for a service on this very machine; what follows the address must end it. */
static bool is_local_http(const char *url)
{
    static const char local[] = "http://127.0.0.1";
    size_t n = sizeof local - 1;
    return strncmp(url, local, n) == 0 && (url[n] == '\0' || url[n] == ':' || url[n] == '/') &&
           strchr(url, '@') == NULL;
}

static enum err check_url(const struct work *w, const char *url, struct refusal *r)
{
    bool plain = strlen(url) <= URL_MAX;
    for (const char *c = url; *c != '\0'; c++)
        plain = plain && *c > ' ' && *c < 0x7f;
    if (!plain || (strncmp(url, "https://", 8) != 0 && !is_local_http(url)))
        return register_refuse(w, r, "base_url",
                               "a base_url is https:// (http:// only on 127.0.0.1)");
    return ERR_OK;
}

enum err register_check_service(const struct work *w, const struct service_entry *s,
                                struct refusal *r)
{
    if (!field_is_app_id(s->service_id))
        return register_refuse(w, r, "service", "a service is 1 to 32 of A-Z a-z 0-9 . _ -");
    enum err e = register_check_name(w, s->name, r);
    return e == ERR_OK ? check_url(w, s->base_url, r) : e;
}

enum err register_enter_service(const struct work *w, struct db *db, const struct service_entry *s)
{
    struct service_entry entered = *s;
    entered.status = SERVICE_ACTIVE;
    enum err e = service_insert(db, &entered, w->now_sec);
    if (e == ERR_OK)
        e = register_record(w, db, "service.add", "service", s->service_id, NULL,
                            act_service_object(w->pool, &entered));
    return e;
}

struct service_change {
    const struct work *w;
    const struct service_entry *s; /* new, or what is to be changed */
    const char *service_id;
    struct refusal *r;
};

static enum err add(struct db *db, void *arg)
{
    const struct service_change *v = arg;
    enum err e = register_enter_service(v->w, db, v->s);
    if (e == ERR_DUPLICATE)
        (void)register_refuse(
            v->w, v->r, "service",
            "the service %s is registered; `zwm service edit` changes its name and address",
            v->s->service_id);
    return e;
}

enum err act_service_add(const struct work *w, const struct service_entry *s, struct refusal *r)
{
    struct service_change v = {.w = w, .s = s, .r = r};
    enum err e = register_check_service(w, s, r);
    return e == ERR_OK ? db_transact(w->db, add, &v) : e;
}

static enum err edit(struct db *db, void *arg)
{
    const struct service_change *v = arg;
    const struct work *w = v->w;
    struct service_entry before, after;
    enum err e = service_find(db, w->pool, v->s->service_id, &before);
    if (e != ERR_OK)
        return e;
    after = before;
    if (v->s->name != NULL)
        after.name = v->s->name;
    if (v->s->base_url != NULL)
        after.base_url = v->s->base_url;
    if (v->s->status != 0)
        after.status = v->s->status;
    e = service_update(db, &after);
    if (e == ERR_OK)
        e = register_record(w, db, "service.edit", "service", before.service_id,
                            act_service_object(w->pool, &before),
                            act_service_object(w->pool, &after));
    return e;
}

enum err act_service_edit(const struct work *w, const struct service_entry *x, struct refusal *r)
{
    struct service_change v = {.w = w, .s = x, .r = r};
    enum err e = ERR_OK;
    if (x->name == NULL && x->base_url == NULL && x->status == 0)
        return register_refuse(w, r, NULL, "nothing is to be changed");
    if (x->name != NULL)
        e = register_check_name(w, x->name, r);
    if (e == ERR_OK && x->base_url != NULL)
        e = check_url(w, x->base_url, r);
    return e == ERR_OK ? db_transact(w->db, edit, &v) : e;
}

static enum err take_out(struct db *db, void *arg)
{
    const struct service_change *v = arg;
    const struct work *w = v->w;
    struct service_entry before;
    enum err e = service_find(db, w->pool, v->service_id, &before);
    if (e == ERR_OK && before.classes > 0)
        return register_refuse(w, v->r, "service",
                               "the service %s holds %lld classes: give them to another one "
                               "(`zwm class edit`) or remove them first",
                               v->service_id, (long long)before.classes);
    if (e == ERR_OK)
        e = service_delete(db, v->service_id);
    if (e == ERR_OK)
        e = register_record(w, db, "service.remove", "service", v->service_id,
                            act_service_object(w->pool, &before), NULL);
    return e;
}

enum err act_service_remove(const struct work *w, const char *service_id, struct refusal *r)
{
    struct service_change v = {.w = w, .service_id = service_id, .r = r};
    return db_transact(w->db, take_out, &v);
}

enum err act_service_show(const struct work *w, const char *service_id, struct service_entry *s_r)
{
    enum err e = service_find(w->db, w->pool, service_id, s_r);
    db_rollback(w->db);
    return e;
}
