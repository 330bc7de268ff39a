#include "core/act/registry/registry.h"

#include <string.h>

#include "core/act/registry/registry_int.h"
#include "core/base/jsontext.h"
#include "core/crypto/keyring.h"
#include "core/store/audit.h"

bool registry_is_here(const struct conf *conf)
{
    return *conf->registry_url == '\0';
}

enum err registry_pinned_key(const struct conf *conf, const struct keyring *kr,
                             struct sm2_key **key_r)
{
    struct pool *p = pool_new(false);
    char *text = pool_alloc(p, 4096);
    enum err e;
    if (registry_is_here(conf)) {
        uint8_t *der;
        size_t len;
        sm2_key_spki(keyring_system_key(kr), p, &der, &len);
        e = sm2_key_from_spki(der, len, key_r);
    } else {
        FILE *f = fopen(conf->registry_key_file, "re");
        size_t len = f != NULL ? fread(text, 1, 4095, f) : 0;
        if (f != NULL)
            (void)fclose(f);
        e = sm2_key_from_public_text(text, len, key_r);
    }
    pool_destroy(&p);
    return e;
}

/* --- the list in force --- */

enum err registry_list(struct registry *r, int64_t at_sec, struct trust_row *row_r,
                       struct trust **t_r)
{
    const struct work *w = r->w;
    struct sm2_key *key = NULL;
    const char *why = "";
    *t_r = NULL;
    enum err e = at_sec > 0 ? trust_row_at(w->db, w->pool, at_sec, row_r)
                            : trust_row_latest(w->db, w->pool, 0, row_r);
    db_rollback(w->db);
    if (e != ERR_OK)
        return e;
    if (registry_pinned_key(w->conf, w->kr, &key) != ERR_OK)
        return registry_doubt(r, pool_printf(w->pool, "%s holds no public key of the registry",
                                             w->conf->registry_key_file));
    e = trust_read(row_r->body, row_r->body_len, key, t_r, &why);
    sm2_key_free(&key);
    if (e != ERR_OK)
        return registry_doubt(r, pool_printf(w->pool,
                                             "the stored list, version %lld, does not hold: %s",
                                             (long long)row_r->version, why));
    return ERR_OK;
}

/* --- what the files of registry share --- */

enum err registry_check_dates(struct registry *r, int64_t issued_at, int64_t expires_at)
{
    const struct conf *conf = r->w->conf;
    if (issued_at > r->w->now_sec + conf->call_window_sec)
        return registry_doubt(r, "it was issued in the future");
    if (expires_at - issued_at > conf->trust_ttl_most_sec)
        return registry_doubt(r, pool_printf(r->w->pool,
                                             "it is valid for longer than trust_ttl_most_sec, %lld "
                                             "seconds",
                                             (long long)conf->trust_ttl_most_sec));
    return ERR_OK;
}

enum err registry_audit(struct registry *r, struct db *db, const char *action, const char *system,
                        const char *application_no, int64_t version)
{
    struct json_object *o = json_own(r->w->pool, json_object_new_object());
    if (system != NULL)
        (void)json_object_object_add(o, "system", json_object_new_string(system));
    if (application_no != NULL)
        (void)json_object_object_add(o, "application_no", json_object_new_string(application_no));
    if (version > 0)
        (void)json_object_object_add(o, "version", json_object_new_int64(version));
    return audit_append(db, r->w->kr, r->w->pool, r->w->now_sec, action,
                        json_to_text(r->w->pool, o));
}
