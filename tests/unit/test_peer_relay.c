/* peer_relay: the way that a call has come, and passing it on. */
#include "tests/unit/peer_sample.h"

#include "core/net/peer_relay.h"

/* --- hops --- */

/* The Zwm-Relay of `system` for a request. */
static const char *relay_of(const char *system, const struct sm2_key *key, const char *request,
                            const char *via, int64_t at)
{
    const char *text =
        pool_printf(pool, "%s\n%s\n%lld\n", digest(request, strlen(request)), via, (long long)at);
    return pool_printf(pool, "system=\"%s\",timestamp=\"%lld\",signature=\"%s\"", system,
                       (long long)at, sign(key, text));
}

static void came_directly(void **state)
{
    (void)state;
    assert_int_equal(peer_check_via(&w, NULL, NULL, REQUEST), ERR_OK);
}

static void hops_that_hold(void **state)
{
    static const char *const vias[][2] = {
        {PROVINCE, PROVINCE},
        {CITY ", " PROVINCE, PROVINCE},
        {CITY "," PROVINCE, PROVINCE},
        /* only the last one is known to us: it answers for those before it */
        {UNLISTED ", 237000001, 211000001, " NATION, NATION},
    };
    static const int64_t offs[] = {0, WINDOW, -WINDOW};
    (void)state;
    for (size_t i = 0; i < sizeof vias / sizeof vias[0]; i++)
        for (size_t k = 0; k < 3; k++)
            assert_int_equal(peer_check_via(&w, vias[i][0],
                                            relay_of(vias[i][1], key_of(vias[i][1]), REQUEST,
                                                     vias[i][0], NOW + offs[k]),
                                            REQUEST),
                             ERR_OK);
}

/* Well signed by the last of them, and yet refused. */
static void ways_that_are_refused(void **state)
{
    static const struct {
        const char *via, *last;
        enum err e;
    } rows[] = {
        /* too long, round, through us: before anything is verified */
        {UNLISTED ", 237000001, 211000001, " CITY ", " NATION, NATION, ERR_LOOP},
        {SELF, SELF, ERR_LOOP},
        {CITY ", " SELF ", " PROVINCE, PROVINCE, ERR_LOOP},
        {SELF ", " PROVINCE, PROVINCE, ERR_LOOP},
        {PROVINCE ", " PROVINCE, PROVINCE, ERR_LOOP},
        {PROVINCE ", " CITY ", " PROVINCE, PROVINCE, ERR_LOOP},
        /* who passed it on */
        {PAUSED, PAUSED, ERR_SYSTEM_SUSPENDED},
        {CITY ", " PAUSED, PAUSED, ERR_SYSTEM_SUSPENDED},
        {UNLISTED, UNLISTED, ERR_NOT_AUTHENTICATED},
        {CITY ", " PROVINCE, CITY, ERR_NOT_AUTHENTICATED}, /* not the last */
        {CITY, PROVINCE, ERR_NOT_AUTHENTICATED},           /* not on the way */
        /* the form */
        {"", PROVINCE, ERR_NOT_AUTHENTICATED},
        {" ", PROVINCE, ERR_NOT_AUTHENTICATED},
        {", " PROVINCE, PROVINCE, ERR_NOT_AUTHENTICATED},
        {"25100000", "25100000", ERR_NOT_AUTHENTICATED},
        {"2510000011", PROVINCE, ERR_NOT_AUTHENTICATED},
        {"25100000A", "25100000A", ERR_NOT_AUTHENTICATED},
        {"951000001", "951000001", ERR_NOT_AUTHENTICATED},
        {PROVINCE ";" CITY, CITY, ERR_NOT_AUTHENTICATED},
        {CITY "\t" PROVINCE, PROVINCE, ERR_NOT_AUTHENTICATED},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const char *relay = relay_of(rows[i].last, key_of(rows[i].last), REQUEST, rows[i].via, NOW);
        enum err e = peer_check_via(&w, rows[i].via, relay, REQUEST);
        if (e != rows[i].e)
            fail_msg("%s by %s: %s", rows[i].via, rows[i].last, err_name(e));
    }
}

static void refused(const char *via, const char *relay, const char *what)
{
    if (peer_check_via(&w, via, relay, REQUEST) != ERR_NOT_AUTHENTICATED)
        fail_msg("taken: %s", what);
}

static void signatures_that_do_not_hold(void **state)
{
    static const char via[] = CITY ", " PROVINCE;
    const struct sm2_key *key = key_of(PROVINCE);
    const char *good = relay_of(PROVINCE, key, REQUEST, via, NOW);
    (void)state;
    assert_int_equal(peer_check_via(&w, via, good, REQUEST), ERR_OK);
    refused(via, relay_of(PROVINCE, keys[4], REQUEST, via, NOW), "nobody's key");
    refused(via, relay_of(PROVINCE, key_of(CITY), REQUEST, via, NOW), "another system's key");
    refused(via, relay_of(PROVINCE, key, "GET" REQUEST, via, NOW), "another request");
    refused(via, relay_of(PROVINCE, key, REQUEST, PROVINCE, NOW), "a shorter way");
    refused(via, relay_of(PROVINCE, key, REQUEST, CITY "," PROVINCE, NOW), "written otherwise");
    refused(PROVINCE, good, "a system taken out of the way");
    refused(NATION ", " CITY ", " PROVINCE, good, "a system put into the way");
    refused(via, relay_of(PROVINCE, key, REQUEST, via, NOW - WINDOW - 1), "too old");
    refused(via, relay_of(PROVINCE, key, REQUEST, via, NOW + WINDOW + 1), "from the future");
    refused(via, relay_of(PROVINCE, key, REQUEST, via, 0), "from the beginning");
    const char *sig = strstr(good, "signature=");
    refused(
        via,
        pool_printf(pool, "system=\"%s\",timestamp=\"%lld\",%s", PROVINCE, (long long)NOW + 1, sig),
        "a timestamp changed");
    refused(NULL, good, "without a way");
    refused(via, NULL, "without a signature");
    refused(via, "", "empty");
    refused(via, pool_printf(pool, "%sx", good), "something behind it");
    refused(via, pool_printf(pool, " %s", good), "something before it");
    refused(via, pool_strndup(pool, good, strlen(good) - 1), "cut short");
    refused(via,
            pool_printf(pool, "timestamp=\"%lld\",system=\"%s\",%s", (long long)NOW, PROVINCE, sig),
            "another order");
    refused(via,
            pool_printf(pool, "system=\"%s\",timestamp=\"%lld\",signature=\"AAAA\"", PROVINCE,
                        (long long)NOW),
            "no signature");
    for (size_t i = 0; i < strlen(sig); i += 7) {
        char *copy = pool_strdup(pool, good), *at = copy + (sig - good) + i;
        *at = *at == 'x' ? 'y' : 'x';
        refused(via, copy, copy);
    }
}

