/* Registering this system at a registry: the applicant's side. */
#include <string.h>

#include "core/act/registry/registry_int.h"
#include "core/base/jsontext.h"
#include "core/crypto/b64.h"
#include "core/crypto/keyring.h"
#include "core/net/outgoing.h"
#include "core/wire/answer.h"

enum { CONNECT_MS = 3000, TOTAL_MS = 30000, ANSWER_MAX = 1 << 20 };

/* The registration as JSON: what the form leaves out is said by the settings. */
static const char *registration(const struct work *w, const struct registry_form *f)
{
    const struct conf *c = w->conf;
    const char *types[CODE_TYPE_MAX];
    const char *parent = f->parent != NULL ? f->parent : c->parent;
    struct route_contact contact = f->contact;
    uint8_t *der;
    size_t len;
    for (int t = 0; t < CODE_TYPE_MAX; t++)
        types[t] = code_type_row((enum code_type)t)->name;
    sm2_key_spki(f->key != NULL ? f->key : keyring_system_key(w->kr), w->pool, &der, &len);
    const struct route_register_in in = {.system = c->system,
                                         .name =
                                             *c->system_name != '\0' ? c->system_name : c->system,
                                         .base_url = c->base_url,
                                         .public_key = b64_encode(w->pool, der, len),
                                         .code_types = {types, CODE_TYPE_MAX},
                                         .mode = f->mode != NULL ? f->mode : c->mode,
                                         .parent = *parent != '\0' ? parent : NULL,
                                         .contact = &contact,
                                         .invitation = f->invitation};
    return wire_text(w->pool, call_row(CALL_ROUTE_REGISTER)->in, &in);
}

/* The application's number out of an answer that it has been taken; NULL, and what was said
 * instead. */
static const char *application_no(struct registry *r, const struct http_answer *a)
{
    struct pool *p = r->w->pool;
    struct answer_in in;
    if (answer_read(p, a->body, a->body_len, &in) != ERR_OK) {
        r->why = pool_printf(p, "HTTP %d", a->status);
        return NULL;
    }
    r->why = pool_printf(p, "%s %s", in.code, in.msg);
    return json_get_text(in.item, "application_no", NULL);
}

enum err registry_apply(struct registry *r, const struct registry_form *f, const char **no_r)
{
    static const char *const more[] = {"Zwm-Receipt: required", NULL};
    const struct work *w = r->w;
    const char *path = call_row(CALL_ROUTE_REGISTER)->path, *body = registration(w, f);
    struct http_answer a;
    struct outgoing o = {.rq = {.method = "POST",
                                .url = pool_printf(w->pool, "%s%s", f->url, path),
                                .body = body,
                                .body_len = strlen(body),
                                .connect_ms = CONNECT_MS,
                                .total_ms = TOTAL_MS,
                                .max_len = ANSWER_MAX},
                         .more = more,
                         .scheme = OUTGOING_CALL,
                         .key = keyring_system_key(w->kr),
                         .signer = w->conf->system,
                         .to = w->conf->registry_system,
                         .target = path,
                         .now_sec = w->now_sec};
    *no_r = NULL;
    if (*w->conf->registry_system == '\0')
        return registry_doubt(r, "registry_system is not set: the application is addressed to it");
    enum err e = outgoing_call(w->http, w->pool, &o, &a);
    if (e != ERR_OK) {
        r->why = a.failure;
        return ERR_IO;
    }
    *no_r = application_no(r, &a);
    return *no_r != NULL ? ERR_OK : ERR_BAD;
}
