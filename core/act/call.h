/* call: what an act knows of the interface call it decides, and what it leaves behind.
 *
 * The frame of a responder (fcgi/frame) authenticates and decodes; then it hands an act a `struct
 * call` and the decoded input. The act gives an `enum err` and, if that is ERR_OK, its result. An
 * act that passes a stream on (a file, another system's answer) writes it through `out` instead and
 * has then `begun` the answer.
 *
 * Uses base, wire, store. Used by every act and by fcgi. A call belongs to one thread. */
#ifndef ZWM_ACT_CALL_H
#define ZWM_ACT_CALL_H

#include "core/base/conf.h"
#include "core/base/jsontext.h"
#include "core/base/work.h"
#include "core/crypto/keyring.h"
#include "core/store/app.h"
#include "core/store/callrec.h"
#include "core/wire/calls.h"
#include "core/wire/callsig.h"

struct call;
struct session;

/* The request as it came. Members that the caller did not send are NULL, but `method` and `target`
 * never are. */
struct request {
    const char *method, *target; /* the target has path and query */
    const char *content_type, *accept, *authorization, *range, *address;
    const char *target_system, *via, *relay; /* Zwm-Target, Zwm-Via, Zwm-Relay */
    const char *cookies, *origin;            /* Cookie; Origin: where the page stands */
    const char *body;                        /* a NUL stands behind it */
    size_t body_len;
    const char *connections; /* nginx's own: active, reading, writing, waiting; NULL: not told */
};

/* How an act writes an answer that is not the usual one. */
struct call_out {
    /* Begins the answer. `headers` are "Name: value" lines, NULL-ended. */
    void (*head)(struct call *c, int status, const char *content_type, const char *const *headers);
    /* Returns false if the caller has gone. */
    bool (*write)(struct call *c, const void *data, size_t len);
    /* Sends what is still kept back. Returns false if the caller has gone. */
    bool (*flush)(struct call *c);
};

struct call {
    struct work w;
    const struct request *rq;
    const struct call_row *row;
    const struct app *app;      /* the authenticated caller; NULL: the interface needs none */
    struct callsig sig;         /* of the call */
    const char *signing_string; /* what the caller signed; NULL: not authenticated */
    uint8_t body_sm3[SM3_LEN];
    uint8_t request_id_bytes[16];
    const char *request_id;        /* the same as 32 hex digits */
    const struct session *session; /* of a page's call: the person's; NULL: none */
    const char
        *csrf; /* with a session: what its page must send beside the cookie; NULL: not known */
    const struct call_out *out;

    /* What the act leaves behind. */
    const char *detail;       /* names the field at fault, for 1xxx */
    const char *msg;          /* replaces the error's message; NULL: the table's */
    const char *sqbh;         /* the authorization it was about, for the log */
    struct json_object *item; /* the result as JSON, if the act had to make it anyway; pool-owned */
    const char *next_cursor;  /* of a list: asks for the page behind; NULL: there is none */
    const char *cookie; /* key of a session for the page to keep; "": to forget; NULL: as it is */
    const char *reader; /* origin whose page may read the answer beside ours; NULL: none */
    bool in_progress;   /* with ERR_OK: result_code 103 */
    bool receipt;       /* the answer shall carry a receipt */
    bool begun;         /* the answer has been begun through `out` */
};

/* Names the field at fault. Returns `e`. */
ERR_CHECK enum err call_fault(struct call *c, enum err e, const char *field);

/* Returns ERR_FIELD_INVALID and names NAME[i] if an entry of `list` stands in it twice. */
ERR_CHECK enum err call_check_distinct(struct call *c, const struct field_strings *list,
                                       const char *name);

/* Returns the string that the caller signed, by c->rq and c->sig, in the call's pool. Of a call by
 * the scheme `OUT` the URL is that of our own address. */
char *call_signing_string(const struct call *c);

/* Returns the value of a cookie that the browser sent, in the call's pool; NULL if it is not there,
 * or there twice. */
const char *call_cookie(const struct call *c, const char *name);

/* Returns a call record with what is known of the call filled in; `error` as given. Borrows from
 * the call. */
struct callrec call_record_of(const struct call *c, enum err error);
/* Enters `r` in the transaction of `db`. Returns ERR_NONCE_USED if the nonce was already used; the
 * caller must roll back. */
ERR_CHECK enum err call_enter(struct db *db, const struct call *c, const struct callrec *r);
/* Enters the call with `error` in a transaction of its own, so that its nonce is used up. Returns
 * `error`, or what the store says if the call could not be entered. */
ERR_CHECK enum err call_refuse(struct call *c, enum err error);

#endif
