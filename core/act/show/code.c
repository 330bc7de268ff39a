/* The code on show. */
#include <string.h>

#include "core/act/issue.h"
#include "core/act/show/show.h"
#include "core/base/clock.h"
#include "core/base/text.h"
#include "core/code/mask.h"
#include "core/code/record.h"
#include "core/code/symbol.h"
#include "core/net/push.h"
#include "core/store/authz.h"
#include "core/store/ticket.h"

enum { MODULE_PX = 4, ENTERPRISE_ASSURANCE = 3 };

/* What a code says if nobody has chosen: who the person is, and nothing else (GB/T 35273). */
static const char *const identity_only[] = {"identity"};

/* --- names of classes --- */

struct show_known show_known_classes(struct call *c)
{
    struct show_known known = {NULL, 0};
    if (class_list(&c->w, &known.v, &known.n) != ERR_OK)
        known.n = 0;
    return known;
}

struct show_class *show_name_classes(struct call *c, const struct show_known *known,
                                     const char *const *classes, size_t n, enum field_bool chosen)
{
    struct show_class *v = pool_alloc(c->w.pool, (n + 1) * sizeof *v);
    for (size_t i = 0; i < n; i++) {
        v[i] = (struct show_class){.class = classes[i], .name = classes[i], .chosen = chosen};
        if (strcmp(classes[i], identity_only[0]) == 0)
            v[i].name = "身份信息";
        for (size_t k = 0; k < known->n; k++)
            if (strcmp(known->v[k].class, classes[i]) == 0) {
                v[i].name = known->v[k].name;
                v[i].kind = known->v[k].kind;
            }
    }
    return v;
}

static bool is_chosen(const char *const *chosen, size_t n, const char *class)
{
    for (size_t i = 0; i < n; i++)
        if (strcmp(chosen[i], class) == 0)
            return true;
    return false;
}

static const char **chosen_of(const struct call *c, size_t *n_r)
{
    const char *text = c->session->classes;
    struct json_object *o = json_own(c->w.pool, json_object_new_object());
    if (text != NULL)
        (void)json_object_object_add(o, "list", json_tokener_parse(text));
    return json_get_strings(c->w.pool, o, "list", n_r);
}

/* Every class that there is, and which of them are chosen. */
static struct field_objects all_classes(struct call *c)
{
    size_t chosen_n;
    const char **chosen = chosen_of(c, &chosen_n);
    const struct show_known known = show_known_classes(c);
    struct show_class *v = pool_alloc(c->w.pool, (known.n + 1) * sizeof *v);
    for (size_t i = 0; i < known.n; i++)
        v[i] = (struct show_class){
            .class = known.v[i].class,
            .name = known.v[i].name,
            .kind = known.v[i].kind,
            .chosen = is_chosen(chosen, chosen_n, known.v[i].class) ? FIELD_TRUE : FIELD_FALSE};
    return (struct field_objects){v, known.n};
}

/* --- state --- */

struct show_person *show_masked(struct call *c, const char *subject)
{
    struct pool *p = c->w.pool;
    struct show_person *m = pool_alloc(p, sizeof *m);
    const struct json_object *o = json_parse(p, subject);
    *m = (struct show_person){.type = json_get_text(o, "type", "person"),
                              .name = mask_name(p, json_get_text(o, "name", "")),
                              .id_no = mask_number(p, json_get_text(o, "id_no", ""))};
    return m;
}

static struct show_used *describe_use(struct call *c, const struct authz *a,
                                      const struct callrec_use *use)
{
    struct pool *p = c->w.pool;
    const char *name = use->app_name != NULL ? use->app_name : use->app_id;
    const struct json_object *detail = use->detail != NULL ? json_parse(p, use->detail) : NULL;
    struct show_used *used = pool_alloc(p, sizeof *used);
    size_t n;
    const char **classes = json_get_strings(p, json_parse(p, a->record), "xxlb", &n);
    const struct show_known known = show_known_classes(c);
    const struct show_class *named = show_name_classes(c, &known, classes, n, FIELD_TRUE);
    for (size_t i = 0; i < n; i++)
        classes[i] = named[i].name;
    *used = (struct show_used){.org_name =
                                   json_get_text(json_get(detail, "requester"), "org_name", name),
                               .purpose = json_get_text(detail, "purpose", ""),
                               .at = {true, use->at_ms / 1000},
                               .classes = {classes, n}};
    return used;
}

