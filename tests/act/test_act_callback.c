/* The threads that tell third parties what has become of their requests: what they send, when they
 * try again, and that one who is slow delays nobody else. One set of threads runs through all
 * tests, as in a process of zwm-authorize. */
#include "tests/act/act_sample.h"
#include "tests/act/tls_peer.h"

#include <pthread.h>
#include <time.h>
#include <unistd.h>

#include "core/act/authorize/authorize.h"
#include "core/base/log.h"
#include "core/base/text.h"
#include "core/crypto/sm3.h"
#include "core/store/callback.h"
#include "core/wire/callsig.h"

enum { PATIENCE_MS = 60000, LOOK_MS = 20 };

static struct tls_peer *peer, *slow, *untrusted;
static struct conf conf; /* of the threads, which outlive every test */
static struct pool *forever;
static char clock_file[] = "/tmp/zwm-clock-XXXXXX", ca_file[] = "/tmp/zwm-ca-XXXXXX";

static void *run(void *arg)
{
    (void)arg;
    callback_run(&conf);
    return NULL;
}

/* One file with the authorities of two peers. */
static void trust_both(void)
{
    FILE *to = fdopen(mkstemp(ca_file), "w");
    assert_non_null(to);
    const char *from[] = {peer->ca_file, slow->ca_file};
    for (int i = 0; i < 2; i++) {
        FILE *f = fopen(from[i], "re");
        assert_non_null(f);
        for (int c = fgetc(f); c != EOF; c = fgetc(f))
            assert_int_equal(fputc(c, to), c);
        assert_int_equal(fclose(f), 0);
    }
    assert_int_equal(fclose(to), 0);
}

static int start(void **state)
{
    pthread_t thread;
    int fd = mkstemp(clock_file);
    if (sample_open(state) != 0 || fd < 0 || close(fd) != 0 ||
        clock_use_offset_file(clock_file) != ERR_OK)
        return 1;
    peer = tls_peer_start();
    slow = tls_peer_start();
    untrusted = tls_peer_start();
    trust_both();
    forever = pool_new(false);
    if (conf_load(forever, conf_var_dir(forever), &conf, stderr) != ERR_OK)
        return 1;
    conf.peer_ca_file = ca_file;
    conf.allow_loopback_routes = 1;
    conf.peer_connect_ms = conf.peer_total_ms = PATIENCE_MS;
    return pthread_create(&thread, NULL, run, NULL) != 0 || pthread_detach(thread) != 0;
}

static int stop(void **state)
{
    tls_peer_stop(&peer);
    tls_peer_stop(&slow);
    tls_peer_stop(&untrusted);
    (void)unlink(ca_file);
    (void)unlink(clock_file);
    return sample_close(state);
}

/* The clock of the threads, which is the process's. */
static void set_offset(int64_t sec)
{
    FILE *f = fopen(clock_file, "r+e");
    assert_non_null(f);
    assert_int_equal(fwrite(&sec, sizeof sec, 1, f), 1);
    assert_int_equal(fclose(f), 0);
}

static int begin(void **state)
{
    if (sample_begin(state) != 0)
        return 1;
    set_offset(0);
    sample_sql("DELETE FROM callback_job");
    peer->answer = (struct tls_answer){.status = 204};
    slow->answer = (struct tls_answer){.status = 204};
    return 0;
}

static int end(void **state)
{
    sample_sql("DELETE FROM callback_job");
    return sample_end(state);
}

#define CALLBACK_TEST(fn) cmocka_unit_test_setup_teardown(fn, begin, end)

/* --- jobs --- */

static const char body[] =
    "{\"request_no\":\"00\",\"status\":\"granted\",\"decided_at\":1930363200}";

static int64_t enter(const char *app_id, const char *url, int64_t created_at)
{
    struct db *db = sample_db(DB_AUTHORIZE);
    const struct callback_job j = {.request_no = sample_bytes(16),
                                   .app_id = app_id,
                                   .url = url,
                                   .body = body,
                                   .created_at = created_at};
    assert_int_equal(callback_insert(db, &j), ERR_OK);
    assert_int_equal(db_commit(db), ERR_OK);
    return sample_number("SELECT MAX(id) FROM callback_job");
}

