/* code: the bytes and the text of a service code, A|B|S (QYM 6.1.1; interface 1). This module knows
 * neither keys nor storage: the caller signs and checks the first code_signed_len bytes. Uses base,
 * codetype. */
#ifndef ZWM_CODE_CODE_H
#define ZWM_CODE_CODE_H

#include <stdint.h>

#include "core/base/err.h"
#include "core/code/codetype.h"

enum {
    CODE_VERSION = 1,
    CODE_LEN_MAX = 150,
    CODE_TEXT_MAX = 240,
    CODE_SYSTEM_MAX = 9,
    CODE_SIG_LEN = 64,
    CODE_DIGEST_LEN = 32
};

struct code {
    enum code_type type;
    uint8_t identity[CODE_A_LEN];
    char system[CODE_SYSTEM_MAX + 1]; /* 9 or 6 digits */
    char channel[3];                  /* 2 digits, or "" */
    uint32_t deadline; /* seconds since the Unix epoch, UTC; valid while now <= deadline */
    uint8_t digest[CODE_DIGEST_LEN]; /* SM3 of the JCS form of the authorization record */
    uint8_t sig[CODE_SIG_LEN];       /* r|s over A+B */
    /* all of it as bytes; code_pack fills A+B, code_decode everything */
    uint8_t bytes[CODE_LEN_MAX];
    size_t len; /* with S */
};

/* Lays out A+B from the other members into c->bytes. The caller signs code_signed_len bytes of it
 * into c->sig, then calls code_encode. */
void code_pack(struct code *c);
size_t code_signed_len(const struct code *c); /* A+B */
/* Appends c->sig to the bytes and writes the text (NUL-terminated). */
void code_encode(struct code *c, char text[CODE_TEXT_MAX + 1]);

/* Reads a text. White space (space, TAB, CR, LF) around it is trimmed, nothing else is repaired.
 * Returns ERR_CODE_MALFORMED if a length, the alphabet or a digit is wrong, ERR_CODE_TYPE if the
 * type or the version is unknown. */
ERR_CHECK enum err code_decode(const char *text, size_t len, struct code *c_r);

#endif
