/* The sample login: a page of invented people stands in for the identity provider. Settings are
 * refused if it is on and the public address is more than this machine's. */
#include "core/act/user/user.h"

#include <stdio.h>
#include <string.h>

#include "core/base/conf.h"
#include "core/act/subject.h"

enum { FILE_MOST = 65536, SAMPLE_ASSURANCE = 3 };

/* The list in people.json, which `zwm init` has written; NULL if it cannot be read. */
static struct json_object *read_people(const struct call *c)
{
    struct json_object *list = NULL;
    struct pool *p = c->w.pool;
    if (!c->w.conf->sample_login)
        return NULL;
    FILE *f = fopen(pool_printf(p, "%s/people.json", c->w.conf->sample_files_dir), "re");
    char *text = pool_alloc(p, FILE_MOST);
    size_t len = f != NULL ? fread(text, 1, FILE_MOST, f) : 0;
    if (f != NULL)
        (void)fclose(f);
    if (len == FILE_MOST || json_read(p, text, len, &list) != ERR_OK)
        return NULL;
    return json_object_is_type(list, json_type_array) ? list : NULL;
}

struct field_objects sample_people(struct call *c)
{
    struct json_object *list = read_people(c);
    size_t n = list != NULL ? json_object_array_length(list) : 0;
    struct login_person *v = pool_alloc(c->w.pool, (n + 1) * sizeof *v);
    for (size_t i = 0; i < n; i++) {
        const struct json_object *o = json_object_array_get_idx(list, i);
        v[i] = (struct login_person){.id = json_get_text(o, "id", ""),
                                     .name = json_get_text(o, "name", "")};
    }
    return (struct field_objects){v, n};
}

static const struct json_object *find(struct json_object *list, const char *id)
{
    for (size_t i = 0; i < json_object_array_length(list); i++) {
        const struct json_object *o = json_object_array_get_idx(list, i);
        if (strcmp(json_get_text(o, "id", ""), id) == 0)
            return o;
    }
    return NULL;
}

enum err act_login_sample(struct call *c, const struct login_sample_in *in,
                          struct login_sample_out *out)
{
    struct json_object *list = read_people(c);
    if (list == NULL)
        return ERR_NO_INTERFACE;
    const struct json_object *o = find(list, in->id);
    if (o == NULL)
        return call_fault(c, ERR_FIELD_INVALID, "id");
    const struct subject who = {.type = "person",
                                .name = json_get_text(o, "name", ""),
                                .id_type = json_get_text(o, "id_type", ""),
                                .id_no = json_get_text(o, "id_no", ""),
                                .phone = json_get_text(o, "phone", NULL),
                                .assurance = {true, SAMPLE_ASSURANCE}};
    enum err e = subject_check(c, &who, code_type_row(CODE_ZWM1));
    const struct login l = {.who = &who,
                            .enterprises = user_enterprises(c, json_get(o, "enterprises"), &who)};
    *out = (struct login_sample_out){.logged_in = FIELD_TRUE};
    return e == ERR_OK ? user_log_in(c, &l, &out->csrf) : e;
}
