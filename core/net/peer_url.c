#include "core/net/peer_url.h"

#include <string.h>
#include <strings.h>

#include "core/net/http.h"

/* A host whose last label is a number, decimal or 0x…, is an address in one of its many spellings
 * (WHATWG URL 3.5); only the plain ones are taken. */
static bool ends_in_number(const char *host)
{
    size_t len = strlen(host);
    while (len > 0 && host[len - 1] == '.')
        len--;
    size_t from = len;
    while (from > 0 && host[from - 1] != '.')
        from--;
    const char *label = host + from;
    size_t n = len - from;
    if (n >= 2 && label[0] == '0' && (label[1] | 0x20) == 'x')
        return strspn(label + 2, "0123456789abcdefABCDEF") >= n - 2;
    return n == 0 || strspn(label, "0123456789") >= n;
}

bool peer_url_is_allowed(const char *url, bool allow_loopback)
{
    char host[256];
    if (strncmp(url, "https://", 8) != 0)
        return false;
    const char *at = url + 8, *end = at + strcspn(at, "/?#");
    if (memchr(at, '@', (size_t)(end - at)) != NULL || memchr(at, '\\', (size_t)(end - at)) != NULL)
        return false;
    const char *host_end =
        *at == '[' ? memchr(at, ']', (size_t)(end - at)) : memchr(at, ':', (size_t)(end - at));
    at += *at == '[';
    if (host_end == NULL)
        host_end = end;
    size_t len = (size_t)(host_end - at);
    if (len == 0 || len >= sizeof host)
        return false;
    memcpy(host, at, len);
    host[len] = '\0';
    if (allow_loopback)
        return true;
    if (strcasecmp(host, "localhost") == 0 ||
        (len > 10 && strcasecmp(host + len - 10, ".localhost") == 0))
        return false;
    bool numeric = strchr(host, ':') != NULL || ends_in_number(host);
    return !numeric || http_address_is_public(host);
}
