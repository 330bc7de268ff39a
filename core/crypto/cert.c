#include "core/crypto/cert.h"

#include <openssl/pem.h>
#include <openssl/x509.h>
#include <stdbool.h>
#include <stdio.h>
#include <time.h>

enum err cert_end(const char *path, int64_t *end_sec_r)
{
    FILE *f = fopen(path, "re");
    struct tm tm;
    if (f == NULL)
        return ERR_IO;
    X509 *cert = PEM_read_X509(f, NULL, NULL, NULL);
    (void)fclose(f);
    bool ok = cert != NULL && ASN1_TIME_to_tm(X509_get0_notAfter(cert), &tm) == 1;
    if (ok)
        *end_sec_r = timegm(&tm);
    X509_free(cert);
    return ok ? ERR_OK : ERR_BAD;
}
