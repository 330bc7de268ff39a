/* Reading a trust list. The signature comes first: what is not the publisher's is not looked at. */
#include <stdlib.h>
#include <string.h>

#include "core/base/text.h"
#include "core/code/jcs.h"
#include "core/code/sysid.h"
#include "core/crypto/b64.h"
#include "core/net/trust.h"
#include "core/wire/field.h"

enum {
    NAME_BYTES_MAX = 512,
    URL_MAX = 512,
    KEY_TEXT_MAX = 512,
    CODE_TYPES_MAX = 64,
    TYPE_NAME_MAX = 16
};

struct reading {
    struct pool *scratch; /* of the parsed text */
    struct trust *t;
    const char *why;
};

static bool refuse(struct reading *r, const char *why)
{
    r->why = why;
    return false;
}

static bool get_int(struct json_object *o, const char *name, int64_t *v_r)
{
    struct json_object *v = NULL;
    if (!json_object_object_get_ex(o, name, &v) || !json_object_is_type(v, json_type_int))
        return false;
    *v_r = json_object_get_int64(v);
    return *v_r > 0;
}

/* NULL if it is absent, no string, empty or longer than `most` bytes. */
static const char *get_text(struct json_object *o, const char *name, size_t most)
{
    struct json_object *v = NULL;
    if (!json_object_object_get_ex(o, name, &v) || !json_object_is_type(v, json_type_string))
        return NULL;
    size_t len = (size_t)json_object_get_string_len(v);
    return len > 0 && len <= most ? json_object_get_string(v) : NULL;
}

static bool get_system(struct json_object *o, const char *name, char out[SYSID_LEN + 1])
{
    struct sysid id;
    const char *text = get_text(o, name, SYSID_LEN);
    if (text == NULL || sysid_parse(text, &id) != ERR_OK)
        return false;
    memcpy(out, id.text, sizeof id.text);
    return true;
}

/* `https://` and a host; no user, query or fragment; nothing a header or a log would choke on. */
static bool is_base_url(const char *s)
{
    if (strncmp(s, "https://", 8) != 0 || s[8] == '/' || s[8] == ':' || s[8] == '\0')
        return false;
    for (const char *c = s; *c != '\0'; c++)
        if (*c <= ' ' || *c > '~' || strchr("\"<>\\^`{|}@?#", *c) != NULL)
            return false;
    return true;
}

static void free_key(void *arg)
{
    struct sm2_key *key = arg;
    sm2_key_free(&key);
}

static bool get_key(struct reading *r, struct json_object *o, const char *name,
                    struct sm2_key **key_r)
{
    const char *text = get_text(o, name, KEY_TEXT_MAX);
    uint8_t *der;
    size_t len;
    if (text == NULL || b64_decode(r->scratch, text, strlen(text), &der, &len) != ERR_OK ||
        sm2_key_from_spki(der, len, key_r) != ERR_OK)
        return false;
    pool_on_destroy(r->t->pool, free_key, *key_r);
    return true;
}

static bool read_code_types(struct reading *r, struct json_object *o, struct trust_system *s)
{
    struct json_object *list = NULL;
    if (!json_object_object_get_ex(o, "code_types", &list) ||
        !json_object_is_type(list, json_type_array))
        return false;
    size_t n = json_object_array_length(list);
    if (n == 0 || n > CODE_TYPES_MAX)
        return false;
    s->code_types = pool_alloc(r->t->pool, n * sizeof *s->code_types);
    for (size_t i = 0; i < n; i++) {
        struct json_object *v = json_object_array_get_idx(list, i);
        if (!json_object_is_type(v, json_type_string) || json_object_get_string_len(v) == 0 ||
            json_object_get_string_len(v) > TYPE_NAME_MAX ||
            !text_is_shown(json_object_get_string(v), ""))
            return false;
        s->code_types[i] = pool_strdup(r->t->pool, json_object_get_string(v));
    }
    s->code_types_n = n;
    return true;
}

/* Both or neither. */
static bool read_previous(struct reading *r, struct json_object *o, struct trust_system *s)
{
    bool key = json_object_object_get_ex(o, "previous_public_key", NULL),
         until = json_object_object_get_ex(o, "previous_until", NULL);
    if (!key && !until)
        return true;
    return key && until && get_key(r, o, "previous_public_key", &s->previous_key) &&
           get_int(o, "previous_until", &s->previous_until);
}

static bool read_mode(struct json_object *o, struct trust_system *s)
{
    const char *mode = get_text(o, "mode", 6), *status = get_text(o, "status", 9);
    if (mode == NULL || status == NULL)
        return false;
    s->mode = strcmp(mode, "direct") == 0 ? TRUST_DIRECT : TRUST_RELAY;
    s->active = strcmp(status, "active") == 0;
    return (s->mode == TRUST_DIRECT || strcmp(mode, "relay") == 0) &&
           (s->active || strcmp(status, "suspended") == 0);
}

