/* Picking up what another system holds: the second half of passing.h. */
#include "core/act/passing.h"

#include <string.h>

#include "core/act/relay.h"
#include "core/base/clock.h"
#include "core/code/record.h"
#include "core/code/sysid.h"
#include "core/net/spool.h"

enum { MEDIA_TYPE_MOST = 128 };

struct claiming {
    struct call *c;
    const struct pickup_in *in;
    const uint8_t *hash;
    struct callrec_ticket ticket;
    enum err verdict;
};

/* Whether the permission bits that the issuing system told us, when the code was verified, allow
 * what is asked for. Returns true if it has told none, and for a class that was not granted: that
 * comes first, and the issuing system says so. */
static bool is_permitted(struct pool *p, const struct callrec_ticket *t, const struct pickup_in *in)
{
    const struct json_object *answer = t->answer != NULL ? json_parse(p, t->answer) : NULL;
    const char *czqx = json_get_text(answer, "czqx", NULL);
    size_t n;
    const char **classes = json_get_strings(p, answer, "xxlb", &n);
    for (size_t i = 0; czqx != NULL && i < n; i++)
        if (strcmp(classes[i], in->class) == 0)
            return (record_czqx_bits(czqx) & record_czqx_needed(in->as)) != 0;
    return true;
}

/* The ticket must be one that we have passed to this very app: the issuing system knows us only. */
static enum err look_up(struct db *db, void *arg)
{
    struct claiming *k = arg;
    const struct call *c = k->c;
    enum err e = callrec_by_ticket(db, c->w.kr, c->w.pool, k->hash, c->w.now_sec,
                                   c->w.conf->ticket_ttl_sec, &k->ticket);
    k->verdict = ERR_OK;
    if (e == ERR_ABSENT || (e == ERR_OK && strcmp(k->ticket.app_id, c->app->app_id) != 0))
        k->verdict = ERR_TICKET_UNKNOWN;
    else if (e == ERR_OK && c->w.now_sec > k->ticket.expires)
        k->verdict = ERR_TICKET_EXPIRED;
    else if (e == ERR_OK && !is_permitted(c->w.pool, &k->ticket, k->in))
        k->verdict = ERR_OPERATION;
    return e == ERR_ABSENT ? ERR_OK : e;
}

/* Sets the text members `names` of `from`, without a copy: a ciphertext is a megabyte. Returns
 * false if one is missing. */
struct text_member {
    const char *name, **value;
};
static bool take_texts(const struct json_object *from, const struct text_member *m, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        *m[i].value = json_get_text(from, m[i].name, NULL);
        if (*m[i].value == NULL)
            return false;
    }
    return true;
}

/* Takes what we would have answered ourselves, and nothing else; false if it is not all there. An
 * envelope can be larger than a request may be, so it does not go through the field table. */
static bool read_picked(struct pool *p, const struct json_object *from, struct pickup_out *out)
{
    struct envelope_out *env = pool_alloc(p, sizeof *env);
    const struct text_member about[] = {{"class", &out->class},
                                        {"source", &out->source},
                                        {"media_type", &out->media_type},
                                        {"sm3", &out->sm3}},
                             sealed[] = {{"key", &env->key},
                                         {"iv", &env->iv},
                                         {"ciphertext", &env->ciphertext},
                                         {"mac", &env->mac}},
                             by_handle[] = {{"file", &out->file}};
    struct json_object *size = json_get(from, "size");
    const struct json_object *envelope = json_get(from, "envelope");
    *out = (struct pickup_out){0};
    if (!take_texts(from, about, 4) || !json_object_is_type(size, json_type_int) ||
        json_object_get_int64(size) < 0)
        return false;
    out->size = (struct field_int){true, json_object_get_int64(size)};
    if (envelope == NULL)
        return take_texts(from, by_handle, 1);
    out->envelope = env;
    return take_texts(envelope, sealed, 4);
}

static enum err take_picked(struct passing *k, const struct peer_call *pc,
                            const struct pickup_in *in, struct pickup_out *out)
{
    const struct call *c = k->c;
    if (!read_picked(c->w.pool, pc->item, out) || strcmp(out->class, in->class) != 0)
        return ERR_SYSTEM_UNREACHABLE;
    if (out->file == NULL)
        return ERR_OK;
    if (strlen(out->file) != SPOOL_HANDLE_LEN || strlen(out->media_type) > MEDIA_TYPE_MOST)
        return ERR_SYSTEM_UNREACHABLE;
    if (strcmp(in->as, "file") != 0)
        return ERR_OPERATION; /* a file where data was asked for */
    int64_t expires = c->w.now_sec + c->w.conf->handle_ttl_sec;
    k->handle = (struct file_handle){.day = clock_day(expires),
                                     .app_id = c->app->app_id,
                                     .media_type = out->media_type,
                                     .size = out->size.v,
                                     .expires_at = expires,
                                     .peer = pc->target};
    spool_handle_hash(out->file, k->handle.hash);
    return ERR_OK;
}

enum err pass_pickup(struct call *c, const struct pickup_in *in, const uint8_t ticket_hash[SM3_LEN],
                     struct pickup_out *out)
{
    struct claiming ticket = {.c = c, .in = in, .hash = ticket_hash};
    struct passing k = {.c = c};
    struct peer_call pc;
    struct pool *p = c->w.pool;
    enum err e = db_transact(c->w.db, look_up, &ticket);
    if (e != ERR_OK || ticket.verdict != ERR_OK)
        return e != ERR_OK ? e : call_refuse(c, ticket.verdict);
    char *target = pool_strndup(p, in->ticket, SYSID_LEN);
    struct json_object *detail = json_own(p, json_object_new_object());
    (void)json_object_object_add(detail, "class", json_object_new_string(in->class));
    e = passing_begin(&k, target, json_to_text(p, detail));
    if (e != ERR_OK)
        return e;
    e = peer_ask(&c->w, CALL_PICKUP, target, wire_text(p, call_row(CALL_PICKUP)->in, in), NULL,
                 &pc);
    if (e == ERR_OK && pc.error == ERR_OK)
        e = take_picked(&k, &pc, in, out);
    enum err verdict = e != ERR_OK ? e : pc.error;
    k.rec.error = verdict;
    if (pc.believed)
        k.evidence = relay_evidence(c, &pc, ticket.ticket.sqbh, ticket_hash);
    k.rec.sqbh = ticket.ticket.sqbh;
    e = passing_end(&k);
    if (e == ERR_OK && verdict == ERR_OK)
        return ERR_OK;
    return verdict != ERR_OK ? verdict : pc.sent ? ERR_UNCERTAIN : e;
}

enum err pass_file(struct call *c, const struct file_handle *h)
{
    struct peer_call pc = {.w = &c->w,
                           .target = h->peer,
                           .path = c->rq->target,
                           .range = c->rq->range,
                           .sink = relay_stream_write,
                           .sink_arg = c,
                           .head = relay_stream_head};
    enum err e = peer_call(&pc);
    return c->begun ? ERR_OK : e;
}
