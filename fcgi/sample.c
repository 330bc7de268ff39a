/* sample: the sample information service (design 8), POST /service/sample/fetch: licences in
 * MariaDB, PDF files on disk. It stands for what a department runs; it shares the frame of the
 * responders and nothing of the code system's data.
 *
 * In:   fetch_in (core/wire/calls.h), signed by the code system. Out: fetch_out, or the file's
 * bytes with Zwm-Sm3. Statements: SAMPLE_LICENCE, CALL_INSERT (the nonce). */
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/text.h"
#include "fcgi/responder.h"

enum { CHUNK = 65536 };

struct fetching {
    struct call *c;
    const struct fetch_in *in;
    const char *number;
    enum err verdict;
    const char *data, *file_name;
};

static const char *subject_number(struct json_object *record)
{
    struct json_object *o = NULL, *v = NULL;
    if (!json_object_object_get_ex(record, "sqzt", &o) ||
        !json_object_object_get_ex(o, "sqztdm", &v))
        return NULL;
    return json_object_get_string(v);
}

static enum err look_up(struct db *db, void *arg)
{
    struct fetching *f = arg;
    struct db_rows rows;
    enum err e = db_query(db, f->c->pool, STMT_SAMPLE_LICENCE,
                          (struct db_param[]){DB_STR(f->in->class), DB_STR(f->number)}, &rows);
    if (e != ERR_OK)
        return e;
    f->verdict = rows.n == 1 ? ERR_OK : ERR_NOT_FOUND;
    if (rows.n == 1) {
        f->data = (const char *)rows.cell[1].p;
        f->file_name = rows.cell[2].null ? NULL : (const char *)rows.cell[2].p;
    }
    struct callrec rec = call_record_of(f->c, f->verdict);
    return callrec_insert(db, f->c->kr, f->c->pool, &rec, f->c->conf->call_window_sec);
}

static bool digest_of(int fd, char hex[2 * SM3_LEN + 1], char *chunk)
{
    uint8_t digest[SM3_LEN];
    struct sm3_ctx *ctx = sm3_new();
    ssize_t n;
    while ((n = read(fd, chunk, CHUNK)) > 0)
        sm3_update(ctx, chunk, (size_t)n);
    sm3_final(&ctx, digest);
    hex_encode(digest, SM3_LEN, hex);
    return n == 0 && lseek(fd, 0, SEEK_SET) == 0;
}

static enum err send_file(struct call *c, const char *name)
{
    char hex[2 * SM3_LEN + 1], *chunk = pool_alloc(c->pool, CHUNK);
    struct stat st;
    int fd =
        open(pool_printf(c->pool, "%s/%s", c->conf->sample_files_dir, name), O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return ERR_NOT_FOUND;
    if (fstat(fd, &st) != 0 || !digest_of(fd, hex, chunk)) {
        (void)close(fd);
        return ERR_STORAGE;
    }
    FCGX_FPrintF(c->fcgx->out,
                 "Status: 200\r\nContent-Type: application/pdf\r\nContent-Length: %ld\r\nZwm-Sm3: "
                 "%s\r\n\r\n",
                 (long)st.st_size, hex);
    ssize_t n;
    while ((n = read(fd, chunk, CHUNK)) > 0)
        if (FCGX_PutStr(chunk, (int)n, c->fcgx->out) != n)
            break;
    (void)close(fd);
    c->status = 200;
    return ERR_OK;
}

static enum err send_data(struct call *c, const char *text)
{
    struct json_object *data = json_tokener_parse(text);
    if (data == NULL)
        return ERR_STORAGE;
    call_answer(c, &(struct fetch_out){.media_type = "application/json", .data = data});
    json_object_put(data);
    return ERR_OK;
}

static enum err run_fetch(struct call *c)
{
    struct fetching f = {.c = c, .in = c->in};
    f.number = subject_number(f.in->record);
    if (strcmp(c->app->app_id, c->conf->system) != 0)
        return ERR_NOT_GRANTED;
    if (f.number == NULL) {
        c->detail = "record.sqzt.sqztdm";
        return ERR_FIELD_MISSING;
    }
    c->sqbh = f.in->sqbh;
    enum err e = db_transact(c->db, look_up, &f);
    if (e == ERR_OK)
        e = f.verdict;
    if (e != ERR_OK)
        return e;
    if (strcmp(f.in->as, "data") == 0)
        return send_data(c, f.data);
    return f.file_name != NULL ? send_file(c, f.file_name) : ERR_NOT_FOUND;
}

int main(int argc, char **argv)
{
    static const struct handler handlers[] = {{.id = CALL_FETCH, .raw = run_fetch}};
    return responder_main(argc, argv, "zwm-sample", DB_SAMPLE, handlers,
                          sizeof handlers / sizeof handlers[0]);
}
