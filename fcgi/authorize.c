/* authorize: POST /api/v1/authorization/… (interface 2.5; R1.9, R1.11). Here: request and status,
 * for third parties; authorize.h says where the rest is.
 *
 * In:   auth_request_in, auth_status_in. Out: auth_request_out, auth_grant.
 * Statements: AUTHREQ_INSERT, AUTHREQ_BY_NO, CALL_INSERT.
 * A request is a number for the third party to ask by, and a code to show: who scans it may see and
 * decide. Only the SM3 of the code is stored. */
#include "fcgi/authorize.h"

#include <string.h>

#include "core/base/jsontext.h"
#include "core/base/rand.h"
#include "core/base/text.h"
#include "core/code/record.h"
#include "fcgi/subject.h"

enum { POLL_AFTER_SEC = 2 };

/* --- request --- */

struct requesting {
    struct call *c;
    struct authreq row;
};

static enum err check_request(struct call *c, const struct auth_request_in *in)
{
    for (size_t i = 0; i < in->xxlb.n; i++)
        for (size_t k = 0; k < i; k++)
            if (strcmp(in->xxlb.v[i], in->xxlb.v[k]) == 0)
                return call_fault(c, ERR_FIELD_INVALID, pool_printf(c->pool, "xxlb[%zu]", i));
    if (in->callback != NULL && !callback_url_is_allowed(c->conf, in->callback))
        return call_fault(c, ERR_FIELD_INVALID, "callback");
    return ERR_OK;
}

static const char *list_text(const struct call *c, const struct field_strings *s)
{
    struct json_object *list = json_object_new_array();
    for (size_t i = 0; i < s->n; i++)
        (void)json_object_array_add(list, json_object_new_string(s->v[i]));
    const char *text = json_to_text(c->pool, list);
    json_object_put(list);
    return text;
}

static char *new_request_code(const struct call *c)
{
    uint8_t secret[REQUEST_SECRET_LEN];
    char text[BASE32_LEN(REQUEST_SECRET_LEN) + 1];
    rand_bytes(secret, sizeof secret);
    base32_encode(secret, sizeof secret, text);
    return pool_printf(c->pool, "ZWR1%s%s", c->conf->system, text);
}

static enum err store_request(struct db *db, void *arg)
{
    const struct requesting *r = arg;
    const struct call *c = r->c;
    enum err e = authreq_insert(db, &r->row);
    if (e != ERR_OK)
        return e;
    struct callrec rec = call_record_of(c, ERR_OK);
    return callrec_insert(db, c->kr, c->pool, &rec, c->conf->call_window_sec);
}

static enum err run_request(struct call *c)
{
    const struct auth_request_in *in = c->in;
    struct requesting r = {.c = c};
    char no[33];
    enum err e = check_request(c, in);
    if (e != ERR_OK)
        return e;
    if (c->app->key == NULL)
        return call_refuse(c, ERR_NOT_GRANTED); /* nobody could seal for it */
    char *code = new_request_code(c);
    r.row = (struct authreq){.app_id = c->app->app_id,
                             .purpose = in->purpose,
                             .xxlb = list_text(c, &in->xxlb),
                             .czqx = record_czqx_bits(in->czqx),
                             .item_code = in->item_code,
                             .region = in->region,
                             .callback = in->callback,
                             .created_at = c->now_sec,
                             .expires_at = c->now_sec + c->conf->request_ttl_sec};
    rand_bytes(r.row.request_no, sizeof r.row.request_no);
    sm3(code, strlen(code), r.row.code_hash);
    e = db_transact(c->db, store_request, &r);
    if (e != ERR_OK)
        return e;
    hex_encode(r.row.request_no, sizeof r.row.request_no, no);
    call_answer(c, &(struct auth_request_out){.request_no = no,
                                              .request_code = code,
                                              .expires_at = {true, r.row.expires_at},
                                              .poll_after_sec = {true, POLL_AFTER_SEC}});
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
    if (r->state == AUTHREQ_OPEN && c->now_sec > r->expires_at)
        return ERR_AUTHZ_EXPIRED;
    return ERR_OK;
}

static enum err ask(struct db *db, void *arg)
{
    struct asking *a = arg;
    const struct call *c = a->c;
    enum err e = authreq_by_no(db, c->kr, c->pool, a->no, &a->row);
    if (e != ERR_OK && e != ERR_ABSENT)
        return e;
    a->verdict = e == ERR_ABSENT ? ERR_AUTHZ_UNKNOWN : judge(c, &a->row);
    struct callrec rec = call_record_of(c, a->verdict);
    return callrec_insert(db, c->kr, c->pool, &rec, c->conf->call_window_sec);
}

static enum err run_status(struct call *c)
{
    const struct auth_status_in *in = c->in;
    struct asking a = {.c = c};
    struct json_object *sqbh = NULL;
    enum err e = hex_decode(in->request_no, 32, a.no, sizeof a.no);
    if (e == ERR_OK)
        e = db_transact(c->db, ask, &a);
    if (e != ERR_OK || a.verdict != ERR_OK)
        return e != ERR_OK ? e : a.verdict;
    if (a.row.state == AUTHREQ_OPEN) {
        c->in_progress = true;
        return ERR_OK;
    }
    c->item = a.row.grant_answer != NULL ? json_tokener_parse(a.row.grant_answer) : NULL;
    if (c->item == NULL)
        return ERR_STORAGE;
    if (json_object_object_get_ex(c->item, "sqbh", &sqbh))
        c->sqbh = pool_strdup(c->pool, json_object_get_string(sqbh));
    return ERR_OK;
}

int main(int argc, char **argv)
{
    static const struct handler handlers[] = {{.id = CALL_AUTH_REQUEST, .run = run_request},
                                              {.id = CALL_AUTH_DETAIL, .run = run_auth_detail},
                                              {.id = CALL_AUTH_DECIDE, .run = run_auth_decide},
                                              {.id = CALL_AUTH_STATUS, .run = run_status},
                                              {.id = CALL_AUTH_REVOKE, .run = run_auth_revoke},
                                              {.id = CALL_AUTH_LIST, .run = run_auth_list}};
    responder_background(callback_run);
    return responder_main(argc, argv, "zwm-authorize", DB_AUTHORIZE, handlers,
                          sizeof handlers / sizeof handlers[0]);
}
