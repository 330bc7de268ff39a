/* decide: what the subject has decided in a channel takes effect once; and the same said by another
 * code system for a subject of its own. */
#include "tests/act/authorize_sample.h"

#include "core/act/pickup.h"
#include "core/net/http.h"

static int64_t state_of(const char *no)
{
    return sample_number("SELECT state FROM auth_request WHERE request_no = X'%s'", no);
}

static int64_t authz_of(const char *sqbh)
{
    return sample_number("SELECT COUNT(*) FROM authz WHERE sqbh = X'%s'", sqbh);
}

/* --- a channel --- */

static void grant_takes_effect(void **state)
{
    (void)state;
    struct auth_request_out o = new_request();
    struct subject *who = sample_person();
    const struct auth_decide_in in = grant_in(o.request_code, who);
    struct auth_decide_out out;
    struct sample_call *s;
    assert_int_equal(decide_as(channel, &in, &out, &s), ERR_OK);
    assert_int_equal(sample_recorded(s), ERR_OK);
    assert_string_equal(s->c.sqbh, out.sqbh);
    assert_int_equal(state_of(o.request_no), AUTHREQ_GRANTED);
    const char *row = pool_printf(sample.pool, "FROM authz WHERE sqbh = X'%s'", out.sqbh);
    assert_int_equal(sample_number("SELECT code_type %s", row), AUTHZ_TYPE_SCAN);
    assert_int_equal(sample_number("SELECT single_use %s", row), 0);
    assert_int_equal(sample_number("SELECT deadline %s", row),
                     SAMPLE_NOON + sample.conf.ticket_ttl_sec);
    assert_string_equal(sample_value("SELECT channel %s", row), "02"); /* the channel's own */
    assert_string_equal(sample_value("SELECT app_id %s", row), channel->app.app_id);
    assert_int_equal(sample_readable(s, who->id_no), 0);
    /* nobody asked to be told */
    assert_int_equal(
        sample_number("SELECT COUNT(*) FROM callback_job WHERE request_no = X'%s'", o.request_no),
        0);
}

/* What status gives is good for what was granted, by who asked, and for nothing else. */
static enum err pick_up(const struct sample_app *app, const char *ticket, const char *class,
                        struct http_client *http)
{
    struct sample_call *s = sample_call_new(CALL_PICKUP, DB_PICKUP, app);
    const struct pickup_in in = {ticket, class, "data"};
    struct pickup_out out;
    s->c.w.http = http;
    return act_pickup(&s->c, &in, &out);
}

static void ticket_of_a_grant(void **state)
{
    (void)state;
    struct auth_request_out o = new_request();
    struct auth_grant g;
    struct http_client *http = http_client_new(NULL);
    const char *sqbh = granted(o.request_code, sample_person());
    assert_int_equal(status_as(third, o.request_no, &g, NULL), ERR_OK);
    assert_int_equal(pick_up(third, g.ticket, "identity", http), ERR_OK);
    assert_int_equal(pick_up(third, g.ticket, SAMPLE_CLASS2, http), ERR_CLASS_NOT_AUTHORIZED);
    assert_int_equal(pick_up(sample_app_new(APP_THIRD_PARTY, NULL), g.ticket, "identity", http),
                     ERR_TICKET_UNKNOWN);
    sample_sql("UPDATE authz SET state = 3 WHERE sqbh = X'%s'", sqbh);
    assert_int_equal(pick_up(third, g.ticket, "identity", http), ERR_CODE_REVOKED);
    http_client_free(&http);
}

static void refusal_takes_effect(void **state)
{
    (void)state;
    struct auth_request_out o = new_request();
    struct subject *who = sample_person();
    const struct auth_decide_in no = refuse_in(o.request_code, who),
                                yes = grant_in(o.request_code, who);
    struct auth_decide_out out;
    struct sample_call *s;
    assert_int_equal(decide_as(channel, &no, &out, &s), ERR_OK);
    assert_int_equal(sample_recorded(s), ERR_OK);
    assert_null(out.sqbh);
    assert_int_equal(state_of(o.request_no), AUTHREQ_REFUSED);
    assert_int_equal(decide(&yes), ERR_AUTHZ_DECIDED);
    assert_int_equal(decide(&no), ERR_AUTHZ_DECIDED); /* a channel's second word is a second one */
    assert_int_equal(state_of(o.request_no), AUTHREQ_REFUSED);
}

