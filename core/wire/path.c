#include "core/wire/wire_private.h"

#include <string.h>

#include "core/base/buf.h"
#include "core/base/text.h"

/* Names come from the caller and go into our answer: no more than this of each. */
enum { NAME_SHOWN = 64 };

static void put_name(struct buf *b, const char *name)
{
    size_t len = strlen(name), shown = 0, n = 0;
    uint32_t cp;

    while (shown < len && (n = utf8_next(name + shown, len - shown, &cp)) > 0) {
        if (shown + n > NAME_SHOWN)
            break;
        if (cp < 0x20 || cp == 0x7f)
            buf_putc(b, '?');
        else
            buf_put(b, name + shown, n);
        shown += n;
    }
    if (shown < len)
        buf_puts(b, "…");
}

static void put_step(struct buf *b, const struct wire_step *at)
{
    if (at->up != NULL)
        put_step(b, at->up);
    if (at->name == NULL) {
        buf_printf(b, "[%zu]", at->index);
        return;
    }
    if (at->up != NULL)
        buf_putc(b, '.');
    put_name(b, at->name);
}

const char *wire_path(struct pool *p, const struct wire_step *at)
{
    struct buf b;

    if (at == NULL)
        return NULL;
    buf_init(&b, p);
    put_step(&b, at);
    return b.data;
}

enum err wire_fail(struct pool *p, struct wire_fault *fault, const struct wire_step *at, enum err e)
{
    if (fault != NULL)
        fault->path = wire_path(p, at);
    return e;
}
