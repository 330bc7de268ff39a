/* zwm audit: the chain of administrative acts. */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/cli/open.h"
#include "core/store/audit.h"

enum { LIST_LIMIT = 50, LIST_MOST = 100000 };

/* 2026-11-23, 2026-11-23T06:00:00Z, or seconds since the Unix epoch. */
static int read_time(struct cli *cli, const char *text, int64_t *at_r)
{
    struct tm tm = {.tm_mday = 1};
    const char *end = strptime(text, "%Y-%m-%d", &tm);
    if (end != NULL && *end == 'T')
        end = strptime(end, "T%H:%M:%SZ", &tm);
    if (end != NULL && *end == '\0') {
        *at_r = timegm(&tm);
        return CLI_OK;
    }
    char *rest;
    *at_r = strtoll(text, &rest, 10);
    if (*text == '\0' || *rest != '\0')
        return cli_usage(cli, "--since wants 2026-11-23, 2026-11-23T06:00:00Z (UTC) or seconds");
    return CLI_OK;
}

static void print_act(struct cli *cli, const struct audit_row *a, struct json_object *items)
{
    struct json_object *o = json_object_new_object(), *detail = json_tokener_parse(a->detail);
    (void)json_object_object_add(o, "seq", json_object_new_int64(a->seq));
    (void)json_object_object_add(o, "at", json_object_new_string(cli_time(cli, a->at)));
    (void)json_object_object_add(o, "actor", json_object_new_string(a->actor));
    (void)json_object_object_add(o, "action", json_object_new_string(a->action));
    (void)json_object_object_add(o, "detail", detail);
    (void)json_object_array_add(items, o);
    if (!cli->json)
        (void)printf("%6lld  %s  %-12s %-16s %s\n", (long long)a->seq, cli_time(cli, a->at),
                     a->actor, a->action, a->detail);
}

static int audit_list(struct cli *cli, struct instance *i, const char *since, const char *action,
                      const char *limit)
{
    struct audit_row *list;
    size_t n;
    int64_t since_sec = 0, most = LIST_LIMIT;
    char *end = NULL;
    int rc = since != NULL ? read_time(cli, since, &since_sec) : CLI_OK;
    if (rc == CLI_OK && limit != NULL) {
        most = strtoll(limit, &end, 10);
        if (*end != '\0' || most < 1 || most > LIST_MOST)
            rc = cli_usage(cli, "--limit wants a number from 1 to %d", LIST_MOST);
    }
    if (rc != CLI_OK)
        return rc;
    enum err e = audit_recent(i->db, cli->pool, since_sec, action, most, &list, &n);
    if (e != ERR_OK)
        return cli_store_failed(cli, e);
    struct json_object *items = json_object_new_array();
    for (size_t k = n; k-- > 0;) /* the newest last, where the eye is */
        print_act(cli, &list[k], items);
    if (!cli->json) {
        json_object_put(items);
        return CLI_OK;
    }
    struct json_object *o = json_object_new_object();
    (void)json_object_object_add(o, "items", items);
    cli_print_json(o);
    return CLI_OK;
}

static int audit_check_all(struct cli *cli, struct instance *i)
{
    struct audit_check r;
    enum err e = audit_verify(i->db, i->kr, &r);
    if (e != ERR_OK)
        return cli_store_failed(cli, e);
    if (cli->json) {
        struct json_object *o = json_object_new_object();
        (void)json_object_object_add(o, "rows", json_object_new_int64(r.rows));
        (void)json_object_object_add(o, "intact", json_object_new_boolean(r.bad_seq == 0));
        if (r.bad_seq != 0)
            (void)json_object_object_add(o, "first_bad", json_object_new_int64(r.bad_seq));
        cli_print_json(o);
        return r.bad_seq == 0 ? CLI_OK : CLI_FAILED;
    }
    if (r.bad_seq != 0)
        return cli_fail(cli,
                        "the record does not hold from row %lld on: changed, removed or inserted",
                        (long long)r.bad_seq);
    (void)printf("%lld administrative acts, unchanged and complete up to the last\n",
                 (long long)r.rows);
    return CLI_OK;
}

int cmd_audit(struct cli *cli, int argc, char **argv)
{
    const char *words[1] = {NULL}, *since = NULL, *action = NULL, *limit = NULL;
    const struct cli_opt opts[] = {{"since", &since, NULL, false},
                                   {"action", &action, NULL, false},
                                   {"limit", &limit, NULL, false}};
    struct instance i;
    size_t n;
    int rc = cli_parse(cli, argc, argv, opts, sizeof opts / sizeof opts[0], words, 1, &n);
    if (rc != CLI_OK)
        return rc;
    bool list = n == 1 && strcmp(words[0], "list") == 0;
    if (!list && (n != 1 || strcmp(words[0], "verify") != 0))
        return cli_usage(cli, "`list` or `verify` expected");
    rc = cli_open(cli, &i);
    if (rc != CLI_OK)
        return rc;
    return list ? audit_list(cli, &i, since, action, limit) : audit_check_all(cli, &i);
}
