#include "core/store/pickup.h"

#include <string.h>

#include "core/store/columns.h"

/* --- columns --- */

struct tries {
    int64_t last, counted;
};
static const struct row_column of_tries[] = {
    COL_INT(struct tries, last),
    COL_INT(struct tries, counted),
};
const struct row_columns pickup_count_columns = ROW_COLUMNS(struct tries, of_tries, NULL);

static const struct row_column of_service[] = {
    COL_TEXT(struct info_service, service_id),
    COL_TEXT(struct info_service, name),
    COL_TEXT(struct info_service, base_url),
    COL_FLAG(struct info_service, active),
};
const struct row_columns info_service_columns = ROW_COLUMNS(struct info_service, of_service, NULL);

static const struct row_column of_handle[] = {
    COL_INT(struct file_handle, day),         COL_TEXT(struct file_handle, app_id),
    COL_TEXT(struct file_handle, media_type), COL_INT(struct file_handle, size),
    COL_INT(struct file_handle, claimed),     COL_INT(struct file_handle, expires_at),
    COL_TEXT(struct file_handle, peer),       COL_FLAG(struct file_handle, revoked),
};
const struct row_columns file_handle_columns = ROW_COLUMNS(struct file_handle, of_handle, NULL);

/* --- functions --- */

enum err pickup_begin(struct db *db, struct pool *p, struct pickup *u)
{
    struct tries tries;
    enum err e =
        db_find(db, NULL, p, STMT_PICKUP_COUNT,
                (struct db_param[]){DB_INT(u->day), DB_BYTES(u->ticket_hash, 32), DB_STR(u->class)},
                DB_INTO(&tries));
    if (e != ERR_OK)
        return e;
    if (tries.counted >= PICKUP_MOST)
        return ERR_PICKED_UP;
    u->attempt = tries.last + 1;
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
    return db_find(db, NULL, p, STMT_CLASS_SERVICE, (struct db_param[]){DB_STR(class)},
                   DB_INTO(s_r));
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
    int32_t day = (int32_t)(now_sec / 86400);
    *h_r = (struct file_handle){0};
    memcpy(h_r->hash, hash, 32);
    return db_find(db, NULL, p, STMT_HANDLE_FIND,
                   (struct db_param[]){DB_INT(day - 1), DB_INT(day + 2), DB_BYTES(hash, 32)},
                   DB_INTO(h_r));
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
