/* Service codes: what decodes must encode to the same text again. */
#include <assert.h>
#include <string.h>

#include "core/code/code.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static int is_white(uint8_t c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct code c;
    char text[CODE_TEXT_MAX + 1];

    if (code_decode((const char *)data, len, &c) != ERR_OK)
        return 0;
    while (len > 0 && is_white(data[0])) {
        data++;
        len--;
    }
    while (len > 0 && is_white(data[len - 1]))
        len--;
    /* from the members alone: the bytes must follow from them */
    memset(c.bytes, 0, sizeof c.bytes);
    c.len = 0;
    code_pack(&c);
    code_encode(&c, text);
    assert(strlen(text) == len && memcmp(text, data, len) == 0);
    return 0;
}
