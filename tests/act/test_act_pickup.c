/* pickup: what an information service has is sealed for who may have it, three times at most, and
 * nothing else is given to anybody. */
#include "tests/act/pickup_sample.h"

#include "core/crypto/b64.h"
#include "core/crypto/envelope.h"

/* What the key opens; NULL if it does not. */
static const char *opened(const struct pickup_out *out, const struct sm2_key *key)
{
    const struct envelope env = {out->envelope->key, out->envelope->iv, out->envelope->ciphertext,
                                 out->envelope->mac};
    uint8_t *plain;
    size_t len;
    if (envelope_open(key, &env, sample.pool, &plain, &len) != ERR_OK)
        return NULL;
    assert_int_equal(len, out->size.v);
    return pool_strndup(sample.pool, (const char *)plain, len);
}

static int64_t tries(const char *ticket, enum pickup_state state)
{
    uint8_t hash[SM3_LEN];
    sm3(ticket, strlen(ticket), hash);
    return sample_number("SELECT COUNT(*) FROM pickup WHERE ticket_hash = %s AND state = %d",
                         sample_hex(hash, SM3_LEN), (int)state);
}

static const char licence[] = "{\"media_type\":\"application/json\",\"data\":{\"no\":\"X-1\"}}";

static void data_sealed(void **state)
{
    (void)state;
    const char *class = new_class(NULL);
    struct verify_out v = new_ticket("1", class, NULL);
    struct pickup_out out;
    struct sample_call *s;
    uint8_t digest[SM3_LEN];
    char hex[65];
    say_data(licence);
    assert_int_equal(pick_up_as(third, v.ticket, class, "data", &out, &s), ERR_OK);
    assert_string_equal(out.class, class);
    assert_string_equal(out.source, "示例证照库");
    assert_string_equal(out.media_type, "application/json");
    assert_null(out.file);
    assert_string_equal(opened(&out, third->key), "{\"no\":\"X-1\"}");
    sm3("{\"no\":\"X-1\"}", 12, digest);
    hex_encode(digest, SM3_LEN, hex);
    assert_string_equal(out.sm3, hex);
    assert_null(opened(&out, channel->key)); /* nobody else's key opens it */
    assert_string_equal(s->c.sqbh, v.sqbh);
    assert_int_equal(tries(v.ticket, PICKUP_SERVED), 1);
    assert_int_equal(sample_readable(s, "X-1"), 0);
    assert_int_equal(sample_readable(s, class), 0);
}

/* What the service is sent: signed by us over what it gets, with the record and who asks. */
static void what_the_service_gets(void **state)
{
    (void)state;
    const char *class = new_class(NULL);
    struct verify_out v = new_ticket("1", class, NULL);
    say_data(licence);
    assert_int_equal(pick_up(v.ticket, class, "data"), ERR_OK);
    char *request = pool_strdup(sample.pool, server->request);
    assert_memory_equal(request, "POST /info/fetch HTTP/1.1\r\n", 27);
    const char *body = strstr(request, "\r\n\r\n") + 4;
    char *header = strstr(request, "Authorization: ");
    assert_non_null(header);
    header = pool_strndup(sample.pool, header + 15, strcspn(header + 15, "\r"));
    struct callsig sig;
    struct buf b;
    assert_int_equal(callsig_parse_out(header, &sig), ERR_OK);
    assert_string_equal(sig.app_id, sample.conf.system);
    assert_int_equal(sig.timestamp_sec, SAMPLE_NOON);
    buf_init(&b, sample.pool);
    callsig_string_out(&b, "POST",
                       pool_printf(sample.pool, "http://127.0.0.1:%d/info/fetch", server->port),
                       sig.timestamp, sig.nonce, body, strlen(body));
    assert_true(sm2_verify(keyring_system_key(sample.kr), b.data, b.len, sig.sig));
    struct json_object *o = json_parse(sample.pool, body);
    assert_non_null(o);
    assert_string_equal(json_get_text(o, "sqbh", ""), v.sqbh);
    assert_string_equal(json_get_text(o, "class", ""), class);
    assert_string_equal(json_get_text(o, "as", ""), "data");
    assert_string_equal(json_get_text(json_get(o, "requester"), "uscc", ""), third->app.uscc);
    assert_non_null(json_get(json_get(o, "record"), "sqzt"));
    assert_null(strstr(request, v.ticket + 10)); /* the ticket is not its business */
}

