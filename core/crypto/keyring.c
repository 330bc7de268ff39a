#include "core/crypto/keyring.h"

#include <assert.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/base/log.h"
#include "core/base/rand.h"
#include "core/base/text.h"
#include "core/crypto/crypto_int.h"
#include "core/crypto/keyring_file.h"
#include "core/crypto/sm4.h"

static const char passphrase_name[] = "passphrase", system_name[] = "system.key",
                  data_name[] = "data.key";

enum {
    MASTER_LEN = 32,
    PASSPHRASE_LEN = 64,
    SALT_LEN = 16,
    /* The passphrase has 256 random bits: no number of rounds makes it harder to guess. These keep
     * to what GM/T 0091 and NIST SP 800-132 ask for at least, and cost each of a system's processes
     * some 15 ms at its start. */
    ROUNDS = 10000,
    DATA_LEN = SALT_LEN + SM4_BLOCK_LEN + SM4_CBC_LEN(MASTER_LEN) + SM3_LEN,
    DATA_TEXT_LEN = 2 * DATA_LEN + 1, /* hex and a newline */
    FILE_MAX = 8192,
    PARTS_MAX = 16
};

struct keyring {
    struct sm2_key *system;
    uint8_t master[MASTER_LEN];
    /* HMAC-SM3(master, name) */
    uint8_t pseudonym[SM3_LEN], column[SM3_LEN], column_mac[SM3_LEN], index[SM3_LEN],
        ticket[SM3_LEN], spool[SM3_LEN], audit[SM3_LEN];
};

/* --- the files --- */

/* The keys that seal data.key: SM4 key | MAC key. */
struct file_keys {
    uint8_t sm4[SM4_KEY_LEN];
    uint8_t mac[SM3_LEN];
};

static void file_keys_derive(char *passphrase, uint8_t salt[SALT_LEN], struct file_keys *keys_r)
{
    char digest[] = "SM3";
    unsigned rounds = ROUNDS;
    uint8_t out[SM4_KEY_LEN + SM3_LEN];
    OSSL_PARAM params[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, digest, 0),
        OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_PASSWORD, passphrase, PASSPHRASE_LEN),
        OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_SALT, salt, SALT_LEN),
        OSSL_PARAM_construct_uint(OSSL_KDF_PARAM_ITER, &rounds), OSSL_PARAM_construct_end()};
    EVP_KDF *kdf = EVP_KDF_fetch(NULL, "PBKDF2", NULL);
    EVP_KDF_CTX *ctx = EVP_KDF_CTX_new(kdf);

    CRYPTO_NEED(ctx != NULL && EVP_KDF_derive(ctx, out, sizeof out, params) == 1, "PBKDF2");
    EVP_KDF_CTX_free(ctx);
    EVP_KDF_free(kdf);
    memcpy(keys_r->sm4, out, SM4_KEY_LEN);
    memcpy(keys_r->mac, out + SM4_KEY_LEN, SM3_LEN);
    OPENSSL_cleanse(out, sizeof out);
}

static void data_mac(const struct file_keys *keys, const uint8_t *data, uint8_t mac[SM3_LEN])
{
    const struct sm3_part part = {data, DATA_LEN - SM3_LEN};

    hmac_sm3(keys->mac, sizeof keys->mac, &part, 1, mac);
}

static void data_seal(char *passphrase, const uint8_t master[MASTER_LEN],
                      char text[DATA_TEXT_LEN + 1])
{
    struct file_keys keys;
    uint8_t data[DATA_LEN];

    rand_bytes(data, SALT_LEN + SM4_BLOCK_LEN);
    file_keys_derive(passphrase, data, &keys);
    sm4_cbc_encrypt(keys.sm4, data + SALT_LEN, master, MASTER_LEN, data + SALT_LEN + SM4_BLOCK_LEN);
    data_mac(&keys, data, data + DATA_LEN - SM3_LEN);
    OPENSSL_cleanse(&keys, sizeof keys);
    hex_encode(data, sizeof data, text);
    text[DATA_TEXT_LEN - 1] = '\n';
    text[DATA_TEXT_LEN] = '\0';
}

