/* verify: a third party presents a code that it has scanned (interface 2.3; R1.5 to R1.8, R8.1,
 * R8.3).
 *
 * Statements: AUTHZ_BY_DIGEST, CALL_COMMIT or CALL_INSERT. One transaction: the single-use mark,
 * the record of the verification (refusals too) and the nonce stand or fall together. Order of
 * checks: shape, type, route, signature, deadline, known, revoked or replaced, addressed, used. Our
 * own codes are known by the SM3 of their bytes; the signature is only checked if that does not
 * match. */
#include "core/act/verify.h"

#include <string.h>

#include "core/act/code_way.h"
#include "core/act/passing.h"
#include "core/act/ticket.h"
#include "core/base/clock.h"
#include "core/base/text.h"
#include "core/code/code.h"
#include "core/code/idno.h"
#include "core/code/mask.h"
#include "core/code/record.h"
#include "core/crypto/b64.h"
#include "core/store/authz.h"

struct verifying {
    struct call *c;
    const struct verify_in *in;
    struct verify_out *out;
    struct code code;
    enum err form;      /* of shape, type and route, known before the store is asked */
    enum err verdict;   /* of all checks; stands once the transaction is committed */
    const char *detail; /* JSON kept with the record */
    struct authz authz;
    bool found;
    struct json_object *record;
    uint8_t ticket_hash[SM3_LEN];
};

/* --- checks --- */

static bool signature_is_ours(const struct verifying *v)
{
    return sm2_verify(keyring_system_key(v->c->w.kr), v->code.bytes, code_signed_len(&v->code),
                      v->code.sig);
}

/* Whether the row is this very code. A row with the digest of the code but other bytes is
 * somebody's forgery. */
static enum err find(struct verifying *v, struct db *db)
{
    uint8_t hash[SM3_LEN];
    enum err e = authz_find(db, v->c->w.kr, v->c->w.pool, clock_day(v->code.deadline),
                            v->code.digest, &v->authz);
    if (e != ERR_OK && e != ERR_ABSENT)
        return e;
    sm3(v->code.bytes, v->code.len, hash);
    v->found = e == ERR_OK && crypto_equal(hash, v->authz.code_hash, SM3_LEN);
    if (!v->found && !signature_is_ours(v))
        return ERR_CODE_SIGNATURE;
    if (v->c->w.now_sec > (int64_t)v->code.deadline)
        return ERR_CODE_EXPIRED;
    return v->found ? ERR_OK : ERR_CODE_UNKNOWN;
}

/* bsqzt: an organisation is compared with the registered caller, a person with the scanner the
 * caller names. The number decides if the authorization has one, else the name. */
static bool is_addressed(const struct verifying *v)
{
    const struct json_object *b = json_get(v->record, "bsqzt");
    if (b == NULL)
        return true;
    const struct scanner *s = v->in->scanner;
    bool person = strcmp(json_get_text(b, "bsqztlx", NULL), "1") == 0;
    const char *number = json_get_text(b, "zjhm", NULL), *type = json_get_text(b, "zjlx", NULL);
    /* Through another system it is the app there that asks, as that system tells us. */
    const struct requester *r = v->in->requester;
    const char *uscc = r != NULL ? r->uscc : v->c->app->uscc,
               *org_name = r != NULL ? r->org_name : v->c->app->name;
    if (!person)
        return number != NULL ? strcmp(number, uscc) == 0
                              : strcmp(json_get_text(b, "bsqzxm", NULL), org_name) == 0;
    if (s == NULL || strcmp(s->type, "person") != 0)
        return false;
    if (number == NULL)
        return strcmp(json_get_text(b, "bsqzxm", NULL), s->name) == 0;
    return strcmp(number, s->id_no) == 0 && (type == NULL || strcmp(type, s->id_type) == 0);
}

static enum err check_state(const struct verifying *v)
{
    if (v->authz.state == AUTHZ_REVOKED)
        return ERR_CODE_REVOKED;
    if (v->authz.state == AUTHZ_REPLACED)
        return ERR_CODE_REPLACED;
    if (!is_addressed(v))
        return ERR_CODE_NOT_ADDRESSED;
    return v->authz.single_use && v->authz.uses > 0 ? ERR_CODE_USED : ERR_OK;
}

/* --- the answer --- */

static enum err make_answer(struct verifying *v)
{
    struct call *c = v->c;
    struct pool *p = c->w.pool;
    const struct json_object *subject = json_parse(p, v->authz.subject);
    struct json_object *xxsy = json_get(v->record, "xxsy");
    struct masked_subject *masked = pool_alloc(p, sizeof *masked);
    char *sqbh = pool_alloc(p, SQBH_TEXT_LEN + 1);
    size_t n;
    const char **classes = json_get_strings(p, v->record, "xxlb", &n);
    if (subject == NULL || json_get(v->record, "xxlb") == NULL || xxsy == NULL)
        return ERR_STORAGE;
    hex_encode(v->authz.sqbh, SQBH_LEN, sqbh);
    *masked =
        (struct masked_subject){.type = json_get_text(subject, "type", NULL),
                                .name = mask_name(p, json_get_text(subject, "name", NULL)),
                                .id_no = mask_number(p, json_get_text(subject, "id_no", NULL))};
    *v->out = (struct verify_out){
        .ticket = ticket_make(c, c->app->app_id, c->sig.nonce, v->authz.digest, v->ticket_hash),
        .ticket_expires = {true, c->w.now_sec + c->w.conf->ticket_ttl_sec},
        .sqbh = sqbh,
        .system = c->w.conf->system,
        .code_type = code_type_row(v->authz.type)->name,
        .channel = v->authz.channel,
        .deadline = {true, v->authz.deadline},
        .subject = masked,
        .xxlb = {classes, n},
        .xxsy = xxsy,
        .czqx = json_get_text(v->record, "czqx", "1")};
    c->sqbh = sqbh;
    return ERR_OK;
}

