/* A call of a code system that is meant for another one: passed on and back as it came, once, and
 * kept as evidence only if the system that it is addressed to has signed the answer. */
#include "tests/act/passing_sample.h"

#include "core/act/relay.h"

#define DISTRICT "233010601" /* whose call it is, below the city */

static struct sample_app district;

static int begin_relay(void **state)
{
    if (begin_clean(state) != 0)
        return 1;
    district = *sample_app_new(APP_SYSTEM, NULL);
    (void)snprintf(district.app.app_id, sizeof district.app.app_id, DISTRICT);
    return 0;
}

#define RELAY_TEST(fn) cmocka_unit_test_setup_teardown(fn, begin_relay, sample_end)

/* A call of the district that is addressed to the city. */
static struct sample_call *call_with(enum call_id id, enum db_role role, const char *body)
{
    struct sample_call *s = call_of(id, role, &district);
    struct callsig_out sig = {.key = district.key,
                              .app_id = DISTRICT,
                              .method = s->rq.method,
                              .target = s->rq.target,
                              .to = CITY,
                              .body = body,
                              .body_len = strlen(body),
                              .now_sec = sample.now_sec};
    assert_int_equal(callsig_sign(sample.pool, &sig), ERR_OK);
    assert_int_equal(callsig_parse(sig.header, &s->c.sig), ERR_OK);
    s->rq.body = body;
    s->rq.body_len = strlen(body);
    s->rq.authorization = sig.header;
    s->c.signing_string = sig.string;
    sm3(body, strlen(body), s->c.body_sm3);
    return s;
}

static const char question[] = "{\"code\":\"A\",\"purpose\":\"办理示例事项\"}";

static struct sample_call *verify_call(void)
{
    return call_with(CALL_VERIFY, DB_VERIFY, question);
}

static void check_written(const struct sample_call *s, int status, const char *body)
{
    assert_true(s->c.begun);
    assert_int_equal(s->status, status);
    assert_int_equal(s->body.len, strlen(body));
    assert_memory_equal(s->body.data, body, s->body.len);
}

/* --- what goes on and comes back --- */

static void passed_on(void **state)
{
    (void)state;
    struct sample_call *s = verify_call();
    char system[10], stamp[13], sig_text[128], hex[2 * SM3_LEN + 1];
    uint8_t sig[SM2_SIG_LEN];
    const char *answer = done(item_with(CITY, TICKET, "5"));
    city_says(answer);
    assert_int_equal(relay_pass(&s->c, CITY), ERR_OK);
    check_written(s, 200, answer);
    assert_string_equal(s->content_type, "application/json");
    assert_string_equal(sample_header(s, "Zwm-System"), CITY);
    assert_string_equal(sample_header(s, "Zwm-Timestamp"), "1930363201");
    assert_non_null(sample_header(s, "Zwm-Signature"));
    assert_int_equal(sample_recorded(s), ERR_OK);
    /* as it came */
    assert_non_null(strstr(peer->request, "POST /api/v1/code/verify HTTP/1.1\r\n"));
    assert_string_equal(tls_peer_body(peer), question);
    assert_string_equal(tls_peer_header(peer, "Authorization"), s->rq.authorization);
    assert_string_equal(tls_peer_header(peer, "Zwm-Target"), CITY);
    assert_string_equal(tls_peer_header(peer, "Zwm-Via"), sample.conf.system);
    /* and signed by us, as interface 2.6 writes it */
    assert_int_equal(sscanf(tls_peer_header(peer, "Zwm-Relay"),
                            "system=\"%9[0-9]\",timestamp=\"%12[0-9]\",signature=\"%127[^\"]\"",
                            system, stamp, sig_text),
                     3);
    assert_string_equal(system, sample.conf.system);
    sm3_hex(s->c.signing_string, strlen(s->c.signing_string), hex);
    const char *text = pool_printf(sample.pool, "%s\n%s\n%s\n", hex, sample.conf.system, stamp);
    assert_int_equal(sm2_sig_from_text(sig_text, strlen(sig_text), sig), ERR_OK);
    assert_true(sm2_verify(keyring_system_key(sample.kr), text, strlen(text), sig));
    /* what can be shown to somebody later */
    assert_int_equal(evidence_of("role = 2 AND peer = '" CITY "' AND receipt_system = '" CITY
                                 "' AND sqbh = X'" SQBH "' AND ticket_hash IS NOT NULL"),
                     1);
    assert_string_equal(sample_value("SELECT request_string FROM evidence"), s->c.signing_string);
    assert_string_equal(sample_value("SELECT authorization_header FROM evidence"),
                        s->rq.authorization);
    sm3_hex(answer, strlen(answer), hex);
    assert_string_equal(sample_value("SELECT LOWER(HEX(answer_sm3)) FROM evidence"), hex);
}

