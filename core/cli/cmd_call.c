/* zwm call: one signed call, as an app would make it. */
#include <string.h>

#include "core/base/clock.h"
#include "core/cli/client.h"
#include "core/cli/open.h"
#include "core/cli/screen.h"
#include "core/code/sysid.h"
#include "core/net/peer_receipt.h"

static const char not_signed[] = "the call could not be signed";

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

/* The key that the receipt should be of: as given, else this instance's own, else the trust list's.
 * NULL: not known; *why_r says more. The caller frees *own_r. */
static const struct sm2_key *receipt_key(struct cli *cli, const char *system, const char *key_file,
                                         struct sm2_key **own_r, const char **why_r)
{
    struct instance i;
    size_t len;
    *why_r = "no --system-key and no instance here to take it from";
    if (key_file != NULL) {
        char *text = cli_read_file(cli, key_file, 16384, &len);
        if (text == NULL || sm2_key_from_public_text(text, len, own_r) != ERR_OK)
            *why_r = "--system-key holds no SM2 public key";
        return *own_r;
    }
    if (cli_open_keys(cli, &i) != CLI_OK)
        return NULL;
    if (strcmp(system, i.conf.system) == 0)
        return keyring_system_key(i.kr);
    *why_r = "the system is not on the trust list in force here";
    struct trust *t = cli_open_store(cli, &i) == ERR_OK ? cli_trust(cli, &i) : NULL;
    const struct trust_system *s = t != NULL ? trust_find(t, system) : NULL;
    if (s != NULL) {
        uint8_t *der;
        sm2_key_spki(s->key, cli->pool, &der, &len);
        if (sm2_key_from_spki(der, len, own_r) != ERR_OK)
            *own_r = NULL;
    }
    trust_release(&t);
    return *own_r;
}

/* Says on standard error what the receipt is worth. */
static int judge_receipt(struct cli *cli, const struct http_answer *a, const char *string,
                         const char *key_file)
{
    const char *by = http_header(a, "zwm-system"), *why = NULL;
    struct sm2_key *own = NULL;
    struct trust_system s = {.active = true};
    if (by == NULL)
        return cli_fail(cli, "receipt: none came with the answer");
    (void)snprintf(s.system, sizeof s.system, "%s", by);
    s.key = (struct sm2_key *)(uintptr_t)receipt_key(cli, by, key_file, &own, &why);
    if (s.key == NULL)
        return cli_fail(cli, "receipt: of %s, not checked: %s", by, cli_text(cli, why));
    bool ok = peer_receipt_holds(cli->pool, &s, clock_now_sec(), string, a);
    sm2_key_free(&own);
    if (!ok)
        return cli_fail(cli, "receipt: WRONG: it is not the word of %s on this answer", by);
    (void)fprintf(stderr, "receipt: right, of %s at %s\n", by, http_header(a, "zwm-timestamp"));
    return CLI_OK;
}

int cmd_call(struct cli *cli, int argc, char **argv)
{
    const char *app = NULL, *key_file = NULL, *passphrase_file = NULL, *url = NULL, *ca = NULL,
               *system_key = NULL, *to = NULL, *string = NULL, *words[2] = {NULL, NULL};
    bool receipt = false, verbose = false;
    const struct cli_opt opts[] = {{"app", &app, NULL, true},
                                   {"key", &key_file, NULL, true},
                                   {"passphrase-file", &passphrase_file, NULL, false},
                                   {"url", &url, NULL, false},
                                   {"ca", &ca, NULL, false},
                                   {"to", &to, NULL, false},
                                   {"receipt", NULL, &receipt, false},
                                   {"system-key", &system_key, NULL, false},
                                   {"verbose", NULL, &verbose, false}};
    struct conf conf;
    struct sysid addressee;
    struct sm2_key *key = NULL;
    size_t n;
    int rc = cli_parse(cli, argc, argv, opts, sizeof opts / sizeof opts[0], words, 2, &n);
    if (rc != CLI_OK)
        return rc;
    if (n < 1 || *words[0] != '/')
        return cli_usage(cli, "a PATH that begins with / is needed");
    if (to != NULL && sysid_parse(to, &addressee) != ERR_OK)
        return cli_usage(cli, "--to must be the identifier of a code system");
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
    rc = cli_load_key(cli, key_file, passphrase_file, &key);
    if (rc != CLI_OK)
        return rc;
    struct client c = {.http = http_client_new(ca),
                       .base_url = url,
                       .app_id = app,
                       .key = key,
                       .to = to,
                       .string_r = &string};
    struct http_answer a;
    bool xml = body != NULL && body[strspn(body, " \r\n\t")] == '<';
    enum err e = client_call(cli, &c, words[0], body, xml ? "application/xml" : "application/json",
                             receipt || system_key != NULL, &a);
    if (e == ERR_OK)
        print_answer(&a, verbose);
    http_client_free(&c.http);
    sm2_key_free(&key);
    if (e != ERR_OK)
        return cli_fail(cli, "%s: %s", url,
                        cli_text(cli, a.failure != NULL ? a.failure : not_signed));
    rc = receipt || system_key != NULL ? judge_receipt(cli, &a, string, system_key) : CLI_OK;
    return a.status < 400 ? rc : CLI_FAILED;
}
