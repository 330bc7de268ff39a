/* The shape of CertLogic expressions, and messages about it. */
#include <string.h>

#include "core/base/buf.h"
#include "core/base/text.h"
#include "core/code/certlogic_int.h"

/* Texts of an expression go into messages: no more than this of each, in bytes. */
enum { SHOWN = 40 };

static const char *shown(struct pool *p, const char *s)
{
    size_t len = strlen(s), at = 0, n;
    uint32_t cp;
    struct buf b;

    buf_init(&b, p);
    while (at < len && (n = utf8_next(s + at, len - at, &cp)) > 0 && at + n <= SHOWN) {
        if (cp < 0x20 || cp == 0x7f)
            buf_putc(&b, '?');
        else
            buf_put(&b, s + at, n);
        at += n;
    }
    if (at < len)
        buf_puts(&b, "…");
    return b.data;
}

/* As a JSON pointer. */
static void put_place(struct buf *b, const struct certlogic_place *at)
{
    if (at->up == NULL)
        return;
    put_place(b, at->up);
    if (at->op != NULL)
        buf_printf(b, "/%s", at->op);
    buf_printf(b, "/%zu", at->index);
}

enum err certlogic_fail(struct pool *p, const char **why_r, const struct certlogic_place *at,
                        const char *op, const char *fmt, ...)
{
    struct buf b;
    va_list ap;

    buf_init(&b, p);
    if (op != NULL)
        buf_printf(&b, "`%s`: ", shown(p, op));
    va_start(ap, fmt);
    buf_puts(&b, pool_vprintf(p, fmt, ap));
    va_end(ap);
    if (at->up != NULL) {
        buf_puts(&b, " (at ");
        put_place(&b, at);
        buf_putc(&b, ')');
    }
    *why_r = b.data;
    return ERR_BAD;
}

enum err certlogic_fail_count(struct pool *p, const char **why_r, const struct certlogic_place *at,
                              const struct certlogic_op *op, size_t n)
{
    const char *wants = pool_printf(p, "%u operand%s", op->least, op->least == 1 ? "" : "s");

    if (op->most == CERTLOGIC_ANY)
        wants = pool_printf(p, "%u or more operands", op->least);
    else if (op->most > op->least)
        wants = pool_printf(p, "%u or %u operands", op->least, op->most);
    return certlogic_fail(p, why_r, at, op->name, "takes %s, not %zu", wants, n);
}

enum err certlogic_take_apart(struct pool *p, const char **why_r, const struct certlogic_place *at,
                              struct json_object *o, const char **name_r,
                              struct json_object **operands_r)
{
    int n = json_object_object_length(o);
    if (n != 1)
        return certlogic_fail(p, why_r, at, NULL, "an operation has one operator, not %d", n);
    struct json_object_iterator it = json_object_iter_begin(o);
    *name_r = json_object_iter_peek_name(&it);
    *operands_r = json_object_iter_peek_value(&it);
    if (strcmp(*name_r, "var") == 0)
        return json_object_is_type(*operands_r, json_type_string)
                   ? ERR_OK
                   : certlogic_fail(p, why_r, at, "var", "the path must be a string");
    if (certlogic_op_find(*name_r) == NULL)
        return certlogic_fail(p, why_r, at, *name_r, "no such operator");
    if (!json_object_is_type(*operands_r, json_type_array))
        return certlogic_fail(p, why_r, at, *name_r, "the operands must be an array");
    return ERR_OK;
}

enum err certlogic_literals(struct pool *p, const char **why_r, const struct certlogic_place *at,
                            const struct certlogic_op *op, struct json_object *operands)
{
    /* The first literal is an integer with both operators. */
    struct certlogic_value v = certlogic_value_of(json_object_array_get_idx(operands, 1));
    if (!certlogic_is_integer(&v))
        return certlogic_fail(p, why_r, at, op->name, "operand 2 must be an integer, but is %s",
                              certlogic_kind_name(&v));
    if (op->least < 3)
        return ERR_OK;
    struct json_object *unit = json_object_array_get_idx(operands, 2);
    if (!json_object_is_type(unit, json_type_string) ||
        certlogic_unit_by_name(json_object_get_string(unit)) == UNIT_MAX)
        return certlogic_fail(p, why_r, at, op->name,
                              "operand 3 must be \"year\", \"month\", \"day\" or \"hour\"");
    return ERR_OK;
}