static void refusals_pass_too(void **state)
{
    (void)state;
    struct sample_call *s = verify_call();
    city_says(refused("3005"));
    assert_int_equal(relay_pass(&s->c, CITY), ERR_OK);
    check_written(s, 409, refused("3005"));
    assert_int_equal(sample_recorded(s), ERR_CODE_USED);
    assert_int_equal(evidence_of("role = 2 AND status = 409"), 1);
}

/* Of a long answer only so much is kept as says what it was. */
static void long_answers(void **state)
{
    (void)state;
    struct sample_call *s = call_with(
        CALL_PICKUP, DB_PICKUP, "{\"ticket\":\"" TICKET "\",\"class\":\"c\",\"as\":\"data\"}");
    char *text = pool_alloc(sample.pool, 200001);
    memset(text, 'A', 200000);
    text[200000] = '\0';
    const char *answer = done(pool_printf(sample.pool, "{\"ciphertext\":\"%s\"}", text));
    city_says(answer);
    assert_int_equal(relay_pass(&s->c, CITY), ERR_OK);
    check_written(s, 200, answer);
    assert_int_equal(sample_number("SELECT answer_size FROM evidence"), strlen(answer));
    assert_in_range(sample_number("SELECT LENGTH(answer) FROM evidence"), 1024, 2048);
    /* found by the ticket that it was asked with */
    uint8_t hash[SM3_LEN];
    sm3(TICKET, strlen(TICKET), hash);
    assert_int_equal(
        evidence_of(pool_printf(sample.pool, "ticket_hash = %s", sample_hex(hash, SM3_LEN))), 1);
}

/* --- who is not believed --- */

/* It goes back as it came, so that its caller can judge it; here it counts for nothing. */
static void without_a_valid_receipt(void **state)
{
    (void)state;
    const char *bodies[] = {done(item_with(CITY, TICKET, "5")), refused("3005")};
    for (size_t i = 0; i < 2 * (size_t)FLAWS_N; i++) {
        const struct flaw *f = &flaws[i / 2];
        struct sample_call *s = verify_call();
        flawed(f, i % 2 == 0 ? 200 : 409, bodies[i % 2]);
        assert_int_equal(relay_pass(&s->c, CITY), ERR_OK);
        check_written(s, i % 2 == 0 ? 200 : 409, bodies[i % 2]);
        if (sample_recorded(s) != ERR_UNCERTAIN || evidence_of("1") != 0)
            fail_msg("it counts: %s", f->name);
    }
}

/* Sealed anew on the way: the city's receipt is for what it has sealed itself. */
static void forged_envelope(void **state)
{
    (void)state;
    static const char item[] = "{\"class\":\"c\",\"envelope\":{\"key\":\"%s\",\"iv\":\"AA==\","
                               "\"ciphertext\":\"AA==\",\"mac\":\"AA==\"}}";
    const char *real = done(pool_printf(sample.pool, item, "cmVhbA==")),
               *forged = done(pool_printf(sample.pool, item, "Zm9yZ2Vk"));
    struct sample_call *s = call_with(
        CALL_PICKUP, DB_PICKUP, "{\"ticket\":\"" TICKET "\",\"class\":\"c\",\"as\":\"data\"}");
    city_says(forged);
    peer->answer.receipt_body = real;
    assert_int_equal(relay_pass(&s->c, CITY), ERR_OK);
    assert_int_equal(sample_recorded(s), ERR_UNCERTAIN);
    assert_int_equal(evidence_of("1"), 0);
}

/* --- what is not passed on --- */

