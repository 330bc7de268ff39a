#include "core/store/pickup.h"

#include <string.h>

enum err pickup_begin(struct db *db, struct pool *p, struct pickup *u)
{
    struct db_rows rows;
    enum err e = db_query(
        db, p, STMT_PICKUP_COUNT,
        (struct db_param[]){DB_INT(u->day), DB_BYTES(u->ticket_hash, 32), DB_STR(u->class)}, &rows);
    if (e != ERR_OK)
        return e;
    if (rows.cell[1].i >= PICKUP_MOST)
        return ERR_PICKED_UP;
    u->attempt = rows.cell[0].i + 1;
    e = db_exec(db, STMT_PICKUP_INSERT,
                (struct db_param[]){DB_INT(u->day), DB_BYTES(u->ticket_hash, 32), DB_STR(u->class),
                                    DB_INT(u->attempt), DB_STR(u->app_id), DB_INT(u->at_ms),
                                    DB_INT(u->as_file)},
                NULL);
    return e == ERR_DUPLICATE ? ERR_BUSY : e;
}

enum err pickup_end(struct db *db, const struct pickup *u, enum pickup_state state, int64_t size,
                    const uint8_t *sm3)
{
    return db_exec(db, STMT_PICKUP_END,
                   (struct db_param[]){DB_INT(state), sm3 != NULL ? DB_INT(size) : DB_NULL,
                                       DB_BYTES(sm3, 32), DB_INT(u->day),
                                       DB_BYTES(u->ticket_hash, 32), DB_STR(u->class),
                                       DB_INT(u->attempt)},
                   NULL);
}

enum err info_class_service(struct db *db, struct pool *p, const char *class,
                            struct info_service *s_r)
{
    struct db_rows rows;
    enum err e = db_query(db, p, STMT_CLASS_SERVICE, (struct db_param[]){DB_STR(class)}, &rows);
    if (e != ERR_OK)
        return e;
    if (rows.n == 0)
        return ERR_ABSENT;
    const struct db_cell *c = rows.cell;
    *s_r = (struct info_service){.service_id = (const char *)c[0].p,
                                 .name = (const char *)c[1].p,
                                 .base_url = (const char *)c[2].p,
                                 .active = c[3].i == 1};
    return ERR_OK;
}

enum err file_handle_insert(struct db *db, const struct file_handle *h)
{
    const struct db_param params[] = {DB_INT(h->day),
                                      DB_BYTES(h->hash, 32),
                                      DB_STR(h->app_id),
                                      DB_STR(h->media_type),
                                      DB_INT(h->size),
                                      DB_INT(h->expires_at),
                                      h->authz_digest != NULL ? DB_INT(h->authz_day) : DB_NULL,
                                      DB_BYTES(h->authz_digest, 32),
                                      DB_STR(h->peer)};
    return db_exec(db, STMT_HANDLE_INSERT, params, NULL);
}

enum err file_handle_find(struct db *db, struct pool *p, const uint8_t hash[32], int64_t now_sec,
                          struct file_handle *h_r)
{
    struct db_rows rows;
    int32_t day = (int32_t)(now_sec / 86400);
    enum err e =
        db_query(db, p, STMT_HANDLE_FIND,
                 (struct db_param[]){DB_INT(day - 1), DB_INT(day + 2), DB_BYTES(hash, 32)}, &rows);
    if (e != ERR_OK)
        return e;
    if (rows.n == 0)
        return ERR_ABSENT;
    const struct db_cell *c = rows.cell;
    *h_r = (struct file_handle){.day = (int32_t)c[0].i,
                                .app_id = (const char *)c[1].p,
                                .media_type = (const char *)c[2].p,
                                .size = c[3].i,
                                .claimed = c[4].i,
                                .expires_at = c[5].i,
                                .peer = c[6].null ? NULL : (const char *)c[6].p,
                                .revoked = !c[7].null && c[7].i == 3};
    memcpy(h_r->hash, hash, 32);
    return ERR_OK;
}

enum err file_handle_claim(struct db *db, const struct file_handle *h, int64_t len, bool *won_r)
{
    uint64_t affected = 0;
    enum err e =
        db_exec(db, STMT_HANDLE_CLAIM,
                (struct db_param[]){DB_INT(len), DB_INT(h->day), DB_BYTES(h->hash, 32)}, &affected);
    *won_r = affected == 1;
    return e;
}

enum err file_handle_give_back(struct db *db, const struct file_handle *h, int64_t len)
{
    return db_exec(db, STMT_HANDLE_GIVE_BACK,
                   (struct db_param[]){DB_INT(len), DB_INT(h->day), DB_BYTES(h->hash, 32)}, NULL);
}