static enum err data_open(char *passphrase, const char *text, size_t len,
                          uint8_t master[MASTER_LEN])
{
    struct file_keys keys;
    uint8_t data[DATA_LEN], mac[SM3_LEN], plain[SM4_CBC_LEN(MASTER_LEN)];
    size_t plain_len = 0;

    if (len != DATA_TEXT_LEN || text[len - 1] != '\n' ||
        hex_decode(text, len - 1, data, sizeof data) != ERR_OK)
        return ERR_BAD;
    file_keys_derive(passphrase, data, &keys);
    data_mac(&keys, data, mac);
    enum err e = crypto_equal(mac, data + DATA_LEN - SM3_LEN, sizeof mac)
                     ? sm4_cbc_decrypt(keys.sm4, data + SALT_LEN, data + SALT_LEN + SM4_BLOCK_LEN,
                                       SM4_CBC_LEN(MASTER_LEN), plain, &plain_len)
                     : ERR_BAD;
    if (e == ERR_OK && plain_len == MASTER_LEN)
        memcpy(master, plain, MASTER_LEN);
    else
        e = ERR_BAD;
    OPENSSL_cleanse(&keys, sizeof keys);
    OPENSSL_cleanse(plain, sizeof plain);
    return e;
}

static enum err passphrase_read(int dir_fd, struct pool *p, char **text_r)
{
    uint8_t bytes[PASSPHRASE_LEN / 2];
    char *text;
    size_t len;
    enum err e = secret_file_read(dir_fd, passphrase_name, PASSPHRASE_LEN + 1, p, &text, &len);

    if (e != ERR_OK)
        return e;
    if (text[len - 1] == '\n')
        text[--len] = '\0';
    e = hex_decode(text, len, bytes, sizeof bytes);
    OPENSSL_cleanse(bytes, sizeof bytes);
    if (e != ERR_OK) {
        log_msg(LOG_ERROR, "keyring", "%s: not 64 hexadecimal digits", passphrase_name);
        return ERR_BAD;
    }
    *text_r = text;
    return ERR_OK;
}

/* --- making --- */

struct new_file {
    const char *name, *text;
};

/* Writes the three files in order; data.key, without which nothing opens, comes last. So what a
 * crash leaves is never a keyring, and never a key that has been used. What an error leaves is
 * taken back. */
static enum err files_write(int dir_fd, const struct new_file files[3])
{
    enum err e = ERR_OK;
    size_t done = 0;

    while (done < 3 && e == ERR_OK) {
        e = secret_file_write(dir_fd, files[done].name, files[done].text, strlen(files[done].text));
        if (e == ERR_OK)
            done++;
    }
    if (e != ERR_OK)
        while (done > 0)
            (void)unlinkat(dir_fd, files[--done].name, 0);
    return e;
}

static enum err create_in(int dir_fd, struct pool *p)
{
    char *passphrase = pool_alloc(p, PASSPHRASE_LEN + 1);
    char *data_text = pool_alloc(p, DATA_TEXT_LEN + 1);
    char *system_pem;
    uint8_t *random = pool_alloc(p, PASSPHRASE_LEN / 2), *master = pool_alloc(p, MASTER_LEN);

    rand_bytes(random, PASSPHRASE_LEN / 2);
    hex_encode(random, PASSPHRASE_LEN / 2, passphrase);
    rand_bytes(master, MASTER_LEN);
    struct sm2_key *key = sm2_key_generate();
    enum err e = sm2_key_private_pem(key, passphrase, p, &system_pem);
    sm2_key_free(&key);
    if (e != ERR_OK)
        return e;
    data_seal(passphrase, master, data_text);
    const struct new_file files[3] = {
        {passphrase_name, pool_printf(p, "%s\n", passphrase)},
        {system_name, system_pem},
        {data_name, data_text},
    };
    return files_write(dir_fd, files);
}

