/* zwm evidence: the chain of signed requests and answers of one authorization, checked with public
 * keys alone. */
#include <string.h>

#include "core/base/text.h"
#include "core/cli/open.h"
#include "core/code/record.h"
#include "core/crypto/b64.h"
#include "core/net/trust.h"
#include "core/store/evidence.h"
#include "core/store/route.h"
#include "core/wire/calls.h"
#include "core/wire/callsig.h"
#include "core/wire/field.h"

struct chain {
    struct cli *cli;
    struct instance i;
    struct trust *trust; /* NULL: none in force */
    struct json_object *items;
    int bad;
};

/* A signature and what became of checking it. */
struct checked {
    const char *finding;
    const char *public_key; /* base64 SubjectPublicKeyInfo of the key that made it, else NULL */
};

static bool holds(const struct sm2_key *key, const char *string, const uint8_t sig[SM2_SIG_LEN],
                  struct pool *p, struct checked *c)
{
    uint8_t *der;
    size_t len;
    if (key == NULL || !sm2_verify(key, string, strlen(string), sig))
        return false;
    sm2_key_spki(key, p, &der, &len);
    *c = (struct checked){"right", b64_encode(p, der, len)};
    return true;
}

/* By a key of the app, now or before; by the key of a system on the list of that time, else on the
 * one in force. Nobody but the signer can have made it with either. */
static struct checked check(struct chain *h, const char *signer, int64_t at_ms, const char *string,
                            const uint8_t sig[SM2_SIG_LEN])
{
    struct checked c = {"key not known here", NULL};
    struct app_spki *keys = NULL;
    size_t n = 0;
    if (admin_app_keys(&h->i.work, signer, &keys, &n) != ERR_OK)
        return (struct checked){"keys cannot be read", NULL};
    bool known = n > 0, ok = false;
    for (size_t k = 0; !ok && k < n; k++) {
        struct sm2_key *key = NULL;
        ok = sm2_key_from_spki(keys[k].der, keys[k].len, &key) == ERR_OK &&
             holds(key, string, sig, h->cli->pool, &c);
        sm2_key_free(&key);
    }
    if (!ok && field_is_digits(signer)) {
        struct trust *then = cli_trust_at(h->cli, &h->i, at_ms / 1000);
        const struct trust *const lists[] = {then, h->trust};
        for (int k = 0; !ok && k < 2; k++) {
            const struct trust_system *s = lists[k] != NULL ? trust_find(lists[k], signer) : NULL;
            known = known || s != NULL;
            ok = s != NULL && (holds(s->key, string, sig, h->cli->pool, &c) ||
                               holds(s->previous_key, string, sig, h->cli->pool, &c));
        }
        trust_release(&then);
    }
    if (known && !ok)
        c.finding = "WRONG";
    h->bad += known && !ok;
    return c;
}

/* Whether the caller named us as the addressee is not kept, so it is tried both ways: nobody but
 * the signer can have made a signature that holds. `b` becomes what was signed. */
static struct checked check_addressed(struct chain *h, const struct evidence_call *e, struct buf *b)
{
    const int bad = h->bad;
    struct checked c = check(h, e->app_id, e->at_ms, b->data, e->signature);
    if (h->bad == bad)
        return c;
    const char *plain = pool_strdup(h->cli->pool, b->data);
    buf_printf(b, "%s\n", h->i.conf.system);
    h->bad = bad;
    c = check(h, e->app_id, e->at_ms, b->data, e->signature);
    if (h->bad != bad) {
        buf_init(b, h->cli->pool);
        buf_puts(b, plain);
    }
    return c;
}

static void add(struct json_object *o, const char *name, const char *value)
{
    if (value != NULL)
        (void)json_object_object_add(o, name, json_object_new_string(value));
}

static void print_time(const struct chain *h, int64_t at_ms, struct json_object *o)
{
    const char *when = cli_time(h->cli, at_ms / 1000);
    add(o, "at", when);
    (void)json_object_object_add(o, "at_ms", json_object_new_int64(at_ms));
    if (!h->cli->json)
        (void)printf("%.19s.%03dZ  ", when, (int)(at_ms % 1000));
}