static int64_t enter_now(const char *app_id, const char *url)
{
    return enter(app_id, url, clock_now_sec());
}

static const char *at(const struct tls_peer *p, const char *path)
{
    return pool_printf(sample.pool, "%s%s", p->url, path);
}

/* Waits until a job is as the condition says. */
static void until(int64_t id, const char *condition)
{
    const struct timespec pause = {.tv_nsec = LOOK_MS * 1000000L};
    for (int ms = 0; ms < PATIENCE_MS; ms += LOOK_MS) {
        if (sample_number("SELECT COUNT(*) FROM callback_job WHERE id = %lld AND %s", (long long)id,
                          condition) == 1)
            return;
        (void)nanosleep(&pause, NULL);
    }
    fail_msg("job %lld never: %s; it is %s", (long long)id, condition,
             sample_value("SELECT CONCAT_WS(' ', state, tries, last_error) FROM callback_job WHERE"
                          " id = %lld",
                          (long long)id));
}

static const char *last_error(int64_t id)
{
    const char *text =
        sample_value("SELECT last_error FROM callback_job WHERE id = %lld", (long long)id);
    return text != NULL ? text : "";
}

/* --- what is sent --- */

static void delivered(void **state)
{
    (void)state;
    char hex[2 * SM3_LEN + 1];
    struct callsig sig;
    const char *url = at(peer, "/told?by=zwm");
    int told = atomic_load(&peer->requests);
    int64_t id = enter_now("T1", url);
    until(id, "state = 2 AND tries = 1 AND last_error IS NULL");
    assert_int_equal(atomic_load(&peer->requests), told + 1);
    assert_non_null(strstr(peer->request, "POST /told?by=zwm HTTP/1.1\r\n"));
    assert_string_equal(tls_peer_body(peer), body);
    assert_string_equal(tls_peer_header(peer, "Content-Type"), "application/json");
    /* by the scheme for those who are no code system, over the whole address (interface 2.1) */
    const char *authorization = tls_peer_header(peer, "Authorization");
    assert_non_null(authorization);
    assert_int_equal(callsig_parse_out(authorization, &sig), ERR_OK);
    assert_string_equal(sig.app_id, sample.conf.system);
    sm3_hex(body, strlen(body), hex);
    const char *text =
        pool_printf(sample.pool, "OUT\nPOST\n%s\n%s\n%s\n%s\n", url, sig.timestamp, sig.nonce, hex);
    assert_true(sm2_verify(keyring_system_key(sample.kr), text, strlen(text), sig.sig));
}

/* --- what is tried again, and what is not --- */

static void tried_again(void **state)
{
    (void)state;
    peer->answer = (struct tls_answer){.status = 500, .body = "no"};
    int64_t from = clock_now_sec(), id = enter_now("T1", at(peer, "/"));
    until(id, "state = 1 AND tries = 1 AND last_error IS NOT NULL");
    assert_string_equal(last_error(id), "HTTP 500");
    int64_t next = sample_number("SELECT next_at FROM callback_job WHERE id = %lld", (long long)id);
    assert_in_range(next, from + 2, clock_now_sec() + 2);
    /* a redirect is no delivery either, and is not followed */
    peer->answer = (struct tls_answer){.status = 302, .head = "Location: /elsewhere\r\n"};
    set_offset(3);
    until(id, "state = 1 AND tries = 2 AND last_error = 'HTTP 302'");
    peer->answer = (struct tls_answer){.status = 200, .body = "{}"};
    set_offset(3 + 5);
    until(id, "state = 2 AND tries = 3 AND last_error IS NULL");
}

