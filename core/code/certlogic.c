#include "core/code/certlogic.h"

#include <string.h>

#include "core/code/certlogic_int.h"

/* Counts `n` steps. */
static enum err charge(struct certlogic_run *r, const struct certlogic_place *at, const char *op,
                       size_t n)
{
    if (n > CERTLOGIC_STEPS_MAX - r->steps)
        return certlogic_fail(r->pool, r->why_r, at, op, "more than %d steps", CERTLOGIC_STEPS_MAX);
    r->steps += (unsigned)n;
    return ERR_OK;
}

static enum err evaluate(struct certlogic_run *r, const struct certlogic_place *at,
                         struct json_object *e, const struct certlogic_value *data,
                         struct certlogic_value *v_r);

/* Operand `i`, counted from 0, over other data than the operation's own. */
static enum err operand_over(const struct certlogic_call *c, size_t i,
                             const struct certlogic_value *data, struct certlogic_value *v_r)
{
    const struct certlogic_place below = {c->at, c->op->name, i, c->at->depth + 1};
    return evaluate(c->run, &below, json_object_array_get_idx(c->operands, i), data, v_r);
}

static enum err operand(const struct certlogic_call *c, size_t i, struct certlogic_value *v_r)
{
    return operand_over(c, i, c->data, v_r);
}

/* Operand `i` is not what the operation takes. */
static enum err wrong_operand(const struct certlogic_call *c, size_t i,
                              const struct certlogic_value *v, const char *wants)
{
    return certlogic_fail(c->run->pool, c->run->why_r, c->at, c->op->name,
                          "operand %zu is %s, not %s", i + 1, certlogic_kind_name(v), wants);
}

static void set_boolean(struct certlogic_value *v, bool b)
{
    *v = (struct certlogic_value){.kind = CERTLOGIC_BOOLEAN, .boolean = b};
}

static void set_date(const struct certlogic_call *c, int64_t ms, struct certlogic_value *v)
{
    *v = (struct certlogic_value){.kind = CERTLOGIC_DATE,
                                  .date_ms = pool_memdup(c->run->pool, &ms, sizeof ms)};
}

/* --- conditions --- */

/* Operand `i` as a condition, and its value. */
static enum err condition(const struct certlogic_call *c, size_t i, struct certlogic_value *v_r,
                          bool *truthy_r)
{
    enum err e = operand(c, i, v_r);
    if (e != ERR_OK)
        return e;
    enum certlogic_truth t = certlogic_truth(v_r);
    *truthy_r = t == CERTLOGIC_TRUTHY;
    return t == CERTLOGIC_NEITHER ? wrong_operand(c, i, v_r, "true or false") : ERR_OK;
}

static enum err run_if(const struct certlogic_call *c, struct certlogic_value *v_r)
{
    bool truthy;
    enum err e = condition(c, 0, v_r, &truthy);
    return e == ERR_OK ? operand(c, truthy ? 1 : 2, v_r) : e;
}

static enum err run_and(const struct certlogic_call *c, struct certlogic_value *v_r)
{
    bool truthy = true;
    for (size_t i = 0; truthy && i < c->n; i++) {
        enum err e = condition(c, i, v_r, &truthy);
        if (e != ERR_OK)
            return e;
    }
    return ERR_OK;
}

static enum err run_not(const struct certlogic_call *c, struct certlogic_value *v_r)
{
    bool truthy;
    enum err e = condition(c, 0, v_r, &truthy);
    if (e == ERR_OK)
        set_boolean(v_r, !truthy);
    return e;
}

/* --- comparisons --- */

/* Evaluates all operands, of which there are at most 3. */
static enum err operands(const struct certlogic_call *c, struct certlogic_value v[3])
{
    for (size_t i = 0; i < c->n; i++) {
        enum err e = operand(c, i, &v[i]);
        if (e != ERR_OK)
            return e;
    }
    return ERR_OK;
}

static enum err run_equal(const struct certlogic_call *c, struct certlogic_value *v_r)
{
    struct certlogic_value v[3];
    enum err e = operands(c, v);
    if (e == ERR_OK)
        set_boolean(v_r, certlogic_same(&v[0], &v[1]));
    return e;
}

/* `order` is that of two neighbours: negative if the first is less, 0 if they are equal. */
static bool in_order(const char *op, int order)
{
    if (strcmp(op, "<") == 0 || strcmp(op, "before") == 0)
        return order < 0;
    if (strcmp(op, ">") == 0 || strcmp(op, "after") == 0)
        return order > 0;
    if (strcmp(op, "<=") == 0 || strcmp(op, "not-after") == 0)
        return order <= 0;
    return order >= 0;
}

