/* Reading JSON. json-c parses; before it a lexical scan refuses what json-c would let through in
 * silence: members given twice (it keeps the last), \u0000 (it cuts the name), lone surrogates (it
 * replaces them), numbers beyond 64 bits, raw control characters, NaN and Infinity, and too many
 * levels. */
#include <errno.h>
#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/jsontext.h"
#include "core/base/text.h"
#include "core/wire/wire_private.h"

struct level {
    bool object;
    bool want_key;            /* the next string is a member name */
    const char *key;          /* the member being read; NULL before the first */
    size_t index;             /* of the item being read */
    struct json_object *seen; /* member names so far, as a set */
};

/* A container costs some 300 bytes of memory and two of text: so many are enough for anybody. */
enum { OPENED_LEAST = 1024 };

struct scan {
    struct pool *pool;
    const char *at, *end;
    size_t size;
    size_t depth, opened; /* containers open now, and in all */
    struct level levels[WIRE_DEPTH_MAX];
    /* What the syntax allows and we do not: noted, first of a kind, as the syntax goes first. */
    bool duplicate, invalid;
    const char *duplicate_path, *invalid_path;
};

static const char *scan_path(const struct scan *s)
{
    struct wire_step steps[WIRE_DEPTH_MAX];

    for (size_t i = 0; i < s->depth; i++) {
        const struct level *l = &s->levels[i];
        steps[i] = (struct wire_step){.up = i > 0 ? &steps[i - 1] : NULL,
                                      .name = l->object ? (l->key != NULL ? l->key : "") : NULL,
                                      .index = l->index};
    }
    return s->depth > 0 ? wire_path(s->pool, &steps[s->depth - 1]) : NULL;
}

static void note_invalid(struct scan *s)
{
    if (!s->invalid)
        s->invalid_path = scan_path(s);
    s->invalid = true;
}

static void note_duplicate(struct scan *s)
{
    if (!s->duplicate)
        s->duplicate_path = scan_path(s);
    s->duplicate = true;
}

static bool is_digit(const char *at, const char *end)
{
    return at < end && *at >= '0' && *at <= '9';
}

/* --- strings --- */

/* \uXXXX, `at` behind the u. */
static bool read_unit(const char *at, const char *end, unsigned *unit_r)
{
    uint8_t bytes[2];

    if (end - at < 4 || hex_decode(at, 4, bytes, 2) != ERR_OK)
        return false;
    *unit_r = (unsigned)bytes[0] << 8 | bytes[1];
    return true;
}

/* Behind the backslash; false if the escape is no JSON or half a character. */
static bool scan_escape(struct scan *s, bool *nul)
{
    unsigned unit, low;

    if (s->at == s->end)
        return false;
    char c = *s->at++;
    if (c != 'u')
        return c != '\0' && strchr("\"\\/bfnrt", c) != NULL;
    if (!read_unit(s->at, s->end, &unit))
        return false;
    s->at += 4;
    if (unit == 0)
        *nul = true;
    if (unit >= 0xdc00 && unit <= 0xdfff)
        return false;
    if (unit < 0xd800 || unit > 0xdbff)
        return true;
    if (s->end - s->at < 6 || s->at[0] != '\\' || s->at[1] != 'u' ||
        !read_unit(s->at + 2, s->end, &low) || low < 0xdc00 || low > 0xdfff)
        return false;
    s->at += 6;
    return true;
}

/* The name of a member with its escapes resolved, by json-c itself. NULL: no. `text` has its
 * quotes. */
static const char *unescape(struct pool *p, const char *text, size_t len)
{
    struct json_tokener *tok = json_tokener_new();
    struct json_object *v = json_tokener_parse_ex(tok, text, (int)len);
    const char *name = NULL;

    if (json_object_is_type(v, json_type_string))
        name = pool_strdup(p, json_object_get_string(v));
    json_object_put(v);
    json_tokener_free(tok);
    return name;
}

static bool enter_key(struct scan *s, const char *text, size_t len, bool escaped)
{
    struct level *l = &s->levels[s->depth - 1];

    l->want_key = false;
    l->key = escaped ? unescape(s->pool, text, len) : pool_strndup(s->pool, text + 1, len - 2);
    if (l->key == NULL)
        return false;
    if (json_object_object_get_ex(l->seen, l->key, NULL))
        note_duplicate(s);
    else
        json_object_object_add_ex(l->seen, l->key, NULL, JSON_C_OBJECT_ADD_KEY_IS_NEW);
    return true;
}

static bool scan_string(struct scan *s)
{
    const char *start = s->at++;
    bool escaped = false, nul = false;
    bool key = s->depth > 0 && s->levels[s->depth - 1].want_key;

    while (s->at < s->end && *s->at != '"') {
        unsigned char c = (unsigned char)*s->at++;
        if (c < 0x20)
            return false;
        if (c != '\\')
            continue;
        escaped = true;
        if (!scan_escape(s, &nul))
            return false;
    }
    if (s->at == s->end)
        return false;
    s->at++;
    if (key)
        return !nul && enter_key(s, start, (size_t)(s->at - start), escaped);
    if (nul)
        note_invalid(s);
    return true;
}

/* --- the rest --- */

/* Behind a number or a word: what json-c would take for the start of another. */
static bool is_over(const struct scan *s)
{
    return s->at == s->end || strchr(" \t\r\n,]}", *s->at) != NULL;
}