/* What somebody has seen of a call is not passed on a second time. */
static void once(void **state)
{
    (void)state;
    struct sample_call *s = verify_call(), *again = verify_call();
    city_says(done(item_with(CITY, TICKET, "5")));
    assert_int_equal(relay_pass(&s->c, CITY), ERR_OK);
    int asked = atomic_load(&peer->requests);
    again->c.sig = s->c.sig;
    assert_int_equal(relay_pass(&again->c, CITY), ERR_NONCE_USED);
    assert_false(again->c.begun);
    assert_int_equal(atomic_load(&peer->requests), asked);
    assert_int_equal(evidence_of("1"), 1);
}

static void no_way(void **state)
{
    (void)state;
    static const struct {
        const char *target, *via;
        enum err e;
    } rows[] = {
        {"211000001", NULL, ERR_NO_ROUTE},
        {CITY, CITY, ERR_LOOP}, /* not back to where it has been */
        {CITY, "100000001, 211000001, 222000001, 233010701", ERR_LOOP}, /* too far */
    };
    int asked = atomic_load(&peer->requests);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct sample_call *s = verify_call();
        s->rq.via = rows[i].via;
        assert_int_equal(relay_pass(&s->c, rows[i].target), rows[i].e);
        assert_false(s->c.begun);
        assert_int_equal(sample_recorded(s), rows[i].e);
    }
    assert_int_equal(atomic_load(&peer->requests), asked);
}

static void cut_off(void **state)
{
    (void)state;
    struct sample_call *s = verify_call();
    assert_int_equal(relay_pass(&s->c, CITY), ERR_SYSTEM_UNREACHABLE); /* it closes */
    assert_false(s->c.begun);
    assert_int_equal(sample_recorded(s), ERR_SYSTEM_UNREACHABLE);
    assert_int_equal(evidence_of("1"), 0);
    /* the way through us is written behind that of the others */
    s = verify_call();
    s->rq.via = "211000001";
    city_says(refused("3007"));
    assert_int_equal(relay_pass(&s->c, CITY), ERR_OK);
    assert_string_equal(tls_peer_header(peer, "Zwm-Via"),
                        pool_printf(sample.pool, "211000001, %s", sample.conf.system));
}

/* --- files --- */

static void files_stream(void **state)
{
    (void)state;
    struct sample_call *s = call_with(CALL_FILE, DB_PICKUP, "");
    s->rq.method = "GET";
    s->rq.target = "/api/v1/data/file/0123456789abcdefghijklmnopqrstuvwxyzABCDEFG";
    s->rq.range = "bytes=0-4";
    peer->answer = (struct tls_answer){.status = 206,
                                       .type = "application/pdf",
                                       .body = "%PDF-",
                                       .head = "Content-Range: bytes 0-4/9\r\nServer: x\r\n"};
    assert_int_equal(relay_pass(&s->c, CITY), ERR_OK);
    check_written(s, 206, "%PDF-");
    assert_string_equal(s->content_type, "application/pdf");
    assert_string_equal(sample_header(s, "Content-Range"), "bytes 0-4/9");
    assert_null(sample_header(s, "Server"));
    assert_string_equal(tls_peer_header(peer, "Range"), "bytes=0-4");
    assert_int_equal(evidence_of("1"), 0); /* nothing of a file is kept */
    /* the reader goes after three bytes: the file's own end is not awaited, and no turn is lost */
    for (int i = 0; i < 20; i++) {
        struct sample_call *gone = call_with(CALL_FILE, DB_PICKUP, "");
        gone->rq.method = "GET";
        gone->rq.target = s->rq.target;
        gone->gone_after = 3;
        assert_int_equal(relay_pass(&gone->c, CITY), ERR_OK);
        assert_int_equal(gone->body.len, 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        RELAY_TEST(passed_on),       RELAY_TEST(refusals_pass_too),
        RELAY_TEST(long_answers),    RELAY_TEST(without_a_valid_receipt),
        RELAY_TEST(forged_envelope), RELAY_TEST(once),
        RELAY_TEST(no_way),          RELAY_TEST(cut_off),
        RELAY_TEST(files_stream),
    };
    return PASSING_RUN("relay", tests);
}
