#include "core/act/relay.h"

#include <string.h>

#include "core/base/clock.h"
#include "core/base/jsontext.h"
#include "core/base/log.h"
#include "core/base/text.h"
#include "core/wire/answer.h"
#include "core/code/record.h"
#include "core/act/turn.h"
#include "core/net/peer_receipt.h"
#include "core/net/peer_relay.h"

struct keeping {
    struct call *c;
    const struct evidence *v;
};

static enum err insert(struct db *db, void *arg)
{
    const struct keeping *k = arg;
    return evidence_insert(db, k->c->w.kr, k->c->w.pool, k->v);
}

void relay_keep_evidence(struct call *c, const struct evidence *v)
{
    struct keeping k = {c, v};
    enum err e = db_transact(c->w.db, insert, &k);
    if (e != ERR_OK)
        log_msg(LOG_ERROR, "evidence", "not kept: %s", err_name(e));
}

struct evidence relay_evidence(const struct call *c, const struct peer_call *pc,
                               const uint8_t *sqbh, const uint8_t *ticket_hash)
{
    return (struct evidence){.at_ms = c->w.now_ms,
                             .sqbh = sqbh,
                             .ticket_hash = ticket_hash,
                             .role = EVIDENCE_CALL,
                             .peer = pc->hop,
                             .request_string = pc->request_string,
                             .authorization = pc->authorization,
                             .status = pc->answer.status,
                             .answer = pc->answer.body != NULL ? pc->answer.body : "",
                             .answer_len = pc->answer.body_len,
                             .receipt_system = http_header(&pc->answer, "zwm-system"),
                             .receipt_time = http_header(&pc->answer, "zwm-timestamp"),
                             .receipt_signature = http_header(&pc->answer, "zwm-signature")};
}

/* --- the answer --- */

static bool is_plain(const char *s)
{
    for (; s != NULL && *s != '\0'; s++)
        if (*s < 0x20 || *s > 0x7e)
            return false;
    return s != NULL;
}

/* Begins our answer with the status and the headers that belong to the other one; anything else of
 * the next system stays behind. */
static void write_head(struct call *c, const struct http_answer *a, bool file)
{
    static const char *const kept[][2] = {{"zwm-system", "Zwm-System"},
                                          {"zwm-timestamp", "Zwm-Timestamp"},
                                          {"zwm-signature", "Zwm-Signature"},
                                          {"content-range", "Content-Range"},
                                          {"content-length", "Content-Length"}};
    enum { KEPT_N = sizeof kept / sizeof kept[0], FILE_N = 2 };
    const char *headers[KEPT_N + FILE_N + 1], *type = a->content_type;
    size_t n = 0;
    for (size_t i = 0; i < KEPT_N; i++) {
        const char *v = http_header(a, kept[i][0]);
        if (is_plain(v))
            headers[n++] = pool_printf(c->w.pool, "%s: %s", kept[i][1], v);
    }
    if (file) { /* as act_file answers, whatever the issuing system says */
        headers[n++] = "Accept-Ranges: bytes";
        headers[n++] = "Content-Disposition: attachment";
    }
    headers[n] = NULL;
    c->out->head(c, a->status, is_plain(type) && *type != '\0' ? type : "application/octet-stream",
                 headers);
}

void relay_stream_head(void *call, const struct http_answer *a)
{
    write_head(call, a, a->status == 200 || a->status == 206);
}

bool relay_stream_write(void *call, const void *data, size_t len)
{
    struct call *c = call;
    return c->out->write(c, data, len);
}

static const char *ticket_asked_with(const struct call *c)
{
    struct json_object *o = NULL;
    struct wire_fault fault;
    return wire_parse_json(c->w.pool, c->rq->body, c->rq->body_len, &o, &fault) == ERR_OK
               ? json_get_text(o, "ticket", NULL)
               : NULL;
}

/* Finds what the evidence is about: the authorization and the ticket, if the answer or the request
 * tells them. */
static void find_subject(struct call *c, const struct http_answer *a, struct evidence *v)
{
    struct answer_in answer;
    uint8_t *sqbh = pool_alloc(c->w.pool, SQBH_LEN), *hash = pool_alloc(c->w.pool, SM3_LEN);
    const char *text = NULL, *ticket = NULL;
    if (answer_read(c->w.pool, a->body, a->body_len, &answer) == ERR_OK) {
        text = json_get_text(answer.item, "sqbh", NULL);
        ticket = json_get_text(answer.item, "ticket", NULL);
    }
    if (text != NULL && hex_decode(text, strlen(text), sqbh, SQBH_LEN) == ERR_OK)
        v->sqbh = sqbh;
    if (ticket == NULL)
        ticket = ticket_asked_with(c);
    if (ticket != NULL) {
        sm3(ticket, strlen(ticket), hash);
        v->ticket_hash = hash;
    }
}

