/* Reading XML. libxml2 parses, with handlers of ours: no tree of its own, no DTD, no entities
 * beyond the predefined five, no processing instructions, no network. The elements become the
 * json-c tree that the same request in JSON would be, by the field table, so that one validator
 * serves both forms. */
#include <errno.h>
#include <libxml/parser.h>
#include <libxml/parserInternals.h>
#include <libxml/xmlerror.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/base/buf.h"
#include "core/base/jsontext.h"
#include "core/base/text.h"
#include "core/wire/wire_private.h"

struct node {
    const char *name;
    struct buf text; /* not initialised if no text came */
    bool blank;      /* the text is white space throughout */
    bool decorated;  /* attributes, a prefix or a namespace */
    struct node *up, *next, *first, *last;
};

struct reader {
    struct pool *pool;
    xmlParserCtxtPtr ctxt;
    struct node *root, *at;
    size_t depth;
    bool refused;
};

static void refuse(struct reader *r)
{
    r->refused = true;
    xmlStopParser(r->ctxt);
}

/* --- libxml2's handlers --- */

static void on_document(void *arg)
{
    struct reader *r = arg;
    const xmlChar *declared =
        r->ctxt->encoding != NULL ? r->ctxt->encoding : r->ctxt->input->encoding;

    if (declared != NULL && strcasecmp((const char *)declared, "UTF-8") != 0)
        refuse(r);
}

static void on_start(void *arg, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri,
                     int namespace_n, const xmlChar **namespaces, int attribute_n, int defaulted_n,
                     const xmlChar **attributes)
{
    struct reader *r = arg;

    (void)namespaces;
    (void)defaulted_n;
    (void)attributes;
    if (r->refused)
        return;
    if (r->depth == WIRE_DEPTH_MAX) {
        refuse(r);
        return;
    }
    struct node *n = pool_alloc(r->pool, sizeof *n);
    n->name = pool_strdup(r->pool, (const char *)name);
    n->blank = true;
    n->decorated = prefix != NULL || uri != NULL || namespace_n > 0 || attribute_n > 0;
    n->up = r->at;
    if (r->at == NULL)
        r->root = n;
    else if (r->at->last == NULL)
        r->at->first = r->at->last = n;
    else
        r->at->last = r->at->last->next = n;
    r->at = n;
    r->depth++;
}

static void on_end(void *arg, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri)
{
    struct reader *r = arg;

    (void)name;
    (void)prefix;
    (void)uri;
    if (r->refused || r->at == NULL)
        return;
    if (r->at->first != NULL && !r->at->blank) {
        refuse(r);
        return;
    }
    r->at = r->at->up;
    r->depth--;
}

static void on_text(void *arg, const xmlChar *text, int len)
{
    struct reader *r = arg;

    if (r->refused || r->at == NULL || len <= 0)
        return;
    if (r->at->text.pool == NULL)
        buf_init(&r->at->text, r->pool);
    buf_put(&r->at->text, text, (size_t)len);
    for (int i = 0; i < len; i++)
        if (memchr(" \t\r\n", text[i], 4) == NULL)
            r->at->blank = false;
}

static void on_subset(void *arg, const xmlChar *name, const xmlChar *public_id,
                      const xmlChar *system_id)
{
    (void)name;
    (void)public_id;
    (void)system_id;
    refuse(arg);
}

static void on_entity(void *arg, const xmlChar *name, int type, const xmlChar *public_id,
                      const xmlChar *system_id, xmlChar *content)
{
    (void)name;
    (void)type;
    (void)public_id;
    (void)system_id;
    (void)content;
    refuse(arg);
}

static void on_instruction(void *arg, const xmlChar *target, const xmlChar *data)
{
    (void)target;
    (void)data;
    refuse(arg);
}

static void on_reference(void *arg, const xmlChar *name)
{
    (void)name;
    refuse(arg);
}

/* libxml2 would otherwise print. */
static void on_error(void *arg, xmlErrorPtr error)
{
    (void)arg;
    (void)error;
}

static const xmlSAXHandler handlers = {
    .initialized = XML_SAX2_MAGIC,
    .startDocument = on_document,
    .startElementNs = on_start,
    .endElementNs = on_end,
    .characters = on_text,
    .ignorableWhitespace = on_text, /* the same one: libxml2 then leaves white space alone */
    .cdataBlock = on_text,
    .internalSubset = on_subset,
    .externalSubset = on_subset,
    .entityDecl = on_entity,
    .processingInstruction = on_instruction,
    .reference = on_reference,
    .serror = on_error,
};

void wire_init(void)
{
    xmlInitParser();
}

static bool parse(struct reader *r, const char *text, size_t len)
{
    r->ctxt = xmlCreateMemoryParserCtxt(text, (int)len);
    if (r->ctxt == NULL)
        return false;
    memcpy(r->ctxt->sax, &handlers, sizeof handlers);
    r->ctxt->userData = r;
    xmlCtxtUseOptions(r->ctxt, XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING);
    bool good =
        xmlParseDocument(r->ctxt) == 0 && r->ctxt->nsWellFormed && !r->refused && r->root != NULL;
    if (r->ctxt->myDoc != NULL)
        xmlFreeDoc(r->ctxt->myDoc);
    xmlFreeParserCtxt(r->ctxt);
    r->ctxt = NULL;
    xmlResetLastError();
    return good;
}

/* --- elements to json-c --- */

struct shaper {
    struct pool *pool;
    struct wire_fault *fault;
};

static enum err shape_row(const struct shaper *s, const struct node *n, const struct field *row,
                          const struct wire_step *at, struct json_object **value_r);

static struct json_object *text_value(const struct node *n)
{
    if (n->text.pool == NULL)
        return json_object_new_string("");
    return json_object_new_string_len(n->text.data, (int)n->text.len);
}

