#include "core/crypto/crypto_int.h"

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <pthread.h>
#include <stdlib.h>

#include "core/base/log.h"
#include "core/crypto/sm2_int.h"

static struct crypto_algs algs;
static pthread_once_t algs_once = PTHREAD_ONCE_INIT;
static pthread_key_t thread_key;

void crypto_fail(const char *what)
{
    char reason[256];
    ERR_error_string_n(ERR_peek_last_error(), reason, sizeof reason);
    log_msg(LOG_FATAL, "crypto", "%s: %s", what, reason);
    abort();
}

enum err crypto_refuse(enum err e)
{
    ERR_clear_error();
    return e;
}

static void thread_free(void *arg)
{
    struct crypto_thread *t = arg;
    EVP_MD_CTX_free(t->md);
    BN_CTX_free(t->bn);
    EC_POINT_free(t->sum);
    EC_POINT_free(t->term);
    free(t);
}

static void algs_fetch(void)
{
    char digest[] = "SM3";
    OSSL_PARAM params[] = {OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0),
                           OSSL_PARAM_construct_end()};
    EVP_MAC *mac = EVP_MAC_fetch(NULL, "HMAC", NULL);

    algs.sm3 = EVP_MD_fetch(NULL, "SM3", NULL);
    algs.sm4_cbc = EVP_CIPHER_fetch(NULL, "SM4-CBC", NULL);
    algs.sm4_ctr = EVP_CIPHER_fetch(NULL, "SM4-CTR", NULL);
    CRYPTO_NEED(algs.sm3 != NULL && algs.sm4_cbc != NULL && algs.sm4_ctr != NULL && mac != NULL,
                "SM3, SM4 or HMAC missing in libcrypto");
    algs.hmac = EVP_MAC_CTX_new(mac);
    CRYPTO_NEED(algs.hmac != NULL && EVP_MAC_CTX_set_params(algs.hmac, params), "HMAC-SM3");
    EVP_MAC_free(mac); /* the context keeps its own reference */
    CRYPTO_NEED(pthread_key_create(&thread_key, thread_free) == 0, "thread key");
}

const struct crypto_algs *crypto_algs(void)
{
    (void)pthread_once(&algs_once, algs_fetch);
    return &algs;
}

struct crypto_thread *crypto_thread(void)
{
    static _Thread_local struct crypto_thread *mine;

    if (mine != NULL)
        return mine;
    (void)crypto_algs();
    struct crypto_thread *t = calloc(1, sizeof *t);
    CRYPTO_NEED(t != NULL, "out of memory");
    t->md = EVP_MD_CTX_new();
    t->bn = BN_CTX_new();
    t->sum = EC_POINT_new(sm2_curve()->group);
    t->term = EC_POINT_new(sm2_curve()->group);
    CRYPTO_NEED(t->md != NULL && t->bn != NULL && t->sum != NULL && t->term != NULL &&
                    pthread_setspecific(thread_key, t) == 0,
                "out of memory");
    return mine = t;
}
