#include "fcgi/relay.h"

#include <string.h>

#include "core/base/jsontext.h"
#include "core/base/log.h"
#include "core/base/text.h"
#include "core/code/record.h"
#include "core/net/peer_relay.h"
#include "fcgi/call_work.h"
#include "fcgi/file.h"

struct keeping {
    struct call *c;
    const struct evidence *v;
};

static enum err insert(struct db *db, void *arg)
{
    const struct keeping *k = arg;
    return evidence_insert(db, k->c->kr, k->c->pool, k->v);
}

void relay_keep_evidence(struct call *c, const struct evidence *v)
{
    struct keeping k = {c, v};
    enum err e = db_transact(c->db, insert, &k);
    if (e != ERR_OK)
        log_msg(LOG_ERROR, "evidence", "not kept: %s", err_name(e));
}

struct evidence relay_evidence(const struct call *c, const struct peer_call *pc,
                               const uint8_t *sqbh, const uint8_t *ticket_hash)
{
    return (struct evidence){.at_ms = c->now_ms,
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

/* Status and the headers that belong to the answer; anything else of the next system stays behind.
 */
static void write_head(struct call *c, const struct http_answer *a, bool file)
{
    static const char *const kept[][2] = {{"zwm-system", "Zwm-System"},
                                          {"zwm-timestamp", "Zwm-Timestamp"},
                                          {"zwm-signature", "Zwm-Signature"},
                                          {"content-range", "Content-Range"},
                                          {"content-length", "Content-Length"}};
    FCGX_FPrintF(
        c->fcgx->out, "Status: %d\r\nContent-Type: %s\r\nCache-Control: no-store\r\n", a->status,
        is_plain(a->content_type) && *a->content_type != '\0' ? a->content_type
                                                              : "application/octet-stream");
    for (size_t i = 0; i < sizeof kept / sizeof kept[0]; i++) {
        const char *v = http_header(a, kept[i][0]);
        if (is_plain(v))
            FCGX_FPrintF(c->fcgx->out, "%s: %s\r\n", kept[i][1], v);
    }
    if (file) /* as in file.c, whatever the issuing system says */
        FCGX_FPrintF(c->fcgx->out, "Accept-Ranges: bytes\r\nContent-Disposition: attachment\r\n");
    (void)FCGX_PutStr("\r\n", 2, c->fcgx->out);
    c->status = a->status;
    c->written = true;
}

void relay_stream_head(void *stream, const struct http_answer *a)
{
    struct relay_stream *s = stream;
    write_head(s->c, a, a->status == 200 || a->status == 206);
}

bool relay_stream_write(void *stream, const void *data, size_t len)
{
    struct relay_stream *s = stream;
    if (FCGX_PutStr(data, (int)len, s->c->fcgx->out) != (int)len)
        return false;
    s->sent += (int64_t)len;
    return true;
}

static struct json_object *parse(struct call *c, const char *text, size_t len)
{
    struct json_object *o = NULL;
    struct wire_fault fault;
    return text != NULL && wire_parse_json(c->pool, text, len, &o, &fault) == ERR_OK ? o : NULL;
}

/* What the evidence is about: the authorization and the ticket, where the answer or the request
 * tells them. */
static void find_subject(struct call *c, const struct http_answer *a, struct evidence *v)
{
    struct json_object *o = NULL, *items = NULL, *item = NULL;
    uint8_t *sqbh = pool_alloc(c->pool, SQBH_LEN), *hash = pool_alloc(c->pool, SM3_LEN);
    if (json_object_object_get_ex(parse(c, a->body, a->body_len), "process_response", &o) &&
        json_object_object_get_ex(o, "items", &items) &&
        json_object_is_type(items, json_type_array))
        item = json_object_array_get_idx(items, 0);
    const char *text = json_get_text(item, "sqbh", NULL),
               *ticket = json_get_text(item, "ticket", NULL);
    if (text != NULL && hex_decode(text, strlen(text), sqbh, SQBH_LEN) == ERR_OK)
        v->sqbh = sqbh;
    if (ticket == NULL)
        ticket = json_get_text(parse(c, c->body, c->body_len), "ticket", NULL);
    if (ticket != NULL) {
        sm3(ticket, strlen(ticket), hash);
        v->ticket_hash = hash;
    }
}

enum err relay_pass(struct call *c, const char *target)
{
    bool get = strcmp(c->method, "GET") == 0;
    struct relay_stream stream = {c, 0};
    struct relay r = {.w = call_work(c),
                      .target = target,
                      .method = c->method,
                      .path = c->target,
                      .content_type = c->content_type,
                      .authorization = c->authorization,
                      .via = c->via,
                      .accept = c->accept,
                      .body = c->body,
                      .body_len = c->body_len,
                      .signing_string = c->signing_string,
                      .range = c->range,
                      .sink = get ? relay_stream_write : NULL,
                      .sink_arg = &stream,
                      .head = get ? relay_stream_head : NULL};
    if (get && !file_turn_take((int)c->conf->threads))
        return ERR_BUSY;
    enum err e = peer_relay(&r);
    if (get)
        file_turn_give();
    if (e != ERR_OK || get)
        return c->written ? ERR_OK : e; /* begun and broken off: the length tells */
    struct evidence v = {.at_ms = c->now_ms,
                         .role = EVIDENCE_RELAY,
                         .peer = r.hop,
                         .request_string = c->signing_string,
                         .authorization = c->authorization,
                         .status = r.answer.status,
                         .answer = r.answer.body,
                         .answer_len = r.answer.body_len,
                         .receipt_system = http_header(&r.answer, "zwm-system"),
                         .receipt_time = http_header(&r.answer, "zwm-timestamp"),
                         .receipt_signature = http_header(&r.answer, "zwm-signature")};
    find_subject(c, &r.answer, &v);
    relay_keep_evidence(c, &v);
    write_head(c, &r.answer, false);
    (void)FCGX_PutStr(r.answer.body, (int)r.answer.body_len, c->fcgx->out);
    return ERR_OK;
}
