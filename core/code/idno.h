/* idno: numbers of people and organisations and their check digits. Uses base. */
#ifndef ZWM_CODE_IDNO_H
#define ZWM_CODE_IDNO_H

#include <stdbool.h>

#define IDNO_TYPE_RESIDENT "111" /* resident identity card, GB 11643 (GA/T 2000.156) */
#define IDNO_TYPE_USCC     "98"  /* unified social credit code, GB 32100 */

/* GB 11643: 17 digits and a check character 0-9 or X (ISO 7064 MOD 11-2); a birth date that exists,
 * not after `today` (YYYYMMDD, as a number; 0: not checked). */
bool idno_resident_is_valid(const char *number, long today);
/* GB 32100: 18 characters of the standard's 31, weights 3^i mod 31, and the organisation code
 * inside (positions 9 to 17) need not be checked. */
bool idno_uscc_is_valid(const char *number);
/* Shape of an id type: two or three digits. */
bool idno_type_is_valid(const char *type);
/* The check a type calls for; types without a rule pass if 1 to 64 printable characters. */
bool idno_is_valid(const char *type, const char *number, long today);

#endif
