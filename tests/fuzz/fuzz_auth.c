/* Authorization headers: what is accepted must say the same when written again. */
#include <assert.h>
#include <string.h>

#include "core/base/pool.h"
#include "core/wire/callsig.h"
#include "core/wire/field.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static const char *written(struct pool *p, const struct callsig *c)
{
    const char *rest =
        pool_printf(p, "app_id=\"%s\",timestamp=\"%s\",nonce=\"%s\"%s", c->app_id, c->timestamp,
                    c->nonce, *c->to != '\0' ? pool_printf(p, ",to=\"%s\"", c->to) : "");

    if (c->scheme == CALLSIG_ALLOWLIST)
        return pool_printf(p, "ZWM-ALLOWLIST %s", rest);
    return pool_printf(p, "ZWM-SM2-SM3 %s,signature=\"%s\"", rest,
                       c->sig_shaped ? sm2_sig_to_text(c->sig, p) : "");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct pool *p = pool_new(false);
    struct callsig c, again;

    if (callsig_parse(pool_strndup(p, (const char *)data, len), &c) == ERR_OK) {
        assert(field_is_app_id(c.app_id) && field_is_nonce(c.nonce) &&
               field_is_digits(c.timestamp));
        assert(c.timestamp_sec >= 0);
        enum err e = callsig_parse(written(p, &c), &again);
        assert(e == ERR_OK);
        assert(memcmp(&c, &again, sizeof c) == 0);
    } else {
        static const struct callsig zero;
        assert(memcmp(&c, &zero, sizeof c) == 0);
    }
    pool_destroy(&p);
    return 0;
}
