/* look: what threads of zwm-status have seen of the node, about once a second. Whoever is asked for
 * health or metrics reads what was seen last and how old it is: asking costs nothing and waits for
 * nobody. */
#ifndef ZWM_FCGI_LOOK_H
#define ZWM_FCGI_LOOK_H

#include "core/base/responders.h"
#include "core/wire/calls.h"

enum { LOOK_MS = 1000, LOOK_PATH_LEN = 256 };

/* Directories whose free space matters. */
enum look_place { PLACE_RUN, PLACE_LOG, PLACE_SPOOL, PLACE_STORE, PLACES };

struct look_responder {
    bool reached;      /* its socket takes connections */
    int processes;     /* that live and give signs of life */
    int frozen;        /* that live and give none */
    int stuck;         /* all of whose threads hang in one call */
    int orphans;       /* whose supervisor is gone */
    int64_t busy;      /* threads with a call in hand */
    int missing_looks; /* looks in a row with fewer processes than there should be */
};

struct look {
    int64_t at_us; /* monotonic; 0: nothing was seen yet */
    struct look_responder responders[RESPONDER_MAX];
    int64_t free_bytes[PLACES]; /* -1: not known */
    int64_t spool_files, spool_bytes;
    /* Of the calls that ended in the last ten seconds, by interface: all, and those with 9002. */
    uint64_t ended[CALL_MAX], unstored[CALL_MAX];
};

/* The store is asked by a thread of its own, because it may not answer. */
struct look_store {
    int64_t began_us, ended_us; /* of the last question and the last answer; 0: none */
    bool ok;
    bool read_only;
    int64_t connections, connections_most, callbacks_waiting;
    char datadir[LOOK_PATH_LEN]; /* "": not known */
};

/* Runs in the background of zwm-status and never returns (responder_background). */
void look_run(const struct conf *conf);
/* Copies what was seen last. */
void look_last(struct look *look_r, struct look_store *store_r);

/* The name of a place, for people and labels. */
const char *look_place_name(enum look_place p);

#endif
