/* ask: what stands behind a request code, made here or in another system, and act_auth_detail.
 *
 * Statements: AUTHREQ_BY_CODE, CALL_INSERT. */
#include <string.h>

#include "core/base/text.h"
#include "core/code/sysid.h"
#include "core/crypto/b64.h"
#include "core/act/authorize/authorize.h"
#include "core/act/relay.h"

static const char code_type[] = "ZWR1";

bool authorize_is_refusal(enum err e)
{
    return e >= ERR_CODE_MALFORMED && e <= ERR_AUTHZ_SUBJECT;
}

enum err request_code_read(struct pool *p, const char *text, struct request_code *rc)
{
    static const char blank[] = " \t\r\n";
    struct sysid id;
    uint8_t secret[REQUEST_SECRET_LEN];
    text += strspn(text, blank);
    size_t len = strlen(text);
    while (len > 0 && strchr(blank, text[len - 1]) != NULL)
        len--;
    if (len != REQUEST_CODE_LEN || memcmp(text, code_type, 4) != 0)
        return ERR_CODE_MALFORMED;
    char *copy = pool_strndup(p, text, len);
    memcpy(rc->system, copy + 4, SYSID_LEN);
    rc->system[SYSID_LEN] = '\0';
    if (sysid_parse(rc->system, &id) != ERR_OK ||
        base32_decode(copy + 4 + SYSID_LEN, 32, secret, sizeof secret) != ERR_OK)
        return ERR_CODE_MALFORMED;
    rc->text = copy;
    sm3(copy, len, rc->hash);
    return ERR_OK;
}

/* --- made here --- */

static struct field_strings strings_of(struct pool *p, const char *json)
{
    struct json_object *o = json_own(p, json_object_new_object());
    struct field_strings s;
    (void)json_object_object_add(o, "list", json_tokener_parse(json));
    s.v = json_get_strings(p, o, "list", &s.n);
    return s;
}

enum err asked_find(struct db *db, const struct call *c, const uint8_t code_hash[SM3_LEN],
                    struct asked *a)
{
    enum err e = authreq_by_code(db, c->w.kr, c->w.pool, code_hash, &a->row);
    const struct authreq *r = &a->row;
    if (e == ERR_ABSENT || (e == ERR_OK && (!r->app_active || r->app_key == NULL)))
        return ERR_AUTHZ_UNKNOWN;
    if (e != ERR_OK)
        return e;
    memcpy(a->no, r->request_no, sizeof a->no);
    hex_encode(a->no, sizeof a->no, a->no_text);
    a->requester =
        (struct requester){.app_id = r->app_id,
                           .org_name = r->app_name,
                           .uscc = r->app_uscc,
                           .system = c->w.conf->system,
                           .public_key = b64_encode(c->w.pool, r->app_key, r->app_key_len)};
    a->purpose = r->purpose;
    a->xxlb = strings_of(c->w.pool, r->xxlb);
    a->czqx = pool_printf(c->w.pool, "%u", r->czqx);
    a->item_code = r->item_code;
    a->region = r->region;
    a->expires_at = r->expires_at;
    if (r->state != AUTHREQ_OPEN)
        return ERR_AUTHZ_DECIDED;
    return c->w.now_sec > r->expires_at ? ERR_AUTHZ_EXPIRED : ERR_OK;
}

enum err asked_covers(struct call *c, const struct asked *a, const struct field_strings *granted,
                      const char *prefix)
{
    for (size_t i = 0; i < granted->n; i++) {
        bool fits = false;
        for (size_t k = 0; k < a->xxlb.n && !fits; k++)
            fits = strcmp(granted->v[i], a->xxlb.v[k]) == 0;
        for (size_t k = 0; k < i && fits; k++)
            fits = strcmp(granted->v[i], granted->v[k]) != 0;
        if (!fits)
            return call_fault(c, ERR_FIELD_INVALID, pool_printf(c->w.pool, "%s[%zu]", prefix, i));
    }
    return ERR_OK;
}

/* --- made elsewhere --- */

