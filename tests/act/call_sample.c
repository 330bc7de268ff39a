#include "tests/act/call_sample.h"

#include "core/act/issue.h"
#include "core/base/rand.h"
#include "core/base/text.h"
#include "core/code/code.h"
#include "core/crypto/b64.h"
#include "core/net/trust.h"

/* --- what an act writes --- */

static struct sample_call *of(struct call *c)
{
    return (struct sample_call *)(void *)c;
}

static void write_head(struct call *c, int status, const char *content_type,
                       const char *const *headers)
{
    struct sample_call *s = of(c);
    c->begun = true;
    s->status = status;
    s->content_type = content_type;
    for (size_t i = 0; headers[i] != NULL && i < 7; i++)
        s->headers[i] = pool_strdup(c->w.pool, headers[i]);
}

static bool write_body(struct call *c, const void *data, size_t len)
{
    struct sample_call *s = of(c);
    if (s->body.len + len > s->gone_after)
        return false;
    buf_put(&s->body, data, len);
    return true;
}

static bool flush(struct call *c)
{
    return of(c)->body.len < of(c)->gone_after;
}

static const struct call_out out = {write_head, write_body, flush};

const char *sample_header(const struct sample_call *s, const char *name)
{
    size_t len = strlen(name);
    for (size_t i = 0; s->headers[i] != NULL; i++)
        if (strncmp(s->headers[i], name, len) == 0 && strncmp(s->headers[i] + len, ": ", 2) == 0)
            return s->headers[i] + len + 2;
    return NULL;
}

/* --- calls --- */

struct sample_call *sample_call_new(enum call_id id, enum db_role role,
                                    const struct sample_app *app)
{
    struct sample_call *s = pool_alloc(sample.pool, sizeof *s);
    struct call *c = &s->c;
    char *request_id = pool_alloc(sample.pool, 33);
    c->w = sample_work(role);
    c->row = call_row(id);
    s->rq = (struct request){.method = c->row->method,
                             .target = c->row->path,
                             .content_type = "application/json",
                             .address = "192.0.2.1",
                             .body = "{}",
                             .body_len = 2};
    c->rq = &s->rq;
    c->app = &app->app;
    c->out = &out;
    rand_bytes(c->request_id_bytes, sizeof c->request_id_bytes);
    hex_encode(c->request_id_bytes, sizeof c->request_id_bytes, request_id);
    c->request_id = request_id;
    struct callsig_out signed_call = {.key = app->key,
                                      .app_id = app->app.app_id,
                                      .method = s->rq.method,
                                      .target = s->rq.target,
                                      .to = id == CALL_ROUTE_REGISTER ? sample.conf.system : NULL,
                                      .body = s->rq.body,
                                      .body_len = s->rq.body_len,
                                      .now_sec = sample.now_sec};
    assert_int_equal(callsig_sign(sample.pool, &signed_call), ERR_OK);
    s->rq.authorization = signed_call.header;
    assert_int_equal(callsig_parse(signed_call.header, &c->sig), ERR_OK);
    c->signing_string = signed_call.string;
    sm3(s->rq.body, s->rq.body_len, c->body_sm3);
    buf_init(&s->body, sample.pool);
    s->gone_after = SIZE_MAX;
    return s;
}

int sample_recorded(const struct sample_call *s)
{
    const char *code = sample_value("SELECT error FROM call_record WHERE app_id = '%s' AND nonce ="
                                    " '%s' AND interface = %d",
                                    s->c.app->app_id, s->c.sig.nonce, (int)s->c.row->id);
    return code == NULL ? -1 : (int)err_from_code(strcmp(code, "0") == 0 ? "" : code);
}

int64_t sample_readable(const struct sample_call *s, const char *needle)
{
    return sample_number("SELECT COUNT(*) FROM call_record r LEFT JOIN authz a ON a.digest ="
                         " r.authz_digest WHERE r.nonce = '%s' AND INSTR(CONCAT_WS('|', r.detail,"
                         " r.answer, r.query, a.subject, a.record, a.subject_index), '%s') > 0",
                         s->c.sig.nonce, needle);
}

/* --- subjects --- */

struct subject *sample_person(void)
{
    struct subject *s = pool_alloc(sample.pool, sizeof *s);
    *s = (struct subject){.type = "person",
                          .name = "张示例",
                          .id_type = "111",
                          .id_no = sample_id_no(),
                          .assurance = {true, 3}};
    return s;
}