static void given_up(void **state)
{
    (void)state;
    peer->answer = (struct tls_answer){.status = 500};
    int64_t id = enter("T1", at(peer, "/"), clock_now_sec() - conf.callback_give_up_sec);
    until(id, "state = 3 AND tries = 1 AND last_error = 'HTTP 500'");
    /* a job that comes late is delivered all the same */
    peer->answer = (struct tls_answer){.status = 204};
    id = enter("T1", at(peer, "/"), clock_now_sec() - conf.callback_give_up_sec);
    until(id, "state = 2 AND tries = 1");
}

static void not_sent(void **state)
{
    (void)state;
    int asked = atomic_load(&untrusted->requests), told = atomic_load(&peer->requests);
    int64_t id = enter_now("T1", at(untrusted, "/"));
    until(id, "state = 1 AND tries = 1 AND last_error IS NOT NULL");
    assert_non_null(strstr(last_error(id), "certificate"));
    assert_int_equal(atomic_load(&untrusted->requests), asked);
    id = enter_now("T1", pool_printf(sample.pool, "http://%s/", peer->host));
    until(id, "state = 1 AND tries = 1 AND last_error = 'address not allowed'");
    /* the settings of today count, not those of when it was asked for */
    conf.allow_loopback_routes = 0;
    id = enter_now("T1", at(peer, "/"));
    until(id, "state = 1 AND tries = 1 AND last_error = 'address not allowed'");
    conf.allow_loopback_routes = 1;
    assert_int_equal(atomic_load(&peer->requests), told);
    /* one that closes without a word has not been told */
    peer->answer = (struct tls_answer){.status = 0};
    id = enter_now("T1", at(peer, "/"));
    until(id, "state = 1 AND tries = 1 AND last_error IS NOT NULL");
}

/* --- side by side --- */

/* One host hangs: it holds its own places and no other's, of the same app and of others. */
static void slow_one(void **state)
{
    (void)state;
    enum { WAIT_N = 6, OTHERS_N = 20 };
    int64_t first = 0, last = 0, others[OTHERS_N];
    tls_peer_hold(slow);
    for (int i = 0; i < WAIT_N; i++) {
        last = enter_now("T1", at(slow, "/"));
        first = first != 0 ? first : last;
    }
    until(first, "tries = 1"); /* under way */
    for (int i = 0; i < OTHERS_N; i++)
        others[i] =
            enter_now(i % 2 == 0 ? "T1" : pool_printf(sample.pool, "U%d", i), at(peer, "/"));
    for (int i = 0; i < OTHERS_N; i++)
        until(others[i], "state = 2");
    int64_t begun = sample_number("SELECT COUNT(*) FROM callback_job WHERE id BETWEEN %lld AND"
                                  " %lld AND tries > 0",
                                  (long long)first, (long long)last);
    assert_int_equal(begun, CALLBACK_DUE_MOST); /* of one host at the same time */
    tls_peer_go_on(slow);
    for (int64_t id = first; id <= last; id++)
        until(id, "state = 2 AND tries = 1");
}

/* Many apps with jobs for one host that hangs take no more of the threads than one app. */
static void many_for_a_slow_one(void **state)
{
    (void)state;
    enum { APPS_N = 30 };
    int64_t ids[APPS_N];
    tls_peer_hold(slow);
    for (int i = 0; i < APPS_N; i++)
        ids[i] = enter_now(pool_printf(sample.pool, "A%02d", i), at(slow, "/"));
    until(ids[0], "tries = 1");
    until(enter_now("Z", at(peer, "/")), "state = 2");
    assert_int_equal(
        sample_number("SELECT COUNT(*) FROM callback_job WHERE app_id LIKE 'A%%' AND tries > 0"),
        CALLBACK_DUE_MOST);
    tls_peer_go_on(slow);
    for (int i = 0; i < APPS_N; i++)
        until(ids[i], "state = 2 AND tries = 1");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        CALLBACK_TEST(delivered), CALLBACK_TEST(tried_again), CALLBACK_TEST(given_up),
        CALLBACK_TEST(not_sent),  CALLBACK_TEST(slow_one),    CALLBACK_TEST(many_for_a_slow_one),
    };
    return cmocka_run_group_tests_name("callback", tests, start, stop);
}
