/* register: what an operator registers and changes: apps, information services and classes. The
 * rules stand here, so the command and the console have the same. Every act is one transaction: the
 * row, the change counter if processes keep the table in memory, and a row of the record of acts
 * that says what was before and after. An act that is refused changes nothing.
 *
 * Uses wire, store. `w` needs pool, conf, kr, db and the time. Strings are borrowed; what is given
 * back lives in the pool. */
#ifndef ZWM_ACT_REGISTER_REGISTER_H
#define ZWM_ACT_REGISTER_REGISTER_H

#include "core/base/jsontext.h"
#include "core/base/work.h"
#include "core/store/admin.h"
#include "core/store/service.h"

/* Why an act is refused: the field at fault, named as in JSON (NULL: none), and a sentence for the
 * operator that says what to do. */
struct refusal {
    const char *field, *why;
};

/* All acts return ERR_OK; ERR_FIELD_INVALID with `r` filled in; or what the store says. ERR_ABSENT:
 * there is no such row; ERR_DUPLICATE: there is one already, and `r` is filled in too. */

/* --- apps --- */

/* Members of `app` as in the row; `status` is not looked at. */
ERR_CHECK enum err act_app_add(const struct work *w, const struct app_entry *app,
                               struct refusal *r);
/* Registers an app of our own that has no key, so nobody calls as it. Returns ERR_DUPLICATE if it is
 * there. */
ERR_CHECK enum err act_app_add_own(const struct work *w, const struct app_entry *app);

/* NULL, and -1 of the rate: stays as it is. Empty text, and a rate of 0: none, the setting. */
struct app_edit {
    const char *name, *uscc, *channel, *allow_list;
    int64_t rate_per_sec;
};
ERR_CHECK enum err act_app_edit(const struct work *w, const char *app_id,
                                const struct app_edit *edit, struct refusal *r);

/* Suspends, resumes, or removes for good: a removed app is unknown to every caller, its row is kept
 * for what it has done, and its identifier is not given again. */
ERR_CHECK enum err act_app_set_status(const struct work *w, const char *app_id,
                                      enum app_status status, struct refusal *r);

enum { APP_OVERLAP_MOST_SEC = 30 * 86400 };
/* Takes the new key out of a proof of possession (key_proof.h). The key before it is accepted for
 * `overlap_sec` seconds more, 0: not at all. */
ERR_CHECK enum err act_app_key(const struct work *w, const char *app_id, const char *proof,
                               size_t proof_len, int64_t overlap_sec, struct refusal *r);

/* An app with the keys that it has had, newest first. */
ERR_CHECK enum err act_app_show(const struct work *w, const char *app_id, struct app_entry *app_r,
                                struct app_spki **keys_r, size_t *keys_n_r);

/* The app as JSON, for people and for the record: keys as their fingerprints. Pool-owned. */
struct json_object *act_app_object(struct pool *p, const struct app_entry *app);
/* SM3 of the DER SubjectPublicKeyInfo, 64 hexadecimal digits; NULL for no key. */
const char *act_key_fingerprint(struct pool *p, const uint8_t *spki, size_t len);

/* --- information services --- */

ERR_CHECK enum err act_service_add(const struct work *w, const struct service_entry *s,
                                   struct refusal *r);
/* NULL members stay as they are, 0 of the status too. */
ERR_CHECK enum err act_service_edit(const struct work *w, const struct service_entry *edit,
                                    struct refusal *r);
/* Refused while it holds classes. */
ERR_CHECK enum err act_service_remove(const struct work *w, const char *service_id,
                                      struct refusal *r);
ERR_CHECK enum err act_service_show(const struct work *w, const char *service_id,
                                    struct service_entry *s_r);
struct json_object *act_service_object(struct pool *p, const struct service_entry *s);

/* --- information classes --- */

/* `new_service` (NULL: none) is the service that holds it, to be registered with it: if the service
 * is there already, with the same address it is left alone, with another the act is refused, since
 * that would move all of its classes. */
ERR_CHECK enum err act_class_add(const struct work *w, const struct class_entry *c,
                                 const struct service_entry *new_service, struct refusal *r);
/* NULL members stay as they are. */
ERR_CHECK enum err act_class_edit(const struct work *w, const struct class_entry *edit,
                                  struct refusal *r);
ERR_CHECK enum err act_class_remove(const struct work *w, const char *class, struct refusal *r);
ERR_CHECK enum err act_class_show(const struct work *w, const char *class, struct class_entry *c_r);
struct json_object *act_class_object(struct pool *p, const struct class_entry *c);

#endif
