/* Request bodies in JSON; the same bytes as another system's answer too. */
#include "tests/fuzz/wire_fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct pool *p = pool_new(false);
    struct json_object *v;
    struct buf b;

    if (wire_parse_json(p, (const char *)data, len, &v, NULL) == ERR_OK) {
        buf_init(&b, p);
        wire_write_xml(&b, "r", v);
    } else {
        assert(v == NULL);
    }
    pool_destroy(&p);
    return fuzz_wire(WIRE_JSON, data, len);
}
