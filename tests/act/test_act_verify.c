/* verify: what a third party learns, that a code serves once, and every refusal that can be had
 * without another system. */
#include "tests/act/verify_sample.h"

#include "core/crypto/b64.h"

/* --- what is told --- */

static void personal_code(void **state)
{
    (void)state;
    struct subject *who = sample_person();
    struct issue_in wish = sample_issue_in(who);
    struct verify_out out;
    struct sample_call *s;
    wish.czqx = "5";
    wish.xxsy = json_parse(sample.pool, "{\"aaz001\":\"7\"}");
    struct issue_out code = sample_issue(channel, &wish);
    struct verify_in in = sample_verify_in(code.code);
    sample_set_clock(SAMPLE_NOON + 10);
    assert_int_equal(verify_as(third, &in, &out, &s), ERR_OK);
    assert_string_equal(out.sqbh, code.sqbh);
    assert_string_equal(s->c.sqbh, code.sqbh);
    assert_string_equal(out.system, sample.conf.system);
    assert_string_equal(out.code_type, "ZWM1");
    assert_string_equal(out.channel, "01");
    assert_int_equal(out.deadline.v, SAMPLE_NOON + 60);
    assert_int_equal(out.ticket_expires.v, SAMPLE_NOON + 10 + sample.conf.ticket_ttl_sec);
    assert_int_equal(out.xxlb.n, 2);
    assert_string_equal(out.xxlb.v[0], SAMPLE_CLASS);
    assert_string_equal(out.czqx, "5");
    assert_string_equal(json_get_text(out.xxsy, "aaz001", NULL), "7");
    assert_string_equal(json_get_text(out.xxsy, "sqbh", NULL), code.sqbh);
    /* who it is, masked (MOB 9.4.5) */
    assert_string_equal(out.subject->type, "person");
    assert_string_equal(out.subject->name, "张**");
    assert_string_equal(out.subject->id_no, "9999*****");
    /* the ticket: identifier, dot, 43 characters of base64url; only its hash is stored */
    assert_int_equal(strlen(out.ticket), 53);
    assert_memory_equal(out.ticket, sample.conf.system, 9);
    assert_int_equal(out.ticket[9], '.');
    assert_int_equal(strspn(out.ticket + 10, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                                             "0123456789-_"),
                     43);
    uint8_t hash[SM3_LEN];
    sm3(out.ticket, 53, hash);
    assert_int_equal(sample_number("SELECT COUNT(*) FROM call_record WHERE nonce = '%s' AND"
                                   " ticket_hash = %s",
                                   s->c.sig.nonce, sample_hex(hash, SM3_LEN)),
                     1);
    const char *secrets[] = {who->id_no, "示例", "999999197808080032", out.ticket + 10};
    for (size_t i = 0; i < sizeof secrets / sizeof secrets[0]; i++)
        assert_int_equal(sample_readable(s, secrets[i]), 0);
}

static void enterprise_code(void **state)
{
    (void)state;
    struct issue_in wish = sample_issue_in(sample_enterprise());
    struct verify_out out;
    wish.code_type = "QYM1";
    struct issue_out code = sample_issue(channel, &wish);
    struct verify_in in = sample_verify_in(code.code);
    in.scanner = NULL;
    in.device_id = "TERMINAL-7";
    assert_int_equal(verify_as(third, &in, &out, NULL), ERR_OK);
    assert_string_equal(out.code_type, "QYM1");
    assert_string_equal(out.subject->type, "enterprise");
    assert_string_equal(out.subject->name, "示**");
    assert_string_equal(out.subject->id_no, "9199*****");
    assert_string_equal(out.czqx, "1");
}

/* Scanners put line ends behind what they read. */
static void blanks_around(void **state)
{
    (void)state;
    struct issue_out o = new_code();
    assert_int_equal(verify_code(pool_printf(sample.pool, " \t%s\r\n", o.code)), ERR_OK);
}

/* --- once --- */

