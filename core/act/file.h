/* file: see file.c. */
#ifndef ZWM_ACT_FILE_H
#define ZWM_ACT_FILE_H

#include "core/act/call.h"

/* Sends what the Range header of the call asks for of the file behind `handle`, through c->out:
 * then c->begun is set. c->app may be NULL, since the handle itself is the permission; if it is
 * not, the file must have been picked up by that app. Errors: ERR_TICKET_UNKNOWN,
 * ERR_TICKET_EXPIRED, ERR_CODE_REVOKED, ERR_PICKED_UP, ERR_BUSY, and those of the way to another
 * system. Needs the statements of DB_PICKUP. */
ERR_CHECK enum err act_file(struct call *c, const char *handle);

#endif