static void three_times(void **state)
{
    (void)state;
    const char *class = new_class(NULL), *other = new_class(NULL);
    struct verify_out v = new_ticket("1", class, other);
    say_data(licence);
    for (int i = 0; i < 3; i++)
        assert_int_equal(pick_up(v.ticket, class, "data"), ERR_OK);
    int asked = server->connections;
    assert_int_equal(pick_up(v.ticket, class, "data"), ERR_PICKED_UP);
    assert_int_equal(server->connections, asked); /* nobody was asked */
    assert_int_equal(pick_up(v.ticket, other, "data"), ERR_OK);
}

static void file_small_and_large(void **state)
{
    (void)state;
    const char *class = new_class(NULL);
    struct verify_out v = new_ticket("4", class, NULL);
    struct pickup_out out;
    const uint8_t *data = sample_bytes((1 << 20) + 1);
    say_file((const uint8_t *)"%PDF-1.7", 8, "application/pdf", NULL);
    assert_int_equal(pick_up_as(third, v.ticket, class, "file", &out, NULL), ERR_OK);
    assert_string_equal(out.media_type, "application/pdf");
    assert_string_equal(opened(&out, third->key), "%PDF-1.7");
    say_file(data, (1 << 20) + 1, "application/pdf", NULL);
    assert_int_equal(pick_up_as(third, v.ticket, class, "file", &out, NULL), ERR_OK);
    assert_null(out.envelope);
    assert_int_equal(strlen(out.file), 43);
    assert_int_equal(out.size.v, (1 << 20) + 1);
    uint8_t hash[SM3_LEN];
    sm3(out.file, 43, hash);
    assert_int_equal(sample_number("SELECT size FROM file_handle WHERE handle_hash = %s",
                                   sample_hex(hash, SM3_LEN)),
                     (1 << 20) + 1);
    assert_int_equal(tries(v.ticket, PICKUP_SERVED), 2);
}

/* The class that the code system answers itself (R2.4). */
static void identity(void **state)
{
    (void)state;
    struct verify_out v = new_ticket("5", "identity", NULL);
    struct pickup_out out;
    assert_int_equal(pick_up_as(third, v.ticket, "identity", "data", &out, NULL), ERR_OK);
    struct json_object *o = json_parse(sample.pool, opened(&out, third->key));
    assert_string_equal(json_get_text(o, "type", ""), "person");
    assert_string_equal(json_get_text(o, "name", ""), "张示例");
    assert_string_equal(json_get_text(o, "id_type", ""), "111");
    assert_int_equal(strlen(json_get_text(o, "id_no", "")), 18);
    assert_int_equal(json_object_get_int(json_get(o, "assurance")), 3);
    assert_string_equal(json_get_text(o, "system", ""), sample.conf.system);
    assert_int_equal(json_object_object_length(o), 6); /* no telephone number */
    assert_int_equal(pick_up(v.ticket, "identity", "file"), ERR_NOT_FOUND);
    assert_int_equal(server->connections, 0);
}

/* --- refusals --- */

static void no_ticket(void **state)
{
    (void)state;
    const char *class = new_class(NULL);
    struct verify_out v = new_ticket("1", class, NULL);
    char *other = pool_strdup(sample.pool, v.ticket);
    other[20] = other[20] == 'A' ? 'B' : 'A';
    const char *rows[] = {"x",
                          other,
                          pool_strndup(sample.pool, v.ticket, 52),
                          pool_printf(sample.pool, "%sA", v.ticket),
                          pool_printf(sample.pool, "%.9s-%s", v.ticket, v.ticket + 10),
                          pool_printf(sample.pool, "251000002.%s", v.ticket + 10)};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (pick_up(rows[i], class, "data") != ERR_TICKET_UNKNOWN)
            fail_msg("known: %s", rows[i]);
    struct pickup_out out; /* nor is it anybody else's */
    assert_int_equal(
        pick_up_as(sample_app_new(APP_THIRD_PARTY, NULL), v.ticket, class, "data", &out, NULL),
        ERR_TICKET_UNKNOWN);
    assert_int_equal(server->connections, 0);
}

