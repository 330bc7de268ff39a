/* What a call leaves behind: its answer, with the receipt where one is due, and its record. */
#include <string.h>

#include "core/base/clock.h"
#include "fcgi/responder.h"

/* --- answers --- */

void call_answer(struct call *c, const void *out)
{
    c->item = wire_object(c->row->out, out);
}

static void write_head(struct call *c, int status, const char *media_type, size_t len)
{
    FCGX_FPrintF(
        c->fcgx->out,
        "Status: %d\r\nContent-Type: %s\r\nContent-Length: %lu\r\nCache-Control: no-store\r\n",
        status, media_type, (unsigned long)len);
    c->status = status;
}

static void write_receipt(struct call *c, int status, const char *body, size_t len)
{
    struct buf b;
    uint8_t sig[SM2_SIG_LEN];
    int64_t now = clock_now_sec();
    buf_init(&b, c->pool);
    receipt_string(&b, c->signing_string, strlen(c->signing_string), status, now, body, len);
    if (keyring_sign(c->kr, b.data, b.len, sig) != ERR_OK)
        return;
    FCGX_FPrintF(c->fcgx->out, "Zwm-System: %s\r\nZwm-Timestamp: %ld\r\nZwm-Signature: %s\r\n",
                 c->conf->system, (long)now, sm2_sig_to_text(sig, c->pool));
}

void call_write_answer(struct call *c, enum err e)
{
    struct answer a = {.err = e, .in_progress = c->in_progress, .msg = c->msg, .detail = c->detail};
    struct buf b;
    struct json_object *items = NULL;
    if (e == ERR_OK && json_object_is_type(c->item, json_type_array)) {
        items = c->item;
        c->item = NULL;
        a.items = items;
    } else if (e == ERR_OK && c->item != NULL) {
        items = json_object_new_array();
        (void)json_object_array_add(items, c->item); /* owns it from here */
        c->item = NULL;
        a.items = items;
    }
    buf_init(&b, c->pool);
    answer_write(&b, c->out_form, &a, c->request_id, c->now_sec);
    int status = answer_http_status(&a);
    write_head(c, status, wire_media_type(c->out_form), b.len);
    if (c->receipt && c->signing_string != NULL)
        write_receipt(c, status, b.data, b.len);
    (void)FCGX_PutStr("\r\n", 2, c->fcgx->out);
    (void)FCGX_PutStr(b.data, (int)b.len, c->fcgx->out);
    json_object_put(items);
}

void call_write_text(struct call *c, int status, const char *media_type, const char *text,
                     size_t len)
{
    write_head(c, status, media_type, len);
    (void)FCGX_PutStr("\r\n", 2, c->fcgx->out);
    (void)FCGX_PutStr(text, (int)len, c->fcgx->out);
}

/* --- records --- */

struct callrec call_record_of(const struct call *c, enum err error)
{
    return (struct callrec){.call = c->row->id,
                            .app_id = c->app->app_id,
                            .nonce = c->sig.nonce,
                            .timestamp_sec = c->sig.timestamp_sec,
                            .at_ms = c->now_ms,
                            .request_id = c->request_id_bytes,
                            .error = error,
                            .body_sm3 = c->body_sm3,
                            .signature = c->sig.scheme == CALLSIG_SM2 ? c->sig.sig : NULL,
                            .query = strchr(c->target, '?')};
}

struct refusal {
    struct call *c;
    enum err error;
};

static enum err insert_refusal(struct db *db, void *arg)
{
    const struct refusal *r = arg;
    struct callrec rec = call_record_of(r->c, r->error);
    return callrec_insert(db, r->c->kr, r->c->pool, &rec, r->c->conf->call_window_sec);
}

enum err call_refuse(struct call *c, enum err error)
{
    struct refusal r = {c, error};
    enum err e = db_transact(c->db, insert_refusal, &r);
    return e == ERR_OK ? error : e;
}
