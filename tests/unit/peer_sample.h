/* peer_sample: what the tests of peer share: five systems that know each other, a key each, and one
 * server that answers for all of them. Signed strings are put together as interface 2.1 and 2.6
 * write them, not by the functions that are tested. */
#ifndef ZWM_TESTS_PEER_SAMPLE_H
#define ZWM_TESTS_PEER_SAMPLE_H

#include "tests/unit/loopback.h"

#include <sys/stat.h>

#include "core/base/conf.h"
#include "core/base/log.h"
#include "core/base/work.h"
#include "core/crypto/keyring.h"
#include "core/crypto/sm3.h"
#include "core/net/http.h"
#include "core/net/trust.h"

#define NOW      INT64_C(1795384939)
#define WINDOW   300
#define SELF     "223010001"
#define NATION   "100000001"
#define PROVINCE "251000001"
#define CITY     "251010001"
#define PAUSED   "300090101" /* suspended */
#define UNLISTED "244000001"
#define REQUEST                                                                                    \
    "POST\n/api/v1/code/verify\n1795384930\n0123456789abcdef\n"                                    \
    "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0\n"

static char dir[] = "/tmp/zwm-peer-XXXXXX";
static struct pool *pool;
static struct sm2_key *keys[5]; /* of the systems, in the order of the list; the last: nobody's */
static struct trust_system systems[4];
static struct trust list = {.version = 1,
                            .issued_at = NOW - 60,
                            .expires_at = NOW + 3600,
                            .publisher = NATION,
                            .systems = systems,
                            .n = 4};
static struct conf conf;
static struct work w;
static struct loopback *server;

/* The key of a listed system; of any other a key that is in no list. */
static inline const struct sm2_key *key_of(const char *system)
{
    for (size_t i = 0; i < 4; i++)
        if (strcmp(systems[i].system, system) == 0)
            return keys[i];
    return keys[4];
}

static inline const char *sign(const struct sm2_key *key, const char *text)
{
    uint8_t sig[SM2_SIG_LEN];
    assert_int_equal(sm2_sign(key, text, strlen(text), sig), ERR_OK);
    return sm2_sig_to_text(sig, pool);
}

static inline const char *digest(const void *data, size_t len)
{
    char hex[2 * SM3_LEN + 1];
    sm3_hex(data, len, hex);
    return pool_strdup(pool, hex);
}

/* --- the other end --- */

enum signer { NOBODY, THE_TARGET, A_RELAY };

struct said {
    const char *body;
    enum signer by;
    char text[2048]; /* the answer, made in the server's thread */
};

/* A value of the request's Authorization. */
static inline void part_of(const char *request, const char *name, char *out, size_t size)
{
    const char *at = strstr(request, name);
    at = at != NULL ? at + strlen(name) : "";
    (void)snprintf(out, size, "%.*s", (int)strcspn(at, "\""), at);
}

/* Answers as the target or as a relay would; the receipt is over what came in. */
static inline void serve(struct loopback *s, int conn)
{
    struct said *said = s->arg;
    struct pool *p = pool_new(false);
    char stamp[32], nonce[80], to[16], hex[2 * SM3_LEN + 1], request_hex[2 * SM3_LEN + 1];
    uint8_t sig[SM2_SIG_LEN];
    const char *body = strstr(s->request, "\r\n\r\n"), *receipt = "";
    part_of(s->request, "timestamp=\"", stamp, sizeof stamp);
    part_of(s->request, "nonce=\"", nonce, sizeof nonce);
    part_of(s->request, "to=\"", to, sizeof to);
    body = body != NULL ? body + 4 : "";
    sm3_hex(body, strlen(body), hex);
    const char *signed_text =
        pool_printf(p, "POST\n/api/v1/code/verify\n%s\n%s\n%s\n%s\n", stamp, nonce, hex, to);
    sm3_hex(signed_text, strlen(signed_text), request_hex);
    sm3_hex(said->body, strlen(said->body), hex);
    const char *text = pool_printf(p, "%s\n200\n1795384940\n%s\n", request_hex, hex),
               *system = said->by == A_RELAY ? PROVINCE : CITY;
    if (said->by != NOBODY &&
        sm2_sign(keys[said->by == A_RELAY ? 1 : 2], text, strlen(text), sig) == ERR_OK)
        receipt =
            pool_printf(p, "Zwm-System: %s\r\nZwm-Timestamp: 1795384940\r\nZwm-Signature: %s\r\n",
                        system, sm2_sig_to_text(sig, p));
    (void)snprintf(said->text, sizeof said->text,
                   "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %zu\r\n"
                   "Connection: close\r\n%s\r\n%s",
                   strlen(said->body), receipt, said->body);
    loopback_say(conn, said->text);
    pool_destroy(&p);
}

static struct said said;

/* --- set up --- */

static inline int setup(void **state)
{
    static const char *const ids[] = {NATION, PROVINCE, CITY, PAUSED};
    (void)state;
    log_init("test", LOG_FATAL); /* refusals are what most tests here are about */
    pool = pool_new(false);
    server = loopback_start(serve, &said);
    conf = (struct conf){.system = SELF,
                         .parent = "",
                         .mode = "direct",
                         .call_window_sec = WINDOW,
                         .peer_connect_ms = 20000,
                         .peer_total_ms = 20000,
                         .allow_loopback_routes = 1};
    w = (struct work){.pool = pool,
                      .conf = &conf,
                      .trust = &list,
                      .http = http_client_new(NULL),
                      .now_ms = NOW * 1000,
                      .now_sec = NOW};
    for (size_t i = 0; i < 5; i++)
        keys[i] = sm2_key_generate();
    for (size_t i = 0; i < 4; i++) {
        systems[i] = (struct trust_system){
            .base_url = pool_printf(pool, "http://127.0.0.1:%d", server->port),
            .mode = TRUST_DIRECT,
            .active = strcmp(ids[i], PAUSED) != 0,
            .key = keys[i]};
        memcpy(systems[i].system, ids[i], sizeof systems[i].system);
    }
    char *ring = mkdtemp(dir) != NULL ? pool_printf(pool, "%s/keys", dir) : NULL;
    struct keyring *kr = NULL;
    if (ring == NULL || keyring_create(ring) != ERR_OK || keyring_open(ring, &kr) != ERR_OK)
        return 1;
    w.kr = kr;
    return 0;
}

static inline int teardown(void **state)
{
    static const char *const names[] = {"keys/passphrase", "keys/system.key", "keys/data.key"};
    struct keyring *kr = (struct keyring *)(uintptr_t)w.kr;
    (void)state;
    loopback_stop(server);
    http_client_free(&w.http);
    keyring_free(&kr);
    for (size_t i = 0; i < 5; i++)
        sm2_key_free(&keys[i]);
    for (size_t i = 0; i < 3; i++)
        (void)unlink(pool_printf(pool, "%s/%s", dir, names[i]));
    (void)rmdir(pool_printf(pool, "%s/keys", dir));
    (void)rmdir(dir);
    pool_destroy(&pool);
    return 0;
}

#endif
