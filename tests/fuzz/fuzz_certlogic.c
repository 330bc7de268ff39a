/* CertLogic: expression and data from one JSON array of two. What the check lets through may fail
 * for its data or the bounds, never for its shape; a value that is written down reads as itself. */
#include <assert.h>
#include <string.h>

#include "core/base/jsontext.h"
#include "core/code/certlogic.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void run(struct pool *p, struct json_object *when, struct json_object *input)
{
    struct certlogic_value v;
    struct json_object *value;
    const char *why, *wrong;

    enum err shape = certlogic_check(p, when, &wrong);
    assert((shape == ERR_OK) == (wrong == NULL));
    if (certlogic_evaluate(p, when, input, &v, &why) != ERR_OK) {
        assert(why != NULL);
        assert(shape != ERR_OK ||
               (strstr(why, "no such operator") == NULL && strstr(why, "no expression") == NULL &&
                strstr(why, " takes ") == NULL));
        return;
    }
    (void)certlogic_truth(&v);
    if (certlogic_json(p, &v, &value, &why) == ERR_OK)
        (void)json_to_text(p, value);
    else
        assert(why != NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct pool *p = pool_new(false);
    struct json_object *pair;

    if (json_read(p, (const char *)data, len, &pair) == ERR_OK &&
        json_object_is_type(pair, json_type_array))
        run(p, json_object_array_get_idx(pair, 0), json_object_array_get_idx(pair, 1));
    pool_destroy(&p);
    return 0;
}
