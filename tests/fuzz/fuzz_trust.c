/* Trust lists under a fixed key: what is accepted is signed, by a check of its own; and with the
 * signature put right, so that the reading behind it is reached, what is accepted holds together
 * and can be routed over. */
#include <assert.h>
#include <string.h>

#include "core/code/jcs.h"
#include "core/code/sysid.h"
#include "core/net/trust.h"
#include "core/wire/field.h"
#include "tests/unit/sentence_key.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static struct sm2_key *key(void)
{
    static struct sm2_key *k;
    if (k == NULL) {
        k = sentence_key("zwm trust list test key: publisher"); /* as in tests/vectors/trust.json */
        sm2_prepare_generator();
        sm2_key_prepare(k);
    }
    return k;
}

static struct json_object *parse(struct pool *p, const uint8_t *data, size_t len)
{
    struct json_object *o = NULL;
    struct wire_fault fault;
    if (wire_parse_json(p, (const char *)data, len, &o, &fault) != ERR_OK ||
        !json_object_is_type(o, json_type_object))
        return NULL;
    return o;
}

/* The canonical form without the signature. */
static bool signed_part(struct pool *p, struct json_object *o, struct buf *b)
{
    json_object_object_del(o, "signature");
    buf_init(b, p);
    return jcs_write(b, o) == ERR_OK;
}

static void check_signed(struct pool *p, const uint8_t *data, size_t len)
{
    struct json_object *o = parse(p, data, len), *v = NULL;
    uint8_t sig[SM2_SIG_LEN];
    struct buf b;
    assert(o != NULL && json_object_object_get_ex(o, "signature", &v));
    const char *text = pool_strdup(p, json_object_get_string(v));
    enum err e = sm2_sig_from_text(text, strlen(text), sig);
    assert(e == ERR_OK);
    bool has_form = signed_part(p, o, &b);
    assert(has_form);
    bool ok = sm2_verify_evp(key(), b.data, b.len, sig);
    assert(ok);
}

static void check_hops(const struct trust *t, const char *self, const char *parent,
                       enum trust_mode mode, const char *target)
{
    const struct trust_system *hop = NULL;
    enum err e = trust_next_hop(t, self, parent, mode, target, &hop);
    assert(e == ERR_OK || e == ERR_NO_ROUTE || e == ERR_SYSTEM_SUSPENDED);
    assert(e == ERR_OK || hop == NULL);
    assert((e == ERR_OK && hop == NULL) == (strcmp(self, target) == 0));
    assert(hop == NULL || (hop->active && strcmp(hop->system, self) != 0));
}

static void check_list(const struct trust *t)
{
    assert(t->n > 0 && t->version > 0 && t->expires_at > t->issued_at);
    assert(trust_find(t, t->publisher) != NULL && trust_find(t, t->publisher)->active);
    for (size_t i = 0; i < t->n; i++) {
        const struct trust_system *s = &t->systems[i];
        struct sysid id;
        enum err e = sysid_parse(s->system, &id);
        assert(e == ERR_OK);
        assert(i == 0 || strcmp(t->systems[i - 1].system, s->system) < 0);
        assert(strncmp(s->base_url, "https://", 8) == 0 && s->key != NULL && *s->name != '\0');
        assert(trust_find(t, s->system) == s);
        if (i < 8) {
            check_hops(t, t->publisher, "", TRUST_DIRECT, s->system);
            check_hops(t, s->system, s->parent, s->mode, t->systems[t->n - 1 - i].system);
            check_hops(t, s->system, s->parent, s->mode, "251010477");
        }
    }
}

static void read_whole(const char *text, size_t len, struct pool *p, const uint8_t *data)
{
    struct trust *t = NULL;
    const char *why = NULL;
    if (trust_read(text, len, key(), &t, &why) == ERR_OK) {
        if (data != NULL)
            check_signed(p, data, len);
        check_list(t);
        trust_release(&t);
    } else {
        assert(t == NULL && why != NULL && *why != '\0');
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct pool *p = pool_new(false);
    uint8_t sig[SM2_SIG_LEN];
    struct buf b;

    read_whole((const char *)data, len, p, data);
    struct json_object *o = parse(p, data, len);
    if (o != NULL && signed_part(p, o, &b) && sm2_sign(key(), b.data, b.len, sig) == ERR_OK) {
        json_object_object_add(o, "signature", json_object_new_string(sm2_sig_to_text(sig, p)));
        const char *text = json_object_to_json_string_ext(o, JSON_C_TO_STRING_PLAIN);
        read_whole(text, strlen(text), p, NULL);
    }
    pool_destroy(&p);
    return 0;
}
