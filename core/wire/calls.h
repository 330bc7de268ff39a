/* calls: the interfaces and their fields, one table (interface 2.2 to 2.6). It says once what a
 * responder decodes and answers, what the generated OpenAPI document says and which kinds of apps
 * may call. Each family of interfaces has its structs, field rows and call rows in a pair of files
 * in core/wire/calls/; this header includes them all. Uses field. */
#ifndef ZWM_WIRE_CALLS_H
#define ZWM_WIRE_CALLS_H

#include "core/wire/calls/authorize.h"
#include "core/wire/calls/code.h"
#include "core/wire/calls/data.h"
#include "core/wire/calls/people.h"
#include "core/wire/calls/route.h"
#include "core/wire/calls/show.h"
#include "core/wire/calls/user.h"
#include "core/wire/field.h"

/* The numbers of the interfaces; calls.def has them. */
enum call_id {
#define CALL(name, number) CALL_##name = (number),
#include "core/wire/calls.def"
#undef CALL
    CALL_MAX
};

/* Kinds of apps that may call, as bits: 1 << enum app_kind. core/store/app.c checks that they
 * agree. */
enum { CALLER_CHANNEL = 1 << 1, CALLER_THIRD_PARTY = 1 << 2, CALLER_SYSTEM = 1 << 3 };

struct call_row {
    enum call_id id;
    const char *name; /* short, for logs and metrics */
    const char *method;
    const char *path; /* with `{handle}` behind a prefix */
    unsigned callers; /* CALLER_ bits; 0: answered without authentication, or not callable */
    bool relayed;     /* a code system may ask another one by it, through others: Zwm-Target */
    bool service;     /* an information service answers it: signed by the scheme `OUT` */
    bool page;        /* one of our pages calls it, in a person's session; JSON only, no contract */
    bool paged;       /* the answer may have a next_cursor beside its items */
    bool foreign;     /* with `page`: another site leads the browser here, or a server calls */
    const struct fields *in, *out; /* NULL: none */
    const char *errors; /* error codes it may answer beyond 1xxx, 2xxx and 9xxx, comma separated */
    const char *summary, *doc;
};

/* The row of an interface; `id` must be below CALL_MAX. Static, never NULL. */
const struct call_row *call_row(enum call_id id);

#endif
