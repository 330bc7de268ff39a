/* Information classes: register, edit, remove, show. */
#include <string.h>

#include "core/act/register/register_int.h"
#include "core/wire/field.h"

struct json_object *act_class_object(struct pool *p, const struct class_entry *c)
{
    struct json_object *o = json_own(p, json_object_new_object());
    (void)json_object_object_add(o, "class", json_object_new_string(c->class));
    (void)json_object_object_add(o, "name", json_object_new_string(c->name));
    (void)json_object_object_add(o, "kind", json_object_new_string(c->kind));
    (void)json_object_object_add(o, "service", json_object_new_string(c->service_id));
    if (c->base_url != NULL)
        (void)json_object_object_add(o, "base_url", json_object_new_string(c->base_url));
    return o;
}

static enum err check_kind(const struct work *w, const char *kind, struct refusal *r)
{
    return strcmp(kind, "data") == 0 || strcmp(kind, "file") == 0
               ? ERR_OK
               : register_refuse(w, r, "kind", "a kind is data or file");
}

struct class_change {
    const struct work *w;
    const struct class_entry *c; /* new, or what is to be changed */
    const struct service_entry *new_service;
    const char *class;
    struct refusal *r;
};

/* The service is there, at the address that was given with it. */
static enum err check_service(const struct class_change *v, struct db *db, const char *service_id)
{
    struct service_entry s;
    enum err e = service_find(db, v->w->pool, service_id, &s);
    if (e == ERR_ABSENT)
        return register_refuse(v->w, v->r, "service",
                               "no service %s; `zwm service add`, or a base_url here, registers it",
                               service_id);
    if (e == ERR_OK && v->new_service != NULL && strcmp(s.base_url, v->new_service->base_url) != 0)
        return register_refuse(
            v->w, v->r, "base_url",
            "the service %s is at %s; `zwm service edit %s --base-url URL` moves "
            "it and its %lld classes",
            service_id, s.base_url, service_id, (long long)s.classes);
    return e;
}

static enum err add(struct db *db, void *arg)
{
    const struct class_change *v = arg;
    const struct work *w = v->w;
    enum err e = ERR_DUPLICATE;
    if (v->new_service != NULL)
        e = register_enter_service(w, db, v->new_service);
    if (e == ERR_DUPLICATE)
        e = check_service(v, db, v->c->service_id);
    if (e != ERR_OK)
        return e;
    e = class_insert(db, v->c);
    if (e == ERR_DUPLICATE)
        (void)register_refuse(w, v->r, "class",
                              "the class %s is registered; `zwm class edit` changes it",
                              v->c->class);
    if (e == ERR_OK)
        e = register_record(w, db, "class.add", "class", v->c->class, NULL,
                            act_class_object(w->pool, v->c));
    return e;
}

enum err act_class_add(const struct work *w, const struct class_entry *c,
                       const struct service_entry *new_service, struct refusal *r)
{
    struct class_change v = {.w = w, .c = c, .new_service = new_service, .r = r};
    if (!field_is_class(c->class))
        return register_refuse(w, r, "class", "a class is 1 to 128 of A-Z a-z 0-9 . _ : -");
    enum err e = register_check_name(w, c->name, r);
    if (e == ERR_OK)
        e = check_kind(w, c->kind, r);
    if (e == ERR_OK && new_service != NULL)
        e = register_check_service(w, new_service, r);
    return e == ERR_OK ? db_transact(w->db, add, &v) : e;
}

static enum err edit(struct db *db, void *arg)
{
    const struct class_change *v = arg;
    const struct work *w = v->w;
    struct class_entry before, after;
    enum err e = class_find(db, w->pool, v->c->class, &before);
    if (e == ERR_OK && v->c->service_id != NULL)
        e = check_service(v, db, v->c->service_id);
    if (e != ERR_OK)
        return e;
    after = before;
    after.base_url = before.base_url = NULL; /* the service's, not the class's */
    if (v->c->name != NULL)
        after.name = v->c->name;
    if (v->c->kind != NULL)
        after.kind = v->c->kind;
    if (v->c->service_id != NULL)
        after.service_id = v->c->service_id;
    e = class_update(db, &after);
    if (e == ERR_OK)
        e = register_record(w, db, "class.edit", "class", before.class,
                            act_class_object(w->pool, &before), act_class_object(w->pool, &after));
    return e;
}

enum err act_class_edit(const struct work *w, const struct class_entry *x, struct refusal *r)
{
    struct class_change v = {.w = w, .c = x, .r = r};
    enum err e = ERR_OK;
    if (x->name == NULL && x->kind == NULL && x->service_id == NULL)
        return register_refuse(w, r, NULL, "nothing is to be changed");
    if (x->name != NULL)
        e = register_check_name(w, x->name, r);
    if (e == ERR_OK && x->kind != NULL)
        e = check_kind(w, x->kind, r);
    return e == ERR_OK ? db_transact(w->db, edit, &v) : e;
}

static enum err take_out(struct db *db, void *arg)
{
    const struct class_change *v = arg;
    const struct work *w = v->w;
    struct class_entry before;
    enum err e = class_find(db, w->pool, v->class, &before);
    if (e == ERR_OK)
        e = class_delete(db, v->class);
    if (e == ERR_OK)
        e = register_record(w, db, "class.remove", "class", v->class,
                            act_class_object(w->pool, &before), NULL);
    return e;
}

enum err act_class_remove(const struct work *w, const char *class, struct refusal *r)
{
    struct class_change v = {.w = w, .class = class, .r = r};
    return db_transact(w->db, take_out, &v);
}

enum err act_class_show(const struct work *w, const char *class, struct class_entry *c_r)
{
    enum err e = class_find(w->db, w->pool, class, c_r);
    db_rollback(w->db);
    return e;
}