static void ticket_in_time(void **state)
{
    (void)state;
    const char *class = new_class(NULL);
    struct verify_out v = new_ticket("1", class, NULL);
    say_data(licence);
    sample_set_clock(v.ticket_expires.v);
    assert_int_equal(pick_up(v.ticket, class, "data"), ERR_OK);
    sample_set_clock(v.ticket_expires.v + 1);
    assert_int_equal(pick_up(v.ticket, class, "data"), ERR_TICKET_EXPIRED);
    sample_set_clock(v.ticket_expires.v + 3 * SAMPLE_DAY);
    assert_int_equal(pick_up(v.ticket, class, "data"), ERR_TICKET_UNKNOWN);
}

static void revoked_since(void **state)
{
    (void)state;
    const char *class = new_class(NULL);
    struct verify_out v = new_ticket("1", class, NULL);
    sample_sql("UPDATE authz SET state = 3 WHERE sqbh = X'%s'", v.sqbh);
    assert_int_equal(pick_up(v.ticket, class, "data"), ERR_CODE_REVOKED);
    assert_int_equal(pick_up(v.ticket, "9.9", "data"), ERR_CODE_REVOKED);
    assert_int_equal(server->connections, 0);
}

/* Nor what the service gives of itself. */
static void file_where_data_was_asked_for(void **state)
{
    (void)state;
    const char *class = new_class(NULL);
    struct verify_out v = new_ticket("5", class, NULL);
    say_file((const uint8_t *)"x", 1, "text/plain", NULL);
    assert_int_equal(pick_up(v.ticket, class, "data"), ERR_OPERATION);
    say_file((const uint8_t *)"x", 1, "application/json", NULL);
    assert_int_equal(pick_up(v.ticket, class, "data"), ERR_OPERATION);
}

static void out_of_scope(void **state)
{
    (void)state;
    static const struct {
        const char *czqx, *as;
        enum err e;
    } rows[] = {
        {NULL, "data", ERR_OK},        {NULL, "file", ERR_OPERATION}, /* read only */
        {"1", "data", ERR_OK},         {"1", "file", ERR_OPERATION},  {"2", "data", ERR_OPERATION},
        {"2", "file", ERR_OPERATION},  {"4", "data", ERR_OPERATION},  {"4", "file", ERR_OK},
        {"5", "data", ERR_OK},         {"5", "file", ERR_OK},         {"8", "data", ERR_OPERATION},
        {"11", "file", ERR_OPERATION}, {"15", "data", ERR_OK},        {"15", "file", ERR_OK},
    };
    const char *class = new_class(NULL);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct verify_out v = new_ticket(rows[i].czqx, class, NULL);
        if (strcmp(rows[i].as, "file") == 0)
            say_file((const uint8_t *)"x", 1, "text/plain", NULL);
        else
            say_data(licence);
        if (pick_up(v.ticket, class, rows[i].as) != rows[i].e)
            fail_msg("czqx %s, %s", rows[i].czqx, rows[i].as);
    }
    struct verify_out v = new_ticket("15", class, NULL);
    const char *others[] = {new_class(NULL), "identity", pool_printf(sample.pool, "%s1", class),
                            pool_strndup(sample.pool, class, strlen(class) - 1)};
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(pick_up(v.ticket, others[i], "data"), ERR_CLASS_NOT_AUTHORIZED);
    assert_int_equal(tries(v.ticket, PICKUP_BEGUN), 0);
}

static void nobody_has_it(void **state)
{
    (void)state;
    const char *class = new_class(NULL);
    struct verify_out v = new_ticket("1", "1.2.nobody", class);
    assert_int_equal(pick_up(v.ticket, "1.2.nobody", "data"), ERR_NOT_FOUND);
    sample_sql("UPDATE info_service SET status = 2 WHERE service_id = (SELECT service_id FROM"
               " info_class WHERE class = '%s')",
               class);
    assert_int_equal(pick_up(v.ticket, class, "data"), ERR_SERVICE_UNAVAILABLE);
    assert_int_equal(server->connections, 0);
}

static void no_key_to_seal_for(void **state)
{
    (void)state;
    const char *class = new_class(NULL);
    struct verify_out v = new_ticket("1", class, NULL);
    struct pickup_out out;
    struct sample_app listed = *third; /* known by its address alone */
    struct sample_call *s = sample_call_new(CALL_PICKUP, DB_PICKUP, third);
    const struct pickup_in in = {v.ticket, class, "data"};
    listed.app.key = NULL;
    s->c.app = &listed.app;
    assert_int_equal(act_pickup(&s->c, &in, &out), ERR_OPERATION);
    assert_int_equal(sample_recorded(s), ERR_OPERATION);
}