static enum err run_compare(const struct certlogic_call *c, struct certlogic_value *v_r)
{
    struct certlogic_value v[3];
    bool right = true;
    enum err e = operands(c, v);

    if (e != ERR_OK)
        return e;
    for (size_t i = 0; i < c->n; i++)
        if (!certlogic_is_integer(&v[i]))
            return wrong_operand(c, i, &v[i], "an integer");
    for (size_t i = 0; i + 1 < c->n; i++) {
        double a = v[i].number, b = v[i + 1].number;
        right = right && in_order(c->op->name, (a > b) - (a < b));
    }
    set_boolean(v_r, right);
    return ERR_OK;
}

static enum err run_compare_dates(const struct certlogic_call *c, struct certlogic_value *v_r)
{
    struct certlogic_value v[3];
    bool right = true;
    enum err e = operands(c, v);

    if (e != ERR_OK)
        return e;
    for (size_t i = 0; i < c->n; i++)
        if (v[i].kind != CERTLOGIC_DATE)
            return wrong_operand(c, i, &v[i], "a date-time");
    for (size_t i = 0; i + 1 < c->n; i++) {
        int64_t a = *v[i].date_ms, b = *v[i + 1].date_ms;
        right = right && in_order(c->op->name, (a > b) - (a < b));
    }
    set_boolean(v_r, right);
    return ERR_OK;
}

/* --- arrays --- */

static bool is_array(const struct certlogic_value *v)
{
    return v->kind == CERTLOGIC_LIST ||
           (v->kind == CERTLOGIC_JSON && json_object_is_type(v->json, json_type_array));
}

static size_t array_n(const struct certlogic_value *v)
{
    return v->kind == CERTLOGIC_LIST ? v->list->n : json_object_array_length(v->json);
}

static struct certlogic_value array_item(const struct certlogic_value *v, size_t i)
{
    return v->kind == CERTLOGIC_LIST ? v->list->items[i]
                                     : certlogic_value_of(json_object_array_get_idx(v->json, i));
}

/* A comparison is a step, so that an array of the data costs what it is long. */
static enum err run_in(const struct certlogic_call *c, struct certlogic_value *v_r)
{
    struct certlogic_value v[3];
    bool found = false;
    enum err e = operands(c, v);

    if (e == ERR_OK && !is_array(&v[1]))
        e = wrong_operand(c, 1, &v[1], "an array");
    for (size_t i = 0; e == ERR_OK && !found && i < array_n(&v[1]); i++) {
        struct certlogic_value item = array_item(&v[1], i);
        found = certlogic_same(&v[0], &item);
        e = charge(c->run, c->at, c->op->name, 1);
    }
    if (e == ERR_OK)
        set_boolean(v_r, found);
    return e;
}

static enum err run_reduce(const struct certlogic_call *c, struct certlogic_value *v_r)
{
    struct certlogic_value array;
    enum err e = operand(c, 0, &array);

    if (e == ERR_OK && array.kind != CERTLOGIC_NULL && !is_array(&array))
        e = wrong_operand(c, 0, &array, "an array");
    if (e == ERR_OK)
        e = operand(c, 2, v_r);
    if (e != ERR_OK || array.kind == CERTLOGIC_NULL)
        return e;
    for (size_t i = 0; i < array_n(&array); i++) {
        const struct certlogic_frame frame = {*v_r, array_item(&array, i)};
        const struct certlogic_value data = {
            .kind = CERTLOGIC_FRAME, .frame = pool_memdup(c->run->pool, &frame, sizeof frame)};
        e = operand_over(c, 1, &data, v_r);
        if (e != ERR_OK)
            return e;
    }
    return ERR_OK;
}

/* --- numbers, dates, strings --- */

static enum err run_add(const struct certlogic_call *c, struct certlogic_value *v_r)
{
    struct certlogic_value v[3] = {0};
    enum err e = operands(c, v);

    if (e != ERR_OK)
        return e;
    for (size_t i = 0; i < 2; i++)
        if (!certlogic_is_integer(&v[i]))
            return wrong_operand(c, i, &v[i], "an integer");
    *v_r = v[0];
    v_r->number += v[1].number;
    return ERR_OK;
}

static enum err no_date(const struct certlogic_call *c, enum err e)
{
    return certlogic_fail(c->run->pool, c->run->why_r, c->at, c->op->name,
                          e == ERR_ABSENT ? "operand 1 is a string that is no date%s"
                                          : "operand 1 is a date%s that does not exist",
                          c->op->expressions < c->op->least ? " or date-time" : "");
}

