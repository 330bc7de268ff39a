/* Keys: the caller's own, and those of the code systems that he trusts. They are the only way in,
 * so this is where a libcrypto without the algorithms is noticed. */
#include <stdlib.h>
#include <string.h>

#include "core/crypto/b64.h"
#include "core/crypto/probe.h"
#include "core/sdk/sdk_int.h"

struct trusted {
    char system[SYSTEM_ID_LEN + 1];
    struct sm2_key *key;
    struct trusted *next;
};

struct zwm_trust {
    struct trusted *first;
};

/* Never NULL, like the memory of a pool. */
static void *need(size_t len)
{
    void *at = calloc(1, len);

    if (at == NULL)
        abort();
    return at;
}

static zwm_key *key_new(struct sm2_key *sm2)
{
    zwm_key *key = need(sizeof *key);

    key->sm2 = sm2;
    return key;
}

enum zwm_error zwm_key_make(zwm_key **key_r)
{
    if (key_r == NULL)
        return ZWM_ERROR_ARGUMENT;
    if (!crypto_probe())
        return ZWM_ERROR_UNSUPPORTED;
    *key_r = key_new(sm2_key_generate());
    return ZWM_OK;
}

enum zwm_error zwm_key_read(const char *pem, const char *passphrase, zwm_key **key_r)
{
    struct sm2_key *sm2;

    if (pem == NULL || key_r == NULL)
        return ZWM_ERROR_ARGUMENT;
    if (!crypto_probe())
        return ZWM_ERROR_UNSUPPORTED;
    if (sm2_key_from_pem(pem, strlen(pem), passphrase, &sm2) != ERR_OK)
        return ZWM_ERROR_KEY;
    *key_r = key_new(sm2);
    return ZWM_OK;
}

enum zwm_error zwm_key_private_pem(const zwm_key *key, const char *passphrase, zwm_data **pem_r)
{
    char *pem;

    if (key == NULL || pem_r == NULL)
        return ZWM_ERROR_ARGUMENT;
    struct pool *p = pool_new(true);
    if (sm2_key_private_pem(key->sm2, passphrase, p, &pem) != ERR_OK) {
        pool_destroy(&p);
        return ZWM_ERROR_ARGUMENT;
    }
    *pem_r = sdk_data_new(p, pem, strlen(pem));
    return ZWM_OK;
}

enum zwm_error zwm_key_public(const zwm_key *key, zwm_data **text_r)
{
    uint8_t *der;
    size_t len;

    if (key == NULL || text_r == NULL)
        return ZWM_ERROR_ARGUMENT;
    struct pool *p = pool_new(false);
    sm2_key_spki(key->sm2, p, &der, &len);
    const char *text = b64_encode(p, der, len);
    *text_r = sdk_data_new(p, text, strlen(text));
    return ZWM_OK;
}

void zwm_key_free(zwm_key *key)
{
    if (key == NULL)
        return;
    sm2_key_free(&key->sm2);
    free(key);
}

zwm_trust *zwm_trust_new(void)
{
    return need(sizeof(zwm_trust));
}

static struct trusted *find(const zwm_trust *trust, const char *system)
{
    struct trusted *t = trust->first;

    while (t != NULL && strcmp(t->system, system) != 0)
        t = t->next;
    return t;
}

const struct sm2_key *sdk_trust_find(const zwm_trust *trust, const char *system)
{
    const struct trusted *t = find(trust, system);

    return t == NULL ? NULL : t->key;
}

enum zwm_error zwm_trust_add(zwm_trust *trust, const char *system, const char *public_key)
{
    struct sm2_key *key;

    if (trust == NULL || public_key == NULL || !sdk_is_system_id(system))
        return ZWM_ERROR_ARGUMENT;
    if (!crypto_probe())
        return ZWM_ERROR_UNSUPPORTED;
    if (sm2_key_from_public_text(public_key, strlen(public_key), &key) != ERR_OK)
        return ZWM_ERROR_KEY;
    struct trusted *t = find(trust, system);
    if (t == NULL) {
        t = need(sizeof *t);
        memcpy(t->system, system, SYSTEM_ID_LEN + 1);
        t->next = trust->first;
        trust->first = t;
    }
    sm2_key_free(&t->key);
    t->key = key;
    return ZWM_OK;
}

void zwm_trust_free(zwm_trust *trust)
{
    if (trust == NULL)
        return;
    while (trust->first != NULL) {
        struct trusted *t = trust->first;
        trust->first = t->next;
        sm2_key_free(&t->key);
        free(t);
    }
    free(trust);
}
