/* err: what can go wrong, one enum and one table.
 *
 * Every function that can fail returns an `enum err`; ERR_OK is 0. The values up to ERR_WIRE_MAX
 * are rows of the error table (interface 2.7) and may reach a caller; the rest are told between
 * modules only. Used by everything; uses nothing. */
#ifndef ZWM_BASE_ERR_H
#define ZWM_BASE_ERR_H

enum err {
#define ERR(name, code, http, zh, en) ERR_##name,
#include "core/base/err.def"
#undef ERR
    ERR_WIRE_MAX,
    /* Between modules only; never answered. */
    ERR_ABSENT = ERR_WIRE_MAX, /* nothing there: no such row, no such file */
    ERR_DUPLICATE,             /* a unique key stands already */
    ERR_BAD,                   /* the input is not what it must be */
    ERR_IO,                    /* the operating system or a library refused */
    ERR_MAX
};

struct err_row {
    const char *name; /* identifier, for logs */
    const char *code; /* error_code on the wire, "" for done */
    int http;         /* HTTP status that goes with it */
    const char *zh;   /* error_msg */
    const char *en;   /* for the documents */
};

#define ERR_CHECK __attribute__((warn_unused_result))

/* The row of `e`. An `e` that is not for the wire gets the row of ERR_BUSY: a caller never sees our
 * inside. */
const struct err_row *err_row(enum err e);

/* The value whose wire code is `code` ("3004"); ERR_ABSENT if there is none. */
enum err err_from_code(const char *code);

/* Name for logs, any value of the enum. */
const char *err_name(enum err e);

#endif
