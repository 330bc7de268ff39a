/* zwm play: one whole case in plain words, with real calls over HTTPS: issue, show, verify, pick up
 * as data and as a file, a second verification refused; then the same for an enterprise. Any answer
 * that is not as it must be ends it. */
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/text.h"
#include "core/cli/client.h"
#include "core/cli/open.h"
#include "core/code/symbol.h"
#include "core/crypto/envelope.h"

struct play {
    struct cli *cli;
    struct instance i;
    struct json_object *seed;
    struct client channel, window;
    struct sm2_key *channel_key, *window_key;
    struct http_client *http;
    const char *dir;
};

static const char *member(struct json_object *o, const char *name)
{
    struct json_object *v = NULL;
    return o != NULL && json_object_object_get_ex(o, name, &v) && v != NULL
               ? json_object_get_string(v)
               : "";
}

static struct json_object *child(struct json_object *o, const char *name)
{
    struct json_object *v = NULL;
    return o != NULL && json_object_object_get_ex(o, name, &v) ? v : NULL;
}

static const char *text_of(struct json_object *o)
{
    return json_object_to_json_string_ext(o,
                                          JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE);
}

/* --- the two apps: made and registered once --- */

static int app_key(struct play *p, const char *name, struct sm2_key **key_r)
{
    const char *path = pool_printf(p->cli->pool, "%s/%s.key", p->dir, name);
    char *pem;
    size_t len;
    if (access(path, R_OK) != 0) {
        struct sm2_key *key = sm2_key_generate();
        int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
        bool ok = key != NULL && fd >= 0 &&
                  sm2_key_private_pem(key, NULL, p->cli->pool, &pem) == ERR_OK &&
                  write(fd, pem, strlen(pem)) == (ssize_t)strlen(pem);
        if (fd >= 0)
            (void)close(fd);
        sm2_key_free(&key);
        if (!ok)
            return cli_fail(p->cli, "%s cannot be written", path);
    }
    pem = cli_read_file(p->cli, path, 16384, &len);
    if (pem == NULL)
        return CLI_FAILED;
    return sm2_key_from_pem(pem, len, NULL, key_r) == ERR_OK
               ? CLI_OK
               : cli_fail(p->cli, "%s is no key", path);
}

static int ensure_app(struct play *p, const char *app_id, enum app_kind kind, const char *who,
                      const struct sm2_key *key)
{
    uint8_t *spki;
    size_t len;
    struct json_object *o = child(p->seed, who);
    sm2_key_spki(key, p->cli->pool, &spki, &len);
    const struct app_entry a = {.app_id = app_id,
                                .kind = kind,
                                .name = member(o, "name"),
                                .uscc = member(o, "uscc"),
                                .spki = spki,
                                .spki_len = len,
                                .channel = kind == APP_CHANNEL ? "01" : NULL,
                                .status = APP_ACTIVE};
    enum err e = admin_app_add(&p->i.admin, &a);
    if (e == ERR_OK)
        (void)printf("   registered %s (%s, %s)\n", app_id, app_kind_name(kind), a.name);
    return e == ERR_OK || e == ERR_DUPLICATE ? CLI_OK : cli_store_failed(p->cli, e);
}

static int set_up(struct play *p)
{
    struct cli *cli = p->cli;
    int rc = cli_open(cli, &p->i);
    if (rc != CLI_OK)
        return rc;
    char *text = cli_read_file(
        cli, pool_printf(cli->pool, "%s/sql/seed/sample-subjects.json", cli_share_dir(cli)), 65536,
        NULL);
    p->seed = text != NULL ? json_tokener_parse(text) : NULL;
    if (p->seed == NULL)
        return cli_fail(cli, "the sample subjects cannot be read");
    p->dir = pool_printf(cli->pool, "%s/play", p->i.conf.var_dir);
    (void)mkdir(p->dir, 0700);
    rc = app_key(p, "channel", &p->channel_key);
    if (rc == CLI_OK)
        rc = app_key(p, "window", &p->window_key);
    if (rc == CLI_OK)
        rc = ensure_app(p, "PLAY-CHANNEL", APP_CHANNEL, "channel", p->channel_key);
    if (rc == CLI_OK)
        rc = ensure_app(p, "PLAY-WINDOW", APP_THIRD_PARTY, "third_party", p->window_key);
    p->http = http_client_new(p->i.conf.service_ca_file);
    p->channel = (struct client){p->http, p->i.conf.base_url, "PLAY-CHANNEL", p->channel_key};
    p->window = (struct client){p->http, p->i.conf.base_url, "PLAY-WINDOW", p->window_key};
    /* A fresh registration is in force within a second. */
    if (rc == CLI_OK)
        (void)usleep(1100000);
    return rc;
}

