/* verify: POST /api/v1/code/verify and /api/v1/code/outcome (interface 2.3; R1.5 to R1.8, R8.1,
 * R8.3). A third party presents a code it has scanned.
 *
 * In:   verify_in / outcome_in (core/wire/calls.h). Out: verify_out.
 * Statements: AUTHZ_BY_DIGEST, CALL_COMMIT; CALL_BY_NONCE, CALL_INSERT for outcome. One
 * transaction: the single-use mark, the record of the verification (refusals too) and the nonce
 * stand or fall together. Order of checks: shape, type, route, signature, deadline, known, revoked
 * or replaced, addressed, used. Our own codes are known by the SM3 of their bytes; the signature is
 * only computed where that does not match. */
#include <string.h>

#include "core/base/clock.h"
#include "core/base/jsontext.h"
#include "core/base/text.h"
#include "core/code/code.h"
#include "core/code/idno.h"
#include "core/code/mask.h"
#include "core/code/record.h"
#include "core/code/sysid.h"
#include "core/crypto/b64.h"
#include "core/store/authz.h"
#include "fcgi/foreign.h"
#include "fcgi/relay.h"
#include "fcgi/responder.h"
#include "fcgi/ticket.h"

enum { SYSTEM_MARGIN_SEC = 60 };

struct verifying {
    struct call *c;
    const struct verify_in *in;
    struct code code;
    enum err form;      /* of shape, type and route, known before the store is asked */
    enum err verdict;   /* of all checks; stands once the transaction is committed */
    const char *detail; /* JSON kept with the record */
    struct authz authz;
    bool found;
    struct json_object *record, *item;
    uint8_t ticket_hash[SM3_LEN];
    int64_t ticket_expires;
};

/* --- checks --- */

/* QYM1 carries the middle six digits of the system identifier only (interface 1): where another
 * system of our division has the same, the signature tells whose a code is. */
static bool is_ours(const struct call *c, const struct code *code)
{
    struct sysid id;
    if (sysid_parse(c->conf->system, &id) != ERR_OK)
        return false;
    if (code_type_row(code->type)->system_len == SYSID_LEN)
        return strcmp(code->system, id.text) == 0;
    return strcmp(code->system, id.platform) == 0 && !foreign_is_sisters(c, code);
}

static bool signature_is_ours(const struct verifying *v)
{
    return sm2_verify(keyring_system_key(v->c->kr), v->code.bytes, code_signed_len(&v->code),
                      v->code.sig);
}

/* Whether the row is this very code. A row with the digest of the code but other bytes is
 * somebody's forgery. */
static enum err find(struct verifying *v, struct db *db)
{
    uint8_t hash[SM3_LEN];
    enum err e = authz_find(db, v->c->kr, v->c->pool, clock_day(v->code.deadline), v->code.digest,
                            &v->authz);
    if (e != ERR_OK && e != ERR_ABSENT)
        return e;
    sm3(v->code.bytes, v->code.len, hash);
    v->found = e == ERR_OK && crypto_equal(hash, v->authz.code_hash, SM3_LEN);
    if (!v->found && !signature_is_ours(v))
        return ERR_CODE_SIGNATURE;
    if (v->c->now_sec > (int64_t)v->code.deadline)
        return ERR_CODE_EXPIRED;
    return v->found ? ERR_OK : ERR_CODE_UNKNOWN;
}

/* bsqzt: an organisation is compared with the registered caller, a person with the scanner the
 * caller names. The number decides where the authorization has one, else the name. */
