/* crosscheck: core/crypto at the command of another implementation. Reads one command a line,
 * answers one line each, so that tests/vectors/crypto.test.mjs can play both against each other.
 *
 * Bytes are hexadecimal, `-` for none. Answers: the result, `refused` where core/crypto refuses.
 *   sm3 MSG | hmac KEY MSG | sm4enc KEY IV MSG | sm4dec KEY IV MSG | sm4ctr KEY OFFSET MSG
 *   private DER   takes a PKCS#8 key; answers its 04|x|y     public TEXT   takes a public key,
 * likewise sign MSG -> base64 DER     verify MSG TEXT -> 1 or 0, `torn` where the two ways to
 * verify disagree rawverify MSG R|S -> the same for a raw signature wrap MSG | unwrap CIPHERTEXT |
 * seal MSG -> four base64 texts | open KEY IV CIPHERTEXT MAC (base64) */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/text.h"
#include "core/crypto/b64.h"
#include "core/crypto/envelope.h"

enum { ARGS_MAX = 4 };

static struct sm2_key *private_key, *public_key;

struct bytes {
    uint8_t *data;
    size_t len;
};

/* Broken commands are the driver's fault: say so and stop. */
static _Noreturn void broken(const char *why)
{
    (void)fprintf(stderr, "crosscheck: %s\n", why);
    exit(2);
}

static struct bytes arg_bytes(struct pool *p, const char *hex)
{
    struct bytes b = {NULL, 0};

    if (hex == NULL)
        broken("argument missing");
    if (strcmp(hex, "-") != 0)
        b.len = strlen(hex) / 2;
    b.data = pool_alloc(p, b.len + 1);
    if (b.len > 0 && hex_decode(hex, strlen(hex), b.data, b.len) != ERR_OK)
        broken("not hexadecimal");
    return b;
}

static void say(struct pool *p, const uint8_t *data, size_t len)
{
    char *hex = pool_alloc(p, 2 * len + 1);

    hex_encode(data, len, hex);
    (void)puts(len > 0 ? hex : "-");
}

static void say_key(struct pool *p, enum err e, const struct sm2_key *key)
{
    uint8_t point[SM2_POINT_LEN];

    if (e != ERR_OK) {
        (void)puts("refused");
        return;
    }
    sm2_key_point(key, point);
    say(p, point, sizeof point);
}

static void say_result(struct pool *p, enum err e, const uint8_t *data, size_t len)
{
    if (e == ERR_OK)
        say(p, data, len);
    else
        (void)puts("refused");
}

static void do_hash(struct pool *p, const char *cmd, char **arg)
{
    uint8_t out[SM3_LEN];
    struct bytes a = arg_bytes(p, arg[0]);

    if (strcmp(cmd, "sm3") == 0) {
        sm3(a.data, a.len, out);
    } else {
        struct bytes msg = arg_bytes(p, arg[1]);
        /* in two parts, so that joining is tried too */
        const struct sm3_part parts[] = {{msg.data, msg.len / 3},
                                         {msg.data + msg.len / 3, msg.len - msg.len / 3}};
        hmac_sm3(a.data, a.len, parts, 2, out);
    }
    say(p, out, sizeof out);
}

static void do_sm4(struct pool *p, const char *cmd, char **arg)
{
    struct bytes key = arg_bytes(p, arg[0]), in = arg_bytes(p, arg[2]);
    uint8_t *out = pool_alloc(p, SM4_CBC_LEN(in.len));
    size_t len = in.len;
    enum err e = ERR_OK;

    if (key.len != SM4_KEY_LEN)
        broken("key length");
    if (strcmp(cmd, "sm4ctr") == 0) {
        sm4_ctr(key.data, strtoull(arg[1], NULL, 10), in.data, in.len, out);
    } else {
        struct bytes iv = arg_bytes(p, arg[1]);
        if (iv.len != SM4_BLOCK_LEN)
            broken("iv length");
        if (strcmp(cmd, "sm4enc") == 0) {
            sm4_cbc_encrypt(key.data, iv.data, in.data, in.len, out);
            len = SM4_CBC_LEN(in.len);
        } else {
            e = sm4_cbc_decrypt(key.data, iv.data, in.data, in.len, out, &len);
        }
    }
    say_result(p, e, out, len);
}

