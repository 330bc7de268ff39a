#include "core/act/register/key_proof.h"

#include <string.h>

#include "core/base/conf.h"
#include "core/base/text.h"
#include "core/crypto/b64.h"
#include "core/crypto/sm3.h"
#include "core/wire/field.h"

struct key_proof {
    const char *system, *app_id, *public_key;
    struct field_int signed_at;
    const char *signature;
};

#define PROOF_TEXT(member, lo, hi, chk)                                                            \
    {                                                                                              \
        .name = #member, .type = FIELD_STRING, .required = true, .min = (lo), .max = (hi),         \
        .offset = offsetof(struct key_proof, member), .check = (chk)                               \
    }
static const struct field rows[] = {
    PROOF_TEXT(system, 9, 9, field_is_digits),
    PROOF_TEXT(app_id, 1, 32, field_is_app_id),
    PROOF_TEXT(public_key, 1, 512, NULL),
    {.name = "signed_at",
     .type = FIELD_INT,
     .required = true,
     .min = 1,
     .max = UINT32_MAX,
     .offset = offsetof(struct key_proof, signed_at)},
    PROOF_TEXT(signature, 1, 144, NULL),
};
static const struct fields fields = FIELDS("KeyProof", struct key_proof, rows);

/* What is signed: no call and no receipt has this form. */
static char *sentence(struct pool *p, const struct key_proof *k, const uint8_t *spki, size_t len)
{
    uint8_t digest[SM3_LEN];
    char hex[2 * SM3_LEN + 1];
    sm3(spki, len, digest);
    hex_encode(digest, SM3_LEN, hex);
    return pool_printf(p, "ZWM KEY\n%s\n%s\n%lld\n%s\n", k->system, k->app_id,
                       (long long)k->signed_at.v, hex);
}

enum err key_proof_make(struct pool *p, const struct sm2_key *key, const char *system,
                        const char *app_id, int64_t now_sec, const char **text_r)
{
    struct key_proof k = {.system = system, .app_id = app_id, .signed_at = {true, now_sec}};
    uint8_t *spki, sig[SM2_SIG_LEN];
    size_t len;
    sm2_key_spki(key, p, &spki, &len);
    const char *s = sentence(p, &k, spki, len);
    if (sm2_sign(key, s, strlen(s), sig) != ERR_OK)
        return ERR_BUSY;
    k.public_key = b64_encode(p, spki, len);
    k.signature = sm2_sig_to_text(sig, p);
    *text_r = wire_text(p, &fields, &k);
    return ERR_OK;
}

static const char *wrong(const struct work *w, const struct key_proof *k, const char *app_id,
                         uint8_t **spki_r, size_t *len_r)
{
    uint8_t sig[SM2_SIG_LEN];
    struct sm2_key *key = NULL;
    if (strcmp(k->system, w->conf->system) != 0)
        return "the proof is for another code system";
    if (strcmp(k->app_id, app_id) != 0)
        return "the proof is for another app";
    if (k->signed_at.v > w->now_sec + w->conf->call_window_sec)
        return "the proof is of a time to come";
    if (k->signed_at.v < w->now_sec - KEY_PROOF_SEC)
        return "the proof is more than seven days old";
    if (b64_decode(w->pool, k->public_key, strlen(k->public_key), spki_r, len_r) != ERR_OK ||
        sm2_key_from_spki(*spki_r, *len_r, &key) != ERR_OK)
        return "the proof holds no SM2 public key";
    const char *s = sentence(w->pool, k, *spki_r, *len_r);
    bool ok = sm2_sig_from_text(k->signature, strlen(k->signature), sig) == ERR_OK &&
              sm2_verify(key, s, strlen(s), sig);
    sm2_key_free(&key);
    return ok ? NULL : "the signature of the proof is not the key's";
}

enum err key_proof_read(const struct work *w, const char *text, size_t len, const char *app_id,
                        uint8_t **spki_r, size_t *spki_len_r, const char **why_r)
{
    struct key_proof k;
    struct wire_fault fault = {NULL};
    *why_r = "that is no proof of possession; `zwm key prove` makes one";
    if (wire_decode(w->pool, WIRE_JSON, text, len, &fields, &k, &fault) != ERR_OK)
        return ERR_BAD;
    *why_r = wrong(w, &k, app_id, spki_r, spki_len_r);
    return *why_r == NULL ? ERR_OK : ERR_BAD;
}
