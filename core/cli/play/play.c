#include "core/cli/play/play.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/act/register/key_proof.h"
#include "core/base/text.h"
#include "core/cli/registered.h"
#include "core/cli/screen.h"
#include "core/code/symbol.h"
#include "core/crypto/envelope.h"

/* --- JSON --- */

const char *play_member(struct json_object *o, const char *name)
{
    struct json_object *v = play_child(o, name);
    return v != NULL ? json_object_get_string(v) : "";
}

struct json_object *play_child(struct json_object *o, const char *name)
{
    struct json_object *v = NULL;
    return o != NULL && json_object_object_get_ex(o, name, &v) ? v : NULL;
}

struct json_object *play_object(const char *const *pairs)
{
    struct json_object *o = json_object_new_object();
    for (; *pairs != NULL; pairs += 2)
        (void)json_object_object_add(o, pairs[0], json_object_new_string(pairs[1]));
    return o;
}

static struct json_object *copy_of(struct json_object *o)
{
    struct json_object *copy = NULL;
    (void)json_object_deep_copy(o, &copy, NULL);
    return copy;
}

struct json_object *play_subject(const struct play *p, const char *who)
{
    struct json_object *subject = copy_of(play_child(p->seed, who));
    (void)json_object_object_add(subject, "type", json_object_new_string(who));
    (void)json_object_object_add(subject, "assurance", json_object_new_int(3));
    return subject;
}

struct json_object *play_class(const struct play *p, size_t k)
{
    return json_object_array_get_idx(play_child(p->seed, "classes"), k);
}

struct json_object *play_classes(const struct play *p, size_t first, size_t n)
{
    struct json_object *list = json_object_new_array();
    for (size_t k = first; k < first + n; k++)
        (void)json_object_array_add(list,
                                    json_object_new_string(play_member(play_class(p, k), "class")));
    return list;
}

/* --- the two apps: made and registered once --- */

