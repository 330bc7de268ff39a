/* tls_peer: another party on 127.0.0.1 that is called over HTTPS, in a thread of the test: a code
 * system, a registry, or a third party that is told something. It answers what the test has
 * prepared, and can sign a receipt (interface 2.1), rightly or wrongly. Its certificate is made
 * when it starts, and is its own authority.
 *
 * One connection at a time, one request on each. */
#ifndef ZWM_TESTS_TLS_PEER_H
#define ZWM_TESTS_TLS_PEER_H

#include <stdatomic.h>
#include <stdbool.h>

#include "core/crypto/sm2.h"

enum { TLS_PEER_REQUEST_MAX = 65536 };

/* What it says to every call until the test prepares something else. */
struct tls_answer {
    int status;       /* 0: it closes the connection without a word */
    const char *type; /* NULL: application/json */
    const char *body; /* NULL: none */
    size_t len;       /* 0: as long as the text is */
    const char *head; /* further header lines, each with its CR LF; NULL: none */
    /* The receipt: whose it says to be (NULL: there is none), and with which key it is made. */
    const char *system;
    const struct sm2_key *key;
    const char *receipt_body; /* made for this body instead of the one sent; NULL: for that one */
    bool other_request;       /* made for another request */
};

struct tls_peer {
    struct tls_answer answer;
    const char *url, *host;                 /* "https://127.0.0.1:PORT", "127.0.0.1:PORT" */
    const char *ca_file;                    /* the authority to trust it by, in PEM */
    char request[TLS_PEER_REQUEST_MAX + 1]; /* the last one; read it after the call */
    atomic_int requests;                    /* that were read so far */
    struct tls_peer_own *own;
};

struct tls_peer *tls_peer_start(void);
void tls_peer_stop(struct tls_peer **p);
/* From now on it reads requests and answers them only once it is let go on. */
void tls_peer_hold(struct tls_peer *p);
void tls_peer_go_on(struct tls_peer *p);

/* The body of the last request. */
const char *tls_peer_body(const struct tls_peer *p);
/* The value of a header of the last request, up to the end of its line, in sample.pool; NULL if it
 * was not sent. */
const char *tls_peer_header(const struct tls_peer *p, const char *name);

#endif