/* --- the transaction --- */

static enum err decide(struct verifying *v, struct db *db)
{
    if (v->form != ERR_OK)
        return v->form;
    enum err e = find(v, db);
    if (e != ERR_OK)
        return e;
    v->record = json_parse(v->c->w.pool, v->authz.record);
    e = check_state(v);
    return e == ERR_OK ? make_answer(v) : e;
}

static bool is_refusal(enum err e)
{
    return e >= ERR_CODE_MALFORMED && e <= ERR_NO_ROUTE;
}

static enum err transact(struct db *db, void *arg)
{
    struct verifying *v = arg;
    struct call *c = v->c;
    v->found = false;
    c->msg = NULL;
    v->verdict = decide(v, db);
    if (v->verdict != ERR_OK && !is_refusal(v->verdict))
        return v->verdict;
    const struct callrec_claim claim = {v->authz.day, v->authz.digest, c->w.now_sec};
    struct callrec rec = call_record_of(c, v->verdict);
    rec.detail = v->detail;
    if (v->found) {
        rec.sqbh = v->authz.sqbh;
        rec.authz_day = v->authz.day;
        rec.digest = v->authz.digest;
    }
    if (v->verdict == ERR_OK) {
        c->item = wire_object(c->w.pool, c->row->out, v->out);
        rec.answer = json_to_text(c->w.pool, c->item);
        rec.ticket_hash = v->ticket_hash;
        rec.ticket_expires = v->out->ticket_expires.v;
    } else if (v->verdict == ERR_CODE_EXPIRED) {
        c->msg = code_type_row(v->code.type)->expired_msg;
        rec.answer = c->msg; /* so that outcome can say it again */
    }
    if (v->form != ERR_OK)
        return call_enter(db, c, &rec);
    enum err e = callrec_commit(db, c->w.kr, c->w.pool, &rec, c->w.conf->call_window_sec,
                                v->verdict == ERR_OK ? &claim : NULL);
    /* Somebody came between reading and marking: once more, now that they are done. */
    return e == ERR_ABSENT ? ERR_BUSY : e;
}

static const char *record_detail(struct call *c, const struct verify_in *in)
{
    struct verify_in kept = *in;
    kept.code = NULL;
    return wire_text(c->w.pool, c->row->in, &kept);
}

/* On whose behalf: a code system must say, nobody else may. */
static enum err check_requester(struct call *c, const struct requester *r)
{
    uint8_t *der;
    size_t len;
    struct sm2_key *key = NULL;
    if (c->app->kind != APP_SYSTEM) {
        c->detail = "requester";
        return r != NULL ? ERR_FIELD_UNKNOWN : ERR_OK;
    }
    c->detail = r == NULL                                ? "requester"
                : strcmp(r->system, c->app->app_id) != 0 ? "requester.system"
                                                         : "requester.public_key";
    if (r == NULL)
        return ERR_FIELD_MISSING;
    if (strcmp(r->system, c->app->app_id) != 0 ||
        b64_decode(c->w.pool, r->public_key, strlen(r->public_key), &der, &len) != ERR_OK ||
        sm2_key_from_spki(der, len, &key) != ERR_OK)
        return ERR_FIELD_INVALID;
    sm2_key_free(&key);
    return ERR_OK;
}

static enum err check_scanner(struct call *c, const struct verify_in *in)
{
    return in->scanner == NULL || idno_is_valid(in->scanner->id_type, in->scanner->id_no, 0)
               ? ERR_OK
               : call_fault(c, ERR_FIELD_INVALID, "scanner.id_no");
}

static enum err verify_here(struct verifying *v)
{
    enum err e = db_transact(v->c->w.db, transact, v);
    if (e == ERR_OK)
        e = v->verdict;
    if (e != ERR_CODE_EXPIRED)
        v->c->msg = NULL;
    return e;
}

enum err act_verify(struct call *c, const struct verify_in *in, struct verify_out *out)
{
    struct verifying v = {.c = c, .in = in, .out = out};
    const char *issuer = NULL;
    enum err e = check_requester(c, in->requester);
    if (e == ERR_OK)
        e = check_scanner(c, in);
    if (e != ERR_OK)
        return e;
    c->detail = NULL;
    v.form = code_decode(in->code, strlen(in->code), &v.code);
    v.detail = record_detail(c, in);
    if (v.form != ERR_OK)
        return verify_here(&v);
    switch (code_way_of(c, &v.code, &issuer)) {
    case WAY_OURS:
        break;
    case WAY_ASK:
        return pass_verify(c, in, v.detail, issuer, v.code.type, out);
    case WAY_NO_ROUTE:
        v.form = ERR_NO_ROUTE;
        break;
    case WAY_TYPE:
        v.form = ERR_CODE_TYPE;
        break;
    case WAY_FORGED:
        v.form = ERR_CODE_SIGNATURE; /* not even asked about: whoever made it is not the issuer */
        break;
    }
    return verify_here(&v);
}