enum err authorize_call_peer(struct call *c, enum call_id id, const char *system, const char *body,
                             const uint8_t *sqbh, struct peer_call *pc)
{
    enum err e = peer_ask(&c->w, id, system, body, NULL, pc);
    if (pc->believed) {
        const struct evidence v = relay_evidence(c, pc, sqbh, NULL);
        relay_keep_evidence(c, &v);
    }
    return e;
}

/* What another system says is read by our own table: nothing passes that we would not have said. */
static enum err read_detail(struct call *c, const struct peer_call *pc, struct asked *a)
{
    struct auth_detail_out out;
    struct sm2_key *key = NULL;
    uint8_t *der;
    size_t len;
    if (wire_decode_object(c->w.pool, pc->item, call_row(CALL_AUTH_DETAIL)->out, &out, NULL) !=
            ERR_OK ||
        strlen(out.request_no) != 32 ||
        hex_decode(out.request_no, 32, a->no, sizeof a->no) != ERR_OK ||
        strcmp(out.requester->system, pc->target) != 0 ||
        sm2_key_from_public_text(out.requester->public_key, strlen(out.requester->public_key),
                                 &key) != ERR_OK)
        return ERR_SYSTEM_UNREACHABLE;
    sm2_key_spki(key, c->w.pool, &der, &len);
    sm2_key_free(&key);
    hex_encode(a->no, sizeof a->no, a->no_text);
    a->requester = *out.requester;
    a->requester.public_key = b64_encode(c->w.pool, der, len); /* the form that pickup reads */
    a->purpose = out.purpose;
    a->xxlb = out.xxlb;
    a->czqx = out.czqx;
    a->item_code = out.item_code;
    a->region = out.region;
    a->expires_at = out.expires_at.v;
    return ERR_OK;
}

enum err asked_of_peer(struct call *c, const struct request_code *rc, struct asked *a)
{
    struct peer_call pc;
    const char *body = pool_printf(c->w.pool, "{\"request_code\":\"%s\"}", rc->text);
    enum err e = authorize_call_peer(c, CALL_AUTH_DETAIL, rc->system, body, NULL, &pc);
    if (e != ERR_OK)
        return e;
    if (pc.error != ERR_OK)
        return authorize_is_refusal(pc.error) ? pc.error : ERR_SYSTEM_UNREACHABLE;
    return read_detail(c, &pc, a);
}

/* --- detail --- */

struct looking {
    struct call *c;
    struct request_code code;
    struct asked asked;
    bool known; /* `asked` and `verdict` stand already: asked for elsewhere */
    enum err verdict;
};

static enum err look_up(struct db *db, void *arg)
{
    struct looking *l = arg;
    const struct call *c = l->c;
    if (!l->known)
        l->verdict = asked_find(db, c, l->code.hash, &l->asked);
    if (l->verdict != ERR_OK && !authorize_is_refusal(l->verdict))
        return l->verdict;
    struct callrec rec = call_record_of(c, l->verdict);
    return call_enter(db, c, &rec);
}

enum err act_auth_detail(struct call *c, const struct auth_detail_in *in,
                         struct auth_detail_out *out)
{
    struct looking l = {.c = c};
    enum err e = request_code_read(c->w.pool, in->request_code, &l.code);
    if (e != ERR_OK)
        return call_refuse(c, e);
    if (strcmp(l.code.system, c->w.conf->system) != 0) {
        l.known = true;
        l.verdict = c->app->kind == APP_SYSTEM ? ERR_NO_ROUTE : asked_of_peer(c, &l.code, &l.asked);
    }
    e = db_transact(c->w.db, look_up, &l);
    if (e != ERR_OK || l.verdict != ERR_OK)
        return e != ERR_OK ? e : l.verdict;
    const struct asked *a = &l.asked;
    *out = (struct auth_detail_out){.request_no = pool_strdup(c->w.pool, a->no_text),
                                    .requester =
                                        pool_memdup(c->w.pool, &a->requester, sizeof a->requester),
                                    .purpose = a->purpose,
                                    .xxlb = a->xxlb,
                                    .czqx = a->czqx,
                                    .item_code = a->item_code,
                                    .region = a->region,
                                    .expires_at = {true, a->expires_at}};
    return ERR_OK;
}