enum err keyring_create(const char *dir)
{
    const char *const names[] = {passphrase_name, system_name, data_name};
    struct pool *p;
    int dir_fd;
    enum err e = secret_dir_open(dir, true, &dir_fd);

    if (e != ERR_OK)
        return e;
    for (size_t i = 0; i < 3 && e == ERR_OK; i++) {
        if (!secret_file_exists(dir_fd, names[i]))
            continue;
        log_msg(LOG_ERROR, "keyring", "%s stands already: keys are never overwritten", names[i]);
        e = ERR_DUPLICATE;
    }
    if (e == ERR_OK) {
        p = pool_new(true);
        e = create_in(dir_fd, p);
        pool_destroy(&p);
    }
    (void)close(dir_fd);
    return e;
}

/* --- opening --- */

static void subkey(const struct keyring *kr, const char *label, uint8_t out[SM3_LEN])
{
    const struct sm3_part part = {label, strlen(label)};

    hmac_sm3(kr->master, sizeof kr->master, &part, 1, out);
}

static enum err open_in(int dir_fd, struct pool *p, struct keyring *kr)
{
    char *passphrase, *text;
    size_t len;
    enum err e;

    if ((e = passphrase_read(dir_fd, p, &passphrase)) != ERR_OK ||
        (e = secret_file_read(dir_fd, system_name, FILE_MAX, p, &text, &len)) != ERR_OK)
        return e;
    if (sm2_key_from_pem(text, len, passphrase, &kr->system) != ERR_OK) {
        log_msg(LOG_ERROR, "keyring", "%s does not open with %s", system_name, passphrase_name);
        return ERR_BAD;
    }
    e = secret_file_read(dir_fd, data_name, FILE_MAX, p, &text, &len);
    if (e != ERR_OK)
        return e;
    if (data_open(passphrase, text, len, kr->master) != ERR_OK) {
        log_msg(LOG_ERROR, "keyring", "%s does not open with %s", data_name, passphrase_name);
        return ERR_BAD;
    }
    subkey(kr, "pseudonym", kr->pseudonym);
    subkey(kr, "column", kr->column);
    subkey(kr, "column-mac", kr->column_mac);
    subkey(kr, "index", kr->index);
    subkey(kr, "ticket", kr->ticket);
    subkey(kr, "spool", kr->spool);
    subkey(kr, "audit", kr->audit);
    return ERR_OK;
}

enum err keyring_open(const char *dir, struct keyring **kr_r)
{
    int dir_fd;
    enum err e = secret_dir_open(dir, false, &dir_fd);

    if (e != ERR_OK)
        return e;
    struct keyring *kr = calloc(1, sizeof *kr);
    CRYPTO_NEED(kr != NULL, "out of memory");
    struct pool *p = pool_new(true);
    e = open_in(dir_fd, p, kr);
    pool_destroy(&p);
    (void)close(dir_fd);
    if (e != ERR_OK) {
        keyring_free(&kr);
        return e;
    }
    *kr_r = kr;
    return ERR_OK;
}

void keyring_free(struct keyring **kr)
{
    if (*kr == NULL)
        return;
    sm2_key_free(&(*kr)->system);
    OPENSSL_cleanse(*kr, sizeof **kr);
    free(*kr);
    *kr = NULL;
}

/* --- using --- */

const struct sm2_key *keyring_system_key(const struct keyring *kr)
{
    return kr->system;
}

enum err keyring_sign(const struct keyring *kr, const void *msg, size_t len,
                      uint8_t sig[SM2_SIG_LEN])
{
    return sm2_sign(kr->system, msg, len, sig);
}

static void put_len(size_t len, uint8_t out[4])
{
    assert(len <= UINT32_MAX);
    for (int i = 0; i < 4; i++)
        out[i] = (uint8_t)(len >> (24 - 8 * i));
}

/* HMAC-SM3 over the parts, each preceded by its length; `label`, if not NULL, is one more part
 * before them. */