static bool is_addressed(const struct verifying *v)
{
    struct json_object *b = NULL;
    if (!json_object_object_get_ex(v->record, "bsqzt", &b))
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

static char *make_ticket(struct verifying *v)
{
    const struct call *c = v->c;
    v->ticket_expires = c->now_sec + c->conf->ticket_ttl_sec;
    return ticket_make(c, c->app->app_id, c->sig.nonce, v->authz.digest, v->ticket_hash);
}

static enum err make_item(struct verifying *v)
{
    struct call *c = v->c;
    struct json_object *subject = json_tokener_parse(v->authz.subject), *list = NULL, *xxsy = NULL;
    const char *czqx = json_get_text(v->record, "czqx", NULL);
    char sqbh[SQBH_TEXT_LEN + 1];
    if (subject == NULL || !json_object_object_get_ex(v->record, "xxlb", &list) ||
        !json_object_object_get_ex(v->record, "xxsy", &xxsy)) {
        json_object_put(subject);
        return ERR_STORAGE;
    }
    size_t n = json_object_array_length(list);
    const char **classes = pool_alloc(c->pool, n * sizeof *classes);
    for (size_t i = 0; i < n; i++)
        classes[i] = json_object_get_string(json_object_array_get_idx(list, i));
    hex_encode(v->authz.sqbh, SQBH_LEN, sqbh);
    struct masked_subject masked = {
        .type = json_get_text(subject, "type", NULL),
        .name = mask_name(c->pool, json_get_text(subject, "name", NULL)),
        .id_no = mask_number(c->pool, json_get_text(subject, "id_no", NULL))};
    struct verify_out out = {.ticket = make_ticket(v),
                             .ticket_expires = {true, v->ticket_expires},
                             .sqbh = sqbh,
                             .system = c->conf->system,
                             .code_type = code_type_row(v->authz.type)->name,
                             .channel = v->authz.channel,
                             .deadline = {true, v->authz.deadline},
                             .subject = &masked,
                             .xxlb = {classes, n},
                             .xxsy = xxsy,
                             .czqx = czqx != NULL ? czqx : "1"};
    json_object_put(v->item);
    v->item = wire_object(c->row->out, &out);
    c->sqbh = pool_strdup(c->pool, sqbh);
    json_object_put(subject);
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
    json_object_put(v->record);
    v->record = json_tokener_parse(v->authz.record);
    e = check_state(v);
    return e == ERR_OK ? make_item(v) : e;
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
    const struct callrec_claim claim = {v->authz.day, v->authz.digest, c->now_sec};
    struct callrec rec = call_record_of(c, v->verdict);
    rec.detail = v->detail;
    if (v->found) {
        rec.sqbh = v->authz.sqbh;
        rec.authz_day = v->authz.day;
        rec.digest = v->authz.digest;
    }
    if (v->verdict == ERR_OK) {
        rec.answer = json_to_text(c->pool, v->item);
        rec.ticket_hash = v->ticket_hash;
        rec.ticket_expires = v->ticket_expires;
    } else if (v->verdict == ERR_CODE_EXPIRED) {
        c->msg = code_type_row(v->code.type)->expired_msg;
        rec.answer = c->msg; /* so that outcome can say it again */
    }
    if (v->form != ERR_OK)
        return callrec_insert(db, c->kr, c->pool, &rec, c->conf->call_window_sec);
    enum err e = callrec_commit(db, c->kr, c->pool, &rec, c->conf->call_window_sec,
                                v->verdict == ERR_OK ? &claim : NULL);
    /* Somebody came between reading and marking: once more, now that they are done. */
    return e == ERR_ABSENT ? ERR_BUSY : e;
}

static const char *record_detail(struct call *c, const struct verify_in *in)
{
    struct verify_in kept = *in;
    kept.code = NULL;
    struct json_object *o = wire_object(c->row->in, &kept);
    const char *text = json_to_text(c->pool, o);
    json_object_put(o);
    return text;
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
        b64_decode(c->pool, r->public_key, strlen(r->public_key), &der, &len) != ERR_OK ||
        sm2_key_from_spki(der, len, &key) != ERR_OK)
        return ERR_FIELD_INVALID;
    sm2_key_free(&key);
    return ERR_OK;
}

static enum err check_scanner(struct call *c, const struct verify_in *in)
{
    c->detail = "scanner";
    if ((in->scanner == NULL) == (in->device_id == NULL))
        return in->scanner == NULL ? ERR_FIELD_MISSING : ERR_FIELD_INVALID;
    c->detail = "scanner.id_no";
    return in->scanner == NULL || idno_is_valid(in->scanner->id_type, in->scanner->id_no, 0)
               ? ERR_OK
               : ERR_FIELD_INVALID;
}

static enum err verify_here(struct verifying *v)
{
    enum err e = db_transact(v->c->db, transact, v);
    if (e == ERR_OK)
        e = v->verdict;
    if (e == ERR_OK) {
        v->c->item = v->item;
        v->item = NULL;
    } else {
        v->c->msg = e == ERR_CODE_EXPIRED ? v->c->msg : NULL;
    }
    json_object_put(v->item);
    json_object_put(v->record);
    return e;
}

