/* client: signed calls to an instance over HTTPS, as any app would make them. Part of the `zwm`
 * command. */
#ifndef ZWM_CLI_CLIENT_H
#define ZWM_CLI_CLIENT_H

#include "core/cli/cli.h"
#include "core/crypto/sm2.h"
#include "core/net/http.h"

struct client {
    struct http_client *http;
    const char *base_url;
    const char *app_id;
    const struct sm2_key *key;
    const char **string_r; /* gets what was signed, in the pool of the command; NULL: not wanted */
    const char *to;        /* the code system that shall act; NULL: not said */
};

/* POST (or GET if `body` is NULL) of a signed call. `target` begins with `/`. A receipt is asked
 * for if `receipt`. Returns as outgoing_call. */
ERR_CHECK enum err client_call(struct cli *cli, const struct client *c, const char *target,
                               const char *body, const char *content_type, bool receipt,
                               struct http_answer *a_r);

/* Returns the first item of an answer with result 100, NULL of any other. `code_r` and `msg_r` get
 * its error_code and error_msg. All belong to the pool of `cli`. */
struct json_object *client_item(struct cli *cli, const struct http_answer *a, const char **code_r,
                                const char **msg_r);

#endif
