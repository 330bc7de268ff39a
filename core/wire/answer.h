/* answer: the one form of every answer (interface 2; MOB 9.4.2): writing ours, JSON or XML, and
 * reading those of others, JSON. Uses base, field. */
#ifndef ZWM_WIRE_ANSWER_H
#define ZWM_WIRE_ANSWER_H

#include <json-c/json.h>

#include "core/base/buf.h"
#include "core/wire/field.h"

struct answer {
    enum err err;     /* ERR_OK: result_code 100 */
    bool in_progress; /* with ERR_OK: result_code 103 */
    const char
        *msg; /* replaces the table's message if not NULL (an expired message of a code type) */
    const char *detail; /* put behind the message: 「字段值无效：subject.id_no」; NULL: none */
    struct json_object *items; /* array, borrowed; NULL: empty */
    const char *next_cursor;   /* asks for the page behind this one; NULL: there is none */
};

/* `request_id` 32 hex digits; `now_sec` gives `date`. Appends the document to `b`. */
void answer_write(struct buf *b, enum wire_form form, const struct answer *a,
                  const char *request_id, int64_t now_sec);
/* HTTP status that goes with it. */
int answer_http_status(const struct answer *a);

/* An answer of another party. Texts and items belong to the pool that it was read into. */
struct answer_in {
    enum answer_result {
        ANSWER_REFUSED, /* `code` says why */
        ANSWER_DONE,
        ANSWER_IN_PROGRESS
    } result;
    const char *code;          /* error_code; "" if it is not refused */
    enum err err;              /* the row of `code`; ERR_ABSENT if our error table has none */
    const char *msg;           /* error_msg, in the other party's words; "" if it has none */
    struct json_object *items; /* the array; NULL if it has none */
    struct json_object *item;  /* the first of `items`; NULL if there is none */
};

/* Takes the answer `text` of `len` bytes apart. Nothing is said about who wrote it. Returns ERR_BAD
 * if it is no JSON, has no process_response, or contradicts itself: it is done and names an error,
 * or it is refused and names none. *a_r is then empty, with "" for texts. */
ERR_CHECK enum err answer_read(struct pool *p, const char *text, size_t len, struct answer_in *a_r);

/* `application/json` or `application/xml; charset=utf-8`. */
const char *wire_media_type(enum wire_form form);
/* From a Content-Type header value (parameters allowed; a charset other than UTF-8 is refused).
 * ERR_MEDIA_TYPE. */
ERR_CHECK enum err wire_form_from_content_type(const char *value, enum wire_form *form_r);
/* From an Accept header: the form it names, by quality; `dflt` if it is NULL, a wildcard or
 * names neither. */
enum wire_form wire_form_from_accept(const char *value, enum wire_form dflt);

/* Any json-c object as XML: members as elements, arrays as <item> children, null as an empty
 * element. Characters XML cannot hold are replaced by U+FFFD. Member names that are no XML names
 * are written as <field name="...">. */
void wire_write_xml(struct buf *b, const char *root, struct json_object *value);

#endif