/* The digits JSON would have; NULL if they are none, or too many. */
static struct json_object *int_value(const struct node *n)
{
    const char *s = n->text.pool != NULL ? n->text.data : "";
    const char *digits = s + (*s == '-');

    if (!field_is_digits(digits) || (digits[0] == '0' && digits[1] != '\0'))
        return NULL;
    errno = 0;
    long long v = strtoll(s, NULL, 10);
    return errno == ERANGE ? NULL : json_object_new_int64(v);
}

static struct json_object *bool_value(const struct node *n)
{
    const char *s = n->text.pool != NULL ? n->text.data : "";

    if (strcmp(s, "true") == 0 || strcmp(s, "false") == 0)
        return json_object_new_boolean(*s == 't');
    return NULL;
}

/* What is not of the row's type stays text, and the validator refuses it. */
static struct json_object *scalar_value(const struct node *n, const struct field *row)
{
    struct json_object *v = NULL;

    if (row != NULL && row->type == FIELD_INT)
        v = int_value(n);
    else if (row != NULL && row->type == FIELD_BOOL)
        v = bool_value(n);
    return v != NULL ? v : text_value(n);
}

/* Children as members; `table` NULL: of a free object. */
static enum err shape_members(const struct shaper *s, const struct node *n,
                              const struct fields *table, const struct wire_step *up,
                              struct json_object **value_r)
{
    struct json_object *obj = json_object_new_object();
    enum err e = ERR_OK;

    for (const struct node *c = n->first; c != NULL; c = c->next) {
        struct wire_step at = {.up = up, .name = c->name};
        struct json_object *v = NULL;
        if (json_object_object_get_ex(obj, c->name, NULL))
            e = wire_fail(s->pool, s->fault, &at, ERR_FIELD_UNKNOWN);
        else
            e = shape_row(s, c, table != NULL ? wire_row(table, c->name) : NULL, &at, &v);
        if (e != ERR_OK)
            break;
        json_object_object_add(obj, c->name, v);
    }
    if (e != ERR_OK) {
        json_object_put(obj);
        obj = NULL;
    }
    *value_r = obj;
    return e;
}

/* <item> children; `row` describes an item, NULL: of a free list. */
static enum err shape_items(const struct shaper *s, const struct node *n, const struct field *row,
                            const struct wire_step *up, struct json_object **value_r)
{
    struct json_object *list = json_object_new_array();
    enum err e = ERR_OK;
    size_t i = 0;

    for (const struct node *c = n->first; c != NULL; c = c->next) {
        struct wire_step item = {.up = up, .index = i++}, other = {.up = up, .name = c->name};
        struct json_object *v = NULL;
        if (strcmp(c->name, "item") == 0)
            e = shape_row(s, c, row, &item, &v);
        else
            e = wire_fail(s->pool, s->fault, &other, ERR_FIELD_UNKNOWN);
        if (e != ERR_OK)
            break;
        json_object_array_add(list, v);
    }
    if (e != ERR_OK) {
        json_object_put(list);
        list = NULL;
    }
    *value_r = list;
    return e;
}

/* Where no row says: children all called item are a list, other children an object, none a text. */
static enum err shape_free(const struct shaper *s, const struct node *n, const struct wire_step *at,
                           struct json_object **value_r)
{
    const struct node *c = n->first;

    if (c == NULL) {
        *value_r = text_value(n);
        return ERR_OK;
    }
    while (c != NULL && strcmp(c->name, "item") == 0)
        c = c->next;
    return c == NULL ? shape_items(s, n, NULL, at, value_r)
                     : shape_members(s, n, NULL, at, value_r);
}

static enum err shape_row(const struct shaper *s, const struct node *n, const struct field *row,
                          const struct wire_step *at, struct json_object **value_r)
{
    *value_r = NULL;
    if (n->decorated)
        return wire_fail(s->pool, s->fault, at, ERR_FIELD_UNKNOWN);
    if (row == NULL)
        return shape_free(s, n, at, value_r);
    if (n->first == NULL && !n->blank) {
        *value_r = scalar_value(n, row);
        return ERR_OK;
    }
    switch (row->type) {
    case FIELD_OBJECT:
        return shape_members(s, n, row->sub, at, value_r);
    case FIELD_FREE:
        return shape_members(s, n, NULL, at, value_r);
    case FIELD_STRINGS: {
        const struct field item = {.type = FIELD_STRING};
        return shape_items(s, n, &item, at, value_r);
    }
    case FIELD_OBJECTS: {
        const struct field item = {.type = FIELD_OBJECT, .sub = row->sub};
        return shape_items(s, n, &item, at, value_r);
    }
    default:
        break;
    }
    if (n->first != NULL)
        return shape_free(s, n, at, value_r);
    *value_r = scalar_value(n, row);
    return ERR_OK;
}

enum err wire_read_xml(struct pool *p, const char *text, size_t len, const struct fields *table,
                       struct json_object **value_r, struct wire_fault *fault)
{
    const struct shaper s = {.pool = p, .fault = fault};
    struct reader r = {.pool = p};

    *value_r = NULL;
    if (len == 0 || !utf8_is_valid(text, len) || !parse(&r, text, len))
        return ERR_MALFORMED;
    if (strcmp(r.root->name, "request") != 0 || !r.root->blank)
        return ERR_MALFORMED;
    if (r.root->decorated) {
        const struct wire_step root = {.name = r.root->name};
        return wire_fail(p, fault, &root, ERR_FIELD_UNKNOWN);
    }
    enum err e = shape_members(&s, r.root, table, NULL, value_r);
    (void)json_own(p, *value_r);
    return e;
}
