/* clock: the one source of time. Tests move it through a file instead of sleeping.
 *
 * The wall clock may be shifted by a signed number of seconds held in a mapped file (setting
 * `clock_offset_file`, empty in production; `zwm doctor` warns of it). */
#ifndef ZWM_BASE_CLOCK_H
#define ZWM_BASE_CLOCK_H

#include <stdint.h>

#include "core/base/err.h"

int64_t clock_now_sec(void); /* seconds since the Unix epoch, UTC, shifted */
int64_t clock_now_ms(void);  /* the same in milliseconds */
int64_t clock_wall_ms(void); /* milliseconds since the Unix epoch, UTC; never shifted */
int64_t clock_mono_us(void); /* monotonic, for durations; never shifted */
/* Days since the Unix epoch, UTC, of `sec`. */
int32_t clock_day(int64_t sec);

enum { CLOCK_STAMP_LEN = 14, CLOCK_DATE_LEN = 10 };
/* `YYYYMMDDHHMMSS`, China standard time (UTC+8, no summer time), as in the authorization record
 * (QYM 6.1.2). */
void clock_cst_stamp(int64_t sec, char out[CLOCK_STAMP_LEN + 1]);
/* `YYYY-MM-DD`, China standard time (MOB 9.4.2). */
void clock_cst_date(int64_t sec, char out[CLOCK_DATE_LEN + 1]);

/* Maps the file (8 bytes, native int64, seconds; made if absent). For tests. */
ERR_CHECK enum err clock_use_offset_file(const char *path);

#endif
