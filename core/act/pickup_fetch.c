/* The middle of a pickup: what is fetched from the information service into the spool (design 8).
 */
#include <string.h>

#include "core/act/pickup_int.h"
#include "core/base/log.h"
#include "core/base/tally.h"
#include "core/base/text.h"
#include "core/code/record.h"
#include "core/net/http.h"
#include "core/net/gated.h"
#include "core/net/outgoing.h"
#include "core/wire/answer.h"

enum { CLASS_MEDIA_MAX = 128 };

static char *fetch_body(const struct picking *k, const char *sqbh)
{
    struct fetch_requester who = k->who;
    const struct fetch_in in = {.sqbh = sqbh,
                                .class = k->in->class,
                                .as = k->in->as,
                                .record = k->record,
                                .requester = &who};
    return wire_text(k->c->w.pool, call_row(CALL_FETCH)->in, &in);
}

static enum err call_service(struct picking *k, struct http_answer *a)
{
    struct call *c = k->c;
    const struct conf *conf = c->w.conf;
    char sqbh[SQBH_TEXT_LEN + 1];
    hex_encode(k->authz.sqbh, SQBH_LEN, sqbh);
    c->sqbh = pool_strdup(c->w.pool, sqbh);
    char *body = fetch_body(k, sqbh);
    bool streams = k->entry.as_file; /* a file takes as long as it must, while it goes on */
    struct outgoing o = {.rq = {.method = "POST",
                                .url = pool_printf(c->w.pool, "%s/fetch", k->service.base_url),
                                .body = body,
                                .body_len = strlen(body),
                                .connect_ms = (long)conf->service_connect_ms,
                                .total_ms = streams ? 0 : (long)conf->service_total_ms,
                                .stall_sec = streams ? (long)conf->download_stall_sec : 0,
                                .least_per_sec = streams ? (long)conf->download_least_per_sec : 0,
                                .max_len = (uint64_t)conf->file_max_mib << 20,
                                .ca_file = conf->service_ca_file,
                                .sink = spool_write,
                                .sink_arg = &k->spool},
                         .scheme = OUTGOING_OUT,
                         .key = keyring_system_key(c->w.kr),
                         .signer = conf->system,
                         .now_sec = c->w.now_sec};
    enum err e = outgoing_sign(c->w.pool, &o);
    if (e != ERR_OK)
        return e;
    /* A service that hangs must not use up the threads that others' pickups need. */
    const char *gate = pool_printf(c->w.pool, "service %s", k->service.service_id);
    e = gated_call(gate, c->w.http, c->w.pool, &o.rq, a);
    tally_count(c->w.tally, TALLY_SERVICE, k->service.service_id,
                e == ERR_OK ? ERR_OK : ERR_SERVICE_UNAVAILABLE);
    if (e == ERR_OK)
        return ERR_OK;
    struct log_line l;
    log_start(&l, LOG_WARN, "service_failed");
    log_str(&l, "request_id", c->request_id);
    log_str(&l, "service", k->service.service_id);
    log_str(&l, "msg", a->failure);
    log_end(&l);
    return ERR_SERVICE_UNAVAILABLE;
}

static bool is_media_type(const char *s)
{
    size_t len = strlen(s);
    if (len == 0 || len > CLASS_MEDIA_MAX || strchr(s, '/') == NULL)
        return false;
    for (; *s != '\0'; s++)
        if (*s < 0x20 || *s > 0x7e)
            return false;
    return true;
}

/* Data comes in the usual answer: its one item is taken apart and the data put in the spool
 * instead. */
static enum err take_data(struct picking *k)
{
    struct call *c = k->c;
    struct answer_in answer;
    if (k->spool.fd >= 0 ||
        answer_read(c->w.pool, k->spool.head.data, k->spool.head.len, &answer) != ERR_OK)
        return ERR_SERVICE_UNAVAILABLE;
    if (answer.result != ANSWER_DONE)
        return answer.err == ERR_NOT_FOUND ? ERR_NOT_FOUND : ERR_SERVICE_UNAVAILABLE;
    struct json_object *data = json_get(answer.item, "data");
    k->media_type = json_get_text(answer.item, "media_type", "");
    if (!is_media_type(k->media_type) || data == NULL)
        return ERR_SERVICE_UNAVAILABLE;
    const char *text = json_object_is_type(data, json_type_string) ? json_object_get_string(data)
                                                                   : json_to_text(c->w.pool, data);
    spool_close(&k->spool, false);
    spool_open(&k->spool, c->w.pool, c->w.kr, c->w.conf->spool_dir);
    return spool_write(&k->spool, text, strlen(text)) ? ERR_OK : ERR_SERVICE_UNAVAILABLE;
}

static enum err take_file(struct picking *k, const struct http_answer *a)
{
    char hex[2 * SM3_LEN + 1];
    const char *told = http_header(a, "zwm-sm3");
    hex_encode(k->digest, 32, hex);
    if (told == NULL || strcmp(told, hex) != 0 || !is_media_type(a->content_type))
        return ERR_SERVICE_UNAVAILABLE;
    k->media_type = a->content_type;
    return ERR_OK;
}

enum err pickup_fetch(struct picking *k)
{
    struct http_answer a;
    enum err e = call_service(k, &a);
    if (e != ERR_OK)
        return e;
    bool is_answer =
        strncmp(a.content_type, "application/json", 16) == 0 && http_header(&a, "zwm-sm3") == NULL;
    if (a.status != 200 && !is_answer)
        return ERR_SERVICE_UNAVAILABLE;
    if (!k->entry.as_file && http_header(&a, "zwm-sm3") != NULL)
        return ERR_OPERATION; /* a file: it was neither asked for nor need it be permitted */
    if (is_answer) {
        if (k->entry.as_file && a.status == 200)
            return ERR_SERVICE_UNAVAILABLE; /* a file was asked for */
        e = take_data(k);
    }
    if (e == ERR_OK && spool_finish(&k->spool, k->digest) != ERR_OK)
        return ERR_STORAGE;
    return e == ERR_OK && !is_answer ? take_file(k, &a) : e;
}

/* Tells name, number and assurance of the subject, as the channel identified it when it authorized.
 */
enum err pickup_identity(struct picking *k)
{
    static const char *const kept[] = {"type", "name", "id_type", "id_no", "assurance"};
    struct pool *p = k->c->w.pool;
    const struct json_object *subject = json_parse(p, k->authz.subject);
    struct json_object *o = json_own(p, json_object_new_object());
    for (size_t i = 0; i < sizeof kept / sizeof kept[0]; i++) {
        struct json_object *v = json_get(subject, kept[i]);
        if (v != NULL)
            (void)json_object_object_add(o, kept[i], json_object_get(v));
    }
    (void)json_object_object_add(o, "system", json_object_new_string(k->c->w.conf->system));
    const char *text = json_to_text(p, o);
    k->media_type = "application/json";
    return spool_write(&k->spool, text, strlen(text)) &&
                   spool_finish(&k->spool, k->digest) == ERR_OK
               ? ERR_OK
               : ERR_STORAGE;
}
