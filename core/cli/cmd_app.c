/* zwm app: the systems that call. The rules stand in core/act/register; here words are read and
 * results printed. In force everywhere within a second. */
#include <stdlib.h>
#include <string.h>

#include "core/act/pages.h"
#include "core/act/register/key_proof.h"
#include "core/cli/registered.h"
#include "core/crypto/b64.h"

struct app_words {
    const char *app_id, *kind, *name, *uscc, *public_key, *proof, *channel, *allow_list, *rate,
        *overlap, *set;
    bool all;
};

enum { FINGERPRINT_SHOWN = 16 };

static int read_public_key(struct cli *cli, const char *path, uint8_t **der_r, size_t *len_r)
{
    size_t len;
    struct sm2_key *key = NULL;
    char *text = cli_read_file(cli, path, 16384, &len);
    if (text == NULL)
        return CLI_FAILED;
    if (sm2_key_from_public_text(text, len, &key) != ERR_OK)
        return cli_fail(
            cli, "%s holds no SM2 public key (PEM, base64 SubjectPublicKeyInfo or hex of 04|x|y)",
            path);
    sm2_key_spki(key, cli->pool, der_r, len_r);
    sm2_key_free(&key);
    return CLI_OK;
}

/* A whole number, or what `none` stands for. */
static int read_number(struct cli *cli, const char *option, const char *text, int64_t *n_r)
{
    char *end = NULL;
    if (text == NULL)
        return CLI_OK;
    *n_r = strtoll(text, &end, 10);
    if (*text < '0' || *text > '9' || *end != '\0' || strlen(text) > 10)
        return cli_usage(cli, "--%s wants a number", option);
    return CLI_OK;
}

/* `none` takes away what is there. */
static const char *or_none(const char *text)
{
    return text != NULL && strcmp(text, "none") == 0 ? "" : text;
}

/* If a proof comes with a new app it must be right, and of the same key. */
static int check_proof(struct cli *cli, const struct work *w, const struct app_words *o,
                       struct app_entry *a)
{
    size_t len = 0;
    uint8_t *spki = NULL;
    size_t spki_len = 0;
    const char *why;
    if (o->proof == NULL)
        return CLI_OK;
    const char *text = cli_read_file(cli, o->proof, KEY_PROOF_MAX, &len);
    if (text == NULL)
        return CLI_FAILED;
    if (key_proof_read(w, text, len, a->app_id, &spki, &spki_len, &why) != ERR_OK)
        return cli_fail(cli, "%s", why);
    if (a->spki != NULL && (a->spki_len != spki_len || memcmp(a->spki, spki, spki_len) != 0))
        return cli_fail(cli, "the proof is of another key than --public-key");
    a->spki = spki;
    a->spki_len = spki_len;
    return CLI_OK;
}

static int app_add(struct cli *cli, struct instance *i, const char *id, const void *words)
{
    const struct app_words *w = words;
    struct app_entry a = {.app_id = id,
                          .name = w->name,
                          .uscc = w->uscc,
                          .channel = w->channel,
                          .allow_list = w->allow_list};
    struct refusal r = {NULL, NULL};
    uint8_t *der = NULL;
    if (w->kind == NULL || w->name == NULL || w->uscc == NULL)
        return cli_usage(cli, "--app-id, --kind, --name and --uscc are needed");
    a.kind = app_kind_by_name(w->kind);
    int rc = read_number(cli, "rate", w->rate, &a.rate_per_sec);
    if (rc == CLI_OK && w->rate != NULL && a.rate_per_sec == 0)
        rc = cli_fail(cli, "a rate is 1 or more calls a second");
    if (rc == CLI_OK && w->public_key != NULL)
        rc = read_public_key(cli, w->public_key, &der, &a.spki_len);
    a.spki = der;
    if (rc == CLI_OK)
        rc = check_proof(cli, &i->work, w, &a);
    if (rc != CLI_OK)
        return rc;
    enum err e = act_app_add(&i->work, &a, &r);
    return e == ERR_OK ? registered_done(cli, "app_id", id, "registered")
                       : registered_refused(cli, e, &r, "app", id);
}

static int app_edit(struct cli *cli, struct instance *i, const char *id, const void *words)
{
    const struct app_words *w = words;
    struct refusal r = {NULL, NULL};
    struct app_edit x = {.name = w->name,
                         .uscc = w->uscc,
                         .channel = or_none(w->channel),
                         .allow_list = or_none(w->allow_list),
                         .rate_per_sec = -1};
    const char *rate = w->rate != NULL && strcmp(w->rate, "none") == 0 ? "0" : w->rate;
    if (w->kind != NULL)
        return cli_usage(cli, "the kind of an app is not changed: register another app");
    if (w->public_key != NULL || w->proof != NULL)
        return cli_usage(cli, "`zwm app key` changes a key");
    int rc = read_number(cli, "rate", rate, &x.rate_per_sec);
    if (rc != CLI_OK)
        return rc;
    enum err e = act_app_edit(&i->work, id, &x, &r);
    return e == ERR_OK ? registered_done(cli, "app_id", id, "changed")
                       : registered_refused(cli, e, &r, "app", id);
}

