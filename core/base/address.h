/* address: internet addresses as groups of neighbours: the /24 of an IPv4 address, the /64 of an
 * IPv6 one, which is what one subscriber has. Uses err. */
#ifndef ZWM_BASE_ADDRESS_H
#define ZWM_BASE_ADDRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/err.h"

/* The neighbours of an address: 4 and three bytes, or 6 and eight bytes. */
enum { ADDRESS_PREFIX_MAX = 9, ADDRESS_TEXT_MAX = 64 };
struct address_prefix {
    uint8_t bytes[ADDRESS_PREFIX_MAX];
    size_t len; /* 0: not an address */
};
/* Of an address in text; an IPv4 address in IPv6 form counts as IPv4. NULL is no address. */
struct address_prefix address_prefix_of(const char *address);
/* Writes "192.0.2.0/24" or "2001:db8::/64"; "" if the bytes are no prefix. */
void address_prefix_text(const uint8_t *bytes, size_t len, char out[ADDRESS_TEXT_MAX]);

/* Addresses that begin with the same bits. */
struct address_range {
    uint8_t bytes[ADDRESS_PREFIX_MAX]; /* as in a prefix */
    int bits;                          /* of the address, without the family */
};
/* Reads an address, or one with `/BITS`. Returns ERR_BAD if it is neither, or names less than a
 * whole prefix (more than 24 bits of IPv4, 64 of IPv6, with the exception of a single address,
 * which stands for its prefix). */
ERR_CHECK enum err address_range_read(const char *text, struct address_range *r_r);
/* Whether the prefix is in the range. */
bool address_range_has(const struct address_range *r, const uint8_t *bytes, size_t len);

#endif
