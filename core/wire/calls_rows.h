/* calls_rows: what the files of the call table share. Private to core/wire/calls*.c. */
#ifndef ZWM_WIRE_CALLS_ROWS_H
#define ZWM_WIRE_CALLS_ROWS_H

#include "core/wire/calls.h"

#define ROW(T, fname, ftype, req, lo, hi, ...)                                                     \
    {                                                                                              \
        .name = #fname, .type = FIELD_##ftype, .required = (req), .min = (lo), .max = (hi),        \
        .offset = offsetof(T, fname), __VA_ARGS__                                                  \
    }

enum { NAME_MAX_CP = 128, NUMBER_MAX_CP = 64, LIST_MAX = 64, CLASS_MAX_CP = 128 };
#define EPOCH_MAX ((int64_t)UINT32_MAX)

/* Rows that several tables have. */
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

bool calls_is_code_type(const char *s);
bool calls_is_czqx(const char *s);
bool calls_is_phone(const char *s);

extern const struct fields masked_fields;
extern const struct fields auth_decide_in_fields, auth_decide_out_fields, auth_detail_in_fields,
    auth_detail_out_fields, auth_grant_fields, auth_list_in_fields, auth_list_item_fields,
    auth_request_in_fields, auth_request_out_fields, auth_revoke_in_fields, auth_revoke_out_fields,
    auth_status_in_fields, route_query_in_fields, route_query_out_fields, route_register_in_fields,
    route_register_out_fields;

#endif