/* --- calls --- */

/* Calls and wants success. */
static struct json_object *must(struct play *p, const struct client *c, const char *target,
                                struct json_object *body)
{
    struct http_answer a = {0};
    const char *code = "", *msg = "";
    enum err e = client_call(p->cli, c, target, text_of(body), "application/json", false, &a);
    json_object_put(body);
    struct json_object *item = e == ERR_OK ? client_item(p->cli, &a, &code, &msg) : NULL;
    if (item == NULL)
        (void)cli_fail(p->cli, "%s: %s %s", target, code,
                       e == ERR_OK         ? msg
                       : a.failure != NULL ? a.failure
                                           : "");
    return item;
}

static struct json_object *object(const char *const *pairs)
{
    struct json_object *o = json_object_new_object();
    for (; *pairs != NULL; pairs += 2)
        (void)json_object_object_add(o, pairs[0], json_object_new_string(pairs[1]));
    return o;
}

static struct json_object *issue(struct play *p, const char *type, const char *who,
                                 struct json_object *classes)
{
    struct json_object *s = json_object_get(child(p->seed, who)), *subject = NULL,
                       *body = json_object_new_object();
    (void)json_object_deep_copy(s, &subject, NULL);
    json_object_put(s);
    (void)json_object_object_add(subject, "type", json_object_new_string(who));
    (void)json_object_object_add(subject, "assurance", json_object_new_int(3));
    (void)json_object_object_add(body, "code_type", json_object_new_string(type));
    (void)json_object_object_add(body, "channel", json_object_new_string("01"));
    (void)json_object_object_add(body, "subject", subject);
    (void)json_object_object_add(body, "xxlb", json_object_get(classes));
    (void)json_object_object_add(body, "czqx", json_object_new_string("5"));
    return must(p, &p->channel, "/api/v1/code/issue", body);
}

static struct json_object *verify_body(const struct play *p, const char *code)
{
    struct json_object *operator_ = child(p->seed, "operator"), *scanner = NULL;
    (void)json_object_deep_copy(operator_, &scanner, NULL);
    (void)json_object_object_add(scanner, "type", json_object_new_string("person"));
    struct json_object *body =
        object((const char *const[]){"code", code, "purpose", "办理示例事项", NULL});
    (void)json_object_object_add(body, "scanner", scanner);
    return body;
}

/* --- pickup --- */

static int show_envelope(struct play *p, struct json_object *item, const char *save_as)
{
    struct json_object *e = child(item, "envelope");
    const struct envelope env = {member(e, "key"), member(e, "iv"), member(e, "ciphertext"),
                                 member(e, "mac")};
    uint8_t *plain, digest[SM3_LEN];
    char hex[2 * SM3_LEN + 1];
    size_t len;
    if (envelope_open(p->window_key, &env, p->cli->pool, &plain, &len) != ERR_OK)
        return cli_fail(p->cli, "the envelope does not open");
    sm3(plain, len, digest);
    hex_encode(digest, SM3_LEN, hex);
    if (strcmp(hex, member(item, "sm3")) != 0)
        return cli_fail(p->cli, "the SM3 digest does not fit");
    if (save_as == NULL) {
        (void)printf("   opened with the window's key: %.*s\n", (int)len, (const char *)plain);
        return CLI_OK;
    }
    const char *path = pool_printf(p->cli->pool, "%s/%s", p->dir, save_as);
    FILE *f = fopen(path, "we");
    bool ok = f != NULL && fwrite(plain, 1, len, f) == len;
    ok = (f == NULL || fclose(f) == 0) && ok;
    (void)printf("   opened with the window's key: a PDF of %zu bytes, SM3 right, saved as %s\n",
                 len, path);
    return ok ? CLI_OK : cli_fail(p->cli, "%s cannot be written", path);
}

static int download(struct play *p, struct json_object *item, const char *save_as)
{
    struct http_answer a = {0};
    char hex[2 * SM3_LEN + 1];
    const char *target = pool_printf(p->cli->pool, "/api/v1/data/file/%s", member(item, "file"));
    if (client_call(p->cli, &p->window, target, NULL, NULL, false, &a) != ERR_OK || a.status != 200)
        return cli_fail(p->cli, "the file cannot be downloaded (HTTP %d)", a.status);
    sm3_hex(a.body, a.body_len, hex);
    if (strcmp(hex, member(item, "sm3")) != 0)
        return cli_fail(p->cli, "the SM3 digest does not fit");
    const char *path = pool_printf(p->cli->pool, "%s/%s", p->dir, save_as);
    FILE *f = fopen(path, "we");
    bool ok = f != NULL && fwrite(a.body, 1, a.body_len, f) == a.body_len;
    ok = (f == NULL || fclose(f) == 0) && ok;
    (void)printf("   above 1 MiB, so by one-time handle: %zu bytes, SM3 right, saved as %s\n",
                 a.body_len, path);
    return ok ? CLI_OK : cli_fail(p->cli, "%s cannot be written", path);
}