static void hmac_framed(const uint8_t key[SM3_LEN], const char *label, const struct sm3_part *parts,
                        size_t n, uint8_t out[SM3_LEN])
{
    uint8_t lens[PARTS_MAX + 1][4];
    struct sm3_part framed[2 * (PARTS_MAX + 1)];
    size_t m = 0;

    assert(n <= PARTS_MAX);
    for (size_t i = 0; i < n + (label != NULL); i++) {
        const struct sm3_part part = label == NULL ? parts[i]
                                     : i == 0      ? (struct sm3_part){label, strlen(label)}
                                                   : parts[i - 1];
        put_len(part.len, lens[i]);
        framed[m++] = (struct sm3_part){lens[i], sizeof lens[i]};
        framed[m++] = part;
    }
    hmac_sm3(key, SM3_LEN, framed, m, out);
}

void keyring_pseudonym(const struct keyring *kr, const struct sm3_part *parts, size_t n,
                       uint8_t out[SM3_LEN])
{
    hmac_framed(kr->pseudonym, NULL, parts, n, out);
}

void keyring_index(const struct keyring *kr, const char *label, const struct sm3_part *parts,
                   size_t n, uint8_t out[SM3_LEN])
{
    hmac_framed(kr->index, label, parts, n, out);
}

void keyring_derive(const struct keyring *kr, const char *label, const struct sm3_part *parts,
                    size_t n, uint8_t out[SM3_LEN])
{
    const uint8_t *key = strcmp(label, "ticket") == 0  ? kr->ticket
                         : strcmp(label, "spool") == 0 ? kr->spool
                         : strcmp(label, "audit") == 0 ? kr->audit
                                                       : NULL;

    assert(key != NULL); /* the other keys have their own functions */
    hmac_framed(key, NULL, parts, n, out);
}

static void column_mac(const struct keyring *kr, const void *context, size_t context_len,
                       const uint8_t *iv_and_ciphertext, size_t len, uint8_t mac[SM3_LEN])
{
    uint8_t context_len_bytes[4];
    const struct sm3_part parts[] = {{context_len_bytes, sizeof context_len_bytes},
                                     {context, context_len},
                                     {iv_and_ciphertext, len}};

    put_len(context_len, context_len_bytes);
    hmac_sm3(kr->column_mac, sizeof kr->column_mac, parts, 3, mac);
}

void keyring_seal(const struct keyring *kr, const void *context, size_t context_len,
                  const void *plain, size_t len, struct pool *p, uint8_t **out_r, size_t *out_len_r)
{
    size_t body_len = SM4_BLOCK_LEN + SM4_CBC_LEN(len);
    uint8_t *out = pool_alloc(p, body_len + SM3_LEN);

    rand_bytes(out, SM4_BLOCK_LEN);
    sm4_cbc_encrypt(kr->column, out, plain, len, out + SM4_BLOCK_LEN);
    column_mac(kr, context, context_len, out, body_len, out + body_len);
    *out_r = out;
    *out_len_r = body_len + SM3_LEN;
}

enum err keyring_unseal(const struct keyring *kr, const void *context, size_t context_len,
                        const uint8_t *in, size_t len, struct pool *p, uint8_t **out_r,
                        size_t *out_len_r)
{
    uint8_t mac[SM3_LEN];

    if (len < KEYRING_SEALED_LEN(0) || (len - SM3_LEN) % SM4_BLOCK_LEN != 0)
        return ERR_BAD;
    size_t body_len = len - SM3_LEN, plain_len;
    column_mac(kr, context, context_len, in, body_len, mac);
    if (!crypto_equal(mac, in + body_len, SM3_LEN))
        return ERR_BAD;
    uint8_t *plain = pool_alloc(p, body_len);
    enum err e = sm4_cbc_decrypt(kr->column, in, in + SM4_BLOCK_LEN, body_len - SM4_BLOCK_LEN,
                                 plain, &plain_len);
    if (e != ERR_OK)
        return e;
    plain[plain_len] = 0;
    *out_r = plain;
    *out_len_r = plain_len;
    return ERR_OK;
}
