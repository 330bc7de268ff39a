/* A code, a ticket and a file of another system on behalf of a third party of ours: what that
 * system says is said here if it bears its receipt, and else nothing is handed over and nothing is
 * forgotten. */
#include "tests/act/passing_sample.h"

#include "core/act/file.h"
#include "core/act/outcome.h"
#include "core/act/pickup.h"
#include "core/act/verify.h"
#include "core/crypto/b64.h"
#include "core/crypto/envelope.h"

static enum err verify_into(struct verify_out *out, struct sample_call **s_r)
{
    struct sample_call *s = call_of(CALL_VERIFY, DB_VERIFY, third);
    const struct verify_in in = sample_verify_in(sample_foreign_code(CODE_ZWM1, CITY, city));
    *out = (struct verify_out){.ticket = NULL};
    *s_r = s;
    return act_verify(&s->c, &in, out);
}

static enum err outcome_of(const struct sample_call *earlier, struct verify_out *out)
{
    struct sample_call *s = call_of(CALL_OUTCOME, DB_VERIFY, third);
    const struct outcome_in in = {earlier->c.sig.nonce};
    *out = (struct verify_out){.ticket = NULL};
    return act_outcome(&s->c, &in, out);
}

/* --- verify --- */

/* The call is ours, addressed to the city, and tells it who asks and for whose key to seal. */
static void check_request(void)
{
    const char *authorization = tls_peer_header(peer, "Authorization"), *body = tls_peer_body(peer);
    struct callsig sig;
    char hex[2 * SM3_LEN + 1];
    uint8_t *spki;
    size_t len;
    assert_non_null(authorization);
    assert_int_equal(callsig_parse(authorization, &sig), ERR_OK);
    assert_string_equal(sig.app_id, sample.conf.system);
    assert_string_equal(sig.to, CITY);
    sm3_hex(body, strlen(body), hex);
    const char *text = pool_printf(sample.pool, "POST\n/api/v1/code/verify\n%s\n%s\n%s\n" CITY "\n",
                                   sig.timestamp, sig.nonce, hex);
    assert_true(sm2_verify(keyring_system_key(sample.kr), text, strlen(text), sig.sig));
    assert_string_equal(tls_peer_header(peer, "Zwm-Target"), CITY);
    assert_string_equal(tls_peer_header(peer, "Zwm-Receipt"), "required");
    const struct json_object *who = json_get(json_parse(sample.pool, body), "requester");
    sm2_key_spki(third->key, sample.pool, &spki, &len);
    assert_string_equal(json_get_text(who, "app_id", ""), third->app.app_id);
    assert_string_equal(json_get_text(who, "uscc", ""), third->app.uscc);
    assert_string_equal(json_get_text(who, "system", ""), sample.conf.system);
    assert_string_equal(json_get_text(who, "public_key", ""), b64_encode(sample.pool, spki, len));
}

static void verified(void **state)
{
    (void)state;
    struct verify_out out, later;
    struct sample_call *s;
    city_says(done(item_with(CITY, TICKET, "5")));
    assert_int_equal(verify_into(&out, &s), ERR_OK);
    check_request();
    assert_string_equal(out.ticket, TICKET);
    assert_string_equal(out.subject->name, "张**");
    assert_int_equal(sample_recorded(s), ERR_OK);
    assert_int_equal(sample_readable(s, "0123456789abcdefghij"), 0); /* of the ticket, sealed */
    assert_int_equal(evidence_of("role = 1 AND peer = '" CITY "' AND receipt_system = '" CITY
                                 "' AND sqbh = X'" SQBH "' AND status = 200"),
                     1);
    /* it is over: nobody has to be asked what came of it */
    int asked = atomic_load(&peer->requests);
    peer->answer.status = 0;
    assert_int_equal(outcome_of(s, &later), ERR_OK);
    assert_string_equal(later.ticket, TICKET);
    assert_int_equal(atomic_load(&peer->requests), asked);
}