static void sent_twice(void **state)
{
    (void)state;
    const char *class = new_class(NULL);
    struct verify_out v = new_ticket("1", class, NULL);
    struct pickup_out out;
    struct sample_call *s;
    const struct pickup_in in = {v.ticket, class, "data"};
    say_data(licence);
    assert_int_equal(pick_up_as(third, v.ticket, class, "data", &out, &s), ERR_OK);
    assert_int_equal(act_pickup(&s->c, &in, &out), ERR_NONCE_USED);
    assert_int_equal(tries(v.ticket, PICKUP_SERVED), 1);
    assert_int_equal(tries(v.ticket, PICKUP_BEGUN), 0);
}

/* --- services that fail --- */

static void failing(const char *as, enum err e, const char *what)
{
    const char *class = new_class(NULL);
    struct verify_out v = new_ticket("5", class, NULL);
    int before = spooled();
    for (int i = 0; i < 2; i++)
        if (pick_up(v.ticket, class, as) != e)
            fail_msg("%s as %s", what, as);
    assert_int_equal(tries(v.ticket, PICKUP_FAILED), 2); /* and none of the three times is spent */
    assert_int_equal(tries(v.ticket, PICKUP_BEGUN), 0);
    assert_int_equal(spooled(), before);
    assert_int_equal(
        sample_number("SELECT COUNT(*) FROM file_handle WHERE app_id = '%s'", third->app.app_id),
        0);
}

static void strange_data(void **state)
{
    (void)state;
    static const char *const items[] = {
        "",
        "{}",
        "7",
        "{\"media_type\":\"application/json\"}",
        "{\"data\":{}}",
        "{\"media_type\":\"\",\"data\":{}}",
        "{\"media_type\":\"json\",\"data\":{}}",
        "{\"media_type\":\"a/b\\r\\nX: y\",\"data\":{}}",
        "{\"media_type\":7,\"data\":{}}",
        "{\"media_type\":\"application/json\",\"data\":null}",
    };
    for (size_t i = 0; i < sizeof items / sizeof items[0]; i++) {
        say_data(items[i]);
        failing("data", ERR_SERVICE_UNAVAILABLE, items[i]);
    }
    static const char *const bodies[] = {
        "",
        "no json",
        "{}",
        "[]",
        "{\"process_response\":{}}",
        "{\"process_response\":7}",
        "{\"process_response\":{\"result_code\":\"100\",\"error_code\":\"6007\",\"items\":[]}}",
        "{\"process_response\":{\"result_code\":\"101\",\"error_code\":\"9001\",\"items\":[]}}",
        "{\"process_response\":{\"result_code\":\"103\",\"error_code\":\"\",\"items\":[]}}",
    };
    for (size_t i = 0; i < sizeof bodies / sizeof bodies[0]; i++) {
        say(200, "application/json", bodies[i]);
        failing("data", ERR_SERVICE_UNAVAILABLE, bodies[i]);
    }
    static const char not_there[] =
        "{\"process_response\":{\"result_code\":\"101\",\"error_code\":\"6007\",\"items\":[]}}";
    say(404, "application/json", not_there);
    failing("data", ERR_NOT_FOUND, "not there");
    failing("file", ERR_NOT_FOUND, "not there");
}

static void strange_files(void **state)
{
    (void)state;
    const uint8_t *data = (const uint8_t *)"%PDF-1.7";
    char wrong[65];
    memset(wrong, '0', 64);
    wrong[64] = '\0';
    say_file(data, 8, "application/pdf", wrong); /* not what it says it is */
    failing("file", ERR_SERVICE_UNAVAILABLE, "wrong sum");
    say_file(data, 8, "application/pdf", "");
    failing("file", ERR_SERVICE_UNAVAILABLE, "empty sum");
    say_file(data, 8, "pdf", NULL);
    failing("file", ERR_SERVICE_UNAVAILABLE, "no media type");
    say_data(licence); /* data where a file was asked for */
    failing("file", ERR_SERVICE_UNAVAILABLE, "data");
    say(200, "application/pdf", "%PDF-1.7"); /* without its sum */
    failing("file", ERR_SERVICE_UNAVAILABLE, "no sum");
    say(500, "text/html", "<h1>Error</h1>");
    failing("file", ERR_SERVICE_UNAVAILABLE, "500");
    failing("data", ERR_SERVICE_UNAVAILABLE, "500");
    say_file(data, 8, "application/pdf", NULL);
    service.len -= 3; /* broken off */
    failing("file", ERR_SERVICE_UNAVAILABLE, "broken off");
    service = (struct pickup_service){.answer = "", .len = 0}; /* hangs up */
    failing("data", ERR_SERVICE_UNAVAILABLE, "nothing");
}