/* Operand 1 as a date. */
static enum err date_operand(const struct certlogic_call *c, bool time, int64_t *ms_r)
{
    struct certlogic_value v;
    enum err e = operand(c, 0, &v);

    if (e != ERR_OK)
        return e;
    if (v.kind != CERTLOGIC_STRING)
        return wrong_operand(c, 0, &v, "a string");
    e = certlogic_date_parse(v.string.at, v.string.len, time, ms_r);
    return e == ERR_OK ? ERR_OK : no_date(c, e);
}

static enum err run_plus_time(const struct certlogic_call *c, struct certlogic_value *v_r)
{
    int64_t ms = 0;
    enum err e = certlogic_literals(c->run->pool, c->run->why_r, c->at, c->op, c->operands);

    if (e == ERR_OK)
        e = date_operand(c, true, &ms);
    if (e != ERR_OK)
        return e;
    const char *unit = json_object_get_string(json_object_array_get_idx(c->operands, 2));
    double amount = json_object_get_double(json_object_array_get_idx(c->operands, 1));
    if (certlogic_date_add(ms, amount, certlogic_unit_by_name(unit), &ms) != ERR_OK)
        return certlogic_fail(c->run->pool, c->run->why_r, c->at, c->op->name,
                              "the sum is beyond the range of date-times");
    set_date(c, ms, v_r);
    return ERR_OK;
}

static enum err run_date_of_birth(const struct certlogic_call *c, struct certlogic_value *v_r)
{
    int64_t ms = 0;
    enum err e = date_operand(c, false, &ms);
    if (e == ERR_OK)
        set_date(c, ms, v_r);
    return e;
}

static bool is_separator(char c)
{
    return c == '/' || c == '#' || c == ':';
}

/* Sets `*v` to its fragment `index`, counted from 0; to null if there is none. */
static void cut_fragment(struct certlogic_value *v, double index)
{
    static const char prefix[] = "URN:UVCI:";
    const size_t prefix_len = sizeof prefix - 1;
    const char *at = v->string.at, *end = at + v->string.len;

    if (v->string.len >= prefix_len && memcmp(at, prefix, prefix_len) == 0)
        at += prefix_len;
    for (size_t i = 0; at <= end; i++) {
        const char *stop = at;
        while (stop < end && !is_separator(*stop))
            stop++;
        if ((double)i == index) {
            v->string.at = at;
            v->string.len = (size_t)(stop - at);
            return;
        }
        at = stop + 1;
    }
    v->kind = CERTLOGIC_NULL;
}

static enum err run_extract(const struct certlogic_call *c, struct certlogic_value *v_r)
{
    enum err e = certlogic_literals(c->run->pool, c->run->why_r, c->at, c->op, c->operands);

    if (e == ERR_OK)
        e = operand(c, 0, v_r);
    if (e != ERR_OK || v_r->kind == CERTLOGIC_NULL)
        return e;
    if (v_r->kind != CERTLOGIC_STRING)
        return wrong_operand(c, 0, v_r, "a string or null");
    e = charge(c->run, c->at, c->op->name, v_r->string.len / 256);
    if (e == ERR_OK)
        cut_fragment(v_r, json_object_get_double(json_object_array_get_idx(c->operands, 1)));
    return e;
}

/* --- expressions --- */

static const struct certlogic_op ops[] = {
    {"if", 3, 3, true, 3, run_if},
    {"and", 2, CERTLOGIC_ANY, false, CERTLOGIC_ANY, run_and},
    {"!", 1, 1, true, 1, run_not},
    {"===", 2, 2, false, 2, run_equal},
    {"<", 2, 3, false, 3, run_compare},
    {">", 2, 3, false, 3, run_compare},
    {"<=", 2, 3, false, 3, run_compare},
    {">=", 2, 3, false, 3, run_compare},
    {"after", 2, 3, false, 3, run_compare_dates},
    {"before", 2, 3, false, 3, run_compare_dates},
    {"not-after", 2, 3, false, 3, run_compare_dates},
    {"not-before", 2, 3, false, 3, run_compare_dates},
    {"in", 2, 2, false, 2, run_in},
    {"+", 2, 2, false, 2, run_add},
    {"plusTime", 3, 3, true, 1, run_plus_time},
    {"dccDateOfBirth", 1, 1, true, 1, run_date_of_birth},
    {"reduce", 3, 3, true, 3, run_reduce},
    {"extractFromUVCI", 2, 2, true, 1, run_extract},
};