struct subject *sample_enterprise(void)
{
    struct subject *s = pool_alloc(sample.pool, sizeof *s);
    struct agent *agent = pool_alloc(sample.pool, sizeof *agent);
    *agent = (struct agent){.name = "李经办", .id_type = "111", .id_no = sample_id_no()};
    *s = (struct subject){.type = "enterprise",
                          .name = "示例科技有限公司",
                          .id_type = "98",
                          .id_no = sample_uscc(),
                          .agent = agent,
                          .assurance = {true, 3}};
    return s;
}

/* --- codes --- */

struct issue_in sample_issue_in(struct subject *subject)
{
    static const char *classes[] = {SAMPLE_CLASS, SAMPLE_CLASS2};
    return (struct issue_in){.channel = "01", .subject = subject, .xxlb = {classes, 2}};
}

struct issue_out sample_issue(const struct sample_app *channel, const struct issue_in *in)
{
    struct issue_out o = {.code = NULL};
    struct sample_call *s = sample_call_new(CALL_ISSUE, DB_ISSUE, channel);
    assert_int_equal(act_issue(&s->c, in, &o), ERR_OK);
    return o;
}

const char *sample_foreign_code(enum code_type type, const char *system, const struct sm2_key *key)
{
    struct code code = {.type = type, .deadline = (uint32_t)sample.now_sec + 60};
    char *text = pool_alloc(sample.pool, CODE_TEXT_MAX + 1);
    memcpy(code.identity, sample_bytes(CODE_A_LEN), CODE_A_LEN);
    memcpy(code.digest, sample_bytes(CODE_DIGEST_LEN), CODE_DIGEST_LEN);
    (void)snprintf(code.system, sizeof code.system, "%s", system);
    if (type == CODE_ZWM1)
        memcpy(code.channel, "01", 3);
    code_pack(&code);
    assert_int_equal(sm2_sign(key, code.bytes, code_signed_len(&code), code.sig), ERR_OK);
    code_encode(&code, text);
    return text;
}

struct verify_in sample_verify_in(const char *code)
{
    static struct scanner scanner = {.type = "person", .name = "王窗口", .id_type = "111"};
    scanner.id_no = "999999197808080032";
    return (struct verify_in){.code = code, .purpose = "办理示例事项", .scanner = &scanner};
}

/* --- trust lists --- */

static void free_key(void *arg)
{
    struct sm2_key *key = arg;
    sm2_key_free(&key);
}

struct sm2_key *sample_key_new(void)
{
    struct sm2_key *key = sm2_key_generate();
    pool_on_destroy(sample.pool, free_key, key);
    return key;
}

static void free_trust(void *arg)
{
    struct trust *t = arg;
    trust_release(&t);
}

static void put(struct json_object *o, const char *name, const char *value)
{
    (void)json_object_object_add(o, name, json_object_new_string(value));
}

static struct json_object *item_of(const struct sample_system *s)
{
    struct json_object *o = json_object_new_object(), *types = json_object_new_array();
    uint8_t *der;
    size_t len;
    sm2_key_spki(s->key, sample.pool, &der, &len);
    put(o, "system", s->system);
    put(o, "name", "示例码系统");
    put(o, "base_url", s->base_url != NULL ? s->base_url : "https://127.0.0.1:1");
    put(o, "public_key", b64_encode(sample.pool, der, len));
    (void)json_object_array_add(types, json_object_new_string("ZWM1"));
    if (!s->personal_only)
        (void)json_object_array_add(types, json_object_new_string("QYM1"));
    (void)json_object_object_add(o, "code_types", types);
    put(o, "mode", s->mode != NULL ? s->mode : "direct");
    if (s->parent != NULL)
        put(o, "parent", s->parent);
    put(o, "status", s->suspended ? "suspended" : "active");
    return o;
}

const struct trust *sample_trust(const struct sample_system *systems, size_t n)
{
    const struct sm2_key *self = keyring_system_key(sample.kr);
    const struct sample_system us = {.system = sample.conf.system, .key = self};
    struct json_object *items = json_object_new_array();
    struct trust *t = NULL;
    char *text;
    const char *why = "";
    (void)json_object_array_add(items, item_of(&us));
    for (size_t i = 0; i < n; i++)
        (void)json_object_array_add(items, item_of(&systems[i]));
    assert_int_equal(trust_sign(sample.pool, self, sample.conf.system, 1, sample.now_sec,
                                sample.now_sec + 3600, items, &text),
                     ERR_OK);
    json_object_put(items);
    if (trust_read(text, strlen(text), self, &t, &why) != ERR_OK)
        fail_msg("no trust list: %s", why);
    pool_on_destroy(sample.pool, free_trust, t);
    return t;
}
