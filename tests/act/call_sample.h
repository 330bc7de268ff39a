/* call_sample: calls as the frame of a responder hands them to an act: authenticated, of now, with
 * a nonce of their own; and invented subjects, codes and trust lists to make them with. */
#ifndef ZWM_TESTS_CALL_SAMPLE_H
#define ZWM_TESTS_CALL_SAMPLE_H

#include "tests/act/act_sample.h"

#include "core/act/call.h"
#include "core/code/codetype.h"

/* A call, and what an act has written through `out`, if it did. */
struct sample_call {
    struct call c; /* the first member: an act has only this */
    struct request rq;
    int status; /* 0: the answer was not begun */
    const char *content_type;
    char *headers[8];
    struct buf body;
    size_t gone_after; /* the caller goes after so many bytes of body; SIZE_MAX: stays */
};
struct sample_call *sample_call_new(enum call_id id, enum db_role role,
                                    const struct sample_app *app);
/* The value of a header that was written; NULL if there is none. */
const char *sample_header(const struct sample_call *s, const char *name);
/* The error of the record that a call has left; -1: it has left none. */
int sample_recorded(const struct sample_call *s);
/* How often `needle` stands in what the store has of this call, sealed columns as they are. */
int64_t sample_readable(const struct sample_call *s, const char *needle);

/* New ones each time, with assurance 3. */
struct subject *sample_person(void);
struct subject *sample_enterprise(void);

#define SAMPLE_CLASS  "1.2.156.3002.9999.01.01"
#define SAMPLE_CLASS2 "1.2.156.3002.9999.01.03"
/* A well formed issue of two classes for `subject`, to be changed by the test. */
struct issue_in sample_issue_in(struct subject *subject);
/* Issues a code; must succeed. */
struct issue_out sample_issue(const struct sample_app *channel, const struct issue_in *in);
/* A code as the system `system` (9 or 6 digits) would make it, signed with `key`: of nobody, good
 * for a minute. */
const char *sample_foreign_code(enum code_type type, const char *system, const struct sm2_key *key);
/* A well formed verification of `code` by a person. */
struct verify_in sample_verify_in(const char *code);

/* One system of a trust list. */
struct sample_system {
    const char *system;
    const struct sm2_key *key;
    const char *mode, *base_url; /* NULL: direct; an address where nobody listens */
    const char *parent;          /* NULL: none */
    bool suspended;
    bool personal_only; /* listed for ZWM1 alone */
};
/* A list with ourselves and these, signed by us, for an hour from now; released with the pool. */
const struct trust *sample_trust(const struct sample_system *systems, size_t n);
/* A new key that goes with the pool. */
struct sm2_key *sample_key_new(void);

#endif