/* Finds who used the code: the last verification that succeeded. */
static enum err find_use(struct call *c, const struct authz *a, struct show_code_state *s)
{
    struct callrec_use *uses;
    size_t n;
    int32_t from = clock_day(a->issued_at - c->w.conf->call_window_sec);
    enum err e = callrec_uses(c->w.db, c->w.kr, c->w.pool, a->sqbh, from, &uses, &n);
    for (size_t i = 0; e == ERR_OK && i < n; i++)
        if (uses[i].call == CALL_VERIFY && uses[i].error == ERR_OK) {
            s->used = describe_use(c, a, &uses[i]);
            break;
        }
    return e;
}

static enum err code_state(struct call *c, struct show_code_state **s_r)
{
    const struct session *s = c->session;
    struct authz a;
    if (s->shown_digest == NULL)
        return ERR_OK;
    enum err e = authz_find(c->w.db, c->w.kr, c->w.pool, s->shown_day, s->shown_digest, &a);
    if (e != ERR_OK)
        return e == ERR_ABSENT ? ERR_OK : e;
    struct show_code_state *v = pool_alloc(c->w.pool, sizeof *v);
    char *sqbh = pool_alloc(c->w.pool, SQBH_TEXT_LEN + 1);
    hex_encode(a.sqbh, SQBH_LEN, sqbh);
    *v = (struct show_code_state){.sqbh = sqbh,
                                  .deadline = {true, a.deadline},
                                  .state = a.uses > 0                  ? "used"
                                           : a.state == AUTHZ_REVOKED  ? "revoked"
                                           : a.state == AUTHZ_REPLACED ? "replaced"
                                           : c->w.now_sec > a.deadline ? "expired"
                                                                       : "live"};
    *s_r = v;
    return a.uses > 0 ? find_use(c, &a, v) : ERR_OK;
}

static struct json_object *enterprise_list(const struct call *c, const struct session *s)
{
    return s->enterprises != NULL ? json_parse(c->w.pool, s->enterprises) : NULL;
}

static struct field_objects enterprises_of(struct call *c, const struct session *s)
{
    struct json_object *list = enterprise_list(c, s);
    size_t n = list != NULL ? json_object_array_length(list) : 0;
    struct show_enterprise *v = pool_alloc(c->w.pool, (n + 1) * sizeof *v);
    for (size_t i = 0; i < n; i++) {
        const char *text = json_to_text(c->w.pool, json_object_array_get_idx(list, i));
        const struct show_person *m = show_masked(c, text);
        v[i] = (struct show_enterprise){{true, (int64_t)i}, m->name, m->id_no};
    }
    return (struct field_objects){v, n};
}

enum err act_show_state(struct call *c, struct show_state *out)
{
    const struct session *s = c->session;
    struct pool *p = c->w.pool;
    char *no = pool_alloc(p, 2 * SESSION_NO_LEN + 1);
    hex_encode(s->session_no, SESSION_NO_LEN, no);
    *out = (struct show_state){
        .system_name = c->w.conf->system_name,
        .session_no = no,
        .events = pool_printf(p, "/show/events/%s", push_channel(c->w.kr, p, s->session_no)),
        .return_url = s->return_url,
        .embed_origin = s->embed_origin,
        .person = show_masked(c, s->subject),
        .classes = all_classes(c),
        .now_ms = {true, c->w.now_ms},
        .ends_at = {true, s->ends_at},
        .idle_sec = {true, c->w.conf->show_idle_sec}};
    out->enterprises = enterprises_of(c, s);
    if (s->acting != NULL)
        out->acting = show_masked(c, s->acting);
    enum err e = code_state(c, &out->code);
    db_rollback(c->w.db);
    return e;
}

/* --- issuing --- */

