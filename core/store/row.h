/* row: how a row of a result becomes a struct. Beside each table family stands a table of columns:
 * which result column goes into which member, and as what. A statement of stmt.def names its table,
 * and the reader fills the struct by it, so nobody counts columns. At connect every statement's
 * result is compared with its table: number, names and kinds. Private to core/store. */
#ifndef ZWM_STORE_ROW_H
#define ZWM_STORE_ROW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/err.h"
#include "core/base/pool.h"

struct db_param;
struct keyring;

/* What the member is. Of a column that is NULL a number becomes 0, a flag false, a pointer NULL, an
 * array zeros. */
enum row_kind {
    ROW_INT32, /* int, unsigned, int32_t, an enum */
    ROW_INT64,
    ROW_FLAG,   /* bool */
    ROW_ERROR,  /* enum err, kept as its error_code */
    ROW_TEXT,   /* const char * */
    ROW_ARRAY,  /* uint8_t [size] */
    ROW_BYTES,  /* const uint8_t *, always `size` bytes */
    ROW_BLOB,   /* pointer, and a member for its length */
    ROW_SEALED, /* pointer to what the keyring opened, NUL behind it; the length if wanted */
};

/* Whether a column of the kind holds numbers; if not, bytes. */
bool row_is_number(enum row_kind k);

struct row_column {
    const char *name; /* of the result column and of the member */
    enum row_kind kind;
    size_t offset, size; /* of the member; of ROW_BYTES the bytes it points at */
    size_t len_offset;   /* of the size_t that gets the length; ROW_NO_LEN: none */
};
#define ROW_NO_LEN SIZE_MAX

/* The place that a sealed value is bound to. */
struct row_context {
    const void *p;
    size_t len;
};

struct row_columns {
    const struct row_column *column;
    unsigned n;  /* 0: the statement has no result */
    size_t size; /* of the struct */
    /* Where the sealed value of member `name` belongs, made from members read already or set by the
     * caller; NULL if nothing is sealed. */
    struct row_context (*context)(struct pool *p, const char *name, const void *row);
};

/* The columns of struct T. A member of the wrong type does not compile. */
#define ROW_MEMBER(T, m) ((T *)0)->m
#define ROW_COLUMN(T, m, k, bytes, len_at)                                                         \
    {                                                                                              \
        .name = #m, .kind = (k), .offset = offsetof(T, m), .size = (bytes), .len_offset = (len_at) \
    }
/* clang-format off */
#define ROW_IF_INT(x)   _Generic((x), int: ROW_INT32, unsigned: ROW_INT32, int64_t: ROW_INT64)
#define ROW_IF_FLAG(x)  _Generic((x), bool: ROW_FLAG)
#define ROW_IF_ERROR(x) _Generic((x), enum err: ROW_ERROR)
#define ROW_IF_TEXT(x, kind)  _Generic((x), const char *: (kind))
#define ROW_IF_ARRAY(x) _Generic((x), uint8_t *: ROW_ARRAY)
#define ROW_IF_BYTES(x) _Generic((x), const uint8_t *: ROW_BYTES)
#define ROW_IF_BLOB(x)  _Generic((x), const uint8_t *: ROW_BLOB, const char *: ROW_BLOB)
#define ROW_LEN(T, m)   _Generic(ROW_MEMBER(T, m), size_t: offsetof(T, m))
/* clang-format on */
#define ROW_ALONE(T, m, kind) ROW_COLUMN(T, m, kind, sizeof ROW_MEMBER(T, m), ROW_NO_LEN)
#define ROW_WITH_LEN(T, m, kind, m_len)                                                            \
    ROW_COLUMN(T, m, kind, sizeof ROW_MEMBER(T, m), ROW_LEN(T, m_len))
#define COL_INT(T, m)          ROW_ALONE(T, m, ROW_IF_INT(ROW_MEMBER(T, m)))
#define COL_FLAG(T, m)         ROW_ALONE(T, m, ROW_IF_FLAG(ROW_MEMBER(T, m)))
#define COL_ERROR(T, m)        ROW_ALONE(T, m, ROW_IF_ERROR(ROW_MEMBER(T, m)))
#define COL_TEXT(T, m)         ROW_ALONE(T, m, ROW_IF_TEXT(ROW_MEMBER(T, m), ROW_TEXT))
#define COL_ARRAY(T, m)        ROW_ALONE(T, m, ROW_IF_ARRAY(ROW_MEMBER(T, m)))
#define COL_BYTES(T, m, bytes) ROW_COLUMN(T, m, ROW_IF_BYTES(ROW_MEMBER(T, m)), bytes, ROW_NO_LEN)
#define COL_BLOB(T, m, m_len)  ROW_WITH_LEN(T, m, ROW_IF_BLOB(ROW_MEMBER(T, m)), m_len)
#define COL_SEALED(T, m)       ROW_ALONE(T, m, ROW_IF_TEXT(ROW_MEMBER(T, m), ROW_SEALED))
#define COL_SEALED_BLOB(T, m, m_len)                                                               \
    ROW_WITH_LEN(T, m, ROW_IF_TEXT(ROW_MEMBER(T, m), ROW_SEALED), m_len)
/* The table of struct T, from an array of its columns; `fn` gives contexts, or is NULL. */
#define ROW_COLUMNS(T, array, fn)                                                                  \
    {                                                                                              \
        (array), sizeof(array) / sizeof(array)[0], sizeof(T), (fn)                                 \
    }

/* What the database says of a result column. */
struct row_result {
    const char *name;
    bool number;
};
/* Whether `n` result columns are those of the table, in its order. If not, *why_r (in `p`) says
 * what does not fit. */
bool row_columns_fit(const struct row_columns *t, const struct row_result *results, unsigned n,
                     struct pool *p, const char **why_r);

/* One value as it came. */
struct row_cell {
    bool null;
    bool kept;        /* `p` lives in the pool of the reader already, with a NUL behind it */
    int64_t i;        /* numbers */
    const uint8_t *p; /* others */
    size_t len;
};
/* Fills `row` (a struct of t->size bytes) from the cells of one row; pointers lead into `p`.
 * Members that have no column stay as they are. `kr` opens sealed columns; NULL if there are none.
 * ERR_STORAGE, logged: a value does not fit its member, or a sealed one does not open. */
ERR_CHECK enum err row_read(const struct row_columns *t, const struct row_cell *cells,
                            const struct keyring *kr, struct pool *p, void *row);

/* The parameter that stores `len` bytes sealed for a place, in `p`; NULL if `plain` is NULL. */
struct db_param row_sealed(const struct keyring *kr, struct pool *p, struct row_context place,
                           const void *plain, size_t len);

/* A context from text that holds the names of its parts, or from a name and a key of `len` bytes.
 */
struct row_context row_context_text(const char *text);
struct row_context row_context_key(struct pool *p, const char *name, const void *key, size_t len);

#endif