static void refused_there(void **state)
{
    (void)state;
    static const struct {
        const char *code;
        enum err e;
    } rows[] = {{"3004", ERR_CODE_EXPIRED},       {"3005", ERR_CODE_USED},
                {"3006", ERR_CODE_REPLACED},      {"3007", ERR_CODE_UNKNOWN},
                {"3008", ERR_CODE_NOT_ADDRESSED}, {"3009", ERR_CODE_REVOKED}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct verify_out out, later;
        struct sample_call *s;
        city_says(refused(rows[i].code));
        assert_int_equal(verify_into(&out, &s), rows[i].e);
        assert_int_equal(sample_recorded(s), rows[i].e);
        assert_null(out.ticket);
        assert_int_equal(outcome_of(s, &later), rows[i].e);
    }
    assert_int_equal(evidence_of("role = 1 AND status = 409 AND receipt_system = '" CITY "'"),
                     sizeof rows / sizeof rows[0]);
}

/* Not known, whatever it says; and asked for later, when the city can be heard. */
static void not_believed(void **state)
{
    (void)state;
    const char *bodies[] = {done(item_with(CITY, TICKET, "5")), refused("3005")};
    for (size_t i = 0; i < 2 * (size_t)FLAWS_N; i++) {
        const struct flaw *f = &flaws[i / 2];
        struct verify_out out, later;
        struct sample_call *s;
        flawed(f, i % 2 == 0 ? 200 : 409, bodies[i % 2]);
        enum err e = verify_into(&out, &s);
        if (e != ERR_SYSTEM_UNREACHABLE || out.ticket != NULL)
            fail_msg("believed: %s: %s", f->name, err_name(e));
        assert_int_equal(sample_recorded(s), ERR_UNCERTAIN);
        assert_int_equal(evidence_of("1"), (int64_t)i);
        if (outcome_of(s, &later) != ERR_UNCERTAIN)
            fail_msg("believed: %s", f->name);
        assert_int_equal(evidence_of("1"), (int64_t)i);
        city_says(done(item_with(CITY, TICKET, "5")));
        assert_int_equal(outcome_of(s, &later), ERR_OK);
        assert_string_equal(later.ticket, TICKET);
        assert_int_equal(sample_recorded(s), ERR_OK);
    }
}

/* The same question has the same nonce there, so that it cannot take effect twice. */
static void lost(void **state)
{
    (void)state;
    struct verify_out out, later;
    struct sample_call *s;
    assert_int_equal(verify_into(&out, &s), ERR_SYSTEM_UNREACHABLE); /* it closes */
    const char *nonce =
        sample_value("SELECT peer_nonce FROM call_record WHERE nonce = '%s'", s->c.sig.nonce);
    assert_non_null(nonce);
    assert_non_null(strstr(tls_peer_header(peer, "Authorization"), nonce));
    assert_int_equal(sample_recorded(s), ERR_UNCERTAIN);
    city_says(refused("3005"));
    assert_int_equal(outcome_of(s, &later), ERR_CODE_USED);
    assert_string_equal(tls_peer_body(peer), pool_printf(sample.pool, "{\"nonce\":\"%s\"}", nonce));
    assert_int_equal(sample_recorded(s), ERR_CODE_USED);
}

/* What the city signs is taken only if we could have answered it ourselves. */
static void signed_nonsense(void **state)
{
    (void)state;
    const char *items[] = {
        item_with(PROVINCE, TICKET, "5"),
        item_with(CITY, PROVINCE ".0123456789abcdefghijklmnopqrstuvwxyzABCDEFG", "5"),
        item_with(CITY, TICKET, "99"),
        item_with(CITY, "x", "5"),
        "{}",
        "7"};
    for (size_t i = 0; i < sizeof items / sizeof items[0]; i++) {
        struct verify_out out;
        struct sample_call *s;
        city_says(done(items[i]));
        enum err e = verify_into(&out, &s);
        if (e != ERR_SYSTEM_UNREACHABLE || sample_recorded(s) != ERR_UNCERTAIN)
            fail_msg("%s: %s", items[i], err_name(e));
    }
}

/* Anybody on the way may say that it goes no further, and nothing else. */
static void word_of_a_relay(void **state)
{
    (void)state;
    struct verify_out out;
    struct sample_call *s;
    peer->answer = (struct tls_answer){.status = 403, .body = refused("4002")};
    assert_int_equal(verify_into(&out, &s), ERR_SYSTEM_SUSPENDED);
    assert_int_equal(sample_recorded(s), ERR_UNCERTAIN); /* the city may have it all the same */
    peer->answer = (struct tls_answer){.status = 503, .body = refused("9001")};
    assert_int_equal(verify_into(&out, &s), ERR_SYSTEM_UNREACHABLE);
    assert_int_equal(evidence_of("1"), 0);
}