static void no_relay_is_believed_without_a_list(void **state)
{
    struct work without = w;
    (void)state;
    without.trust = NULL;
    const char *relay = relay_of(PROVINCE, key_of(PROVINCE), REQUEST, PROVINCE, NOW);
    assert_int_equal(peer_check_via(&without, PROVINCE, relay, REQUEST), ERR_NOT_AUTHENTICATED);
}

/* After a change of key the one before it counts to the end of the overlap, that second included.
 */
static void the_key_before_it(void **state)
{
    const char *relay = relay_of(PROVINCE, keys[4], REQUEST, PROVINCE, NOW);
    (void)state;
    systems[1].previous_key = keys[4];
    systems[1].previous_until = NOW;
    assert_int_equal(peer_check_via(&w, PROVINCE, relay, REQUEST), ERR_OK);
    systems[1].previous_until = NOW - 1;
    assert_int_equal(peer_check_via(&w, PROVINCE, relay, REQUEST), ERR_NOT_AUTHENTICATED);
    systems[1].previous_key = NULL;
}

/* --- passing on --- */

static struct relay passing(const char *via)
{
    return (struct relay){.w = &w,
                          .target = CITY,
                          .method = "POST",
                          .path = "/api/v1/code/verify",
                          .content_type = "application/xml",
                          .authorization = "as it came",
                          .via = via,
                          .body = "<a/>",
                          .body_len = 4,
                          .signing_string = REQUEST};
}

static void passed_on_unchanged(void **state)
{
    struct relay r = passing(PROVINCE);
    char relay[512];
    (void)state;
    said.body = "whatever it says";
    said.by = NOBODY;
    assert_int_equal(peer_relay(&r), ERR_OK);
    assert_string_equal(r.hop, CITY);
    assert_string_equal(r.answer.body, "whatever it says");
    const char *sent = server->request, *at = strstr(sent, "\r\nZwm-Relay: ");
    assert_non_null(strstr(sent, "\r\nAuthorization: as it came\r\n"));
    assert_non_null(strstr(sent, "\r\nContent-Type: application/xml\r\n"));
    assert_non_null(strstr(sent, "\r\nZwm-Via: " PROVINCE ", " SELF "\r\n"));
    assert_non_null(strstr(sent, "\r\n\r\n<a/>"));
    assert_non_null(at);
    (void)snprintf(relay, sizeof relay, "%.*s", (int)strcspn(at + 13, "\r"), at + 13);
    const char *text = pool_printf(pool, "%s\n" PROVINCE ", " SELF "\n%lld\n",
                                   digest(REQUEST, strlen(REQUEST)), (long long)NOW);
    char sig_text[128];
    uint8_t sig[SM2_SIG_LEN];
    part_of(relay, "signature=\"", sig_text, sizeof sig_text);
    assert_int_equal(sm2_sig_from_text(sig_text, strlen(sig_text), sig), ERR_OK);
    assert_true(sm2_verify(keyring_system_key(w.kr), text, strlen(text), sig));
}

static void not_passed_on(void **state)
{
    static const struct {
        const char *via;
        enum err e;
    } rows[] = {{CITY, ERR_LOOP}, /* back to where it has been */
                {CITY ", " PROVINCE, ERR_LOOP},
                {UNLISTED ", 237000001, 211000001, " NATION, ERR_LOOP}, /* it would be the fifth */
                {PROVINCE ", " PROVINCE, ERR_LOOP},
                {"nonsense", ERR_NOT_AUTHENTICATED}};
    int before = atomic_load(&server->connections);
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct relay r = passing(rows[i].via);
        assert_int_equal(peer_relay(&r), rows[i].e);
    }
    struct relay r = passing(NULL);
    r.target = PAUSED;
    assert_int_equal(peer_relay(&r), ERR_SYSTEM_SUSPENDED);
    r.target = SELF;
    assert_int_equal(peer_relay(&r), ERR_NO_ROUTE);
    assert_int_equal(atomic_load(&server->connections), before);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(came_directly),
        cmocka_unit_test(hops_that_hold),
        cmocka_unit_test(ways_that_are_refused),
        cmocka_unit_test(signatures_that_do_not_hold),
        cmocka_unit_test(no_relay_is_believed_without_a_list),
        cmocka_unit_test(the_key_before_it),
        cmocka_unit_test(passed_on_unchanged),
        cmocka_unit_test(not_passed_on),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
