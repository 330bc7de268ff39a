#include "core/code/record.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/clock.h"
#include "core/base/log.h"
#include "core/base/rand.h"
#include "core/base/text.h"
#include "core/code/jcs.h"
#include "core/crypto/sm3.h"

_Static_assert(SQBH_TEXT_LEN == 2 * SQBH_LEN, "hexadecimal");

static _Noreturn void die(void)
{
    log_msg(LOG_FATAL, "record", "out of memory");
    abort();
}

/* Takes over `value`. */
static void put(struct json_object *object, const char *name, struct json_object *value)
{
    if (value == NULL || json_object_object_add(object, name, value) != 0)
        die();
}

static void put_string(struct json_object *object, const char *name, const char *value)
{
    put(object, name, json_object_new_string(value));
}

static void put_time(struct json_object *object, const char *name, int64_t sec)
{
    char stamp[CLOCK_STAMP_LEN + 1];
    clock_cst_stamp(sec, stamp);
    put_string(object, name, stamp);
}

static struct json_object *new_object(void)
{
    struct json_object *object = json_object_new_object();
    if (object == NULL)
        die();
    return object;
}

static struct json_object *copy_of(struct json_object *value)
{
    struct json_object *copy = NULL;
    if (json_object_deep_copy(value, &copy, NULL) != 0)
        die();
    return copy;
}

/* Optional: absent, not null, if there is none. */
static void put_copy(struct json_object *object, const char *name, struct json_object *value)
{
    if (value != NULL)
        put(object, name, copy_of(value));
}

struct json_object *record_build(const struct record_in *in)
{
    struct json_object *record = new_object();
    struct json_object *sqzt = new_object();
    struct json_object *sqqx = new_object();
    struct json_object *xxsy = in->xxsy != NULL ? copy_of(in->xxsy) : new_object();

    put_string(sqzt, "sqztmc", in->subject_name);
    put_string(sqzt, "sqztdm", in->subject_number);
    put_time(sqzt, "sqsj", in->issued_sec);
    put(record, "sqzt", sqzt);
    put_time(sqqx, "sqkssj", in->issued_sec);
    put_time(sqqx, "sqjzsj", in->deadline_sec);
    put(record, "sqqx", sqqx);
    put_copy(record, "bsqzt", in->bsqzt);
    put_copy(record, "xxkzf", in->xxkzf);
    put_copy(record, "xxlb", in->xxlb);
    put_string(xxsy, "sqbh", in->sqbh);
    put(record, "xxsy", xxsy);
    if (in->czqx != NULL)
        put_string(record, "czqx", in->czqx);
    return record;
}

enum err record_digest(struct json_object *record, struct buf *jcs, uint8_t digest[32])
{
    size_t before = jcs->len;
    enum err e = jcs_write(jcs, record);

    if (e == ERR_OK)
        sm3(jcs->data + before, jcs->len - before, digest);
    return e;
}

unsigned record_czqx_bits(const char *czqx)
{
    if (czqx == NULL)
        return CZQX_READ;
    size_t len = strlen(czqx);
    if (len < 1 || len > 2 || czqx[0] < '1' || czqx[0] > '9')
        return 0;
    unsigned bits = (unsigned)(czqx[0] - '0');
    if (len == 2) {
        if (czqx[1] < '0' || czqx[1] > '9')
            return 0;
        bits = bits * 10 + (unsigned)(czqx[1] - '0');
    }
    return bits <= CZQX_ALL ? bits : 0;
}

unsigned record_czqx_needed(const char *as)
{
    return strcmp(as, "file") == 0 ? CZQX_DOWNLOAD : CZQX_READ;
}

void record_new_sqbh(char out[SQBH_TEXT_LEN + 1])
{
    uint8_t bytes[SQBH_LEN];
    rand_bytes(bytes, sizeof bytes);
    hex_encode(bytes, sizeof bytes, out);
}