/* --- pickup --- */

/* A ticket of the city that has been passed to `third`. */
static void have_ticket(const char *czqx)
{
    struct verify_out out;
    struct sample_call *s;
    sample_sql("DELETE FROM call_record WHERE ticket_hash IS NOT NULL");
    city_says(done(item_with(CITY, TICKET, czqx)));
    assert_int_equal(verify_into(&out, &s), ERR_OK);
}

static enum err pick_up(const char *as, struct pickup_out *out, struct sample_call **s_r)
{
    struct sample_call *s = call_of(CALL_PICKUP, DB_PICKUP, third);
    const struct pickup_in in = {TICKET, SAMPLE_CLASS, as};
    *out = (struct pickup_out){.class = NULL};
    *s_r = s;
    return act_pickup(&s->c, &in, out);
}

static const char secret[] = "{\"name\":\"张示例\"}";

static const char *sealed_item(const char *class, const struct sm2_key *receiver)
{
    struct envelope env;
    assert_int_equal(envelope_seal(receiver, secret, strlen(secret), sample.pool, &env), ERR_OK);
    return pool_printf(sample.pool,
                       "{\"class\":\"%s\",\"source\":\"示例证照库\",\"media_type\":"
                       "\"application/json\",\"size\":%zu,\"sm3\":\"00\",\"envelope\":{\"key\":"
                       "\"%s\",\"iv\":\"%s\",\"ciphertext\":\"%s\",\"mac\":\"%s\"}}",
                       class, strlen(secret), env.key, env.iv, env.ciphertext, env.mac);
}

static void picked_up(void **state)
{
    (void)state;
    struct pickup_out out;
    struct sample_call *s;
    uint8_t *plain;
    size_t len;
    have_ticket("5");
    city_says(done(sealed_item(SAMPLE_CLASS, third->key)));
    assert_int_equal(pick_up("data", &out, &s), ERR_OK);
    assert_int_equal(sample_recorded(s), ERR_OK);
    const struct envelope env = {out.envelope->key, out.envelope->iv, out.envelope->ciphertext,
                                 out.envelope->mac};
    assert_int_equal(envelope_open(third->key, &env, sample.pool, &plain, &len), ERR_OK);
    assert_int_equal(len, strlen(secret));
    assert_memory_equal(plain, secret, len);
    assert_int_equal(evidence_of("role = 1 AND sqbh = X'" SQBH "' AND ticket_hash IS NOT NULL"), 2);
}

/* Somebody on the way has sealed something else for the third party, whose key anybody may know. */
static void forged_envelope(void **state)
{
    (void)state;
    const char *real = done(sealed_item(SAMPLE_CLASS, third->key)),
               *forged = done(sealed_item(SAMPLE_CLASS, third->key));
    assert_string_not_equal(real, forged);
    have_ticket("5");
    for (size_t i = 0; i <= FLAWS_N; i++) {
        struct pickup_out out;
        struct sample_call *s;
        if (i < FLAWS_N)
            flawed(&flaws[i], 200, forged);
        else
            peer->answer = (struct tls_answer){
                .status = 200, .body = forged, .system = CITY, .key = city, .receipt_body = real};
        enum err e = pick_up("data", &out, &s);
        if (e != ERR_SYSTEM_UNREACHABLE || out.envelope != NULL)
            fail_msg("handed over: %s", i < FLAWS_N ? flaws[i].name : "another envelope");
        assert_int_equal(sample_recorded(s), ERR_SYSTEM_UNREACHABLE);
    }
    assert_int_equal(evidence_of("1"), 1); /* of the verification */
}

static const char by_handle[] =
    "{\"class\":\"" SAMPLE_CLASS "\",\"source\":\"示例证照库\",\"media_type\":\"application/pdf\","
    "\"size\":10,\"sm3\":\"00\",\"file\":\"0123456789abcdefghijklmnopqrstuvwxyzABCDEFG\"}";

