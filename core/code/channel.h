/* channel: channel types, the profile of GB/T 45960 Annex C (interface 1), rows of one table. Uses
 * nothing. */
#ifndef ZWM_CODE_CHANNEL_H
#define ZWM_CODE_CHANNEL_H

#include <stddef.h>

struct channel_row {
    const char *code; /* two digits */
    const char *zh, *en;
};

/* The table, `*n_r` rows. */
const struct channel_row *channel_rows(size_t *n_r);
/* NULL if the code is not in the table. */
const struct channel_row *channel_by_code(const char *code);

#endif
