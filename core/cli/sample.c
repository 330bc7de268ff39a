/* sample: the data of the sample information service: invented licences in its table, PDF files on
 * disk. */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "core/base/buf.h"
#include "core/base/jsontext.h"
#include "core/cli/registered.h"

enum {
    PLAN_SIDE = 720
}; /* pixels; an uncompressed plan of 1.5 MB, above what pickup sends inline */

/* --- PDF: one page, some lines, a picture on request (ISO 32000-1, 7.5) --- */

struct pdf {
    struct buf b;
    size_t at[8];
    int n;
};

static void object_begin(struct pdf *d)
{
    d->at[++d->n] = d->b.len;
    buf_printf(&d->b, "%d 0 obj\n", d->n);
}

static void picture(struct pdf *d)
{
    object_begin(d);
    buf_printf(&d->b,
               "<< /Type /XObject /Subtype /Image /Width %d /Height %d /ColorSpace /DeviceRGB "
               "/BitsPerComponent 8 "
               "/Length %d >>\nstream\n",
               PLAN_SIDE, PLAN_SIDE, PLAN_SIDE * PLAN_SIDE * 3);
    for (int y = 0; y < PLAN_SIDE; y++)
        for (int x = 0; x < PLAN_SIDE; x++) {
            bool line = x % 90 < 3 || y % 120 < 3;
            const char rgb[3] = {(char)(line ? 40 : 225 - x / 16), (char)(line ? 60 : 232),
                                 (char)(line ? 90 : 225 - y / 16)};
            buf_put(&d->b, rgb, sizeof rgb);
        }
    buf_puts(&d->b, "\nendstream\nendobj\n");
}

static void page(struct pdf *d, struct pool *p, const char *title, bool with_picture)
{
    struct buf text;
    buf_init(&text, p);
    buf_printf(&text,
               "BT /F1 22 Tf 72 760 Td (SAMPLE LICENCE) Tj 0 -32 Td /F1 13 Tf (%s) Tj 0 -22 Td "
               "(Invented by the sample information service; of no legal effect.) Tj ET\n",
               title);
    if (with_picture)
        buf_puts(&text, "q 432 0 0 432 72 230 cm /P1 Do Q\n");
    object_begin(d);
    buf_puts(&d->b, "<< /Type /Catalog /Pages 2 0 R >>\nendobj\n");
    object_begin(d);
    buf_puts(&d->b, "<< /Type /Pages /Kids [3 0 R] /Count 1 >>\nendobj\n");
    object_begin(d);
    buf_printf(&d->b,
               "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << "
               "/Font << /F1 5 0 R >>%s >> >>\nendobj\n",
               with_picture ? " /XObject << /P1 6 0 R >>" : "");
    object_begin(d);
    buf_printf(&d->b, "<< /Length %zu >>\nstream\n%sendstream\nendobj\n", text.len, text.data);
    object_begin(d);
    buf_puts(&d->b, "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>\nendobj\n");
    if (with_picture)
        picture(d);
}

static int write_pdf(struct cli *cli, const char *path, const char *title, bool with_picture)
{
    struct pool *p = pool_new(false);
    struct pdf d = {.n = 0};
    buf_init(&d.b, p);
    buf_puts(&d.b, "%PDF-1.4\n%\xe2\xe3\xcf\xd3\n");
    page(&d, p, title, with_picture);
    size_t xref = d.b.len;
    buf_printf(&d.b, "xref\n0 %d\n0000000000 65535 f \n", d.n + 1);
    for (int i = 1; i <= d.n; i++)
        buf_printf(&d.b, "%010zu 00000 n \n", d.at[i]);
    buf_printf(&d.b, "trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%zu\n%%%%EOF\n", d.n + 1,
               xref);
    FILE *f = fopen(path, "we");
    bool ok = f != NULL && fwrite(d.b.data, 1, d.b.len, f) == d.b.len;
    ok = (f == NULL || fclose(f) == 0) && ok;
    pool_destroy(&p);
    return ok ? CLI_OK : cli_fail(cli, "%s: %s", path, strerror(errno));
}

/* --- licences --- */

/* `number` "*" is anyone: integrators try the interfaces with invented people of their own. */
static int put_licence(struct cli *cli, struct instance *i, struct json_object *class,
                       const char *holder, const char *number, int no)
{
    struct json_object *data = json_object_new_object();
    const char *licence_no = pool_printf(cli->pool, "SAMPLE-2026-%04d", no);
    (void)json_object_object_add(data, "证照名称",
                                 json_object_new_string(json_get_text(class, "name", NULL)));
    (void)json_object_object_add(data, "证照编号", json_object_new_string(licence_no));
    (void)json_object_object_add(data, "持证主体", json_object_new_string(holder));
    (void)json_object_object_add(data, "颁证单位", json_object_new_string("示例机关（虚构）"));
    (void)json_object_object_add(data, "有效期至", json_object_new_string("2036-12-31"));
    enum err e =
        admin_sample_licence_put(&i->work, json_get_text(class, "class", NULL), number, licence_no,
                                 json_to_text(cli->pool, data), json_get_text(class, "file", NULL));
    json_object_put(data);
    return e == ERR_OK ? CLI_OK : cli_store_failed(cli, e);
}

/* The file of a class, if it has one and it is not there: a backup need not hold what can be made
 * again. */
