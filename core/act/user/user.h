/* user: who somebody is: the login at our own address, and apps that people agree to be known to
 * (interface-people 3, 4).
 *
 *   login.c      a login becomes a session
 *   who.c        who is logged in
 *   sample.c     the sample login: invented people, on local instances only
 *   oidc.h       the login by OpenID Connect
 *   ticket.c     user tickets, and what an app is told for one
 *   page.c       what a page of an app asks at its own address
 *   notice.c     telling apps that somebody has logged out
 *   consent.c    what a person has agreed to; notes of correction
 *
 * All need the statements of DB_USER. Results live in the call's pool. */
#ifndef ZWM_ACT_USER_H
#define ZWM_ACT_USER_H

#include "core/act/call.h"
#include "core/store/session.h"

/* --- login --- */

/* Somebody who has just been identified. */
struct login {
    const struct subject *who;
    const char *enterprises; /* JSON list of subjects that he may act for; NULL: none */
    const char *end;         /* JSON kept for the end of the session; NULL: nothing */
    const uint8_t *sub,
        *sid; /* indexes by which the identity provider ends it, 32 bytes; NULL: none */
};

/* Opens a session for `l` and has the browser keep its key (c->cookie); the session of the call, if
 * it has one, ends. So a key that somebody else has put there before is worth nothing. *csrf_r is
 * what the page must send beside the cookie. */
ERR_CHECK enum err user_log_in(struct call *c, const struct login *l, const char **csrf_r);

/* Says who is logged in in this browser, and how others log in. c->session may be NULL. */
ERR_CHECK enum err act_login_who(struct call *c, const struct login_who_in *in,
                                 struct login_who_out *out_r);

/* --- sample login --- */

/* The people that can be chosen: struct login_person; none if the sample login is off. */
struct field_objects sample_people(struct call *c);
/* Logs in as one of them. Returns ERR_NO_INTERFACE if the sample login is off, ERR_FIELD_INVALID if
 * there is no such person. */
ERR_CHECK enum err act_login_sample(struct call *c, const struct login_sample_in *in,
                                    struct login_sample_out *out_r);

/* --- user tickets --- */

/* Gives the page of an app a ticket of the person in c->session. Its state is `consent` if the
 * person has not agreed yet. Returns ERR_ORIGIN if no third party has that origin. */
ERR_CHECK enum err act_user_ticket(struct call *c, const struct user_ticket_in *in,
                                   struct user_ticket_out *out_r);
/* The person agrees, or does not, that the app is told who he is. */
ERR_CHECK enum err act_user_consent(struct call *c, const struct user_consent_in *in,
                                    struct user_ticket_out *out_r);
/* A page of an app that stands by itself asks on in the session by its page key. `body` is a form:
 * page=KEY and act=state, ticket or logout. Returns ERR_SESSION if the key is not that app's or its
 * session has ended. */
ERR_CHECK enum err act_user_page(struct call *c, const char *body, struct user_ticket_out *out_r);
/* Exchanges a ticket for who the person is, sealed for the app. Returns ERR_USER_TICKET if it is
 * not good; a ticket of another app stays as it is. */
ERR_CHECK enum err act_user_info(struct call *c, const struct user_info_in *in,
                                 struct user_info_out *out_r);

/* Needs the statements of DB_SHOW, as the next. `out_r`: items of struct show_consent. */
ERR_CHECK enum err act_show_consents(struct call *c, struct field_objects *out_r);
ERR_CHECK enum err act_show_consent_revoke(struct call *c, const struct show_consent_revoke_in *in);
/* Keeps a note that information in an authorization is wrong, for its owner. Returns
 * ERR_AUTHZ_UNKNOWN or ERR_AUTHZ_SUBJECT. */
ERR_CHECK enum err act_show_correct(struct call *c, const struct show_correct_in *in,
                                    struct show_correct_out *out_r);

/* --- what the files share --- */

/* The name by which an app knows a person: the same each time, another for each app. */
char *user_id(const struct call *c, const char *app_id, const uint8_t subject_index[SM3_LEN]);
/* Gives the page of `app` a ticket of the person in c->session; `agrees`: the consent is given with
 * it. The result has `next` if return_url is not NULL. */
ERR_CHECK enum err user_hand_out(struct call *c, const struct origin_app *app, bool agrees,
                                 const char *return_url, struct user_ticket_out *out_r);
/* The type of who is in the session: 1 person, 2 legal person. */
int user_type(const struct session *s);
/* Tells the apps that took tickets in the session that it ends, within the caller's transaction. */
ERR_CHECK enum err user_tell_logout(struct db *db, const struct call *c, const struct session *s);
/* The key by which a page of the app asks on in the session, without our cookie. */
char *user_page_key(struct call *c, const char *app_id);

/* The third party whose page stands at `origin`. Returns ERR_ORIGIN if there is none, or more than
 * one. Within a transaction. */
ERR_CHECK enum err user_app_of(struct call *c, const char *origin, struct origin_app *app_r);
/* Returns the enterprises of `list` (a JSON list of name, id_type, id_no; NULL allowed) as subjects
 * that `who` acts for, as JSON text in the call's pool; NULL if there are none that hold. */
const char *user_enterprises(struct call *c, struct json_object *list, const struct subject *who);
/* Returns `return_url` without its fragment and with `fragment` in its place, in `p`. */
char *user_back_to(struct pool *p, const char *return_url, const char *fragment);

#endif