static void used_once(void **state)
{
    (void)state;
    struct issue_out o = new_code();
    assert_int_equal(verify_code(o.code), ERR_OK);
    assert_int_equal(verify_code(o.code), ERR_CODE_USED);
    assert_int_equal(verify_code(o.code), ERR_CODE_USED);
    assert_int_equal(uses_of(&o), 1);
}

static void used_often(void **state)
{
    (void)state;
    struct issue_in in = sample_issue_in(sample_person());
    in.single_use = FIELD_FALSE;
    struct issue_out o = sample_issue(channel, &in);
    for (int i = 1; i <= 3; i++) {
        assert_int_equal(verify_code(o.code), ERR_OK);
        assert_int_equal(uses_of(&o), i);
    }
}

/* The same call sent again uses up nothing, and tells nothing. */
static void sent_twice(void **state)
{
    (void)state;
    struct issue_out a = new_code(), b = new_code();
    struct verify_in in = sample_verify_in(a.code);
    struct verify_out out;
    struct sample_call *s = sample_call_new(CALL_VERIFY, DB_VERIFY, third);
    assert_int_equal(act_verify(&s->c, &in, &out), ERR_OK);
    in = sample_verify_in(b.code);
    assert_int_equal(act_verify(&s->c, &in, &out), ERR_NONCE_USED);
    assert_int_equal(uses_of(&b), 0);
    assert_int_equal(verify_code(b.code), ERR_OK);
}

enum { RACERS = 8 };
struct racing {
    struct call *calls[RACERS];
    struct verify_in in;
};

static enum err verify_one(int i, struct db *db, void *arg)
{
    struct racing *all = arg;
    struct verify_out out;
    all->calls[i]->w.db = db;
    return act_verify(all->calls[i], &all->in, &out);
}

static void many_windows_at_once(void **state)
{
    (void)state;
    for (int round = 0; round < 3; round++) {
        struct issue_out o = new_code();
        struct racing all = {.in = sample_verify_in(o.code)};
        struct pool *pools[RACERS];
        struct sample_call *calls[RACERS];
        enum err results[SAMPLE_RACE_MOST];
        for (int i = 0; i < RACERS; i++) {
            calls[i] = sample_call_new(CALL_VERIFY, DB_VERIFY, third);
            all.calls[i] = &calls[i]->c;
            calls[i]->c.w.pool = pools[i] = pool_new(true); /* one thread, one pool */
        }
        sample_race(RACERS, DB_VERIFY, verify_one, &all, results);
        assert_int_equal(sample_count(results, RACERS, ERR_OK), 1);
        assert_int_equal(sample_count(results, RACERS, ERR_CODE_USED), RACERS - 1);
        assert_int_equal(uses_of(&o), 1);
        for (int i = 0; i < RACERS; i++) {
            assert_int_equal(sample_recorded(calls[i]), results[i]); /* the others' tries too */
            pool_destroy(&pools[i]);
        }
    }
}

/* --- time, state --- */

static void in_time(void **state)
{
    (void)state;
    struct issue_out a = new_code(), b = new_code();
    sample_set_clock(SAMPLE_NOON + 60);
    assert_int_equal(verify_code(a.code), ERR_OK); /* valid while now <= deadline */
    sample_set_clock(SAMPLE_NOON + 61);
    const struct verify_in in = sample_verify_in(b.code);
    struct verify_out out;
    struct sample_call *s;
    assert_int_equal(verify_as(third, &in, &out, &s), ERR_CODE_EXPIRED);
    assert_string_equal(s->c.msg, "码已过期");
    assert_int_equal(uses_of(&b), 0);
    sample_set_clock(SAMPLE_NOON + 100 * (int64_t)SAMPLE_DAY);
    assert_int_equal(verify_code(b.code), ERR_CODE_EXPIRED);
}

static void enterprise_code_in_time(void **state)
{
    (void)state;
    struct issue_in wish = sample_issue_in(sample_enterprise());
    struct verify_out out;
    struct sample_call *s;
    wish.code_type = "QYM1";
    const struct verify_in in = sample_verify_in(sample_issue(channel, &wish).code);
    sample_set_clock(SAMPLE_NOON + 301);
    assert_int_equal(verify_as(third, &in, &out, &s), ERR_CODE_EXPIRED);
    assert_string_equal(s->c.msg, "企业数字凭证（企业服务码）已过期"); /* QYM 7.3.3 */
}