static int put_file(struct cli *cli, const struct instance *i, struct json_object *class)
{
    const char *file = json_get_text(class, "file", NULL);
    if (file == NULL)
        return CLI_OK;
    const char *path = pool_printf(cli->pool, "%s/%s", i->conf.sample_files_dir, file);
    if (access(path, R_OK) == 0)
        return CLI_OK;
    return write_pdf(cli, path, pool_strndup(cli->pool, file, strcspn(file, ".")),
                     strcmp(file, "real-estate-plan.pdf") == 0);
}

static int put_class(struct cli *cli, struct instance *i, struct json_object *seed,
                     struct json_object *class, int no)
{
    struct json_object *service = NULL, *person = NULL, *enterprise = NULL;
    (void)json_object_object_get_ex(seed, "service", &service);
    (void)json_object_object_get_ex(seed, "person", &person);
    (void)json_object_object_get_ex(seed, "enterprise", &enterprise);
    const struct class_entry c = {.class = json_get_text(class, "class", NULL),
                                  .name = json_get_text(class, "name", NULL),
                                  .kind = json_get_text(class, "kind", NULL),
                                  .service_id = json_get_text(service, "service_id", NULL)};
    struct refusal r = {NULL, NULL};
    enum err e = act_class_add(&i->work, &c, NULL, &r);
    int rc = e == ERR_OK ? CLI_OK : registered_refused(cli, e, &r, "class", c.class);
    if (rc == CLI_OK)
        rc = put_licence(cli, i, class, json_get_text(person, "name", NULL),
                         json_get_text(person, "id_no", NULL), no * 10 + 1);
    if (rc == CLI_OK)
        rc = put_licence(cli, i, class, json_get_text(enterprise, "name", NULL),
                         json_get_text(enterprise, "id_no", NULL), no * 10 + 2);
    if (rc == CLI_OK)
        rc = put_licence(cli, i, class, "任何主体（示例）", "*", no * 10);
    return rc;
}

static int make_all(struct cli *cli, struct instance *i, struct json_object *seed,
                    struct json_object *classes, const struct service_entry *service)
{
    struct refusal r = {NULL, NULL};
    enum err e = act_service_add(&i->work, service, &r);
    int rc = e == ERR_OK || e == ERR_DUPLICATE
                 ? CLI_OK
                 : registered_refused(cli, e, &r, "service", service->service_id);
    for (size_t k = 0; rc == CLI_OK && k < json_object_array_length(classes); k++)
        rc = put_class(cli, i, seed, json_object_array_get_idx(classes, k), (int)k + 1);
    return rc;
}

static int read_seed(struct cli *cli, struct json_object **seed_r)
{
    char *text = cli_read_file(
        cli, pool_printf(cli->pool, "%s/sql/seed/sample-subjects.json", cli_share_dir(cli)), 65536,
        NULL);
    *seed_r = text != NULL ? json_parse(cli->pool, text) : NULL;
    if (*seed_r == NULL)
        return text == NULL ? CLI_FAILED : cli_fail(cli, "sample-subjects.json is no JSON");
    return CLI_OK;
}

/* The rows once: a later `zwm init` must not bring back what an operator has changed. The files
 * whenever they are missing and the service is there. */
static int make(struct cli *cli, struct instance *i, struct json_object *seed)
{
    struct json_object *o = NULL, *classes = NULL;
    struct class_entry *list;
    struct service_entry there;
    size_t n = 0;
    if (!json_object_object_get_ex(seed, "service", &o) ||
        !json_object_object_get_ex(seed, "classes", &classes))
        return cli_fail(cli, "sample-subjects.json lacks a member");
    const struct service_entry service = {
        .service_id = json_get_text(o, "service_id", NULL),
        .name = json_get_text(o, "name", NULL),
        .base_url = pool_printf(cli->pool, "%s/service/sample", i->conf.base_url)};
    if (class_list(&i->work, &list, &n) != ERR_OK)
        return cli_fail(cli, "the classes cannot be read");
    int rc = n == 0 ? make_all(cli, i, seed, classes, &service) : CLI_OK;
    if (rc != CLI_OK || act_service_show(&i->work, service.service_id, &there) != ERR_OK)
        return rc;
    for (size_t k = 0; rc == CLI_OK && k < json_object_array_length(classes); k++)
        rc = put_file(cli, i, json_object_array_get_idx(classes, k));
    return rc;
}

int sample_data_make(struct cli *cli, struct instance *i)
{
    struct json_object *seed = NULL;
    int rc = read_seed(cli, &seed);
    return rc == CLI_OK ? make(cli, i, seed) : rc;
}

int sample_people_make(struct cli *cli, const struct conf *conf)
{
    struct json_object *seed = NULL;
    int rc = read_seed(cli, &seed);
    if (rc != CLI_OK)
        return rc;
    const char *path = pool_printf(cli->pool, "%s/people.json", conf->sample_files_dir);
    char *text =
        json_to_text(cli->pool, json_own(cli->pool, json_object_get(json_get(seed, "people"))));
    FILE *f = fopen(path, "we");
    bool written = f != NULL && fputs(text, f) >= 0;
    if (f == NULL || fclose(f) != 0 || !written)
        return cli_fail(cli, "%s: %s", path, strerror(errno));
    return CLI_OK;
}
