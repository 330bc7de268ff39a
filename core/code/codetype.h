/* codetype: the one table of code types (interface 1). A type is a row; adding one is adding a row.
 * Uses nothing. */
#ifndef ZWM_CODE_CODETYPE_H
#define ZWM_CODE_CODETYPE_H

#include <stdbool.h>
#include <stddef.h>

#include "core/base/err.h"

enum { CODE_TYPE_NAME_LEN = 4, CODE_A_LEN = 32 };

enum code_type { CODE_ZWM1, CODE_QYM1, CODE_TYPE_MAX };

/* How the A part is made. */
enum code_identity {
    CODE_ID_PSEUDONYM, /* HMAC-SM3 over (authorization number, id type, id number): unlinkable
                          (R1.3, profile) */
    CODE_ID_SM3_NUMBER /* SM3 of the unified social credit code (QYM 6.1.1) */
};

struct code_type_row {
    const char *name;   /* 4 ASCII characters in the code */
    const char *title;  /* Chinese name, for people */
    size_t system_len;  /* 9 (system identifier) or 6 (platform identifier) */
    size_t channel_len; /* 2, or 0 if the type has none */
    enum code_identity identity;
    int validity_max_sec; /* also the default (HLJ 9.2; QYM 7.3.3) */
    int assurance_least;  /* of the subject's identification */
    bool single_use;      /* default */
    bool enterprise_only; /* wants an enterprise with its agent or legal representative (QYM 6.3.2)
                           */
    const char *expired_msg; /* error_msg of 3004 for this type */
};

const struct code_type_row *code_type_row(enum code_type t);
/* ERR_ABSENT for an unknown name; `len` need not be 4. */
ERR_CHECK enum err code_type_by_name(const char *name, size_t len, enum code_type *t_r);

/* Sizes that follow from a row: B (54 or 49), the whole (150 or 145), its text (240 or 232). */
size_t code_type_b_len(enum code_type t);
size_t code_type_len(enum code_type t);
size_t code_type_text_len(enum code_type t);

#endif