static void ended(void **state)
{
    (void)state;
    struct issue_out revoked = new_code(), replaced = new_code(), both = new_code(),
                     gone = new_code();
    set_state(&revoked, "state = 3");
    assert_int_equal(verify_code(revoked.code), ERR_CODE_REVOKED);
    set_state(&replaced, "state = 2");
    assert_int_equal(verify_code(replaced.code), ERR_CODE_REPLACED);
    set_state(&both,
              "state = 3, uses = 1"); /* that it was revoked says more than that it is used */
    assert_int_equal(verify_code(both.code), ERR_CODE_REVOKED);
    sample_sql("DELETE FROM authz WHERE sqbh = X'%s'", gone.sqbh);
    assert_int_equal(verify_code(gone.code), ERR_CODE_UNKNOWN);
    sample_set_clock(SAMPLE_NOON + 61);
    assert_int_equal(verify_code(revoked.code), ERR_CODE_EXPIRED);
    assert_int_equal(verify_code(gone.code), ERR_CODE_EXPIRED);
}

/* --- for whom --- */

static enum err verify_for(struct bsqzt to, struct scanner *scanner)
{
    struct issue_in wish = sample_issue_in(sample_person());
    wish.bsqzt = &to;
    struct issue_out o = sample_issue(channel, &wish);
    struct verify_in in = sample_verify_in(o.code);
    in.scanner = scanner;
    in.device_id = scanner == NULL ? "TERMINAL-7" : NULL;
    enum err e = verify(&in);
    assert_int_equal(uses_of(&o), e == ERR_OK);
    return e;
}

