/* doctor: the checks of `zwm doctor` that have files of their own. Part of the `zwm` command. */
#ifndef ZWM_CLI_DOCTOR_H
#define ZWM_CLI_DOCTOR_H

#include "core/cli/open.h"

struct doctor {
    struct cli *cli;
    struct json_object *items;
    int failed;
};

enum finding { FINE, WARNING, FAILING };

/* One line of the report. */
void doctor_say(struct doctor *d, enum finding f, const char *check, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));

/* --- doctor_node.c --- */

/* Free bytes and free files where the node writes. */
void doctor_check_places(struct doctor *d, const struct conf *c);
/* The end of the certificate that callers see. */
void doctor_check_certificate(struct doctor *d, const struct conf *c);
/* The processes of each responder, and whether somebody starts them again. */
void doctor_check_processes(struct doctor *d, const struct conf *c);

/* --- doctor_store.c --- */

/* Whether the database admits as many connections as the responders may want. */
void doctor_check_connections(struct doctor *d, struct instance *i);
/* Whether partitions are made ahead and dropped, and nothing stands in the last one. */
void doctor_check_partitions(struct doctor *d, struct instance *i);

#endif
