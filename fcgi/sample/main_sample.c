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
#include "core/store/licence.h"
#include "fcgi/frame/frame.h"

enum { CHUNK = 65536 };

struct fetching {
    struct call *c;
    const struct fetch_in *in;
    const char *number;
    enum err verdict;
    const char *data, *file_name;
};

static enum err look_up(struct db *db, void *arg)
{
    struct fetching *f = arg;
    struct sample_licence licence = {NULL, NULL};
    enum err e = sample_licence_find(db, f->c->w.pool, f->in->class, f->number, &licence);
    if (e != ERR_OK && e != ERR_ABSENT)
        return e;
    f->verdict = e == ERR_OK ? ERR_OK : ERR_NOT_FOUND;
    f->data = licence.data;
    f->file_name = licence.file_name;
    struct callrec rec = call_record_of(f->c, f->verdict);
    return call_enter(db, f->c, &rec);
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
    char hex[2 * SM3_LEN + 1], *chunk = pool_alloc(c->w.pool, CHUNK);
    struct stat st;
    int fd = open(pool_printf(c->w.pool, "%s/%s", c->w.conf->sample_files_dir, name),
                  O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return ERR_NOT_FOUND;
    if (fstat(fd, &st) != 0 || !digest_of(fd, hex, chunk)) {
        (void)close(fd);
        return ERR_STORAGE;
    }
    const char *const headers[] = {
        pool_printf(c->w.pool, "Content-Length: %lld", (long long)st.st_size),
        pool_printf(c->w.pool, "Zwm-Sm3: %s", hex), NULL};
    c->out->head(c, 200, "application/pdf", headers);
    ssize_t n;
    while ((n = read(fd, chunk, CHUNK)) > 0)
        if (!c->out->write(c, chunk, (size_t)n))
            break;
    (void)close(fd);
    return ERR_OK;
}

static enum err send_data(struct call *c, const char *text)
{
    struct json_object *data = json_parse(c->w.pool, text);
    return answer_with(c, data != NULL ? ERR_OK : ERR_STORAGE,
                       &(struct fetch_out){.media_type = "application/json", .data = data});
}

static enum err run_fetch(struct call *c, void *in)
{
    struct fetching f = {.c = c, .in = in};
    f.number = json_get_text(json_get(f.in->record, "sqzt"), "sqztdm", NULL);
    if (strcmp(c->app->app_id, c->w.conf->system) != 0)
        return ERR_NOT_GRANTED;
    if (f.number == NULL)
        return call_fault(c, ERR_FIELD_MISSING, "record.sqzt.sqztdm");
    c->sqbh = f.in->sqbh;
    enum err e = db_transact(c->w.db, look_up, &f);
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
    static const struct handler handlers[] = {{.id = CALL_FETCH, .run = run_fetch}};
    return responder_main(argc, argv, RESPONDER_SAMPLE, handlers,
                          sizeof handlers / sizeof handlers[0]);
}