/* Signed by the city, and still not what was asked for, or not what the subject has allowed. */
static void picked_wrong(void **state)
{
    (void)state;
    const struct {
        const char *as, *item;
        enum err e;
    } rows[] = {
        {"data", sealed_item(SAMPLE_CLASS2, third->key), ERR_SYSTEM_UNREACHABLE},
        {"data", "{\"class\":\"" SAMPLE_CLASS "\"}", ERR_SYSTEM_UNREACHABLE},
        {"data", "{}", ERR_SYSTEM_UNREACHABLE},
        {"data", by_handle, ERR_OPERATION},
    };
    have_ticket("5");
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct pickup_out out;
        struct sample_call *s;
        city_says(done(rows[i].item));
        enum err e = pick_up(rows[i].as, &out, &s);
        if (e != rows[i].e || sample_recorded(s) != (int)e)
            fail_msg("%s: %s", rows[i].item, err_name(e));
    }
    assert_int_equal(
        sample_number("SELECT COUNT(*) FROM file_handle WHERE app_id = '%s'", third->app.app_id),
        0);
}

static void picked_refused(void **state)
{
    (void)state;
    struct pickup_out out;
    struct sample_call *s;
    have_ticket("1"); /* reading alone */
    int asked = atomic_load(&peer->requests);
    city_says(done(by_handle));
    assert_int_equal(pick_up("file", &out, &s), ERR_OPERATION);
    assert_int_equal(atomic_load(&peer->requests), asked); /* not asked for at all */
    city_says(refused("6005"));
    assert_int_equal(pick_up("data", &out, &s), ERR_PICKED_UP);
    assert_int_equal(sample_recorded(s), ERR_PICKED_UP);
    /* a ticket of somebody else's is none */
    const struct sample_app *other = sample_app_new(APP_THIRD_PARTY, NULL);
    s = call_of(CALL_PICKUP, DB_PICKUP, other);
    assert_int_equal(act_pickup(&s->c, &(struct pickup_in){TICKET, SAMPLE_CLASS, "data"}, &out),
                     ERR_TICKET_UNKNOWN);
    sample_set_clock(SAMPLE_NOON + 301);
    assert_int_equal(pick_up("data", &out, &s), ERR_TICKET_EXPIRED);
}

/* --- file --- */

static void file_passed(void **state)
{
    (void)state;
    struct pickup_out out;
    struct sample_call *s;
    have_ticket("5");
    city_says(done(by_handle));
    assert_int_equal(pick_up("file", &out, &s), ERR_OK);
    s = call_of(CALL_FILE, DB_PICKUP, third);
    s->rq.method = "GET";
    s->rq.target = pool_printf(sample.pool, "/api/v1/data/file/%s", out.file);
    s->rq.range = "bytes=2-6";
    peer->answer =
        (struct tls_answer){.status = 206,
                            .type = "application/pdf",
                            .body = "23456",
                            .head = "Content-Range: bytes 2-6/10\r\nSet-Cookie: a=b\r\n"};
    assert_int_equal(act_file(&s->c, out.file), ERR_OK);
    assert_int_equal(s->status, 206);
    assert_string_equal(s->content_type, "application/pdf");
    assert_string_equal(sample_header(s, "Content-Range"), "bytes 2-6/10");
    assert_string_equal(sample_header(s, "Content-Length"), "5");
    assert_string_equal(sample_header(s, "Content-Disposition"), "attachment");
    assert_null(sample_header(s, "Set-Cookie"));
    assert_int_equal(s->body.len, 5);
    assert_memory_equal(s->body.data, "23456", 5);
    assert_non_null(strstr(peer->request, pool_printf(sample.pool, "GET %s ", s->rq.target)));
    assert_string_equal(tls_peer_header(peer, "Range"), "bytes=2-6");
    /* another's handle is none */
    const struct sample_app *other = sample_app_new(APP_THIRD_PARTY, NULL);
    s = call_of(CALL_FILE, DB_PICKUP, other);
    assert_int_equal(act_file(&s->c, out.file), ERR_TICKET_UNKNOWN);
    assert_int_equal(s->status, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        CLEAN_TEST(verified),       CLEAN_TEST(refused_there),   CLEAN_TEST(not_believed),
        CLEAN_TEST(lost),           CLEAN_TEST(signed_nonsense), CLEAN_TEST(word_of_a_relay),
        CLEAN_TEST(picked_up),      CLEAN_TEST(forged_envelope), CLEAN_TEST(picked_wrong),
        CLEAN_TEST(picked_refused), CLEAN_TEST(file_passed),
    };
    return PASSING_RUN("passing", tests);
}
