/* show: sessions in which codes are shown, and what the show page does in them (interface-people 1
 * to 3; R1.9 to R1.11). A channel that has identified somebody opens a session; the page that has
 * its key acts for that person, and for nobody else.
 *
 *   session.c   open, enter, use, end
 *   code.c      the code on show: issue, refresh, hide, its state
 *   frame.c     the document in the frame, and who may frame it
 *   records.c   what was used, revoking, notes of correction
 *   tell.c      telling pages that their code was used, by push
 *   request.c   scanning and deciding a third party's request
 *   acting.c    for whom a page asks, and as which interface
 *
 * All need the statements of DB_SHOW. Results live in the call's pool. */
#ifndef ZWM_ACT_SHOW_H
#define ZWM_ACT_SHOW_H

#include "core/act/call.h"
#include "core/store/service.h"
#include "core/store/session.h"

enum { SHOW_KEY_LEN = 43 };

/* The cookie that holds the key of a session at our own address. */
#define SHOW_COOKIE "__Host-zwm-session"

/* The app of sessions that begin with a login at our own address, and its channel type. */
#define SHOW_OWN_APP     "SHOW"
#define SHOW_OWN_CHANNEL "05"

/* --- for channel apps --- */

/* Opens a session for the subject of `in`. Returns 1003 and the field, or ERR_ORIGIN if
 * embed_origin or return_url is of an origin that is not the app's. */
ERR_CHECK enum err act_show_session(struct call *c, const struct show_session_in *in,
                                    struct show_session_out *out_r);
/* Ends a session of the app; the code on show dies. Returns ERR_SESSION if there is none open. */
ERR_CHECK enum err act_show_end(struct call *c, const struct show_end_in *in,
                                struct show_end_out *out_r);

/* --- for the page --- */

/* Opens the session of a show token, once. A page at our own address gets a cookie (c->cookie), a
 * framed one has the key in the result. Returns ERR_SHOW_TOKEN if the token is unknown or used, or
 * if it is for another place: a session for a frame opens for the origin that it was made with. The
 * token is not used up then. */
ERR_CHECK enum err act_show_enter(struct call *c, const struct show_enter_in *in,
                                  struct show_state *out_r);
/* Finds the session of `key` and makes c->session and c->app of it. `apps` is looked into for the
 * app by the caller: *app_id_r names it. Returns ERR_SESSION if it is unknown, idle too long or
 * ended. */
ERR_CHECK enum err show_session_use(struct call *c, const char *key, struct session *s_r);
/* Returns the token that a call of a session with a cookie must carry, in the call's pool. */
const char *show_csrf(const struct call *c, const char *key);

ERR_CHECK enum err act_show_state(struct call *c, struct show_state *out_r);
/* Issues a code in the place of the one on show. */
ERR_CHECK enum err act_show_code(struct call *c, const struct show_code_in *in,
                                 struct show_code_out *out_r);
/* The code on show dies. */
ERR_CHECK enum err act_show_hide(struct call *c);
ERR_CHECK enum err act_show_choose(struct call *c, const struct show_choose_in *in,
                                   struct show_state *out_r);
/* Ends the session. The result says where the person logs out of the identity provider too. */
ERR_CHECK enum err act_show_leave(struct call *c, struct show_leave_out *out_r);

/* `out_r`: items of struct show_record. */
ERR_CHECK enum err act_show_records(struct call *c, const struct show_records_in *in,
                                    struct field_objects *out_r);
ERR_CHECK enum err act_show_revoke(struct call *c, const struct show_revoke_in *in,
                                   struct auth_revoke_out *out_r);

ERR_CHECK enum err act_show_request(struct call *c, const struct show_request_in *in,
                                    struct show_request_out *out_r);
ERR_CHECK enum err act_show_decide(struct call *c, const struct show_decide_in *in,
                                   struct auth_decide_out *out_r);

/* --- push --- */

/* Whether nginx may open the stream of events `channel`. Returns ERR_SESSION if that is not the
 * channel of a session that is open. */
ERR_CHECK enum err act_show_listen(struct call *c, const char *channel);
/* Looks each second for codes on show that were used, and tells their pages. Runs in a thread of
 * its own and never returns. Statements: SESSION_USED, SESSION_TOLD. */
void show_tell_pages(const struct conf *conf);

/* --- the frame --- */

/* Answers with the document that <service-code> frames, which nobody may frame but the page that
 * the query names (`origin=ORIGIN`), if that is an origin of an active channel app. */
ERR_CHECK enum err act_show_frame(struct call *c);

/* --- what the files share --- */

/* The person of the session, or the enterprise that he acts for, in the call's pool. */
ERR_CHECK enum err show_subject(struct call *c, struct subject **s_r);
/* A copy of the call as a call of another interface, so that its record says what was done. */
struct call show_call_as(const struct call *c, enum call_id id);
/* The classes of data that there are. */
struct show_known {
    struct class_entry *v;
    size_t n;
};
/* Lists them, in the call's pool, and ends the transaction. There are none if the store fails. */
struct show_known show_known_classes(struct call *c);
/* Names of classes, in the call's pool: struct show_class items for `n` classes, `chosen` for each.
 * A class that is not known any more has its own code as its name. */
struct show_class *show_name_classes(struct call *c, const struct show_known *known,
                                     const char *const *classes, size_t n, enum field_bool chosen);
/* Whether the session is open at the moment of the call. */
bool show_session_is_open(const struct call *c, const struct session *s);
/* Ends the session and what was begun in it, within the caller's transaction: the code on show
 * dies, and apps that took tickets in it are told. */
ERR_CHECK enum err show_end_session(struct db *db, const struct call *c, const struct session *s);
/* The person or enterprise of a sealed JSON subject, masked, in the call's pool. */
struct show_person *show_masked(struct call *c, const char *subject);
/* Returns 43 characters of base64url from the secure random source, in `p`, and their SM3. */
char *show_new_secret(struct pool *p, uint8_t hash[SM3_LEN]);
/* Returns the value of the header that gives the browser the key of a session, or ("") takes it
 * away, in `p`. */
const char *show_cookie(struct pool *p, const char *key);
/* Returns scheme, host and port of an address, in `p`; NULL if it has no such form. */
const char *show_origin_of(struct pool *p, const char *url);
/* Kills the code on show of a session that the caller's transaction holds (session_hold). */
ERR_CHECK enum err show_kill_code(struct db *db, const struct call *c, const struct session *held);

#endif
