#include "core/act/relay.h"

#include <string.h>

#include "core/base/jsontext.h"
#include "core/base/log.h"
#include "core/base/text.h"
#include "core/wire/answer.h"
#include "core/code/record.h"
#include "core/act/turn.h"
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

enum err relay_pass(struct call *c, const char *target)
{
    bool get = strcmp(c->rq->method, "GET") == 0;
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
                      .range = c->rq->range,
                      .sink = get ? relay_stream_write : NULL,
                      .sink_arg = c,
                      .head = get ? relay_stream_head : NULL};
    if (get && !turn_take((int)c->w.conf->threads))
        return ERR_BUSY;
    enum err e = peer_relay(&r);
    if (get)
        turn_give();
    if (e != ERR_OK || get)
        return c->begun ? ERR_OK : e; /* begun and broken off: the length tells */
    struct evidence v = {.at_ms = c->w.now_ms,
                         .role = EVIDENCE_RELAY,
                         .peer = r.hop,
                         .request_string = c->signing_string,
                         .authorization = c->rq->authorization,
                         .status = r.answer.status,
                         .answer = r.answer.body,
                         .answer_len = r.answer.body_len,
                         .receipt_system = http_header(&r.answer, "zwm-system"),
                         .receipt_time = http_header(&r.answer, "zwm-timestamp"),
                         .receipt_signature = http_header(&r.answer, "zwm-signature")};
    find_subject(c, &r.answer, &v);
    relay_keep_evidence(c, &v);
    write_head(c, &r.answer, false);
    (void)c->out->write(c, r.answer.body, r.answer.body_len);
    return ERR_OK;
}