static int set_status(struct cli *cli, struct instance *i, const char *id, enum app_status status,
                      const char *done)
{
    struct refusal r = {NULL, NULL};
    enum err e = act_app_set_status(&i->work, id, status, &r);
    return e == ERR_OK ? registered_done(cli, "app_id", id, done)
                       : registered_refused(cli, e, &r, "app", id);
}

static int app_suspend(struct cli *cli, struct instance *i, const char *id, const void *words)
{
    (void)words;
    return set_status(cli, i, id, APP_SUSPENDED, "suspended");
}

static int app_resume(struct cli *cli, struct instance *i, const char *id, const void *words)
{
    (void)words;
    return set_status(cli, i, id, APP_ACTIVE, "active");
}

static int app_remove(struct cli *cli, struct instance *i, const char *id, const void *words)
{
    (void)words;
    return set_status(cli, i, id, APP_REMOVED, "removed");
}

static int app_key(struct cli *cli, struct instance *i, const char *id, const void *words)
{
    const struct app_words *w = words;
    struct refusal r = {NULL, NULL};
    int64_t overlap = 0;
    size_t len = 0;
    if (w->proof == NULL)
        return cli_usage(cli, "--proof FILE is needed: the app makes it with `zwm key prove`");
    int rc = read_number(cli, "overlap", w->overlap, &overlap);
    const char *proof = rc == CLI_OK ? cli_read_file(cli, w->proof, KEY_PROOF_MAX, &len) : NULL;
    if (proof == NULL)
        return rc == CLI_OK ? CLI_FAILED : rc;
    struct app_entry a = {.app_id = id};
    uint8_t *der = NULL;
    if (w->public_key != NULL) {
        rc = read_public_key(cli, w->public_key, &der, &a.spki_len);
        a.spki = der;
        if (rc == CLI_OK)
            rc = check_proof(cli, &i->work, w, &a);
        if (rc != CLI_OK)
            return rc;
    }
    enum err e = act_app_key(&i->work, id, proof, len, overlap, &r);
    return e == ERR_OK ? registered_done(cli, "app_id", id,
                                         overlap > 0 ? "key changed; the old one is accepted "
                                                       "until the overlap ends"
                                                     : "key changed")
                       : registered_refused(cli, e, &r, "app", id);
}

static int app_show(struct cli *cli, struct instance *i, const char *id, const void *words)
{
    struct app_entry a;
    struct app_spki *keys = NULL;
    size_t n = 0;
    (void)words;
    enum err e = act_app_show(&i->work, id, &a, &keys, &n);
    if (e != ERR_OK)
        return registered_refused(cli, e, &(struct refusal){NULL, NULL}, "app", id);
    struct json_object *o = act_app_object(cli->pool, &a), *list = json_object_new_array();
    if (a.spki != NULL)
        (void)json_object_object_add(
            o, "public_key", json_object_new_string(b64_encode(cli->pool, a.spki, a.spki_len)));
    for (size_t k = 0; k < n; k++)
        (void)json_object_array_add(
            list,
            json_object_new_string(pool_printf(
                cli->pool, "%s since %s", act_key_fingerprint(cli->pool, keys[k].der, keys[k].len),
                cli_time(cli, keys[k].since))));
    (void)json_object_object_add(o, "keys", list);
    (void)json_object_object_add(o, "updated_at", json_object_new_int64(a.updated_at));
    return registered_show(cli, o);
}

static void print_line(struct cli *cli, const struct app_entry *a)
{
    const char *key = act_key_fingerprint(cli->pool, a->spki, a->spki_len);
    (void)printf("%-24s %-11s %-9s %-16.*s %7s %-18s %s%s\n", a->app_id, app_kind_name(a->kind),
                 a->status == APP_ACTIVE      ? "active"
                 : a->status == APP_SUSPENDED ? "suspended"
                                              : "removed",
                 FINGERPRINT_SHOWN, key != NULL ? key : "-",
                 a->rate_per_sec > 0 ? pool_printf(cli->pool, "%lld", (long long)a->rate_per_sec)
                                     : "-",
                 a->allow_list != NULL ? a->allow_list : "-", a->name,
                 a->previous != NULL ? "  (old key still accepted)" : "");
}

