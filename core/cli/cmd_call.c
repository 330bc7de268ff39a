/* zwm call: one signed call, as an app would make it. */
#include <string.h>

#include "core/cli/client.h"
#include "core/cli/open.h"
#include "core/cli/screen.h"

static int load_key(struct cli *cli, const char *path, const char *passphrase_file,
                    struct sm2_key **key_r)
{
    size_t len;
    char *passphrase = NULL, *pem = cli_read_file(cli, path, 16384, &len);
    if (pem == NULL)
        return CLI_FAILED;
    if (passphrase_file != NULL) {
        passphrase = cli_read_file(cli, passphrase_file, 1024, NULL);
        if (passphrase == NULL)
            return CLI_FAILED;
        passphrase[strcspn(passphrase, "\r\n")] = '\0';
    }
    if (sm2_key_from_pem(pem, len, passphrase, key_r) != ERR_OK)
        return cli_fail(cli, "%s holds no SM2 private key in PEM%s", path,
                        passphrase_file == NULL ? " (--passphrase-file opens an encrypted one)"
                                                : " that this passphrase opens");
    return CLI_OK;
}

static void print_answer(const struct http_answer *a, bool verbose)
{
    if (verbose) {
        (void)fprintf(stderr, "HTTP %d %s\n", a->status, a->content_type);
        for (size_t i = 0; i < a->zwm_n; i++)
            (void)fprintf(stderr, "%s: %s\n", a->zwm[i][0], a->zwm[i][1]);
    }
    screen_write_bytes(a->body, a->body_len);
    if (strncmp(a->content_type, "application/", 12) == 0 && a->body_len > 0 &&
        a->body[a->body_len - 1] != '\n')
        (void)putchar('\n');
}

int cmd_call(struct cli *cli, int argc, char **argv)
{
    const char *app = NULL, *key_file = NULL, *passphrase_file = NULL, *url = NULL, *ca = NULL,
               *words[2] = {NULL, NULL};
    bool receipt = false, verbose = false;
    const struct cli_opt opts[] = {{"app", &app, NULL, true},
                                   {"key", &key_file, NULL, true},
                                   {"passphrase-file", &passphrase_file, NULL, false},
                                   {"url", &url, NULL, false},
                                   {"ca", &ca, NULL, false},
                                   {"receipt", NULL, &receipt, false},
                                   {"verbose", NULL, &verbose, false}};
    struct conf conf;
    struct sm2_key *key = NULL;
    size_t n;
    int rc = cli_parse(cli, argc, argv, opts, sizeof opts / sizeof opts[0], words, 2, &n);
    if (rc != CLI_OK)
        return rc;
    if (n < 1 || *words[0] != '/')
        return cli_usage(cli, "a PATH that begins with / is needed");
    if (url == NULL || ca == NULL) {
        rc = cli_conf(cli, &conf);
        if (rc != CLI_OK)
            return rc;
        url = url != NULL ? url : conf.base_url;
        ca = ca != NULL ? ca : conf.service_ca_file;
    }
    const char *body = words[1];
    if (body != NULL && strcmp(body, "-") == 0)
        body = cli_read_file(cli, "-", 1 << 20, NULL);
    if (words[1] != NULL && body == NULL)
        return CLI_FAILED;
    rc = load_key(cli, key_file, passphrase_file, &key);
    if (rc != CLI_OK)
        return rc;
    struct client c = {.http = http_client_new(ca), .base_url = url, .app_id = app, .key = key};
    struct http_answer a;
    bool xml = body != NULL && body[strspn(body, " \r\n\t")] == '<';
    enum err e = client_call(cli, &c, words[0], body, xml ? "application/xml" : "application/json",
                             receipt, &a);
    if (e == ERR_OK)
        print_answer(&a, verbose);
    http_client_free(&c.http);
    sm2_key_free(&key);
    if (e != ERR_OK)
        return cli_fail(cli, "%s: %s", url,
                        a.failure != NULL ? a.failure : "the call could not be signed");
    return a.status < 400 ? CLI_OK : CLI_FAILED;
}
