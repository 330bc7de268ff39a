/* request: a third party asks for an authorization, and later what became of it.
 *
 * Statements: AUTHREQ_INSERT, AUTHREQ_BY_NO, CALL_INSERT. A request is a number for the third party
 * to ask by, and a code to show: who scans it may see and decide. Only the SM3 of the code is
 * stored. */
#include "core/act/authorize/authorize.h"

#include <string.h>

#include "core/base/rand.h"
#include "core/base/text.h"
#include "core/code/record.h"

enum { POLL_AFTER_SEC = 2 };

/* --- request --- */

struct requesting {
    struct call *c;
    struct authreq row;
};

static enum err check_request(struct call *c, const struct auth_request_in *in)
{
    enum err e = call_check_distinct(c, &in->xxlb, "xxlb");
    if (e == ERR_OK && in->callback != NULL && !callback_url_is_allowed(c->w.conf, in->callback))
        e = call_fault(c, ERR_FIELD_INVALID, "callback");
    return e;
}

static char *new_request_code(const struct call *c)
{
    uint8_t secret[REQUEST_SECRET_LEN];
    char text[BASE32_LEN(REQUEST_SECRET_LEN) + 1];
    rand_bytes(secret, sizeof secret);
    base32_encode(secret, sizeof secret, text);
    return pool_printf(c->w.pool, "ZWR1%s%s", c->w.conf->system, text);
}

static enum err store_request(struct db *db, void *arg)
{
    const struct requesting *r = arg;
    const struct call *c = r->c;
    enum err e = authreq_insert(db, &r->row);
    if (e != ERR_OK)
        return e;
    struct callrec rec = call_record_of(c, ERR_OK);
    return call_enter(db, c, &rec);
}

enum err act_auth_request(struct call *c, const struct auth_request_in *in,
                          struct auth_request_out *out)
{
    struct requesting r = {.c = c};
    char *no = pool_alloc(c->w.pool, 33);
    enum err e = check_request(c, in);
    if (e != ERR_OK)
        return e;
    if (c->app->key == NULL)
        return call_refuse(c, ERR_NOT_GRANTED); /* nobody could seal for it */
    char *code = new_request_code(c);
    r.row = (struct authreq){
        .app_id = c->app->app_id,
        .purpose = in->purpose,
        .xxlb = json_to_text(c->w.pool, json_strings(c->w.pool, in->xxlb.v, in->xxlb.n)),
        .czqx = record_czqx_bits(in->czqx),
        .item_code = in->item_code,
        .region = in->region,
        .callback = in->callback,
        .created_at = c->w.now_sec,
        .expires_at = c->w.now_sec + c->w.conf->request_ttl_sec};
    rand_bytes(r.row.request_no, sizeof r.row.request_no);
    sm3(code, strlen(code), r.row.code_hash);
    e = db_transact(c->w.db, store_request, &r);
    if (e != ERR_OK)
        return e;
    hex_encode(r.row.request_no, sizeof r.row.request_no, no);
    *out = (struct auth_request_out){.request_no = no,
                                     .request_code = code,
                                     .expires_at = {true, r.row.expires_at},
                                     .poll_after_sec = {true, POLL_AFTER_SEC}};
    return ERR_OK;
}

/* --- status --- */

struct asking {
    struct call *c;
    uint8_t no[16];
    struct authreq row;
    enum err verdict;
};

static enum err judge(const struct call *c, const struct authreq *r)
{
    if (strcmp(r->app_id, c->app->app_id) != 0)
        return ERR_AUTHZ_UNKNOWN; /* nothing is said of another app's request */
    if (r->state == AUTHREQ_REFUSED)
        return ERR_AUTHZ_REFUSED;
    if (r->state == AUTHREQ_OPEN && c->w.now_sec > r->expires_at)
        return ERR_AUTHZ_EXPIRED;
    return ERR_OK;
}

static enum err ask(struct db *db, void *arg)
{
    struct asking *a = arg;
    const struct call *c = a->c;
    enum err e = authreq_by_no(db, c->w.kr, c->w.pool, a->no, &a->row);
    if (e != ERR_OK && e != ERR_ABSENT)
        return e;
    a->verdict = e == ERR_ABSENT ? ERR_AUTHZ_UNKNOWN : judge(c, &a->row);
    struct callrec rec = call_record_of(c, a->verdict);
    return call_enter(db, c, &rec);
}

enum err act_auth_status(struct call *c, const struct auth_status_in *in, struct auth_grant *out)
{
    struct asking a = {.c = c};
    enum err e = hex_decode(in->request_no, 32, a.no, sizeof a.no);
    if (e == ERR_OK)
        e = db_transact(c->w.db, ask, &a);
    if (e != ERR_OK || a.verdict != ERR_OK)
        return e != ERR_OK ? e : a.verdict;
    if (a.row.state == AUTHREQ_OPEN) {
        c->in_progress = true;
        return ERR_OK;
    }
    c->item = a.row.grant_answer != NULL ? json_parse(c->w.pool, a.row.grant_answer) : NULL;
    if (wire_decode_object(c->w.pool, c->item, c->row->out, out, NULL) != ERR_OK)
        return ERR_STORAGE;
    c->sqbh = out->sqbh;
    return ERR_OK;
}