static bool exceeds(const char *number, bool whole)
{
    if (!whole)
        return !isfinite(strtod(number, NULL));
    errno = 0;
    long long v = strtoll(number, NULL, 10);
    return errno == ERANGE && (v == LLONG_MAX || v == LLONG_MIN);
}

static bool scan_digits(struct scan *s)
{
    const char *start = s->at;

    while (is_digit(s->at, s->end))
        s->at++;
    return s->at > start;
}

static bool take(struct scan *s, const char *any_of)
{
    if (s->at == s->end || strchr(any_of, *s->at) == NULL)
        return false;
    s->at++;
    return true;
}

/* RFC 8259 clause 6. */
static bool scan_number(struct scan *s)
{
    const char *start = s->at;
    bool whole = true;

    (void)take(s, "-");
    if (!take(s, "0") && !scan_digits(s))
        return false;
    if (take(s, ".")) {
        whole = false;
        if (!scan_digits(s))
            return false;
    }
    if (take(s, "eE")) {
        whole = false;
        (void)take(s, "+-");
        if (!scan_digits(s))
            return false;
    }
    if (exceeds(pool_strndup(s->pool, start, (size_t)(s->at - start)), whole))
        note_invalid(s);
    return is_over(s);
}

static bool scan_word(struct scan *s)
{
    static const char *const words[] = {"true", "false", "null"};

    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        size_t n = strlen(words[i]);
        if ((size_t)(s->end - s->at) >= n && memcmp(s->at, words[i], n) == 0) {
            s->at += n;
            return is_over(s);
        }
    }
    return false;
}

static bool scan_open(struct scan *s, bool object)
{
    if (s->depth == WIRE_DEPTH_MAX || s->opened++ == (size_t)OPENED_LEAST + s->size / 64)
        return false;
    s->levels[s->depth++] = (struct level){
        .object = object, .want_key = object, .seen = object ? json_object_new_object() : NULL};
    s->at++;
    return true;
}

static bool scan_close(struct scan *s, bool object)
{
    if (s->depth == 0 || s->levels[s->depth - 1].object != object)
        return false;
    json_object_put(s->levels[--s->depth].seen);
    s->at++;
    return true;
}

static bool scan_comma(struct scan *s)
{
    if (s->depth == 0)
        return false;
    struct level *l = &s->levels[s->depth - 1];
    l->want_key = l->object;
    l->index++;
    s->at++;
    return true;
}

static bool scan_token(struct scan *s)
{
    switch (*s->at) {
    case ' ':
    case '\t':
    case '\r':
    case '\n':
    case ':': /* where it may stand is json-c's to say */
        s->at++;
        return true;
    case '{':
    case '[':
        return scan_open(s, *s->at == '{');
    case '}':
    case ']':
        return scan_close(s, *s->at == '}');
    case ',':
        return scan_comma(s);
    case '"':
        return scan_string(s);
    default:
        return *s->at == '-' || is_digit(s->at, s->end) ? scan_number(s) : scan_word(s);
    }
}

static bool scan_text(struct scan *s)
{
    bool good = true;

    while (good && s->at < s->end)
        good = scan_token(s);
    if (s->depth > 0)
        good = false;
    while (s->depth > 0)
        json_object_put(s->levels[--s->depth].seen);
    return good;
}

/* ERR_OK also for the value null. */
static enum err parse(const char *text, size_t len, struct json_object **value_r,
                      enum json_tokener_error *why_r)
{
    struct json_tokener *tok = json_tokener_new_ex(2 * WIRE_DEPTH_MAX);

    json_tokener_set_flags(tok, JSON_TOKENER_STRICT | JSON_TOKENER_VALIDATE_UTF8);
    *value_r = json_tokener_parse_ex(tok, text, (int)len);
    /* A number at the very end is only known to be over when something follows. */
    if (json_tokener_get_error(tok) == json_tokener_continue)
        *value_r = json_tokener_parse_ex(tok, " ", 1);
    *why_r = json_tokener_get_error(tok);
    json_tokener_free(tok);
    return *why_r == json_tokener_success ? ERR_OK : ERR_MALFORMED;
}

enum err wire_read_json(struct pool *p, const char *text, size_t len, struct json_object **value_r,
                        struct wire_fault *fault)
{
    struct scan s = {.pool = p, .at = text, .end = text + len, .size = len};
    enum json_tokener_error why;

    *value_r = NULL;
    if (len == 0 || len > INT_MAX || !utf8_is_valid(text, len) || !scan_text(&s))
        return ERR_MALFORMED;
    enum err e = parse(text, len, value_r, &why);
    (void)json_own(p, *value_r);
    /* json-c calls an integer beyond 64 bits a syntax error; it is a wrong value. */
    if (e != ERR_OK && !(why == json_tokener_error_parse_number && s.invalid))
        return e;
    if (s.duplicate || s.invalid) {
        *value_r = NULL;
        if (fault != NULL)
            fault->path = s.duplicate ? s.duplicate_path : s.invalid_path;
        return s.duplicate ? ERR_FIELD_UNKNOWN : ERR_FIELD_INVALID;
    }
    return ERR_OK;
}

enum err wire_parse_json(struct pool *p, const char *text, size_t len, struct json_object **value_r,
                         struct wire_fault *fault)
{
    if (fault != NULL)
        fault->path = NULL;
    enum err e = wire_read_json(p, text, len, value_r, fault);
    return e == ERR_FIELD_INVALID ? ERR_MALFORMED : e;
}
