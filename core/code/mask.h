/* mask: how names and numbers are shown (R4.5; MOB 9.4.5). The one place. Uses base. */
#ifndef ZWM_CODE_MASK_H
#define ZWM_CODE_MASK_H

#include "core/base/pool.h"

/* First character (with its combining marks and variation selectors), then `**`. A name of one
 * character shows none. */
char *mask_name(struct pool *p, const char *name);
/* First four characters, then `*****`: 1101*****. At most half of a shorter number is shown. */
char *mask_number(struct pool *p, const char *number);

#endif
