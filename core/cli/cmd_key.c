/* zwm key: a key pair for an app, and the system's public key. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "core/act/register/key_proof.h"
#include "core/base/clock.h"
#include "core/cli/open.h"
#include "core/code/sysid.h"
#include "core/crypto/b64.h"
#include "core/wire/field.h"

/* Never over a file that stands: a key lost is a caller shut out. */
static int write_new(struct cli *cli, const char *path, const char *text, mode_t mode)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
    size_t len = strlen(text);
    bool ok = fd >= 0 && write(fd, text, len) == (ssize_t)len && fsync(fd) == 0;
    int why = errno;
    if (fd >= 0)
        (void)close(fd);
    return ok ? CLI_OK : cli_fail(cli, "%s: %s", path, strerror(why));
}

static int key_new(struct cli *cli, const char *path, const char *passphrase_file)
{
    char *passphrase = NULL, *pem;
    if (passphrase_file != NULL) {
        passphrase = cli_read_file(cli, passphrase_file, 1024, NULL);
        if (passphrase == NULL)
            return CLI_FAILED;
        passphrase[strcspn(passphrase, "\r\n")] = '\0';
    }
    struct sm2_key *key = sm2_key_generate();
    if (key == NULL || sm2_key_private_pem(key, passphrase, cli->pool, &pem) != ERR_OK) {
        sm2_key_free(&key);
        return cli_fail(cli, "no key could be made");
    }
    const char *pub = pool_printf(cli->pool, "%s.pub", path);
    int rc = write_new(cli, path, pem, 0600);
    if (rc == CLI_OK)
        rc = write_new(cli, pub, sm2_key_public_pem(key, cli->pool), 0644);
    sm2_key_free(&key);
    if (rc != CLI_OK)
        return rc;
    if (cli->json) {
        struct json_object *o = json_object_new_object();
        (void)json_object_object_add(o, "private_key_file", json_object_new_string(path));
        (void)json_object_object_add(o, "public_key_file", json_object_new_string(pub));
        cli_print_json(o);
    } else {
        (void)printf(
            "private key: %s (keep it)\npublic key:  %s (for `zwm app add --public-key`)\n", path,
            pub);
    }
    return CLI_OK;
}

static int key_show(struct cli *cli, bool pem)
{
    struct instance i;
    uint8_t *der;
    size_t len;
    int rc = cli_open_keys(cli, &i);
    if (rc != CLI_OK)
        return rc;
    if (pem) {
        (void)fputs(sm2_key_public_pem(keyring_system_key(i.kr), cli->pool), stdout);
        return CLI_OK;
    }
    sm2_key_spki(keyring_system_key(i.kr), cli->pool, &der, &len);
    const char *text = b64_encode(cli->pool, der, len);
    if (cli->json) {
        struct json_object *o = json_object_new_object();
        (void)json_object_object_add(o, "system", json_object_new_string(i.conf.system));
        (void)json_object_object_add(o, "name", json_object_new_string(i.conf.system_name));
        (void)json_object_object_add(o, "public_key", json_object_new_string(text));
        cli_print_json(o);
    } else {
        (void)printf("system:     %s %s\npublic key: %s\n", i.conf.system, i.conf.system_name,
                     text);
    }
    return CLI_OK;
}

/* For the holder of a key, who need not have an instance. */
static int key_prove(struct cli *cli, const char *path, const char *passphrase_file,
                     const char *app_id, const char *system)
{
    struct sm2_key *key = NULL;
    const char *text = NULL;
    struct sysid id;
    if (app_id == NULL || system == NULL)
        return cli_usage(cli, "--app-id and --system are needed");
    if (!field_is_app_id(app_id) || sysid_parse(system, &id) != ERR_OK)
        return cli_fail(cli, "--app-id is 1 to 32 of A-Z a-z 0-9 . _ -, --system an identifier of "
                             "9 digits");
    int rc = cli_load_key(cli, path, passphrase_file, &key);
    if (rc != CLI_OK)
        return rc;
    enum err e = key_proof_make(cli->pool, key, system, app_id, clock_now_sec(), &text);
    sm2_key_free(&key);
    if (e != ERR_OK)
        return cli_fail(cli, "the key cannot sign");
    (void)puts(text);
    return CLI_OK;
}

int cmd_key(struct cli *cli, int argc, char **argv)
{
    const char *words[2] = {NULL, NULL}, *passphrase_file = NULL, *app_id = NULL, *system = NULL;
    bool pem = false;
    const struct cli_opt opts[] = {{"passphrase-file", &passphrase_file, NULL, false},
                                   {"app-id", &app_id, NULL, false},
                                   {"system", &system, NULL, false},
                                   {"pem", NULL, &pem, false}};
    size_t n;
    int rc = cli_parse(cli, argc, argv, opts, sizeof opts / sizeof opts[0], words, 2, &n);
    if (rc != CLI_OK)
        return rc;
    if (n == 2 && strcmp(words[0], "new") == 0)
        return key_new(cli, words[1], passphrase_file);
    if (n == 2 && strcmp(words[0], "prove") == 0)
        return key_prove(cli, words[1], passphrase_file, app_id, system);
    if (n == 1 && strcmp(words[0], "show") == 0)
        return key_show(cli, pem);
    return cli_usage(cli, "`new FILE`, `prove FILE` or `show` expected");
}
