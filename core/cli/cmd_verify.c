/* zwm verify --offline: a code against a trust list, without network. It tells whether the code is
 * its issuing system's and whether its time is over; whether it was used, replaced or revoked only
 * that system knows. */
#include <string.h>
#include <time.h>

#include "core/base/clock.h"
#include "core/cli/open.h"
#include "core/code/code.h"
#include "core/code/sysid.h"
#include "core/crypto/b64.h"
#include "core/act/registry/registry.h"

static void free_key(void *arg)
{
    struct sm2_key *key = arg;
    sm2_key_free(&key);
}

static void release_trust(void *arg)
{
    struct trust *t = arg;
    trust_release(&t);
}

/* --- whose list it is --- */

/* The key that the list itself names for its publisher: proves that it is whole, not whose it is.
 */
static enum err key_in_list(struct cli *cli, const char *text, size_t len, struct sm2_key **key_r)
{
    struct json_object *o = NULL, *systems = NULL, *v = NULL, *k = NULL;
    struct wire_fault fault;
    uint8_t *der;
    size_t der_len;
    if (wire_parse_json(cli->pool, text, len, &o, &fault) != ERR_OK ||
        !json_object_object_get_ex(o, "publisher", &v) ||
        !json_object_object_get_ex(o, "systems", &systems) ||
        !json_object_is_type(systems, json_type_array))
        return ERR_BAD;
    const char *publisher = json_object_get_string(v);
    for (size_t i = 0; i < json_object_array_length(systems); i++) {
        struct json_object *s = json_object_array_get_idx(systems, i);
        if (!json_object_object_get_ex(s, "system", &v) || v == NULL || publisher == NULL ||
            strcmp(json_object_get_string(v), publisher) != 0 ||
            !json_object_object_get_ex(s, "public_key", &k) ||
            !json_object_is_type(k, json_type_string))
            continue;
        const char *b64 = json_object_get_string(k);
        return b64_decode(cli->pool, b64, strlen(b64), &der, &der_len) == ERR_OK
                   ? sm2_key_from_spki(der, der_len, key_r)
                   : ERR_BAD;
    }
    return ERR_BAD;
}

/* The registry's key that the instance here goes by; ERR_ABSENT. */
static enum err pinned_here(const struct conf *conf, struct sm2_key **key_r)
{
    struct keyring *kr = NULL;
    if (conf == NULL || (registry_is_here(conf) && keyring_open(conf->keys_dir, &kr) != ERR_OK))
        return ERR_ABSENT;
    enum err e = registry_pinned_key(conf, kr, key_r);
    keyring_free(&kr);
    return e == ERR_OK ? ERR_OK : ERR_ABSENT;
}

/* `pinned_r` says where the key is from. */
static int publisher_key(struct cli *cli, const struct conf *conf, const char *file,
                         const char *text, size_t len, struct sm2_key **key_r,
                         const char **pinned_r)
{
    *pinned_r = "option";
    if (file != NULL) {
        size_t key_len;
        char *key = cli_read_file(cli, file, 16384, &key_len);
        if (key == NULL)
            return CLI_FAILED;
        if (sm2_key_from_public_text(key, key_len, key_r) != ERR_OK)
            return cli_fail(cli, "%s holds no SM2 public key", file);
    } else if (pinned_here(conf, key_r) == ERR_OK) {
        *pinned_r = "instance";
    } else {
        *pinned_r = "list";
        if (key_in_list(cli, text, len, key_r) != ERR_OK)
            return cli_fail(cli, "the trust list does not hold: it names no publisher with a key");
    }
    pool_on_destroy(cli->pool, free_key, *key_r);
    return CLI_OK;
}

/* NULL, the reason said, if there is none to go by. */
static const struct trust *open_list(struct cli *cli, const char *path, const char *key_file,
                                     const char **pinned_r)
{
    size_t len;
    struct conf conf;
    struct sm2_key *key = NULL;
    struct trust *t = NULL;
    const char *why = "";
    /* It works without an instance; if there is one, its pinned key and its clock count. */
    bool here = conf_load(cli->pool, conf_var_dir(cli->pool), &conf, NULL) == ERR_OK;
    if (here && *conf.clock_offset_file != '\0' &&
        clock_use_offset_file(conf.clock_offset_file) != ERR_OK) {
        (void)cli_fail(cli, "%s cannot be used", conf.clock_offset_file);
        return NULL;
    }
    char *text = cli_read_file(cli, path, TRUST_LIST_MAX, &len);
    if (text == NULL ||
        publisher_key(cli, here ? &conf : NULL, key_file, text, len, &key, pinned_r) != CLI_OK)
        return NULL;
    if (trust_read(text, len, key, &t, &why) != ERR_OK) {
        (void)cli_fail(cli, "the trust list does not hold: %s", cli_text(cli, why));
        return NULL;
    }
    pool_on_destroy(cli->pool, release_trust, t);
    if (clock_now_sec() <= t->expires_at)
        return t;
    (void)cli_fail(cli, "%s %s (%s)", err_row(ERR_TRUST_EXPIRED)->code,
                   err_row(ERR_TRUST_EXPIRED)->zh, err_row(ERR_TRUST_EXPIRED)->en);
    return NULL;
}

/* --- the code --- */

/* The system that has signed the code. A platform identifier may be that of several (serials), so
 * each is tried. ERR_NO_ROUTE: none listed; ERR_CODE_SIGNATURE: of none of them; ERR_CODE_TYPE: it
 * is listed, and not for codes of this type. */
