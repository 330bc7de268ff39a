/* record: the authorization record (QYM 6.1.2; R1.4) as a json-c object, and its digest. Uses base,
 * crypto, jcs. */
#ifndef ZWM_CODE_RECORD_H
#define ZWM_CODE_RECORD_H

#include <json-c/json.h>
#include <stdint.h>

#include "core/base/buf.h"
#include "core/base/err.h"

/* Permission bits of `czqx`. */
enum { CZQX_READ = 1, CZQX_KEEP = 2, CZQX_DOWNLOAD = 4, CZQX_STORE = 8, CZQX_ALL = 15 };

enum { SQBH_LEN = 16, SQBH_TEXT_LEN = 32 };

struct record_in {
    const char *subject_name;   /* sqzt.sqztmc */
    const char *subject_number; /* sqzt.sqztdm */
    int64_t issued_sec;         /* sqzt.sqsj and sqqx.sqkssj, written in China standard time */
    int64_t deadline_sec;       /* sqqx.sqjzsj */
    struct json_object *bsqzt;  /* NULL: absent. Borrowed, as the rest. */
    struct json_object *xxkzf;  /* NULL: absent */
    struct json_object *xxlb;   /* array of strings */
    struct json_object *xxsy;   /* NULL or an object without `sqbh` */
    const char *czqx;           /* decimal string, NULL: absent, which means read only */
    const char *sqbh;           /* 32 lower-case hex digits, goes into xxsy.sqbh */
};

/* A new object, the caller's to put; the values of `in` are copied deep. */
struct json_object *record_build(const struct record_in *in);
/* SM3 of the JCS form; the JCS text goes into `jcs` (initialised by the caller). */
ERR_CHECK enum err record_digest(struct json_object *record, struct buf *jcs, uint8_t digest[32]);

/* 1 to 15, with the read bit or without; 0 if the text is not such a number in shortest decimal
 * form. NULL is read only. */
unsigned record_czqx_bits(const char *czqx);
/* Returns the bit that a pickup needs. `as`: "data" or "file". */
unsigned record_czqx_needed(const char *as);
/* 32 lower-case hex digits from the secure random source. */
void record_new_sqbh(char out[SQBH_TEXT_LEN + 1]);

#endif
