/* work: what everything that is done for somebody has at hand: a call, a command and a job have one
 * `struct work` each, and every act (core/act) takes it.
 *
 * It only points at things that others own and says nothing about them, so it stands in the lowest
 * room. All of it belongs to one thread. */
#ifndef ZWM_BASE_WORK_H
#define ZWM_BASE_WORK_H

#include <stdint.h>

struct conf;
struct db;
struct http_client;
struct keyring;
struct pool;
struct tally;
struct trust;

struct work {
    struct pool *pool;         /* results live in here */
    const struct conf *conf;   /* settings of the instance */
    const struct keyring *kr;  /* keys of the code system */
    struct db *db;             /* connection to the store; NULL: without */
    struct http_client *http;  /* for calls to others; NULL: without */
    const struct trust *trust; /* the trust list in force; NULL: none */
    struct tally *tally;       /* counts by name; NULL: nothing is counted */
    int64_t now_ms, now_sec;   /* one moment for the whole of it, since the Unix epoch */
};

#endif
