/* rules: core/code/certlogic and core/code/pattern at the command of another implementation. Reads
 * one JSON object a line, answers with one each, so that tests/vectors/rules.test.mjs can play both
 * against each other.
 *   {"when": EXPRESSION, "input": DATA} -> {"value": V} or {"error": TEXT}
 *   {"check": EXPRESSION}               -> {} or {"error": TEXT}
 *   {"pattern": PATTERN, "text": TEXT}  -> {"matches": B} or {"error": TEXT} */
#include <stdio.h>
#include <stdlib.h>

#include "core/base/jsontext.h"
#include "core/code/certlogic.h"
#include "core/code/pattern.h"

static struct json_object *member(struct json_object *o, const char *name)
{
    struct json_object *v = NULL;
    (void)json_object_object_get_ex(o, name, &v);
    return v;
}

static enum err evaluate(struct pool *p, struct json_object *o, struct json_object *out,
                         const char **why)
{
    struct json_object *value = NULL;
    struct certlogic_value v;
    enum err e = certlogic_evaluate(p, member(o, "when"), member(o, "input"), &v, why);

    if (e == ERR_OK)
        e = certlogic_json(p, &v, &value, why);
    if (e == ERR_OK)
        (void)json_object_object_add(out, "value", json_object_get(value));
    return e;
}

static enum err match(struct pool *p, struct json_object *o, struct json_object *out,
                      const char **why)
{
    const char *written = json_get_text(o, "pattern", "");
    struct json_object *text = member(o, "text");
    struct pattern *pattern;
    bool matches;
    enum err e = pattern_check(p, written, why);

    if (e == ERR_OK)
        e = pattern_compile(p, written, &pattern, why);
    if (e != ERR_OK)
        return e;
    *why = "a limit was reached";
    e = pattern_match(pattern, json_object_get_string(text),
                      (size_t)json_object_get_string_len(text), &matches);
    if (e == ERR_OK)
        (void)json_object_object_add(out, "matches", json_object_new_boolean(matches));
    return e;
}

static void answer(struct pool *p, struct json_object *o)
{
    struct json_object *out = json_own(p, json_object_new_object());
    const char *why = NULL;
    enum err e;

    if (json_object_object_get_ex(o, "check", NULL))
        e = certlogic_check(p, member(o, "check"), &why);
    else if (json_object_object_get_ex(o, "pattern", NULL))
        e = match(p, o, out, &why);
    else
        e = evaluate(p, o, out, &why);
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
            (void)fprintf(stderr, "rules: no JSON: %s", line);
            return 2;
        }
        answer(p, o);
    }
    free(line);
    pool_destroy(&p);
    return fflush(stdout) == 0 ? 0 : 1;
}
