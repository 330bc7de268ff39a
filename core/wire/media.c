/* Content-Type and Accept (RFC 9110 clauses 8.3 and 12.5.1), as far as two media types need them.
 */
#include <string.h>
#include <strings.h>

#include "core/wire/answer.h"

struct slice {
    const char *at;
    size_t len;
};

const char *wire_media_type(enum wire_form form)
{
    return form == WIRE_XML ? "application/xml; charset=utf-8" : "application/json";
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

static struct slice trim(struct slice s)
{
    while (s.len > 0 && is_blank(s.at[0])) {
        s.at++;
        s.len--;
    }
    while (s.len > 0 && is_blank(s.at[s.len - 1]))
        s.len--;
    return s;
}

static bool slice_is(struct slice s, const char *text)
{
    return s.len == strlen(text) && strncasecmp(s.at, text, s.len) == 0;
}

/* Cuts off what stands before the next `mark` that is outside quotes; false when nothing is left.
 */
static bool next_part(struct slice *rest, char mark, struct slice *part_r)
{
    bool quoted = false;
    size_t n = 0;

    if (rest->at == NULL)
        return false;
    while (n < rest->len && (quoted || rest->at[n] != mark)) {
        if (rest->at[n] == '"')
            quoted = !quoted;
        else if (quoted && rest->at[n] == '\\' && n + 1 < rest->len)
            n++;
        n++;
    }
    *part_r = trim((struct slice){.at = rest->at, .len = n});
    if (n < rest->len)
        *rest = (struct slice){.at = rest->at + n + 1, .len = rest->len - n - 1};
    else
        *rest = (struct slice){0};
    return true;
}

/* `name=value`, the value without its quotes. */
static bool split_parameter(struct slice s, struct slice *name_r, struct slice *value_r)
{
    const char *eq = s.len > 0 ? memchr(s.at, '=', s.len) : NULL;

    if (eq == NULL || eq == s.at)
        return false;
    *name_r = (struct slice){.at = s.at, .len = (size_t)(eq - s.at)};
    *value_r = (struct slice){.at = eq + 1, .len = s.len - name_r->len - 1};
    if (value_r->len >= 2 && value_r->at[0] == '"' && value_r->at[value_r->len - 1] == '"') {
        value_r->at++;
        value_r->len -= 2;
    }
    return value_r->len > 0;
}

enum err wire_form_from_content_type(const char *value, enum wire_form *form_r)
{
    struct slice rest, part, name, v;

    if (value == NULL)
        return ERR_MEDIA_TYPE;
    rest = (struct slice){.at = value, .len = strlen(value)};
    if (!next_part(&rest, ';', &part))
        return ERR_MEDIA_TYPE;
    if (slice_is(part, "application/json"))
        *form_r = WIRE_JSON;
    else if (slice_is(part, "application/xml"))
        *form_r = WIRE_XML;
    else
        return ERR_MEDIA_TYPE;
    while (next_part(&rest, ';', &part)) {
        if (part.len == 0)
            continue;
        if (!split_parameter(part, &name, &v) ||
            (slice_is(name, "charset") && !slice_is(v, "utf-8")))
            return ERR_MEDIA_TYPE;
    }
    return ERR_OK;
}

/* RFC 9110 clause 12.4.2, in thousandths; -1 if it is none. */
static int parse_quality(struct slice s)
{
    int q, unit = 100;

    if (s.len == 0 || s.len > 5 || (s.at[0] != '0' && s.at[0] != '1') ||
        (s.len > 1 && s.at[1] != '.'))
        return -1;
    q = (s.at[0] - '0') * 1000;
    for (size_t i = 2; i < s.len; i++, unit /= 10) {
        if (s.at[i] < '0' || s.at[i] > '9')
            return -1;
        q += (s.at[i] - '0') * unit;
    }
    return q <= 1000 ? q : -1;
}

struct wish {
    int specific; /* 0 none, 1 any type, 2 application/anything, 3 by name */
    int quality;
};

static void note_wish(struct wish *w, int specific, int quality)
{
    if (specific > w->specific || (specific == w->specific && quality > w->quality))
        *w = (struct wish){.specific = specific, .quality = quality};
}

static void note_range(struct slice range, struct wish *json, struct wish *xml)
{
    struct slice type, part, name, v;
    int quality = 1000;

    if (!next_part(&range, ';', &type))
        return;
    while (next_part(&range, ';', &part))
        if (split_parameter(part, &name, &v) && slice_is(name, "q"))
            quality = parse_quality(v);
    if (quality < 0)
        return;
    if (slice_is(type, "application/json")) {
        note_wish(json, 3, quality);
    } else if (slice_is(type, "application/xml")) {
        note_wish(xml, 3, quality);
    } else if (slice_is(type, "application/*") || slice_is(type, "*/*")) {
        note_wish(json, type.at[0] == '*' ? 1 : 2, quality);
        note_wish(xml, type.at[0] == '*' ? 1 : 2, quality);
    }
}

enum wire_form wire_form_from_accept(const char *value, enum wire_form dflt)
{
    struct wish json = {0}, xml = {0};
    struct slice rest = {.at = value, .len = value != NULL ? strlen(value) : 0}, range;

    while (next_part(&rest, ',', &range))
        note_range(range, &json, &xml);
    if (json.quality == xml.quality)
        return dflt;
    return json.quality > xml.quality ? WIRE_JSON : WIRE_XML;
}