static enum err run_verify(struct call *c)
{
    struct verifying v = {.c = c, .in = c->in};
    enum err e = check_requester(c, v.in->requester);
    if (e == ERR_OK)
        e = check_scanner(c, v.in);
    if (e != ERR_OK)
        return e;
    c->detail = NULL;
    v.form = code_decode(v.in->code, strlen(v.in->code), &v.code);
    v.detail = record_detail(c, v.in);
    if (v.form != ERR_OK || is_ours(c, &v.code))
        return verify_here(&v);
    const char *issuer = foreign_issuer(c, &v.code);
    if (issuer == NULL || c->trust == NULL) {
        v.form = ERR_NO_ROUTE;
        return verify_here(&v);
    }
    if (c->app->kind == APP_SYSTEM)
        return relay_pass(c, issuer);
    if (!foreign_is_signed(c, &v.code, issuer)) {
        v.form = ERR_CODE_SIGNATURE; /* not even asked about: whoever made it is not the issuer */
        return verify_here(&v);
    }
    return foreign_verify(c, v.in, v.detail, issuer, v.code.type);
}

/* --- outcome --- */

struct asking {
    struct call *c;
    const char *nonce;
    struct callrec_found found;
    bool took_effect;
};

/* Where the earlier call has left nothing, its nonce is used up now: so "no such call took effect"
 * stays true even of a call that is still on its way. */
static enum err ask(struct db *db, void *arg)
{
    struct asking *a = arg;
    const struct call *c = a->c;
    struct callrec mine = call_record_of(c, ERR_OK);
    enum err e =
        callrec_by_nonce(db, c->kr, c->pool, c->app->app_id, a->nonce, c->now_sec, &a->found);
    if (e == ERR_ABSENT) {
        struct callrec stop = call_record_of(c, ERR_OK);
        stop.call = CALL_VOID;
        stop.nonce = a->nonce;
        stop.timestamp_sec = c->now_sec;
        a->took_effect = false;
        e = callrec_insert(db, c->kr, c->pool, &stop, c->conf->call_window_sec);
        if (e == ERR_NONCE_USED)
            return ERR_BUSY; /* it has just arrived: read it */
        mine.error = ERR_CODE_UNKNOWN;
    } else if (e == ERR_OK) {
        /* A system that asks for its own caller has begun a little earlier, by its own clock. */
        int64_t ttl_sec =
            c->conf->outcome_ttl_sec + (c->app->kind == APP_SYSTEM ? SYSTEM_MARGIN_SEC : 0);
        a->took_effect =
            a->found.call == CALL_VERIFY && a->found.at_ms >= c->now_ms - ttl_sec * 1000;
        mine.error = a->took_effect ? ERR_OK : ERR_CODE_UNKNOWN;
    }
    return e == ERR_OK ? callrec_insert(db, c->kr, c->pool, &mine, c->conf->call_window_sec) : e;
}

static enum err run_outcome(struct call *c)
{
    struct asking a = {.c = c, .nonce = ((struct outcome_in *)c->in)->nonce};
    if (strcmp(a.nonce, c->sig.nonce) == 0) {
        c->detail = "nonce";
        return ERR_FIELD_INVALID;
    }
    enum err e = db_transact(c->db, ask, &a);
    if (e != ERR_OK)
        return e;
    if (!a.took_effect)
        return ERR_CODE_UNKNOWN;
    if (a.found.error == ERR_UNCERTAIN && a.found.peer != NULL)
        return foreign_outcome(c, a.nonce, &a.found);
    if (a.found.error != ERR_OK) {
        c->msg = a.found.answer;
        return a.found.error;
    }
    c->item = a.found.answer != NULL ? json_tokener_parse(a.found.answer) : NULL;
    return c->item != NULL ? ERR_OK : ERR_STORAGE;
}

int main(int argc, char **argv)
{
    static const struct handler handlers[] = {{.id = CALL_VERIFY, .run = run_verify},
                                              {.id = CALL_OUTCOME, .run = run_outcome}};
    return responder_main(argc, argv, "zwm-verify", DB_VERIFY, handlers,
                          sizeof handlers / sizeof handlers[0]);
}