/* A call that reached this system: what its caller signed is put together again from the record. */
static void show_call(struct chain *h, const struct evidence_call *e)
{
    struct json_object *o = json_object_new_object();
    struct buf b;
    char hex[2 * SM3_LEN + 1] = "";
    const struct call_row *row =
        e->interface > 0 && e->interface < CALL_MAX ? call_row((enum call_id)e->interface) : NULL;
    struct checked asked = {"no signature (allow-list)", NULL};
    buf_init(&b, h->cli->pool);
    print_time(h, e->at_ms, o);
    if (e->body_sm3 != NULL)
        hex_encode(e->body_sm3, SM3_LEN, hex);
    if (row != NULL && e->body_sm3 != NULL && e->signature != NULL) {
        buf_printf(&b, "%s\n%s%s\n%lld\n%s\n%s\n", row->method, row->path,
                   e->query != NULL ? e->query : "", (long long)e->sent_at, e->nonce, hex);
        asked = check_addressed(h, e, &b);
    }
    add(o, "kind", "request received");
    add(o, "interface", row != NULL ? row->name : NULL);
    add(o, "caller", e->app_id);
    add(o, "nonce", e->nonce);
    add(o, "passed_to", e->peer);
    (void)json_object_object_add(o, "error", json_object_new_int(e->error));
    add(o, "request_string", b.len > 0 ? b.data : NULL);
    if (e->signature != NULL)
        add(o, "signature", sm2_sig_to_text(e->signature, h->cli->pool));
    add(o, "public_key_of_caller", asked.public_key);
    add(o, "signature_of_caller", asked.finding);
    if (!h->cli->json)
        (void)printf("%-8s of %s, nonce %s%s%s: %s; its signature: %s\n",
                     row != NULL ? row->name : "call", e->app_id, e->nonce,
                     e->peer != NULL ? ", passed to " : "", e->peer != NULL ? e->peer : "",
                     e->error == 0 ? "done" : pool_printf(h->cli->pool, "refused %d", e->error),
                     asked.finding);
    (void)json_object_array_add(h->items, o);
}

/* Line `n` of a signing string, from 0: 1 is the target, 3 the nonce. */
static const char *line_of(struct pool *p, const char *string, int n)
{
    for (; n > 0 && *string != '\0'; n--)
        string += strcspn(string, "\n") + (strchr(string, '\n') != NULL);
    return pool_strndup(p, string, strcspn(string, "\n"));
}

/* The first bytes of an answer as text: a last character that was cut off is left out. NULL if it
 * is no text. */
static const char *excerpt(struct pool *p, const struct evidence *e)
{
    size_t len = e->answer_len;
    while (len > 0 && e->answer_size > (int64_t)e->answer_len &&
           ((unsigned char)e->answer[len - 1] & 0x80) != 0)
        if (((unsigned char)e->answer[--len] & 0x40) != 0)
            break;
    return utf8_is_valid(e->answer, len) ? pool_strndup(p, e->answer, len) : NULL;
}

static void add_answer(const struct chain *h, struct json_object *o, const struct evidence *e)
{
    char hex[2 * SM3_LEN + 1];
    if (e->answer_sm3 == NULL) { /* an old row has all of it */
        sm3_hex(e->answer, e->answer_len, hex);
    } else {
        hex_encode(e->answer_sm3, SM3_LEN, hex);
        (void)json_object_object_add(o, "answer_size", json_object_new_int64(e->answer_size));
    }
    add(o, "answer_sm3", hex);
    add(o, "answer_excerpt", excerpt(h->cli->pool, e));
}

