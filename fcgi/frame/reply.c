/* How answers are written: the usual one, and those that an act writes itself. */
#include <string.h>

#include "core/base/clock.h"
#include "fcgi/frame/served.h"

static void write_head(struct served *s, int status, const char *content_type)
{
    FCGX_FPrintF(s->fcgx->out, "Status: %d\r\n", status);
    if (content_type != NULL)
        FCGX_FPrintF(s->fcgx->out, "Content-Type: %s\r\n", content_type);
    FCGX_FPrintF(s->fcgx->out, "Cache-Control: no-store\r\n");
    s->status = status;
}

/* --- of an act --- */

static void out_head(struct call *c, int status, const char *content_type,
                     const char *const *headers)
{
    struct served *s = served_of(c);
    write_head(s, status, content_type);
    for (; headers != NULL && *headers != NULL; headers++)
        FCGX_FPrintF(s->fcgx->out, "%s\r\n", *headers);
    (void)FCGX_PutStr("\r\n", 2, s->fcgx->out);
    c->begun = true;
}

static bool out_write(struct call *c, const void *data, size_t len)
{
    return FCGX_PutStr(data, (int)len, served_of(c)->fcgx->out) == (int)len;
}

static bool out_flush(struct call *c)
{
    return FCGX_FFlush(served_of(c)->fcgx->out) == 0;
}

const struct call_out reply_out = {.head = out_head, .write = out_write, .flush = out_flush};

/* --- of a handler --- */

enum err answer_with(struct call *c, enum err e, const void *out)
{
    if (e == ERR_OK && !c->begun && c->item == NULL && c->row->out != NULL)
        c->item = wire_object(c->w.pool, c->row->out, out);
    return e;
}

enum err answer_with_list(struct call *c, enum err e, const struct field_objects *out)
{
    if (e != ERR_OK)
        return e;
    struct json_object *list = json_object_new_array_ext((int)out->n);
    c->item = json_own(c->w.pool, list);
    for (size_t i = 0; i < out->n; i++) {
        const unsigned char *v = (const unsigned char *)out->v + i * c->row->out->size;
        (void)json_object_array_add(list, json_object_get(wire_object(c->w.pool, c->row->out, v)));
    }
    return ERR_OK;
}

enum err answer_with_text(struct call *c, int status, const char *media_type, const char *text,
                          size_t len)
{
    const char *const headers[] = {pool_printf(c->w.pool, "Content-Length: %zu", len), NULL};
    c->out->head(c, status, media_type, headers);
    (void)c->out->write(c, text, len);
    return ERR_OK;
}

/* --- the usual one --- */

/* The receipt binds the answer to the request (interface 2.1). */
static void write_receipt(struct served *s, const char *body, size_t len)
{
    const struct work *w = &s->c.w;
    struct buf b;
    uint8_t sig[SM2_SIG_LEN];
    int64_t now = clock_now_sec();
    buf_init(&b, w->pool);
    receipt_string(&b, s->c.signing_string, strlen(s->c.signing_string), s->status, now, body, len);
    if (keyring_sign(w->kr, b.data, b.len, sig) != ERR_OK)
        return;
    FCGX_FPrintF(s->fcgx->out, "Zwm-System: %s\r\nZwm-Timestamp: %ld\r\nZwm-Signature: %s\r\n",
                 w->conf->system, (long)now, sm2_sig_to_text(sig, w->pool));
}

/* Returns the answer's items: the call's item, which may be a list already. */
static struct json_object *items_of(const struct call *c)
{
    if (c->item == NULL || json_object_is_type(c->item, json_type_array))
        return c->item;
    struct json_object *items = json_own(c->w.pool, json_object_new_array_ext(1));
    (void)json_object_array_add(items, json_object_get(c->item));
    return items;
}

void reply_write(struct served *s, enum err e)
{
    const struct call *c = &s->c;
    const struct answer a = {.err = e,
                             .in_progress = c->in_progress,
                             .msg = c->msg,
                             .detail = c->detail,
                             .items = e == ERR_OK ? items_of(c) : NULL,
                             .next_cursor = e == ERR_OK ? c->next_cursor : NULL};
    struct buf b;
    buf_init(&b, c->w.pool);
    answer_write(&b, s->out_form, &a, c->request_id, c->w.now_sec);
    write_head(s, answer_http_status(&a), wire_media_type(s->out_form));
    FCGX_FPrintF(s->fcgx->out, "Content-Length: %lu\r\n", (unsigned long)b.len);
    session_write_cookie(s);
    if (c->reader != NULL)
        FCGX_FPrintF(s->fcgx->out, "Access-Control-Allow-Origin: %s\r\nVary: Origin\r\n",
                     c->reader);
    if (c->receipt && s->c.signing_string != NULL)
        write_receipt(s, b.data, b.len);
    (void)FCGX_PutStr("\r\n", 2, s->fcgx->out);
    (void)FCGX_PutStr(b.data, (int)b.len, s->fcgx->out);
}