enum err show_kill_code(struct db *db, const struct call *c, const struct session *held)
{
    if (held->shown_sqbh == NULL)
        return ERR_OK;
    struct authz_key key;
    enum err e = authz_by_sqbh(db, c->w.pool, held->shown_sqbh, &key);
    if (e == ERR_OK)
        e = authz_end_unused(db, key.day, key.digest);
    return e == ERR_ABSENT ? ERR_OK : e;
}

struct showing {
    const struct call *c;
    uint8_t sqbh[SQBH_LEN], digest[SM3_LEN];
    int32_t day;
    enum err verdict;
};

/* Puts a new code on show. Calls that come at once do not see each other's codes while they issue,
 * and a session can end meanwhile: so the code that is on show by now dies, and a new one dies
 * unseen if its session has ended. */
static enum err put_on_show(struct db *db, void *arg)
{
    struct showing *v = arg;
    const uint8_t *no = v->c->session->session_no;
    struct session held;
    enum err e = session_hold(db, v->c->w.pool, no, &held);
    if (e != ERR_OK && e != ERR_ABSENT)
        return e;
    bool is_open = e == ERR_OK && held.state == SESSION_OPEN;
    v->verdict = is_open ? ERR_OK : ERR_SESSION;
    if (!is_open)
        return authz_end_unused(db, v->day, v->digest);
    e = show_kill_code(db, v->c, &held);
    return e == ERR_OK ? session_show(db, no, v->sqbh, v->day, v->digest) : e;
}

static const char *type_for(const struct subject *s)
{
    bool enterprise = strcmp(s->type, "enterprise") == 0;
    return enterprise && s->agent != NULL && s->assurance.v >= ENTERPRISE_ASSURANCE ? "QYM1"
                                                                                    : "ZWM1";
}

/* Issues in place of the code on show, which dies if it was not used. One that cannot be replaced,
 * because it was another subject's, is left to its deadline: it was ended when the person changed.
 */
static enum err issue(struct call *c, struct subject *who, struct issue_out *issued)
{
    size_t n;
    const char **chosen = chosen_of(c, &n);
    struct call as = show_call_as(c, CALL_ISSUE);
    char *old = NULL;
    if (c->session->shown_sqbh != NULL) {
        old = pool_alloc(c->w.pool, SQBH_TEXT_LEN + 1);
        hex_encode(c->session->shown_sqbh, SQBH_LEN, old);
    }
    struct issue_in in = {.code_type = type_for(who),
                          .channel = c->session->channel,
                          .subject = who,
                          .xxlb = {chosen, n},
                          .replaces = old};
    if (n == 0)
        in.xxlb = (struct field_strings){(const char **)(uintptr_t)identity_only, 1};
    enum err e = act_issue(&as, &in, issued);
    c->detail = as.detail;
    c->sqbh = as.sqbh;
    return e;
}

static enum err draw(struct call *c, const char *text, const char *symbology, const char **svg_r)
{
    enum symbol_kind kind = SYMBOL_QR;
    struct symbol symbol;
    struct buf b;
    enum err e = symbology != NULL ? symbol_kind_by_name(symbology, &kind) : ERR_OK;
    if (e == ERR_OK)
        e = symbol_make(c->w.pool, kind, text, &symbol);
    if (e != ERR_OK)
        return ERR_BUSY;
    buf_init(&b, c->w.pool);
    symbol_write_svg_logo(&b, &symbol, MODULE_PX, kind == SYMBOL_QR);
    *svg_r = b.data;
    return ERR_OK;
}

enum err act_show_code(struct call *c, const struct show_code_in *in, struct show_code_out *out)
{
    struct subject *who;
    struct issue_out issued;
    struct buf jcs;
    struct showing v = {.c = c};
    if (in->scene != NULL && *in->scene != '\0')
        return call_fault(c, ERR_FIELD_INVALID, "scene"); /* there is none but the general one */
    enum err e = show_subject(c, &who);
    if (e == ERR_OK)
        e = issue(c, who, &issued);
    if (e != ERR_OK)
        return e;
    buf_init(&jcs, c->w.pool);
    v.day = clock_day(issued.deadline.v);
    e = record_digest(issued.record, &jcs, v.digest);
    if (e == ERR_OK)
        e = hex_decode(issued.sqbh, SQBH_TEXT_LEN, v.sqbh, SQBH_LEN);
    if (e == ERR_OK)
        e = db_transact(c->w.db, put_on_show, &v);
    if (e != ERR_OK || v.verdict != ERR_OK)
        return e != ERR_OK ? e : v.verdict;
    *out = (struct show_code_out){.sqbh = issued.sqbh,
                                  .code_type = type_for(who),
                                  .issued_at = issued.issued_at,
                                  .deadline = issued.deadline,
                                  .refresh_after_sec = issued.refresh_after_sec,
                                  .now_ms = {true, c->w.now_ms}};
    return draw(c, issued.code, in->symbology, &out->svg);
}

