#include "core/wire/answer.h"

#include <string.h>

#include "core/base/clock.h"
#include "core/base/jsontext.h"

static const char envelope[] = "process_response";

static void add_text(struct json_object *obj, const char *name, const char *value)
{
    json_object_object_add(obj, name, json_object_new_string(value));
}

static const char *result_code(const struct answer *a)
{
    if (a->err != ERR_OK)
        return "102";
    return a->in_progress ? "103" : "100";
}

static const char *message(struct pool *p, const struct answer *a)
{
    const char *msg = a->msg != NULL ? a->msg : err_row(a->err)->zh;

    if (a->detail == NULL || a->detail[0] == '\0')
        return msg;
    return pool_printf(p, "%s%s%s", msg, msg[0] != '\0' ? "：" : "", a->detail);
}

void answer_write(struct buf *b, enum wire_form form, const struct answer *a,
                  const char *request_id, int64_t now_sec)
{
    struct json_object *r = json_object_new_object();
    char date[CLOCK_DATE_LEN + 1];

    clock_cst_date(now_sec, date);
    add_text(r, "result_code", result_code(a));
    add_text(r, "error_code", err_row(a->err)->code);
    add_text(r, "error_msg", message(b->pool, a));
    add_text(r, "date", date);
    add_text(r, "request_id", request_id);
    json_object_object_add(r, "items",
                           a->items != NULL ? json_object_get(a->items) : json_object_new_array());
    if (a->next_cursor != NULL)
        add_text(r, "next_cursor", a->next_cursor);

    if (form == WIRE_XML) {
        wire_write_xml(b, envelope, r);
        json_object_put(r);
        return;
    }
    struct json_object *outer = json_object_new_object();
    size_t len = 0;
    json_object_object_add(outer, envelope, r);
    const char *text = json_object_to_json_string_length(
        outer, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE, &len);
    buf_put(b, text, len);
    json_object_put(outer);
}

int answer_http_status(const struct answer *a)
{
    return err_row(a->err)->http;
}

static enum answer_result result_of(const char *result_code)
{
    if (strcmp(result_code, "100") == 0)
        return ANSWER_DONE;
    return strcmp(result_code, "103") == 0 ? ANSWER_IN_PROGRESS : ANSWER_REFUSED;
}

enum err answer_read(struct pool *p, const char *text, size_t len, struct answer_in *a_r)
{
    struct json_object *whole = NULL, *o = NULL, *items = NULL;
    struct wire_fault fault;

    *a_r = (struct answer_in){.code = "", .err = ERR_ABSENT, .msg = ""};
    if (wire_parse_json(p, text, len, &whole, &fault) != ERR_OK ||
        !json_object_object_get_ex(whole, envelope, &o) ||
        !json_object_is_type(o, json_type_object))
        return ERR_BAD;
    const char *code = json_get_text(o, "error_code", "");
    enum answer_result result = result_of(json_get_text(o, "result_code", ""));
    if ((result == ANSWER_REFUSED) != (*code != '\0'))
        return ERR_BAD;
    *a_r = (struct answer_in){.result = result,
                              .code = code,
                              .err = err_from_code(code),
                              .msg = json_get_text(o, "error_msg", "")};
    if (json_object_object_get_ex(o, "items", &items) &&
        json_object_is_type(items, json_type_array)) {
        a_r->items = items;
        a_r->item =
            json_object_array_length(items) > 0 ? json_object_array_get_idx(items, 0) : NULL;
    }
    return ERR_OK;
}