struct relaying {
    struct call *c;
    struct callrec rec;
    struct evidence evidence; /* peer NULL: there is nothing to keep */
};

static enum err begin(struct db *db, void *arg)
{
    const struct relaying *k = arg;
    return call_enter(db, k->c, &k->rec);
}

static enum err finish(struct db *db, void *arg)
{
    const struct relaying *k = arg;
    const struct call *c = k->c;
    enum err e = callrec_end(db, c->w.kr, c->w.pool, clock_day(k->rec.timestamp_sec), &k->rec);
    if (e == ERR_OK && k->evidence.peer != NULL)
        e = evidence_insert(db, c->w.kr, c->w.pool, &k->evidence);
    return e;
}

/* Enters how it ended. The answer is passed back even if that fails: the issuing system knows. */
static void end(struct relaying *k, enum err error)
{
    k->rec.error = error;
    enum err e = db_transact(k->c->w.db, finish, k);
    if (e != ERR_OK)
        log_msg(LOG_ERROR, "evidence", "not kept: %s", err_name(e));
}

/* An answer counts, and is worth keeping, only if the system that the call is addressed to has
 * signed it: else whoever answers could fill our disk with anything. */
static enum err judge(struct relaying *k, const struct relay *r)
{
    struct call *c = k->c;
    const struct trust_system *target = trust_find(c->w.trust, r->target);
    struct answer_in in;
    if (target == NULL ||
        !peer_receipt_holds(c->w.pool, target, c->w.now_sec, c->signing_string, &r->answer))
        return ERR_UNCERTAIN;
    k->evidence = (struct evidence){.at_ms = c->w.now_ms,
                                    .role = EVIDENCE_RELAY,
                                    .peer = r->hop,
                                    .request_string = c->signing_string,
                                    .authorization = c->rq->authorization,
                                    .status = r->answer.status,
                                    .answer = r->answer.body,
                                    .answer_len = r->answer.body_len,
                                    .receipt_system = http_header(&r->answer, "zwm-system"),
                                    .receipt_time = http_header(&r->answer, "zwm-timestamp"),
                                    .receipt_signature = http_header(&r->answer, "zwm-signature")};
    find_subject(c, &r->answer, &k->evidence);
    bool read = answer_read(c->w.pool, r->answer.body, r->answer.body_len, &in) == ERR_OK;
    return read && in.err < ERR_WIRE_MAX ? in.err : ERR_UNCERTAIN;
}

/* A file: as it comes, and nothing of it is kept. */
static enum err pass_stream(struct relaying *k, struct relay *r)
{
    r->sink = relay_stream_write;
    r->sink_arg = k->c;
    r->head = relay_stream_head;
    if (!turn_take((int)k->c->w.conf->threads))
        return ERR_BUSY;
    enum err e = peer_relay(r);
    turn_give();
    end(k, e);
    return k->c->begun ? ERR_OK : e; /* begun and broken off: the length tells */
}

enum err relay_pass(struct call *c, const char *target)
{
    struct relaying k = {.c = c, .rec = call_record_of(c, ERR_UNCERTAIN)};
    struct relay r = {.w = &c->w,
                      .target = target,
                      .method = c->rq->method,
                      .path = c->rq->target,
                      .content_type = c->rq->content_type,
                      .authorization = c->rq->authorization,
                      .via = c->rq->via,
                      .accept = c->rq->accept,
                      .body = c->rq->body,
                      .body_len = c->rq->body_len,
                      .signing_string = c->signing_string,
                      .range = c->rq->range};
    k.rec.peer = target;
    enum err e = db_transact(c->w.db, begin, &k);
    if (e != ERR_OK)
        return e;
    if (strcmp(c->rq->method, "GET") == 0)
        return pass_stream(&k, &r);
    e = peer_relay(&r);
    if (e != ERR_OK) {
        end(&k, e);
        return e;
    }
    end(&k, judge(&k, &r));
    write_head(c, &r.answer, false);
    (void)c->out->write(c, r.answer.body, r.answer.body_len);
    return ERR_OK;
}
