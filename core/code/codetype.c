#include "core/code/codetype.h"

#include <assert.h>
#include <string.h>

enum { VERSION_LEN = 1, DEADLINE_LEN = 4, DIGEST_LEN = 32, SIG_LEN = 64, LENGTH_LEN = 2 };

static const struct code_type_row rows[] = {
    [CODE_ZWM1] = {.name = "ZWM1",
                   .title = "政务服务码",
                   .system_len = 9,
                   .channel_len = 2,
                   .identity = CODE_ID_PSEUDONYM,
                   .validity_max_sec = 60,
                   .assurance_least = 2,
                   .single_use = true,
                   .enterprise_only = false,
                   .expired_msg = "码已过期"},
    [CODE_QYM1] = {.name = "QYM1",
                   .title = "企业服务码",
                   .system_len = 6,
                   .channel_len = 0,
                   .identity = CODE_ID_SM3_NUMBER,
                   .validity_max_sec = 300,
                   .assurance_least = 3,
                   .single_use = true,
                   .enterprise_only = true,
                   .expired_msg = "企业数字凭证（企业服务码）已过期"},
};
_Static_assert(sizeof rows / sizeof rows[0] == CODE_TYPE_MAX, "a row for each code type");

const struct code_type_row *code_type_row(enum code_type t)
{
    assert((unsigned)t < CODE_TYPE_MAX);
    return &rows[t];
}

enum err code_type_by_name(const char *name, size_t len, enum code_type *t_r)
{
    if (len != CODE_TYPE_NAME_LEN)
        return ERR_ABSENT;
    for (unsigned i = 0; i < CODE_TYPE_MAX; i++) {
        if (memcmp(rows[i].name, name, CODE_TYPE_NAME_LEN) == 0) {
            *t_r = (enum code_type)i;
            return ERR_OK;
        }
    }
    return ERR_ABSENT;
}

size_t code_type_b_len(enum code_type t)
{
    const struct code_type_row *row = code_type_row(t);
    return LENGTH_LEN + VERSION_LEN + CODE_TYPE_NAME_LEN + row->system_len + row->channel_len +
           DEADLINE_LEN + DIGEST_LEN;
}

size_t code_type_len(enum code_type t)
{
    return CODE_A_LEN + code_type_b_len(t) + SIG_LEN;
}

size_t code_type_text_len(enum code_type t)
{
    return (code_type_len(t) * 8 + 4) / 5;
}