static void for_an_organisation(void **state)
{
    (void)state;
    const char *mine = third->app.uscc, *other = sample_uscc(), *name = third->app.name;
    struct bsqzt rows[] = {
        {.bsqztlx = "0", .bsqzxm = "另一机构", .zjlx = "98", .zjhm = mine}, /* the number decides */
        {.bsqztlx = "0", .bsqzxm = name},
        {.bsqztlx = "0", .bsqzxm = name, .zjlx = "98", .zjhm = other},
        {.bsqztlx = "0", .bsqzxm = "另一机构"},
        {.bsqztlx = "0", .bsqzxm = ""},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        assert_int_equal(verify_for(rows[i], NULL), i < 2 ? ERR_OK : ERR_CODE_NOT_ADDRESSED);
}

static void for_a_person(void **state)
{
    (void)state;
    const char *number = sample_id_no();
    struct scanner right = {.type = "person", .name = "王窗口", .id_type = "111", .id_no = number},
                   wrong = right, passport = right;
    wrong.id_no = sample_id_no();
    passport.id_type = "414";
    passport.id_no = "E12345678";
    const struct bsqzt by_number = {"1", "王窗口", "111", number},
                       by_name = {"1", "王窗口", NULL, NULL},
                       other_name = {"1", "赵窗口", NULL, NULL},
                       untyped = {"1", "谁", NULL, number};
    assert_int_equal(verify_for(by_number, &right), ERR_OK);
    assert_int_equal(verify_for(untyped, &right), ERR_OK);
    assert_int_equal(verify_for(by_name, &wrong), ERR_OK);
    assert_int_equal(verify_for(by_number, &wrong), ERR_CODE_NOT_ADDRESSED);
    assert_int_equal(verify_for(by_number, &passport), ERR_CODE_NOT_ADDRESSED);
    assert_int_equal(verify_for(other_name, &right), ERR_CODE_NOT_ADDRESSED);
    assert_int_equal(verify_for(by_number, NULL), ERR_CODE_NOT_ADDRESSED); /* a device is nobody */
    wrong.type = "organisation";
    assert_int_equal(verify_for(by_name, &wrong), ERR_CODE_NOT_ADDRESSED);
}

/* --- fields --- */

static void faulty(const struct sample_app *app, const struct verify_in *in, enum err e,
                   const char *field)
{
    struct verify_out out;
    struct sample_call *s = sample_call_new(CALL_VERIFY, DB_VERIFY, app);
    assert_int_equal(act_verify(&s->c, in, &out), e);
    assert_string_equal(s->c.detail, field);
    assert_int_equal(sample_recorded(s), -1);
}

static void wrong_fields(void **state)
{
    (void)state;
    struct issue_out o = new_code();
    struct verify_in good = sample_verify_in(o.code), in = good;
    struct scanner nobody = *good.scanner;
    nobody.id_no = "999999197808080033";
    in = good;
    in.scanner = &nobody;
    faulty(third, &in, ERR_FIELD_INVALID, "scanner.id_no");
    struct requester r = {.app_id = "A", .org_name = "机构", .uscc = sample_uscc()};
    in = good;
    in.requester = &r; /* only a code system speaks for others */
    faulty(third, &in, ERR_FIELD_UNKNOWN, "requester");
    assert_int_equal(uses_of(&o), 0);
    assert_int_equal(verify(&good), ERR_OK);
}

/* --- on behalf of another system's app --- */

static const struct sample_app *new_system(const char *system)
{
    struct sample_app *a = pool_alloc(sample.pool, sizeof *a);
    *a = *sample_app_new(APP_SYSTEM, NULL);
    (void)snprintf(a->app.app_id, sizeof a->app.app_id, "%s", system);
    return a;
}

static struct requester requester_of(const char *system)
{
    uint8_t *der;
    size_t len;
    sm2_key_spki(sample_key_new(), sample.pool, &der, &len);
    return (struct requester){.app_id = "THEIR-APP",
                              .org_name = "他系统机构",
                              .uscc = sample_uscc(),
                              .system = system,
                              .public_key = b64_encode(sample.pool, der, len)};
}

static void asked_by_a_system(void **state)
{
    (void)state;
    const struct sample_app *system = new_system("251000002");
    struct requester r = requester_of("251000002");
    struct bsqzt to = {.bsqztlx = "0", .bsqzxm = "他系统机构", .zjlx = "98", .zjhm = r.uscc};
    struct issue_in wish = sample_issue_in(sample_person());
    struct verify_out out;
    wish.bsqzt = &to;
    struct issue_out o = sample_issue(channel, &wish);
    struct verify_in in = sample_verify_in(o.code);
    faulty(system, &in, ERR_FIELD_MISSING, "requester");
    in.requester = &r;
    r.system = "251000003"; /* it speaks for its own apps */
    faulty(system, &in, ERR_FIELD_INVALID, "requester.system");
    r.system = "251000002";
    const char *key = r.public_key, *no_keys[] = {"", "AAAA", "%%%%", "MFkw"};
    for (size_t i = 0; i < 4; i++) {
        r.public_key = no_keys[i];
        faulty(system, &in, ERR_FIELD_INVALID, "requester.public_key");
    }
    r.public_key = key;
    /* the app there is compared, not the system */
    const char *uscc = r.uscc;
    r.uscc = system->app.uscc;
    assert_int_equal(verify_as(system, &in, &out, NULL), ERR_CODE_NOT_ADDRESSED);
    r.uscc = uscc;
    assert_int_equal(verify_as(system, &in, &out, NULL), ERR_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        VERIFY_TEST(personal_code),
        VERIFY_TEST(enterprise_code),
        VERIFY_TEST(blanks_around),
        VERIFY_TEST(used_once),
        VERIFY_TEST(used_often),
        VERIFY_TEST(sent_twice),
        VERIFY_TEST(many_windows_at_once),
        VERIFY_TEST(in_time),
        VERIFY_TEST(enterprise_code_in_time),
        VERIFY_TEST(ended),
        VERIFY_TEST(for_an_organisation),
        VERIFY_TEST(for_a_person),
        VERIFY_TEST(wrong_fields),
        VERIFY_TEST(asked_by_a_system),
    };
    return SAMPLE_RUN("act_verify", tests);
}
