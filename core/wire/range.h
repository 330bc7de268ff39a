/* range: the Range header of a request (RFC 9110, 14.1.2), of which one byte range is served. Uses
 * nothing. */
#ifndef ZWM_WIRE_RANGE_H
#define ZWM_WIRE_RANGE_H

#include <stdbool.h>
#include <stdint.h>

struct byte_range {
    int64_t from, len;  /* bytes of the file */
    bool partial;       /* the answer is 206: a range was asked for */
    bool unsatisfiable; /* the answer is 416: the range lies behind the end; the rest is 0 */
};

/* Reads the value of a Range header for a file of `size` bytes (0 or more). `text` NULL means that
 * the request has no such header.
 *
 * What is not one well formed byte range gives the whole file, as the RFC allows: another unit,
 * several ranges, white space, a last byte before the first, numbers beyond 63 bits. */
struct byte_range range_parse(const char *text, int64_t size);

#endif