static int pick_up(struct play *p, const char *ticket, struct json_object *class)
{
    const char *as = member(class, "kind"), *file = member(class, "file");
    (void)printf("   picks up %s as %s\n", member(class, "name"), as);
    struct json_object *item =
        must(p, &p->window, "/api/v1/data/pickup",
             object((const char *const[]){"ticket", ticket, "class", member(class, "class"), "as",
                                          as, NULL}));
    if (item == NULL)
        return CLI_FAILED;
    if (child(item, "envelope") == NULL)
        return download(p, item, file);
    return show_envelope(p, item, strcmp(as, "file") == 0 ? file : NULL);
}

/* --- one case --- */

static int refused_again(struct play *p, const char *code)
{
    struct http_answer a = {0};
    const char *error = "", *msg = "";
    struct json_object *body = verify_body(p, code);
    enum err e = client_call(p->cli, &p->window, "/api/v1/code/verify", text_of(body),
                             "application/json", false, &a);
    json_object_put(body);
    if (e != ERR_OK || client_item(p->cli, &a, &error, &msg) != NULL ||
        strcmp(error, err_row(ERR_CODE_USED)->code) != 0)
        return cli_fail(p->cli, "a second verification was not refused as used");
    (void)printf("   refused: %s %s\n", error, msg);
    return CLI_OK;
}

static int draw(struct play *p, const char *code)
{
    struct symbol s;
    struct buf b;
    if (symbol_make(p->cli->pool, SYMBOL_QR, code, &s) != ERR_OK)
        return cli_fail(p->cli, "the code does not fit a QR symbol");
    buf_init(&b, p->cli->pool);
    symbol_write_terminal(&b, &s);
    return fwrite(b.data, 1, b.len, stdout) == b.len ? CLI_OK : CLI_FAILED;
}

static int play_case(struct play *p, const char *type, const char *who, size_t first_class,
                     size_t classes_n)
{
    struct json_object *all = child(p->seed, "classes"), *list = json_object_new_array();
    for (size_t k = 0; k < classes_n; k++)
        (void)json_object_array_add(
            list, json_object_new_string(
                      member(json_object_array_get_idx(all, first_class + k), "class")));
    (void)printf(
        "\n== %s: %s (%s)\n1. The channel app has identified the subject and asks for a code.\n",
        type, member(child(p->seed, who), "name"), who);
    struct json_object *issued = issue(p, type, who, list);
    json_object_put(list);
    if (issued == NULL)
        return CLI_FAILED;
    const char *code = member(issued, "code");
    (void)printf("   issued %s, authorization %s\n2. The subject shows it:\n\n", type,
                 member(issued, "sqbh"));
    int rc = draw(p, code);
    (void)printf("\n3. The service window scans it; the code system verifies.\n");
    struct json_object *verified =
        rc == CLI_OK ? must(p, &p->window, "/api/v1/code/verify", verify_body(p, code)) : NULL;
    if (verified == NULL)
        return CLI_FAILED;
    (void)printf("   genuine, unused, of %s, %s (masked)\n4. With the ticket the window picks up "
                 "what was authorized, and no more.\n",
                 member(child(verified, "subject"), "name"),
                 member(child(verified, "subject"), "id_no"));
    for (size_t k = 0; rc == CLI_OK && k < classes_n; k++)
        rc =
            pick_up(p, member(verified, "ticket"), json_object_array_get_idx(all, first_class + k));
    if (rc != CLI_OK)
        return rc;
    (void)printf("5. The same code is scanned a second time.\n");
    return refused_again(p, code);
}

int cmd_play(struct cli *cli, int argc, char **argv)
{
    struct play p = {.cli = cli};
    int rc = cli_parse(cli, argc, argv, NULL, 0, NULL, 0, NULL);
    if (rc != CLI_OK)
        return rc;
    (void)printf(
        "A case played with real calls. People, organisations and licences are invented.\n");
    rc = set_up(&p);
    if (rc == CLI_OK)
        rc = play_case(&p, "ZWM1", "person", 0, 3);
    if (rc == CLI_OK)
        rc = play_case(&p, "QYM1", "enterprise", 3, 2);
    http_client_free(&p.http);
    sm2_key_free(&p.channel_key);
    sm2_key_free(&p.window_key);
    json_object_put(p.seed);
    return rc;
}
