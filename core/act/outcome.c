/* outcome: what became of an app's own earlier verify call (interface 2.3).
 *
 * Statements: CALL_BY_NONCE, CALL_INSERT; one transaction. */
#include "core/act/outcome.h"

#include <string.h>

#include "core/act/passing.h"

/* A system that asks for its own caller has begun a little earlier, by its own clock. */
enum { SYSTEM_MARGIN_SEC = 60 };

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
        callrec_by_nonce(db, c->w.kr, c->w.pool, c->app->app_id, a->nonce, c->w.now_sec, &a->found);
    if (e == ERR_ABSENT) {
        struct callrec stop = call_record_of(c, ERR_OK);
        stop.call = CALL_VOID;
        stop.nonce = a->nonce;
        stop.timestamp_sec = c->w.now_sec;
        a->took_effect = false;
        e = call_enter(db, c, &stop);
        if (e == ERR_NONCE_USED)
            return ERR_BUSY; /* it has just arrived: read it */
        mine.error = ERR_CODE_UNKNOWN;
    } else if (e == ERR_OK) {
        int64_t ttl_sec =
            c->w.conf->outcome_ttl_sec + (c->app->kind == APP_SYSTEM ? SYSTEM_MARGIN_SEC : 0);
        a->took_effect =
            a->found.call == CALL_VERIFY && a->found.at_ms >= c->w.now_ms - ttl_sec * 1000;
        mine.error = a->took_effect ? ERR_OK : ERR_CODE_UNKNOWN;
    }
    return e == ERR_OK ? call_enter(db, c, &mine) : e;
}

enum err act_outcome(struct call *c, const struct outcome_in *in, struct verify_out *out)
{
    struct asking a = {.c = c, .nonce = in->nonce};
    if (strcmp(a.nonce, c->sig.nonce) == 0)
        return call_fault(c, ERR_FIELD_INVALID, "nonce");
    enum err e = db_transact(c->w.db, ask, &a);
    if (e != ERR_OK)
        return e;
    if (!a.took_effect)
        return ERR_CODE_UNKNOWN;
    if (a.found.peer != NULL && a.found.peer_nonce == NULL)
        return ERR_UNCERTAIN; /* it was passed on as it came: whom it was addressed to knows */
    if (a.found.error == ERR_UNCERTAIN && a.found.peer != NULL)
        return pass_outcome(c, a.nonce, &a.found, out);
    if (a.found.error != ERR_OK) {
        c->msg = a.found.answer;
        return a.found.error;
    }
    c->item = a.found.answer != NULL ? json_parse(c->w.pool, a.found.answer) : NULL;
    return wire_decode_object(c->w.pool, c->item, c->row->out, out, NULL) == ERR_OK ? ERR_OK
                                                                                    : ERR_STORAGE;
}