/* A call between systems: the request's signature and the receipt over the answer. */
static void show_hop(struct chain *h, const struct evidence *e)
{
    struct json_object *o = json_object_new_object();
    struct callsig sig;
    struct buf b;
    uint8_t receipt[SM2_SIG_LEN];
    struct checked asked = {"unreadable", NULL}, answered = {"no receipt", NULL};
    print_time(h, e->at_ms, o);
    if (callsig_parse(e->authorization, &sig) == ERR_OK && sig.scheme == CALLSIG_SM2)
        asked = check(h, sig.app_id, e->at_ms, e->request_string, sig.sig);
    buf_init(&b, h->cli->pool);
    if (e->receipt_system != NULL && e->receipt_time != NULL && e->receipt_signature != NULL &&
        sm2_sig_from_text(e->receipt_signature, strlen(e->receipt_signature), receipt) == ERR_OK) {
        uint8_t whole[SM3_LEN];
        sm3(e->answer, e->answer_len, whole);
        receipt_string_of(&b, e->request_string, strlen(e->request_string), e->status,
                          strtoll(e->receipt_time, NULL, 10),
                          e->answer_sm3 != NULL ? e->answer_sm3 : whole);
        answered = check(h, e->receipt_system, e->at_ms, b.data, receipt);
    }
    add(o, "kind", e->role == EVIDENCE_RELAY ? "passed on" : "sent");
    add(o, "next", e->peer);
    add(o, "request_string", e->request_string);
    add(o, "authorization", e->authorization);
    (void)json_object_object_add(o, "http_status", json_object_new_int(e->status));
    add_answer(h, o, e);
    add(o, "receipt_system", e->receipt_system);
    add(o, "receipt_string", b.len > 0 ? b.data : NULL);
    add(o, "receipt_signature", e->receipt_signature);
    add(o, "public_key_of_caller", asked.public_key);
    add(o, "signature_of_caller", asked.finding);
    add(o, "public_key_of_answer", answered.public_key);
    add(o, "signature_of_answer", answered.finding);
    if (!h->cli->json)
        (void)printf("%s %s, nonce %s, to %s: HTTP %d; request signed: %s; receipt of %s: %s\n",
                     e->role == EVIDENCE_RELAY ? "passed on" : "sent",
                     line_of(h->cli->pool, e->request_string, 1),
                     line_of(h->cli->pool, e->request_string, 3), e->peer, e->status, asked.finding,
                     e->receipt_system != NULL ? e->receipt_system : "-", answered.finding);
    (void)json_object_array_add(h->items, o);
}

static int show(struct chain *h, const uint8_t sqbh[16])
{
    struct evidence *hops;
    struct evidence_call *calls;
    size_t hops_n, calls_n, a = 0, b = 0;
    enum err e =
        evidence_by_sqbh(h->i.db, h->i.kr, h->cli->pool, sqbh, &hops, &hops_n, &calls, &calls_n);
    if (e != ERR_OK)
        return cli_store_failed(h->cli, e);
    if (hops_n + calls_n == 0)
        return cli_fail(h->cli, "nothing is kept here about this authorization");
    h->items = json_object_new_array();
    while (a < calls_n || b < hops_n) {
        if (b == hops_n || (a < calls_n && calls[a].at_ms <= hops[b].at_ms))
            show_call(h, &calls[a++]);
        else
            show_hop(h, &hops[b++]);
    }
    if (h->cli->json) {
        struct json_object *o = json_object_new_object();
        (void)json_object_object_add(o, "items", h->items);
        (void)json_object_object_add(o, "wrong", json_object_new_int(h->bad));
        cli_print_json(o);
    } else {
        json_object_put(h->items);
    }
    return h->bad == 0 ? CLI_OK : cli_fail(h->cli, "%d signatures do not hold", h->bad);
}

int cmd_evidence(struct cli *cli, int argc, char **argv)
{
    struct chain h = {.cli = cli};
    const char *words[1] = {NULL};
    uint8_t sqbh[SQBH_LEN];
    size_t n;
    int rc = cli_parse(cli, argc, argv, NULL, 0, words, 1, &n);
    if (rc != CLI_OK)
        return rc;
    if (n != 1 || hex_decode(words[0], strlen(words[0]), sqbh, SQBH_LEN) != ERR_OK)
        return cli_usage(cli, "an authorization number (sqbh, 32 hex digits) is needed");
    rc = cli_open(cli, &h.i);
    if (rc != CLI_OK)
        return rc;
    h.trust = cli_trust(cli, &h.i);
    rc = show(&h, sqbh);
    trust_release(&h.trust);
    return rc;
}