static bool read_system(struct reading *r, struct json_object *o, struct trust_system *s)
{
    if (!json_object_is_type(o, json_type_object) || !get_system(o, "system", s->system))
        return refuse(r, "a system without its identifier");
    const char *name = get_text(o, "name", NAME_BYTES_MAX), *url = get_text(o, "base_url", URL_MAX);
    if (name == NULL || !text_is_shown(name, ""))
        return refuse(r, "a system's name");
    if (url == NULL || !is_base_url(url))
        return refuse(r, "a base_url that is no https address");
    if (!get_key(r, o, "public_key", &s->key))
        return refuse(r, "a public_key that is no SM2 key");
    if (!read_previous(r, o, s))
        return refuse(r, "a previous_public_key or its previous_until");
    if (!read_code_types(r, o, s))
        return refuse(r, "code_types");
    if (!read_mode(o, s))
        return refuse(r, "a mode or status");
    if (json_object_object_get_ex(o, "parent", NULL) &&
        (!get_system(o, "parent", s->parent) || strcmp(s->parent, s->system) == 0))
        return refuse(r, "a parent");
    s->name = pool_strdup(r->t->pool, name);
    s->base_url = pool_strdup(r->t->pool, url);
    return true;
}

static int compare_systems(const void *a, const void *b)
{
    return strcmp(((const struct trust_system *)a)->system,
                  ((const struct trust_system *)b)->system);
}

static bool read_systems(struct reading *r, struct json_object *o)
{
    struct json_object *list = NULL;
    struct trust *t = r->t;
    if (!json_object_object_get_ex(o, "systems", &list) ||
        !json_object_is_type(list, json_type_array) || json_object_array_length(list) == 0)
        return refuse(r, "no systems");
    t->n = json_object_array_length(list);
    t->systems = pool_alloc(t->pool, t->n * sizeof *t->systems);
    for (size_t i = 0; i < t->n; i++)
        if (!read_system(r, json_object_array_get_idx(list, i), &t->systems[i]))
            return false;
    qsort(t->systems, t->n, sizeof *t->systems, compare_systems);
    for (size_t i = 1; i < t->n; i++)
        if (strcmp(t->systems[i - 1].system, t->systems[i].system) == 0)
            return refuse(r, "a system is listed twice");
    return true;
}

/* Receipts of the publisher are checked with the listed key, the list with the pinned one: two of
 * them would be two publishers. */
static bool check_publisher(struct reading *r, const struct sm2_key *publisher_key)
{
    uint8_t pinned[SM2_POINT_LEN], listed[SM2_POINT_LEN];
    const struct trust_system *s = trust_find(r->t, r->t->publisher);
    if (s == NULL || !s->active)
        return refuse(r, "the publisher is no active system of the list");
    sm2_key_point(publisher_key, pinned);
    sm2_key_point(s->key, listed);
    return memcmp(pinned, listed, sizeof pinned) == 0 ||
           refuse(r, "the publisher is listed with another key");
}

static bool read_head(struct reading *r, struct json_object *o)
{
    struct trust *t = r->t;
    if (!get_int(o, "version", &t->version))
        return refuse(r, "no version");
    if (!get_int(o, "issued_at", &t->issued_at) || !get_int(o, "expires_at", &t->expires_at) ||
        t->expires_at <= t->issued_at)
        return refuse(r, "issued_at or expires_at");
    return get_system(o, "publisher", t->publisher) || refuse(r, "no publisher");
}

/* Takes `signature` out of the object and checks it over the JCS form of the rest. */
static bool check_signature(struct reading *r, struct json_object *o,
                            const struct sm2_key *publisher_key)
{
    uint8_t sig[SM2_SIG_LEN];
    struct buf rest;
    const char *text = get_text(o, "signature", 2 * SM2_SIG_DER_MAX);
    if (text == NULL || sm2_sig_from_text(text, strlen(text), sig) != ERR_OK)
        return refuse(r, "no signature");
    json_object_object_del(o, "signature");
    buf_init(&rest, r->scratch);
    if (jcs_write(&rest, o) != ERR_OK)
        return refuse(r, "it has no canonical form");
    return sm2_verify(publisher_key, rest.data, rest.len, sig) ||
           refuse(r, "the signature is not the publisher's");
}

static bool read_list(struct reading *r, const char *text, size_t len,
                      const struct sm2_key *publisher_key)
{
    struct json_object *o = NULL;
    struct wire_fault fault;
    if (wire_parse_json(r->scratch, text, len, &o, &fault) != ERR_OK ||
        !json_object_is_type(o, json_type_object))
        return refuse(r, "it is no JSON object, or has a member twice");
    return check_signature(r, o, publisher_key) && read_head(r, o) && read_systems(r, o) &&
           check_publisher(r, publisher_key);
}

enum err trust_read(const char *text, size_t len, const struct sm2_key *publisher_key,
                    struct trust **t_r, const char **why_r)
{
    struct pool *p = pool_new(false);
    struct reading r = {.scratch = pool_new(false), .t = pool_alloc(p, sizeof *r.t), .why = ""};
    r.t->pool = p;
    atomic_init(&r.t->refs, 1);
    *t_r = NULL;
    bool ok = read_list(&r, text, len, publisher_key);
    pool_destroy(&r.scratch);
    *why_r = r.why;
    if (!ok) {
        trust_release(&r.t);
        return ERR_BAD;
    }
    *t_r = r.t;
    return ERR_OK;
}
