/* sysid: system identifiers, the profile of GB/T 45960 Annex B (interface 1): class digit, six
 * digits, two-digit serial. The 6-digit platform identifier of QYM1 is the middle six. Uses base.
 */
#ifndef ZWM_CODE_SYSID_H
#define ZWM_CODE_SYSID_H

#include <stdbool.h>

#include "core/base/err.h"

enum { SYSID_LEN = 9, SYSID_PLATFORM_LEN = 6 };
enum sysid_class { SYSID_NATIONAL = 1, SYSID_REGIONAL = 2, SYSID_DEPARTMENTAL = 3 };

struct sysid {
    char text[SYSID_LEN + 1];
    char platform[SYSID_PLATFORM_LEN + 1]; /* middle six */
    enum sysid_class cls;
    int serial; /* 1 to 99 */
};

/* Form only: nine digits, class 1 to 3, six digits that fit the class (000000; not 000xxx; 000 and
 * not 000000), serial 01 to 99. ERR_BAD otherwise. Whether the division or department exists is the
 * store's to say. */
ERR_CHECK enum err sysid_parse(const char *text, struct sysid *id_r);

/* The regional parent by GB/T 2260 prefix: county -> city -> province, keeping class 2; writes six
 * digits. ERR_ABSENT for a province or a code that is not regional. */
ERR_CHECK enum err sysid_division_parent(const char division[SYSID_PLATFORM_LEN + 1],
                                         char parent[SYSID_PLATFORM_LEN + 1]);

#endif