static int app_key(struct play *p, const struct play_site *s, const char *name,
                   struct sm2_key **key_r)
{
    const char *path = pool_printf(p->cli->pool, "%s/%s.key", s->dir, name);
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

/* The app is there, but with a key that is not ours any more: a restore leaves play's keys out. */
static int ensure_key(struct play *p, struct play_site *s, const char *app_id,
                      const struct sm2_key *key, const uint8_t *spki, size_t len)
{
    struct app_entry a;
    struct app_spki *keys;
    size_t n;
    const char *proof = NULL;
    struct refusal r = {NULL, NULL};
    enum err e = act_app_show(&s->i.work, app_id, &a, &keys, &n);
    if (e == ERR_OK && a.spki_len == len && memcmp(a.spki, spki, len) == 0)
        return CLI_OK;
    if (e == ERR_OK)
        e = key_proof_make(p->cli->pool, key, s->i.conf.system, app_id, s->i.work.now_sec, &proof);
    if (e == ERR_OK)
        e = act_app_key(&s->i.work, app_id, proof, strlen(proof), 0, &r);
    if (e != ERR_OK)
        return registered_refused(p->cli, e, &r, "app", app_id);
    p->registered++;
    (void)printf("   %s has a new key in %s\n", app_id, s->i.conf.system_name);
    return CLI_OK;
}

static int ensure_app(struct play *p, struct play_site *s, const char *app_id, enum app_kind kind,
                      const char *who, const struct sm2_key *key)
{
    uint8_t *spki;
    size_t len;
    struct json_object *o = play_child(p->seed, who);
    sm2_key_spki(key, p->cli->pool, &spki, &len);
    const struct app_entry a = {.app_id = app_id,
                                .kind = kind,
                                .name = play_member(o, "name"),
                                .uscc = play_member(o, "uscc"),
                                .spki = spki,
                                .spki_len = len,
                                .channel = kind == APP_CHANNEL ? "01" : NULL,
                                .status = APP_ACTIVE};
    struct refusal r = {NULL, NULL};
    enum err e = act_app_add(&s->i.work, &a, &r);
    if (e == ERR_DUPLICATE)
        return ensure_key(p, s, app_id, key, spki, len);
    if (e == ERR_OK) {
        p->registered++;
        (void)printf("   registered %s (%s, %s) in %s\n", app_id, app_kind_name(kind), a.name,
                     s->i.conf.system_name);
    }
    return e == ERR_OK ? CLI_OK : registered_refused(p->cli, e, &r, "app", app_id);
}

int play_site_open(struct play *p, struct play_site *s)
{
    *s = (struct play_site){.http = NULL};
    int rc = cli_open(p->cli, &s->i);
    if (rc != CLI_OK)
        return rc;
    s->dir = pool_printf(p->cli->pool, "%s/play", s->i.conf.var_dir);
    (void)mkdir(s->dir, 0700);
    rc = app_key(p, s, "channel", &s->channel_key);
    if (rc == CLI_OK)
        rc = app_key(p, s, "window", &s->window_key);
    if (rc == CLI_OK)
        rc = ensure_app(p, s, "PLAY-CHANNEL", APP_CHANNEL, "channel", s->channel_key);
    if (rc == CLI_OK)
        rc = ensure_app(p, s, "PLAY-WINDOW", APP_THIRD_PARTY, "third_party", s->window_key);
    s->http = http_client_new(s->i.conf.service_ca_file);
    s->channel = (struct client){s->http, s->i.conf.base_url, "PLAY-CHANNEL", s->channel_key,
                                 NULL,    s->i.conf.system};
    s->window = (struct client){s->http, s->i.conf.base_url, "PLAY-WINDOW", s->window_key,
                                NULL,    s->i.conf.system};
    return rc;
}

void play_site_close(struct play_site *s)
{
    http_client_free(&s->http);
    sm2_key_free(&s->channel_key);
    sm2_key_free(&s->window_key);
}

int play_begin(struct cli *cli, struct play *p)
{
    *p = (struct play){.cli = cli};
    char *text = cli_read_file(
        cli, pool_printf(cli->pool, "%s/sql/seed/sample-subjects.json", cli_share_dir(cli)), 65536,
        NULL);
    p->seed = text != NULL ? json_tokener_parse(text) : NULL;
    return p->seed != NULL ? CLI_OK : cli_fail(cli, "the sample subjects cannot be read");
}

void play_end(struct play *p)
{
    json_object_put(p->seed);
    p->seed = NULL;
}

void play_settle(struct play *p)
{
    if (p->registered > 0)
        (void)usleep(1100000);
    p->registered = 0;
}

/* --- calls --- */

struct json_object *play_call(struct play *p, const struct client *c, const char *target,
                              struct json_object *body, const char **code_r, const char **msg_r)
{
    struct http_answer a = {0};
    const char *text = json_object_to_json_string_ext(body, JSON_C_TO_STRING_PLAIN |
                                                                JSON_C_TO_STRING_NOSLASHESCAPE);
    enum err e = client_call(p->cli, c, target, text, "application/json", false, &a);
    json_object_put(body);
    *code_r = "";
    *msg_r = a.failure != NULL ? a.failure : "";
    return e == ERR_OK ? client_item(p->cli, &a, code_r, msg_r) : NULL;
}

struct json_object *play_must(struct play *p, const struct client *c, const char *target,
                              struct json_object *body)
{
    const char *code, *msg;
    struct json_object *item = play_call(p, c, target, body, &code, &msg);
    if (item == NULL)
        (void)cli_fail(p->cli, "%s%s: %s %s", c->base_url, target, code, msg);
    return item;
}

int play_refused(struct play *p, const struct client *c, const char *target,
                 struct json_object *body, enum err want)
{
    const char *code, *msg;
    struct json_object *item = play_call(p, c, target, body, &code, &msg);
    if (item != NULL || strcmp(code, err_row(want)->code) != 0)
        return cli_fail(p->cli, "%s%s was to be refused as %s %s: %s %s", c->base_url, target,
                        err_row(want)->code, err_row(want)->zh,
                        item != NULL ? cli_text(p->cli, "done") : code, msg);
    (void)printf("   refused: %s %s\n", code, msg);
    return CLI_OK;
}

struct json_object *play_issue_body(const struct play *p, const char *type, const char *who,
                                    struct json_object *classes)
{
    struct json_object *body =
        play_object((const char *const[]){"code_type", type, "channel", "01", "czqx", "5", NULL});
    (void)json_object_object_add(body, "subject", play_subject(p, who));
    (void)json_object_object_add(body, "xxlb", classes);
    return body;
}

struct json_object *play_verify_body(const struct play *p, const char *code)
{
    struct json_object *scanner = copy_of(play_child(p->seed, "operator"));
    (void)json_object_object_add(scanner, "type", json_object_new_string("person"));
    struct json_object *body =
        play_object((const char *const[]){"code", code, "purpose", "办理示例事项", NULL});
    (void)json_object_object_add(body, "scanner", scanner);
    return body;
}

/* --- pickup --- */

static int save(struct play *p, const char *path, const void *data, size_t len)
{
    FILE *f = fopen(path, "we");
    bool ok = f != NULL && fwrite(data, 1, len, f) == len;
    ok = (f == NULL || fclose(f) == 0) && ok;
    return ok ? CLI_OK : cli_fail(p->cli, "%s cannot be written", path);
}

static int show_envelope(struct play *p, const struct play_site *s, struct json_object *item,
                         const char *save_as)
{
    struct json_object *e = play_child(item, "envelope");
    const struct envelope env = {play_member(e, "key"), play_member(e, "iv"),
                                 play_member(e, "ciphertext"), play_member(e, "mac")};
    uint8_t *plain;
    char hex[2 * SM3_LEN + 1];
    size_t len;
    if (envelope_open(s->window_key, &env, p->cli->pool, &plain, &len) != ERR_OK)
        return cli_fail(p->cli, "the envelope does not open");
    sm3_hex(plain, len, hex);
    if (strcmp(hex, play_member(item, "sm3")) != 0)
        return cli_fail(p->cli, "the SM3 digest does not fit");
    if (save_as == NULL) {
        (void)printf("   opened with the window's key: %.*s\n", (int)len, (const char *)plain);
        return CLI_OK;
    }
    const char *path = pool_printf(p->cli->pool, "%s/%s", s->dir, save_as);
    (void)printf("   opened with the window's key: a PDF of %zu bytes, SM3 right, saved as %s\n",
                 len, path);
    return save(p, path, plain, len);
}

static int download(struct play *p, const struct play_site *s, struct json_object *item,
                    const char *save_as)
{
    struct http_answer a = {0};
    char hex[2 * SM3_LEN + 1];
    const char *target =
        pool_printf(p->cli->pool, "/api/v1/data/file/%s", play_member(item, "file"));
    if (client_call(p->cli, &s->window, target, NULL, NULL, false, &a) != ERR_OK || a.status != 200)
        return cli_fail(p->cli, "the file cannot be downloaded (HTTP %d)", a.status);
    sm3_hex(a.body, a.body_len, hex);
    if (strcmp(hex, play_member(item, "sm3")) != 0)
        return cli_fail(p->cli, "the SM3 digest does not fit");
    const char *path = pool_printf(p->cli->pool, "%s/%s", s->dir, save_as);
    (void)printf("   above 1 MiB, so by one-time handle: %zu bytes, SM3 right, saved as %s\n",
                 a.body_len, path);
    return save(p, path, a.body, a.body_len);
}

int play_pick_up(struct play *p, const struct play_site *s, const char *ticket,
                 struct json_object *class)
{
    const char *as = play_member(class, "kind"), *file = play_member(class, "file");
    (void)printf("   picks up %s as %s\n", play_member(class, "name"), as);
    struct json_object *item =
        play_must(p, &s->window, "/api/v1/data/pickup",
                  play_object((const char *const[]){"ticket", ticket, "class",
                                                    play_member(class, "class"), "as", as, NULL}));
    if (item == NULL)
        return CLI_FAILED;
    if (play_child(item, "envelope") == NULL)
        return download(p, s, item, file);
    return show_envelope(p, s, item, strcmp(as, "file") == 0 ? file : NULL);
}

int play_draw(const struct play *p, const char *text)
{
    struct symbol s;
    struct buf b;
    if (symbol_make(p->cli->pool, SYMBOL_QR, text, &s) != ERR_OK)
        return cli_fail(p->cli, "the code does not fit a QR symbol");
    buf_init(&b, p->cli->pool);
    symbol_write_terminal(&b, &s);
    return screen_write_drawing(b.data, b.len) ? CLI_OK : CLI_FAILED;
}
