/* How `zwm doctor` says what it finds. */
#include <stdarg.h>

#include "core/cli/doctor.h"

void doctor_say(struct doctor *d, enum finding f, const char *check, const char *fmt, ...)
{
    static const char *const words[] = {"ok", "warning", "FAILED"};
    static const char *const columns[] = {"ok      ", "warning ", "FAILED  "};
    va_list ap;
    va_start(ap, fmt);
    char *text = pool_vprintf(d->cli->pool, cli_text(d->cli, fmt), ap);
    va_end(ap);
    d->failed += f == FAILING;
    if (!d->cli->json)
        (void)printf("%s %-12s %s\n", cli_text(d->cli, columns[f]), check, text);
    struct json_object *o = json_object_new_object();
    (void)json_object_object_add(o, "check", json_object_new_string(check));
    (void)json_object_object_add(o, "finding", json_object_new_string(words[f]));
    (void)json_object_object_add(o, "text", json_object_new_string(text));
    (void)json_object_array_add(d->items, o);
}
