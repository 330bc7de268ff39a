/* authorize_sample: what the tests of scan to authorize share: a channel, a third party and its
 * requests, and a subject's decisions on them. */
#ifndef ZWM_TESTS_AUTHORIZE_SAMPLE_H
#define ZWM_TESTS_AUTHORIZE_SAMPLE_H

#include "tests/act/call_sample.h"

#include "core/act/authorize/authorize.h"

static const struct sample_app *channel, *third;

static inline int begin(void **state)
{
    if (sample_begin(state) != 0)
        return 1;
    channel = sample_app_new(APP_CHANNEL, "02");
    third = sample_app_new(APP_THIRD_PARTY, NULL);
    return 0;
}

#define AUTHORIZE_TEST(fn) cmocka_unit_test_setup_teardown(fn, begin, sample_end)

static const char *asked_for[] = {SAMPLE_CLASS, "identity", SAMPLE_CLASS2};

static inline struct auth_request_in sample_request_in(void)
{
    return (struct auth_request_in){.purpose = "办理示例事项", .xxlb = {asked_for, 3}, .czqx = "5"};
}

static inline struct auth_request_out new_request_of(const struct auth_request_in *in)
{
    struct auth_request_out out = {.request_no = NULL};
    struct sample_call *s = sample_call_new(CALL_AUTH_REQUEST, DB_AUTHORIZE, third);
    assert_int_equal(act_auth_request(&s->c, in, &out), ERR_OK);
    assert_int_equal(sample_recorded(s), ERR_OK);
    return out;
}

static inline struct auth_request_out new_request(void)
{
    const struct auth_request_in in = sample_request_in();
    return new_request_of(&in);
}

/* Grants the first two classes asked for. */
static inline struct auth_decide_in grant_in(const char *code, struct subject *who)
{
    return (struct auth_decide_in){
        .request_code = code, .decision = "grant", .subject = who, .xxlb = {asked_for, 2}};
}

static inline struct auth_decide_in refuse_in(const char *code, struct subject *who)
{
    return (struct auth_decide_in){.request_code = code, .decision = "refuse", .subject = who};
}

static inline enum err decide_as(const struct sample_app *app, const struct auth_decide_in *in,
                                 struct auth_decide_out *out, struct sample_call **s_r)
{
    struct sample_call *s = sample_call_new(CALL_AUTH_DECIDE, DB_AUTHORIZE, app);
    *out = (struct auth_decide_out){.sqbh = NULL};
    if (s_r != NULL)
        *s_r = s;
    return act_auth_decide(&s->c, in, out);
}

/* As a channel; the record of the call must say the same, unless a field is at fault. */
static inline enum err decide(const struct auth_decide_in *in)
{
    struct auth_decide_out out;
    struct sample_call *s;
    enum err e = decide_as(channel, in, &out, &s);
    assert_int_equal(sample_recorded(s), s->c.detail == NULL ? (int)e : -1);
    return e;
}

/* The number of the authorization that this gave. */
static inline const char *granted(const char *code, struct subject *who)
{
    const struct auth_decide_in in = grant_in(code, who);
    struct auth_decide_out out;
    assert_int_equal(decide_as(channel, &in, &out, NULL), ERR_OK);
    return out.sqbh;
}

static inline enum err status_as(const struct sample_app *app, const char *no,
                                 struct auth_grant *out, struct sample_call **s_r)
{
    struct sample_call *s = sample_call_new(CALL_AUTH_STATUS, DB_AUTHORIZE, app);
    const struct auth_status_in in = {no};
    enum err e = act_auth_status(&s->c, &in, out);
    assert_int_equal(sample_recorded(s), e == ERR_STORAGE ? -1 : (int)e);
    if (s_r != NULL)
        *s_r = s;
    return e;
}

static inline enum err status(const char *no)
{
    struct auth_grant out;
    return status_as(third, no, &out, NULL);
}

/* A code system as an app, known by its identifier. */
static inline struct sample_app new_system(const char *system)
{
    struct sample_app a = *sample_app_new(APP_SYSTEM, NULL);
    (void)snprintf(a.app.app_id, sizeof a.app.app_id, "%s", system);
    return a;
}

#endif