static enum err hide(struct db *db, void *arg)
{
    const struct call *c = arg;
    struct session held;
    enum err e = session_hold(db, c->w.pool, c->session->session_no, &held);
    if (e == ERR_OK)
        e = show_kill_code(db, c, &held);
    if (e == ERR_OK)
        e = session_show(db, c->session->session_no, NULL, 0, NULL);
    return e == ERR_ABSENT ? ERR_OK : e;
}

enum err act_show_hide(struct call *c)
{
    return db_transact(c->w.db, hide, c);
}

/* --- choosing --- */

struct choosing {
    struct call *c;
    const char *classes, *acting;
    bool changes; /* for whom the person acts */
};

/* Reads the wish for whom to act. Returns ERR_FIELD_INVALID if there is no such enterprise. */
static enum err choose_acting(struct choosing *v, const struct field_int *wish)
{
    struct call *c = v->c;
    const struct session *s = c->session;
    v->acting = s->acting;
    if (!wish->set)
        return ERR_OK;
    struct json_object *list = enterprise_list(c, s);
    int64_t n = list != NULL ? (int64_t)json_object_array_length(list) : 0;
    if (wish->v >= n)
        return call_fault(c, ERR_FIELD_INVALID, "acting");
    v->acting = wish->v >= 0
                    ? json_to_text(c->w.pool, json_object_array_get_idx(list, (size_t)wish->v))
                    : NULL;
    v->changes = (v->acting == NULL) != (s->acting == NULL) ||
                 (v->acting != NULL && strcmp(v->acting, s->acting) != 0);
    return ERR_OK;
}

static enum err choose(struct db *db, void *arg)
{
    const struct choosing *v = arg;
    struct call *c = v->c;
    enum err e = v->changes ? hide(db, c) : ERR_OK; /* a code is of one subject */
    if (e == ERR_OK && v->changes)
        e = ticket_drop_unused(db, c->session->session_no);
    return e == ERR_OK ? session_choose(db, c->w.kr, c->w.pool, c->session->session_no, v->classes,
                                        v->acting)
                       : e;
}

enum err act_show_choose(struct call *c, const struct show_choose_in *in, struct show_state *out)
{
    struct choosing v = {.c = c};
    struct class_entry *known = NULL;
    size_t n = 0;
    enum err e = call_check_distinct(c, &in->classes, "classes");
    if (e == ERR_OK)
        e = class_list(&c->w, &known, &n);
    for (size_t i = 0; e == ERR_OK && i < in->classes.n; i++) {
        bool there = false;
        for (size_t k = 0; k < n && !there; k++)
            there = strcmp(known[k].class, in->classes.v[i]) == 0;
        if (!there)
            e = call_fault(c, ERR_FIELD_INVALID, pool_printf(c->w.pool, "classes[%zu]", i));
    }
    if (e != ERR_OK)
        return e;
    e = choose_acting(&v, &in->acting);
    if (e != ERR_OK)
        return e;
    v.classes = json_to_text(c->w.pool, json_strings(c->w.pool, in->classes.v, in->classes.n));
    e = db_transact(c->w.db, choose, &v);
    if (e != ERR_OK)
        return e;
    struct session *s = pool_memdup(c->w.pool, c->session, sizeof *s);
    s->classes = v.classes;
    s->acting = v.acting;
    if (v.changes)
        s->shown_digest = s->shown_sqbh = NULL;
    c->session = s;
    return act_show_state(c, out);
}
