/* zwm code: what stands in a code, and its drawing. Needs no instance; with one, says whether the
 * signature is its own. */
#include <string.h>
#include <time.h>

#include "core/base/clock.h"
#include "core/base/text.h"
#include "core/cli/open.h"
#include "core/cli/screen.h"
#include "core/code/channel.h"
#include "core/code/code.h"
#include "core/code/symbol.h"
#include "core/code/sysid.h"

/* "yes", "no", or NULL if it is not this system's code or there is no instance here. */
static const char *signature_here(struct cli *cli, const struct code *code)
{
    struct conf conf;
    struct keyring *kr = NULL;
    struct sysid id;
    if (conf_load(cli->pool, conf_var_dir(cli->pool), &conf, NULL) != ERR_OK ||
        sysid_parse(conf.system, &id) != ERR_OK)
        return NULL;
    if (strcmp(code->system, id.text) != 0 && strcmp(code->system, id.platform) != 0)
        return NULL;
    if (keyring_open(conf.keys_dir, &kr) != ERR_OK)
        return NULL;
    bool ok = sm2_verify(keyring_system_key(kr), code->bytes, code_signed_len(code), code->sig);
    keyring_free(&kr);
    return ok ? "right" : "wrong";
}

static int code_decode_words(struct cli *cli, const char *text)
{
    struct code code;
    enum err e = code_decode(text, strlen(text), &code);
    if (e != ERR_OK)
        return cli_fail(cli, "%s %s (%s)", err_row(e)->code, err_row(e)->zh, err_row(e)->en);
    char identity[65], digest[65], sig[129], when[32];
    hex_encode(code.identity, 32, identity);
    hex_encode(code.digest, 32, digest);
    hex_encode(code.sig, 64, sig);
    time_t t = (time_t)code.deadline;
    struct tm tm;
    (void)strftime(when, sizeof when, "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&t, &tm));
    const struct channel_row *channel = channel_by_code(code.channel);
    const char *here = signature_here(cli, &code);
    bool expired = clock_now_sec() > (int64_t)code.deadline;
    const struct {
        const char *name, *value;
    } rows[] = {
        {"type", code_type_row(code.type)->name},
        {"title", code_type_row(code.type)->title},
        {"system", code.system},
        {"channel", *code.channel != '\0' ? code.channel : NULL},
        {"channel_name", channel != NULL ? channel->zh : NULL},
        {"deadline_utc", when},
        {"identity", identity},
        {"digest", digest},
        {"signature", sig},
        {"signature_of_this_system", here},
    };
    struct json_object *o = json_object_new_object();
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (rows[i].value == NULL)
            continue;
        (void)json_object_object_add(o, rows[i].name, json_object_new_string(rows[i].value));
        if (!cli->json)
            (void)printf("%-25s %s\n", rows[i].name, rows[i].value);
    }
    (void)json_object_object_add(o, "deadline", json_object_new_int64(code.deadline));
    (void)json_object_object_add(o, "expired", json_object_new_boolean(expired));
    if (cli->json) {
        cli_print_json(o);
        return CLI_OK;
    }
    json_object_put(o);
    (void)printf("%-25s %s\n\nDecoding says nothing about use or revocation: only the issuing "
                 "system knows (verify).\n",
                 "expired", expired ? "yes" : "no");
    return CLI_OK;
}

static int code_draw(struct cli *cli, const char *text, const char *kind_name, bool svg)
{
    enum symbol_kind kind;
    struct symbol s;
    struct buf b;
    if (symbol_kind_by_name(kind_name, &kind) != ERR_OK)
        return cli_fail(cli, "--symbol must be qr, hanxin or gridmatrix");
    if (symbol_make(cli->pool, kind, text, &s) != ERR_OK)
        return cli_fail(cli, "the text does not fit this symbol");
    buf_init(&b, cli->pool);
    if (svg)
        symbol_write_svg(&b, &s, 4);
    else
        symbol_write_terminal(&b, &s);
    return screen_write_drawing(b.data, b.len) ? CLI_OK : CLI_FAILED;
}

int cmd_code(struct cli *cli, int argc, char **argv)
{
    const char *words[2] = {NULL, NULL}, *kind = "qr";
    bool svg = false;
    const struct cli_opt opts[] = {{"symbol", &kind, NULL, false}, {"svg", NULL, &svg, false}};
    size_t n;
    int rc = cli_parse(cli, argc, argv, opts, 2, words, 2, &n);
    if (rc != CLI_OK)
        return rc;
    if (n == 2 && strcmp(words[0], "decode") == 0)
        return code_decode_words(cli, words[1]);
    if (n == 2 && strcmp(words[0], "draw") == 0)
        return code_draw(cli, words[1], kind, svg);
    return cli_usage(cli, "`decode TEXT` or `draw TEXT` expected");
}