static enum err find_issuer(const struct trust *t, const struct code *code, int64_t now_sec,
                            const struct trust_system **s_r)
{
    bool platform = code_type_row(code->type)->system_len == SYSID_PLATFORM_LEN;
    enum err e = ERR_NO_ROUTE;
    for (size_t i = 0; i < t->n; i++) {
        const struct trust_system *s = &t->systems[i];
        bool named = platform ? memcmp(s->system + 1, code->system, SYSID_PLATFORM_LEN) == 0
                              : strcmp(s->system, code->system) == 0;
        if (!named)
            continue;
        e = ERR_CODE_SIGNATURE;
        if (trust_key_holds(s, now_sec, code->bytes, code_signed_len(code), code->sig)) {
            if (!trust_issues(s, code->type))
                return ERR_CODE_TYPE;
            *s_r = s;
            return ERR_OK;
        }
    }
    return e;
}

struct verdict {
    enum err error;
    struct code code;
    const struct trust_system *issuer; /* NULL if it is not genuine */
    bool expired;
};

static void judge(const struct trust *t, const char *text, struct verdict *v)
{
    int64_t now = clock_now_sec();
    v->error = code_decode(text, strlen(text), &v->code);
    if (v->error == ERR_OK)
        v->error = find_issuer(t, &v->code, now, &v->issuer);
    if (v->error != ERR_OK)
        return;
    v->expired = now > (int64_t)v->code.deadline;
    if (v->expired)
        v->error = ERR_CODE_EXPIRED;
    else if (!v->issuer->active)
        v->error = ERR_SYSTEM_SUSPENDED;
}

/* --- what is said --- */

static const char *error_msg(const struct verdict *v)
{
    return v->error == ERR_CODE_EXPIRED ? code_type_row(v->code.type)->expired_msg
                                        : err_row(v->error)->zh;
}

static void print_json(const struct trust *t, const struct verdict *v, const char *pinned)
{
    struct json_object *o = json_object_new_object();
    bool known = v->issuer != NULL;
    (void)json_object_object_add(o, "genuine", json_object_new_boolean(known));
    if (known) {
        (void)json_object_object_add(o, "expired", json_object_new_boolean(v->expired));
        (void)json_object_object_add(o, "system", json_object_new_string(v->issuer->system));
        (void)json_object_object_add(o, "system_name", json_object_new_string(v->issuer->name));
        (void)json_object_object_add(
            o, "system_status", json_object_new_string(v->issuer->active ? "active" : "suspended"));
        (void)json_object_object_add(o, "code_type",
                                     json_object_new_string(code_type_row(v->code.type)->name));
        (void)json_object_object_add(o, "deadline", json_object_new_int64(v->code.deadline));
        (void)json_object_object_add(o, "status", json_object_new_string("unknown"));
    }
    (void)json_object_object_add(o, "error_code", json_object_new_string(err_row(v->error)->code));
    if (v->error != ERR_OK)
        (void)json_object_object_add(o, "error_msg", json_object_new_string(error_msg(v)));
    (void)json_object_object_add(o, "trust_version", json_object_new_int64(t->version));
    (void)json_object_object_add(o, "trust_publisher", json_object_new_string(t->publisher));
    (void)json_object_object_add(o, "publisher_key", json_object_new_string(pinned));
    (void)json_object_object_add(o, "pinned", json_object_new_boolean(strcmp(pinned, "list") != 0));
    cli_print_json(o);
}

static void print_words(const struct trust *t, const struct verdict *v, const char *pinned)
{
    if (v->issuer == NULL) {
        (void)printf("not genuine: %s %s (%s)\n", err_row(v->error)->code, error_msg(v),
                     err_row(v->error)->en);
    } else {
        char when[32];
        time_t at = (time_t)v->code.deadline;
        struct tm tm;
        (void)strftime(when, sizeof when, "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&at, &tm));
        (void)printf("genuine: issued by %s %s\n%s: deadline %s%s%s\n", v->issuer->system,
                     v->issuer->name, v->expired ? "expired" : "not expired", when,
                     v->expired ? " " : "", v->expired ? error_msg(v) : "");
        if (!v->issuer->active)
            (void)puts("the issuing system is suspended (4002)");
        (void)puts("status unknown: only the issuing system knows whether it was used, replaced or "
                   "revoked");
    }
    (void)printf("trust list: version %lld of %s, %s\n", (long long)t->version, t->publisher,
                 strcmp(pinned, "list") != 0
                     ? "signed with the pinned key"
                     : "NOT PINNED: its publisher's key was taken from the list itself, so whoever "
                       "made this file vouches for itself; --publisher-key FILE pins it");
}

int cmd_verify(struct cli *cli, int argc, char **argv)
{
    const char *list = NULL, *key_file = NULL, *code[1] = {NULL}, *pinned = "";
    bool offline = false;
    const struct cli_opt opts[] = {{"offline", NULL, &offline, false},
                                   {"trust", &list, NULL, true},
                                   {"publisher-key", &key_file, NULL, false}};
    struct verdict v = {.error = ERR_OK};
    size_t n;
    int rc = cli_parse(cli, argc, argv, opts, sizeof opts / sizeof opts[0], code, 1, &n);
    if (rc != CLI_OK)
        return rc;
    if (!offline || n != 1)
        return cli_usage(cli, "--offline, --trust FILE and a CODE are needed; online, an app calls "
                              "the verify interface (zwm call)");
    const struct trust *t = open_list(cli, list, key_file, &pinned);
    if (t == NULL)
        return CLI_FAILED;
    judge(t, code[0], &v);
    if (cli->json)
        print_json(t, &v, pinned);
    else
        print_words(t, &v, pinned);
    return v.error == ERR_OK ? CLI_OK : CLI_FAILED;
}