const struct certlogic_op *certlogic_op_find(const char *name)
{
    for (size_t i = 0; i < sizeof ops / sizeof ops[0]; i++)
        if (strcmp(ops[i].name, name) == 0)
            return &ops[i];
    return NULL;
}

static enum err check_depth(const struct certlogic_run *r, const struct certlogic_place *at,
                            const char *op)
{
    return at->depth <= CERTLOGIC_DEPTH_MAX
               ? ERR_OK
               : certlogic_fail(r->pool, r->why_r, at, op, "more than %d levels",
                                CERTLOGIC_DEPTH_MAX);
}

static enum err evaluate_list(struct certlogic_run *r, const struct certlogic_place *at,
                              struct json_object *array, const struct certlogic_value *data,
                              struct certlogic_value *v_r)
{
    size_t n = json_object_array_length(array);
    enum err deep = check_depth(r, at, NULL);

    if (deep != ERR_OK)
        return deep;
    /* Its items will each take a step: an array that cannot end well is not begun. */
    if (n > CERTLOGIC_STEPS_MAX - r->steps)
        return charge(r, at, NULL, n);
    struct certlogic_list *list = pool_alloc(r->pool, sizeof *list + n * sizeof list->items[0]);
    for (; list->n < n; list->n++) {
        const struct certlogic_place below = {at, NULL, list->n, at->depth + 1};
        enum err e = evaluate(r, &below, json_object_array_get_idx(array, list->n), data,
                              &list->items[list->n]);
        if (e != ERR_OK)
            return e;
    }
    *v_r = (struct certlogic_value){.kind = CERTLOGIC_LIST, .list = list};
    return ERR_OK;
}

/* Long paths, and strings walked along, cost more steps. */
static enum err evaluate_var(struct certlogic_run *r, const struct certlogic_place *at,
                             struct json_object *path, const struct certlogic_value *data,
                             struct certlogic_value *v_r)
{
    size_t len = (size_t)json_object_get_string_len(path);
    size_t walked = 0;
    enum err e = charge(r, at, "var", len / 32);

    if (e != ERR_OK)
        return e;
    *v_r = certlogic_access(r->pool, json_object_get_string(path), len, data, &walked);
    return charge(r, at, "var", walked / 256);
}

static enum err evaluate_operation(struct certlogic_run *r, const struct certlogic_place *at,
                                   struct json_object *o, const struct certlogic_value *data,
                                   struct certlogic_value *v_r)
{
    const char *name = NULL;
    struct json_object *operands = NULL;
    enum err e = certlogic_take_apart(r->pool, r->why_r, at, o, &name, &operands);

    if (e != ERR_OK)
        return e;
    const struct certlogic_op *op = certlogic_op_find(name);
    if (op == NULL)
        return evaluate_var(r, at, operands, data, v_r);
    e = check_depth(r, at, name);
    if (e != ERR_OK)
        return e;
    size_t n = json_object_array_length(operands);
    if (n < op->least || (n > op->most && op->most != CERTLOGIC_ANY && !op->surplus))
        return certlogic_fail_count(r->pool, r->why_r, at, op, n);
    const struct certlogic_call c = {r, at, op, operands, n, data};
    return op->run(&c, v_r);
}

static enum err evaluate(struct certlogic_run *r, const struct certlogic_place *at,
                         struct json_object *e, const struct certlogic_value *data,
                         struct certlogic_value *v_r)
{
    enum err bad = charge(r, at, at->op, 1);

    if (bad != ERR_OK)
        return bad;
    *v_r = certlogic_value_of(e);
    switch (v_r->kind) {
    case CERTLOGIC_BOOLEAN:
    case CERTLOGIC_STRING:
        return ERR_OK;
    case CERTLOGIC_NUMBER:
        if (certlogic_is_integer(v_r))
            return ERR_OK;
        break;
    case CERTLOGIC_JSON:
        if (json_object_is_type(e, json_type_array))
            return evaluate_list(r, at, e, data, v_r);
        return evaluate_operation(r, at, e, data, v_r);
    default:
        break;
    }
    return certlogic_fail(r->pool, r->why_r, at, at->op, "%s is no expression",
                          certlogic_kind_name(v_r));
}

enum err certlogic_evaluate(struct pool *p, struct json_object *when, struct json_object *data,
                            struct certlogic_value *value_r, const char **why_r)
{
    struct certlogic_run run = {.pool = p, .why_r = why_r};
    const struct certlogic_place whole = {.depth = 1};
    const struct certlogic_value top = certlogic_value_of(data);

    *why_r = NULL;
    return evaluate(&run, &whole, when, &top, value_r);
}