static void third_party_is_told(void **state)
{
    (void)state;
    struct auth_request_in wish = sample_request_in();
    wish.callback = "https://third.example.com/told";
    for (int grant = 0; grant < 2; grant++) {
        struct auth_request_out o = new_request_of(&wish);
        const struct auth_decide_in in = grant ? grant_in(o.request_code, sample_person())
                                               : refuse_in(o.request_code, sample_person());
        sample_set_clock(SAMPLE_NOON + 7);
        assert_int_equal(decide(&in), ERR_OK);
        const char *row =
            pool_printf(sample.pool, "FROM callback_job WHERE request_no = X'%s'", o.request_no);
        assert_int_equal(sample_number("SELECT COUNT(*) %s", row), 1);
        assert_string_equal(sample_value("SELECT url %s", row), wish.callback);
        assert_string_equal(sample_value("SELECT app_id %s", row), third->app.app_id);
        assert_int_equal(sample_number("SELECT next_at %s", row), SAMPLE_NOON + 7);
        struct json_object *body = json_parse(sample.pool, sample_value("SELECT body %s", row));
        assert_string_equal(json_get_text(body, "request_no", ""), o.request_no);
        assert_string_equal(json_get_text(body, "status", ""), grant ? "granted" : "refused");
        assert_int_equal(json_object_get_int64(json_get(body, "decided_at")), SAMPLE_NOON + 7);
        assert_int_equal(json_object_object_length(body), 3); /* nothing sensitive */
        assert_int_equal(decide(&in), ERR_AUTHZ_DECIDED);
        assert_int_equal(sample_number("SELECT COUNT(*) %s", row), 1);
        sample_set_clock(SAMPLE_NOON);
    }
}

static void too_late(void **state)
{
    (void)state;
    struct auth_request_out o = new_request();
    const struct auth_decide_in yes = grant_in(o.request_code, sample_person()),
                                no = refuse_in(o.request_code, sample_person());
    sample_set_clock(o.expires_at.v + 1);
    assert_int_equal(decide(&yes), ERR_AUTHZ_EXPIRED);
    assert_int_equal(decide(&no), ERR_AUTHZ_EXPIRED);
    assert_int_equal(state_of(o.request_no), AUTHREQ_OPEN);
    sample_set_clock(o.expires_at.v);
    assert_int_equal(decide(&yes), ERR_OK);
}

static void no_such_request(void **state)
{
    (void)state;
    struct auth_request_out o = new_request();
    char *other = pool_strdup(sample.pool, o.request_code);
    other[44] = other[44] == 'A' ? 'B' : 'A';
    struct auth_decide_in in = grant_in(other, sample_person());
    assert_int_equal(decide(&in), ERR_AUTHZ_UNKNOWN);
    in.request_code = "nonsense";
    assert_int_equal(decide(&in), ERR_CODE_MALFORMED);
    sample_sql("UPDATE app SET status = 2 WHERE app_id = '%s'", third->app.app_id);
    in.request_code = o.request_code;
    assert_int_equal(decide(&in), ERR_AUTHZ_UNKNOWN);
    assert_int_equal(state_of(o.request_no), AUTHREQ_OPEN);
}

static void at_fault(const struct sample_app *app, const struct auth_decide_in *in, enum err e,
                     const char *field)
{
    struct auth_decide_out out;
    struct sample_call *s;
    enum err got = decide_as(app, in, &out, &s);
    if (got != e || s->c.detail == NULL || strcmp(s->c.detail, field) != 0)
        fail_msg("%s: %s, %s", field, err_name(got), s->c.detail != NULL ? s->c.detail : "");
    assert_int_equal(sample_recorded(s), -1);
    assert_null(out.sqbh);
}

