#include "core/wire/calls/rows.h"

#include "core/code/channel.h"

#include <string.h>

#include "core/code/codetype.h"
#include "core/code/record.h"

bool calls_is_code_type(const char *s)
{
    enum code_type t;
    return code_type_by_name(s, strlen(s), &t) == ERR_OK;
}

bool calls_is_czqx(const char *s)
{
    return record_czqx_bits(s) != 0;
}

bool calls_is_phone(const char *s)
{
    return s[strspn(s, "0123456789+-")] == '\0';
}

bool calls_is_channel(const char *s)
{
    return channel_by_code(s) != NULL;
}
