/* What fuzz_json and fuzz_xml share: a struct decoded from one form, written in either form and
 * decoded again must be the same. */
#ifndef ZWM_TESTS_WIRE_FUZZ_H
#define ZWM_TESTS_WIRE_FUZZ_H

#include <assert.h>
#include <string.h>

#include "core/base/buf.h"
#include "core/wire/answer.h"
#include "tests/unit/wire_sample.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static inline const char *fuzz_text(struct pool *p, const struct sample *s)
{
    struct json_object *o = wire_object(p, &sample_fields, s);
    return pool_strdup(p, json_object_to_json_string_ext(o, JSON_C_TO_STRING_PLAIN));
}

static inline void fuzz_again(struct pool *p, enum wire_form form, const char *text, size_t len,
                              const char *want)
{
    struct sample s;
    struct wire_fault fault;
    enum err e = wire_decode(p, form, text, len, &sample_fields, &s, &fault);

    if (e == ERR_TOO_LARGE) /* escapes take more room than what they stand for */
        return;
    assert(e == ERR_OK);
    assert(strcmp(fuzz_text(p, &s), want) == 0);
}

static inline int fuzz_wire(enum wire_form form, const uint8_t *data, size_t len)
{
    static const struct sample zero;
    struct pool *p = pool_new(false);
    struct sample s;
    struct wire_fault fault;
    struct buf xml;
    enum err e = wire_decode(p, form, (const char *)data, len, &sample_fields, &s, &fault);

    if (e == ERR_OK) {
        const char *text = fuzz_text(p, &s);
        fuzz_again(p, WIRE_JSON, text, strlen(text), text);
        /* XML has no numbers, empty lists or null in a free object, and cannot hold two code points
         * at all. */
        if (s.xxsy == NULL && strstr(text, "\xef\xbf\xbe") == NULL &&
            strstr(text, "\xef\xbf\xbf") == NULL) {
            struct json_object *o = wire_object(p, &sample_fields, &s);
            buf_init(&xml, p);
            wire_write_xml(&xml, "request", o);
            fuzz_again(p, WIRE_XML, xml.data, xml.len, text);
        }
    } else {
        assert(memcmp(&s, &zero, sizeof s) == 0);
        assert(e == ERR_MALFORMED || e == ERR_TOO_LARGE ||
               (fault.path != NULL && strlen(fault.path) < 4096));
    }
    pool_destroy(&p);
    return 0;
}

#endif
