/* text: hexadecimal, Base32 (RFC 4648), UTF-8 (RFC 3629). Strict: nothing is repaired. Uses
 * nothing. */
#ifndef ZWM_BASE_TEXT_H
#define ZWM_BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/err.h"

/* Lower-case hexadecimal of `len` bytes into `out` (2*len + 1 bytes). */
void hex_encode(const uint8_t *in, size_t len, char *out);
/* `text` must be exactly 2*len digits, either case. ERR_BAD otherwise, `out` then undefined. */
ERR_CHECK enum err hex_decode(const char *text, size_t text_len, uint8_t *out, size_t len);

/* RFC 4648 clause 6, upper case, no padding; `out` has BASE32_LEN(len) + 1 bytes. */
#define BASE32_LEN(len) (((len)*8 + 4) / 5)
void base32_encode(const uint8_t *in, size_t len, char *out);
/* Decodes exactly `len` bytes from exactly BASE32_LEN(len) characters; lower case, padding and bits
 * left over that are not zero are ERR_BAD. */
ERR_CHECK enum err base32_decode(const char *text, size_t text_len, uint8_t *out, size_t len);

/* Reads one code point; returns its bytes (1 to 4), 0 if the bytes are not UTF-8 (overlong
 * forms, surrogates and values past U+10FFFF included) or at the end. */
size_t utf8_next(const char *s, size_t len, uint32_t *cp_r);
/* Valid throughout, and free of NUL. */
bool utf8_is_valid(const char *s, size_t len);
/* Number of code points; `s` must be valid. */
size_t utf8_length(const char *s);

/* Whether a code point may stand in text that is shown to people. Not so: control and format
 * characters, what changes the direction of text, what has no width or is not drawn, private use,
 * and what is no character. Such text can look like another, or move what stands beside it. */
bool text_code_point_is_shown(uint32_t cp);
/* The same for a code point behind another, 0 at the beginning: a variation selector may stand
 * behind an ideograph, since names are written so. */
bool text_code_point_follows(uint32_t before, uint32_t cp);
/* Whether all of `s`, which is valid UTF-8, may be shown. The characters of `also` (ASCII) may
 * stand in it too. */
bool text_is_shown(const char *s, const char *also);

#endif