static void channel_fields(void **state)
{
    (void)state;
    static const char *more[] = {SAMPLE_CLASS, "1.2.not.asked"},
                      *twice[] = {"identity", "identity"};
    struct auth_request_out o = new_request();
    struct subject *who = sample_person();
    struct auth_grant g = {.sqbh = "x"};
    struct auth_decide_in good = grant_in(o.request_code, who), in = good;
    in.grant = &g;
    at_fault(channel, &in, ERR_FIELD_UNKNOWN, "grant");
    in = good;
    in.subject = NULL;
    at_fault(channel, &in, ERR_FIELD_MISSING, "subject");
    in = good;
    in.xxlb = (struct field_strings){NULL, 0};
    at_fault(channel, &in, ERR_FIELD_MISSING, "xxlb");
    in.xxlb = (struct field_strings){more, 2}; /* no more than was asked for */
    at_fault(channel, &in, ERR_FIELD_INVALID, "xxlb[1]");
    in.xxlb = (struct field_strings){twice, 2};
    at_fault(channel, &in, ERR_FIELD_INVALID, "xxlb[1]");
    struct subject wrong = *who;
    wrong.id_no = "999999197808080033";
    in = good;
    in.subject = &wrong;
    at_fault(channel, &in, ERR_FIELD_INVALID, "subject.id_no");
    in = refuse_in(o.request_code, &wrong);
    at_fault(channel, &in, ERR_FIELD_INVALID, "subject.id_no");
    wrong = *who;
    wrong.assurance.v = 1;
    in = good;
    in.subject = &wrong;
    at_fault(channel, &in, ERR_FIELD_INVALID, "subject.assurance");
    assert_int_equal(state_of(o.request_no), AUTHREQ_OPEN);
    assert_int_equal(decide(&good), ERR_OK);
}

static void sent_twice(void **state)
{
    (void)state;
    struct auth_request_out a = new_request(), b = new_request();
    struct auth_decide_in in = grant_in(a.request_code, sample_person());
    struct auth_decide_out out;
    struct sample_call *s;
    assert_int_equal(decide_as(channel, &in, &out, &s), ERR_OK);
    in.request_code = b.request_code;
    assert_int_equal(act_auth_decide(&s->c, &in, &out), ERR_NONCE_USED);
    assert_int_equal(state_of(b.request_no), AUTHREQ_OPEN);
    assert_int_equal(
        sample_number("SELECT COUNT(*) FROM call_record WHERE nonce = 'grant-%s'", b.request_no),
        0);
}

/* --- many at once --- */

enum { RACERS = 8 };
struct racing {
    struct sample_call *calls[RACERS];
    struct auth_decide_in in[RACERS];
    struct auth_decide_out out[RACERS];
};

static enum err decide_one(int i, struct db *db, void *arg)
{
    struct racing *all = arg;
    all->calls[i]->c.w.db = db;
    return act_auth_decide(&all->calls[i]->c, &all->in[i], &all->out[i]);
}

static void one_of_many(void **state)
{
    (void)state;
    for (int round = 0; round < 3; round++) {
        struct auth_request_out o = new_request();
        struct racing all = {.in = {{.decision = NULL}}};
        struct pool *pools[RACERS];
        enum err results[SAMPLE_RACE_MOST];
        for (int i = 0; i < RACERS; i++) {
            all.in[i] = i % 2 == 0 ? grant_in(o.request_code, sample_person())
                                   : refuse_in(o.request_code, sample_person());
            all.calls[i] = sample_call_new(CALL_AUTH_DECIDE, DB_AUTHORIZE, channel);
            all.calls[i]->c.w.pool = pools[i] = pool_new(true);
        }
        sample_race(RACERS, DB_AUTHORIZE, decide_one, &all, results);
        assert_int_equal(sample_count(results, RACERS, ERR_OK), 1);
        assert_int_equal(sample_count(results, RACERS, ERR_AUTHZ_DECIDED), RACERS - 1);
        int64_t made = 0;
        for (int i = 0; i < RACERS; i++) {
            if (results[i] == ERR_OK) {
                assert_int_equal(state_of(o.request_no),
                                 i % 2 == 0 ? AUTHREQ_GRANTED : AUTHREQ_REFUSED);
                made = i % 2 == 0 ? authz_of(all.out[i].sqbh) : 1;
            }
            pool_destroy(&pools[i]);
        }
        assert_int_equal(made, 1);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        AUTHORIZE_TEST(grant_takes_effect),
        AUTHORIZE_TEST(ticket_of_a_grant),
        AUTHORIZE_TEST(refusal_takes_effect),
        AUTHORIZE_TEST(third_party_is_told),
        AUTHORIZE_TEST(too_late),
        AUTHORIZE_TEST(no_such_request),
        AUTHORIZE_TEST(channel_fields),
        AUTHORIZE_TEST(sent_twice),
        AUTHORIZE_TEST(one_of_many),
    };
    return SAMPLE_RUN("act_decide", tests);
}
