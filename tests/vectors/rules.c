/* certlogic: core/code/certlogic at the command of another implementation. Reads one JSON object a
 * line, answers with one each, so that tests/vectors/certlogic.test.mjs can play both against each
 * other.
 *   {"when": EXPRESSION, "input": DATA} -> {"value": V} or {"error": TEXT}
 *   {"check": EXPRESSION}               -> {} or {"error": TEXT} */
#include <stdio.h>
#include <stdlib.h>

#include "core/base/jsontext.h"
#include "core/code/certlogic.h"

static struct json_object *member(struct json_object *o, const char *name)
{
    struct json_object *v = NULL;
    (void)json_object_object_get_ex(o, name, &v);
    return v;
}

static void answer(struct pool *p, struct json_object *o)
{
    struct json_object *out = json_own(p, json_object_new_object()), *value = NULL;
    struct certlogic_value v;
    const char *why = NULL;
    enum err e;

    if (json_object_object_get_ex(o, "check", NULL)) {
        e = certlogic_check(p, member(o, "check"), &why);
    } else {
        e = certlogic_evaluate(p, member(o, "when"), member(o, "input"), &v, &why);
        if (e == ERR_OK)
            e = certlogic_json(p, &v, &value, &why);
        if (e == ERR_OK)
            (void)json_object_object_add(out, "value", json_object_get(value));
    }
    if (e != ERR_OK)
        (void)json_object_object_add(out, "error", json_object_new_string(why));
    (void)puts(json_to_text(p, out));
}

int main(void)
{
    struct pool *p = pool_new(false);
    char *line = NULL;
    size_t cap = 0;

    for (ssize_t n; (n = getline(&line, &cap, stdin)) > 0; pool_reset(p)) {
        struct json_object *o;
        if (json_read(p, line, (size_t)n, &o) != ERR_OK) {
            (void)fprintf(stderr, "certlogic: no JSON: %s", line);
            return 2;
        }
        answer(p, o);
    }
    free(line);
    pool_destroy(&p);
    return fflush(stdout) == 0 ? 0 : 1;
}
