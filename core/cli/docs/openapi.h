/* openapi: the files that write the OpenAPI document share this. Part of `zwm docs`. */
#ifndef ZWM_CLI_DOCS_OPENAPI_H
#define ZWM_CLI_DOCS_OPENAPI_H

#include "core/base/err.h"
#include "core/cli/docs/docs.h"
#include "core/wire/calls.h"

struct openapi {
    struct pool *pool;
    struct json_object *schemas, *examples; /* of the components; the document owns them */
    const char *wrong; /* the first example that the decoder does not take; NULL: none */
};

/* --- json-c in fewer words; what is put belongs to `o` --- */

void doc_put(struct json_object *o, const char *name, struct json_object *v);
void doc_put_str(struct json_object *o, const char *name, const char *s);
/* Returns {name: text, ...} of NULL-ended pairs. */
struct json_object *doc_texts(const char *const *pairs);
/* Returns {"$ref": "#/components/KIND/NAME"}. */
struct json_object *doc_ref(struct openapi *d, const char *kind, const char *name);
/* Returns [only]. */
struct json_object *doc_list_of(struct json_object *only);

/* --- schemas --- */

/* Adds the schema of a field table and of those below it, if they are not there yet. */
void doc_add_schema(struct openapi *d, const struct fields *t);
/* Adds NAME, which XML has as its root, and NAMEDocument, the same as the one member of a JSON
 * object: an answer with items as in `item` (NULL: without items, an error). `paged`: it may have a
 * next_cursor. */
void doc_add_answer(struct openapi *d, const char *name, const struct fields *item, bool paged);
/* The trust list is no usual answer: TrustList and TrustedSystem. */
void doc_add_trust_list(struct openapi *d);

/* --- examples --- */

/* Each returns a media type object: the schema NAME and the examples of the field table. */
struct json_object *doc_request_medium(struct openapi *d, enum wire_form form,
                                       const struct fields *t);
struct json_object *doc_answer_medium(struct openapi *d, enum wire_form form, const char *name,
                                      const struct fields *item);
/* The examples of a schema that is not behind a field table. */
struct json_object *doc_named_medium(struct openapi *d, const char *name);
/* Adds the example of error `e` in `form` to the media type object `medium`. */
void doc_add_error_example(struct openapi *d, struct json_object *medium, enum wire_form form,
                           enum err e);

/* --- webhooks --- */

/* What a code system calls: the address of a third party, an information service. */
struct json_object *doc_webhooks(struct openapi *d);

/* --- responses --- */

/* Headers of an answer with a receipt: name, description, NULL-ended. */
extern const char *const doc_receipt_headers[];
/* The responses of an interface that is done: its answer, the trust list or a file. */
void doc_add_done(struct openapi *d, struct json_object *responses, const struct call_row *c);
/* The responses of an error, one a status, behind those that stand. */
void doc_add_errors(struct openapi *d, struct json_object *responses, const struct call_row *c);

#endif
