#include "core/base/err.h"

#include <string.h>

static const struct err_row rows[] = {
#define ERR(name, code, http, zh, en) {#name, code, http, zh, en},
#include "core/base/err.def"
#undef ERR
};

_Static_assert(sizeof rows / sizeof rows[0] == ERR_WIRE_MAX, "one row an error");

const struct err_row *err_row(enum err e)
{
    if ((int)e < 0 || e >= ERR_WIRE_MAX)
        return &rows[ERR_BUSY];
    return &rows[e];
}

enum err err_from_code(const char *code)
{
    for (int i = 0; i < ERR_WIRE_MAX; i++)
        if (strcmp(rows[i].code, code) == 0)
            return (enum err)i;
    return ERR_ABSENT;
}

const char *err_name(enum err e)
{
    switch (e) {
    case ERR_ABSENT:
        return "ABSENT";
    case ERR_DUPLICATE:
        return "DUPLICATE";
    case ERR_BAD:
        return "BAD";
    case ERR_IO:
        return "IO";
    default:
        return (int)e >= 0 && e < ERR_WIRE_MAX ? rows[e].name : "?";
    }
}
