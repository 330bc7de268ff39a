/* rows: how the files of this folder write their rows, and what several of them check. Private to
 * core/wire/calls/ and core/wire/calls.c. */
#ifndef ZWM_WIRE_CALLS_ROWS_H
#define ZWM_WIRE_CALLS_ROWS_H

#include "core/wire/calls.h"

#define ROW(T, fname, ftype, req, lo, hi, ...)                                                     \
    {                                                                                              \
        .name = #fname, .type = FIELD_##ftype, .required = (req), .min = (lo), .max = (hi),        \
        .offset = offsetof(T, fname), __VA_ARGS__                                                  \
    }

/* The most code points of a name, a number and a class, and the most items of a list. */
enum { NAME_MAX_CP = 128, NUMBER_MAX_CP = 64, LIST_MAX = 64, CLASS_MAX_CP = 128 };
#define EPOCH_MAX ((int64_t)UINT32_MAX)

/* Rows that several tables have. `T` is the struct, `req` whether the field must be there. */
#define CLASSES_ROW(T, req, text)                                                                  \
    ROW(T, xxlb, STRINGS, (req), 1, LIST_MAX, .item_max = CLASS_MAX_CP, .check = field_is_class,   \
        .pattern = "^[A-Za-z0-9._:-]+$", .doc = (text))
#define CZQX_ROW(T, req, text)                                                                     \
    ROW(T, czqx, STRING, (req), 1, 2, .check = calls_is_czqx, .pattern = "^([1-9]|1[0-5])$",       \
        .doc = (text))
#define SQBH_ROW(T, req)                                                                           \
    ROW(T, sqbh, STRING, (req), 32, 32, .check = field_is_hex32, .pattern = "^[0-9a-f]{32}$",      \
        .doc = "authorization number")
#define SYSTEM_ROW(T, member, req, text)                                                           \
    ROW(T, member, STRING, (req), 9, 9, .check = field_is_digits, .pattern = "^[0-9]{9}$",         \
        .doc = (text))
/* Seconds since the Unix epoch, UTC: the text says so with TIME_DOC. */
#define TIME_ROW(T, member, req, text) ROW(T, member, INT, (req), 0, EPOCH_MAX, .doc = (text))
#define TIME_DOC                       ", seconds since the Unix epoch, UTC"

/* Checks that several families use: the name of a code type; permission bits 1 to 15 as decimal
 * text; digits, plus and minus only. */
bool calls_is_code_type(const char *s);
bool calls_is_czqx(const char *s);
bool calls_is_phone(const char *s);
bool calls_is_channel(const char *s); /* a channel type that has a row */

/* Defines the row of one interface: CALL_ROW(NAME of calls.def, members of struct call_row). */
#define CALL_ROW(call, ...) const struct call_row call_row_##call = {.id = CALL_##call, __VA_ARGS__}

#define CALL(name, number) extern const struct call_row call_row_##name;
#include "core/wire/calls.def"
#undef CALL

#endif
