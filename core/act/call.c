#include "core/act/call.h"

#include <string.h>

#include "core/net/http.h"
#include "core/store/db.h"

enum err call_fault(struct call *c, enum err e, const char *field)
{
    c->detail = field;
    return e;
}

enum err call_check_distinct(struct call *c, const struct field_strings *list, const char *name)
{
    for (size_t i = 0; i < list->n; i++)
        for (size_t k = 0; k < i; k++)
            if (strcmp(list->v[i], list->v[k]) == 0)
                return call_fault(c, ERR_FIELD_INVALID, pool_printf(c->w.pool, "%s[%zu]", name, i));
    return ERR_OK;
}

char *call_signing_string(const struct call *c)
{
    struct buf b;
    buf_init(&b, c->w.pool);
    if (c->sig.scheme == CALLSIG_OUT) /* under the address by which we know ourselves */
        callsig_string_out(
            &b, c->rq->method,
            http_url_full(c->w.pool,
                          pool_printf(c->w.pool, "%s%s", c->w.conf->base_url, c->rq->target)),
            c->sig.timestamp, c->sig.nonce, c->rq->body, c->rq->body_len);
    else
        callsig_string(&b, c->rq->method, c->rq->target, c->sig.timestamp, c->sig.nonce,
                       c->rq->body, c->rq->body_len, c->sig.to);
    return b.data;
}

const char *call_cookie(const struct call *c, const char *name)
{
    const char *at = c->rq->cookies, *found = NULL;
    size_t name_len = strlen(name);
    while (at != NULL && *at != '\0') {
        at += strspn(at, "; ");
        size_t len = strcspn(at, ";");
        if (len > name_len && strncmp(at, name, name_len) == 0 && at[name_len] == '=') {
            if (found != NULL)
                return NULL;
            found = pool_strndup(c->w.pool, at + name_len + 1, len - name_len - 1);
        }
        at += len;
    }
    return found;
}

struct callrec call_record_of(const struct call *c, enum err error)
{
    return (struct callrec){.call = c->row->id,
                            .app_id = c->app->app_id,
                            .nonce = c->sig.nonce,
                            .timestamp_sec = c->sig.timestamp_sec,
                            .at_ms = c->w.now_ms,
                            .request_id = c->request_id_bytes,
                            .error = error,
                            .body_sm3 = c->body_sm3,
                            .signature = c->sig.scheme == CALLSIG_SM2 ? c->sig.sig : NULL,
                            .query = strchr(c->rq->target, '?')};
}

enum err call_enter(struct db *db, const struct call *c, const struct callrec *r)
{
    return callrec_insert(db, c->w.kr, c->w.pool, r, c->w.conf->call_window_sec);
}

struct refusal {
    const struct call *c;
    enum err error;
};

static enum err insert_refusal(struct db *db, void *arg)
{
    const struct refusal *r = arg;
    const struct callrec rec = call_record_of(r->c, r->error);
    return call_enter(db, r->c, &rec);
}

enum err call_refuse(struct call *c, enum err error)
{
    struct refusal r = {c, error};
    enum err e = db_transact(c->w.db, insert_refusal, &r);
    return e == ERR_OK ? error : e;
}