/* More than a setting allows is not kept, and leaves nothing behind. */
static void too_large(void **state)
{
    (void)state;
    int64_t kept = sample.conf.file_max_mib;
    sample.conf.file_max_mib = 1;
    say_file(sample_bytes((1 << 20) + 1), (1 << 20) + 1, "application/pdf", NULL);
    failing("file", ERR_SERVICE_UNAVAILABLE, "too large");
    sample.conf.file_max_mib = kept;
}

static void hanging(void **state)
{
    (void)state;
    int64_t kept = sample.conf.service_total_ms;
    const char *class = new_class(NULL), *nobody = new_class("http://127.0.0.1:1/info");
    struct verify_out v = new_ticket("1", class, nobody);
    sample.conf.service_total_ms = 100;
    service.hang = true;
    assert_int_equal(pick_up(v.ticket, class, "data"), ERR_SERVICE_UNAVAILABLE);
    sample.conf.service_total_ms = kept;
    assert_int_equal(pick_up(v.ticket, nobody, "data"), ERR_SERVICE_UNAVAILABLE);
    assert_int_equal(tries(v.ticket, PICKUP_FAILED), 2);
}

/* --- for another system's app --- */

static void sealed_for_the_requester(void **state)
{
    (void)state;
    struct sample_app system = *sample_app_new(APP_SYSTEM, NULL);
    struct sm2_key *theirs = sample_key_new();
    struct requester r = {.app_id = "THEIR-APP", .org_name = "他系统机构", .system = "251000002"};
    uint8_t *der;
    size_t len;
    const char *class = new_class(NULL), *classes[] = {class};
    struct issue_in wish = sample_issue_in(sample_person());
    struct verify_out v;
    struct pickup_out out;
    (void)snprintf(system.app.app_id, sizeof system.app.app_id, "251000002");
    sm2_key_spki(theirs, sample.pool, &der, &len);
    r.public_key = b64_encode(sample.pool, der, len);
    r.uscc = sample_uscc();
    wish.xxlb = (struct field_strings){classes, 1};
    struct verify_in in = sample_verify_in(sample_issue(channel, &wish).code);
    in.requester = &r;
    assert_int_equal(verify_as(&system, &in, &v, NULL), ERR_OK);
    say_data(licence);
    assert_int_equal(pick_up_as(&system, v.ticket, class, "data", &out, NULL), ERR_OK);
    assert_string_equal(opened(&out, theirs), "{\"no\":\"X-1\"}");
    assert_null(opened(&out, system.key)); /* the system in between does not read it */
    assert_non_null(strstr(server->request, "\"app_id\":\"THEIR-APP\""));
    assert_int_equal(pick_up(v.ticket, class, "data"), ERR_TICKET_UNKNOWN);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        PICKUP_TEST(data_sealed),
        PICKUP_TEST(what_the_service_gets),
        PICKUP_TEST(three_times),
        PICKUP_TEST(file_small_and_large),
        PICKUP_TEST(identity),
        PICKUP_TEST(no_ticket),
        PICKUP_TEST(ticket_in_time),
        PICKUP_TEST(revoked_since),
        PICKUP_TEST(file_where_data_was_asked_for),
        PICKUP_TEST(out_of_scope),
        PICKUP_TEST(nobody_has_it),
        PICKUP_TEST(no_key_to_seal_for),
        PICKUP_TEST(sent_twice),
        PICKUP_TEST(strange_data),
        PICKUP_TEST(strange_files),
        PICKUP_TEST(too_large),
        PICKUP_TEST(hanging),
        PICKUP_TEST(sealed_for_the_requester),
    };
    return SAMPLE_RUN("act_pickup", tests);
}
