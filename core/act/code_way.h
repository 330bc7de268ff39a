/* code_way: where a code that somebody has scanned is to be verified (interface 2.3, 2.6; R2.1). It
 * is decided once, here, and no signature is checked twice for it. */
#ifndef ZWM_ACT_CODE_WAY_H
#define ZWM_ACT_CODE_WAY_H

#include "core/act/call.h"
#include "core/code/code.h"

enum code_way {
    WAY_OURS,     /* this system issued it, or it says so: the store knows */
    WAY_ASK,      /* another system's: ask `issuer`, on behalf of our third party */
    WAY_NO_ROUTE, /* nobody here knows the system that issued it, or a code system asks us for
                     another one's code: it must address its call to that one */
    WAY_TYPE,     /* `issuer` is not listed as one that issues codes of this type */
    WAY_FORGED    /* it says it is `issuer`'s and does not bear the signature of that system */
};

/* Decides by the identifier in the code. The platform identifier of a QYM1 code may be that of
 * several systems of one division: then the signature tells whose it is. A suspended issuer or an
 * expired list is WAY_ASK, since the call there says so. *issuer_r (9 digits) is set for
 * WAY_ASK, WAY_TYPE and WAY_FORGED and lives as long as the call and `code`. */
enum code_way code_way_of(const struct call *c, const struct code *code, const char **issuer_r);

#endif
