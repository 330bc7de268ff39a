/* licence: the sample information service's own table, which is not the code system's. */
#ifndef ZWM_STORE_LICENCE_H
#define ZWM_STORE_LICENCE_H

#include "core/store/db.h"

struct sample_licence {
    const char *data;      /* JSON of the licence */
    const char *file_name; /* PDF in the sample files directory; NULL: none */
};
/* The licence of a class for the holder of a number; if there is none, the one for anyone, else
 * ERR_ABSENT. Strings live in `p`. */
ERR_CHECK enum err sample_licence_find(struct db *db, struct pool *p, const char *class,
                                       const char *number, struct sample_licence *l_r);

#endif
