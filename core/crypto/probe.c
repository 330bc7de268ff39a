#include "core/crypto/probe.h"

#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/obj_mac.h>
#include <pthread.h>

static bool there;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void look(void)
{
    EVP_MD *sm3 = EVP_MD_fetch(NULL, "SM3", NULL);
    EVP_MAC *hmac = EVP_MAC_fetch(NULL, "HMAC", NULL);
    EVP_CIPHER *cbc = EVP_CIPHER_fetch(NULL, "SM4-CBC", NULL);
    EVP_CIPHER *ctr = EVP_CIPHER_fetch(NULL, "SM4-CTR", NULL);
    EVP_SIGNATURE *sm2 = EVP_SIGNATURE_fetch(NULL, "SM2", NULL);
    EVP_ASYM_CIPHER *wrap = EVP_ASYM_CIPHER_fetch(NULL, "SM2", NULL);
    EC_GROUP *curve = EC_GROUP_new_by_curve_name(NID_sm2);

    there = sm3 != NULL && hmac != NULL && cbc != NULL && ctr != NULL && sm2 != NULL &&
            wrap != NULL && curve != NULL;
    EC_GROUP_free(curve);
    EVP_ASYM_CIPHER_free(wrap);
    EVP_SIGNATURE_free(sm2);
    EVP_CIPHER_free(ctr);
    EVP_CIPHER_free(cbc);
    EVP_MAC_free(hmac);
    EVP_MD_free(sm3);
    ERR_clear_error();
}

bool crypto_probe(void)
{
    return pthread_once(&once, look) == 0 && there;
}
