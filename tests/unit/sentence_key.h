/* sentence_key: the keys of the published vectors. Their private scalar is the SM3 of a sentence,
 * so that anyone can make them: for tests only. */
#ifndef ZWM_TESTS_SENTENCE_KEY_H
#define ZWM_TESTS_SENTENCE_KEY_H

#include <assert.h>
#include <string.h>

#include "core/crypto/b64.h"
#include "core/crypto/sm2.h"
#include "core/crypto/sm3.h"

/* Free with sm2_key_free. PKCS#8 (RFC 5958) around an ECPrivateKey (RFC 5915) without its optional
 * public half. */
static inline struct sm2_key *sentence_key(const char *sentence)
{
    static const uint8_t head[] = {0x30, 0x41, 0x02, 0x01, 0x00, 0x30, 0x13, 0x06, 0x07,
                                   0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08,
                                   0x2a, 0x81, 0x1c, 0xcf, 0x55, 0x01, 0x82, 0x2d, 0x04,
                                   0x27, 0x30, 0x25, 0x02, 0x01, 0x01, 0x04, 0x20};
    uint8_t der[sizeof head + SM3_LEN];
    struct pool *p = pool_new(false);
    struct sm2_key *key = NULL;

    memcpy(der, head, sizeof head);
    sm3(sentence, strlen(sentence), der + sizeof head);
    char *pem = pool_printf(p, "-----BEGIN %s-----\n%s\n-----END %s-----\n", "PRIVATE KEY",
                            b64_encode(p, der, sizeof der), "PRIVATE KEY");
    enum err e = sm2_key_from_pem(pem, strlen(pem), NULL, &key);
    assert(e == ERR_OK);
    (void)e;
    pool_destroy(&p);
    return key;
}

#endif
