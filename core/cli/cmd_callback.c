/* zwm callback: the decisions that third parties are told of (scan to authorize), and those that
 * did not get through. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/text.h"
#include "core/cli/open.h"
#include "core/store/callback.h"

static const char *state_name(enum callback_state s)
{
    return s == CALLBACK_DELIVERED ? "delivered" : s == CALLBACK_GIVEN_UP ? "given-up" : "waiting";
}

static struct json_object *describe(const struct callback_job *j)
{
    char no[33];
    struct json_object *o = json_object_new_object();
    hex_encode(j->request_no, 16, no);
    (void)json_object_object_add(o, "id", json_object_new_int64(j->id));
    (void)json_object_object_add(o, "request_no", json_object_new_string(no));
    (void)json_object_object_add(o, "app_id", json_object_new_string(j->app_id));
    (void)json_object_object_add(o, "url", json_object_new_string(j->url));
    (void)json_object_object_add(o, "state", json_object_new_string(state_name(j->state)));
    (void)json_object_object_add(o, "tries", json_object_new_int64(j->tries));
    if (j->state == CALLBACK_WAITING)
        (void)json_object_object_add(o, "next_at", json_object_new_int64(j->next_at));
    if (j->last_error != NULL)
        (void)json_object_object_add(o, "last_error", json_object_new_string(j->last_error));
    return o;
}

static int list_jobs(struct cli *cli, struct instance *i, bool failed)
{
    struct callback_job *list;
    size_t n;
    enum err e = callback_list(&i->work, failed, &list, &n);
    if (e != ERR_OK)
        return cli_store_failed(cli, e);
    struct json_object *items = json_object_new_array();
    for (size_t k = 0; k < n; k++) {
        (void)json_object_array_add(items, describe(&list[k]));
        if (!cli->json)
            (void)printf("%-6" PRId64 " %-9s tries %-3" PRId64 " %-16s %s%s%s\n", list[k].id,
                         state_name(list[k].state), list[k].tries, list[k].app_id, list[k].url,
                         list[k].last_error != NULL ? "  " : "",
                         list[k].last_error != NULL ? list[k].last_error : "");
    }
    if (!cli->json) {
        if (n == 0)
            (void)puts(failed ? "no callback has failed" : "no callbacks");
        json_object_put(items);
        return CLI_OK;
    }
    struct json_object *o = json_object_new_object();
    (void)json_object_object_add(o, "items", items);
    cli_print_json(o);
    return CLI_OK;
}

static int retry_job(struct cli *cli, struct instance *i, int64_t id)
{
    enum err e = callback_retry(&i->work, id);
    if (e == ERR_ABSENT)
        return cli_fail(cli, "%" PRId64 ": no such callback, or delivered already", id);
    if (e != ERR_OK)
        return cli_store_failed(cli, e);
    if (cli->json) {
        struct json_object *o = json_object_new_object();
        (void)json_object_object_add(o, "id", json_object_new_int64(id));
        (void)json_object_object_add(o, "done", json_object_new_string("due now"));
        cli_print_json(o);
    } else {
        (void)printf("%" PRId64 ": due now\n", id);
    }
    return CLI_OK;
}

int cmd_callback(struct cli *cli, int argc, char **argv)
{
    const char *words[2] = {NULL, NULL};
    bool failed = false;
    const struct cli_opt opts[] = {{"failed", NULL, &failed, false}};
    struct instance i;
    char *end = NULL;
    size_t n;
    int rc = cli_parse(cli, argc, argv, opts, 1, words, 2, &n);
    if (rc != CLI_OK)
        return rc;
    bool retry = n == 2 && strcmp(words[0], "retry") == 0;
    if (!retry && (n != 1 || strcmp(words[0], "list") != 0))
        return cli_usage(cli, "`list` or `retry ID` expected");
    long long id = retry ? strtoll(words[1], &end, 10) : 0;
    if (retry && (*words[1] == '\0' || *end != '\0' || id < 1))
        return cli_usage(cli, "ID is the number that `zwm callback list` shows");
    rc = cli_open(cli, &i);
    if (rc != CLI_OK)
        return rc;
    return retry ? retry_job(cli, &i, id) : list_jobs(cli, &i, failed);
}
