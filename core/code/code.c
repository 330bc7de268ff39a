#include "core/code/code.h"

#include <assert.h>
#include <string.h>

#include "core/base/text.h"
#include "core/code/sysid.h"

/* Where the fields that every type has begin; what follows the type name depends on its row. */
enum {
    AT_LENGTH = CODE_A_LEN,
    AT_VERSION = AT_LENGTH + 2,
    AT_TYPE = AT_VERSION + 1,
    AT_SYSTEM = AT_TYPE + CODE_TYPE_NAME_LEN
};

_Static_assert(BASE32_LEN(CODE_LEN_MAX) == CODE_TEXT_MAX, "the longest text");

size_t code_signed_len(const struct code *c)
{
    return CODE_A_LEN + code_type_b_len(c->type);
}

void code_pack(struct code *c)
{
    const struct code_type_row *row = code_type_row(c->type);
    size_t b_len = code_type_b_len(c->type);
    uint8_t *at = c->bytes;

    assert(strlen(c->system) == row->system_len && strlen(c->channel) == row->channel_len);
    memset(c->bytes, 0, sizeof c->bytes);
    memcpy(at, c->identity, CODE_A_LEN);
    at += CODE_A_LEN;
    *at++ = (uint8_t)(b_len >> 8);
    *at++ = (uint8_t)b_len;
    *at++ = CODE_VERSION;
    memcpy(at, row->name, CODE_TYPE_NAME_LEN);
    at += CODE_TYPE_NAME_LEN;
    memcpy(at, c->system, row->system_len);
    at += row->system_len;
    memcpy(at, c->channel, row->channel_len);
    at += row->channel_len;
    for (int shift = 24; shift >= 0; shift -= 8)
        *at++ = (uint8_t)(c->deadline >> shift);
    memcpy(at, c->digest, CODE_DIGEST_LEN);
    at += CODE_DIGEST_LEN;
    assert((size_t)(at - c->bytes) == code_signed_len(c));
    c->len = code_type_len(c->type);
}

void code_encode(struct code *c, char text[CODE_TEXT_MAX + 1])
{
    assert(c->len == code_type_len(c->type) && c->len <= CODE_LEN_MAX);
    memcpy(c->bytes + code_signed_len(c), c->sig, CODE_SIG_LEN);
    base32_encode(c->bytes, c->len, text);
}

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static void trim(const char **text, size_t *len)
{
    while (*len > 0 && is_space((*text)[0])) {
        (*text)++;
        (*len)--;
    }
    while (*len > 0 && is_space((*text)[*len - 1]))
        (*len)--;
}

/* The length in bytes of a code whose text has `text_len` characters; 0 if no type has such a
 * text. */
static size_t len_of_text(size_t text_len)
{
    for (unsigned t = 0; t < CODE_TYPE_MAX; t++) {
        if (code_type_text_len((enum code_type)t) == text_len)
            return code_type_len((enum code_type)t);
    }
    return 0;
}

static bool copy_digits(char *out, const uint8_t *in, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        if (in[i] < '0' || in[i] > '9')
            return false;
        out[i] = (char)in[i];
    }
    out[len] = '\0';
    return true;
}

/* Nine digits are a system identifier and must have its form; six are the platform identifier, any
 * digits. */
static bool system_is_valid(const char *system)
{
    struct sysid id;
    return strlen(system) != SYSID_LEN || sysid_parse(system, &id) == ERR_OK;
}

/* Reads the fields behind the type name out of c->bytes. */
static enum err read_fields(struct code *c)
{
    const struct code_type_row *row = code_type_row(c->type);
    const uint8_t *at = c->bytes + AT_SYSTEM;

    if (c->len != code_type_len(c->type) ||
        ((size_t)c->bytes[AT_LENGTH] << 8 | c->bytes[AT_LENGTH + 1]) != code_type_b_len(c->type))
        return ERR_CODE_MALFORMED;
    if (!copy_digits(c->system, at, row->system_len) || !system_is_valid(c->system))
        return ERR_CODE_MALFORMED;
    at += row->system_len;
    if (!copy_digits(c->channel, at, row->channel_len))
        return ERR_CODE_MALFORMED;
    at += row->channel_len;
    for (int i = 0; i < 4; i++)
        c->deadline = c->deadline << 8 | *at++;
    memcpy(c->digest, at, CODE_DIGEST_LEN);
    at += CODE_DIGEST_LEN;
    memcpy(c->sig, at, CODE_SIG_LEN);
    return ERR_OK;
}

enum err code_decode(const char *text, size_t len, struct code *c_r)
{
    struct code c = {0};

    trim(&text, &len);
    c.len = len_of_text(len);
    if (c.len == 0 || base32_decode(text, len, c.bytes, c.len) != ERR_OK)
        return ERR_CODE_MALFORMED;
    if (code_type_by_name((const char *)c.bytes + AT_TYPE, CODE_TYPE_NAME_LEN, &c.type) != ERR_OK ||
        c.bytes[AT_VERSION] != CODE_VERSION)
        return ERR_CODE_TYPE;
    memcpy(c.identity, c.bytes, CODE_A_LEN);
    enum err e = read_fields(&c);
    if (e == ERR_OK)
        *c_r = c;
    return e;
}