/* --- the check of a whole expression --- */

struct check {
    struct pool *pool;
    const char **why_r;
};

static enum err check_path(const struct check *c, const struct certlogic_place *at,
                           const char *path)
{
    if (*path == '\0')
        return ERR_OK;
    for (const char *part = path;; part++) {
        size_t len = strcspn(part, ".");
        if (len == 0)
            return certlogic_fail(c->pool, c->why_r, at, "var", "the path has an empty part");
        if (certlogic_part_is_ambiguous(part, len))
            return certlogic_fail(c->pool, c->why_r, at, "var",
                                  "the part \"%s\" of the path begins like an index and is none",
                                  shown(c->pool, pool_strndup(c->pool, part, len)));
        part += len;
        if (*part == '\0')
            return ERR_OK;
    }
}

static enum err check_expression(const struct check *c, const struct certlogic_place *at,
                                 struct json_object *e);

/* The first `n` items, each an expression of its own, below the operator `op`. */
static enum err check_items(const struct check *c, const struct certlogic_place *at, const char *op,
                            struct json_object *items, size_t n)
{
    if (at->depth > CERTLOGIC_DEPTH_MAX)
        return certlogic_fail(c->pool, c->why_r, at, op, "more than %d levels",
                              CERTLOGIC_DEPTH_MAX);
    for (size_t i = 0; i < n; i++) {
        const struct certlogic_place below = {at, op, i, at->depth + 1};
        enum err e = check_expression(c, &below, json_object_array_get_idx(items, i));
        if (e != ERR_OK)
            return e;
    }
    return ERR_OK;
}

static enum err check_operation(const struct check *c, const struct certlogic_place *at,
                                struct json_object *o)
{
    const char *name = NULL;
    struct json_object *operands = NULL;
    enum err e = certlogic_take_apart(c->pool, c->why_r, at, o, &name, &operands);

    if (e != ERR_OK)
        return e;
    const struct certlogic_op *op = certlogic_op_find(name);
    if (op == NULL) {
        const char *path = json_object_get_string(operands);
        if (strlen(path) != (size_t)json_object_get_string_len(operands))
            return certlogic_fail(c->pool, c->why_r, at, name, "the path has a NUL character");
        return check_path(c, at, path);
    }
    size_t n = json_object_array_length(operands);
    if (n < op->least || (n > op->most && op->most != CERTLOGIC_ANY))
        return certlogic_fail_count(c->pool, c->why_r, at, op, n);
    e = check_items(c, at, name, operands,
                    op->expressions == CERTLOGIC_ANY || op->expressions > n ? n : op->expressions);
    if (e == ERR_OK && op->expressions < op->least)
        e = certlogic_literals(c->pool, c->why_r, at, op, operands);
    return e;
}

static enum err check_expression(const struct check *c, const struct certlogic_place *at,
                                 struct json_object *e)
{
    struct certlogic_value v = certlogic_value_of(e);

    switch (v.kind) {
    case CERTLOGIC_BOOLEAN:
    case CERTLOGIC_STRING:
        return ERR_OK;
    case CERTLOGIC_NUMBER:
        if (certlogic_is_integer(&v))
            return ERR_OK;
        break;
    case CERTLOGIC_JSON:
        if (json_object_is_type(e, json_type_array))
            return check_items(c, at, NULL, e, json_object_array_length(e));
        return check_operation(c, at, e);
    default:
        break;
    }
    return certlogic_fail(c->pool, c->why_r, at, NULL, "%s is no expression",
                          certlogic_kind_name(&v));
}

enum err certlogic_check(struct pool *p, struct json_object *when, const char **why_r)
{
    const struct check c = {p, why_r};
    const struct certlogic_place whole = {.depth = 1};

    *why_r = NULL;
    return check_expression(&c, &whole, when);
}
