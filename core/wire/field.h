/* field: field tables. One row a field drives the reading of JSON and XML, the error that names the
 * field, the writing of answers, log redaction and the generated interface document (design 2).
 * Uses base.
 *
 * What a row's type means for the struct member at `offset` (structs are zeroed first, so zero
 * means absent): FIELD_STRING   const char *               NULL absent; min/max count code points
 *   FIELD_INT      struct field_int           `set` false: absent; min/max bound the value
 *   FIELD_BOOL     enum field_bool
 *   FIELD_OBJECT   T *                        NULL absent; `sub` describes T
 *   FIELD_STRINGS  struct field_strings       v NULL absent; min/max bound n, `item_max` the code
 * points of an item FIELD_OBJECTS  struct field_objects       v NULL absent; min/max bound n; `sub`
 * describes an item FIELD_FREE     struct json_object *       NULL absent; an object whose members
 * are the caller's business; min/max bound the number of members; numbers must be integers within
 * +-(2^53-1) Everything decoded lives in the pool given. Strings are valid UTF-8 and hold
 * only what may be shown to people (text_is_shown; but see `control`); those in a FIELD_FREE only
 * no C0 control characters. */
#ifndef ZWM_WIRE_FIELD_H
#define ZWM_WIRE_FIELD_H

#include <json-c/json.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/err.h"
#include "core/base/pool.h"

enum field_type {
    FIELD_STRING,
    FIELD_INT,
    FIELD_BOOL,
    FIELD_OBJECT,
    FIELD_STRINGS,
    FIELD_OBJECTS,
    FIELD_FREE,
    FIELD_TYPE_MAX
};

enum field_bool { FIELD_ABSENT, FIELD_FALSE, FIELD_TRUE };

struct field_int {
    bool set;
    int64_t v;
};
struct field_strings {
    const char **v;
    size_t n;
};
struct field_objects {
    void *v;
    size_t n;
};

struct fields;

struct field {
    const char *name;
    enum field_type type;
    bool required;
    bool sensitive; /* never logged */
    bool control;   /* FIELD_STRING: TAB, CR and LF are let through (scanners add them) */
    int64_t min, max;
    int64_t item_max;                 /* FIELD_STRINGS: code points of an item */
    bool (*check)(const char *value); /* FIELD_STRING and items of FIELD_STRINGS; NULL: none */
    const char
        *pattern; /* what `check` wants, as an ECMA-262 pattern, for the documents; NULL: none */
    const struct fields *sub; /* FIELD_OBJECT, FIELD_OBJECTS */
    size_t offset;
    const char *doc; /* one English line for the documents */
};

struct fields {
    const char *name; /* schema name in the interface document */
    const struct field *rows;
    size_t n;
    size_t size; /* of the struct */
    /* Names of optional rows, NULL-ended: exactly one of them must be there. NULL: no such rule. */
    const char *const *one_of;
};

#define FIELDS(schema, type, table)                                                                \
    {                                                                                              \
        .name = (schema), .rows = (table), .n = sizeof(table) / sizeof((table)[0]),                \
        .size = sizeof(type)                                                                       \
    }
/* The same for a table with alternatives, whose names follow. */
#define FIELDS_ONE_OF(schema, type, table, ...)                                                    \
    {                                                                                              \
        .name = (schema), .rows = (table), .n = sizeof(table) / sizeof((table)[0]),                \
        .size = sizeof(type), .one_of = (const char *const[])                                      \
        {                                                                                          \
            __VA_ARGS__, NULL                                                                      \
        }                                                                                          \
    }

enum wire_form { WIRE_JSON, WIRE_XML };

/* What was wrong and where: `path` like `subject.id_no` or `xxlb[2]`, in the pool; NULL if no
 * field can be named. */
struct wire_fault {
    const char *path;
};

enum { WIRE_BODY_MAX = 65536, WIRE_DEPTH_MAX = 16 };

/* Once, before threads start: libxml2's global state. */
void wire_init(void);

/* Decodes a request body into `out` (table->size bytes, zeroed by this function).
 * ERR_MALFORMED: not one JSON object / not one `<request>` document, a DTD, an entity declaration
 * or a processing instruction, invalid UTF-8, NUL, too deep, truncated; ERR_TOO_LARGE: over
 * WIRE_BODY_MAX; ERR_FIELD_UNKNOWN: unknown or duplicate field (attributes in XML too);
 * ERR_FIELD_MISSING; ERR_FIELD_INVALID: type, bounds, check. On any error `out` is zeroed again: no
 * partial outputs. */
ERR_CHECK enum err wire_decode(struct pool *p, enum wire_form form, const char *body, size_t len,
                               const struct fields *table, void *out, struct wire_fault *fault);

/* The same for an object that has been parsed already: a stored answer, or an answer of another
 * system read by wire_parse_json. Strings are borrowed from `o` or copied into `p`. `fault` may be
 * NULL. */
ERR_CHECK enum err wire_decode_object(struct pool *p, struct json_object *o,
                                      const struct fields *table, void *out,
                                      struct wire_fault *fault);

/* Returns the json-c object of a struct, which the pool owns. Absent members are left out.
 * FIELD_FREE members are shared (their reference count is raised). */
struct json_object *wire_object(struct pool *p, const struct fields *table, const void *in);
/* Returns the same as JSON text in its shortest form, in `p`. */
char *wire_text(struct pool *p, const struct fields *table, const void *in);

/* Parses strict JSON text (one value of any kind) under the same rules as a request: duplicate
 * members are ERR_FIELD_UNKNOWN, the rest ERR_MALFORMED. For answers of other parties; `len` may be
 * anything the caller bounds. The object is put when the pool goes. */
ERR_CHECK enum err wire_parse_json(struct pool *p, const char *text, size_t len,
                                   struct json_object **value_r, struct wire_fault *fault);

/* Checks often used in rows. */
bool field_is_digits(const char *s);    /* one or more of 0-9 */
bool field_is_hex32(const char *s);     /* 32 lower-case hex digits: an authorization number */
bool field_is_nonce(const char *s);     /* 16 to 64 of A-Za-z0-9_- */
bool field_is_app_id(const char *s);    /* 1 to 32 of A-Za-z0-9._- */
bool field_is_class(const char *s);     /* information class: 1 to 128 of A-Za-z0-9._:- */
bool field_is_printable(const char *s); /* not blank throughout */

#endif
