/* The SDK in C behind standard input, for sdk.test.mjs: one command a line, words separated by one
 * blank, each argument in base64 and `-` for NULL. Answers `ok`, with values in base64, or
 * `refused CODE`. The same as SdkLines.java.
 *
 *   make                                              ok PRIVATE PUBLIC
 *   public PRIVATE                                    ok PUBLIC
 *   trust SYSTEM KEY                                  ok (from then on it is trusted)
 *   open PRIVATE KEY IV CIPHERTEXT MAC                ok DATA
 *   sign PRIVATE APP_ID TO METHOD TARGET BODY         ok AUTHORIZATION STRING NONCE
 *   receipt STRING STATUS SYSTEM TIMESTAMP SIGNATURE BODY     ok
 *   out AUTHORIZATION METHOD URL BODY NOW             ok SYSTEM NONCE TIMESTAMP */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/crypto/b64.h"
#include "core/sdk/sdk.h"

enum { ARGS_MAX = 8 };

struct line {
    struct pool *pool;
    const char *arg[ARGS_MAX];
    size_t len[ARGS_MAX];
};

static zwm_trust *trust;

static void say(struct pool *p, const void *data, size_t len)
{
    printf(" %s", b64_encode(p, data, len));
}

static void say_text(struct pool *p, const char *s)
{
    say(p, s, strlen(s));
}

static void say_data(struct pool *p, zwm_data *d)
{
    say(p, zwm_data_bytes(d), zwm_data_len(d));
    zwm_data_free(d);
}

static enum zwm_error read_key(const struct line *l, zwm_key **key_r)
{
    return zwm_key_read(l->arg[0], NULL, key_r);
}

static enum zwm_error say_public(const struct line *l, const zwm_key *key)
{
    zwm_data *text;
    enum zwm_error e = zwm_key_public(key, &text);

    if (e == ZWM_OK)
        say_data(l->pool, text);
    return e;
}

static enum zwm_error do_make(const struct line *l)
{
    zwm_key *key;
    zwm_data *pem;
    enum zwm_error e = zwm_key_make(&key);

    if (e != ZWM_OK)
        return e;
    if ((e = zwm_key_private_pem(key, NULL, &pem)) == ZWM_OK) {
        printf("ok");
        say_data(l->pool, pem);
        e = say_public(l, key);
    }
    zwm_key_free(key);
    return e;
}

static enum zwm_error do_public(const struct line *l)
{
    zwm_key *key;
    enum zwm_error e = read_key(l, &key);

    if (e != ZWM_OK)
        return e;
    printf("ok");
    e = say_public(l, key);
    zwm_key_free(key);
    return e;
}

static enum zwm_error do_trust(const struct line *l)
{
    enum zwm_error e = zwm_trust_add(trust, l->arg[0], l->arg[1]);

    if (e == ZWM_OK)
        printf("ok");
    return e;
}

static enum zwm_error do_open(const struct line *l)
{
    zwm_key *key;
    zwm_data *data;
    enum zwm_error e = read_key(l, &key);

    if (e != ZWM_OK)
        return e;
    e = zwm_open_envelope(key, l->arg[1], l->arg[2], l->arg[3], l->arg[4], &data);
    if (e == ZWM_OK) {
        printf("ok");
        say_data(l->pool, data);
    }
    zwm_key_free(key);
    return e;
}

static enum zwm_error do_sign(const struct line *l)
{
    zwm_key *key;
    zwm_call *call;
    enum zwm_error e = read_key(l, &key);

    if (e != ZWM_OK)
        return e;
    e = zwm_sign_call(key, l->arg[1], l->arg[2], l->arg[3], l->arg[4], l->arg[5], l->len[5], &call);
    if (e == ZWM_OK) {
        printf("ok");
        say_text(l->pool, zwm_call_authorization(call));
        say_text(l->pool, zwm_call_string(call));
        say_text(l->pool, zwm_call_nonce(call));
        zwm_call_free(call);
    }
    zwm_key_free(key);
    return e;
}

static enum zwm_error do_receipt(const struct line *l)
{
    enum zwm_error e = zwm_check_receipt(trust, l->arg[0], (int)strtol(l->arg[1], NULL, 10),
                                         l->arg[2], l->arg[3], l->arg[4], l->arg[5], l->len[5]);

    if (e == ZWM_OK)
        printf("ok");
    return e;
}

static enum zwm_error do_out(const struct line *l)
{
    struct zwm_origin from;
    enum zwm_error e = zwm_check_out(trust, l->arg[0], l->arg[1], l->arg[2], l->arg[3], l->len[3],
                                     strtoll(l->arg[4], NULL, 10), &from);

    if (e != ZWM_OK)
        return e;
    printf("ok");
    say_text(l->pool, from.system);
    say_text(l->pool, from.nonce);
    say_text(l->pool, pool_printf(l->pool, "%lld", (long long)from.timestamp_sec));
    return ZWM_OK;
}

static const struct {
    const char *name;
    enum zwm_error (*run)(const struct line *l);
} commands[] = {
    {"make", do_make}, {"public", do_public},   {"trust", do_trust}, {"open", do_open},
    {"sign", do_sign}, {"receipt", do_receipt}, {"out", do_out},
};

/* Returns false where the line is no command of ours. */
static bool run(struct pool *p, char *text)
{
    struct line l = {.pool = p};
    char *rest, *name = strtok_r(text, " \n", &rest);
    size_t n = 0;

    for (char *word; (word = strtok_r(NULL, " \n", &rest)) != NULL; n++) {
        uint8_t *bytes;
        if (n == ARGS_MAX)
            return false;
        if (strcmp(word, "-") == 0)
            continue;
        if (b64_decode(p, word, strcmp(word, "=") == 0 ? 0 : strlen(word), &bytes, &l.len[n]) !=
            ERR_OK)
            return false;
        l.arg[n] = pool_strndup(p, (const char *)bytes, l.len[n]);
    }
    for (size_t i = 0; name != NULL && i < sizeof commands / sizeof commands[0]; i++)
        if (strcmp(commands[i].name, name) == 0) {
            enum zwm_error e = commands[i].run(&l);
            if (e != ZWM_OK)
                printf("refused %s", zwm_error_name(e));
            return putchar('\n') != EOF;
        }
    return false;
}

int main(void)
{
    char *text = NULL;
    size_t cap = 0;
    bool good = true;

    trust = zwm_trust_new();
    while (good && getline(&text, &cap, stdin) > 0) {
        struct pool *p = pool_new(true);
        good = run(p, text);
        pool_destroy(&p);
    }
    free(text);
    zwm_trust_free(trust);
    return good ? 0 : 2;
}