static void do_key(struct pool *p, const char *cmd, char **arg)
{
    bool private = strcmp(cmd, "private") == 0;
    struct sm2_key **key = private ? &private_key : &public_key;
    enum err e;

    sm2_key_free(key);
    if (private) {
        struct bytes der = arg_bytes(p, arg[0]);
        char *pem = pool_printf(p, "-----BEGIN PRIVATE KEY-----\n%s\n-----END PRIVATE KEY-----\n",
                                b64_encode(p, der.data, der.len));
        e = sm2_key_from_pem(pem, strlen(pem), NULL, key);
    } else {
        e = sm2_key_from_public_text(arg[0], strlen(arg[0]), key);
        if (e == ERR_OK)
            sm2_key_prepare(*key);
    }
    say_key(p, e, *key);
}

static void do_sign(struct pool *p, const char *cmd, char **arg)
{
    uint8_t sig[SM2_SIG_LEN];
    struct bytes msg = arg_bytes(p, arg[0]);

    if (strcmp(cmd, "sign") == 0) {
        enum err e = sm2_sign(private_key, msg.data, msg.len, sig);
        (void)puts(e == ERR_OK ? sm2_sig_to_text(sig, p) : "refused");
        return;
    }
    if (strcmp(cmd, "rawverify") == 0) {
        struct bytes raw = arg_bytes(p, arg[1]);
        if (raw.len != SM2_SIG_LEN)
            broken("signature length");
        memcpy(sig, raw.data, sizeof sig);
    } else if (sm2_sig_from_text(arg[1], strlen(arg[1]), sig) != ERR_OK) {
        (void)puts("0");
        return;
    }
    bool fast = sm2_verify(public_key, msg.data, msg.len, sig);
    bool evp = sm2_verify_evp(public_key, msg.data, msg.len, sig);
    (void)puts(fast != evp ? "torn" : fast ? "1" : "0");
}

static void do_wrap(struct pool *p, const char *cmd, char **arg)
{
    struct bytes in = arg_bytes(p, arg[0]);
    uint8_t *out = NULL;
    size_t len = 0;
    enum err e = strcmp(cmd, "wrap") == 0 ? sm2_wrap(public_key, in.data, in.len, p, &out, &len)
                                          : sm2_unwrap(private_key, in.data, in.len, p, &out, &len);

    say_result(p, e, out, len);
}

static void do_envelope(struct pool *p, const char *cmd, char **arg)
{
    struct envelope env = {arg[0], arg[1], arg[2], arg[3]};
    uint8_t *plain = NULL;
    size_t len = 0;

    if (strcmp(cmd, "open") == 0) {
        enum err e = envelope_open(private_key, &env, p, &plain, &len);
        say_result(p, e, plain, len);
        return;
    }
    struct bytes in = arg_bytes(p, arg[0]);
    if (envelope_seal(public_key, in.data, in.len, p, &env) == ERR_OK)
        (void)printf("%s %s %s %s\n", env.key, env.iv, env.ciphertext, env.mac);
    else
        (void)puts("refused");
}

static const struct {
    const char *name;
    void (*run)(struct pool *p, const char *cmd, char **arg);
    int args_n;
} commands[] = {
    {"sm3", do_hash, 1},       {"hmac", do_hash, 2},     {"sm4enc", do_sm4, 3},
    {"sm4dec", do_sm4, 3},     {"sm4ctr", do_sm4, 3},    {"private", do_key, 1},
    {"public", do_key, 1},     {"sign", do_sign, 1},     {"verify", do_sign, 2},
    {"rawverify", do_sign, 2}, {"wrap", do_wrap, 1},     {"unwrap", do_wrap, 1},
    {"seal", do_envelope, 1},  {"open", do_envelope, 4},
};

static void run_line(struct pool *p, char *line)
{
    char *save, *arg[ARGS_MAX] = {NULL};
    const char *cmd = strtok_r(line, " \n", &save);
    int n = 0;

    while (n < ARGS_MAX && (arg[n] = strtok_r(NULL, " \n", &save)) != NULL)
        n++;
    for (size_t i = 0; cmd != NULL && i < sizeof commands / sizeof commands[0]; i++) {
        if (strcmp(commands[i].name, cmd) != 0)
            continue;
        if (n != commands[i].args_n)
            broken("number of arguments");
        commands[i].run(p, cmd, arg);
        return;
    }
    broken("no such command");
}

int main(void)
{
    struct pool *p = pool_new(true);
    char *line = NULL;
    size_t cap = 0;

    sm2_prepare_generator();
    while (getline(&line, &cap, stdin) > 0) {
        run_line(p, line);
        pool_reset(p);
    }
    free(line);
    sm2_key_free(&private_key);
    sm2_key_free(&public_key);
    pool_destroy(&p);
    return fflush(stdout) == 0 ? 0 : 1;
}