static int app_list(struct cli *cli, struct instance *i, const char *id, const void *words)
{
    const struct app_words *w = words;
    struct app_entry *list;
    size_t n;
    (void)id;
    enum err e = admin_app_list(&i->work, &list, &n);
    if (e != ERR_OK)
        return cli_store_failed(cli, e);
    struct json_object *items = json_object_new_array();
    if (!cli->json)
        (void)printf("%-24s %-11s %-9s %-16s %7s %-18s %s\n", "APP", "KIND", "STATUS", "KEY (SM3)",
                     "RATE/s", "ALLOW-LIST", "NAME");
    for (size_t k = 0; k < n; k++) {
        if (list[k].status == APP_REMOVED && !w->all)
            continue;
        struct json_object *o = act_app_object(cli->pool, &list[k]);
        if (list[k].previous_until < i->work.now_sec)
            list[k].previous = NULL;
        (void)json_object_object_add(
            o, "public_key",
            list[k].spki != NULL
                ? json_object_new_string(b64_encode(cli->pool, list[k].spki, list[k].spki_len))
                : NULL);
        (void)json_object_object_add(o, "updated_at", json_object_new_int64(list[k].updated_at));
        (void)json_object_array_add(items, json_object_get(o));
        if (!cli->json)
            print_line(cli, &list[k]);
    }
    return registered_list(cli, items);
}

/* Sets the origins of the app's pages, or shows them. */
static int app_origins(struct cli *cli, struct instance *i, const char *id, const void *words)
{
    const char *set = ((const struct app_words *)words)->set;
    const char **list, *wrong = NULL;
    size_t n = 0;
    if (set != NULL) {
        list = pool_alloc(cli->pool, (strlen(set) + 1) * sizeof *list);
        for (char *at = pool_strdup(cli->pool, set), *one; (one = strsep(&at, ",")) != NULL;)
            if (*one != '\0')
                list[n++] = one;
        enum err e = act_app_set_origins(&i->work, id, list, n, &wrong);
        if (e == ERR_FIELD_INVALID)
            return cli_fail(cli, "%s is no origin (scheme, host and port, nothing else; https)",
                            wrong != NULL ? wrong : "one of them stands twice, or");
        if (e != ERR_OK)
            return registered_refused(cli, e, &(struct refusal){NULL, NULL}, "app", id);
    }
    enum err e = act_app_origins(&i->work, id, &list, &n);
    if (e != ERR_OK)
        return cli_store_failed(cli, e);
    if (!cli->json)
        for (size_t k = 0; k < n; k++)
            (void)puts(list[k]);
    return registered_list(cli, json_object_get(json_strings(cli->pool, list, n)));
}

/* Sets the dialect of the JSSDK, or the address that is told of a logout. */
static int page_changed(struct cli *cli, enum err e, const char *id, const char *wrong)
{
    if (e == ERR_FIELD_INVALID)
        return cli_fail(cli, "%s", wrong);
    if (e != ERR_OK)
        return registered_refused(cli, e, &(struct refusal){NULL, NULL}, "app", id);
    return registered_done(cli, "app_id", id, "changed");
}

static int app_dialect(struct cli *cli, struct instance *i, const char *id, const void *words)
{
    const char *set = ((const struct app_words *)words)->set;
    if (set == NULL)
        return cli_usage(cli, "json, mob, shandong or gansu is needed");
    return page_changed(cli, act_app_set_dialect(&i->work, id, set), id,
                        "a dialect is json, mob, shandong or gansu");
}

static int app_logout_url(struct cli *cli, struct instance *i, const char *id, const void *words)
{
    const char *set = ((const struct app_words *)words)->set;
    if (set == NULL)
        return cli_usage(cli, "--set URL is needed");
    return page_changed(cli, act_app_set_logout_url(&i->work, id, set), id,
                        "that is no https address that may be called");
}

int cmd_app(struct cli *cli, int argc, char **argv)
{
    static const struct verb verbs[] = {
        {"add", true, app_add},         {"edit", true, app_edit},
        {"suspend", true, app_suspend}, {"resume", true, app_resume},
        {"remove", true, app_remove},   {"key", true, app_key},
        {"show", true, app_show},       {"origins", true, app_origins},
        {"dialect", true, app_dialect}, {"logout-url", true, app_logout_url},
        {"list", false, app_list}};
    struct app_words w = {.all = false};
    const char *operands[3] = {NULL, NULL, NULL};
    const struct cli_opt opts[] = {
        {"app-id", &w.app_id, NULL, false},   {"kind", &w.kind, NULL, false},
        {"name", &w.name, NULL, false},       {"uscc", &w.uscc, NULL, false},
        {"proof", &w.proof, NULL, false},     {"public-key", &w.public_key, NULL, false},
        {"channel", &w.channel, NULL, false}, {"allow-list", &w.allow_list, NULL, false},
        {"rate", &w.rate, NULL, false},       {"overlap", &w.overlap, NULL, false},
        {"set", &w.set, NULL, false},         {"all", NULL, &w.all, false}};
    size_t n;
    int rc = cli_parse(cli, argc, argv, opts, sizeof opts / sizeof opts[0], operands, 3, &n);
    if (rc != CLI_OK)
        return rc;
    if (n == 3) { /* `dialect ID json` (interface-people 4) */
        if (strcmp(operands[0], "dialect") != 0 || w.set != NULL)
            return cli_usage(cli, "one word too many: %s", operands[2]);
        w.set = operands[2];
        n = 2;
    }
    return registered_run(cli, verbs, sizeof verbs / sizeof verbs[0], operands, n, w.app_id, &w);
}
